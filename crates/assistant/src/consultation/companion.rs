//! What stands beside one answer, computed from the articles it cites whenever somebody looks.

use identity::{Action, Cx};
use kernel::Date;
use kernel::ids::{ArticleId, DocumentId, RunId, VersionId};
use knowledge::{ArticleView, Change, DifferenceItem, TextSpan};
use serde::Serialize;

use super::{Consultation, year_of};
use crate::{Assistant, Citation, Error, Run};

/// The most changed articles that are shown.
const CHANGES: usize = 12;
/// The most next steps of a kind.
const STEPS: usize = 3;

/// A fact that is asked back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// The fact.
    pub id: String,
    /// The question, in Chinese.
    pub ask: String,
    /// The question, in English.
    pub ask_en: String,
    /// Answers to choose from.
    pub options: Vec<String>,
}

/// A hard word with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlainWord {
    /// The word.
    pub word: String,
    /// In plain Chinese.
    pub plain: String,
    /// In plain English.
    pub plain_en: String,
}

/// What a next step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Where to go.
    Place,
    /// What to hand in.
    Materials,
    /// By when, or how long it takes.
    Deadline,
}

/// A sentence that says what to do next, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepLine {
    /// What it is about.
    pub kind: StepKind,
    /// The sentence.
    pub quote: String,
    /// The document.
    pub document: String,
    /// The article's label.
    pub label: String,
    /// The article.
    pub article_id: ArticleId,
}

/// An article that reads otherwise in another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedArticle {
    /// The document.
    pub document_id: DocumentId,
    /// Its title.
    pub document: String,
    /// The first day of the older version, when it is known.
    pub from: Option<Date>,
    /// The first day of the newer version, when it is known.
    pub to: Option<Date>,
    /// Whether the answer cites it.
    pub cited: bool,
    /// What became of it.
    pub kind: Change,
    /// Its label.
    pub label: String,
    /// The older words.
    pub before: String,
    /// The newer words.
    pub after: String,
    /// The words in order: those that stayed, came and went.
    pub spans: Vec<TextSpan>,
}

/// What stands beside an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// Facts that are asked back.
    pub follow_ups: Vec<FollowUp>,
    /// Hard words.
    pub words: Vec<PlainWord>,
    /// What to do next.
    pub next: Vec<StepLine>,
    /// What changed, when that was asked.
    pub changes: Vec<ChangedArticle>,
    /// Whether a comparison was asked for and there is only one version to look at.
    pub one_version: bool,
}

impl Assistant {
    /// What stands beside an answer; nothing where the scenario has no lists, or nothing was released.
    pub async fn companion(&self, cx: &Cx, id: &RunId) -> Result<Companion, Error> {
        let run = self.run(cx, id).await?;
        let scenario = self.scenarios().get(&run.scenario);
        let Some(lists) = scenario.and_then(|scenario| scenario.parts.consultation.clone()) else {
            return Ok(Companion::default());
        };
        let mut cited = Vec::with_capacity(run.citations.len());
        for citation in &run.citations {
            cited.push((citation, self.cited(cx, &citation.article_id, Some(&citation.version_id)).await?));
        }
        let texts: Vec<&str> = cited.iter().map(|(_, article)| article.text.as_str()).collect();
        let mut companion = Companion {
            follow_ups: lists.follow_ups(&run.question, &texts).into_iter().map(follow_up).collect(),
            words: lists.hard_words(&texts).into_iter().map(plain).collect(),
            ..Companion::default()
        };
        companion.next = self.next_steps(cx, &lists, &cited).await?;
        if lists.compares(&run.question) {
            Box::pin(self.compare(cx, &run, &mut companion)).await?;
        }
        Ok(companion)
    }

    async fn cited(&self, cx: &Cx, id: &ArticleId, version: Option<&VersionId>) -> Result<ArticleView, Error> {
        let scope = self.knowledge().scope_of_article(id).await?;
        let permit = cx.permit(Action::ReadCollections, &scope)?;
        Ok(self.knowledge().article(cx, &permit, id, version).await?)
    }

    /// Sentences of the cited articles, and of those that follow them, that say what to do.
    async fn next_steps(
        &self,
        cx: &Cx,
        lists: &Consultation,
        cited: &[(&Citation, ArticleView)],
    ) -> Result<Vec<StepLine>, Error> {
        let mut found: Vec<StepLine> = Vec::new();
        let mut take = |citation: &Citation, article: &ArticleView| {
            for (kind, sentence) in lists.next_lines(&article.text) {
                let enough = found.iter().filter(|line| line.kind == kind).count() >= STEPS;
                if !enough && !found.iter().any(|line| line.quote == sentence) {
                    found.push(StepLine {
                        kind,
                        quote: sentence.to_owned(),
                        document: citation.document.clone(),
                        label: article.label.clone(),
                        article_id: article.id.clone(),
                    });
                }
            }
        };
        for (citation, article) in cited {
            take(citation, article);
        }
        // How one applies often stands in the article after the one that gives the right.
        for (citation, article) in cited.iter().take(2) {
            if let Some(next) = &article.next {
                let next = self.cited(cx, &next.id, Some(&citation.version_id)).await?;
                take(citation, &next);
            }
        }
        found.sort_by_key(|line| line.kind);
        Ok(found)
    }

    /// The articles of the cited documents that read otherwise at the time asked, or in the version before.
    async fn compare(&self, cx: &Cx, run: &Run, companion: &mut Companion) -> Result<(), Error> {
        let asked = year_of(&run.question).and_then(|year| Date::new(year, 1, 1).ok());
        let mut seen: Vec<&DocumentId> = Vec::new();
        for citation in &run.citations {
            if seen.contains(&&citation.document_id) || seen.len() >= 2 {
                continue;
            }
            seen.push(&citation.document_id);
            let scope = self.knowledge().scope_of_document(&citation.document_id).await?;
            let permit = cx.permit(Action::ReadCollections, &scope)?;
            let timeline = self.knowledge().timeline(cx, &permit, &citation.document_id).await?;
            let Some(now) = timeline.items.iter().rposition(|item| item.current) else { continue };
            let held = |day: Date| timeline.items.iter().rposition(|item| item.from.is_none_or(|from| from <= day));
            let before = asked.and_then(held).unwrap_or_else(|| now.saturating_sub(1));
            let (Some(old), Some(new)) = (timeline.items.get(before), timeline.items.get(now)) else { continue };
            if before == now {
                companion.one_version = true;
                continue;
            }
            let difference = self
                .knowledge()
                .difference(cx, &permit, &citation.document_id, Some(&old.version_id), Some(&new.version_id))
                .await?;
            let cites = |item: &DifferenceItem| {
                let side = item.right.as_ref().or(item.left.as_ref());
                side.is_some_and(|side| {
                    run.citations.iter().any(|c| {
                        c.article_id == side.article_id
                            || c.label == side.label && c.document_id == citation.document_id
                    })
                })
            };
            let mut changed: Vec<ChangedArticle> = difference
                .items
                .iter()
                .filter(|item| item.kind != Change::Same)
                .map(|item| ChangedArticle {
                    document_id: citation.document_id.clone(),
                    document: timeline.title.clone(),
                    from: old.from,
                    to: new.from,
                    cited: cites(item),
                    kind: item.kind,
                    label: item.label.clone(),
                    before: item.left.as_ref().map(|side| side.text.clone()).unwrap_or_default(),
                    after: item.right.as_ref().map(|side| side.text.clone()).unwrap_or_default(),
                    spans: item.spans.clone(),
                })
                .collect();
            changed.sort_by_key(|item| !item.cited);
            companion.changes.extend(changed);
        }
        companion.changes.truncate(CHANGES);
        companion.one_version &= companion.changes.is_empty();
        Ok(())
    }

    /// The question as it is asked: with the one before it in the conversation, when it goes on with it.
    pub(crate) async fn in_context(&self, cx: &Cx, mut question: crate::Question) -> Result<crate::Question, Error> {
        let scenario = self.scenarios().get(&question.scenario);
        let lists = scenario.and_then(|scenario| scenario.parts.consultation.as_ref());
        let (Some(lists), Some(conversation)) = (lists, &question.conversation) else { return Ok(question) };
        let runs = self.runs(cx, Some(conversation), None, 1).await?;
        let before = runs.first().map(|run| run.question.as_str()).unwrap_or_default();
        if let Some(text) = lists.in_context(before, &question.text) {
            question.text = text;
        }
        Ok(question)
    }
}

fn follow_up(fact: &super::AskedFact) -> FollowUp {
    FollowUp { id: fact.id.clone(), ask: fact.ask.clone(), ask_en: fact.ask_en.clone(), options: fact.options.clone() }
}

fn plain(word: &super::GlossaryWord) -> PlainWord {
    PlainWord { word: word.word.clone(), plain: word.plain.clone(), plain_en: word.plain_en.clone() }
}

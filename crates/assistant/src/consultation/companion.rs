//! What stands beside one answer, computed from the articles it cites whenever somebody looks.

use identity::{Action, Cx};
use kernel::ids::{ArticleId, RunId, VersionId};
use knowledge::ArticleView;
use serde::Serialize;

use super::{ChangedArticle, ComparedDocument, Consultation, FollowOn, StepKind};
use crate::{Assistant, Citation, Error, Question};

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

/// What stands beside an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// Facts that are asked back.
    pub follow_ups: Vec<FollowUp>,
    /// Hard words.
    pub words: Vec<PlainWord>,
    /// What to do next.
    pub next: Vec<StepLine>,
    /// The versions that were put side by side, when that was asked, each with the number of its changes.
    pub compared: Vec<ComparedDocument>,
    /// What changed, the first of it.
    pub changes: Vec<ChangedArticle>,
    /// Whether a comparison was asked for and one version held at all times asked.
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
        // Only what was answered can depend on a fact, not what else stands in the articles.
        let quotes = run.citations.iter().map(|citation| citation.quote.as_str());
        let answered: Vec<&str> = quotes.chain([run.answer.as_str()]).collect();
        let mut companion = Companion {
            follow_ups: lists.follow_ups(&run.question, &answered).into_iter().map(follow_up).collect(),
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

    /// The question as it is asked: with the one before it in the conversation, when it goes on with it, and with what
    /// it wants of the same matter.
    pub(crate) async fn in_context(
        &self,
        cx: &Cx,
        mut question: Question,
    ) -> Result<(Question, Option<FollowOn>), Error> {
        let scenario = self.scenarios().get(&question.scenario);
        let lists = scenario.and_then(|scenario| scenario.parts.consultation.clone());
        let (Some(lists), Some(conversation)) = (lists, &question.conversation) else { return Ok((question, None)) };
        let runs = self.runs(cx, Some(conversation), None, 1).await?;
        let Some(before) = runs.first() else { return Ok((question, None)) };
        let Some(continued) = lists.in_context(&before.question, &question.text) else { return Ok((question, None)) };
        question.text = continued.text;
        Ok((question, continued.need.map(|need| FollowOn::new(lists, need, before))))
    }
}

fn follow_up(fact: &super::AskedFact) -> FollowUp {
    FollowUp { id: fact.id.clone(), ask: fact.ask.clone(), ask_en: fact.ask_en.clone(), options: fact.options.clone() }
}

fn plain(word: &super::GlossaryWord) -> PlainWord {
    PlainWord { word: word.word.clone(), plain: word.plain.clone(), plain_en: word.plain_en.clone() }
}

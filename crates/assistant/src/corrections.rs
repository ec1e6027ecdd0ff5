//! The correction library (纠错知识库): what was wrong, what is right, and which articles say so. A correction steers
//! later drafts of questions that mean the same, and answers word for word only the very same question.

mod following;
mod matching;

use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::ids::{ArticleId, CorrectionId, DocumentId, RunId, ScenarioId, VersionId};
use kernel::{DataLevel, Date, Timestamp};
use review::{Kind, NewItem, Ruling, Terms};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use store::{Tx, sm3_hex};

pub use matching::Steered;
pub(crate) use matching::{Library, plain};

use crate::reviewing::Held;
use crate::tables::trust::correction::{self, Column};
use crate::{Assistant, Error, Run};

/// The topic of the change log that says which correction changed.
const TOPIC: &str = "corrections";
/// The most characters of a question, and of a wrong or right answer.
const QUESTION_CHARS: usize = 1_000;
const ANSWER_CHARS: usize = 20_000;
/// The most articles.
const ARTICLES: usize = 12;
/// Minutes in which a correction that went back to review should be looked at.
const REVIEW_MINUTES: u32 = 3 * 24 * 60;

/// Where a correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionState {
    /// It steers answers.
    Active,
    /// A person must look at it first.
    InReview,
    /// It is kept for the record.
    Retired,
}

impl CorrectionState {
    const ALL: [Self; 3] = [Self::Active, Self::InReview, Self::Retired];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::InReview => "in_review",
            Self::Retired => "retired",
        }
    }

    /// Reads a name written by [`CorrectionState::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An article that a correction rests on, by the number it has in the right answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectedArticle {
    /// The number of its marks, from 1 without gaps.
    pub n: u32,
    /// The article.
    pub article_id: ArticleId,
    /// The version it was read from.
    pub version_id: VersionId,
    /// The document.
    pub document_id: DocumentId,
    /// The document's title.
    pub document: String,
    /// The article's label.
    pub label: String,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction {
    /// Which.
    pub id: CorrectionId,
    /// The question as stored: personal data replaced.
    pub question: String,
    /// What was answered; empty when nothing was.
    pub wrong: String,
    /// What is right, with `[n]` marks.
    pub right: String,
    /// The articles that say so.
    pub articles: Vec<CorrectedArticle>,
    /// The scenario it is for; all when absent.
    pub scenario: Option<ScenarioId>,
    /// The highest level in it.
    pub level: DataLevel,
    /// The last day it holds.
    pub valid_until: Option<Date>,
    /// Whether it never grows stale.
    pub never_stale: bool,
    /// Where it stands.
    pub state: CorrectionState,
    /// Why it stands there, as a code such as `article_changed`.
    pub why: Option<String>,
    /// Where it came from, such as `review:rev_…`, `run:run_…` or `manual`.
    pub origin: String,
    /// Who made it, as the record names actors.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// When somebody last confirmed it.
    pub confirmed_at: Timestamp,
    /// How often it steered an answer.
    pub hits: i64,
    /// How often a question came close and not close enough.
    pub misses: i64,
    /// How often it was not used because it had expired or grown stale.
    pub expired: i64,
    /// When it last steered an answer.
    pub last_hit_at: Option<Timestamp>,
}

/// What somebody wants the library to say.
#[derive(Debug, Clone)]
pub struct NewCorrection {
    /// The question.
    pub question: String,
    /// What was answered.
    pub wrong: String,
    /// What is right, with `[n]` marks of `articles`.
    pub right: String,
    /// The articles, in the order of their marks.
    pub articles: Vec<ArticleId>,
    /// The scenario it is for; all when absent.
    pub scenario: Option<ScenarioId>,
    /// The last day it holds.
    pub valid_until: Option<Date>,
    /// Whether it never grows stale.
    pub never_stale: bool,
    /// The run it corrects, for a complaint that was confirmed.
    pub run: Option<RunId>,
}

impl Correction {
    pub(crate) fn read(row: correction::Model) -> Result<Self, Error> {
        let damaged = || Error::Damaged("a correction");
        Ok(Self {
            id: CorrectionId::parse(&row.id).map_err(|_| damaged())?,
            question: row.question,
            wrong: row.wrong,
            right: row.right,
            articles: serde_json::from_str(&row.articles)
                .map_err(|source| Error::BadRecord { what: "correction", source })?,
            scenario: row.scenario.as_deref().map(ScenarioId::parse).transpose().map_err(|_| damaged())?,
            level: DataLevel::from_rank(row.level),
            valid_until: row.valid_until.as_deref().and_then(|day| day.parse().ok()),
            never_stale: row.never_stale,
            state: CorrectionState::parse(&row.state).ok_or_else(damaged)?,
            why: row.why,
            origin: row.origin,
            made_by: row.made_by,
            made_at: Timestamp::from_millis(row.made_at),
            confirmed_at: Timestamp::from_millis(row.confirmed_at),
            hits: row.hits,
            misses: row.misses,
            expired: row.expired,
            last_hit_at: row.last_hit_at.map(Timestamp::from_millis),
        })
    }

    /// Whether it holds at this time: neither expired nor stale.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        matching::is_fresh(self, now)
    }

    /// What a reviewer signs.
    fn hash(&self) -> String {
        let signed =
            json!([self.question, self.right, self.articles, self.scenario, self.valid_until, self.never_stale]);
        sm3_hex(signed.to_string().as_bytes())
    }
}

impl Assistant {
    /// One page of the library, the latest first; of one state when given, with these words when given.
    pub async fn corrections(
        &self,
        cx: &Cx,
        permit: &Permit,
        state: Option<CorrectionState>,
        words: Option<&str>,
        before: Option<&CorrectionId>,
        limit: u64,
    ) -> Result<Vec<Correction>, Error> {
        permit.demand(cx, &[Action::ManageCorrections])?;
        let mut query = correction::Entity::find().filter(Column::Level.lte(permit.ceiling().rank()));
        if let Some(state) = state {
            query = query.filter(Column::State.eq(state.as_str()));
        }
        if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
            query =
                query.filter(Condition::any().add(Column::Question.contains(words)).add(Column::Right.contains(words)));
        }
        if let Some(before) = before {
            query = query.filter(Column::Id.lt(before.as_str()));
        }
        let rows =
            query.order_by_desc(Column::Id).limit(limit).all(cx.store().db()).await.map_err(store::Error::from)?;
        rows.into_iter().map(Correction::read).collect()
    }

    /// One correction.
    pub async fn correction(&self, cx: &Cx, permit: &Permit, id: &CorrectionId) -> Result<Correction, Error> {
        permit.demand(cx, &[Action::ManageCorrections])?;
        let found = load(cx, id).await?;
        if found.level <= permit.ceiling() { Ok(found) } else { Err(Error::NoCorrection(id.to_string())) }
    }

    /// Puts a correction into the library. It steers nothing before another person has approved it.
    pub async fn add_correction(&self, cx: &Cx, permit: &Permit, new: NewCorrection) -> Result<Correction, Error> {
        permit.demand(cx, &[Action::ManageCorrections])?;
        let origin = new.run.as_ref().map_or_else(|| "manual".to_owned(), |run| format!("run:{run}"));
        let made = self.made(cx, permit, CorrectionId::generate(cx.ids()), new, origin).await?;
        let tx = cx.store().begin().await?;
        insert(&tx, cx, &made, "added").await?;
        self.before_reviewers(&tx, cx, &made, "correction.added").await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Changes a correction. It steers nothing before another person has approved the change.
    pub async fn change_correction(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &CorrectionId,
        new: NewCorrection,
    ) -> Result<Correction, Error> {
        let old = self.correction(cx, permit, id).await?;
        let made = self.made(cx, permit, id.clone(), new, old.origin).await?;
        let tx = cx.store().begin().await?;
        self.withdraw_open(&tx, cx, id).await?;
        let row = correction::ActiveModel {
            made_at: Set(old.made_at.as_millis()),
            hits: Set(old.hits),
            misses: Set(old.misses),
            expired: Set(old.expired),
            last_hit_at: Set(old.last_hit_at.map(Timestamp::as_millis)),
            ..row_of(&made)
        };
        row.update(&tx).await.map_err(store::Error::from)?;
        note(&tx, cx, &made, "changed", None).await?;
        self.before_reviewers(&tx, cx, &made, "correction.changed").await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Takes a correction out of use. It stays for the record.
    pub async fn retire_correction(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &CorrectionId,
        reason: &str,
    ) -> Result<Correction, Error> {
        let mut found = self.correction(cx, permit, id).await?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > 500 {
            return Err(Error::BadCorrection("retiring a correction needs a reason of at most 500 characters"));
        }
        let tx = cx.store().begin().await?;
        self.withdraw_open(&tx, cx, id).await?;
        set_state(&tx, id, CorrectionState::Retired, Some("retired"), None).await?;
        found.state = CorrectionState::Retired;
        note(&tx, cx, &found, "retired", Some(reason.to_owned())).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Remembers what a reviewer changed, in the transaction of the decision. It was approved with it, so it steers
    /// at once.
    pub(crate) async fn teach(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        item: &review::Item,
        run: &Run,
        held: &Held,
        right: &str,
    ) -> Result<(), Error> {
        let named: std::collections::BTreeSet<u32> =
            models::answer::segments(right).iter().flat_map(|segment| segment.citations.iter().copied()).collect();
        let mut articles = Vec::new();
        let mut renumbered = right.to_owned();
        for (n, old) in (1_u32..).zip(&named) {
            let Some(evidence) = held.evidence.iter().find(|e| e.n == *old) else { continue };
            // The marks go through signs that no answer holds, so that no number is changed twice.
            renumbered = renumbered.replace(&format!("[{old}]"), &format!("\u{1}{n}\u{2}"));
            articles.push(CorrectedArticle {
                n,
                article_id: evidence.article_id.clone(),
                version_id: evidence.version_id.clone(),
                document_id: evidence.document_id.clone(),
                document: evidence.document.clone(),
                label: evidence.label.clone(),
            });
        }
        let now = cx.now();
        let made = Correction {
            id: CorrectionId::generate(cx.ids()),
            question: run.question.clone(),
            wrong: held.draft.text(),
            right: renumbered.replace('\u{1}', "[").replace('\u{2}', "]"),
            articles,
            scenario: Some(run.scenario.clone()),
            level: item.level,
            valid_until: None,
            never_stale: false,
            state: CorrectionState::Active,
            why: None,
            origin: format!("review:{}", item.id),
            made_by: cx.actor().label(),
            made_at: now,
            confirmed_at: now,
            hits: 0,
            misses: 0,
            expired: 0,
            last_hit_at: None,
        };
        insert(tx, cx, &made, "taught").await
    }

    /// Lets a decision on a correction take effect, in its transaction.
    pub(crate) async fn settle_correction(&self, tx: &Tx<'_>, cx: &Cx, ruling: &Ruling) -> Result<(), Error> {
        let Ok(id) = CorrectionId::parse(&ruling.item.subject) else { return Ok(()) };
        let found = load_in(tx, &id).await?;
        match &ruling.approval {
            Some(approval) if approval.admits_hash(&found.hash()) => {
                set_state(tx, &id, CorrectionState::Active, None, Some(cx.now())).await?;
                note(tx, cx, &found, "approved", None).await
            }
            Some(_) => Err(Error::HashMismatch),
            None if ruling.item.state.is_final() => {
                set_state(tx, &id, CorrectionState::Retired, Some("rejected"), None).await?;
                note(tx, cx, &found, "rejected", None).await
            }
            None => Ok(()),
        }
    }

    /// A correction as it would be kept: checked, its articles read, waiting for approval.
    async fn made(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: CorrectionId,
        new: NewCorrection,
        origin: String,
    ) -> Result<Correction, Error> {
        let bad = Error::BadCorrection;
        let (question, right) = (new.question.trim(), new.right.trim());
        if question.is_empty() || question.chars().count() > QUESTION_CHARS {
            return Err(bad("`question` has 1 to 1000 characters"));
        }
        if right.is_empty() || right.chars().count() > ANSWER_CHARS || new.wrong.chars().count() > ANSWER_CHARS {
            return Err(bad("`right` has 1 to 20000 characters, and `wrong` at most as many"));
        }
        if new.articles.is_empty() || new.articles.len() > ARTICLES {
            return Err(bad("`articles` names 1 to 12 articles"));
        }
        if new.scenario.as_ref().is_some_and(|id| self.scenarios().get(id).is_none()) {
            return Err(bad("there is no such `scenario`"));
        }
        let profile = guard::Profile { max_question_chars: QUESTION_CHARS, ..guard::Profile::default() };
        let guard::Screened::Clean(question) = guard::screen_input(&profile, question) else {
            return Err(bad("the question cannot be taken as it is: it is stopped by the guard"));
        };
        let (mut articles, mut level) = (Vec::new(), DataLevel::Public);
        for (n, article) in (1_u32..).zip(&new.articles) {
            let read = cx.permit(Action::ReadCollections, &self.knowledge().scope_of_article(article).await?)?;
            let view = self.knowledge().article(cx, &read, article, None).await?;
            let collection = self.knowledge().collection(&view.document.collection)?;
            level = level.max(collection.level);
            articles.push(CorrectedArticle {
                n,
                article_id: view.id,
                version_id: view.version_id,
                document_id: view.document.id,
                document: view.document.title,
                label: view.label,
            });
        }
        if level > permit.ceiling() {
            return Err(Error::NoCorrection(id.to_string()));
        }
        let now = cx.now();
        Ok(Correction {
            id,
            question: question.text().to_owned(),
            wrong: new.wrong.trim().to_owned(),
            right: right.to_owned(),
            articles,
            scenario: new.scenario,
            level,
            valid_until: new.valid_until,
            never_stale: new.never_stale,
            state: CorrectionState::InReview,
            why: None,
            origin,
            made_by: cx.actor().label(),
            made_at: now,
            confirmed_at: now,
            hits: 0,
            misses: 0,
            expired: 0,
            last_hit_at: None,
        })
    }

    /// Puts a correction before reviewers, in the transaction that made it need one.
    async fn before_reviewers(&self, tx: &Tx<'_>, cx: &Cx, found: &Correction, reason: &str) -> Result<(), Error> {
        let terms = Terms::within(REVIEW_MINUTES);
        let matter = NewItem::matter(Kind::Correction, found.id.as_str(), found.hash(), found.question.clone(), terms);
        let payload = json!({
            "question": found.question,
            "wrong": found.wrong,
            "right": found.right,
            "articles": found.articles,
            "scenario": found.scenario,
            "valid_until": found.valid_until,
            "never_stale": found.never_stale,
        });
        let matter = NewItem { level: found.level, payload, reason: reason.to_owned(), ..matter };
        self.reviews().enqueue(tx, cx, matter).await?;
        Ok(())
    }

    /// Takes back the open item of a correction, where there is one.
    async fn withdraw_open(&self, tx: &Tx<'_>, cx: &Cx, id: &CorrectionId) -> Result<(), Error> {
        let standing = self.reviews().standing_of(Kind::Correction, id.as_str()).await?;
        if let Some(open) = standing.filter(|standing| !standing.state.is_final()) {
            self.reviews().withdraw_for(tx, cx, &open.id).await?;
        }
        Ok(())
    }
}

async fn load(cx: &Cx, id: &CorrectionId) -> Result<Correction, Error> {
    let row = correction::Entity::find_by_id(id.as_str()).one(cx.store().db()).await.map_err(store::Error::from)?;
    Correction::read(row.ok_or_else(|| Error::NoCorrection(id.to_string()))?)
}

async fn load_in(tx: &Tx<'_>, id: &CorrectionId) -> Result<Correction, Error> {
    let row = correction::Entity::find_by_id(id.as_str()).one(tx).await.map_err(store::Error::from)?;
    Correction::read(row.ok_or_else(|| Error::NoCorrection(id.to_string()))?)
}

fn row_of(made: &Correction) -> correction::ActiveModel {
    correction::ActiveModel {
        id: Set(made.id.as_str().to_owned()),
        question: Set(made.question.clone()),
        plain: Set(matching::plain(&made.question)),
        wrong: Set(made.wrong.clone()),
        right: Set(made.right.clone()),
        articles: Set(json!(made.articles).to_string()),
        scenario: Set(made.scenario.as_ref().map(|id| id.as_str().to_owned())),
        level: Set(made.level.rank()),
        valid_until: Set(made.valid_until.map(|day| day.to_string())),
        never_stale: Set(made.never_stale),
        state: Set(made.state.as_str().to_owned()),
        why: Set(made.why.clone()),
        origin: Set(made.origin.clone()),
        made_by: Set(made.made_by.clone()),
        made_at: Set(made.made_at.as_millis()),
        confirmed_at: Set(made.confirmed_at.as_millis()),
        hits: Set(made.hits),
        misses: Set(made.misses),
        expired: Set(made.expired),
        last_hit_at: Set(made.last_hit_at.map(Timestamp::as_millis)),
    }
}

async fn insert(tx: &Tx<'_>, cx: &Cx, made: &Correction, what: &str) -> Result<(), Error> {
    correction::Entity::insert(row_of(made)).exec_without_returning(tx).await.map_err(store::Error::from)?;
    note(tx, cx, made, what, None).await
}

async fn set_state(
    tx: &Tx<'_>,
    id: &CorrectionId,
    state: CorrectionState,
    why: Option<&str>,
    confirmed: Option<Timestamp>,
) -> Result<(), Error> {
    let mut update = correction::Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Why, Expr::value(why));
    if let Some(at) = confirmed {
        update = update.col_expr(Column::ConfirmedAt, Expr::value(at.as_millis()));
    }
    update.filter(Column::Id.eq(id.as_str())).exec(tx).await.map_err(store::Error::from)?;
    Ok(())
}

/// The record and the change log.
async fn note(tx: &Tx<'_>, cx: &Cx, found: &Correction, what: &str, reason: Option<String>) -> Result<(), Error> {
    let articles: Vec<&str> = found.articles.iter().map(|article| article.article_id.as_str()).collect();
    let record = store::Record {
        reason,
        ..cx.record(
            Deed::CorrectionChanged,
            format!("correction:{}", found.id),
            json!({ "what": what, "hash": found.hash(), "articles": articles, "origin": found.origin }),
        )
    };
    cx.store().audit().append(tx, record).await?;
    cx.store().changes().append(tx, TOPIC, found.id.as_str()).await?;
    Ok(())
}

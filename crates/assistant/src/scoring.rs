//! Scoring: what an expert says of an answer, sentence by sentence and citation by citation, in the user's own view.

use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::ids::RunId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::tables::run;
use crate::tables::trust::score;
use crate::{Assistant, Error, Run, RunStatus};

/// The most characters of a remark.
const REMARK_CHARS: usize = 1_000;

/// What an expert says of one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentenceScore {
    /// The sentence, from 0.
    pub index: usize,
    /// From 1, wrong, to 5, right and complete.
    pub score: u8,
    /// Why, when there is something to say.
    #[serde(default)]
    pub remark: Option<String>,
}

/// What an expert says of one citation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitationScore {
    /// Its number in the answer.
    pub n: u32,
    /// Whether it bears what it is cited for.
    pub bears: bool,
    /// Why, when there is something to say.
    #[serde(default)]
    pub remark: Option<String>,
}

/// What an expert says of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Of the whole, from 1 to 5.
    pub total: u8,
    /// Of each sentence that was looked at.
    #[serde(default)]
    pub sentences: Vec<SentenceScore>,
    /// Of each citation that was looked at.
    #[serde(default)]
    pub citations: Vec<CitationScore>,
    /// In the expert's own words.
    #[serde(default)]
    pub remark: Option<String>,
}

impl Score {
    fn check(&self, run: &Run) -> Result<(), Error> {
        let grade = |score: u8| (1..=5).contains(&score);
        let short =
            |remark: &Option<String>| remark.as_ref().is_none_or(|remark| remark.chars().count() <= REMARK_CHARS);
        let sentences = self.sentences.iter();
        let there = sentences.clone().all(|s| s.index < run.claims.len() && grade(s.score) && short(&s.remark));
        let cited = self.citations.iter().all(|s| run.citations.iter().any(|c| c.n == s.n) && short(&s.remark));
        if grade(self.total) && there && cited && short(&self.remark) {
            Ok(())
        } else {
            Err(Error::BadFeedback("scores go from 1 to 5 and name sentences and citations of the answer"))
        }
    }
}

impl Assistant {
    /// Released answers to be scored, the newest first: those of a scenario, and those this expert has not scored.
    pub async fn unscored(
        &self,
        cx: &Cx,
        permit: &Permit,
        scenario: Option<&str>,
        before: Option<&RunId>,
        limit: u64,
    ) -> Result<Vec<Run>, Error> {
        permit.demand(cx, &[Action::ScoreAnswers])?;
        let mut query = run::Entity::find().filter(run::Column::Status.eq(RunStatus::Released.as_str()));
        if let Some(scenario) = scenario {
            query = query.filter(run::Column::Scenario.eq(scenario));
        }
        if let Some(id) = before {
            query = query.filter(run::Column::Id.lt(id.as_str()));
        }
        let rows =
            query.order_by_desc(run::Column::Id).limit(limit).all(cx.store().db()).await.map_err(store::Error::from)?;
        let runs: Vec<Run> = rows.iter().map(|row| crate::runs::from_json(&row.record)).collect::<Result<_, _>>()?;
        let ids = runs.iter().map(|run| run.id.as_str());
        let done = score::Entity::find()
            .filter(score::Column::RunId.is_in(ids))
            .filter(score::Column::Expert.eq(cx.actor().label()))
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let level = |run: &Run| self.scenarios().get(&run.scenario).is_some_and(|s| s.level <= permit.ceiling());
        Ok(runs.into_iter().filter(|run| level(run) && !done.iter().any(|row| row.run_id == run.id.as_str())).collect())
    }

    /// A released answer as its asker sees it, and what this expert said of it.
    pub async fn scored(&self, cx: &Cx, permit: &Permit, id: &RunId) -> Result<(Run, Option<Score>), Error> {
        permit.demand(cx, &[Action::ScoreAnswers])?;
        let (run, _) = crate::runs::load(cx.store(), id).await?;
        let level = self.scenarios().get(&run.scenario).map(|scenario| scenario.level);
        if run.status != RunStatus::Released || level.is_none_or(|level| level > permit.ceiling()) {
            return Err(Error::NoRun(id.to_string()));
        }
        let key = (id.to_string(), cx.actor().label());
        let row = score::Entity::find_by_id(key).one(cx.store().db()).await.map_err(store::Error::from)?;
        let score = row
            .map(|row| serde_json::from_str(&row.score).map_err(|source| Error::BadRecord { what: "score", source }));
        Ok((run, score.transpose()?))
    }

    /// Takes an expert's score; a second one replaces the first.
    pub async fn score(&self, cx: &Cx, permit: &Permit, id: &RunId, given: &Score) -> Result<(), Error> {
        let (run, _) = self.scored(cx, permit, id).await?;
        given.check(&run)?;
        let row = score::ActiveModel {
            run_id: Set(id.to_string()),
            expert: Set(cx.actor().label()),
            score: Set(json!(given).to_string()),
            total: Set(i16::from(given.total)),
            at: Set(cx.now().as_millis()),
        };
        let mut replace = OnConflict::columns([score::Column::RunId, score::Column::Expert]);
        replace.update_columns([score::Column::Score, score::Column::Total, score::Column::At]);
        let tx = cx.store().begin().await?;
        score::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&tx)
            .await
            .map_err(store::Error::from)?;
        let wrong = given.citations.iter().filter(|citation| !citation.bears).count();
        let record = cx.record(
            Deed::AnswerScored,
            id.to_string(),
            json!({ "total": given.total, "sentences": given.sentences.len(), "wrong_citations": wrong }),
        );
        cx.store().audit().append(&tx, record).await?;
        tx.commit().await?;
        Ok(())
    }
}

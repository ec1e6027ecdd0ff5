//! Feedback: what an asker says of an answer. It points at the run, so that it can later teach.

use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::RunId;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::tables::feedback;
use crate::{Assistant, Error, Run};

/// The most characters of a comment.
const COMMENT_CHARS: usize = 1_000;
/// The most reasons.
const REASONS: usize = 10;

/// Whether the answer helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// It did.
    Up,
    /// It did not.
    Down,
}

impl Rating {
    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// What an asker says.
#[derive(Debug, Clone)]
pub struct Feedback {
    /// Whether it helped.
    pub rating: Rating,
    /// Codes of reasons, such as `inaccurate`.
    pub reasons: Vec<String>,
    /// In their own words; personal data is replaced before it is stored.
    pub comment: Option<String>,
    /// Whether it solved the matter, where the asker says so.
    pub solved: Option<bool>,
}

/// What an asker said of an answer, for those who look after answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Complaint {
    /// The run.
    pub run: Run,
    /// `up` or `down`.
    pub rating: String,
    /// Codes of reasons.
    pub reasons: Vec<String>,
    /// In the asker's words.
    pub comment: Option<String>,
    /// Whether it solved the matter.
    pub solved: Option<bool>,
    /// When.
    pub at: Timestamp,
}

impl Assistant {
    /// Takes the asker's word on a run; a second one replaces the first.
    pub async fn give_feedback(&self, cx: &Cx, id: &RunId, given: Feedback) -> Result<(), Error> {
        self.run(cx, id).await?;
        if given.reasons.len() > REASONS || given.reasons.iter().any(|r| r.chars().count() > 40) {
            return Err(Error::BadFeedback("at most 10 reasons of 40 characters each"));
        }
        if given.comment.as_ref().is_some_and(|c| c.chars().count() > COMMENT_CHARS) {
            return Err(Error::BadFeedback("a comment has at most 1000 characters"));
        }
        let profile = guard::Profile { max_question_chars: COMMENT_CHARS, ..guard::Profile::default() };
        let comment = given.comment.as_deref().and_then(|text| match guard::screen_input(&profile, text) {
            guard::Screened::Clean(clean) => Some(clean.text().to_owned()),
            guard::Screened::Refused(_) => None,
        });
        let row = feedback::ActiveModel {
            run_id: Set(id.to_string()),
            owner: Set(cx.actor().label()),
            rating: Set(given.rating.as_str().to_owned()),
            reasons: Set(json!(given.reasons).to_string()),
            comment: Set(comment),
            at: Set(cx.now().as_millis()),
            solved: Set(given.solved.map(|solved| if solved { "yes" } else { "no" }.to_owned())),
        };
        let subject = id.to_string();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let replace = OnConflict::columns([feedback::Column::RunId, feedback::Column::Owner])
                        .update_columns([
                            feedback::Column::Rating,
                            feedback::Column::Reasons,
                            feedback::Column::Comment,
                            feedback::Column::At,
                            feedback::Column::Solved,
                        ])
                        .to_owned();
                    feedback::Entity::insert(row)
                        .on_conflict(replace)
                        .exec_without_returning(tx)
                        .await
                        .map_err(store::Error::from)?;
                    let record = cx.record(
                        Deed::FeedbackGiven,
                        subject,
                        json!({ "rating": given.rating, "reasons": given.reasons.len() }),
                    );
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The asker's own rating of a run.
    pub async fn rating(&self, cx: &Cx, id: &RunId) -> Result<Option<String>, Error> {
        let key = (id.to_string(), cx.actor().label());
        let found = feedback::Entity::find_by_id(key).one(cx.store().db()).await.map_err(store::Error::from)?;
        Ok(found.map(|row| row.rating))
    }

    /// Whether the asker said that a run solved the matter.
    pub async fn solved(&self, cx: &Cx, id: &RunId) -> Result<Option<bool>, Error> {
        let key = (id.to_string(), cx.actor().label());
        let found = feedback::Entity::find_by_id(key).one(cx.store().db()).await.map_err(store::Error::from)?;
        Ok(found.and_then(|row| row.solved).map(|word| word == "yes"))
    }

    /// What askers said, the latest first; `before` is the time of the last one of the page before.
    pub async fn all_feedback(
        &self,
        cx: &Cx,
        permit: &Permit,
        rating: Option<Rating>,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Complaint>, Error> {
        permit.demand(cx, &[Action::ManageCorrections])?;
        let mut query = feedback::Entity::find();
        if let Some(rating) = rating {
            query = query.filter(feedback::Column::Rating.eq(rating.as_str()));
        }
        if let Some(before) = before {
            query = query.filter(feedback::Column::At.lt(before));
        }
        let rows = query
            .order_by_desc(feedback::Column::At)
            .limit(limit)
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let Ok(id) = RunId::parse(&row.run_id) else { continue };
            let (run, _) = crate::runs::load(cx.store(), &id).await?;
            let level = self.scenarios().get(&run.scenario).map(|scenario| scenario.level);
            if level.is_none_or(|level| level > permit.ceiling()) {
                continue;
            }
            found.push(Complaint {
                run,
                rating: row.rating,
                reasons: serde_json::from_str(&row.reasons).unwrap_or_default(),
                comment: row.comment,
                solved: row.solved.map(|word| word == "yes"),
                at: Timestamp::from_millis(row.at),
            });
        }
        Ok(found)
    }
}

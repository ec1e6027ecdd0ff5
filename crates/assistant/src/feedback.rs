//! Feedback: what an asker says of an answer. It points at the run, so that it can later teach.

use identity::Cx;
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::RunId;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::EntityTrait as _;
use store::sea_orm::sea_query::OnConflict;

use crate::tables::feedback;
use crate::{Assistant, Error};

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
                        ])
                        .to_owned();
                    feedback::Entity::insert(row)
                        .on_conflict(replace)
                        .exec_without_returning(tx)
                        .await
                        .map_err(store::Error::from)?;
                    let record = store::Record {
                        deed: Deed::FeedbackGiven,
                        actor: cx.actor(),
                        subject,
                        outcome: DeedOutcome::Done,
                        reason: None,
                        details: json!({ "rating": given.rating, "reasons": given.reasons.len() }),
                        trace_id: cx.trace().to_owned(),
                    };
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
}

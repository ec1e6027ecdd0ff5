//! Following the law: when an article that a correction cites changes, the correction goes back to review.

use identity::{Action, Cx, Scope};
use knowledge::Status;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::corrections::{Correction, CorrectionState, note, set_state};
use crate::tables::trust::correction::{self, Column};
use crate::{Assistant, Error};

impl Assistant {
    /// Looks at every active correction; those that rest on an article that is gone or not in force any more go before
    /// reviewers and steer nothing until one has approved them. Run when knowledge changed. Gives how many went.
    pub async fn follow_corrections(&self, cx: &Cx) -> Result<u32, Error> {
        let rows = correction::Entity::find()
            .filter(Column::State.eq(CorrectionState::Active.as_str()))
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let mut sent = 0;
        for row in rows {
            let found = Correction::read(row)?;
            if self.rests_on_law_in_force(cx, &found).await? {
                continue;
            }
            let tx = cx.store().begin().await?;
            set_state(&tx, &found.id, CorrectionState::InReview, Some("article_changed"), None).await?;
            note(&tx, cx, &found, "article_changed", None).await?;
            self.before_reviewers(&tx, cx, &found, "correction.article_changed").await?;
            tx.commit().await?;
            sent += 1;
        }
        Ok(sent)
    }

    /// Whether every article is still in a version that is in force. One that a reviewer has confirmed after its end
    /// counts as looked at.
    async fn rests_on_law_in_force(&self, cx: &Cx, found: &Correction) -> Result<bool, Error> {
        let permit = cx.permit(Action::ReadCollections, &Scope::Platform)?;
        for article in &found.articles {
            let view = match self.knowledge().article(cx, &permit, &article.article_id, None).await {
                Ok(view) => view,
                Err(error) if kernel::Fault::kind(&error) == kernel::Kind::NotFound => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            let validity = &view.document.validity;
            let ended = validity.until.is_none_or(|until| until > found.confirmed_at.date());
            if !matches!(validity.status, Status::InForce | Status::Unknown) && ended {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

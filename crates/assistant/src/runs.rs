//! Runs in the store: written by the flow, read by whoever may see them.

use identity::{Action, Cx, Scope};
use kernel::Timestamp;
use kernel::ids::{ConversationId, RunId};
use store::Tx;
use store::sea_orm::ActiveValue::{Set, Unchanged};
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::tables::run;
use crate::{Assistant, Error, Run};

/// Inserts a new run.
pub(crate) async fn create(tx: &Tx<'_>, cx: &Cx, new: &Run) -> Result<(), Error> {
    let row = run::ActiveModel {
        id: Set(new.id.to_string()),
        conversation_id: Set(new.conversation_id.to_string()),
        owner: Set(cx.actor().label()),
        department: Set(cx.person().map(|p| p.department.id.to_string())),
        scenario: Set(new.scenario.to_string()),
        status: Set(new.status.as_str().to_owned()),
        asked_at: Set(new.asked_at.as_millis()),
        finished_at: Set(None),
        record: Set(to_json(new)?),
        held: Set(None),
    };
    run::Entity::insert(row).exec_without_returning(tx).await.map_err(store::Error::from)?;
    Ok(())
}

/// Writes the present state of a run; `held` when something is put before a reviewer.
pub(crate) async fn save(tx: &Tx<'_>, changed: &Run, held: Option<String>, now: Timestamp) -> Result<(), Error> {
    let mut row = run::ActiveModel {
        id: Unchanged(changed.id.to_string()),
        status: Set(changed.status.as_str().to_owned()),
        finished_at: Set(Some(now.as_millis())),
        record: Set(to_json(changed)?),
        ..Default::default()
    };
    if held.is_some() {
        row.held = Set(held);
    }
    run::Entity::update(row).exec(tx).await.map_err(store::Error::from)?;
    let title = crate::conversations::title(&changed.question);
    crate::conversations::touch(tx, &changed.conversation_id, &title, now).await
}

/// One run with what a reviewer was shown, past any question of who asks.
pub(crate) async fn load(store: &store::Store, id: &RunId) -> Result<(Run, run::Model), Error> {
    let found = run::Entity::find_by_id(id.as_str()).one(store.db()).await.map_err(store::Error::from)?;
    let row = found.ok_or_else(|| Error::NoRun(id.to_string()))?;
    Ok((from_json(&row.record)?, row))
}

impl Assistant {
    /// One run, for its asker, or for a reviewer when it was put before reviewers.
    pub async fn run(&self, cx: &Cx, id: &RunId) -> Result<Run, Error> {
        let (run, row) = load(cx.store(), id).await?;
        let reviewer = run.review_id.is_some() && cx.may(Action::ReadReviews, &Scope::Platform);
        if row.owner == cx.actor().label() || reviewer {
            Ok(run)
        } else {
            // Not "denied": whether the run exists is nobody else's business.
            Err(Error::NoRun(id.to_string()))
        }
    }

    /// The asker's own runs, the newest first; of one conversation when given. `before` is the last id of the
    /// page before.
    pub async fn runs(
        &self,
        cx: &Cx,
        conversation: Option<&ConversationId>,
        before: Option<&RunId>,
        limit: u64,
    ) -> Result<Vec<Run>, Error> {
        let mut query = run::Entity::find().filter(run::Column::Owner.eq(cx.actor().label()));
        if let Some(id) = conversation {
            query = query.filter(run::Column::ConversationId.eq(id.as_str()));
        }
        if let Some(id) = before {
            query = query.filter(run::Column::Id.lt(id.as_str()));
        }
        let rows =
            query.order_by_desc(run::Column::Id).limit(limit).all(cx.store().db()).await.map_err(store::Error::from)?;
        rows.iter().map(|row| from_json(&row.record)).collect()
    }

    /// Ends what a stop of the server cut off: runs that are still `running` become `failed`, so that nobody
    /// waits for them. Called once at start, before requests.
    pub async fn close_cut_off_runs(&self, store: &store::Store, before: Timestamp) -> Result<usize, Error> {
        let rows = run::Entity::find()
            .filter(run::Column::Status.eq("running"))
            .filter(run::Column::AskedAt.lt(before.as_millis()))
            .all(store.db())
            .await
            .map_err(store::Error::from)?;
        let count = rows.len();
        for row in rows {
            let mut run = from_json(&row.record)?;
            run.status = crate::RunStatus::Failed;
            store.write::<_, Error, _>(|tx| Box::pin(async move { save(tx, &run, None, before).await })).await?;
        }
        Ok(count)
    }
}

fn to_json(run: &Run) -> Result<String, Error> {
    serde_json::to_string(run).map_err(|source| Error::BadRecord { what: "run", source })
}

pub(crate) fn from_json(text: &str) -> Result<Run, Error> {
    serde_json::from_str(text).map_err(|source| Error::BadRecord { what: "run", source })
}

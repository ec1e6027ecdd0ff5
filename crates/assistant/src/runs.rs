//! Runs in the store: written by the flow, read by whoever may see them. An asker reads a run again as far as the fence
//! of that moment would let them ask for it; a reviewer, by the permission to read reviews.

use std::collections::BTreeSet;

use identity::fence::Object;
use identity::{Action, Audience, Cx, Denied, Missing, Permit, Scope};
use kernel::ids::{ConversationId, DocumentId, RunId, ScenarioId};
use kernel::{DataLevel, Fault as _, Kind, Timestamp};
use store::Tx;
use store::sea_orm::ActiveValue::{Set, Unchanged};
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::flows::answer::scope;
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
    /// One run, for its asker while the fence lets them read it, or for a reviewer when it was put before reviewers.
    pub async fn run(&self, cx: &Cx, id: &RunId) -> Result<Run, Error> {
        let (run, row) = load(cx.store(), id).await?;
        if run.review_id.is_some() && cx.may(Action::ReadReviews, &Scope::Platform) {
            return Ok(run);
        }
        if row.owner != cx.actor().label() {
            // Not "denied": whether the run exists is nobody else's business.
            return Err(Error::NoRun(id.to_string()));
        }
        self.may_read(cx, &run).await?;
        Ok(run)
    }

    /// The asker's own runs that the fence lets them read, the newest first; of one conversation when given. `before`
    /// is the last id of the page before. Fewer than `limit` are all there are.
    pub async fn runs(
        &self,
        cx: &Cx,
        conversation: Option<&ConversationId>,
        before: Option<&RunId>,
        limit: u64,
    ) -> Result<Vec<Run>, Error> {
        let db = cx.store().db();
        let mut own = run::Entity::find().filter(run::Column::Owner.eq(cx.actor().label()));
        if let Some(id) = conversation {
            own = own.filter(run::Column::ConversationId.eq(id.as_str()));
        }
        let named = own.clone().select_only().column(run::Column::Scenario).distinct().into_tuple::<String>();
        let open = self.open_among(cx, named.all(db).await.map_err(store::Error::from)?);
        let own = own.filter(run::Column::Scenario.is_in(open)).order_by_desc(run::Column::Id).limit(limit);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut found, mut last) = (Vec::new(), before.map(ToString::to_string));
        loop {
            let page = match &last {
                Some(last) => own.clone().filter(run::Column::Id.lt(last.as_str())),
                None => own.clone(),
            };
            let rows = page.all(db).await.map_err(store::Error::from)?;
            found.extend(self.readable(cx, &rows).await?);
            // What quotes a collection that is closed by now was left out: the next rows take its place.
            if rows.len() < wanted || found.len() >= wanted {
                found.truncate(wanted);
                return Ok(found);
            }
            last = rows.last().map(|row| row.id.clone());
        }
    }

    /// Of these rows the runs that their asker may read now, in their order.
    pub(crate) async fn readable(&self, cx: &Cx, rows: &[run::Model]) -> Result<Vec<Run>, Error> {
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let run = from_json(&row.record)?;
            match self.may_read(cx, &run).await {
                Ok(()) => found.push(run),
                Err(error) if matches!(error.kind(), Kind::Denied | Kind::Unauthenticated | Kind::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Whether an asker may read a run from where they are now: as if they asked in its scenario again, and that
    /// searched again the collections it quotes. A document that is not known any more closes it too.
    async fn may_read(&self, cx: &Cx, run: &Run) -> Result<(), Error> {
        let permit = cx.permit(Action::Ask, &self.scope_now(&run.scenario))?;
        let quoted: BTreeSet<&DocumentId> = run.citations.iter().map(|citation| &citation.document_id).collect();
        for document in quoted {
            let home = self.knowledge().scope_of_document(document).await?;
            reached(cx, &permit, &home)?;
        }
        Ok(())
    }

    /// Of these scenarios those whose runs the caller may read now.
    pub(crate) fn open_among(&self, cx: &Cx, mut scenarios: Vec<String>) -> Vec<String> {
        let is_open = |id: &ScenarioId| cx.may(Action::Ask, &self.scope_now(id));
        scenarios.retain(|id| ScenarioId::parse(id).is_ok_and(|id| is_open(&id)));
        scenarios
    }

    /// The scope of a stored run's scenario. Of one that is gone nothing is known any more: it counts as internal and
    /// of the highest level, so that only staff reads what was asked in it.
    pub(crate) fn scope_now(&self, id: &ScenarioId) -> Scope {
        match self.scenarios().get(id) {
            Some(scenario) => scope(&scenario),
            None => Scope::Scenario {
                id: id.clone(),
                audience: Audience::Internal,
                roles: Vec::new(),
                level: DataLevel::Sensitive,
            },
        }
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

/// Whether a permit to ask still opens the collection that an answer quotes, by the rule of a search.
fn reached(cx: &Cx, permit: &Permit, home: &Scope) -> Result<(), Denied> {
    let ceiling = permit.ceiling();
    let missing = match home {
        Scope::Collection { .. } if cx.reaches(ceiling, home) => return Ok(()),
        Scope::Collection { level, .. } if *level > ceiling => Missing::Level { has: ceiling, wanted: *level },
        Scope::Collection { .. } | Scope::Platform | Scope::Scenario { .. } => {
            let decision = cx.fence().decide(&cx.inquiry("retrieve", Object::of(home), ceiling));
            Missing::Fence { policies: decision.because.clone(), zone: cx.zone() }
        }
    };
    Err(Denied { action: permit.action(), scope: home.label(), missing })
}

fn to_json(run: &Run) -> Result<String, Error> {
    serde_json::to_string(run).map_err(|source| Error::BadRecord { what: "run", source })
}

pub(crate) fn from_json(text: &str) -> Result<Run, Error> {
    serde_json::from_str(text).map_err(|source| Error::BadRecord { what: "run", source })
}

//! Changes of the registry while the platform runs: checked, recorded, kept, and followed by every server.

use std::sync::{Arc, PoisonError};

use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{EntityTrait as _, QueryOrder as _};

use crate::tables::changes;
use crate::{BackendKind, Change, Error, Models, Registry, backend, make};

/// A model in this process is registered only with files that can be loaded.
fn check_files(next: &Registry, change: &Change) -> Result<(), Error> {
    match change {
        Change::Model(model) if model.backend == BackendKind::Llama => {
            let base = model.base.as_deref().and_then(|id| next.model(id));
            backend::check_files(model, base).map_err(|problem| Error::BadChange { problem })
        }
        _ => Ok(()),
    }
}

impl Models {
    /// Changes the registry: on this server at once, on others within a second or two.
    pub async fn change(&self, cx: &Cx, permit: &Permit, change: &Change) -> Result<(), Error> {
        permit.demand(cx, &[Action::ManageModels])?;
        let Some(store) = &self.0.store else { return Err(Error::Unsupported { what: "changes without a store" }) };
        let tx = store.begin().await?;
        // As the store has it now, not as this server last read it: two changes must not undo each other.
        let (registry, _) = self.read_in(&tx).await?;
        let next = registry.changed(change)?;
        check_files(&next, change)?;
        make(&next, &self.0.egress, &self.0.clock, &self.0.keys, &self.live().brought)?;
        let last = changes::Entity::find().order_by_desc(changes::Column::At).one(&tx).await?;
        let at = last.map_or(0, |row| row.at) + 1;
        let row = changes::ActiveModel {
            subject: Set(change.subject()),
            change: Set(json!(change).to_string()),
            at: Set(at),
        };
        let replace = OnConflict::column(changes::Column::Subject)
            .update_columns([changes::Column::Change, changes::Column::At])
            .to_owned();
        changes::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
        let record = cx.record(Deed::ModelChanged, change.subject(), json!(change));
        store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.reload().await
    }

    /// Reads changes that this or another server has made.
    pub async fn reload(&self) -> Result<(), Error> {
        let Some(store) = &self.0.store else { return Ok(()) };
        let seen = self.live().seen;
        let last = changes::Entity::find().order_by_desc(changes::Column::At).one(store.db()).await?;
        if last.is_none_or(|row| row.at == seen) {
            return Ok(());
        }
        let rows = changes::Entity::find().order_by_asc(changes::Column::At).all(store.db()).await?;
        let (registry, seen) = self.changed_by(&rows);
        let brought = self.live().brought;
        let backends = make(&registry, &self.0.egress, &self.0.clock, &self.0.keys, &brought)?;
        let mut live = self.0.live.write().unwrap_or_else(PoisonError::into_inner);
        live.registry = Arc::new(registry);
        live.backends = Arc::new(backends);
        live.seen = seen;
        Ok(())
    }

    async fn read_in(&self, tx: &Tx<'_>) -> Result<(Registry, i64), Error> {
        let rows = changes::Entity::find().order_by_asc(changes::Column::At).all(tx).await?;
        Ok(self.changed_by(&rows))
    }

    fn changed_by(&self, rows: &[changes::Model]) -> (Registry, i64) {
        let mut registry = self.0.file.clone();
        let mut seen = 0;
        // Only the last change of each thing is kept, so one may lean on another that was changed again later.
        let mut left: Vec<&changes::Model> = rows.iter().collect();
        loop {
            let before = left.len();
            left.retain(|row| {
                seen = seen.max(row.at);
                let change = serde_json::from_str::<Change>(&row.change);
                match change.ok().and_then(|change| registry.changed(&change).ok()) {
                    Some(next) => {
                        registry = next;
                        false
                    }
                    None => true,
                }
            });
            if left.is_empty() || left.len() == before {
                break;
            }
        }
        for row in left {
            // The file under it was changed, and the two no longer fit.
            tracing::warn!(subject = %row.subject, "a change of the registry no longer applies");
        }
        (registry, seen)
    }
}

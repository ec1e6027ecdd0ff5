//! Removal: a document leaves retrieval. Its versions stay in the store, so that what cited them can be read.

use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::ids::{CollectionId, DocumentId};
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::knowledge::{Knowledge, TOPIC};
use crate::publish::touch;
use crate::tables::documents;
use crate::{Error, Result};

impl Knowledge {
    /// Takes a document out of retrieval.
    pub async fn remove_document(&self, cx: &Cx, permit: &Permit, id: &DocumentId) -> Result<()> {
        let row = self.document_row(id).await?;
        let collection = CollectionId::parse(&row.collection_id)
            .map_err(|_| Error::CollectionNotFound(row.collection_id.clone()))?;
        Self::admit(cx, permit, &[Action::RemoveDocuments], &collection)?;
        let store = &self.0.store;
        let tx = store.begin().await?;
        let done = documents::Entity::update_many()
            .col_expr(documents::Column::State, Expr::value("removed"))
            .filter(documents::Column::Id.eq(&row.id))
            .filter(documents::Column::State.ne("removed"))
            .exec(&tx)
            .await
            .map_err(store::Error::from)?;
        if done.rows_affected == 0 {
            return Err(Error::DocumentNotFound(id.to_string()));
        }
        store.changes().append(&tx, TOPIC, &row.id).await?;
        touch(&tx, &collection, cx.now()).await?;
        let record = cx.record(Deed::DocumentRemoved, row.id.clone(), serde_json::json!({ "collection": collection }));
        store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.follow().await
    }
}

//! Gaps: how many questions found nothing, by day and collection. Counts only, never a question.

use identity::{Action, Cx, Permit};
use kernel::Date;
use kernel::ids::CollectionId;
use serde::Serialize;
use store::sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use store::sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::Result;
use crate::knowledge::Knowledge;
use crate::tables::gaps;

/// How many questions found nothing on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The day.
    pub day: Date,
    /// How many questions.
    pub questions: i64,
}

impl Knowledge {
    /// Counts a question that found no basis in these collections.
    pub async fn count_gap(&self, cx: &Cx, collections: &[CollectionId]) -> Result<()> {
        let store = &self.0.store;
        let tx = store.begin().await?;
        for collection in collections {
            let row = gaps::ActiveModel {
                day: Set(cx.now().date().to_string()),
                collection_id: Set(collection.to_string()),
                questions: Set(1),
            };
            let more = Expr::col((gaps::Entity, gaps::Column::Questions)).add(1);
            let known = OnConflict::columns([gaps::Column::Day, gaps::Column::CollectionId])
                .value(gaps::Column::Questions, more)
                .to_owned();
            gaps::Entity::insert(row)
                .on_conflict(known)
                .exec_without_returning(&tx)
                .await
                .map_err(store::Error::from)?;
        }
        Ok(tx.commit().await?)
    }

    /// The gaps of a collection since `from`, oldest first.
    pub async fn gaps(&self, cx: &Cx, permit: &Permit, collection: &CollectionId, from: Date) -> Result<Vec<Gap>> {
        Self::admit(cx, permit, &[Action::ReadCollections, Action::ManageCollections], collection)?;
        let rows = gaps::Entity::find()
            .filter(gaps::Column::CollectionId.eq(collection.as_str()))
            .filter(gaps::Column::Day.gte(from.to_string()))
            .order_by_asc(gaps::Column::Day)
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let gap = |row: gaps::Model| Some(Gap { day: row.day.parse().ok()?, questions: row.questions });
        Ok(rows.into_iter().filter_map(gap).collect())
    }
}

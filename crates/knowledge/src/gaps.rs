//! Gaps: questions that found nothing, by collection, and how many on each day. A question is kept as it was after
//! screening, with placeholders in place of persons, and only so many of them.

use identity::{Action, Cx, Permit};
use kernel::ids::CollectionId;
use kernel::{Date, Timestamp};
use serde::Serialize;
use store::sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use store::sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, ModelTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use store::sm3_hex;

use crate::Result;
use crate::knowledge::Knowledge;
use crate::tables::{gap_questions, gaps};

/// How many questions found nothing on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The day.
    pub day: Date,
    /// How many questions.
    pub questions: i64,
}

/// A question that found nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapQuestion {
    /// Its words, after screening.
    pub question: String,
    /// How often it was asked.
    pub count: i64,
    /// When it was asked last.
    pub last_at: Timestamp,
}

/// The longest question that is kept, in characters.
const LONGEST: usize = 200;

/// So many questions are kept for a collection; the ones not asked for longest make room.
const KEPT: u64 = 2_000;

impl Knowledge {
    /// Counts a question that found no basis in these collections. `question` was screened: it has placeholders in
    /// place of persons.
    pub async fn count_gap(&self, cx: &Cx, collections: &[CollectionId], question: &str) -> Result<()> {
        let store = &self.0.store;
        let tx = store.begin().await?;
        let words: String = question.chars().filter(|c| c.is_alphanumeric()).collect();
        let digest = sm3_hex(words.to_lowercase().as_bytes());
        let question: String = question.trim().chars().take(LONGEST).collect();
        for collection in collections {
            let row = gap_questions::ActiveModel {
                collection_id: Set(collection.to_string()),
                digest: Set(digest.clone()),
                question: Set(question.clone()),
                count: Set(1),
                last_at: Set(cx.now().as_millis()),
            };
            let more = Expr::col((gap_questions::Entity, gap_questions::Column::Count)).add(1);
            let known = OnConflict::columns([gap_questions::Column::CollectionId, gap_questions::Column::Digest])
                .value(gap_questions::Column::Count, more)
                .update_column(gap_questions::Column::LastAt)
                .to_owned();
            gap_questions::Entity::insert(row)
                .on_conflict(known)
                .exec_without_returning(&tx)
                .await
                .map_err(store::Error::from)?;
            let of =
                || gap_questions::Entity::find().filter(gap_questions::Column::CollectionId.eq(collection.as_str()));
            if of().count(&tx).await.map_err(store::Error::from)? > KEPT {
                let oldest =
                    of().order_by_asc(gap_questions::Column::LastAt).one(&tx).await.map_err(store::Error::from)?;
                if let Some(oldest) = oldest {
                    oldest.delete(&tx).await.map_err(store::Error::from)?;
                }
            }
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

    /// The questions that found nothing in a collection, the most frequent first.
    pub async fn gap_questions(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        limit: u64,
    ) -> Result<Vec<GapQuestion>> {
        Self::admit(cx, permit, &[Action::ReadCollections, Action::ManageCollections], collection)?;
        let rows = gap_questions::Entity::find()
            .filter(gap_questions::Column::CollectionId.eq(collection.as_str()))
            .order_by_desc(gap_questions::Column::Count)
            .order_by_desc(gap_questions::Column::LastAt)
            .limit(limit.clamp(1, KEPT))
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let question = |row: gap_questions::Model| GapQuestion {
            question: row.question,
            count: row.count,
            last_at: Timestamp::from_millis(row.last_at),
        };
        Ok(rows.into_iter().map(question).collect())
    }

    /// How many questions found nothing in a collection on each day since `from`, oldest first.
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

//! The change log: what derived things, such as the retrieval index, follow to become equal to the store.

use std::sync::atomic::Ordering;

use kernel::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;
use tokio::sync::watch;

use crate::tables::changes;
use crate::{Result, Store, Tx};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its place in the log. Later changes have higher numbers; numbers may be left out.
    pub seq: i64,
    /// What kind of thing changed, such as `knowledge`.
    pub topic: String,
    /// Which one.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

/// The change log.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'s> {
    store: &'s Store,
}

impl<'s> Changes<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// Records that `key` of `topic` changed, in the transaction that changes it.
    ///
    /// INVARIANT: writers take turns, so a follower that has seen a number never finds a smaller one later.
    pub async fn append(&self, tx: &Tx<'_>, topic: &str, key: &str) -> Result<i64> {
        let row = changes::ActiveModel {
            seq: NotSet,
            topic: Set(topic.to_owned()),
            key: Set(key.to_owned()),
            at: Set(self.store.clock().now().as_millis()),
        };
        let done = changes::Entity::insert(row).exec(tx).await?;
        tx.changes_made.store(true, Ordering::Relaxed);
        Ok(done.last_insert_id)
    }

    /// The changes of `topic` after number `seq`, in order, at most `limit`.
    pub async fn after(&self, topic: &str, seq: i64, limit: u64) -> Result<Vec<Change>> {
        let rows = changes::Entity::find()
            .filter(changes::Column::Topic.eq(topic))
            .filter(changes::Column::Seq.gt(seq))
            .order_by_asc(changes::Column::Seq)
            .limit(limit)
            .all(self.store.db())
            .await?;
        let change = |row: changes::Model| Change {
            seq: row.seq,
            topic: row.topic,
            key: row.key,
            at: Timestamp::from_millis(row.at),
        };
        Ok(rows.into_iter().map(change).collect())
    }

    /// The number of the last change of `topic`; 0 when there is none.
    pub async fn latest(&self, topic: &str) -> Result<i64> {
        let last = changes::Entity::find()
            .select_only()
            .column(changes::Column::Seq)
            .filter(changes::Column::Topic.eq(topic))
            .order_by_desc(changes::Column::Seq)
            .limit(1)
            .into_tuple::<i64>()
            .one(self.store.db())
            .await?;
        Ok(last.unwrap_or_default())
    }

    /// Wakes when this process has committed a change. Changes of other servers are seen only by asking.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.store.changes_signal().subscribe()
    }
}

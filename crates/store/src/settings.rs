//! Small values that belong to the whole installation, such as its name.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use crate::tables::settings;
use crate::{Result, Store, Tx};

/// The settings.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'s> {
    store: &'s Store,
}

impl<'s> Settings<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self { store }
    }

    /// The value under `key`.
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        Ok(settings::Entity::find_by_id(key).one(self.store.db()).await?.map(|row| row.value))
    }

    /// The value under `key` as the transaction sees it.
    pub async fn get_in(&self, tx: &Tx<'_>, key: &str) -> Result<Option<String>> {
        Ok(settings::Entity::find_by_id(key).one(tx).await?.map(|row| row.value))
    }

    /// Puts `value` under `key`.
    pub async fn set(&self, tx: &Tx<'_>, key: &str, value: &str) -> Result<()> {
        let row = settings::ActiveModel { key: Set(key.to_owned()), value: Set(value.to_owned()) };
        let replace = OnConflict::column(settings::Column::Key).update_column(settings::Column::Value).to_owned();
        settings::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
        Ok(())
    }
}

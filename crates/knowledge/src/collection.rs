//! Collections (知识库): whose documents, at which level, for which region.

use identity::{Action, Cx, Permit, Scope};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::{CollectionId, DepartmentId};
use kernel::{DataLevel, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::Record;
use store::sea_orm::{ActiveValue::Set, EntityTrait as _};

use crate::catalogue::CollectionEntry;
use crate::knowledge::{Knowledge, TOPIC, reaches};
use crate::tables::collections;
use crate::{Error, Result};

/// A collection to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    /// Its id, chosen by its owner, such as `laws`.
    pub id: CollectionId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The department that owns it.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// Who may see it at all.
    #[serde(default = "public")]
    pub level: DataLevel,
    /// Where its documents apply.
    #[serde(default = "Region::country")]
    pub region: Region,
}

fn public() -> DataLevel {
    DataLevel::Public
}

/// A collection and how much is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The department that owns it.
    pub department: Option<DepartmentId>,
    /// Who may see it at all.
    pub level: DataLevel,
    /// Where its documents apply.
    pub region: Region,
    /// How many documents it has.
    pub documents: u64,
    /// How many articles its current versions have.
    pub articles: u64,
    /// When something in it last changed.
    pub updated_at: Timestamp,
}

/// A name longer than this is not one.
const LONGEST_NAME: usize = 80;

impl NewCollection {
    /// The scope on which making it must be permitted.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::Collection {
            id: self.id.clone(),
            level: self.level,
            region: self.region.clone(),
            department: self.department.clone(),
        }
    }
}

impl Collection {
    /// The scope of what is done in it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::Collection {
            id: self.id.clone(),
            level: self.level,
            region: self.region.clone(),
            department: self.department.clone(),
        }
    }
}

impl Knowledge {
    /// Makes a collection. `permit` is for [`NewCollection::scope`].
    pub async fn create_collection(&self, cx: &Cx, permit: &Permit, new: NewCollection) -> Result<Collection> {
        permit.demand(cx, &[Action::ManageCollections])?;
        if *permit.scope() != new.scope() && *permit.scope() != Scope::Platform {
            return Err(Error::WrongPermit);
        }
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Error::BadName);
        }
        let store = &self.0.store;
        let now = cx.now();
        let tx = store.begin().await?;
        let known = collections::Entity::find_by_id(new.id.as_str()).one(&tx).await.map_err(store::Error::from)?;
        if known.is_some() {
            return Err(Error::CollectionExists(new.id.to_string()));
        }
        let row = collections::ActiveModel {
            id: Set(new.id.to_string()),
            name: Set(name.to_owned()),
            description: Set(new.description.clone()),
            department_id: Set(new.department.as_ref().map(ToString::to_string)),
            level: Set(new.level.rank()),
            region: Set(new.region.to_string()),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
        };
        collections::Entity::insert(row).exec_without_returning(&tx).await.map_err(store::Error::from)?;
        store.changes().append(&tx, TOPIC, &format!("collection/{}", new.id)).await?;
        let record = Record {
            deed: Deed::CollectionChanged,
            actor: cx.actor(),
            subject: format!("collection:{}", new.id),
            outcome: DeedOutcome::Done,
            reason: None,
            details: serde_json::json!({ "level": new.level, "region": new.region }),
            trace_id: cx.trace().to_owned(),
        };
        store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.follow().await?;
        Ok(Collection {
            id: new.id,
            name: name.to_owned(),
            description: new.description,
            department: new.department,
            level: new.level,
            region: new.region,
            documents: 0,
            articles: 0,
            updated_at: now,
        })
    }

    /// The collections that the actor may read, by id.
    #[must_use]
    pub fn collections(&self, cx: &Cx) -> Vec<Collection> {
        let view = self.view();
        let entries = view.catalogue.collections.iter().map(collection);
        entries.filter(|collection| cx.may(Action::ReadCollections, &collection.scope())).collect()
    }

    /// One collection, whoever asks: its scope is what a permit is asked for.
    pub fn collection(&self, id: &kernel::ids::CollectionId) -> Result<Collection> {
        let view = self.view();
        let found = view.catalogue.collection(id).map(|(_, entry)| collection(entry));
        found.ok_or_else(|| Error::CollectionNotFound(id.to_string()))
    }

    /// The collections among `ids` that a search under `permit` would reach, for saying where an answer comes from.
    #[must_use]
    pub fn reachable(&self, cx: &Cx, permit: &Permit, ids: &[kernel::ids::CollectionId]) -> Vec<Collection> {
        let view = self.view();
        let entries = view.catalogue.collections.iter().filter(|entry| ids.contains(&entry.id));
        entries.filter(|entry| reaches(cx, permit.ceiling(), entry)).map(collection).collect()
    }
}

pub(crate) fn collection(entry: &CollectionEntry) -> Collection {
    Collection {
        id: entry.id.clone(),
        name: entry.name.clone(),
        description: entry.description.clone(),
        department: entry.department.clone(),
        level: entry.level,
        region: entry.region.clone(),
        documents: entry.documents,
        articles: entry.articles,
        updated_at: entry.updated_at,
    }
}

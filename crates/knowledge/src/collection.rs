//! Collections (知识库): whose documents, at which level, for which region.

use identity::{Action, Cx, Permit, Scope};
use kernel::event::Deed;
use kernel::ids::{CollectionId, DepartmentId};
use kernel::{DataLevel, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::catalogue::CollectionEntry;
use crate::knowledge::{Knowledge, TOPIC, reaches};
use crate::tables::{collections, documents};
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
    /// The endpoint that makes its vectors; our own model when there is none.
    #[serde(default)]
    pub embedding: Option<String>,
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
    /// The endpoint that makes its vectors; our own model when there is none.
    pub embedding: Option<String>,
    /// How many documents it has.
    pub documents: u64,
    /// How many articles its current versions have.
    pub articles: u64,
    /// When something in it last changed.
    pub updated_at: Timestamp,
}

/// How a collection is protected: by its level, its region and the department that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Who may see it at all.
    pub level: DataLevel,
    /// Where its documents apply.
    pub region: Region,
    /// The department that owns it.
    pub department: Option<DepartmentId>,
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
    /// How it is protected.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing { level: self.level, region: self.region.clone(), department: self.department.clone() }
    }

    /// The same collection, protected otherwise; for saying what that would do.
    #[must_use]
    pub fn standing_as(&self, standing: &Standing) -> Self {
        let Standing { level, region, department } = standing.clone();
        Self { level, region, department, ..self.clone() }
    }

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
        self.demand_endpoint(new.embedding.as_deref())?;
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
            embedding: Set(new.embedding.clone()),
            removed_at: Set(None),
            created_at: Set(now.as_millis()),
            updated_at: Set(now.as_millis()),
        };
        collections::Entity::insert(row).exec_without_returning(&tx).await.map_err(store::Error::from)?;
        store.changes().append(&tx, TOPIC, &format!("collection/{}", new.id)).await?;
        let record = cx.record(
            Deed::CollectionChanged,
            format!("collection:{}", new.id),
            serde_json::json!({ "level": new.level, "region": new.region }),
        );
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
            embedding: new.embedding,
            documents: 0,
            articles: 0,
            updated_at: now,
        })
    }

    /// Lets an endpoint make a collection's vectors from now on, or our own model again (`None`). Searches are by words
    /// until [`Knowledge::embed_waiting`] has made them all.
    pub async fn set_embedding(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &CollectionId,
        endpoint: Option<&str>,
    ) -> Result<Collection> {
        Self::admit(cx, permit, &[Action::ManageCollections], id)?;
        self.demand_endpoint(endpoint)?;
        let set = Expr::value(endpoint.map(str::to_owned));
        let details = serde_json::json!({ "embedding": endpoint });
        self.change(cx, id, collections::Column::Embedding, set, details, &[]).await?;
        self.collection(id)
    }

    /// Protects a collection otherwise, in the caller's transaction. Only from the standing that the caller saw: gives
    /// whether it still had it. Whoever calls records why, and lets the servers follow.
    pub async fn set_standing(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        permit: &Permit,
        id: &CollectionId,
        (from, to): (&Standing, &Standing),
    ) -> Result<bool> {
        Self::admit(cx, permit, &[Action::ManagePolicies, Action::DecideReviews], id)?;
        let owner = |standing: &Standing| standing.department.as_ref().map(ToString::to_string);
        let owned = match owner(from) {
            Some(department) => collections::Column::DepartmentId.eq(department),
            None => collections::Column::DepartmentId.is_null(),
        };
        let done = collections::Entity::update_many()
            .col_expr(collections::Column::Level, Expr::value(to.level.rank()))
            .col_expr(collections::Column::Region, Expr::value(to.region.to_string()))
            .col_expr(collections::Column::DepartmentId, Expr::value(owner(to)))
            .col_expr(collections::Column::UpdatedAt, Expr::value(cx.now().as_millis()))
            .filter(collections::Column::Id.eq(id.as_str()))
            .filter(collections::Column::Level.eq(from.level.rank()))
            .filter(collections::Column::Region.eq(from.region.to_string()))
            .filter(owned)
            .filter(collections::Column::RemovedAt.is_null())
            .exec(tx)
            .await
            .map_err(store::Error::from)?;
        self.0.store.changes().append(tx, TOPIC, &format!("collection/{id}")).await?;
        Ok(done.rows_affected == 1)
    }

    /// Takes a collection with all its documents out of retrieval and out of every list. What cited them can still be
    /// read; the id is not given again.
    pub async fn remove_collection(&self, cx: &Cx, permit: &Permit, id: &CollectionId) -> Result<()> {
        Self::admit(cx, permit, &[Action::ManageCollections], id)?;
        self.demand_collection(id).await?;
        let documents: Vec<String> = documents::Entity::find()
            .select_only()
            .column(documents::Column::Id)
            .filter(documents::Column::CollectionId.eq(id.as_str()))
            .filter(documents::Column::State.ne("removed"))
            .into_tuple()
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let details = serde_json::json!({ "removed": true, "documents": documents.len() });
        let at = Expr::value(Some(cx.now().as_millis()));
        self.change(cx, id, collections::Column::RemovedAt, at, details, &documents).await
    }

    /// Sets one column of a collection, takes `documents` out, and records both.
    async fn change(
        &self,
        cx: &Cx,
        id: &CollectionId,
        column: collections::Column,
        value: Expr,
        details: serde_json::Value,
        documents: &[String],
    ) -> Result<()> {
        let store = &self.0.store;
        let tx = store.begin().await?;
        let done = collections::Entity::update_many()
            .col_expr(column, value)
            .col_expr(collections::Column::UpdatedAt, Expr::value(cx.now().as_millis()))
            .filter(collections::Column::Id.eq(id.as_str()))
            .filter(collections::Column::RemovedAt.is_null())
            .exec(&tx)
            .await
            .map_err(store::Error::from)?;
        if done.rows_affected == 0 {
            return Err(Error::CollectionNotFound(id.to_string()));
        }
        for document in documents {
            documents::Entity::update_many()
                .col_expr(documents::Column::State, Expr::value("removed"))
                .filter(documents::Column::Id.eq(document))
                .exec(&tx)
                .await
                .map_err(store::Error::from)?;
            store.changes().append(&tx, TOPIC, document).await?;
        }
        store.changes().append(&tx, TOPIC, &format!("collection/{id}")).await?;
        let record = cx.record(Deed::CollectionChanged, format!("collection:{id}"), details);
        store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.follow().await
    }

    fn demand_endpoint(&self, endpoint: Option<&str>) -> Result<()> {
        match endpoint.filter(|id| !self.0.models.knows(id)) {
            Some(id) => Err(Error::NoSuchEndpoint(id.to_owned())),
            None => Ok(()),
        }
    }

    /// The scope of a collection, also of one that was removed: what was cited from it can still be read.
    pub(crate) fn scope_of_collection(&self, id: &CollectionId) -> Result<Scope> {
        let view = self.view();
        let found = view.catalogue.collections.iter().find(|entry| entry.id == *id);
        found.map(|entry| collection(entry).scope()).ok_or_else(|| Error::CollectionNotFound(id.to_string()))
    }

    /// The collections that the actor may read, by id.
    #[must_use]
    pub fn collections(&self, cx: &Cx) -> Vec<Collection> {
        let view = self.view();
        let entries = view.catalogue.collections.iter().filter(|entry| !entry.is_removed).map(collection);
        entries.filter(|collection| cx.may(Action::ReadCollections, &collection.scope())).collect()
    }

    /// All collections, whoever asks: for saying what a policy would do.
    #[must_use]
    pub fn all_collections(&self) -> Vec<Collection> {
        self.view().catalogue.collections.iter().map(collection).collect()
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
        let there = |entry: &&CollectionEntry| ids.contains(&entry.id) && !entry.is_removed;
        let entries = view.catalogue.collections.iter().filter(there);
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
        embedding: entry.embedding.clone(),
        documents: entry.documents,
        articles: entry.articles,
        updated_at: entry.updated_at,
    }
}

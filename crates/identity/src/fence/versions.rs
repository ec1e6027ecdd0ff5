//! The versions of the fence in the store: what an officer changed, when and why; every server follows them.

use kernel::Timestamp;
use kernel::event::Deed;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, QueryOrder as _, QuerySelect as _};
use store::sm3_hex;

use super::policies::Policies;
use crate::cx::{Note, note};
use crate::tables::fence_versions::{ActiveModel, Column, Entity, Model};
use crate::{Action, Cx, Error, Identity, Permit, Result};

/// The topic of the store's change log that says that the fence changed.
pub const TOPIC: &str = "fence";
/// The longest reason, in characters.
const REASON_CHARS: usize = 200;

/// One version of the fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub version: i64,
    /// When it was put in force.
    pub at: Timestamp,
    /// Who did, by name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Its text.
    pub text: String,
    /// SM3 of the text.
    pub hash: String,
}

impl From<Model> for Version {
    fn from(row: Model) -> Self {
        Self {
            version: row.version,
            at: Timestamp::from_millis(row.at),
            by: row.name,
            reason: row.reason,
            text: row.text,
            hash: row.hash,
        }
    }
}

impl Identity {
    /// The version in force; `None` while the fence is the one that ships.
    pub async fn fence_version(&self) -> Result<Option<Version>> {
        latest(self.store.db()).await
    }

    /// All versions, the newest first.
    pub async fn fence_versions(&self, limit: u64) -> Result<Vec<Version>> {
        let rows = Entity::find().order_by_desc(Column::Version).limit(limit).all(self.store.db()).await?;
        Ok(rows.into_iter().map(Version::from).collect())
    }

    /// Puts a new text in force, with a reason. A text with mistakes changes nothing.
    pub async fn change_fence(&self, cx: &Cx, permit: &Permit, text: &str, reason: &str) -> Result<Version> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS {
            return Err(Error::BadField { field: "reason", why: "must be 1 to 200 characters" });
        }
        let name = cx.person().map_or_else(|| cx.actor().label(), |person| person.name.clone());
        self.keep_fence(cx, text, &name, reason).await
    }

    /// Takes the policies of the data folder over, once each time they change there. Gives whether it did.
    pub async fn adopt_fence(&self, text: &str) -> Result<bool> {
        let hash = sm3_hex(text.as_bytes());
        let known = self.fence_versions(1_000).await?;
        if known.iter().any(|version| version.hash == hash) {
            return Ok(false);
        }
        Policies::parse(text)?;
        let cx = Cx::system(&self.store, "policies/fence of the data folder").await?;
        self.keep_fence(&cx, text, "policies/fence", "policies/fence of the data folder").await?;
        Ok(true)
    }

    async fn keep_fence(&self, cx: &Cx, text: &str, name: &str, reason: &str) -> Result<Version> {
        let policies = Policies::parse(text)?;
        let tx = self.store.begin().await?;
        let last = latest(&tx).await?;
        let number = last.as_ref().map_or(1, |last| last.version + 1);
        let before = last.map_or_else(|| self.fence.text(), |last| last.text);
        let row = ActiveModel {
            version: Set(number),
            at: Set(cx.now().as_millis()),
            actor: Set(serde_json::to_string(cx.actor()).map_err(|_| Error::Damaged { what: "an actor" })?),
            name: Set(name.to_owned()),
            reason: Set(reason.to_owned()),
            text: Set(text.to_owned()),
            hash: Set(sm3_hex(text.as_bytes())),
        };
        let row = row.insert(&tx).await?;
        let mut deed = Note::new(Deed::PolicyChanged, "fence".to_owned());
        deed.reason = Some(reason.to_owned());
        let count = policies.clauses().len();
        deed.details =
            json!({ "version": number, "hash": row.hash, "policies": count, "before": before, "after": text });
        note(&tx, cx, deed).await?;
        self.store.changes().append(&tx, TOPIC, &number.to_string()).await?;
        tx.commit().await?;
        self.fence.put_in_force(policies);
        Ok(row.into())
    }

    /// Puts in force what the store says, when another server changed it. Gives whether it did. A version that
    /// cannot be read (of a newer program) is an error, and what is in force stays.
    pub async fn follow_fence(&self) -> Result<bool> {
        match self.fence_version().await? {
            Some(version) if version.text != self.fence.text() => {
                self.fence.put_in_force(Policies::parse(&version.text)?);
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }
}

async fn latest(db: &impl ConnectionTrait) -> Result<Option<Version>> {
    Ok(Entity::find().order_by_desc(Column::Version).one(db).await?.map(Version::from))
}

//! Keys (密钥): how programs of a department use the model gateway, each with its scope, networks, budget and end.
//!
//! Only the hash of a key is kept. A key acts as a person of its department with exactly one business role, and
//! opens nothing but the gateway.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::{DepartmentId, KeyId, UserId};
use serde::Serialize;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use store::sm3_hex;

use crate::cx::{Note, note};
use crate::tables::keys::{self, Column};
use crate::{Action, Cx, Error, Identity, Permit, Person, Result, RoleId};

/// What every key begins with, so that a leaked one is recognised.
const PREFIX: &str = "sz-";
/// So many characters of a key are shown to recognise it by.
const SHOWN: usize = 9;
/// A key that another server revoked is refused here after so long.
const REMEMBER_MS: i64 = 2_000;
/// Keys remembered at once.
const MAX_REMEMBERED: usize = 10_000;

/// What a key opens, such as `route:default`, `route:*`, `scenario:policy_consultation`, `embeddings`, `mcp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct KeyScope(String);

impl KeyScope {
    /// Reads a scope.
    pub fn parse(text: &str) -> Result<Self> {
        let plain = |id: &str| {
            id == "*"
                || (!id.is_empty()
                    && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/')))
        };
        let good = match text.split_once(':') {
            Some(("route" | "scenario", id)) => text.len() <= 100 && plain(id),
            Some(_) => false,
            None => matches!(text, "embeddings" | "mcp"),
        };
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::BadField {
            field: "scopes",
            why: "each must be `route:ID`, `route:*`, `scenario:ID`, `scenario:*`, `embeddings` or `mcp`",
        })
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key, as those see it who look after the gateway. The secret is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Which.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub shown: String,
    /// Whose it is; usage is counted there.
    pub department: DepartmentId,
    /// The role it acts with.
    pub role: RoleId,
    /// What it opens.
    pub scopes: Vec<KeyScope>,
    /// The networks it may be used from; empty for any.
    pub networks: Vec<IpNet>,
    /// The most tokens in one calendar month.
    pub tokens_per_month: Option<u64>,
    /// The most requests in one minute.
    pub requests_per_minute: Option<u32>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens `what`, such as `route:default` or `embeddings`.
    #[must_use]
    pub fn opens(&self, what: &str) -> bool {
        let kind = what.split_once(':').map(|(kind, _)| kind);
        self.scopes.iter().any(|scope| {
            scope.as_str() == what
                || scope.as_str().strip_suffix(":*").is_some_and(|open| kind.is_some_and(|kind| kind == open))
        })
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub department: DepartmentId,
    /// The business role it acts with.
    pub role: RoleId,
    /// What it opens.
    pub scopes: Vec<KeyScope>,
    /// The networks it may be used from; empty for any.
    pub networks: Vec<IpNet>,
    /// The most tokens in one calendar month.
    pub tokens_per_month: Option<i64>,
    /// The most requests in one minute.
    pub requests_per_minute: Option<i32>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A program that calls, with its key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Acts for it.
    pub cx: Cx,
    /// Its key.
    pub key: Arc<ApiKey>,
}

/// The keys that were used lately, by their hash.
#[derive(Debug, Default)]
pub struct Callers(RwLock<HashMap<String, (Timestamp, Caller)>>);

impl Callers {
    fn get(&self, hash: &str, now: Timestamp) -> Option<Caller> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (since, caller) = known.get(hash)?;
        (now.millis_since(*since) < REMEMBER_MS).then(|| caller.clone())
    }

    fn put(&self, hash: String, caller: Caller, now: Timestamp) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        known.insert(hash, (now, caller));
    }

    fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Identity {
    /// Which program holds this key, calling from `address`. Read from memory when it called a moment ago.
    pub async fn caller(&self, key: &str, address: IpAddr) -> Result<Caller> {
        if key.len() != PREFIX.len() + 64 || !key.starts_with(PREFIX) {
            return Err(Error::KeyUnknown);
        }
        let hash = sm3_hex(key.as_bytes());
        let now = self.store.clock().now();
        let caller = match self.callers.get(&hash, now) {
            Some(caller) => caller,
            None => {
                let caller = self.read_caller(&hash).await?;
                self.callers.put(hash, caller.clone(), now);
                caller
            }
        };
        if caller.key.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::KeyOver);
        }
        let networks = &caller.key.networks;
        if !networks.is_empty() && !networks.iter().any(|network| network.contains(&address)) {
            return Err(Error::KeyOutside);
        }
        Ok(caller)
    }

    async fn read_caller(&self, hash: &str) -> Result<Caller> {
        let row = keys::Entity::find().filter(Column::KeyHash.eq(hash)).one(self.store.db()).await?;
        let row = row.ok_or(Error::KeyUnknown)?;
        if row.revoked_at.is_some() {
            return Err(Error::KeyOver);
        }
        let key = read(&row)?;
        let department = self.department_in(self.store.db(), key.department.as_str()).await?;
        let person = Person {
            id: UserId::parse(key.id.as_str()).map_err(|_| Error::Damaged { what: "a key" })?,
            name: key.name.clone(),
            username: key.id.to_string(),
            region: department.region.clone(),
            department,
        };
        let cx = Cx::key(&self.store, Arc::clone(&self.roles), &self.fence, &key, person);
        Ok(Caller { cx, key: Arc::new(key) })
    }

    /// All keys, newest first; revoked ones too.
    pub async fn keys(&self, cx: &Cx, permit: &Permit) -> Result<Vec<ApiKey>> {
        permit.demand(cx, &[Action::ReadModels, Action::ManageModels])?;
        let rows = keys::Entity::find().order_by_desc(Column::CreatedAt).all(self.store.db()).await?;
        rows.iter().map(read).collect()
    }

    /// Makes a key. The second value is the key itself: it is told once, here.
    ///
    /// Nobody makes a key that sees more than its maker, or that acts as an administrator.
    pub async fn create_key(&self, cx: &Cx, permit: &Permit, new: &NewKey) -> Result<(ApiKey, String)> {
        permit.demand(cx, &[Action::ManageModels])?;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(Error::BadField { field: "name", why: "must be 1 to 60 characters" });
        }
        if new.scopes.is_empty() || new.scopes.len() > 50 {
            return Err(Error::BadField { field: "scopes", why: "must name 1 to 50 things that the key opens" });
        }
        if new.tokens_per_month.is_some_and(|tokens| tokens <= 0) {
            return Err(Error::BadField { field: "tokens_per_month", why: "must be 1 or more; leave it out for none" });
        }
        if new.requests_per_minute.is_some_and(|requests| requests <= 0) {
            return Err(Error::BadField {
                field: "requests_per_minute",
                why: "must be 1 or more; leave it out for none",
            });
        }
        let now = cx.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::BadField { field: "expires_at", why: "must lie in the future" });
        }
        let role = self.roles.get(&new.role).filter(|role| !role.id.is_administrator() && role.id != RoleId::citizen());
        let role =
            role.ok_or(Error::BadField { field: "role", why: "must be a business role of policies/roles.toml" })?;
        if role.clearance > cx.clearance() {
            return Err(Error::BadField { field: "role", why: "must not see more than the one who makes the key" });
        }
        let secret = format!("{PREFIX}{}", cx.entropy().hex::<32>());
        let tx = self.store.begin().await?;
        self.department_in(&tx, new.department.as_str()).await?;
        let row = keys::ActiveModel {
            id: Set(KeyId::generate(cx.ids()).to_string()),
            name: Set(name.to_owned()),
            key_hash: Set(sm3_hex(secret.as_bytes())),
            shown: Set(secret.chars().take(SHOWN).collect()),
            department_id: Set(new.department.to_string()),
            role: Set(new.role.as_str().to_owned()),
            scopes: Set(json!(new.scopes).to_string()),
            networks: Set(json!(new.networks.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string()),
            tokens_per_month: Set(new.tokens_per_month),
            requests_per_minute: Set(new.requests_per_minute),
            created_by: Set(cx.actor().label()),
            created_at: Set(now.as_millis()),
            expires_at: Set(new.expires_at.map(Timestamp::as_millis)),
            revoked_at: Set(None),
        };
        let key = read(&row.insert(&tx).await?)?;
        let details =
            json!({ "changed": ["created"], "department": key.department, "role": key.role, "scopes": key.scopes });
        note(&tx, cx, Note::new(Deed::KeyChanged, key.id.to_string()).with(details)).await?;
        tx.commit().await?;
        Ok((key, secret))
    }

    /// Revokes a key: on this server at once, on others within seconds. Twice is the same as once.
    pub async fn revoke_key(&self, cx: &Cx, permit: &Permit, id: &KeyId) -> Result<ApiKey> {
        permit.demand(cx, &[Action::ManageModels])?;
        let tx = self.store.begin().await?;
        let row = keys::Entity::find_by_id(id.as_str()).one(&tx).await?.ok_or(Error::KeyUnknown)?;
        let key = if row.revoked_at.is_some() {
            read(&row)?
        } else {
            let mut next = keys::ActiveModel::from(row);
            next.revoked_at = Set(Some(cx.now().as_millis()));
            let key = read(&next.update(&tx).await?)?;
            note(&tx, cx, Note::new(Deed::KeyChanged, id.to_string()).with(json!({ "changed": ["revoked"] }))).await?;
            key
        };
        tx.commit().await?;
        self.callers.forget();
        Ok(key)
    }
}

fn read(row: &keys::Model) -> Result<ApiKey> {
    let damaged = || Error::Damaged { what: "a key" };
    let texts = |json: &str| serde_json::from_str::<Vec<String>>(json).map_err(|_| damaged());
    Ok(ApiKey {
        id: KeyId::parse(&row.id).map_err(|_| damaged())?,
        name: row.name.clone(),
        shown: row.shown.clone(),
        department: DepartmentId::parse(&row.department_id).map_err(|_| damaged())?,
        role: RoleId::parse(&row.role).map_err(|_| damaged())?,
        scopes: texts(&row.scopes)?.iter().map(|scope| KeyScope::parse(scope)).collect::<Result<_>>()?,
        networks: texts(&row.networks)?
            .iter()
            .map(|network| network.parse().map_err(|_| damaged()))
            .collect::<Result<_>>()?,
        tokens_per_month: row.tokens_per_month.and_then(|n| u64::try_from(n).ok()),
        requests_per_minute: row.requests_per_minute.and_then(|n| u32::try_from(n).ok()),
        created_by: row.created_by.clone(),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_millis),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    })
}

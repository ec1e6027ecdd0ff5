//! Login: from a user name and a password to a session (GB/T 22239-2019 8.1.4.1).

use kernel::Timestamp;
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::UserId;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use store::{Tx, sm3_hex};

use crate::accounts::Account;
use crate::cx::{Note, note};
use crate::session::Minted;
use crate::tables::{accounts, attempts};
use crate::{Cx, Error, Identity, Result};

/// A day without a failure makes a name clean again.
const FORGET_SECS: i64 = 24 * 3600;
const DAY_SECS: i64 = 24 * 3600;

/// From where somebody logs in, as told by the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The network address.
    pub address: String,
    /// The program, as it calls itself.
    pub agent: String,
}

/// The secret that proves a session. Only its owner has it; the store keeps its SM3.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub(crate) String);

impl Token {
    /// The secret itself, for its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The secret to hand to its owner.
    pub token: Token,
    /// Who logged in.
    pub cx: Cx,
    /// When the session ends in any case.
    pub expires_at: Timestamp,
    /// Whether nothing is allowed until the password is changed.
    pub must_change_password: bool,
}

impl Identity {
    /// Opens a session. A name that nobody has is treated like one with a wrong password, in time and in answer.
    pub async fn login(&self, username: &str, password: &str, client: &Client) -> Result<Opened> {
        let name = username.trim().to_lowercase();
        let found = self.find_account_by_name(&name).await?;
        self.refuse_locked_name(&name, found.as_ref(), client).await?;
        let right = match &found {
            Some(row) => self.hasher.matching(password, vec![row.password.clone()]).await?.is_some(),
            None => {
                self.hasher.pretend(password).await?;
                false
            }
        };
        let Some(row) = found.filter(|_| right) else {
            let account = self.find_account_by_name(&name).await?.map(|row| row.id);
            return Err(self.count_failure(&name, account.as_deref(), client).await?);
        };
        if row.locked {
            let refusal = Error::AccountLocked;
            self.record_refusal(&name, Some(&row.id), &refusal, client).await?;
            return Err(refusal);
        }
        self.open_session(&name, row, client).await
    }

    async fn open_session(&self, name: &str, seen: accounts::Model, client: &Client) -> Result<Opened> {
        let tx = self.store.begin().await?;
        // The password was compared outside the transaction. Guesses that ran beside it may have locked the name,
        // and somebody may have changed the account: both are looked at again, now that nobody else writes.
        if let Some(refusal) = self.name_lock(&tx, name).await? {
            tx.rollback().await;
            return Err(refusal);
        }
        let row = accounts::Entity::find_by_id(&seen.id).one(&tx).await?.ok_or(Error::BadCredentials)?;
        if row.password != seen.password || row.locked {
            tx.rollback().await;
            return Err(Error::BadCredentials);
        }
        attempts::Entity::delete_by_id(name_hash(name)).exec(&tx).await?;
        let must_change_password = self.password_is_due(&row);
        let department = self.department_in(&tx, &row.department_id).await?;
        let account = Account::read(&row, department)?;
        let Minted { token, session } = self.mint(&tx, &account.id, client).await?;
        let cx = self.cx_of(account, must_change_password, session.clone());
        let details = json!({ "address": client.address, "session": session.id });
        note(&tx, &cx, Note::new(Deed::SessionOpened, subject(Some(&row.id), name)).with(details)).await?;
        tx.commit().await?;
        Ok(Opened { token, cx, expires_at: session.expires_at, must_change_password })
    }

    /// Counts a failure for this name, and gives the error to answer with.
    pub(crate) async fn count_failure(&self, name: &str, account: Option<&str>, client: &Client) -> Result<Error> {
        let tx = self.store.begin().await?;
        let now = self.store.clock().now();
        let refusal = match self.name_lock(&tx, name).await? {
            Some(locked) => locked,
            None => {
                let hash = name_hash(name);
                let before = attempts::Entity::find_by_id(&hash).one(&tx).await?;
                let before = before.filter(|row| row.updated_at > now.plus_secs(-FORGET_SECS).as_millis());
                let failures = before.map_or(0, |row| row.failures).saturating_add(1);
                let locks = failures >= self.settings.max_failures;
                let until = if locks { now.plus_secs(self.settings.lock_secs).as_millis() } else { 0 };
                let row = attempts::ActiveModel {
                    name_hash: Set(hash),
                    failures: Set(if locks { 0 } else { failures }),
                    locked_until: Set(until),
                    updated_at: Set(now.as_millis()),
                };
                let mut conflict = OnConflict::column(attempts::Column::NameHash);
                conflict.update_columns([
                    attempts::Column::Failures,
                    attempts::Column::LockedUntil,
                    attempts::Column::UpdatedAt,
                ]);
                attempts::Entity::insert(row).on_conflict(conflict).exec_without_returning(&tx).await?;
                // Names that nobody has must not fill the table.
                let old = now.plus_secs(-FORGET_SECS).as_millis();
                attempts::Entity::delete_many().filter(attempts::Column::UpdatedAt.lt(old)).exec(&tx).await?;
                if locks {
                    Error::TooManyAttempts { retry_after_secs: self.settings.lock_secs }
                } else {
                    Error::BadCredentials
                }
            }
        };
        self.note_refusal(&tx, name, account, &refusal, client).await?;
        tx.commit().await?;
        Ok(refusal)
    }

    /// Refuses a name that failed too often, before its password is looked at.
    pub(crate) async fn refuse_locked_name(
        &self,
        name: &str,
        account: Option<&accounts::Model>,
        client: &Client,
    ) -> Result<()> {
        let Some(refusal) = self.name_lock(self.store.db(), name).await? else { return Ok(()) };
        self.record_refusal(name, account.map(|row| row.id.as_str()), &refusal, client).await?;
        Err(refusal)
    }

    async fn name_lock(&self, db: &impl store::sea_orm::ConnectionTrait, name: &str) -> Result<Option<Error>> {
        let now = self.store.clock().now();
        let row = attempts::Entity::find_by_id(name_hash(name)).one(db).await?;
        Ok(row
            .map(|row| Timestamp::from_millis(row.locked_until).millis_since(now))
            .filter(|left| *left > 0)
            .map(|left| Error::TooManyAttempts { retry_after_secs: left.saturating_add(999) / 1000 }))
    }

    async fn record_refusal(&self, name: &str, account: Option<&str>, why: &Error, client: &Client) -> Result<()> {
        let tx = self.store.begin().await?;
        self.note_refusal(&tx, name, account, why, client).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn note_refusal(
        &self,
        tx: &Tx<'_>,
        name: &str,
        account: Option<&str>,
        why: &Error,
        client: &Client,
    ) -> Result<()> {
        // Nobody is logged in, so the platform is the one that acts: it refuses.
        let cx = Cx::unrecorded(&self.store, std::sync::Arc::clone(&self.roles), &self.fence, "login");
        let mut note_of =
            Note::new(Deed::SessionRefused, subject(account, name)).with(json!({ "address": client.address }));
        note_of.outcome = DeedOutcome::Refused;
        note_of.reason = Some(kernel::Fault::code(why).to_owned());
        note(tx, &cx, note_of).await
    }

    pub(crate) async fn find_account_by_name(&self, name: &str) -> Result<Option<accounts::Model>> {
        Ok(accounts::Entity::find().filter(accounts::Column::Username.eq(name)).one(self.store.db()).await?)
    }

    /// Whether the password must be changed before anything else.
    pub(crate) fn password_is_due(&self, row: &accounts::Model) -> bool {
        let age = self.store.clock().now().millis_since(Timestamp::from_millis(row.password_set_at));
        row.must_change_password || age > self.settings.password_days * DAY_SECS * 1000
    }
}

/// The name a failure is counted under. A hash, because people type passwords into the field of the name.
pub(crate) fn name_hash(name: &str) -> String {
    sm3_hex(name.as_bytes())
}

/// The subject of a record about a login: the account, or the hash of a name that nobody has.
fn subject(account: Option<&str>, name: &str) -> String {
    match account {
        Some(id) => format!("account:{id}"),
        None => format!("name:{}", name_hash(name).chars().take(16).collect::<String>()),
    }
}

/// The subject of a record about an account.
pub(crate) fn account_subject(id: &UserId) -> String {
    format!("account:{id}")
}

//! Sessions: kept in the store, so that any server can answer any request.

use std::sync::Arc;

use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::UserId;
use serde::Serialize;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::{Expr, ExprTrait as _};
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use store::{Tx, sm3_hex};

use crate::accounts::Account;
use crate::cx::{Note, note};
use crate::login::{Token, account_subject};
use crate::tables::{accounts, sessions};
use crate::{Action, Client, Cx, Error, Identity, Permit, Result};

/// The last request of a session is written down at most this often: reading is cheap, writing is not.
const SEEN_EVERY_SECS: i64 = 60;
/// What a client calls itself is cut to so many characters.
const AGENT_CHARS: usize = 120;

/// A session, as its owner may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// A short name; not the secret, and not enough to find it.
    pub id: String,
    /// From where it was opened.
    pub address: String,
    /// With which program.
    pub agent: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// A session just made, with its secret.
pub(crate) struct Minted {
    pub(crate) token: Token,
    pub(crate) session: Session,
}

impl Identity {
    /// Who holds this token. One indexed read, and a write at most once a minute.
    pub async fn authenticate(&self, token: &str) -> Result<Cx> {
        let hash = token_hash(token).ok_or(Error::SessionOver)?;
        let found =
            sessions::Entity::find_by_id(&hash).find_also_related(accounts::Entity).one(self.store.db()).await?;
        let Some((session, Some(row))) = found else { return Err(Error::SessionOver) };
        let now = self.store.clock().now();
        if row.locked || self.is_over(&session, now) {
            return Err(Error::SessionOver);
        }
        let department = self.department_in(self.store.db(), &row.department_id).await?;
        let must_change_password = self.password_is_due(&row);
        let account = Account::read(&row, department)?;
        if now.millis_since(Timestamp::from_millis(session.seen_at)) >= SEEN_EVERY_SECS * 1000 {
            self.touch(&hash, now).await;
        }
        Ok(self.cx_of(account, must_change_password, view(&session)))
    }

    /// Ends the session of `cx`. Ending it twice is the same as once.
    pub async fn logout(&self, cx: &Cx) -> Result<()> {
        let (Some(person), Some(session)) = (cx.person(), cx.session()) else { return Err(Error::LoginRequired) };
        self.end(cx, &person.id, Some(&session.id), Deed::SessionClosed).await.map(|_| ())
    }

    /// The open sessions of the one who asks, newest first.
    pub async fn sessions(&self, cx: &Cx) -> Result<Vec<Session>> {
        let person = cx.person().ok_or(Error::LoginRequired)?;
        let now = self.store.clock().now();
        let rows = sessions::Entity::find()
            .filter(sessions::Column::AccountId.eq(person.id.as_str()))
            .order_by_desc(sessions::Column::CreatedAt)
            .all(self.store.db())
            .await?;
        Ok(rows.iter().filter(|row| !self.is_over(row, now)).map(view).collect())
    }

    /// Ends one session of the one who asks.
    pub async fn end_session(&self, cx: &Cx, id: &str) -> Result<()> {
        let person = cx.person().ok_or(Error::LoginRequired)?;
        match self.end(cx, &person.id, Some(id), Deed::SessionClosed).await? {
            0 => Err(Error::SessionNotFound),
            _ => Ok(()),
        }
    }

    /// Ends all sessions of an account. Gives how many there were.
    pub async fn end_sessions_of(&self, cx: &Cx, permit: &Permit, account: &UserId) -> Result<u64> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        self.end(cx, account, None, Deed::SessionClosed).await
    }

    /// How many sessions are open.
    pub async fn open_sessions(&self) -> Result<u64> {
        let now = self.store.clock().now();
        let idle_since = now.plus_secs(-self.settings.idle_secs).as_millis();
        Ok(sessions::Entity::find()
            .filter(sessions::Column::ExpiresAt.gt(now.as_millis()))
            .filter(sessions::Column::SeenAt.gt(idle_since))
            .count(self.store.db())
            .await?)
    }

    async fn end(&self, cx: &Cx, account: &UserId, id: Option<&str>, deed: Deed) -> Result<u64> {
        let tx = self.store.begin().await?;
        let ended = end_in(&tx, account, id, None).await?;
        if ended > 0 {
            let details = json!({ "sessions": ended });
            note(&tx, cx, Note::new(deed, account_subject(account)).with(details)).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Makes a session and sweeps out those that are over.
    pub(crate) async fn mint(&self, tx: &Tx<'_>, account: &UserId, client: &Client) -> Result<Minted> {
        let now = self.store.clock().now();
        sessions::Entity::delete_many().filter(sessions::Column::ExpiresAt.lte(now.as_millis())).exec(tx).await?;
        let token = Token(self.store.entropy().hex::<32>());
        let row = sessions::ActiveModel {
            token_hash: Set(sm3_hex(token.0.as_bytes())),
            account_id: Set(account.as_str().to_owned()),
            address: Set(cut(&client.address)),
            agent: Set(cut(&client.agent)),
            created_at: Set(now.as_millis()),
            seen_at: Set(now.as_millis()),
            expires_at: Set(now.plus_secs(self.settings.session_secs).as_millis()),
        };
        let row = row.insert(tx).await?;
        Ok(Minted { token, session: view(&row) })
    }

    fn is_over(&self, session: &sessions::Model, now: Timestamp) -> bool {
        let idle = now.millis_since(Timestamp::from_millis(session.seen_at));
        session.expires_at <= now.as_millis() || idle > self.settings.idle_secs * 1000
    }

    /// Writes down that a session was used. A failure only makes the session end earlier, so it does not fail
    /// the request.
    async fn touch(&self, hash: &str, now: Timestamp) {
        let write = async {
            let tx = self.store.begin().await?;
            sessions::Entity::update_many()
                .col_expr(sessions::Column::SeenAt, Expr::value(now.as_millis()))
                .filter(sessions::Column::TokenHash.eq(hash))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            Ok::<(), Error>(())
        };
        if let Err(error) = write.await {
            tracing::warn!(%error, "the use of a session was not written down");
        }
    }

    pub(crate) fn cx_of(&self, account: Account, must_change_password: bool, session: Session) -> Cx {
        let roles = account.roles.clone();
        let policy = Arc::clone(&self.roles);
        Cx::person_with(&self.store, policy, &self.fence, account.into_person(), roles, must_change_password, session)
    }
}

/// Ends sessions of an account: one, or all but one, or all.
pub(crate) async fn end_in(tx: &Tx<'_>, account: &UserId, only: Option<&str>, except: Option<&str>) -> Result<u64> {
    let mut ended = sessions::Entity::delete_many().filter(sessions::Column::AccountId.eq(account.as_str()));
    if let Some(id) = only {
        ended = ended.filter(sessions::Column::TokenHash.starts_with(hash_start(id)));
    }
    if let Some(id) = except {
        ended = ended.filter(sessions::Column::TokenHash.starts_with(hash_start(id)).not());
    }
    Ok(ended.exec(tx).await?.rows_affected)
}

/// A token is 64 hexadecimal digits; anything else is not looked up.
fn token_hash(token: &str) -> Option<String> {
    let plain = token.len() == 64 && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    plain.then(|| sm3_hex(token.as_bytes()))
}

/// The start of the token's hash that a session's id shows; anything else finds nothing.
fn hash_start(id: &str) -> String {
    let start = id.strip_prefix("ses_").unwrap_or_default();
    let plain = start.len() == 16 && start.bytes().all(|b| b.is_ascii_hexdigit());
    if plain { start.to_owned() } else { "-".to_owned() }
}

fn view(row: &sessions::Model) -> Session {
    Session {
        id: format!("ses_{}", row.token_hash.chars().take(16).collect::<String>()),
        address: row.address.clone(),
        agent: row.agent.clone(),
        opened_at: Timestamp::from_millis(row.created_at),
        seen_at: Timestamp::from_millis(row.seen_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect()
}

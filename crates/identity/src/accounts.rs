//! Accounts: made and locked by the system administrator, given roles by the security administrator, never both.

use std::collections::{BTreeMap, BTreeSet};

use kernel::event::Deed;
use kernel::ids::{DepartmentId, UserId};
use kernel::{Actor, DataLevel, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::cx::{Note, note};
use crate::login::{account_subject, name_hash};
use crate::password::broken_rules;
use crate::session::end_in;
use crate::tables::{accounts, attempts};
use crate::{
    Action, Client, Cx, Denied, Department, Error, Identity, Missing, OneTimePassword, Permit, Person, Result, RoleId,
    Scope,
};

/// The longest name of a person.
const NAME_CHARS: usize = 40;

/// An account, as those see it who look after accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Which.
    pub id: UserId,
    /// The name used to log in.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Where the person works.
    pub department: Department,
    /// What the account may do.
    pub roles: BTreeSet<RoleId>,
    /// Whether an administrator locked it.
    pub locked: bool,
    /// Whether nothing is allowed until the password is changed.
    pub must_change_password: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A new account. It has no role: roles are the security administrator's to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The name to log in with: 2 to 32 of `a-z 0-9 . _ -`, starting with a letter. It never changes.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Where the person works.
    pub department: DepartmentId,
}

/// A change of an account; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The person's name.
    pub name: Option<String>,
    /// Where the person works.
    pub department: Option<DepartmentId>,
}

impl Identity {
    /// One page of accounts in the order of their names to log in, after `after`.
    pub async fn accounts(&self, cx: &Cx, permit: &Permit, after: Option<&str>, limit: u64) -> Result<Vec<Account>> {
        permit.demand(cx, &[Action::ReadAccounts])?;
        let mut query = accounts::Entity::find().order_by_asc(accounts::Column::Username).limit(limit);
        if let Some(after) = after {
            query = query.filter(accounts::Column::Username.gt(after));
        }
        self.read_all(query.all(self.store.db()).await?).await
    }

    /// One account.
    pub async fn account(&self, cx: &Cx, permit: &Permit, id: &UserId) -> Result<Account> {
        permit.demand(cx, &[Action::ReadAccounts])?;
        let row = accounts::Entity::find_by_id(id.as_str()).one(self.store.db()).await?;
        let row = row.ok_or(Error::AccountNotFound)?;
        let department = self.department_in(self.store.db(), &row.department_id).await?;
        Account::read(&row, department)
    }

    /// The account with this name to log in.
    pub async fn account_named(&self, cx: &Cx, permit: &Permit, username: &str) -> Result<Account> {
        permit.demand(cx, &[Action::ReadAccounts])?;
        let row = self.find_account_by_name(username).await?.ok_or(Error::AccountNotFound)?;
        let department = self.department_in(self.store.db(), &row.department_id).await?;
        Account::read(&row, department)
    }

    /// The people behind these ids, for a view whose permit the caller has checked: names in a queue or a record.
    pub async fn people(&self, ids: &BTreeSet<UserId>) -> Result<BTreeMap<UserId, Person>> {
        let ids = ids.iter().map(UserId::as_str);
        let rows = accounts::Entity::find().filter(accounts::Column::Id.is_in(ids)).all(self.store.db()).await?;
        let found = self.read_all(rows).await?;
        Ok(found.into_iter().map(|account| (account.id.clone(), account.into_person())).collect())
    }

    /// Everybody whose roles allow this action somewhere, with the clearance it comes with; locked accounts left out.
    /// For the platform's own look at who is there: who reviews, who is on duty.
    pub async fn people_who(&self, action: Action) -> Result<Vec<(Person, DataLevel)>> {
        let rows = accounts::Entity::find().filter(accounts::Column::Locked.eq(false)).all(self.store.db()).await?;
        let able = |account: &Account| {
            let roles = account.roles.iter().filter_map(|id| self.roles.get(id));
            roles.filter(|role| role.actions.contains(&action)).map(|role| role.clearance).max()
        };
        let found = self.read_all(rows).await?;
        Ok(found.into_iter().filter_map(|account| able(&account).map(|level| (account.into_person(), level))).collect())
    }

    /// Makes an account with a password that its owner must change. The password is told once, here.
    pub async fn create_account(
        &self,
        cx: &Cx,
        permit: &Permit,
        new: &NewAccount,
    ) -> Result<(Account, OneTimePassword)> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        let password = OneTimePassword::generate(cx.entropy());
        let hash = self.hasher.hash(password.reveal()).await?;
        let tx = self.store.begin().await?;
        let account = self.insert_account(&tx, cx, new, &BTreeSet::new(), hash, true).await?;
        tx.commit().await?;
        Ok((account, password))
    }

    /// Makes an account that holds roles from the beginning: how an agency gets its first administrators. Only the
    /// platform itself may, at the machine; the password is told once, here, and its owner must change it.
    pub async fn appoint(
        &self,
        cx: &Cx,
        new: &NewAccount,
        roles: &BTreeSet<RoleId>,
    ) -> Result<(Account, OneTimePassword)> {
        platform_only(cx, Action::GrantRoles)?;
        self.roles.compatible(roles)?;
        let password = OneTimePassword::generate(cx.entropy());
        let hash = self.hasher.hash(password.reveal()).await?;
        let tx = self.store.begin().await?;
        let account = self.insert_account(&tx, cx, new, roles, hash, true).await?;
        tx.commit().await?;
        Ok((account, password))
    }

    /// Changes the name or the department of an account.
    pub async fn update_account(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &UserId,
        change: &AccountChange,
    ) -> Result<Account> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        let tx = self.store.begin().await?;
        let row = found(&tx, id).await?;
        let mut changed = Vec::new();
        let before = row.department_id.clone();
        let mut next = row.clone().into_active_model();
        if let Some(name) = &change.name {
            next.name = Set(checked_name(name)?);
            changed.push("name");
        }
        if let Some(department) = &change.department {
            self.department_in(&tx, department.as_str()).await?;
            next.department_id = Set(department.as_str().to_owned());
            changed.push("department");
        }
        next.updated_at = Set(cx.now().as_millis());
        let row = next.update(&tx).await?;
        let department = self.department_in(&tx, &row.department_id).await?;
        // A name is a person's and stays out of the record.
        let (before, after) = (json!({ "department": before }), json!({ "department": row.department_id }));
        let details = json!({ "changed": changed, "before": before, "after": after });
        note(&tx, cx, Note::new(Deed::AccountChanged, account_subject(id)).with(details)).await?;
        tx.commit().await?;
        Account::read(&row, department)
    }

    /// Locks an account and ends its sessions, or unlocks it and forgets its failed logins.
    pub async fn set_locked(&self, cx: &Cx, permit: &Permit, id: &UserId, locked: bool) -> Result<Account> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        not_oneself(cx, id)?;
        let tx = self.store.begin().await?;
        let row = found(&tx, id).await?;
        if locked {
            self.keep_administrators(&tx, &row, &BTreeSet::new()).await?;
            end_in(&tx, id, None, None).await?;
        } else {
            attempts::Entity::delete_by_id(name_hash(&row.username)).exec(&tx).await?;
        }
        let before = row.locked;
        let mut next = row.into_active_model();
        next.locked = Set(locked);
        next.updated_at = Set(cx.now().as_millis());
        let row = next.update(&tx).await?;
        let department = self.department_in(&tx, &row.department_id).await?;
        let (before, after) = (json!({ "locked": before }), json!({ "locked": locked }));
        let details = json!({ "changed": ["locked"], "locked": locked, "before": before, "after": after });
        note(&tx, cx, Note::new(Deed::AccountChanged, account_subject(id)).with(details)).await?;
        tx.commit().await?;
        Account::read(&row, department)
    }

    /// Gives an account exactly these roles. An administrator's role is held alone (三员分立), nobody changes the own
    /// roles, and whoever becomes an administrator has chosen the own password and logs in again.
    pub async fn set_roles(&self, cx: &Cx, permit: &Permit, id: &UserId, roles: &BTreeSet<RoleId>) -> Result<Account> {
        permit.demand(cx, &[Action::GrantRoles])?;
        not_oneself(cx, id)?;
        self.roles.compatible(roles)?;
        let tx = self.store.begin().await?;
        let row = found(&tx, id).await?;
        self.keep_administrators(&tx, &row, roles).await?;
        let before = read_roles(&row)?;
        if roles.iter().any(|role| role.is_administrator() && !before.contains(role)) {
            // Whoever made or reset the account still knows its password, or left a session open in it.
            if cx.person().is_some() && row.must_change_password {
                return Err(Error::PasswordNotOwn);
            }
            end_in(&tx, id, None, None).await?;
        }
        let mut next = row.into_active_model();
        next.roles = Set(write_roles(roles));
        next.updated_at = Set(cx.now().as_millis());
        let row = next.update(&tx).await?;
        let department = self.department_in(&tx, &row.department_id).await?;
        let details = json!({ "changed": ["roles"], "before": before, "after": roles });
        note(&tx, cx, Note::new(Deed::AccountChanged, account_subject(id)).with(details)).await?;
        tx.commit().await?;
        Account::read(&row, department)
    }

    /// Gives an account a password that its owner must change, and ends its sessions. The password is told once,
    /// here. An administrator's password is reset only by the platform itself, at the machine: whoever chooses it
    /// could take the account over, and one person would hold two of the three roles.
    pub async fn reset_password(&self, cx: &Cx, permit: &Permit, id: &UserId) -> Result<OneTimePassword> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        not_oneself(cx, id)?;
        let password = OneTimePassword::generate(cx.entropy());
        let hash = self.hasher.hash(password.reveal()).await?;
        let tx = self.store.begin().await?;
        let row = found(&tx, id).await?;
        if cx.person().is_some() && read_roles(&row)?.iter().any(RoleId::is_administrator) {
            tx.rollback().await;
            return Err(Error::AdministratorReset);
        }
        self.put_password(&tx, cx, row, hash, true).await?;
        end_in(&tx, id, None, None).await?;
        let details = json!({ "changed": ["password"], "reset": true });
        note(&tx, cx, Note::new(Deed::AccountChanged, account_subject(id)).with(details)).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// Changes the own password and ends the other sessions. A wrong present password counts as a failed login.
    pub async fn change_password(&self, cx: &Cx, current: &str, new: &str, client: &Client) -> Result<()> {
        let person = cx.person().ok_or(Error::LoginRequired)?;
        let row = self.find_account_by_name(&person.username).await?.ok_or(Error::SessionOver)?;
        self.refuse_locked_name(&row.username, Some(&row), client).await?;
        if self.hasher.matching(current, vec![row.password.clone()]).await?.is_none() {
            return Err(self.count_failure(&row.username, Some(&row.id), client).await?);
        }
        let broken = broken_rules(new, &row.username);
        if !broken.is_empty() {
            return Err(Error::WeakPassword(broken));
        }
        let mut used = vec![row.password.clone()];
        used.extend(read_former(&row)?);
        used.truncate(self.settings.remembered_passwords);
        if self.hasher.matching(new, used).await?.is_some() {
            return Err(Error::PasswordReused(self.settings.remembered_passwords));
        }
        let hash = self.hasher.hash(new).await?;
        let tx = self.store.begin().await?;
        let now = found(&tx, &person.id).await?;
        if now.password != row.password {
            tx.rollback().await;
            return Err(Error::AccountChanged);
        }
        self.put_password(&tx, cx, now, hash, false).await?;
        end_in(&tx, &person.id, None, cx.session().map(|session| session.id.as_str())).await?;
        let details = json!({ "changed": ["password"], "reset": false });
        note(&tx, cx, Note::new(Deed::AccountChanged, account_subject(&person.id)).with(details)).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn put_password(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        row: accounts::Model,
        hash: String,
        must_change: bool,
    ) -> Result<()> {
        let mut former = vec![row.password.clone()];
        former.extend(read_former(&row)?);
        former.truncate(self.settings.remembered_passwords.saturating_sub(1));
        let mut next = row.into_active_model();
        next.password = Set(hash);
        next.former_passwords = Set(json!(former).to_string());
        next.password_set_at = Set(cx.now().as_millis());
        next.must_change_password = Set(must_change);
        next.updated_at = Set(cx.now().as_millis());
        next.update(tx).await?;
        Ok(())
    }

    pub(crate) async fn insert_account(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        new: &NewAccount,
        roles: &BTreeSet<RoleId>,
        hash: String,
        must_change: bool,
    ) -> Result<Account> {
        let username = checked_username(&new.username)?;
        let name = checked_name(&new.name)?;
        let department = self.department_in(tx, new.department.as_str()).await?;
        let taken = accounts::Entity::find().filter(accounts::Column::Username.eq(&username)).one(tx).await?;
        if taken.is_some() {
            return Err(Error::UsernameTaken(username));
        }
        let id = UserId::generate(cx.ids());
        let now = cx.now().as_millis();
        let row = accounts::ActiveModel {
            id: Set(id.as_str().to_owned()),
            username: Set(username),
            name: Set(name),
            department_id: Set(new.department.as_str().to_owned()),
            roles: Set(write_roles(roles)),
            password: Set(hash),
            former_passwords: Set("[]".to_owned()),
            password_set_at: Set(now),
            must_change_password: Set(must_change),
            locked: Set(false),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = row.insert(tx).await?;
        let details = json!({ "changed": ["created"], "department": new.department, "roles": roles });
        note(tx, cx, Note::new(Deed::AccountChanged, account_subject(&id)).with(details)).await?;
        Account::read(&row, department)
    }

    /// Refuses a change after which nobody could do an administrator's work: the account `row` is about to hold
    /// only `after` and to be open only for that.
    async fn keep_administrators(&self, tx: &Tx<'_>, row: &accounts::Model, after: &BTreeSet<RoleId>) -> Result<()> {
        let held = read_roles(row)?;
        for role in held.iter().filter(|role| role.is_administrator() && !after.contains(role)) {
            if row.locked {
                continue;
            }
            let others = accounts::Entity::find()
                .filter(accounts::Column::Locked.eq(false))
                .filter(accounts::Column::Id.ne(&row.id))
                .filter(accounts::Column::Roles.eq(write_roles(&BTreeSet::from([role.clone()]))))
                .one(tx)
                .await?;
            if others.is_none() {
                return Err(Error::LastAdministrator(role.clone()));
            }
        }
        Ok(())
    }

    async fn read_all(&self, rows: Vec<accounts::Model>) -> Result<Vec<Account>> {
        let departments: BTreeMap<DepartmentId, Department> =
            self.departments().await?.into_iter().map(|department| (department.id.clone(), department)).collect();
        rows.iter()
            .map(|row| {
                let id = DepartmentId::parse(&row.department_id).map_err(|_| Error::Damaged { what: "an account" })?;
                let department = departments.get(&id).cloned();
                Account::read(row, department.ok_or(Error::DepartmentNotFound(row.department_id.clone()))?)
            })
            .collect()
    }
}

impl Account {
    pub(crate) fn read(row: &accounts::Model, department: Department) -> Result<Self> {
        Ok(Self {
            id: UserId::parse(&row.id).map_err(|_| Error::Damaged { what: "an account" })?,
            username: row.username.clone(),
            name: row.name.clone(),
            department,
            roles: read_roles(row)?,
            locked: row.locked,
            must_change_password: row.must_change_password,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }

    pub(crate) fn into_person(self) -> Person {
        let region = self.department.region.clone();
        Person { id: self.id, name: self.name, username: self.username, department: self.department, region }
    }
}

async fn found(tx: &Tx<'_>, id: &UserId) -> Result<accounts::Model> {
    accounts::Entity::find_by_id(id.as_str()).one(tx).await?.ok_or(Error::AccountNotFound)
}

/// Refuses everybody but the platform itself.
pub(crate) fn platform_only(cx: &Cx, action: Action) -> Result<()> {
    match cx.actor() {
        Actor::System { .. } => Ok(()),
        Actor::User { .. } | Actor::Visitor { .. } | Actor::Key { .. } => {
            let missing = Missing::Role { any_of: Vec::new() };
            Err(Denied { action, scope: Scope::Platform.label(), missing }.into())
        }
    }
}

fn not_oneself(cx: &Cx, id: &UserId) -> Result<()> {
    if cx.user_id() == Some(id) { Err(Error::OwnAccount) } else { Ok(()) }
}

fn read_roles(row: &accounts::Model) -> Result<BTreeSet<RoleId>> {
    serde_json::from_str(&row.roles).map_err(|_| Error::Damaged { what: "an account's roles" })
}

fn write_roles(roles: &BTreeSet<RoleId>) -> String {
    json!(roles).to_string()
}

fn read_former(row: &accounts::Model) -> Result<Vec<String>> {
    serde_json::from_str(&row.former_passwords).map_err(|_| Error::Damaged { what: "an account's passwords" })
}

fn checked_username(text: &str) -> Result<String> {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if plain && starts && (2..=32).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err(Error::BadField {
            field: "username",
            why: "must be 2 to 32 of a-z, 0-9, `.`, `_`, `-`, starting with a letter",
        })
    }
}

fn checked_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Error::BadField { field: "name", why: "must be 1 to 40 characters" });
    }
    Ok(name.to_owned())
}

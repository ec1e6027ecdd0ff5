//! The reader of `policies/roles.toml`: every complaint names the file, the line and the field.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{DataLevel, Fault, Kind};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::{AUDITOR, CITIZEN, Role, RoleId, Roles, SECURITY, SYSADMIN};
use crate::action::Action;

/// What may be opened to people without an account at all.
const CITIZEN_MAY: &[Action] = &[Action::Ask, Action::GiveFeedback, Action::ReadCollections, Action::Search];

/// A policy file says something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {why}")]
pub struct BadPolicy {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The field, such as `roles.clerk.actions`.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

impl Fault for BadPolicy {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "identity.bad_policy"
    }
}

pub(super) fn load(file: &str, text: &str) -> Result<Roles, BadPolicy> {
    let reader = Reader { file, text };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        reader.wrong(at, "(file)", error.message())
    })?;
    let root = document.get_ref();
    reader.only(root, "", &["roles", "schema"])?;
    let schema = root.get("schema").ok_or_else(|| reader.wrong(0, "schema", "missing; write `schema = 1`"))?;
    if schema.get_ref().as_integer().map(DeInteger::as_str) != Some("1") {
        return Err(reader.wrong(schema.span().start, "schema", "this program reads schema 1"));
    }
    let table = root.get("roles").ok_or_else(|| reader.wrong(0, "roles", "missing"))?;
    let mut roles = BTreeMap::new();
    for (name, entry) in reader.table(table, "roles")? {
        let role = reader.role(name.get_ref(), name.span().start, entry)?;
        roles.insert(role.id.clone(), role);
    }
    for needed in [AUDITOR, CITIZEN, SECURITY, SYSADMIN] {
        if !roles.keys().any(|id| id.as_str() == needed) {
            return Err(reader.wrong(table.span().start, &format!("roles.{needed}"), "missing; this role must exist"));
        }
    }
    Ok(Roles { roles })
}

type Entry<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    file: &'t str,
    text: &'t str,
}

impl Reader<'_> {
    fn wrong(&self, at: usize, field: &str, why: impl Into<String>) -> BadPolicy {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        BadPolicy { file: self.file.to_owned(), line, field: field.to_owned(), why: why.into() }
    }

    /// Refuses every field that is not in `known`.
    fn only(&self, table: &DeTable<'_>, path: &str, known: &[&str]) -> Result<(), BadPolicy> {
        match table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let dot = if path.is_empty() { "" } else { "." };
                let field = format!("{path}{dot}{}", key.get_ref());
                Err(self.wrong(key.span().start, &field, format!("unknown field; known are {}", known.join(", "))))
            }
        }
    }

    fn table<'e, 'i>(&self, entry: &'e Entry<'i>, field: &str) -> Result<&'e DeTable<'i>, BadPolicy> {
        entry.get_ref().as_table().ok_or_else(|| self.wrong(entry.span().start, field, "must be a table"))
    }

    /// A text field that must be there, with the place where it stands.
    fn text<'e>(&self, role: &'e DeTable<'_>, at: usize, path: &str, key: &str) -> Result<(&'e str, usize), BadPolicy> {
        let field = format!("{path}.{key}");
        let entry = role.get(key).ok_or_else(|| self.wrong(at, &field, "missing"))?;
        match entry.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Ok((text, entry.span().start)),
            _ => Err(self.wrong(entry.span().start, &field, "must be a text that is not empty")),
        }
    }

    fn role(&self, name: &str, at: usize, entry: &Entry<'_>) -> Result<Role, BadPolicy> {
        let path = format!("roles.{name}");
        let id = RoleId::parse(name).map_err(|bad| self.wrong(at, &path, bad.to_string()))?;
        let table = self.table(entry, &path)?;
        self.only(table, &path, &["actions", "clearance", "title", "title_en"])?;
        let (title, _) = self.text(table, at, &path, "title")?;
        let (title_en, _) = self.text(table, at, &path, "title_en")?;
        let (level, level_at) = self.text(table, at, &path, "clearance")?;
        let field = format!("{path}.clearance");
        let clearance = DataLevel::parse(level)
            .ok_or_else(|| self.wrong(level_at, &field, "must be public, internal or sensitive"))?;
        // Administrators and people without an account see nothing that is not public, whatever a file says.
        if clearance > DataLevel::Public && (id.is_administrator() || id.as_str() == CITIZEN) {
            return Err(self.wrong(level_at, &field, format!("`{id}` must not see more than public data")));
        }
        let actions = self.actions(&id, table, at, &format!("{path}.actions"))?;
        Ok(Role { id, title: title.to_owned(), title_en: title_en.to_owned(), clearance, actions })
    }

    fn actions(&self, id: &RoleId, role: &DeTable<'_>, at: usize, field: &str) -> Result<BTreeSet<Action>, BadPolicy> {
        let entry = role.get("actions").ok_or_else(|| self.wrong(at, field, "missing"))?;
        let list_at = entry.span().start;
        let list =
            entry.get_ref().as_array().ok_or_else(|| self.wrong(list_at, field, "must be a list of action names"))?;
        let mut actions = BTreeSet::new();
        for item in list {
            let at = item.span().start;
            let code =
                item.get_ref().as_str().ok_or_else(|| self.wrong(at, field, "must be a list of action names"))?;
            let Some(action) = Action::parse(code) else {
                let known: Vec<&str> = Action::ALL.iter().map(|action| action.code()).collect();
                return Err(self.wrong(at, field, format!("unknown action `{code}`; known are {}", known.join(", "))));
            };
            if !action.duties().contains(&id.duty()) {
                let why = format!("`{code}` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)");
                return Err(self.wrong(at, field, why));
            }
            if id.as_str() == CITIZEN && !CITIZEN_MAY.contains(&action) {
                return Err(self.wrong(at, field, format!("`{code}` needs an account")));
            }
            if !actions.insert(action) {
                return Err(self.wrong(at, field, format!("`{code}` stands twice")));
            }
        }
        Ok(actions)
    }
}

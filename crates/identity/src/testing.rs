//! A [`Cx`] for the tests of other crates, without an account in the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::ids::{DepartmentId, UserId};
use kernel::{Region, Timestamp};
use store::Store;

use crate::{Cx, Department, Person, Result, RoleId, Roles, Session};

/// Somebody with these roles, in department `test` of region 510100. Names that are no roles give nothing.
pub fn person(store: &Store, username: &str, roles: &[&str]) -> Result<Cx> {
    person_in(store, username, roles, &["test"], "510100")
}

/// Somebody with these roles in the last of these departments, each below the one before.
pub fn person_in(store: &Store, username: &str, roles: &[&str], departments: &[&str], region: &str) -> Result<Cx> {
    let path: Vec<DepartmentId> = departments.iter().filter_map(|id| DepartmentId::parse(id).ok()).collect();
    let region = Region::parse(region).unwrap_or_else(|_| Region::country());
    let fallback = || DepartmentId::parse("test").map_err(|_| crate::Error::Damaged { what: "a test" });
    let id = match path.last() {
        Some(id) => id.clone(),
        None => fallback()?,
    };
    let department = Department { id, name: "Test".to_owned(), parent: None, region: region.clone(), path };
    let person = Person {
        id: UserId::parse(&format!("usr_{username}")).unwrap_or_else(|_| UserId::generate(store.ids())),
        name: username.to_owned(),
        username: username.to_owned(),
        department,
        region,
    };
    let held: BTreeSet<RoleId> = roles.iter().filter_map(|role| RoleId::parse(role).ok()).collect();
    let session = Session {
        id: "ses_0000000000000000".to_owned(),
        address: String::new(),
        agent: String::new(),
        opened_at: Timestamp::from_millis(0),
        seen_at: Timestamp::from_millis(0),
        expires_at: Timestamp::from_millis(i64::MAX),
    };
    let fence = crate::Fence::shipped()?;
    // At the machine, where the fence asks least.
    let cx = Cx::person_with(store, Arc::new(Roles::embedded()?), &fence, person, held, false, session);
    Ok(cx.with_zone(crate::Zone::Machine))
}

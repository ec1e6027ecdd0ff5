//! The sample agency of `--demo`, read from `demo.toml`.

use std::collections::BTreeSet;

use kernel::Region;
use kernel::ids::DepartmentId;
use serde::Deserialize;
use store::sea_orm::EntityTrait as _;

use crate::accounts::platform_only;
use crate::departments::NewDepartment;
use crate::tables::departments;
use crate::{Action, Cx, Error, Identity, NewAccount, Result, RoleId};

/// The password of every sample account (`CONTRACT.md`).
pub const DEMO_PASSWORD: &str = "Shuzheng#2026";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agency {
    department: Vec<SampleDepartment>,
    account: Vec<SampleAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleDepartment {
    id: DepartmentId,
    name: String,
    parent: Option<DepartmentId>,
    region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleAccount {
    username: String,
    name: String,
    department: DepartmentId,
    role: RoleId,
}

impl Identity {
    /// Puts the sample agency into the store: departments, and one account for each role. What is there already
    /// stays as it is. Only the platform itself may; gives the names to log in with.
    pub async fn seed_demo(&self, cx: &Cx) -> Result<Vec<String>> {
        platform_only(cx, Action::ManageAccounts)?;
        let agency: Agency =
            toml::from_str(include_str!("demo.toml")).map_err(|_| Error::Damaged { what: "the sample agency" })?;
        let mut hashes = Vec::new();
        for account in &agency.account {
            if self.find_account_by_name(&account.username).await?.is_none() {
                hashes.push((account, self.hasher.hash(DEMO_PASSWORD).await?));
            }
        }
        let tx = self.store.begin().await?;
        for sample in &agency.department {
            if departments::Entity::find_by_id(sample.id.as_str()).one(&tx).await?.is_none() {
                let new = NewDepartment {
                    id: sample.id.clone(),
                    name: sample.name.clone(),
                    parent: sample.parent.clone(),
                    region: sample.region.clone(),
                };
                self.insert_department(&tx, cx, &new).await?;
            }
        }
        for (sample, hash) in hashes {
            let new = NewAccount {
                username: sample.username.clone(),
                name: sample.name.clone(),
                department: sample.department.clone(),
            };
            let roles = BTreeSet::from([sample.role.clone()]);
            self.roles.compatible(&roles)?;
            self.insert_account(&tx, cx, &new, &roles, hash, false).await?;
        }
        tx.commit().await?;
        Ok(agency.account.into_iter().map(|account| account.username).collect())
    }
}

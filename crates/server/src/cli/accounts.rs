//! `shuzheng accounts`: the first administrators, and an administrator's forgotten password, at the machine.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use identity::{Action, Cx, NewAccount, NewDepartment, OneTimePassword, Permit, RoleId, Scope};
use kernel::Region;
use kernel::ids::DepartmentId;
use serde_json::json;

use crate::cli::keys::at_the_machine;
use crate::cli::{DataArgs, print};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account that holds roles from the beginning, such as the first administrators.
    Appoint(Appoint),
    /// Print every account, one JSON line each.
    List(DataArgs),
    /// Give an account a password that its owner must change, and end its sessions.
    ResetPassword(ResetPassword),
}

/// Make an account with roles.
#[derive(Debug, Args)]
pub struct Appoint {
    #[command(flatten)]
    data: DataArgs,
    /// The name to log in with.
    #[arg(long)]
    username: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// A role; an administrator's role is held alone.
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<RoleId>,
    /// The department's id.
    #[arg(long, value_parser = department)]
    department: DepartmentId,
    /// Make the department, with this name, when there is none yet.
    #[arg(long, requires = "region")]
    department_name: Option<String>,
    /// Where the new department works: six digits of GB/T 2260.
    #[arg(long, value_parser = region)]
    region: Option<Region>,
}

/// Reset a password.
#[derive(Debug, Args)]
pub struct ResetPassword {
    #[command(flatten)]
    data: DataArgs,
    /// The name to log in with.
    #[arg(long)]
    username: String,
}

impl Command {
    /// Runs it. With SQLite the server must be stopped: one process works with a data folder.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Appoint(appoint) => appoint.run(),
            Self::List(data) => list(&data),
            Self::ResetPassword(reset) => reset.run(),
        }
    }
}

impl Appoint {
    fn run(self) -> anyhow::Result<ExitCode> {
        at_the_machine(&self.data, "accounts appoint", async |platform, cx| {
            let identity = &platform.identity;
            let known = identity.departments().await?.into_iter().any(|department| department.id == self.department);
            if let (false, Some(name)) = (known, &self.department_name) {
                let new = NewDepartment {
                    id: self.department.clone(),
                    name: name.clone(),
                    parent: None,
                    region: self.region.clone(),
                };
                identity.create_department(cx, &permit(cx, Action::ManageAccounts)?, &new).await?;
            }
            let new = NewAccount { username: self.username, name: self.name, department: self.department };
            let roles: BTreeSet<RoleId> = self.roles.into_iter().collect();
            let (account, password) = identity.appoint(cx, &new, &roles).await?;
            tell(&account.username, &password)
        })
    }
}

impl ResetPassword {
    fn run(self) -> anyhow::Result<ExitCode> {
        at_the_machine(&self.data, "accounts reset-password", async |platform, cx| {
            let identity = &platform.identity;
            let account = identity.account_named(cx, &permit(cx, Action::ReadAccounts)?, &self.username).await?;
            let manage = permit(cx, Action::ManageAccounts)?;
            tell(&self.username, &identity.reset_password(cx, &manage, &account.id).await?)
        })
    }
}

fn list(data: &DataArgs) -> anyhow::Result<ExitCode> {
    at_the_machine(data, "accounts list", async |platform, cx| {
        let read = permit(cx, Action::ReadAccounts)?;
        let mut after: Option<String> = None;
        loop {
            let page = platform.identity.accounts(cx, &read, after.as_deref(), 500).await?;
            for account in &page {
                print(&serde_json::to_string(account)?)?;
            }
            match page.last() {
                Some(last) => after = Some(last.username.clone()),
                None => return Ok(()),
            }
        }
    })
}

fn permit(cx: &Cx, action: Action) -> anyhow::Result<Permit> {
    Ok(cx.permit(action, &Scope::Platform)?)
}

/// The one time a password is shown.
fn tell(username: &str, password: &OneTimePassword) -> anyhow::Result<()> {
    let told = json!({ "username": username, "password": password.reveal(), "must_change_password": true });
    print(&told.to_string())?;
    Ok(())
}

fn role(text: &str) -> Result<RoleId, String> {
    RoleId::parse(text).map_err(|error| error.to_string())
}

fn department(text: &str) -> Result<DepartmentId, String> {
    DepartmentId::parse(text).map_err(|error| error.to_string())
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).map_err(|error| error.to_string())
}

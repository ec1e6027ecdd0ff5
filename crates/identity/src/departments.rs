//! Departments: the agency as a tree, each with its region.

use kernel::Region;
use kernel::event::Deed;
use kernel::ids::DepartmentId;
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, QueryOrder as _};

use crate::cx::{Note, note};
use crate::tables::departments;
use crate::{Action, Cx, Department, Error, Identity, Permit, Result};

/// The deepest tree: an agency, its offices, their sections, their posts, and room to spare.
const DEEPEST: usize = 12;

/// A new department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDepartment {
    /// Its id, chosen by hand, such as `hotline`.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
    /// The department above; `None` for the agency itself.
    pub parent: Option<DepartmentId>,
    /// Where it works; `None` for where the department above works.
    pub region: Option<Region>,
}

impl Identity {
    /// All departments, each after the one above it.
    pub async fn departments(&self) -> Result<Vec<Department>> {
        let rows = departments::Entity::find().order_by_asc(departments::Column::Path).all(self.store.db()).await?;
        rows.iter().map(read).collect()
    }

    /// Adds a department.
    pub async fn create_department(&self, cx: &Cx, permit: &Permit, new: &NewDepartment) -> Result<Department> {
        permit.demand(cx, &[Action::ManageAccounts])?;
        let tx = self.store.begin().await?;
        let department = self.insert_department(&tx, cx, new).await?;
        tx.commit().await?;
        Ok(department)
    }

    pub(crate) async fn insert_department(&self, tx: &Tx<'_>, cx: &Cx, new: &NewDepartment) -> Result<Department> {
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
            return Err(Error::BadField { field: "name", why: "must be 1 to 60 characters" });
        }
        if departments::Entity::find_by_id(new.id.as_str()).one(tx).await?.is_some() {
            return Err(Error::BadField { field: "id", why: "there is a department with this id" });
        }
        let above = match &new.parent {
            None => None,
            Some(parent) => Some(self.department_in(tx, parent.as_str()).await?),
        };
        let mut path = above.as_ref().map(|above| above.path.clone()).unwrap_or_default();
        path.push(new.id.clone());
        if path.len() > DEEPEST {
            return Err(Error::BadField { field: "parent", why: "the tree would be deeper than 12" });
        }
        let region = match (&new.region, above) {
            (Some(region), _) => region.clone(),
            (None, Some(above)) => above.region,
            (None, None) => return Err(Error::BadField { field: "region", why: "the agency itself needs one" }),
        };
        let steps: Vec<&str> = path.iter().map(DepartmentId::as_str).collect();
        let row = departments::ActiveModel {
            id: Set(new.id.as_str().to_owned()),
            name: Set(name.to_owned()),
            parent_id: Set(new.parent.as_ref().map(|parent| parent.as_str().to_owned())),
            region: Set(region.as_str().to_owned()),
            path: Set(steps.join("/")),
        };
        let row = row.insert(tx).await?;
        let subject = format!("department:{}", new.id);
        note(tx, cx, Note::new(Deed::AccountChanged, subject).with(json!({ "changed": ["created"] }))).await?;
        read(&row)
    }

    pub(crate) async fn department_in(&self, db: &impl ConnectionTrait, id: &str) -> Result<Department> {
        match departments::Entity::find_by_id(id).one(db).await? {
            Some(row) => read(&row),
            None => Err(Error::DepartmentNotFound(id.to_owned())),
        }
    }
}

fn read(row: &departments::Model) -> Result<Department> {
    let damaged = || Error::Damaged { what: "a department" };
    let id = |text: &str| DepartmentId::parse(text).map_err(|_| damaged());
    Ok(Department {
        id: id(&row.id)?,
        name: row.name.clone(),
        parent: row.parent_id.as_deref().map(id).transpose()?,
        region: Region::parse(&row.region).map_err(|_| damaged())?,
        path: row.path.split('/').map(id).collect::<Result<_>>()?,
    })
}

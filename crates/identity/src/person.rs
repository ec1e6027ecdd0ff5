//! Person: somebody with an account, and the department (部门) the person belongs to.

use kernel::Region;
use kernel::ids::{DepartmentId, UserId};
use serde::{Deserialize, Serialize};

/// A department in the agency's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Which.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
    /// The department above; `None` for the agency itself.
    pub parent: Option<DepartmentId>,
    /// Where it works.
    pub region: Region,
    /// The departments from the agency down to this one, this one included.
    pub path: Vec<DepartmentId>,
}

impl Department {
    /// Whether this department is `other` or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &DepartmentId) -> bool {
        self.path.contains(other)
    }
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// The name used to log in.
    pub username: String,
    /// Where the person works.
    pub department: Department,
    /// The department's region.
    pub region: Region,
}

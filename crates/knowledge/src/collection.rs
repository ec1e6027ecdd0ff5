//! Collections (知识库): whose documents, at which level, for which region.

use kernel::ids::{CollectionId, DepartmentId};
use kernel::{DataLevel, Region, Timestamp};
use serde::{Deserialize, Serialize};

/// A collection to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    /// Its id, chosen by its owner, such as `laws`.
    pub id: CollectionId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The department that owns it.
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// Who may see it at all.
    #[serde(default = "public")]
    pub level: DataLevel,
    /// Where its documents apply.
    #[serde(default = "Region::country")]
    pub region: Region,
}

fn public() -> DataLevel {
    DataLevel::Public
}

/// A collection and how much is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collection {
    /// Its id.
    pub id: CollectionId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The department that owns it.
    pub department: Option<DepartmentId>,
    /// Who may see it at all.
    pub level: DataLevel,
    /// Where its documents apply.
    pub region: Region,
    /// How many documents it has.
    pub documents: u64,
    /// How many articles its current versions have.
    pub articles: u64,
    /// When something in it last changed.
    pub updated_at: Timestamp,
}

//! Admission: what may happen to the articles of each version in one search. Level, collection, region and date act
//! here, before anything is scored.

use identity::{Cx, Permit, Scope};
use kernel::Date;

use crate::catalogue::{Catalogue, VersionEntry};
use crate::found::{FilterReason, Retrieval};
use crate::knowledge::reaches;
use crate::validity::Status;
use crate::{Error, Result};

/// What may happen to the articles of a version in one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Open,
    /// Not for this search, and not to be mentioned.
    Hidden,
    Filtered(FilterReason),
}

/// What a search may use.
#[derive(Debug)]
pub(super) struct Admission {
    /// The collections whose articles may be scored and counted, by place of the catalogue.
    pub(super) open: Vec<bool>,
    /// By version, as places of the catalogue.
    pub(super) verdicts: Vec<Verdict>,
}

impl Admission {
    /// Reads what the permit, the actor and the request allow.
    pub(super) fn of(
        catalogue: &Catalogue,
        cx: &Cx,
        permit: &Permit,
        retrieval: &Retrieval,
        day: Date,
    ) -> Result<Self> {
        if let Some(missing) = retrieval.collections.iter().find(|id| catalogue.collection(id).is_none()) {
            return Err(Error::CollectionNotFound(missing.to_string()));
        }
        let open: Vec<bool> = catalogue
            .collections
            .iter()
            .map(|collection| {
                let wanted = retrieval.collections.is_empty() || retrieval.collections.contains(&collection.id);
                let covered = match permit.scope() {
                    Scope::Collection { id, .. } => *id == collection.id,
                    Scope::Platform | Scope::Scenario { .. } => true,
                };
                wanted && covered && !collection.is_removed && reaches(cx, permit.ceiling(), collection)
            })
            .collect();
        let verdict = |version: &VersionEntry| {
            if !open.get(version.collection).copied().unwrap_or(false) {
                return Verdict::Hidden;
            }
            if retrieval.region.as_ref().is_some_and(|region| !version.region.contains(region)) {
                return Verdict::Filtered(FilterReason::Region);
            }
            match version.window.status(day) {
                Status::InForce | Status::Unknown => Verdict::Open,
                Status::NotYetInForce => Verdict::Filtered(FilterReason::NotYetInForce),
                Status::Amended => Verdict::Filtered(FilterReason::Superseded),
                Status::Repealed => Verdict::Filtered(FilterReason::Repealed),
            }
        };
        let verdicts = catalogue.versions.iter().map(verdict).collect();
        Ok(Self { open, verdicts })
    }

    /// Whether the articles of a version take part.
    pub(super) fn is_open(&self, version: usize) -> bool {
        self.verdicts.get(version) == Some(&Verdict::Open)
    }
}

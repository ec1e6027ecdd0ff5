//! What the fence is asked: somebody, an action, a thing, and the circumstances; as values and as Cedar's entities.

use std::collections::{BTreeSet, HashMap, HashSet};

use cedar_policy::{Context, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};
use kernel::{DataLevel, Region};

use crate::Zone;
use crate::scope::Audience;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The account; `visitor` for everybody without one.
    pub id: String,
    /// Whether somebody is logged in.
    pub signed_in: bool,
    /// The roles that are held.
    pub roles: BTreeSet<String>,
    /// The departments from the agency down to the own one.
    pub departments: Vec<String>,
    /// Where the person works.
    pub region: Region,
}

/// On what an action is done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Object {
    /// The platform as a whole.
    Platform,
    /// A scenario.
    Scenario {
        /// Which.
        id: String,
        /// The highest level it touches.
        level: DataLevel,
        /// For whom it answers.
        audience: Audience,
    },
    /// A collection. Its name plays no part in the decisions that are remembered when none is given.
    Collection {
        /// Which; empty where any collection of this kind is meant.
        id: String,
        /// The level of its documents.
        level: DataLevel,
        /// Where it applies.
        region: Region,
        /// Who owns it.
        department: Option<String>,
    },
    /// A model.
    Model {
        /// Which.
        id: String,
        /// The highest level it may read.
        level: DataLevel,
        /// Whether it writes words of its own.
        generative: bool,
        /// Whether it has a filing number (备案号).
        filed: bool,
    },
}

/// A question to the fence, with everything that its policies may look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Inquiry {
    /// Who.
    pub subject: Subject,
    /// The code of the action.
    pub action: String,
    /// On what.
    pub object: Object,
    /// From which network zone.
    pub zone: Zone,
    /// The hour in China, 0 to 23.
    pub hour: u8,
    /// The day of the week, 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// The level of the data concerned.
    pub level: DataLevel,
    /// What the role that allows the action may see.
    pub clearance: DataLevel,
    /// The scenario, inside a question.
    pub scenario: String,
    /// For whom that scenario answers.
    pub audience: Option<Audience>,
}

/// Something a policy looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// What, as the policies call it: `context.zone`.
    pub name: String,
    /// Its value here.
    pub value: String,
}

impl Audience {
    /// The name in policies and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
        }
    }
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    Some(EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>().ok()?, EntityId::new(id)))
}

fn number(level: DataLevel) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::from(level.rank()))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

/// The divisions from the country down to this one.
fn regions(region: &Region) -> Vec<Region> {
    let code = region.as_str();
    let mut line: Vec<Region> = [2, 4, 6]
        .into_iter()
        .filter_map(|digits| Region::parse(&format!("{:0<6}", code.get(..digits)?)).ok())
        .chain([Region::country()])
        .filter(|above| above.contains(region))
        .collect();
    line.sort_by_key(|above| above.as_str().trim_end_matches("00").len());
    line.dedup();
    line
}

/// Entities of one inquiry, each once.
#[derive(Default)]
struct Family {
    all: HashMap<EntityUid, Entity>,
}

impl Family {
    /// A line of entities, each below the one before; gives the last.
    fn line(&mut self, kind: &str, ids: impl IntoIterator<Item = String>) -> Option<EntityUid> {
        let mut above: Option<EntityUid> = None;
        for id in ids {
            let one = uid(kind, &id)?;
            let parents: HashSet<EntityUid> = above.into_iter().collect();
            self.all.entry(one.clone()).or_insert_with(|| Entity::new_no_attrs(one.clone(), parents));
            above = Some(one);
        }
        above
    }

    fn region(&mut self, region: &Region) -> Option<RestrictedExpression> {
        let ids = regions(region).into_iter().map(|region| region.as_str().to_owned());
        self.line("Region", ids).map(RestrictedExpression::new_entity_uid)
    }

    fn add(
        &mut self,
        one: &EntityUid,
        attributes: HashMap<String, RestrictedExpression>,
        parents: HashSet<EntityUid>,
    ) -> Option<()> {
        self.all.insert(one.clone(), Entity::new(one.clone(), attributes, parents).ok()?);
        Some(())
    }
}

impl Inquiry {
    /// The inquiry in Cedar's terms; `None` for what cannot be said, which is then refused.
    pub(crate) fn terms(&self) -> Option<(Request, Vec<Entity>)> {
        let mut family = Family::default();
        let principal = uid("Person", &self.subject.id)?;
        let mut parents: HashSet<EntityUid> = HashSet::new();
        for role in &self.subject.roles {
            parents.extend(family.line("Role", [role.clone()]));
        }
        parents.extend(family.line("Department", self.subject.departments.iter().cloned()));
        let region = family.region(&self.subject.region)?;
        let signed_in = RestrictedExpression::new_bool(self.subject.signed_in);
        let attributes = HashMap::from([("signed_in".to_owned(), signed_in), ("region".to_owned(), region)]);
        family.add(&principal, attributes, parents)?;

        let resource = uid(self.object.kind(), self.object.id())?;
        let mut attributes = HashMap::from([("level".to_owned(), number(self.object.level()))]);
        match &self.object {
            Object::Platform => {}
            Object::Scenario { audience, .. } => {
                attributes.insert("audience".to_owned(), text(audience.as_str()));
            }
            Object::Collection { region, department, .. } => {
                attributes.insert("region".to_owned(), family.region(region)?);
                if let Some(department) = department {
                    // Where it stands in the tree is known from the person's side; a stranger's department has no line.
                    let known = uid("Department", department)?;
                    family.all.entry(known.clone()).or_insert_with(|| Entity::with_uid(known.clone()));
                    attributes.insert("department".to_owned(), RestrictedExpression::new_entity_uid(known));
                }
            }
            Object::Model { generative, filed, .. } => {
                attributes.insert("generative".to_owned(), RestrictedExpression::new_bool(*generative));
                attributes.insert("filed".to_owned(), RestrictedExpression::new_bool(*filed));
            }
        }
        family.add(&resource, attributes, HashSet::new())?;

        let circumstances = [
            ("zone", text(self.zone.as_str())),
            ("hour", RestrictedExpression::new_long(i64::from(self.hour))),
            ("weekday", RestrictedExpression::new_long(i64::from(self.weekday))),
            ("level", number(self.level)),
            ("clearance", number(self.clearance)),
            ("scenario", text(&self.scenario)),
            ("audience", text(self.audience.map_or("", Audience::as_str))),
        ];
        let context = Context::from_pairs(circumstances.map(|(name, value)| (name.to_owned(), value))).ok()?;
        let action = uid("Action", &self.action)?;
        let request = Request::new(principal, action, resource, context, None).ok()?;
        Some((request, family.all.into_values().collect()))
    }

    /// Everything that policies may look at, by the name they use.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let roles: Vec<&str> = self.subject.roles.iter().map(String::as_str).collect();
        let mut facts = vec![
            ("action", self.action.clone()),
            ("context.audience", self.audience.map_or("", Audience::as_str).to_owned()),
            ("context.clearance", self.clearance.to_string()),
            ("context.hour", self.hour.to_string()),
            ("context.level", self.level.to_string()),
            ("context.scenario", self.scenario.clone()),
            ("context.weekday", self.weekday.to_string()),
            ("context.zone", self.zone.as_str().to_owned()),
            ("principal", self.subject.id.clone()),
            ("principal.departments", self.subject.departments.join("/")),
            ("principal.region", self.subject.region.to_string()),
            ("principal.roles", roles.join(", ")),
            ("principal.signed_in", self.subject.signed_in.to_string()),
            ("resource", format!("{} {}", self.object.kind(), self.object.id()).trim_end().to_owned()),
            ("resource.level", self.object.level().to_string()),
        ];
        match &self.object {
            Object::Platform => {}
            Object::Scenario { audience, .. } => facts.push(("resource.audience", audience.as_str().to_owned())),
            Object::Collection { region, department, .. } => {
                facts.push(("resource.region", region.to_string()));
                facts.push(("resource.department", department.clone().unwrap_or_default()));
            }
            Object::Model { generative, filed, .. } => {
                facts.push(("resource.generative", generative.to_string()));
                facts.push(("resource.filed", filed.to_string()));
            }
        }
        facts.into_iter().map(|(name, value)| Fact { name: name.to_owned(), value }).collect()
    }
}

impl Object {
    /// The kind, as the policies call it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Platform => "Platform",
            Self::Scenario { .. } => "Scenario",
            Self::Collection { .. } => "Collection",
            Self::Model { .. } => "Model",
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Platform => "platform",
            Self::Scenario { id, .. } | Self::Collection { id, .. } | Self::Model { id, .. } => id,
        }
    }

    /// Its level. The platform holds no data of its own.
    #[must_use]
    pub fn level(&self) -> DataLevel {
        match self {
            Self::Platform => DataLevel::Public,
            Self::Scenario { level, .. } | Self::Collection { level, .. } | Self::Model { level, .. } => *level,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Region;

    use super::regions;

    #[test]
    fn a_region_has_a_line_from_the_country_down() {
        let line = |code: &str| {
            let regions = regions(&Region::parse(code).unwrap());
            regions.iter().map(|region| region.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("510104"), "000000 510000 510100 510104");
        assert_eq!(line("510100"), "000000 510000 510100");
        assert_eq!(line("510000"), "000000 510000");
        assert_eq!(line("000000"), "000000");
    }
}

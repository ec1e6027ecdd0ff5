//! Levels of what is there already: a collection or a scenario is protected otherwise, for a reason that is recorded.
//!
//! More protection counts at once. Less needs a second person, through the queue of reviews. Every server looks at the
//! store before each request, so that a change holds everywhere at once.

use std::collections::BTreeMap;

use identity::{Action, Cx, Permit};
use kernel::DataLevel;
use kernel::event::Deed;
use kernel::ids::{CollectionId, ScenarioId};
use knowledge::Standing;
use models::{Registry, Route};
use review::{Item, Kind, NewItem, Ruling, Terms};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Store, Tx, sm3_hex};

use crate::{Assistant, Error, Scenario};

/// The topic of the change log that says that a level moved.
const TOPIC: &str = "levels";
/// The setting that keeps the levels of scenarios; those of collections are in their rows.
const KEY: &str = "scenario.levels";
/// What the subjects of reviews about levels begin with.
const SUBJECT: &str = "level:";
/// The least and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 4..=500;
/// In how many minutes a second person should have decided.
const REVIEW_MINUTES: u32 = 3 * 24 * 60;

/// What is to be protected otherwise, from what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum LevelChange {
    /// A collection: its level, its region, its owner.
    Collection {
        /// Which.
        id: CollectionId,
        /// As it is.
        from: Standing,
        /// As it is to be.
        to: Standing,
    },
    /// A scenario.
    Scenario {
        /// Which.
        id: ScenarioId,
        /// As it is.
        from: DataLevel,
        /// As it is to be.
        to: DataLevel,
    },
}

impl LevelChange {
    /// What it is about, as the record names it: `collection:laws`.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Collection { id, .. } => format!("collection:{id}"),
            Self::Scenario { id, .. } => format!("scenario:{id}"),
        }
    }

    /// The level before and after.
    #[must_use]
    pub fn levels(&self) -> (DataLevel, DataLevel) {
        match self {
            Self::Collection { from, to, .. } => (from.level, to.level),
            Self::Scenario { from, to, .. } => (*from, *to),
        }
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Collection { from, to, .. } => from == to,
            Self::Scenario { from, to, .. } => from == to,
        }
    }
}

/// What a second person decides on.
#[derive(Debug, Serialize, Deserialize)]
struct Proposed {
    change: LevelChange,
    reason: String,
    /// Whom and what it touches, as the one who asked was shown it.
    impact: Value,
}

/// The level of a scenario that stands over the one of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lasting {
    /// What the file said then; when it says otherwise, the file counts again.
    pub(crate) file: DataLevel,
    /// The level that counts.
    pub(crate) level: DataLevel,
}

/// The levels that stand over those of the files, by scenario.
pub(crate) type LastingLevels = BTreeMap<String, Lasting>;

fn read(kept: Option<String>) -> Result<LastingLevels, Error> {
    let text = kept.unwrap_or_else(|| "{}".to_owned());
    serde_json::from_str(&text).map_err(|source| Error::BadRecord { what: "level of a scenario", source })
}

fn reasoned(reason: &str) -> Result<&str, Error> {
    let reason = reason.trim();
    if REASON.contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        Err(Error::BadLevel("a level is changed for a reason of 4 to 500 characters"))
    }
}

/// The route without the models below the scenario's level, whatever the level of what was found: a scenario that was
/// raised is served by models for that level only.
pub(crate) fn at_level(scenario: &Scenario, registry: &Registry, route: &Route) -> Result<Route, Error> {
    let left = registry.at_level(route, scenario.level);
    if left.models.is_empty() {
        return Err(Error::NoModelAtLevel {
            scenario: scenario.id.to_string(),
            level: scenario.level,
            route: route.id.clone(),
        });
    }
    Ok(left)
}

impl Assistant {
    /// Takes over the levels that any server changed. One short query when nothing moved.
    pub async fn follow_levels(&self, store: &Store) -> Result<(), Error> {
        let latest = store.changes().latest(TOPIC).await?;
        if self.scenarios().levels_seen() >= latest {
            return Ok(());
        }
        Box::pin(self.knowledge().follow()).await?;
        let kept = read(store.settings().get(KEY).await?)?;
        self.scenarios().take_over(&kept, latest);
        Ok(())
    }

    /// Protects something more, at once. `permit` is for the platform; whoever asks has seen what it cuts off.
    pub async fn change_level(
        &self,
        cx: &Cx,
        permit: &Permit,
        change: &LevelChange,
        reason: &str,
    ) -> Result<(), Error> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        self.sensible(change)?;
        let (from, to) = change.levels();
        if to < from {
            return Err(Error::BadLevel("a level is lowered by a review of a second person only"));
        }
        let tx = cx.store().begin().await?;
        self.apply(&tx, cx, permit, change, reason, Value::Null).await?;
        tx.commit().await?;
        self.follow_levels(cx.store()).await
    }

    /// Puts a change that takes protection away before a second person. `impact` is what the one who asks was shown.
    pub async fn propose_level(
        &self,
        cx: &Cx,
        permit: &Permit,
        change: LevelChange,
        reason: &str,
        impact: Value,
    ) -> Result<Item, Error> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?.to_owned();
        self.sensible(&change)?;
        let (from, to) = change.levels();
        let (subject, title) = (change.subject(), format!("{}: {from} → {to}", change.subject()));
        let payload = json!(Proposed { change, reason, impact });
        let (subject, hash) = (format!("{SUBJECT}{subject}"), sm3_hex(payload.to_string().as_bytes()));
        let matter = NewItem::matter(Kind::Policy, &subject, hash, title, Terms::within(REVIEW_MINUTES));
        let matter = NewItem { level: from.max(to), payload, reason: "level.lowered".to_owned(), ..matter };
        let tx = cx.store().begin().await?;
        let queued = self.reviews().enqueue(&tx, cx, matter).await?;
        tx.commit().await?;
        Ok(queued.item)
    }

    /// Lets a change take effect in the transaction of the decision, when that is what was decided. An error when the
    /// thing has changed since it was asked: then only a rejection can be given.
    pub(crate) async fn settle_level(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        permit: &Permit,
        ruling: &Ruling,
    ) -> Result<(), Error> {
        let Some(approval) = &ruling.approval else { return Ok(()) };
        if !ruling.item.subject.starts_with(SUBJECT) {
            return Ok(());
        }
        if !approval.admits_hash(&sm3_hex(ruling.item.payload.to_string().as_bytes())) {
            return Err(Error::HashMismatch);
        }
        let proposed: Proposed = serde_json::from_value(ruling.item.payload.clone())
            .map_err(|source| Error::BadRecord { what: "change of a level", source })?;
        self.sensible(&proposed.change)?;
        self.apply(tx, cx, permit, &proposed.change, &proposed.reason, json!(approval.review())).await
    }

    fn sensible(&self, change: &LevelChange) -> Result<(), Error> {
        if change.is_nothing() {
            return Err(Error::BadLevel("nothing would change"));
        }
        let LevelChange::Scenario { id, to, .. } = change else { return Ok(()) };
        let scenario = self.scenarios().get(id).ok_or_else(|| Error::NoScenario(id.to_string()))?;
        if scenario.stage.is_public() && *to != DataLevel::Public {
            return Err(Error::BadLevel("a public scenario may touch public text only: end its public stage first"));
        }
        Ok(())
    }

    async fn apply(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        permit: &Permit,
        change: &LevelChange,
        reason: &str,
        review: Value,
    ) -> Result<(), Error> {
        let moved = || Error::LevelMoved(change.subject());
        let deed = match change {
            LevelChange::Collection { id, from, to } => {
                if !self.knowledge().set_standing(tx, cx, permit, id, (from, to)).await? {
                    return Err(moved());
                }
                Deed::CollectionChanged
            }
            LevelChange::Scenario { id, from, to } => {
                let file = self.scenarios().level_of_file(id).ok_or_else(|| Error::NoScenario(id.to_string()))?;
                let mut kept = read(cx.store().settings().get_in(tx, KEY).await?)?;
                let now = kept.get(id.as_str()).filter(|kept| kept.file == file).map_or(file, |kept| kept.level);
                if now != *from {
                    return Err(moved());
                }
                kept.insert(id.to_string(), Lasting { file, level: *to });
                cx.store().settings().set(tx, KEY, &json!(kept).to_string()).await?;
                Deed::ScenarioChanged
            }
        };
        cx.store().changes().append(tx, TOPIC, &change.subject()).await?;
        let record = cx.record(deed, change.subject(), json!({ "level": change, "review": review }));
        let record = store::Record { reason: Some(reason.to_owned()), ..record };
        cx.store().audit().append(tx, record).await?;
        Ok(())
    }
}

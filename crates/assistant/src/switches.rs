//! Off-switches (停用开关): a scenario, a channel or a model is switched off with a reason, and on again. Every server
//! looks at the store before each question, so that a switch works everywhere at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use identity::{Action, Cx, Denied, Permit, Scope};
use kernel::event::Deed;
use kernel::{Actor, DataLevel, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Store;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::EntityTrait as _;
use store::sea_orm::sea_query::OnConflict;

use crate::flows::answer::model_object;
use crate::tables::trust::switch;
use crate::{Assistant, Error, Scenario};

/// The topic of the change log that says which switch moved.
const TOPIC: &str = "switches";
/// So long a look counts for calls that come by the thousand.
const LATELY_MS: i64 = 1_000;
/// The least and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 4..=500;

/// Through which door a question comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// People with an account.
    Staff,
    /// Citizens.
    Citizen,
    /// Programs with a key.
    Api,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Citizen, Self::Api];

    /// The name in a target.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Citizen => "citizen",
            Self::Api => "api",
        }
    }

    /// The channel of an actor; nothing for the platform itself, which no switch stops.
    #[must_use]
    pub fn of(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::User { .. } => Some(Self::Staff),
            Actor::Visitor { .. } => Some(Self::Citizen),
            Actor::Key { .. } => Some(Self::Api),
            Actor::System { .. } => None,
        }
    }
}

/// One switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Such as `scenario:policy_consultation`, `channel:citizen`, `model:extractive`.
    pub target: String,
    /// Whether it is off.
    pub off: bool,
    /// Why, for those who run the platform.
    pub reason: String,
    /// What users read; empty for the usual words.
    pub notice: String,
    /// By whom, as the record names actors.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
    /// Whether a probe switched it.
    pub by_probe: bool,
}

/// What is to be done with a switch.
#[derive(Debug, Clone)]
pub struct Throw {
    /// Which.
    pub target: String,
    /// Off, or on again.
    pub off: bool,
    /// Why. Must be given, for on too.
    pub reason: String,
    /// What users read while it is off.
    pub notice: String,
}

/// The switches as this server last saw them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Switches(Arc<RwLock<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// The number of the last change; nothing before the first look.
    at: Option<i64>,
    /// When the store was last looked at.
    looked: Option<Timestamp>,
    off: BTreeMap<String, Switch>,
}

impl Switches {
    /// What is off now. One short query when nothing moved since the last look.
    pub(crate) async fn off(&self, store: &Store) -> Result<BTreeMap<String, Switch>, Error> {
        let now = store.clock().now();
        let latest = store.changes().latest(TOPIC).await?;
        {
            let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if seen.at == Some(latest) {
                seen.looked = Some(now);
                return Ok(seen.off.clone());
            }
        }
        let off: BTreeMap<String, Switch> =
            all(store).await?.into_iter().filter(|one| one.off).map(|one| (one.target.clone(), one)).collect();
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A look that began earlier and ends later must not bring the past back.
        if seen.at.is_none_or(|at| at <= latest) {
            *seen = Seen { at: Some(latest), looked: Some(now), off: off.clone() };
        }
        Ok(off)
    }

    /// What was off at a look of a moment ago: a call of the gateway must not cost a query. A switch that this server
    /// throws works at once, one of another server within the moment.
    async fn off_lately(&self, store: &Store) -> Result<BTreeMap<String, Switch>, Error> {
        let now = store.clock().now();
        {
            let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if seen.looked.is_some_and(|looked| (0..LATELY_MS).contains(&now.millis_since(looked))) {
                return Ok(seen.off.clone());
            }
        }
        self.off(store).await
    }

    /// The next look goes to the store.
    fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).looked = None;
    }
}

async fn all(store: &Store) -> Result<Vec<Switch>, Error> {
    let rows = switch::Entity::find().all(store.db()).await.map_err(store::Error::from)?;
    let read = |row: switch::Model| Switch {
        target: row.target,
        off: row.off,
        reason: row.reason,
        notice: row.notice,
        by: row.by,
        at: Timestamp::from_millis(row.at),
        by_probe: row.by_probe,
    };
    Ok(rows.into_iter().map(read).collect())
}

fn closed_by(switch: &Switch) -> Error {
    Error::SwitchedOff { target: switch.target.clone(), notice: switch.notice.clone() }
}

impl Assistant {
    /// All switches that were ever thrown.
    pub async fn switches(&self, cx: &Cx, permit: &Permit) -> Result<Vec<Switch>, Error> {
        permit.demand(cx, &[Action::ThrowSwitches, Action::ReadSystem])?;
        all(cx.store()).await
    }

    /// Switches something off or on again.
    pub async fn throw_switch(&self, cx: &Cx, permit: &Permit, throw: Throw) -> Result<Switch, Error> {
        permit.demand(cx, &[Action::ThrowSwitches])?;
        let known = match throw.target.split_once(':') {
            Some(("scenario", id)) => self.scenarios().all().iter().any(|scenario| scenario.id.as_str() == id),
            Some(("channel", name)) => Channel::ALL.iter().any(|channel| channel.as_str() == name),
            Some(("model", id)) => self.models().registry().model(id).is_some(),
            _ => false,
        };
        if !known {
            return Err(Error::NoSwitch(throw.target));
        }
        self.set_switch(cx, throw, false).await
    }

    async fn set_switch(&self, cx: &Cx, throw: Throw, by_probe: bool) -> Result<Switch, Error> {
        let reason = throw.reason.trim().to_owned();
        let notice = throw.notice.trim().to_owned();
        if !REASON.contains(&reason.chars().count()) || notice.chars().count() > *REASON.end() {
            return Err(Error::SwitchNeedsReason);
        }
        let switch = Switch {
            target: throw.target,
            off: throw.off,
            reason,
            notice,
            by: cx.actor().label(),
            at: cx.now(),
            by_probe,
        };
        let row = switch::ActiveModel {
            target: Set(switch.target.clone()),
            off: Set(switch.off),
            reason: Set(switch.reason.clone()),
            notice: Set(switch.notice.clone()),
            by: Set(switch.by.clone()),
            at: Set(switch.at.as_millis()),
            by_probe: Set(by_probe),
        };
        let mut replace = OnConflict::column(switch::Column::Target);
        replace.update_columns([
            switch::Column::Off,
            switch::Column::Reason,
            switch::Column::Notice,
            switch::Column::By,
            switch::Column::At,
            switch::Column::ByProbe,
        ]);
        let tx = cx.store().begin().await?;
        switch::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&tx)
            .await
            .map_err(store::Error::from)?;
        cx.store().changes().append(&tx, TOPIC, &switch.target).await?;
        let record = store::Record {
            reason: Some(switch.reason.clone()),
            ..cx.record(Deed::SwitchThrown, switch.target.clone(), json!({ "off": switch.off, "by_probe": by_probe }))
        };
        cx.store().audit().append(&tx, record).await?;
        tx.commit().await?;
        self.inner.switches.forget();
        Ok(switch)
    }

    /// The switch that keeps this asker from this scenario now.
    pub async fn switched_off(&self, cx: &Cx, scenario: &Scenario) -> Result<Option<Switch>, Error> {
        let off = self.inner.switches.off(cx.store()).await?;
        if off.is_empty() {
            return Ok(None);
        }
        let Some(channel) = Channel::of(cx.actor()) else { return Ok(None) };
        let by_scenario = off.get(&format!("scenario:{}", scenario.id));
        Ok(by_scenario.or_else(|| off.get(&format!("channel:{}", channel.as_str()))).cloned())
    }

    /// Lets a question in, or says what is switched off. The platform's own rehearsals are never stopped.
    pub(crate) async fn let_in(&self, cx: &Cx, scenario: &Scenario) -> Result<(), Error> {
        match self.switched_off(cx, scenario).await? {
            None => Ok(()),
            Some(switch) => Err(Error::SwitchedOff { target: switch.target, notice: switch.notice }),
        }
    }

    /// The route without the models that are off.
    pub(crate) async fn open_route(&self, store: &Store, route: &models::Route) -> Result<models::Route, Error> {
        let off = self.inner.switches.off(store).await?;
        let registry = self.models().registry();
        let open = |entry: &&String| {
            let id = registry.resolve(entry).map_or(entry.as_str(), |model| model.id.as_str());
            !off.contains_key(&format!("model:{id}"))
        };
        let models: Vec<String> = route.models.iter().filter(open).cloned().collect();
        if models.is_empty() && !route.models.is_empty() {
            return Err(Error::SwitchedOff { target: format!("route:{}", route.id), notice: String::new() });
        }
        Ok(models::Route { models, ..route.clone() })
    }

    /// Lets a caller of the gateway in, or says that the channel of programs, or the caller's own, is switched off.
    pub async fn channel_open(&self, cx: &Cx) -> Result<(), Error> {
        let off = self.inner.switches.off_lately(cx.store()).await?;
        let channels = std::iter::once(Channel::Api).chain(Channel::of(cx.actor()));
        match channels.map(|channel| format!("channel:{}", channel.as_str())).find_map(|target| off.get(&target)) {
            None => Ok(()),
            Some(switch) => Err(closed_by(switch)),
        }
    }

    /// The models behind a name, a route's or their own, that may not be given this caller's text of `level`: switched
    /// off, or kept back by the fence. An error when no model is left that could be.
    pub async fn closed_models(&self, cx: &Cx, name: &str, level: DataLevel) -> Result<BTreeSet<String>, Error> {
        let off = self.inner.switches.off_lately(cx.store()).await?;
        let registry = self.models().registry();
        let models: Vec<_> = registry.named(name).into_iter().filter(|model| model.level >= level).collect();
        let mut closed = BTreeSet::new();
        let mut last = None;
        for model in &models {
            let by_fence = || {
                let missing = cx.admits_model(model_object(model), level, &Scope::Platform).err()?;
                let scope = format!("model {}", model.id);
                Some(Error::Denied(Denied { action: Action::Ask, scope, missing }))
            };
            let switch = off.get(&format!("model:{}", model.id)).map(closed_by);
            if let Some(error) = switch.or_else(by_fence) {
                closed.insert(model.id.clone());
                last = Some(error);
            }
        }
        match last {
            Some(error) if closed.len() == models.len() => Err(error),
            Some(_) | None => Ok(closed),
        }
    }

    /// One look of the probes: a model that failed so often in a row is switched off, and one that a probe switched
    /// off and that answered so often in a row is switched on. What a person switched, no probe touches.
    pub async fn probe(&self, cx: &Cx, plan: &ProbePlan, memory: &mut ProbeMemory) -> Result<(), Error> {
        let switches: BTreeMap<String, Switch> =
            all(cx.store()).await?.into_iter().map(|one| (one.target.clone(), one)).collect();
        for (model, health) in self.models().health().await {
            let target = format!("model:{}", model.id);
            let well = health != models::backend::Health::Down;
            let run = memory.0.entry(target.clone()).or_insert((well, 0));
            *run = if run.0 == well { (well, run.1.saturating_add(1)) } else { (well, 1) };
            let now = switches.get(&target);
            let is_off = now.is_some_and(|one| one.off);
            let ours = now.is_none_or(|one| !one.off || one.by_probe);
            let (off, reason) = match *run {
                (false, n) if n >= plan.failures && !is_off => (true, &plan.reason_off),
                (true, n) if n >= plan.successes && is_off && ours => (false, &plan.reason_on),
                _ => continue,
            };
            let throw = Throw { target, off, reason: reason.clone(), notice: String::new() };
            self.set_switch(cx, throw, true).await?;
        }
        Ok(())
    }
}

impl ProbePlan {
    /// Reads `policies/switches.toml`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::BadScenario {
            file: "policies/switches.toml".to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        })
    }
}

/// How models are probed: `policies/switches.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbePlan {
    /// Whether probes throw switches at all.
    pub enabled: bool,
    /// Seconds between two looks.
    pub every_secs: u64,
    /// So many failures in a row switch a model off.
    pub failures: u32,
    /// So many answers in a row switch it on again.
    pub successes: u32,
    /// The reason that is recorded for off.
    pub reason_off: String,
    /// The reason that is recorded for on.
    pub reason_on: String,
}

/// What the probes of this server saw: for each target, how it was and how often in a row.
#[derive(Debug, Default)]
pub struct ProbeMemory(BTreeMap<String, (bool, u32)>);

//! Admission (准入): how many requests a model serves at once, and who goes next when more come.
//!
//! Load is the set of live request ids, each with its end: a server that dies loses its ids within 30 seconds and
//! no counter is ever wrong. Purging, counting and admitting are one transaction, so several servers share one
//! queue. While there is ample room a server holds some places ready and gives them out by itself.

pub mod decide;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::ids::ModelCallId;
use kernel::{Clock, Timestamp};
use serde::Serialize;
use store::Store;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use tokio::sync::Notify;

use crate::tables::{live, waiting};
use crate::{Error, ModelRecord, OnBehalf, Registry, Route};
use decide::{Running, Waiting, decide, positions};

/// A request whose server says nothing for so long is gone.
const EXPIRY_SECS: i64 = 30;
/// How often a server says that its requests live.
const HEARTBEAT_SECS: i64 = 10;
/// How often a server with waiting requests looks again.
const LOOK: Duration = Duration::from_millis(200);
/// The share of a model's places that one server may hold ready, and the most.
const RESERVE_SHARE: u32 = 4;
const RESERVE_MOST: u32 = 256;

/// Admission of one server. A clone is the same one.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    store: Option<Store>,
    clock: Clock,
    server: String,
    local: Mutex<Local>,
    /// Wakes those who wait after a turn.
    turned: Notify,
    /// One turn of this server at a time.
    turn: tokio::sync::Mutex<()>,
}

struct Local {
    /// What runs on this server, with the place it holds.
    live: HashMap<String, Place>,
    /// What waits on this server.
    queue: HashMap<String, Queued>,
    /// Places held ready, by model.
    ready: HashMap<String, Vec<String>>,
    /// Rows to delete with the next turn.
    gone: Vec<String>,
    heard_at: Timestamp,
    /// How many of the places held ready were taken since the last look.
    taken: HashMap<String, u32>,
    next: u64,
}

#[derive(Clone)]
struct Place {
    model: String,
    department: String,
    scenario: String,
    /// The row in the store, when the model has a limit.
    row: Option<String>,
    /// Whether it goes back to the places held ready.
    ready: bool,
}

struct Queued {
    waiting: Waiting,
    route: String,
    scenario: String,
    written: bool,
    granted: Option<String>,
    position: u32,
}

/// A place on a model. Given back when dropped.
#[must_use = "a place that is dropped is given back"]
pub struct Admitted {
    gate: Gate,
    id: String,
    /// The model it is on.
    pub model: String,
    /// How long it was waited for.
    pub wait_ms: u32,
}

impl std::fmt::Debug for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admitted").field("model", &self.model).field("wait_ms", &self.wait_ms).finish_non_exhaustive()
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.gate.leave(&self.id);
    }
}

/// What runs and waits, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueLine {
    /// The model that runs it; for waiting requests the route.
    pub place: String,
    /// The scenario; empty for calls by route.
    pub scenario: String,
    /// The department.
    pub department: String,
    /// How many run.
    pub running: u32,
    /// How many wait.
    pub waiting: u32,
    /// How long the oldest has waited.
    pub oldest_wait_ms: i64,
    /// How many run above the department's own share.
    pub borrowed: u32,
}

/// Leaves the queue when whoever waits goes away.
struct Leave<'g>(&'g Gate, Option<String>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.1.take() {
            let mut local = self.0.local();
            if let Some(queued) = local.queue.remove(&id)
                && queued.written
            {
                local.gone.push(id);
            }
        }
    }
}

impl Gate {
    /// Admission over this store; without one, for this process alone.
    #[must_use]
    pub fn new(store: Option<Store>, clock: Clock, server: String) -> Self {
        let local = Local {
            live: HashMap::new(),
            queue: HashMap::new(),
            ready: HashMap::new(),
            gone: Vec::new(),
            heard_at: clock.now(),
            taken: HashMap::new(),
            next: 0,
        };
        Self(Arc::new(Inner {
            store,
            clock,
            server,
            local: Mutex::new(local),
            turned: Notify::new(),
            turn: tokio::sync::Mutex::new(()),
        }))
    }

    fn local(&self) -> MutexGuard<'_, Local> {
        self.0.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place on the first of these models that has one, after waiting in the route's queue where none has.
    /// `position` is told where the request stands each time that it changes.
    pub async fn enter(
        &self,
        registry: &Registry,
        route: &Route,
        models: &[&ModelRecord],
        on: &OnBehalf,
        position: &(dyn Fn(u32) + Send + Sync),
    ) -> Result<Admitted, Error> {
        if let Some(admitted) = self.at_once(registry, models, on) {
            return Ok(admitted);
        }
        let begun = self.0.clock.now();
        let id = self.queue_up(registry, route, models, on, begun)?;
        let mut leave = Leave(self, Some(id.clone()));
        let limit = Duration::from_secs(u64::from(route.wait_secs));
        let granted = tokio::time::timeout(limit, self.wait(registry, &id, position)).await;
        match granted {
            Ok(Ok(model)) => {
                leave.1 = None;
                let wait_ms = u32::try_from(self.0.clock.now().millis_since(begun)).unwrap_or(0);
                Ok(Admitted { gate: self.clone(), id, model, wait_ms })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::QueueTimeout { route: route.id.clone(), secs: route.wait_secs }),
        }
    }

    /// A place without asking the store: on a model without limit, or from those held ready.
    fn at_once(&self, registry: &Registry, models: &[&ModelRecord], on: &OnBehalf) -> Option<Admitted> {
        let mut local = self.local();
        let model = *models.first()?;
        let (row, ready) = match model.concurrency {
            None => (None, false),
            // A department with a quota is counted by the store, one by one.
            Some(_) if !local.queue.is_empty() || !registry.quotas().is_empty() => return None,
            Some(_) => {
                *local.taken.entry(model.id.clone()).or_default() += 1;
                (Some(local.ready.get_mut(&model.id)?.pop()?), true)
            }
        };
        local.next += 1;
        let id = format!("{}-{}", self.0.server, local.next);
        let place = Place {
            model: model.id.clone(),
            department: on.department.clone(),
            scenario: on.scenario.clone(),
            row,
            ready,
        };
        local.live.insert(id.clone(), place);
        Some(Admitted { gate: self.clone(), id, model: model.id.clone(), wait_ms: 0 })
    }

    fn queue_up(
        &self,
        registry: &Registry,
        route: &Route,
        models: &[&ModelRecord],
        on: &OnBehalf,
        now: Timestamp,
    ) -> Result<String, Error> {
        let mut local = self.local();
        // Those that will be admitted with the next turn are not a queue: only what is left after it counts.
        let room: u32 = models.iter().filter_map(|m| registry.model(&m.id)?.concurrency).fold(0, u32::saturating_add);
        let waits = local.queue.values().filter(|queued| queued.route == route.id && queued.granted.is_none()).count();
        if waits >= usize::try_from(route.queue.saturating_add(room)).unwrap_or(usize::MAX) {
            return Err(Error::QueueFull {
                route: route.id.clone(),
                waiting: u32::try_from(waits).unwrap_or(u32::MAX),
            });
        }
        local.next += 1;
        let id = format!("{}-{}", self.0.server, local.next);
        let waiting = Waiting {
            id: id.clone(),
            models: models.iter().map(|model| model.id.clone()).collect(),
            department: on.department.clone(),
            priority: on.priority,
            since: now,
        };
        let queued = Queued {
            waiting,
            route: route.id.clone(),
            scenario: on.scenario.clone(),
            written: false,
            granted: None,
            position: 0,
        };
        local.queue.insert(id.clone(), queued);
        Ok(id)
    }

    async fn wait(
        &self,
        registry: &Registry,
        id: &str,
        position: &(dyn Fn(u32) + Send + Sync),
    ) -> Result<String, Error> {
        let mut told = 0;
        loop {
            // It hears of every turn that ends from here on, also before it is waited for.
            let mut turned = std::pin::pin!(self.0.turned.notified());
            // Whoever finds a turn under way waits for its end: it may have taken this request in already.
            if let Ok(turn) = self.0.turn.try_lock() {
                let done = Box::pin(self.turn(registry)).await;
                drop(turn);
                self.0.turned.notify_waiters();
                done?;
                // Its own turn is no news: without this it would turn without end, and nothing else on its thread.
                turned.set(self.0.turned.notified());
            }
            {
                let mut local = self.local();
                let Some(queued) = local.queue.get(id) else {
                    return Err(Error::QueueTimeout { route: String::new(), secs: 0 });
                };
                if let Some(model) = queued.granted.clone() {
                    let Some(queued) = local.queue.remove(id) else { continue };
                    let place = Place {
                        model: model.clone(),
                        department: queued.waiting.department,
                        scenario: queued.scenario,
                        row: Some(id.to_owned()),
                        ready: false,
                    };
                    local.live.insert(id.to_owned(), place);
                    return Ok(model);
                }
                if queued.position != told && queued.written {
                    told = queued.position;
                    drop(local);
                    position(told);
                }
            }
            drop(tokio::time::timeout(LOOK, turned).await);
        }
    }

    fn leave(&self, id: &str) {
        let mut local = self.local();
        let Some(place) = local.live.remove(id) else { return };
        match place.row {
            Some(row) if place.ready => local.ready.entry(place.model).or_default().push(row),
            Some(row) => local.gone.push(row),
            None => {}
        }
        let waits = !local.queue.is_empty();
        drop(local);
        if waits {
            self.0.turned.notify_waiters();
        }
    }

    /// One turn: forgets the dead, writes what is new here, gives places to whoever is next on any server.
    async fn turn(&self, registry: &Registry) -> Result<(), Error> {
        let now = self.0.clock.now();
        let capacity: BTreeMap<String, u32> =
            registry.models().iter().filter_map(|m| Some((m.id.clone(), m.concurrency?))).collect();
        let Some(store) = &self.0.store else {
            self.turn_alone(registry, &capacity, now);
            return Ok(());
        };
        let (new, gone) = {
            let mut local = self.local();
            let mut gone = std::mem::take(&mut local.gone);
            // Somebody waits here: what is held ready goes back to all.
            if !local.queue.is_empty() {
                gone.extend(local.ready.drain().flat_map(|(_, ids)| ids));
            }
            let new: Vec<waiting::ActiveModel> =
                local.queue.values().filter(|q| !q.written && q.granted.is_none()).map(|q| self.row(q, now)).collect();
            (new, gone)
        };
        match Box::pin(self.turn_in(store, registry, &capacity, new, &gone, now)).await {
            Ok(seen) => {
                self.settle(seen);
                Ok(())
            }
            Err(error) => {
                self.local().gone.extend(gone);
                Err(error)
            }
        }
    }

    fn row(&self, queued: &Queued, now: Timestamp) -> waiting::ActiveModel {
        waiting::ActiveModel {
            id: Set(queued.waiting.id.clone()),
            route: Set(queued.route.clone()),
            models: Set(serde_json::json!(queued.waiting.models).to_string()),
            server: Set(self.0.server.clone()),
            department: Set(queued.waiting.department.clone()),
            scenario: Set(queued.scenario.clone()),
            priority: Set(i32::from(queued.waiting.priority)),
            since: Set(queued.waiting.since.as_millis()),
            expires_at: Set(now.plus_secs(EXPIRY_SECS).as_millis()),
        }
    }

    async fn turn_in(
        &self,
        store: &Store,
        registry: &Registry,
        capacity: &BTreeMap<String, u32>,
        new: Vec<waiting::ActiveModel>,
        gone: &[String],
        now: Timestamp,
    ) -> Result<Seen, Error> {
        let tx = store.begin().await?;
        live::Entity::delete_many().filter(live::Column::ExpiresAt.lte(now.as_millis())).exec(&tx).await?;
        waiting::Entity::delete_many().filter(waiting::Column::ExpiresAt.lte(now.as_millis())).exec(&tx).await?;
        for some in gone.chunks(500) {
            live::Entity::delete_many().filter(live::Column::Id.is_in(some)).exec(&tx).await?;
            waiting::Entity::delete_many().filter(waiting::Column::Id.is_in(some)).exec(&tx).await?;
        }
        let written: Vec<String> = new.iter().filter_map(|row| row.id.clone().take()).collect();
        for some in new.chunks(50) {
            waiting::Entity::insert_many(some.iter().cloned()).exec_without_returning(&tx).await?;
        }
        let live_rows = live::Entity::find().all(&tx).await?;
        let waiting_rows = waiting::Entity::find().all(&tx).await?;
        let mut line: Vec<Waiting> = waiting_rows.iter().map(read).collect();
        let running: Vec<Running> = live_rows.iter().map(running).collect();
        let grants = decide(capacity, registry.quotas(), &running, &line, now);
        let mut rows = Vec::new();
        for grant in &grants {
            let Some(row) = waiting_rows.iter().find(|row| row.id == grant.id) else { continue };
            let mut granted = self.live_row(&row.id, &grant.model, &row.server, &row.department, &row.scenario, now);
            // Its server may have died meanwhile: only its own heartbeat makes the place last longer.
            granted.expires_at = Set(row.expires_at);
            rows.push(granted);
        }
        line.retain(|one| !grants.iter().any(|grant| grant.id == one.id));
        let mut ready = Vec::new();
        if line.is_empty() && registry.quotas().is_empty() {
            ready = self.reserve(capacity, &running, &grants);
            for (id, model) in &ready {
                rows.push(self.live_row(id, model, &self.0.server, "", "", now));
            }
        }
        for some in rows.chunks(100) {
            live::Entity::insert_many(some.iter().cloned()).exec_without_returning(&tx).await?;
        }
        let given: Vec<&str> = grants.iter().map(|grant| grant.id.as_str()).collect();
        for some in given.chunks(500) {
            waiting::Entity::delete_many().filter(waiting::Column::Id.is_in(some.iter().copied())).exec(&tx).await?;
        }
        tx.commit().await?;
        let mut granted: HashMap<String, String> = grants.into_iter().map(|grant| (grant.id, grant.model)).collect();
        // Those that another server's turn has granted meanwhile.
        granted.extend(live_rows.into_iter().filter(|row| row.server == self.0.server).map(|row| (row.id, row.model)));
        Ok(Seen { written, granted, ready, positions: positions(&line, now) })
    }

    fn live_row(
        &self,
        id: &str,
        model: &str,
        server: &str,
        department: &str,
        scenario: &str,
        now: Timestamp,
    ) -> live::ActiveModel {
        live::ActiveModel {
            id: Set(id.to_owned()),
            model: Set(model.to_owned()),
            server: Set(server.to_owned()),
            department: Set(department.to_owned()),
            scenario: Set(scenario.to_owned()),
            since: Set(now.as_millis()),
            expires_at: Set(now.plus_secs(EXPIRY_SECS).as_millis()),
        }
    }

    /// Places to hold ready: while at least half of a model's places are free, a share of them for this server.
    fn reserve(
        &self,
        capacity: &BTreeMap<String, u32>,
        running: &[Running],
        grants: &[decide::Grant],
    ) -> Vec<(String, String)> {
        let mut local = self.local();
        let mut found = Vec::new();
        for (model, capacity) in capacity {
            let wanted = local.taken.remove(model).unwrap_or(0);
            let held = local.ready.get(model).map_or(0, Vec::len);
            let used = running.iter().filter(|one| one.model == *model).count()
                + grants.iter().filter(|grant| grant.model == *model).count();
            let free = capacity.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
            let most = (capacity / RESERVE_SHARE).min(RESERVE_MOST);
            let ready = local.live.values().filter(|place| place.ready && place.model == *model).count() + held;
            let room =
                most.saturating_sub(u32::try_from(ready).unwrap_or(u32::MAX)).min(free.saturating_sub(capacity / 2));
            for _ in 0..room.min(wanted.max(2).saturating_mul(2)) {
                local.next += 1;
                found.push((format!("{}-{}", self.0.server, local.next), model.clone()));
            }
        }
        found
    }

    fn settle(&self, seen: Seen) {
        let mut local = self.local();
        for id in seen.written {
            match local.queue.get_mut(&id) {
                Some(queued) => queued.written = true,
                // Whoever waited went away while its row was written.
                None => local.gone.push(id),
            }
        }
        let mut lost = Vec::new();
        for (id, queued) in &mut local.queue {
            queued.granted = queued.granted.take().or_else(|| seen.granted.get(id).cloned());
            queued.position = seen.positions.get(id).copied().unwrap_or(0);
        }
        for id in seen.granted.keys() {
            let known = local.queue.contains_key(id)
                || local.live.values().any(|place| place.row.as_ref() == Some(id))
                || local.ready.values().flatten().any(|ready| ready == id);
            if !known {
                lost.push(id.clone());
            }
        }
        local.gone.extend(lost);
        for (id, model) in seen.ready {
            local.ready.entry(model).or_default().push(id);
        }
    }

    /// The same decision without a store: for one process, and for tests.
    fn turn_alone(&self, registry: &Registry, capacity: &BTreeMap<String, u32>, now: Timestamp) {
        let mut local = self.local();
        let running: Vec<Running> = local
            .live
            .values()
            .map(|place| Running { model: place.model.clone(), department: place.department.clone() })
            .chain(local.queue.values().filter_map(|queued| {
                Some(Running { model: queued.granted.clone()?, department: queued.waiting.department.clone() })
            }))
            .collect();
        let line: Vec<Waiting> =
            local.queue.values().filter(|q| q.granted.is_none()).map(|q| q.waiting.clone()).collect();
        for grant in decide(capacity, registry.quotas(), &running, &line, now) {
            if let Some(queued) = local.queue.get_mut(&grant.id) {
                queued.granted = Some(grant.model);
            }
        }
        let places = positions(&line, now);
        for (id, queued) in &mut local.queue {
            queued.written = true;
            queued.position = places.get(id).copied().unwrap_or(0);
        }
        local.gone.clear();
    }

    /// What a server does all the time: says that its requests live, and gives back what it no longer needs.
    pub async fn tend(&self, registry: &Registry) -> Result<(), Error> {
        let Some(store) = &self.0.store else { return Ok(()) };
        let now = self.0.clock.now();
        let (gone, due) = {
            let mut local = self.local();
            let mut gone = std::mem::take(&mut local.gone);
            let taken = std::mem::take(&mut local.taken);
            for (model, ready) in &mut local.ready {
                if taken.get(model).copied().unwrap_or(0) == 0 {
                    // Nobody asked for this model since the last look.
                    gone.append(ready);
                }
            }
            let due = now.millis_since(local.heard_at) >= HEARTBEAT_SECS * 1000;
            if due {
                local.heard_at = now;
            }
            (gone, due)
        };
        if gone.is_empty() && !due && self.local().queue.is_empty() {
            return Ok(());
        }
        if !self.local().queue.is_empty() {
            self.local().gone.extend(gone);
            let _turn = self.0.turn.lock().await;
            Box::pin(self.turn(registry)).await?;
            self.0.turned.notify_waiters();
            return if due { Box::pin(self.heartbeat(store, &[], now)).await } else { Ok(()) };
        }
        let done = Box::pin(self.heartbeat(store, &gone, now)).await;
        if done.is_err() {
            self.local().gone.extend(gone);
        }
        done
    }

    async fn heartbeat(&self, store: &Store, gone: &[String], now: Timestamp) -> Result<(), Error> {
        let until = now.plus_secs(EXPIRY_SECS).as_millis();
        let tx = store.begin().await?;
        for some in gone.chunks(500) {
            live::Entity::delete_many().filter(live::Column::Id.is_in(some)).exec(&tx).await?;
            waiting::Entity::delete_many().filter(waiting::Column::Id.is_in(some)).exec(&tx).await?;
        }
        live::Entity::update_many()
            .col_expr(live::Column::ExpiresAt, Expr::value(until))
            .filter(live::Column::Server.eq(&self.0.server))
            .exec(&tx)
            .await?;
        waiting::Entity::update_many()
            .col_expr(waiting::Column::ExpiresAt, Expr::value(until))
            .filter(waiting::Column::Server.eq(&self.0.server))
            .exec(&tx)
            .await?;
        live::Entity::delete_many().filter(live::Column::ExpiresAt.lte(now.as_millis())).exec(&tx).await?;
        waiting::Entity::delete_many().filter(waiting::Column::ExpiresAt.lte(now.as_millis())).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What runs and waits now, on all servers, by scenario and department.
    pub async fn lines(&self, registry: &Registry) -> Result<Vec<QueueLine>, Error> {
        let now = self.0.clock.now();
        let mut lines: BTreeMap<(String, String, String), QueueLine> = BTreeMap::new();
        let line = |lines: &mut BTreeMap<_, QueueLine>,
                    place: &str,
                    scenario: &str,
                    department: &str,
                    add: &dyn Fn(&mut QueueLine)| {
            let key = (place.to_owned(), scenario.to_owned(), department.to_owned());
            let line = lines.entry(key).or_insert_with(|| QueueLine {
                place: place.to_owned(),
                scenario: scenario.to_owned(),
                department: department.to_owned(),
                ..QueueLine::default()
            });
            add(line);
        };
        {
            let local = self.local();
            for place in local.live.values() {
                line(&mut lines, &place.model, &place.scenario, &place.department, &|line| line.running += 1);
            }
            for queued in local.queue.values().filter(|queued| queued.granted.is_none()) {
                let waited = now.millis_since(queued.waiting.since);
                line(&mut lines, &queued.route, &queued.scenario, &queued.waiting.department, &|line| {
                    line.waiting += 1;
                    line.oldest_wait_ms = line.oldest_wait_ms.max(waited);
                });
            }
        }
        if let Some(store) = &self.0.store {
            let elsewhere =
                Condition::all().add(live::Column::Server.ne(&self.0.server)).add(live::Column::Department.ne(""));
            for row in live::Entity::find().filter(elsewhere).all(store.db()).await? {
                line(&mut lines, &row.model, &row.scenario, &row.department, &|line| line.running += 1);
            }
            for row in
                waiting::Entity::find().filter(waiting::Column::Server.ne(&self.0.server)).all(store.db()).await?
            {
                let waited = now.millis_since(Timestamp::from_millis(row.since));
                line(&mut lines, &row.route, &row.scenario, &row.department, &|line| {
                    line.waiting += 1;
                    line.oldest_wait_ms = line.oldest_wait_ms.max(waited);
                });
            }
        }
        Ok(lines
            .into_values()
            .map(|mut line| {
                let share = registry.quota(&line.department).map_or(0, |quota| quota.deserved.max(quota.guarantee));
                let has_quotas = !registry.quotas().is_empty();
                line.borrowed = if has_quotas { line.running.saturating_sub(share) } else { 0 };
                line
            })
            .collect())
    }
}

/// What a turn found.
struct Seen {
    written: Vec<String>,
    granted: HashMap<String, String>,
    ready: Vec<(String, String)>,
    positions: BTreeMap<String, u32>,
}

fn read(row: &waiting::Model) -> Waiting {
    Waiting {
        id: row.id.clone(),
        models: serde_json::from_str(&row.models).unwrap_or_default(),
        department: row.department.clone(),
        priority: u8::try_from(row.priority).unwrap_or(0),
        since: Timestamp::from_millis(row.since),
    }
}

fn running(row: &live::Model) -> Running {
    Running { model: row.model.clone(), department: row.department.clone() }
}

/// A name for this server that no other one has.
#[must_use]
pub(crate) fn server_name(store: &Store) -> String {
    ModelCallId::generate(store.ids()).as_str().replace("mcl_", "srv_")
}

//! Cx: who asks, and with what. The first argument of everything that acts for somebody.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::event::{Deed, DeedOutcome};
use kernel::ids::{IdSource, UserId, VisitorId};
use kernel::{Actor, Clock, DataLevel, Entropy, Fault as _, Region, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Record, Store, Tx};

use crate::Error;
use crate::action::Action;
use crate::fence::Fence;
use crate::keys::ApiKey;
use crate::permit::Denied;
use crate::person::Person;
use crate::roles::{Role, RoleId, Roles};
use crate::session::Session;

/// From which network zone (网络区域) a request comes, from near to far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// The machine itself (本机).
    Machine,
    /// The agency's own network (内网).
    Intranet,
    /// The government extranet (政务外网).
    Extranet,
    /// Anywhere else, or not known (互联网).
    #[default]
    Internet,
}

impl Zone {
    /// All zones, from near to far.
    pub const ALL: [Self; 4] = [Self::Machine, Self::Intranet, Self::Extranet, Self::Internet];

    /// The name in policies and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Intranet => "intranet",
            Self::Extranet => "extranet",
            Self::Internet => "internet",
        }
    }
}

/// Who asks, and with what: actor, roles, clearance, time, chance, ids, store. Cheap to clone.
#[derive(Clone)]
pub struct Cx {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    store: Store,
    policy: Arc<Roles>,
    fence: Fence,
    actor: Actor,
    person: Option<Person>,
    held: BTreeSet<RoleId>,
    must_change_password: bool,
    session: Option<Session>,
    tokens_per_month: Option<u64>,
    region: Region,
    zone: Zone,
    trace: String,
}

impl Cx {
    /// The platform itself, past every fence. Loud and recorded: the record says `reason`, such as `import worker`,
    /// before anything else can happen. For workers and commands at the machine, never for a request.
    pub async fn system(store: &Store, reason: &str) -> Result<Self, Error> {
        let cx = Self::unrecorded(store, Arc::new(Roles::embedded()?), &Fence::closed(), reason);
        tracing::info!(reason, trace = cx.trace(), "the platform acts for itself");
        let tx = store.begin().await?;
        let mut deed = Note::new(Deed::SystemActed, "platform".to_owned());
        deed.reason = Some(reason.to_owned());
        note(&tx, &cx, deed).await?;
        tx.commit().await?;
        Ok(cx)
    }

    /// The platform as the actor of a record that is written anyway.
    pub(crate) fn unrecorded(store: &Store, policy: Arc<Roles>, fence: &Fence, reason: &str) -> Self {
        Self::new(store, policy, fence, Actor::System { reason: reason.to_owned() }, Region::country())
    }

    fn new(store: &Store, policy: Arc<Roles>, fence: &Fence, actor: Actor, region: Region) -> Self {
        let trace = store.entropy().hex::<16>();
        Self {
            inner: Arc::new(Inner {
                store: store.clone(),
                policy,
                fence: fence.clone(),
                actor,
                person: None,
                held: BTreeSet::new(),
                must_change_password: false,
                session: None,
                tokens_per_month: None,
                region,
                zone: Zone::Internet,
                trace,
            }),
        }
    }

    /// Somebody without an account.
    pub(crate) fn visitor(store: &Store, policy: Arc<Roles>, fence: &Fence, id: VisitorId) -> Self {
        let mut cx = Self::new(store, policy, fence, Actor::Visitor { id }, Region::country());
        Arc::make_mut(&mut cx.inner).held.insert(RoleId::citizen());
        cx
    }

    /// Somebody with an account. Roles that may not be held together give nothing at all: the safe answer to a
    /// table that was changed by hand.
    pub(crate) fn person_with(
        store: &Store,
        policy: Arc<Roles>,
        fence: &Fence,
        person: Person,
        held: BTreeSet<RoleId>,
        must_change_password: bool,
        session: Session,
    ) -> Self {
        let actor = Actor::User { id: person.id.clone() };
        let mut cx = Self::new(store, policy, fence, actor, person.region.clone());
        let inner = Arc::make_mut(&mut cx.inner);
        match inner.policy.compatible(&held) {
            Ok(()) => inner.held = held,
            Err(error) => tracing::error!(account = %person.id, %error, "the roles of an account give nothing"),
        }
        inner.person = Some(person);
        inner.must_change_password = must_change_password;
        inner.session = Some(session);
        cx
    }

    /// A program by its key: acts as a person of its department with exactly one business role.
    pub(crate) fn key(store: &Store, policy: Arc<Roles>, fence: &Fence, key: &ApiKey, person: Person) -> Self {
        let role = &key.role;
        let mut cx = Self::new(store, policy, fence, Actor::Key { id: key.id.clone() }, person.region.clone());
        let inner = Arc::make_mut(&mut cx.inner);
        if !role.is_administrator() && *role != RoleId::citizen() && inner.policy.get(role).is_some() {
            inner.held.insert(role.clone());
        }
        inner.person = Some(person);
        inner.tokens_per_month = key.tokens_per_month;
        cx
    }

    /// The same, from this network zone.
    #[must_use]
    pub fn with_zone(mut self, zone: Zone) -> Self {
        Arc::make_mut(&mut self.inner).zone = zone;
        self
    }

    /// The same, under the caller's trace id.
    #[must_use]
    pub fn with_trace(mut self, trace: &str) -> Self {
        Arc::make_mut(&mut self.inner).trace = trace.to_owned();
        self
    }

    /// Writes into the record that a permit was refused. Whoever answers the refusal does this once.
    pub async fn record_denial(&self, denied: &Denied) -> Result<(), Error> {
        let mut refused = Note::new(Deed::PermissionDenied, denied.scope.clone());
        refused.outcome = DeedOutcome::Refused;
        refused.details =
            serde_json::json!({ "action": denied.action, "code": denied.code(), "missing": denied.missing });
        let tx = self.store().begin().await?;
        note(&tx, self, refused).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who acts, as the record names it.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.inner.actor
    }

    /// The person, when somebody is logged in.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        self.inner.person.as_ref()
    }

    /// The account, when somebody is logged in.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        self.person().map(|person| &person.id)
    }

    /// The roles that are held.
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<RoleId> {
        &self.inner.held
    }

    /// The roles that are held, as the policy says.
    pub fn granted(&self) -> impl Iterator<Item = &Role> {
        self.inner.held.iter().filter_map(|id| self.inner.policy.get(id))
    }

    /// What the roles allow somewhere; [`Cx::permit`] decides about each place.
    #[must_use]
    pub fn actions(&self) -> BTreeSet<Action> {
        self.granted().flat_map(|role| role.actions.iter().copied()).collect()
    }

    /// All roles of the platform.
    #[must_use]
    pub fn policy(&self) -> &Roles {
        &self.inner.policy
    }

    /// The electronic fence.
    #[must_use]
    pub fn fence(&self) -> &Fence {
        &self.inner.fence
    }

    /// The highest data level that any of the roles may see; a permit's ceiling says it for one place.
    #[must_use]
    pub fn clearance(&self) -> DataLevel {
        match self.inner.actor {
            Actor::System { .. } => DataLevel::Sensitive,
            Actor::User { .. } | Actor::Visitor { .. } | Actor::Key { .. } => {
                self.granted().map(|role| role.clearance).max().unwrap_or(DataLevel::Public)
            }
        }
    }

    /// Whether nothing is allowed until the password is changed.
    #[must_use]
    pub fn must_change_password(&self) -> bool {
        self.inner.must_change_password
    }

    /// The session this comes from, when somebody is logged in.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.inner.session.as_ref()
    }

    /// The most tokens in one calendar month, when this comes from a program whose key has a budget.
    #[must_use]
    pub fn tokens_per_month(&self) -> Option<u64> {
        self.inner.tokens_per_month
    }

    /// Where the actor works.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.inner.region
    }

    /// From which network zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.inner.zone
    }

    /// The record of something this caller did, done and without a reason.
    #[must_use]
    pub fn record(&self, deed: Deed, subject: impl Into<String>, details: serde_json::Value) -> Record<'_> {
        Record {
            deed,
            actor: self.actor(),
            subject: subject.into(),
            outcome: DeedOutcome::Done,
            reason: None,
            details,
            trace_id: self.trace().to_owned(),
        }
    }

    /// The trace id of this request.
    #[must_use]
    pub fn trace(&self) -> &str {
        &self.inner.trace
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.inner.store.clock()
    }

    /// Where new ids come from.
    #[must_use]
    pub fn ids(&self) -> &IdSource {
        self.inner.store.ids()
    }

    /// Chance.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        self.inner.store.entropy()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx").field("actor", &self.inner.actor.label()).field("trace", &self.inner.trace).finish()
    }
}

/// One record about a login or an account, before it is written.
pub(crate) struct Note {
    pub(crate) deed: Deed,
    pub(crate) subject: String,
    pub(crate) outcome: DeedOutcome,
    pub(crate) reason: Option<String>,
    pub(crate) details: serde_json::Value,
}

impl Note {
    pub(crate) fn new(deed: Deed, subject: String) -> Self {
        Self { deed, subject, outcome: DeedOutcome::Done, reason: None, details: serde_json::json!({}) }
    }

    pub(crate) fn with(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}

/// Writes a record in the transaction that does what it says.
pub(crate) async fn note(tx: &Tx<'_>, cx: &Cx, note: Note) -> Result<(), Error> {
    let (outcome, reason) = (note.outcome, note.reason);
    let record = Record { outcome, reason, ..cx.record(note.deed, note.subject, note.details) };
    cx.store().audit().append(tx, record).await?;
    Ok(())
}

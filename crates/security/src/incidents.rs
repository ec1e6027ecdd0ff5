//! Incidents: something that needs people, from opened to closed, with deadlines, who did what, and evidence.

use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::{Deed, DeedOutcome};
use kernel::{Actor, ids::IncidentId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Record;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::tables::incident_steps::{self, Column as StepColumn};
use crate::tables::incidents::{self, Column, Entity};
use crate::{Error, Result, Security, TOPIC, name_of, reasoned};

/// Where an incident stands: monitoring found it, then people contain, correct, verify and close it
/// (监测–预警–处置–复盘).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Somebody or something noticed it.
    Opened,
    /// It does no more harm.
    Contained,
    /// Its cause is gone.
    Corrected,
    /// Somebody looked that it is.
    Verified,
    /// It is over, and what was learned is written down.
    Closed,
}

impl IncidentState {
    /// All states, in their order.
    pub const ALL: [Self; 5] = [Self::Opened, Self::Contained, Self::Corrected, Self::Verified, Self::Closed];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Contained => "contained",
            Self::Corrected => "corrected",
            Self::Verified => "verified",
            Self::Closed => "closed",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The state after this one: none is left out, and only a correction that did not hold goes back.
    #[must_use]
    pub fn leads_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Opened, Self::Contained)
                | (Self::Contained, Self::Corrected)
                | (Self::Corrected, Self::Verified)
                | (Self::Corrected | Self::Verified, Self::Contained)
                | (Self::Verified, Self::Closed)
        )
    }

    /// Hours from the opening within which the next state should be reached.
    fn hours(self) -> i64 {
        match self {
            Self::Opened => 1,
            Self::Contained => 24,
            Self::Corrected => 72,
            Self::Verified => 7 * 24,
            Self::Closed => 0,
        }
    }
}

/// What opens an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What kind: `canary`, `suspension`, `flood`, `egress`, or an officer's own word.
    pub kind: String,
    /// What it is about: a run, a caller, an entry.
    pub subject: String,
}

impl Opening {
    /// An opening.
    #[must_use]
    pub fn new(kind: &str, subject: &str) -> Self {
        Self { kind: kind.to_owned(), subject: subject.to_owned() }
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Which.
    pub id: IncidentId,
    /// What kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: IncidentState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the next state should be reached; nothing once it is closed.
    pub due_at: Option<Timestamp>,
    /// How often it was noticed.
    pub times: i32,
    /// Who leads it: who took the last step.
    pub leader: Option<String>,
}

impl Incident {
    /// Whether the next state should have been reached.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| now > due)
    }
}

/// A step of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentStep {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The state it led to.
    pub state: String,
    /// What was done, and the evidence.
    pub note: String,
}

fn read(row: incidents::Model) -> Result<Incident> {
    let state = IncidentState::parse(&row.state).ok_or(Error::Damaged)?;
    let opened_at = Timestamp::from_millis(row.opened_at);
    Ok(Incident {
        id: IncidentId::parse(&row.id).map_err(|_| Error::Damaged)?,
        kind: row.kind,
        subject: row.subject,
        due_at: (state != IncidentState::Closed).then(|| opened_at.plus_secs(state.hours() * 3600)),
        state,
        opened_at,
        times: row.times,
        leader: row.leader,
    })
}

impl Security {
    /// Opens an incident, or counts once more the one that is open for the same thing.
    pub async fn open_incident(&self, opening: Opening) -> Result<IncidentId> {
        let actor = Actor::System { reason: "monitoring".to_owned() };
        self.open_by(&actor, "", opening, "").await
    }

    /// Opens an incident that an officer noticed.
    pub async fn report_incident(&self, cx: &Cx, permit: &Permit, opening: Opening, note: &str) -> Result<IncidentId> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let note = reasoned(note)?;
        let plain = |text: &str| !text.trim().is_empty() && text.chars().count() <= 120;
        if !plain(&opening.kind) || !plain(&opening.subject) {
            return Err(Error::BadField { field: "subject", why: "must be 1 to 120 characters" });
        }
        self.open_by(cx.actor(), &name_of(cx), opening, &note).await
    }

    async fn open_by(&self, actor: &Actor, name: &str, opening: Opening, note: &str) -> Result<IncidentId> {
        let store = self.store();
        let now = store.clock().now();
        let tx = store.begin().await?;
        let open = Entity::find()
            .filter(Column::Kind.eq(opening.kind.as_str()))
            .filter(Column::Subject.eq(opening.subject.as_str()))
            .filter(Column::State.ne(IncidentState::Closed.as_str()))
            .one(&tx)
            .await?;
        if let Some(row) = open {
            Entity::update_many()
                .col_expr(Column::Times, Expr::value(row.times.saturating_add(1)))
                .filter(Column::Id.eq(row.id.as_str()))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            return IncidentId::parse(&row.id).map_err(|_| Error::Damaged);
        }
        let id = IncidentId::generate(store.ids());
        let row = incidents::ActiveModel {
            id: Set(id.to_string()),
            kind: Set(opening.kind.clone()),
            subject: Set(opening.subject.clone()),
            state: Set(IncidentState::Opened.as_str().to_owned()),
            opened_at: Set(now.as_millis()),
            times: Set(1),
            leader: Set(None),
        };
        row.insert(&tx).await?;
        let by = if name.is_empty() { "monitoring" } else { name };
        self.keep_step(&tx, &id, 1, IncidentState::Opened, by, note).await?;
        let record = Record {
            deed: Deed::IncidentChanged,
            actor,
            subject: id.to_string(),
            outcome: DeedOutcome::Done,
            reason: (!note.is_empty()).then(|| note.to_owned()),
            details: json!({ "kind": opening.kind, "about": opening.subject, "state": "opened" }),
            trace_id: String::new(),
        };
        store.audit().append(&tx, record).await?;
        store.changes().append(&tx, TOPIC, id.as_str()).await?;
        tx.commit().await?;
        tracing::warn!(incident = %id, kind = opening.kind, "an incident was opened");
        Ok(id)
    }

    async fn keep_step(
        &self,
        tx: &store::Tx<'_>,
        id: &IncidentId,
        number: i32,
        state: IncidentState,
        by: &str,
        note: &str,
    ) -> Result<()> {
        let row = incident_steps::ActiveModel {
            incident_id: Set(id.to_string()),
            number: Set(number),
            at: Set(self.store().clock().now().as_millis()),
            name: Set(by.to_owned()),
            state: Set(state.as_str().to_owned()),
            note: Set(note.to_owned()),
        };
        row.insert(tx).await?;
        Ok(())
    }

    /// Incidents: the open ones first, the most urgent on top; then the closed ones.
    pub async fn incidents(&self, cx: &Cx, permit: &Permit) -> Result<Vec<Incident>> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        let rows = Entity::find().order_by_desc(Column::OpenedAt).limit(500).all(self.store().db()).await?;
        let mut all = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        all.sort_by_key(|incident| (incident.due_at.is_none(), incident.due_at));
        Ok(all)
    }

    /// One incident with its steps.
    pub async fn incident(&self, cx: &Cx, permit: &Permit, id: &IncidentId) -> Result<(Incident, Vec<IncidentStep>)> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        let missing = || Error::NotFound { what: "incident", id: id.to_string() };
        let row = Entity::find_by_id(id.as_str()).one(self.store().db()).await?.ok_or_else(missing)?;
        let steps = incident_steps::Entity::find()
            .filter(StepColumn::IncidentId.eq(id.as_str()))
            .order_by_asc(StepColumn::Number)
            .all(self.store().db())
            .await?;
        let step = |row: incident_steps::Model| IncidentStep {
            at: Timestamp::from_millis(row.at),
            by: row.name,
            state: row.state,
            note: row.note,
        };
        Ok((read(row)?, steps.into_iter().map(step).collect()))
    }

    /// Leads an incident on, with what was done and the evidence of it.
    pub async fn advance_incident(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &IncidentId,
        to: IncidentState,
        note: &str,
    ) -> Result<Incident> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let note = reasoned(note)?;
        let missing = || Error::NotFound { what: "incident", id: id.to_string() };
        let tx = self.store().begin().await?;
        let incident = read(Entity::find_by_id(id.as_str()).one(&tx).await?.ok_or_else(missing)?)?;
        if !incident.state.leads_to(to) {
            return Err(Error::BadStep { from: incident.state.as_str(), to: to.as_str() });
        }
        let by = name_of(cx);
        Entity::update_many()
            .col_expr(Column::State, Expr::value(to.as_str()))
            .col_expr(Column::Leader, Expr::value(Some(by.clone())))
            .filter(Column::Id.eq(id.as_str()))
            .exec(&tx)
            .await?;
        let steps = incident_steps::Entity::find().filter(StepColumn::IncidentId.eq(id.as_str())).all(&tx).await?;
        let number = i32::try_from(steps.len()).unwrap_or(i32::MAX).saturating_add(1);
        self.keep_step(&tx, id, number, to, &by, &note).await?;
        let details = json!({ "from": incident.state, "state": to });
        self.write_down(&tx, cx, Deed::IncidentChanged, id.as_str(), &note, details).await?;
        tx.commit().await?;
        let row = Entity::find_by_id(id.as_str()).one(self.store().db()).await?.ok_or_else(missing)?;
        read(row)
    }
}

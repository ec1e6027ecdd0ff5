//! Views of security: events by stage, rules, words, suspensions, incidents, places outside.

use egress::EntryText;
use guard::words::Entry;
use security::{Event, Incident, IncidentStep, PlaceRequest, RuleState, StageCounts, Suspension, WordChange, WordRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::run::word;

/// How often a rule was seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleCountView {
    /// The rule.
    pub rule: String,
    /// How often.
    pub count: i64,
}

/// One protective stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageView {
    /// `input`, `fence`, `egress`, `output`, `abuse` or `review`.
    pub stage: String,
    /// Stopped.
    pub blocked: i64,
    /// Put before a person.
    pub held: i64,
    /// Only counted.
    pub observed: i64,
    /// Slowed down or challenged.
    pub limited: i64,
    /// Called false alarms.
    pub false_alarms: i64,
    /// The rules seen most.
    pub rules: Vec<RuleCountView>,
}

impl StageView {
    /// The view of a stage's counts.
    #[must_use]
    pub fn of(stage: security::Stage, counts: StageCounts) -> Self {
        let of = |outcome: &str| counts.outcomes.get(outcome).copied().unwrap_or_default();
        Self {
            stage: stage.as_str().to_owned(),
            blocked: of("blocked"),
            held: of("held"),
            observed: of("observed"),
            limited: of("limited"),
            false_alarms: counts.false_alarms,
            rules: counts.rules.into_iter().map(|(rule, count)| RuleCountView { rule, count }).collect(),
        }
    }
}

/// The state of protection.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityOverviewView {
    /// Since when the counts are.
    pub since: String,
    /// The stages.
    pub stages: Vec<StageView>,
    /// Callers who are suspended now.
    pub suspended: usize,
    /// Incidents that are not closed.
    pub open_incidents: usize,
    /// Among them, past their deadline.
    pub overdue_incidents: usize,
    /// Requests for places outside that wait.
    pub pending_places: usize,
    /// Questions worked on now.
    pub running: usize,
    /// Questions that wait at the gate.
    pub waiting: usize,
    /// Questions turned away since the server started.
    pub turned_away: u64,
}

/// Something a stage saw.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityEventView {
    /// Its number.
    pub id: i64,
    /// When it was seen first.
    pub at: String,
    /// When it was seen last.
    pub last_at: String,
    /// How often in between.
    pub count: i64,
    /// The stage.
    pub stage: String,
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub category: String,
    /// `blocked`, `held`, `observed` or `limited`.
    pub outcome: String,
    /// The caller.
    pub caller: String,
    /// What it happened to, such as a run.
    pub subject: String,
    /// Whether an officer called it a false alarm.
    pub false_alarm: bool,
    /// The officer's note.
    pub note: Option<String>,
}

impl From<Event> for SecurityEventView {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            at: event.at.to_string(),
            last_at: event.last_at.to_string(),
            count: event.count,
            stage: event.stage,
            rule: event.rule,
            category: event.category,
            outcome: event.outcome,
            caller: event.caller,
            subject: event.subject,
            false_alarm: event.false_alarm,
            note: event.note,
        }
    }
}

/// A rule of the guard.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuardRuleView {
    /// Its name.
    pub id: String,
    /// `input` or `output`.
    pub side: String,
    /// What it is about.
    pub category: String,
    /// What it leads to: `observe`, `review` or `block`.
    pub action: String,
    /// What it is for.
    pub why: String,
    /// Whether it cannot be switched.
    pub fixed: bool,
    /// `observe` or `enforce`.
    pub mode: String,
    /// How often it was seen in the last 30 days.
    pub hits: i64,
    /// How often that was called a false alarm.
    pub false_alarms: i64,
    /// When it was switched.
    pub changed_at: Option<String>,
    /// By whom.
    pub changed_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl From<RuleState> for GuardRuleView {
    fn from(state: RuleState) -> Self {
        Self {
            side: word(&state.card.side),
            action: word(&state.card.action),
            mode: state.mode.as_str().to_owned(),
            id: state.card.id,
            category: state.card.category,
            why: state.card.why,
            fixed: state.card.fixed,
            hits: state.hits,
            false_alarms: state.false_alarms,
            changed_at: state.changed_at.map(|at| at.to_string()),
            changed_by: state.changed_by,
            reason: state.reason,
        }
    }
}

/// An entry of the word library.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuardWordView {
    /// The term.
    pub term: String,
    /// The leaf of GB/T 45654.
    pub category: String,
    /// `observe`, `review` or `block`.
    pub action: String,
    /// How telling a hit is, 0 to 1.
    pub weight: f32,
    /// It counts only beside one of these words.
    pub needs: Vec<String>,
    /// Where it comes from or why.
    pub note: String,
    /// Whether officers had a hand in it.
    pub own: bool,
}

fn entry_view(entry: Entry, own: bool) -> GuardWordView {
    GuardWordView {
        category: entry.category.to_string(),
        action: word(&entry.action),
        term: entry.term,
        weight: entry.weight,
        needs: entry.needs,
        note: entry.note,
        own,
    }
}

impl From<WordRow> for GuardWordView {
    fn from(row: WordRow) -> Self {
        entry_view(row.entry, row.own)
    }
}

/// A page of the library.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuardWordsView {
    /// The entries, by term.
    pub items: Vec<GuardWordView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many fit the filter.
    pub total: usize,
}

/// A change of the library.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordChangeView {
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The term.
    pub term: String,
    /// The entry before.
    pub before: Option<GuardWordView>,
    /// The entry after.
    pub after: Option<GuardWordView>,
}

impl From<WordChange> for WordChangeView {
    fn from(change: WordChange) -> Self {
        Self {
            at: change.at.to_string(),
            by: change.by,
            reason: change.reason,
            term: change.term,
            before: change.before.map(|entry| entry_view(entry, true)),
            after: change.after.map(|entry| entry_view(entry, true)),
        }
    }
}

/// How many entries an import changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct WordsImportedView {
    /// Entries that were added, changed or taken away.
    pub changed: usize,
}

/// Somebody who is suspended, or was.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    /// The caller.
    pub caller: String,
    /// Harmful inputs in a row.
    pub in_a_row: i32,
    /// Harmful inputs on that day.
    pub today: i32,
    /// Since when; nothing when not suspended.
    pub since: Option<String>,
    /// When it was let in again.
    pub lifted_at: Option<String>,
    /// By whom.
    pub lifted_by: Option<String>,
    /// Why.
    pub lift_reason: Option<String>,
}

impl From<Suspension> for SuspensionView {
    fn from(suspension: Suspension) -> Self {
        Self {
            caller: suspension.caller,
            in_a_row: suspension.in_a_row,
            today: suspension.today,
            since: suspension.since.map(|at| at.to_string()),
            lifted_at: suspension.lifted_at.map(|at| at.to_string()),
            lifted_by: suspension.lifted_by,
            lift_reason: suspension.lift_reason,
        }
    }
}

/// An incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentView {
    /// Which.
    pub id: String,
    /// What kind, such as `canary`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// `opened`, `contained`, `corrected`, `verified` or `closed`.
    pub state: String,
    /// When it was opened.
    pub opened_at: String,
    /// When the next state should be reached.
    pub due_at: Option<String>,
    /// Whether that is past.
    pub overdue: bool,
    /// How often it was noticed.
    pub times: i32,
    /// Who leads it.
    pub leader: Option<String>,
    /// The states it may go to now.
    pub next: Vec<String>,
}

impl IncidentView {
    /// The view of an incident now.
    #[must_use]
    pub fn of(incident: Incident, now: kernel::Timestamp) -> Self {
        let next = security::IncidentState::ALL.into_iter().filter(|next| incident.state.leads_to(*next));
        Self {
            next: next.map(|state| state.as_str().to_owned()).collect(),
            overdue: incident.is_overdue(now),
            id: incident.id.to_string(),
            kind: incident.kind,
            subject: incident.subject,
            state: incident.state.as_str().to_owned(),
            opened_at: incident.opened_at.to_string(),
            due_at: incident.due_at.map(|at| at.to_string()),
            times: incident.times,
            leader: incident.leader,
        }
    }
}

/// A step of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentStepView {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// The state it led to.
    pub state: String,
    /// What was done, and the evidence.
    pub note: String,
}

impl From<IncidentStep> for IncidentStepView {
    fn from(step: IncidentStep) -> Self {
        Self { at: step.at.to_string(), by: step.by, state: step.state, note: step.note }
    }
}

/// An incident with its steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentFullView {
    /// The incident.
    #[serde(flatten)]
    pub incident: IncidentView,
    /// Its steps.
    pub steps: Vec<IncidentStepView>,
}

/// A place outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// Its name.
    pub name: String,
    /// `anchor`, `login`, `model` or `notice`.
    pub purpose: String,
    /// `https` or `http`.
    pub scheme: String,
    /// The host.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
    /// Only these address ranges.
    pub addresses: Vec<String>,
    /// Where it is.
    pub region: Option<String>,
    /// The highest level of data that may be sent there.
    pub level: String,
    /// The proxy.
    pub proxy: Option<String>,
    /// Whether personal data may be sent there.
    pub personal_data: bool,
}

impl From<EntryText> for PlaceView {
    fn from(entry: EntryText) -> Self {
        Self {
            name: entry.name,
            purpose: entry.purpose.as_str().to_owned(),
            scheme: entry.scheme,
            host: entry.host,
            port: entry.port,
            addresses: entry.addresses,
            region: entry.region,
            level: entry.level.to_string(),
            proxy: entry.proxy,
            personal_data: entry.personal_data,
        }
    }
}

/// A request for a place outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceRequestView {
    /// Which.
    pub id: String,
    /// The place.
    pub place: PlaceView,
    /// Why it is needed.
    pub why: String,
    /// When it was asked for.
    pub asked_at: String,
    /// By whom.
    pub asked_by: String,
    /// `pending`, `approved`, `rejected` or `revoked`.
    pub state: String,
    /// When it was decided.
    pub decided_at: Option<String>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether the one who looks made it.
    pub own: bool,
}

impl PlaceRequestView {
    /// The view for whoever looks.
    #[must_use]
    pub fn of(request: PlaceRequest, cx: &identity::Cx) -> Self {
        Self {
            own: request.is_by(cx),
            id: request.id.to_string(),
            place: request.place.into(),
            why: request.why,
            asked_at: request.asked_at.to_string(),
            asked_by: request.asked_by,
            state: request.state.as_str().to_owned(),
            decided_at: request.decided_at.map(|at| at.to_string()),
            decided_by: request.decided_by,
            reason: request.reason,
        }
    }
}

/// The places outside that may be called.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhitelistView {
    /// The places.
    pub items: Vec<PlaceView>,
}

/// A challenge for a visitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChallengeView {
    /// The text to which a number is to be found.
    pub challenge: String,
    /// How many zero bits the SM3 of `challenge:number` must begin with.
    pub bits: u32,
}

//! The legal clocks (时限) of a work order: how long each step may take in this city.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::draft::{AppealKind, Urgency};
use crate::policy::Policy;
use crate::state::Stand;

/// A limit of time, as a city's rule says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Hours, day and night.
    Hours(u32),
    /// Working days; the day of receipt is not counted.
    WorkingDays(u32),
}

impl Limit {
    /// The instant at which a term from `from` ends.
    #[must_use]
    pub fn ends(self, from: Timestamp, calendar: &Calendar, day_ends: i64) -> Timestamp {
        match self {
            Self::Hours(hours) => from.plus_secs(i64::from(hours) * 3600),
            Self::WorkingDays(days) => calendar.due(from, days, day_ends),
        }
    }

    /// This share of the limit, at least one of its unit.
    #[must_use]
    pub fn percent(self, percent: u32) -> Self {
        let share = |whole: u32| (whole.saturating_mul(percent) / 100).max(1);
        match self {
            Self::Hours(hours) => Self::Hours(share(hours)),
            Self::WorkingDays(days) => Self::WorkingDays(share(days)),
        }
    }
}

/// The limits of one city.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// 受理.
    pub accept: Limit,
    /// 派单.
    pub dispatch: Limit,
    /// 签收.
    pub sign: Limit,
    /// 退单, from the signature.
    pub return_within: Limit,
    /// 答复审核.
    pub check: Limit,
    /// 回访.
    pub callback: Limit,
    /// 办理, by kind of appeal.
    pub handle: Handle,
    /// 办理 of urgent appeals.
    pub urgent: Urgent,
}

/// 办理时限 by kind of appeal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handle {
    consult: Limit,
    help: Limit,
    complaint: Limit,
    report: Limit,
    suggestion: Limit,
    praise: Limit,
    other: Limit,
}

/// 办理时限 of urgent appeals.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Urgent {
    critical: Limit,
    urgent: Limit,
}

impl Clocks {
    /// Every limit with its name.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, Limit)> {
        let (handle, urgent) = (&self.handle, &self.urgent);
        vec![
            ("accept", self.accept),
            ("dispatch", self.dispatch),
            ("sign", self.sign),
            ("return_within", self.return_within),
            ("handle.consult", handle.consult),
            ("handle.help", handle.help),
            ("handle.complaint", handle.complaint),
            ("handle.report", handle.report),
            ("handle.suggestion", handle.suggestion),
            ("handle.praise", handle.praise),
            ("handle.other", handle.other),
            ("urgent.critical", urgent.critical),
            ("urgent.urgent", urgent.urgent),
            ("check", self.check),
            ("callback", self.callback),
        ]
    }

    /// How long the handling of such an appeal may take.
    #[must_use]
    pub fn handling(&self, kind: AppealKind, urgency: Urgency) -> Limit {
        match urgency {
            Urgency::Critical => self.urgent.critical,
            Urgency::Urgent => self.urgent.urgent,
            Urgency::Normal => match kind {
                AppealKind::Consult => self.handle.consult,
                AppealKind::Help => self.handle.help,
                AppealKind::Complaint => self.handle.complaint,
                AppealKind::Report => self.handle.report,
                AppealKind::Suggestion => self.handle.suggestion,
                AppealKind::Praise => self.handle.praise,
                AppealKind::Other => self.handle.other,
            },
        }
    }
}

/// A clock that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// When it began.
    pub since: Timestamp,
    /// When it ends.
    pub due: Timestamp,
}

impl Running {
    /// Whether it has ended.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        now > self.due
    }

    /// The instant at which this share of it has run.
    #[must_use]
    pub fn at_percent(self, percent: u32) -> Timestamp {
        let whole = self.due.millis_since(self.since);
        Timestamp::from_millis(self.since.as_millis() + whole / 100 * i64::from(percent))
    }
}

/// The clock of the present step of a work order that entered it at `since`. `handling` is the clock of the whole
/// handling, once it was dispatched: it goes on while a return or an extension is looked at.
#[must_use]
pub fn running(policy: &Policy, stand: Stand, since: Timestamp, handling: Option<Running>) -> Option<Running> {
    let clocks = policy.clocks();
    let limit = match stand {
        Stand::Received => clocks.accept,
        Stand::Accepted => clocks.dispatch,
        Stand::Dispatched => clocks.sign,
        Stand::Answered => clocks.check,
        Stand::Callback => clocks.callback,
        Stand::Handling | Stand::ReturnAsked | Stand::ExtensionAsked => return handling,
        Stand::Closed | Stand::Declined | Stand::Merged => return None,
    };
    let due = limit.ends(since, policy.calendar(), policy.day_ends());
    // A department that may sign until tomorrow must still answer within two hours where it burns.
    let due = handling.filter(|_| stand == Stand::Dispatched).map_or(due, |whole| due.min(whole.due));
    Some(Running { since, due })
}

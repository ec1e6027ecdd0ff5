//! Views of the hotline: drafts, calls, work orders, hot issues.

use assistant::phrases::Language;
use hotline::{Assignee, Category, Draft, Policy, Proposed, Reason};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a field is as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// The code, such as `words`.
    pub code: String,
    /// What was found.
    pub words: Vec<String>,
}

/// A field of a draft that is one word.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedView {
    /// The value.
    pub value: String,
    /// Why.
    pub reason: ReasonView,
}

/// A yes or no of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedFlagView {
    /// The value.
    pub value: bool,
    /// Why.
    pub reason: ReasonView,
}

/// Where it happens.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LocalityView {
    /// The code of the division (GB/T 2260), when one was named.
    pub region: Option<String>,
    /// The code of the street or town, when one was named.
    pub street: Option<String>,
    /// Its name.
    pub name: String,
    /// What stands below it.
    pub detail: String,
}

/// A category of the third level.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    /// Its code.
    pub code: String,
    /// The names of its three levels.
    pub path: Vec<String>,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Why; absent where a person chose it.
    pub reason: Option<ReasonView>,
}

/// A department that handles.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssigneeView {
    /// Its id.
    pub department: String,
    /// Its name in the reader's language.
    pub name: String,
    /// Why.
    pub reason: ReasonView,
}

/// Who calls, masked unless a recorded reason opened it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallerView {
    /// The name.
    pub name: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// The identity number.
    pub id_card: Option<String>,
    /// Whether no name is wanted.
    pub anonymous: bool,
}

/// A question to ask next.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUpView {
    /// What is missing.
    pub missing: String,
    /// The question in the reader's language.
    pub question: String,
}

/// Something a person should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct HotlineFlagView {
    /// The code, such as `id_check_digit`.
    pub code: String,
    /// Details.
    pub detail: String,
}

/// A drafted work order: every field with why.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftedView {
    /// What the caller asks.
    pub question: String,
    /// `consult`, `help`, `complaint`, `report`, `suggestion`, `praise` or `other`.
    pub kind: ProposedView,
    /// In one or two sentences, without personal data.
    pub summary: String,
    /// What was said, without personal data.
    pub content: String,
    /// Where.
    pub place: LocalityView,
    /// The category; absent when nothing tells it.
    pub category: Option<CategoryView>,
    /// The next best ones.
    pub alternatives: Vec<CategoryView>,
    /// `normal`, `urgent` or `critical`.
    pub urgency: ProposedView,
    /// The emergency number to put the caller through to.
    pub hand_over: Option<String>,
    /// Who calls, masked.
    pub caller: CallerView,
    /// Whether the caller's identity is kept from departments.
    pub secrecy: ProposedFlagView,
    /// 主办单位.
    pub responsible: Option<AssigneeView>,
    /// 协办单位.
    pub assisting: Vec<AssigneeView>,
    /// Why the hotline might not take it.
    pub declined: Option<ReasonView>,
    /// What to ask next.
    pub follow_ups: Vec<FollowUpView>,
    /// What a person should look at.
    pub flags: Vec<HotlineFlagView>,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code.clone(), words: reason.words.clone() }
    }
}

impl From<&hotline::Locality> for LocalityView {
    fn from(place: &hotline::Locality) -> Self {
        Self {
            region: place.region.as_ref().map(ToString::to_string),
            street: place.street.clone(),
            name: place.name.clone(),
            detail: place.detail.clone(),
        }
    }
}

impl From<hotline::Caller> for CallerView {
    fn from(caller: hotline::Caller) -> Self {
        Self { name: caller.name, phone: caller.phone, id_card: caller.id_card, anonymous: caller.anonymous }
    }
}

impl From<&Proposed<Category>> for CategoryView {
    fn from(proposed: &Proposed<Category>) -> Self {
        Self { reason: Some((&proposed.reason).into()), ..Self::from(&proposed.value) }
    }
}

impl From<&Category> for CategoryView {
    fn from(category: &Category) -> Self {
        Self { code: category.code.clone(), path: category.path.to_vec(), score: category.score, reason: None }
    }
}

/// A handler with its department's name.
#[must_use]
pub fn handler(policy: &Policy, handler: &Assignee, language: Language) -> AssigneeView {
    let name = policy.department(&handler.department).map_or_else(
        || handler.department.clone(),
        |found| if language == Language::English { found.name_en.clone() } else { found.name.clone() },
    );
    AssigneeView { department: handler.department.clone(), name, reason: (&handler.reason).into() }
}

impl DraftedView {
    /// A draft in the reader's language, its caller masked.
    #[must_use]
    pub fn of(policy: &Policy, draft: &Draft, language: Language) -> Self {
        let ask = |ask: &hotline::FollowUp| FollowUpView {
            missing: ask.missing.clone(),
            question: if language == Language::English { ask.en.clone() } else { ask.zh.clone() },
        };
        Self {
            question: draft.question.clone(),
            kind: ProposedView { value: draft.kind.value.as_str().to_owned(), reason: (&draft.kind.reason).into() },
            summary: draft.summary.clone(),
            content: draft.content.clone(),
            place: (&draft.place.value).into(),
            category: draft.category.as_ref().map(Into::into),
            alternatives: draft.alternatives.iter().map(Into::into).collect(),
            urgency: ProposedView {
                value: draft.urgency.value.as_str().to_owned(),
                reason: (&draft.urgency.reason).into(),
            },
            hand_over: draft.hand_over.clone(),
            caller: draft.caller.masked().into(),
            secrecy: ProposedFlagView { value: draft.secrecy.value, reason: (&draft.secrecy.reason).into() },
            responsible: draft.responsible.as_ref().map(|one| handler(policy, one, language)),
            assisting: draft.assisting.iter().map(|one| handler(policy, one, language)).collect(),
            declined: draft.declined.as_ref().map(Into::into),
            follow_ups: draft.follow_ups.iter().map(ask).collect(),
            flags: draft
                .flags
                .iter()
                .map(|flag| HotlineFlagView { code: flag.code.clone(), detail: flag.detail.clone() })
                .collect(),
        }
    }
}

/// A line of a transcript.
#[derive(Debug, Serialize, ToSchema)]
pub struct UtteranceView {
    /// `caller` or `operator`.
    pub speaker: String,
    /// What was said.
    pub text: String,
}

impl From<&hotline::Utterance> for UtteranceView {
    fn from(said: &hotline::Utterance) -> Self {
        Self { speaker: said.speaker.as_str().to_owned(), text: said.text.clone() }
    }
}

/// A call in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallRowView {
    /// Its id.
    pub id: String,
    /// `waiting`, `live` or `ended`.
    pub state: String,
    /// How it came in.
    pub channel: String,
    /// The number, masked.
    pub phone: Option<String>,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// How urgent what was said is.
    pub urgency: String,
    /// How many lines were said.
    pub lines: usize,
    /// The work order that was made of it.
    pub order_id: Option<String>,
}

impl From<&hotline::Call> for CallRowView {
    fn from(call: &hotline::Call) -> Self {
        let caller = hotline::Caller { phone: call.phone.clone(), ..hotline::Caller::default() };
        Self {
            id: call.id.to_string(),
            state: call.state.as_str().to_owned(),
            channel: word(&call.channel),
            phone: caller.masked().phone,
            started_at: call.started_at.to_string(),
            ended_at: call.ended_at.map(|at| at.to_string()),
            urgency: call.urgency.as_str().to_owned(),
            lines: call.said.len(),
            order_id: call.order.as_ref().map(ToString::to_string),
        }
    }
}

/// A call with what was said and the draft it gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// The call.
    pub call: CallRowView,
    /// What was said.
    pub said: Vec<UtteranceView>,
    /// The draft so far.
    pub draft: DraftedView,
    /// Earlier work orders like it.
    pub similar: Vec<SimilarView>,
}

/// An earlier work order like a new appeal.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarView {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its summary.
    pub summary: String,
    /// Where it stands.
    pub stand: String,
    /// When it came in.
    pub received_at: String,
    /// Where.
    pub place: LocalityView,
    /// How like, 0 to 1.
    pub likeness: f32,
    /// Whether it is probably the same matter said again.
    pub repeat: bool,
    /// What its caller was answered.
    pub reply: Option<String>,
}

impl From<&hotline::Similar> for SimilarView {
    fn from(similar: &hotline::Similar) -> Self {
        let order = &similar.order;
        Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            summary: order.summary.clone(),
            stand: order.stand.as_str().to_owned(),
            received_at: order.received_at.to_string(),
            place: (&order.place).into(),
            likeness: similar.likeness,
            repeat: similar.repeat,
            reply: order.reply.as_ref().map(|reply| reply.text.clone()),
        }
    }
}

/// A clock that runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// When it began.
    pub since: String,
    /// When it ends.
    pub due: String,
    /// Whether it has ended.
    pub overdue: bool,
}

/// One quality of a reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyCheckView {
    /// `complete`, `relevant`, `basis` or `timely`.
    pub quality: String,
    /// Whether it has it.
    pub ok: bool,
    /// What is missing, as codes.
    pub missing: Vec<String>,
}

impl From<&hotline::ReplyCheck> for ReplyCheckView {
    fn from(check: &hotline::ReplyCheck) -> Self {
        Self { quality: check.quality.clone(), ok: check.ok, missing: check.missing.clone() }
    }
}

/// The reply to a caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyView {
    /// Its words.
    pub text: String,
    /// When it was written.
    pub at: String,
    /// What the check said.
    pub checks: Vec<ReplyCheckView>,
}

/// What a caller said when called back.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallbackView {
    /// When.
    pub at: String,
    /// Whether the department got in touch.
    pub contacted: bool,
    /// Whether it is solved.
    pub solved: bool,
    /// 1 to 5.
    pub satisfaction: u8,
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastMoveView {
    /// When.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// What.
    pub step: String,
    /// Where it led.
    pub stand: String,
    /// What was said to it.
    pub note: String,
}

/// A department by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentNameView {
    /// Its id.
    pub id: String,
    /// Its name in the reader's language.
    pub name: String,
}

/// A work order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub id: String,
    /// 工单号.
    pub number: String,
    /// Its version: a step names the one that was seen.
    pub version: i32,
    /// How it came in.
    pub channel: String,
    /// The call it came from.
    pub call_id: Option<String>,
    /// When it came in.
    pub received_at: String,
    /// 诉求类型.
    pub kind: String,
    /// 摘要.
    pub summary: String,
    /// 诉求内容, without personal data.
    pub content: String,
    /// Where.
    pub place: LocalityView,
    /// The category.
    pub category: Option<CategoryView>,
    /// 紧急程度.
    pub urgency: String,
    /// Whether the caller's identity is kept from departments.
    pub secrecy: bool,
    /// 来电人, masked.
    pub caller: CallerView,
    /// 主办单位.
    pub responsible: Option<DepartmentNameView>,
    /// 协办单位.
    pub assisting: Vec<DepartmentNameView>,
    /// Where it stands.
    pub stand: String,
    /// The clock of the present step.
    pub clock: Option<ClockView>,
    /// The clock of the whole handling.
    pub handling: Option<ClockView>,
    /// Whether a clock ran out on it at any time.
    pub late: bool,
    /// How often more time was asked for.
    pub extensions: u8,
    /// How often it was given back.
    pub returns: u8,
    /// How often it was done again.
    pub redos: u8,
    /// How often its department was reminded.
    pub reminders: u8,
    /// The reply.
    pub reply: Option<ReplyView>,
    /// The callback.
    pub callback: Option<CallbackView>,
    /// The earlier work order it was merged into.
    pub merged_into: Option<String>,
    /// How many later ones were merged into it.
    pub repeats: u32,
    /// Quality tags.
    pub tags: Vec<String>,
    /// The steps that the reader may take now.
    pub moves: Vec<String>,
}

/// A work order with what happened to it and what is like it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderFullView {
    /// The work order.
    pub order: OrderView,
    /// What happened to it.
    pub history: Vec<PastMoveView>,
    /// Earlier work orders like it.
    pub similar: Vec<SimilarView>,
}

/// A page of work orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrdersView {
    /// The work orders.
    pub items: Vec<OrderView>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u64,
}

/// How many work orders lie on a shelf.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShelfView {
    /// `received`, `handling`, `checking`, `callback` or `history`.
    pub shelf: String,
    /// How many.
    pub count: u64,
    /// How many of them are overdue.
    pub overdue: u64,
}

/// A word of a closed list, as JSON writes it.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    crate::views::run::word(value)
}

/// A department's name.
#[must_use]
pub fn department(policy: &Policy, id: &str, language: Language) -> DepartmentNameView {
    let name = policy.department(id).map_or_else(
        || id.to_owned(),
        |found| if language == Language::English { found.name_en.clone() } else { found.name.clone() },
    );
    DepartmentNameView { id: id.to_owned(), name }
}

impl OrderView {
    /// A work order as this reader may see it; `caller` is already what may be shown.
    #[must_use]
    pub fn of(
        hotline: &hotline::Hotline,
        cx: &identity::Cx,
        order: &hotline::Order,
        caller: hotline::Caller,
        language: Language,
    ) -> Self {
        let now = cx.now();
        let policy = hotline.policy();
        let clock = |clock: hotline::Running| ClockView {
            since: clock.since.to_string(),
            due: clock.due.to_string(),
            overdue: clock.is_over(now),
        };
        Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            version: order.version,
            channel: word(&order.channel),
            call_id: order.call.as_ref().map(ToString::to_string),
            received_at: order.received_at.to_string(),
            kind: order.kind.as_str().to_owned(),
            summary: order.summary.clone(),
            content: order.content.clone(),
            place: (&order.place).into(),
            category: order.category.as_ref().map(Into::into),
            urgency: order.urgency.as_str().to_owned(),
            secrecy: order.secrecy,
            caller: caller.into(),
            responsible: order.responsible.as_ref().map(|id| department(policy, id, language)),
            assisting: order.assisting.iter().map(|id| department(policy, id, language)).collect(),
            stand: order.stand.as_str().to_owned(),
            clock: order.clock.map(clock),
            handling: order.handling.map(clock),
            late: order.late,
            extensions: order.tally.extensions,
            returns: order.tally.returns,
            redos: order.tally.redos,
            reminders: order.tally.reminders,
            reply: order.reply.as_ref().map(|reply| ReplyView {
                text: reply.text.clone(),
                at: reply.at.to_string(),
                checks: reply.checks.iter().map(Into::into).collect(),
            }),
            callback: order.callback.as_ref().map(|callback| CallbackView {
                at: callback.at.to_string(),
                contacted: callback.contacted,
                solved: callback.solved,
                satisfaction: callback.satisfaction,
            }),
            merged_into: order.merged_into.as_ref().map(ToString::to_string),
            repeats: order.repeats,
            tags: order.tags.clone(),
            moves: hotline.open_moves(cx, order).into_iter().map(|by| by.as_str().to_owned()).collect(),
        }
    }
}

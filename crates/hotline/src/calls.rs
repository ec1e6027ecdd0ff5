//! Calls (来电): what is said, line by line, from any speech recogniser or typed; and the draft it gives so far.

use identity::{Action, Cx, Scope};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::{CallId, OrderId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::{Set, Unchanged};
use store::sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::Hotline;
use crate::draft::{Draft, MOST_CHARS, Speaker, Urgency, Utterance};
use crate::error::{Error, Result};
use crate::order::Channel;
use crate::orders::to_json;
use crate::tables::call::{self, Column};

/// The most characters of one line.
pub const LINE_CHARS: usize = 2_000;
/// The most lines of a call.
pub const LINES: usize = 1_000;

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// 未接: it rings.
    Waiting,
    /// An operator has it.
    Live,
    /// It is over.
    Ended,
}

impl CallState {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Live => "live",
            Self::Ended => "ended",
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Where it stands.
    pub state: CallState,
    /// How it came in.
    pub channel: Channel,
    /// The number it came from, when the exchange says so.
    pub phone: Option<String>,
    /// Who has it.
    pub operator: Option<UserId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What was said.
    pub said: Vec<Utterance>,
    /// How urgent what was said is.
    pub urgency: Urgency,
    /// The work order that was made of it.
    pub order: Option<OrderId>,
}

/// What happens in calls on this server, for whoever listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// A call changed: read it again.
    Changed(CallId),
    /// Words that a recogniser is not sure of yet; they are shown and not kept.
    Partial(CallId, Utterance),
}

impl Hotline {
    /// A call comes in. It rings until an operator takes it, unless whoever reports it is the operator.
    pub async fn begin_call(&self, cx: &Cx, channel: Channel, phone: Option<String>, live: bool) -> Result<Call> {
        cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
        if phone.as_ref().is_some_and(|phone| phone.chars().count() > 30) {
            return Err(Error::BadField { field: "phone", problem: "has more than 30 characters".to_owned() });
        }
        let call = Call {
            id: CallId::generate(cx.ids()),
            state: if live { CallState::Live } else { CallState::Waiting },
            channel,
            phone,
            operator: cx.user_id().filter(|_| live).cloned(),
            started_at: cx.now(),
            ended_at: None,
            said: Vec::new(),
            urgency: Urgency::Normal,
            order: None,
        };
        let owned = call.clone();
        let store = cx.store();
        store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let row = call::ActiveModel {
                        id: Set(owned.id.to_string()),
                        started_at: Set(owned.started_at.as_millis()),
                        ..columns(&owned)?
                    };
                    call::Entity::insert(row).exec_without_returning(tx).await?;
                    record(tx, cx, &owned, "begin").await
                })
            })
            .await?;
        self.tell(CallEvent::Changed(call.id.clone()));
        Ok(call)
    }

    /// Calls that ring, the actor's own that go on, and the latest that ended.
    pub async fn calls(&self, cx: &Cx) -> Result<Vec<Call>> {
        cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
        let own = Column::Operator.eq(cx.user_id().map(ToString::to_string).unwrap_or_default());
        let open = Column::State.ne(CallState::Ended.as_str());
        let wanted = Condition::any().add(Column::State.eq(CallState::Waiting.as_str())).add(own);
        let rows = call::Entity::find()
            .filter(Condition::all().add(wanted.clone()).add(open))
            .order_by_desc(Column::Urgency)
            .order_by_asc(Column::StartedAt)
            .limit(100)
            .all(cx.store().db())
            .await?;
        let ended = call::Entity::find()
            .filter(Condition::all().add(wanted).add(Column::State.eq(CallState::Ended.as_str())))
            .order_by_desc(Column::StartedAt)
            .limit(20)
            .all(cx.store().db())
            .await?;
        rows.iter().chain(&ended).map(read).collect()
    }

    /// One call, for its operator, or for any while it rings.
    pub async fn call(&self, cx: &Cx, id: &CallId) -> Result<Call> {
        cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
        self.own_call(cx, cx.store().db(), id).await
    }

    async fn own_call(&self, cx: &Cx, db: &impl ConnectionTrait, id: &CallId) -> Result<Call> {
        let row = call::Entity::find_by_id(id.as_str()).one(db).await?;
        let call = read(&row.ok_or_else(|| Error::NoCall(id.to_string()))?)?;
        // Another operator's call is nobody else's business, and does not exist for them.
        if call.operator.as_ref().is_some_and(|own| Some(own) != cx.user_id()) {
            return Err(Error::NoCall(id.to_string()));
        }
        Ok(call)
    }

    /// Takes a call that rings.
    pub async fn take_call(&self, cx: &Cx, id: &CallId) -> Result<Call> {
        let user = cx.user_id().cloned();
        self.change_call(cx, id, "take", |call| {
            match call.state {
                CallState::Waiting => call.operator = user,
                CallState::Live => {}
                CallState::Ended => return Err(Error::CallNotOpen("ended")),
            }
            call.state = CallState::Live;
            Ok(())
        })
        .await
    }

    /// Ends a call.
    pub async fn end_call(&self, cx: &Cx, id: &CallId) -> Result<Call> {
        let now = cx.now();
        self.change_call(cx, id, "end", |call| {
            call.state = CallState::Ended;
            call.ended_at.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Notes the work order that was made of a call.
    pub async fn note_order(&self, cx: &Cx, id: &CallId, order: &OrderId) -> Result<Call> {
        let order = order.clone();
        self.change_call(cx, id, "order", |call| {
            call.order = Some(order);
            Ok(())
        })
        .await
    }

    /// Adds what was said. Bounded: a call that never ends is refused when it is full.
    pub async fn say(&self, cx: &Cx, id: &CallId, said: Utterance) -> Result<Call> {
        let text = said.text.trim();
        let count = text.chars().count();
        if count == 0 || count > LINE_CHARS {
            let problem = format!("has {count} characters, 1 to {LINE_CHARS} are allowed");
            return Err(Error::BadField { field: "text", problem });
        }
        let said = Utterance { speaker: said.speaker, text: text.to_owned() };
        let policy = self.policy();
        self.change_call(cx, id, "", |call| {
            if call.state == CallState::Ended {
                return Err(Error::CallNotOpen("ended"));
            }
            let chars: usize = call.said.iter().map(|line| line.text.chars().count()).sum();
            if call.said.len() >= LINES || chars + count > MOST_CHARS {
                return Err(Error::CallFull(chars));
            }
            if said.speaker == Speaker::Caller {
                call.urgency = call.urgency.max(crate::urgency::urgency(policy, &said.text).level);
            }
            call.said.push(said);
            Ok(())
        })
        .await
    }

    /// Words that are not sure yet, for whoever watches the call.
    pub fn say_partly(&self, id: &CallId, said: Utterance) {
        self.tell(CallEvent::Partial(id.clone(), said));
    }

    /// The draft that a call gives so far, with the number the exchange knows.
    #[must_use]
    pub fn draft_of(&self, call: &Call, now: Timestamp) -> Draft {
        let mut draft = crate::draft(self.policy(), &call.said, now);
        if draft.caller.phone.is_none() && !draft.caller.anonymous {
            draft.caller.phone.clone_from(&call.phone);
            if call.phone.is_some() {
                draft.follow_ups.retain(|ask| ask.missing != "contact");
            }
        }
        draft
    }

    async fn change_call(
        &self,
        cx: &Cx,
        id: &CallId,
        deed: &'static str,
        change: impl FnOnce(&mut Call) -> Result<()> + Send,
    ) -> Result<Call> {
        cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
        let hotline = self.clone();
        let store = cx.store();
        let call = store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let mut call = hotline.own_call(cx, tx, id).await?;
                    change(&mut call)?;
                    let row = call::ActiveModel { id: Unchanged(call.id.to_string()), ..columns(&call)? };
                    call::Entity::update(row).exec(tx).await?;
                    if !deed.is_empty() {
                        record(tx, cx, &call, deed).await?;
                    }
                    Ok(call)
                })
            })
            .await?;
        self.tell(CallEvent::Changed(call.id.clone()));
        Ok(call)
    }
}

fn columns(call: &Call) -> Result<call::ActiveModel> {
    Ok(call::ActiveModel {
        state: Set(call.state.as_str().to_owned()),
        operator: Set(call.operator.as_ref().map(ToString::to_string)),
        urgency: Set(call.urgency.rank()),
        ended_at: Set(call.ended_at.map(Timestamp::as_millis)),
        record: Set(to_json(call)?),
        ..Default::default()
    })
}

fn read(row: &call::Model) -> Result<Call> {
    serde_json::from_str(&row.record).map_err(|source| Error::BadRecord { what: "call", source })
}

async fn record(tx: &Tx<'_>, cx: &Cx, call: &Call, step: &str) -> Result<()> {
    let record = cx.record(Deed::HotlineCall, call.id.to_string(), json!({ "step": step, "lines": call.said.len() }));
    cx.store().audit().append(tx, record).await?;
    Ok(())
}

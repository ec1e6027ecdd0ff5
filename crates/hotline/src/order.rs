//! A work order (工单): what it holds, and how it is made from what an operator adopted of a draft.

use kernel::Timestamp;
use kernel::ids::{CallId, OrderId};
use serde::{Deserialize, Serialize};

use crate::clocks::Running;
use crate::draft::{AppealKind, Urgency, hidden};
use crate::error::{Error, Result};
use crate::people::Caller;
use crate::places::Locality;
use crate::policy::Policy;
use crate::reply::ReplyCheck;
use crate::state::{Stand, Tally};
use crate::taxonomy::Category;

/// The most characters of what an appeal says.
pub const CONTENT_CHARS: usize = 4_000;
/// The most characters of a summary, a note, a reason.
pub const NOTE_CHARS: usize = 500;

/// How an appeal came in (受理渠道).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 电话.
    #[default]
    Phone,
    /// 网站.
    Web,
    /// App 或小程序.
    App,
    /// 微信等文字.
    Message,
    /// 110 等转来.
    Transferred,
    /// 上级交办.
    Assigned,
    /// 表格导入.
    Imported,
}

/// The reply to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Its words.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
    /// What the check said.
    pub checks: Vec<ReplyCheck>,
}

/// What a caller said when called back (回访评价).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// When.
    pub at: Timestamp,
    /// 是否联系: whether the department got in touch.
    pub contacted: bool,
    /// 是否解决.
    pub solved: bool,
    /// 满意度, 1 to 5.
    pub satisfaction: u8,
}

/// A work order, without its caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// 工单号: the day and a number of that day.
    pub number: String,
    /// Its version; each step makes a new one.
    pub version: i32,
    /// How it came in.
    pub channel: Channel,
    /// The call it came from.
    #[serde(default)]
    pub call: Option<CallId>,
    /// When it came in.
    pub received_at: Timestamp,
    /// 诉求类型.
    pub kind: AppealKind,
    /// 摘要.
    pub summary: String,
    /// 诉求内容, without personal data.
    pub content: String,
    /// 地点.
    pub place: Locality,
    /// 分类.
    pub category: Option<Category>,
    /// 紧急程度.
    pub urgency: Urgency,
    /// Whether the caller's identity is kept from departments.
    pub secrecy: bool,
    /// 主办单位.
    #[serde(default)]
    pub responsible: Option<String>,
    /// 协办单位.
    #[serde(default)]
    pub assisting: Vec<String>,
    /// Where it stands.
    pub stand: Stand,
    /// What was already done to it.
    #[serde(default)]
    pub tally: Tally,
    /// The clock of the present step.
    #[serde(default)]
    pub clock: Option<Running>,
    /// The clock of the handling, once it was dispatched.
    #[serde(default)]
    pub handling: Option<Running>,
    /// When its department signed.
    #[serde(default)]
    pub signed_at: Option<Timestamp>,
    /// Whether a clock ran out on it at any time.
    #[serde(default)]
    pub late: bool,
    /// Whether its department was reminded that the time runs out.
    #[serde(default)]
    pub reminded: bool,
    /// The reply.
    #[serde(default)]
    pub reply: Option<Reply>,
    /// The callback.
    #[serde(default)]
    pub callback: Option<Callback>,
    /// The earlier work order it was merged into.
    #[serde(default)]
    pub merged_into: Option<OrderId>,
    /// How many later ones were merged into this one.
    #[serde(default)]
    pub repeats: u32,
    /// Quality tags on closing.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Fields of the draft that the operator changed or rejected: `field:edited`, `field:rejected`.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// A new work order, as an operator sends it.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// How it came in.
    pub channel: Channel,
    /// The call it comes from.
    pub call: Option<CallId>,
    /// When it came in; now when absent.
    pub received_at: Option<Timestamp>,
    /// 诉求类型.
    pub kind: AppealKind,
    /// 摘要.
    pub summary: String,
    /// 诉求内容; personal data is masked before it is kept.
    pub content: String,
    /// 地点.
    pub place: Locality,
    /// The code of the category.
    pub category: Option<String>,
    /// 紧急程度.
    pub urgency: Urgency,
    /// 来电人.
    pub caller: Caller,
    /// Whether the caller's identity is kept from departments.
    pub secrecy: bool,
    /// What the operator did with the fields of the draft.
    pub choices: Vec<String>,
}

impl NewOrder {
    /// The work order as it begins; its number comes from the store.
    pub(crate) fn begin(self, policy: &Policy, id: OrderId, now: Timestamp) -> Result<(Order, Caller)> {
        let short = |field: &'static str, text: &str, most: usize| match text.chars().count() {
            0 => Err(Error::BadField { field, problem: "is empty".to_owned() }),
            count if count > most => {
                Err(Error::BadField { field, problem: format!("has {count} characters, {most} are allowed") })
            }
            _ => Ok(()),
        };
        short("summary", self.summary.trim(), NOTE_CHARS)?;
        short("content", self.content.trim(), CONTENT_CHARS)?;
        let category = match &self.category {
            None => None,
            Some(code) => Some(policy.taxonomy().category(code).ok_or_else(|| Error::BadField {
                field: "category",
                problem: format!("`{code}` is not a category of this city"),
            })?),
        };
        if self.choices.len() > 30 || self.choices.iter().any(|choice| choice.len() > 60) {
            return Err(Error::BadField { field: "choices", problem: "at most 30 of 60 bytes".to_owned() });
        }
        for (field, text) in
            [("name", &self.caller.name), ("phone", &self.caller.phone), ("id_card", &self.caller.id_card)]
        {
            if text.as_ref().is_some_and(|text| text.chars().count() > 60) {
                return Err(Error::BadField { field, problem: "has more than 60 characters".to_owned() });
            }
        }
        if let Some(number) = &self.caller.id_card
            && guard::identity_check(number) == Some(false)
        {
            let problem = "the check digit is wrong: ask for the number again".to_owned();
            return Err(Error::BadField { field: "id_card", problem });
        }
        let received_at = self.received_at.unwrap_or(now);
        if received_at > now.plus_secs(60) {
            return Err(Error::BadField { field: "received_at", problem: "lies in the future".to_owned() });
        }
        let stand = Stand::Received;
        let order = Order {
            id,
            number: String::new(),
            version: 1,
            channel: self.channel,
            call: self.call,
            received_at,
            kind: self.kind,
            summary: hidden(self.summary.trim()),
            content: hidden(self.content.trim()),
            place: self.place,
            category,
            urgency: self.urgency,
            // 举报人信息一律保密: a report is kept secret whatever the box says.
            secrecy: self.secrecy || self.kind == AppealKind::Report,
            responsible: None,
            assisting: Vec::new(),
            stand,
            tally: Tally::default(),
            clock: crate::clocks::running(policy, stand, received_at, None),
            handling: None,
            signed_at: None,
            late: false,
            reminded: false,
            reply: None,
            callback: None,
            merged_into: None,
            repeats: 0,
            tags: Vec::new(),
            choices: self.choices,
        };
        Ok((order, self.caller))
    }
}

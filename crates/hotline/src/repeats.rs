//! Repeats (重复件), similar past cases and hot issues over the work orders of the store.

use identity::Cx;
use kernel::Timestamp;

use crate::Hotline;
use crate::draft::Draft;
use crate::error::Result;
use crate::hot::{self, Appeal, HotIssue};
use crate::likeness::Corpus;
use crate::order::Order;
use crate::places::Locality;
use crate::state::Stand;

/// How far back similar cases are looked for, in days.
const PAST_DAYS: u32 = 366;
/// The most work orders that are compared.
const MOST: u64 = 5_000;
/// How like a past case must be to be shown.
const SIMILAR: f32 = 0.18;

/// An earlier work order that is like a new appeal.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// The work order.
    pub order: Order,
    /// How like, 0 to 1.
    pub likeness: f32,
    /// Whether it is probably the same matter said again: a person decides.
    pub repeat: bool,
}

impl Hotline {
    /// Earlier work orders like a draft: probable repeats first, then the most like.
    pub async fn similar(&self, cx: &Cx, draft: &Draft, most: usize) -> Result<Vec<Similar>> {
        let text = format!("{}\n{}", draft.summary, draft.content);
        self.similar_to(cx, &text, &draft.place.value, cx.now(), None, most).await
    }

    /// Earlier work orders like this one.
    pub async fn similar_to_order(&self, cx: &Cx, order: &Order, most: usize) -> Result<Vec<Similar>> {
        let text = format!("{}\n{}", order.summary, order.content);
        self.similar_to(cx, &text, &order.place, order.received_at, Some(order), most).await
    }

    async fn similar_to(
        &self,
        cx: &Cx,
        text: &str,
        place: &Locality,
        at: Timestamp,
        own: Option<&Order>,
        most: usize,
    ) -> Result<Vec<Similar>> {
        let mut past = self.recent(cx, PAST_DAYS, MOST).await?;
        past.retain(|order| own.is_none_or(|own| own.id != order.id && order.received_at <= own.received_at));
        let terms = self.policy().settings.repeats;
        let texts: Vec<String> = past.iter().map(|o| format!("{}\n{}", o.summary, o.content)).collect();
        let corpus = Corpus::new(texts.iter().map(String::as_str), &self.policy().settings.hot.stop);
        let mut found: Vec<Similar> = corpus
            .like(text, SIMILAR)
            .into_iter()
            .filter_map(|(n, likeness)| {
                let order = past.get(n)?.clone();
                let near = hot::may_repeat(self.policy(), at, order.received_at);
                let open = !matches!(order.stand, Stand::Declined | Stand::Merged);
                let repeat = open && near && likeness >= terms.likeness && hot::agree(place, &order.place);
                Some(Similar { order, likeness, repeat })
            })
            .collect();
        found.sort_by(|a, b| b.repeat.cmp(&a.repeat).then(b.likeness.total_cmp(&a.likeness)));
        found.truncate(most);
        Ok(found)
    }

    /// The hot issues of the last `days` days.
    pub async fn hot_issues(&self, cx: &Cx, days: u32) -> Result<(Vec<HotIssue>, Vec<Order>)> {
        let orders = self.recent(cx, days, MOST).await?;
        let appeals: Vec<Appeal> = orders
            .iter()
            .map(|order| Appeal {
                id: order.id.to_string(),
                at: order.received_at,
                text: format!("{}\n{}", order.summary, order.content),
                summary: order.summary.clone(),
                place: order.place.clone(),
                category: order.category.as_ref().map(|category| category.code.clone()),
                urgency: order.urgency,
            })
            .collect();
        Ok((hot::issues(self.policy(), &appeals, cx.now()), orders))
    }
}

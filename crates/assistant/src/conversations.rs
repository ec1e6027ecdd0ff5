//! Conversations: a person's questions in one scenario, in order. Only their owner sees them, and only while the fence
//! lets them ask in that scenario.

use identity::{Action, Cx};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::{ConversationId, ScenarioId};
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::{Set, Unchanged};
use store::sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::tables::{conversation, run};
use crate::{Assistant, Error, Run};

/// The most characters of a title.
const TITLE_CHARS: usize = 40;

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its scenario.
    pub scenario: ScenarioId,
    /// The first question, cut.
    pub title: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How many questions it holds.
    pub runs: u64,
}

/// The title a question gives its conversation.
pub(crate) fn title(question: &str) -> String {
    let line = question.lines().next().unwrap_or_default().trim();
    let mut title: String = line.chars().take(TITLE_CHARS).collect();
    if line.chars().count() > TITLE_CHARS {
        title.push('…');
    }
    title
}

pub(crate) async fn create(tx: &Tx<'_>, cx: &Cx, first: &Run) -> Result<(), Error> {
    let row = conversation::ActiveModel {
        id: Set(first.conversation_id.to_string()),
        owner: Set(cx.actor().label()),
        scenario: Set(first.scenario.to_string()),
        title: Set(String::new()),
        created_at: Set(first.asked_at.as_millis()),
        updated_at: Set(first.asked_at.as_millis()),
        removed_at: Set(None),
    };
    conversation::Entity::insert(row).exec_without_returning(tx).await.map_err(store::Error::from)?;
    Ok(())
}

/// Marks a conversation as changed, and titles it by its first screened question.
pub(crate) async fn touch(tx: &Tx<'_>, id: &ConversationId, title: &str, now: Timestamp) -> Result<(), Error> {
    let found = conversation::Entity::find_by_id(id.as_str()).one(tx).await.map_err(store::Error::from)?;
    let Some(found) = found else { return Ok(()) };
    let mut row =
        conversation::ActiveModel { id: Unchanged(found.id), updated_at: Set(now.as_millis()), ..Default::default() };
    if found.title.is_empty() && !title.is_empty() {
        row.title = Set(title.to_owned());
    }
    conversation::Entity::update(row).exec(tx).await.map_err(store::Error::from)?;
    Ok(())
}

impl Assistant {
    /// The conversation, when it is the asker's, still there, and open to them now.
    pub(crate) async fn conversation_of(&self, cx: &Cx, id: &ConversationId) -> Result<ConversationId, Error> {
        self.own(cx, id).await.map(|_| id.clone())
    }

    async fn own(&self, cx: &Cx, id: &ConversationId) -> Result<conversation::Model, Error> {
        let found = conversation::Entity::find_by_id(id.as_str())
            .filter(conversation::Column::Owner.eq(cx.actor().label()))
            .filter(conversation::Column::RemovedAt.is_null())
            .one(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let row = found.ok_or_else(|| Error::NoConversation(id.to_string()))?;
        let scenario = ScenarioId::parse(&row.scenario).map_err(|_| Error::NoConversation(id.to_string()))?;
        cx.permit(Action::Ask, &self.scope_now(&scenario)).map(drop)?;
        Ok(row)
    }

    /// The asker's conversations in scenarios that are open to them now, the newest first; those whose title contains
    /// `words` when given.
    pub async fn conversations(
        &self,
        cx: &Cx,
        words: Option<&str>,
        before: Option<Timestamp>,
        limit: u64,
    ) -> Result<Vec<Conversation>, Error> {
        let own = conversation::Entity::find()
            .filter(conversation::Column::Owner.eq(cx.actor().label()))
            .filter(conversation::Column::RemovedAt.is_null());
        let named = own.clone().select_only().column(conversation::Column::Scenario).distinct().into_tuple::<String>();
        let open = self.open_among(cx, named.all(cx.store().db()).await.map_err(store::Error::from)?);
        let mut query = own.filter(conversation::Column::Scenario.is_in(open));
        if let Some(words) = words.map(str::trim).filter(|w| !w.is_empty()) {
            query = query.filter(conversation::Column::Title.contains(words));
        }
        if let Some(before) = before {
            query = query.filter(conversation::Column::UpdatedAt.lt(before.as_millis()));
        }
        let rows = query
            .order_by_desc(conversation::Column::UpdatedAt)
            .limit(limit)
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let mut list = Vec::with_capacity(rows.len());
        for row in rows {
            let runs = run::Entity::find()
                .filter(run::Column::ConversationId.eq(&row.id))
                .count(cx.store().db())
                .await
                .map_err(store::Error::from)?;
            list.extend(view(row, runs));
        }
        Ok(list)
    }

    /// One conversation with those of its runs that may be read now, the oldest first.
    pub async fn conversation(&self, cx: &Cx, id: &ConversationId) -> Result<(Conversation, Vec<Run>), Error> {
        let row = self.own(cx, id).await?;
        let rows = run::Entity::find()
            .filter(run::Column::ConversationId.eq(id.as_str()))
            .order_by_asc(run::Column::Id)
            .limit(500)
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let runs = self.readable(cx, &rows).await?;
        let count = u64::try_from(runs.len()).unwrap_or(0);
        view(row, count).map(|c| (c, runs)).ok_or_else(|| Error::NoConversation(id.to_string()))
    }

    /// Takes a conversation out of its owner's history, or puts it back. The runs stay for the record.
    pub async fn set_removed(&self, cx: &Cx, id: &ConversationId, removed: bool) -> Result<(), Error> {
        let found = conversation::Entity::find_by_id(id.as_str())
            .filter(conversation::Column::Owner.eq(cx.actor().label()))
            .one(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let row = found.ok_or_else(|| Error::NoConversation(id.to_string()))?;
        let now = cx.now();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let subject = row.id.clone();
                    let change = conversation::ActiveModel {
                        id: Unchanged(row.id),
                        removed_at: Set(removed.then(|| now.as_millis())),
                        ..Default::default()
                    };
                    conversation::Entity::update(change).exec(tx).await.map_err(store::Error::from)?;
                    let record = cx.record(Deed::ConversationRemoved, subject, json!({ "removed": removed }));
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await
    }
}

fn view(row: conversation::Model, runs: u64) -> Option<Conversation> {
    Some(Conversation {
        id: ConversationId::parse(&row.id).ok()?,
        scenario: ScenarioId::parse(&row.scenario).ok()?,
        title: row.title,
        updated_at: Timestamp::from_millis(row.updated_at),
        runs,
    })
}

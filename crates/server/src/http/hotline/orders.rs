//! Work orders: made, listed, taken through their steps, answered.

use axum::extract::State;
use axum::http::HeaderMap;
use hotline::{AppealKind, Caller, Channel, Locality, Move, NewOrder, OrderFilter, Shelf, Taken, Urgency};
use identity::{Action, Scope};
use kernel::ids::{CallId, OrderId};
use kernel::{Date, Region, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::abuse::Asker;
use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::{Address, Person};
use crate::http::hotline::transcript::answered;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::common::Items;
use crate::views::hotline::{
    CallerView, OrderFullView, OrderView, OrdersView, PastMoveView, ReplyCheckView, ShelfView,
};

/// Which work orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct OrdersParameters {
    /// `received`, `handling`, `checking`, `callback` or `history`.
    shelf: Option<String>,
    /// Of this kind of appeal.
    kind: Option<String>,
    /// Whose category's code begins so.
    category: Option<String>,
    /// In this region.
    region: Option<String>,
    /// With this department.
    department: Option<String>,
    /// Only those whose clock has run out.
    overdue: bool,
    /// Received on this day or later.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// Received on this day or earlier.
    #[param(value_type = Option<String>)]
    to: Option<Date>,
    /// With these words.
    q: Option<String>,
    /// The cursor.
    after: Option<u64>,
    /// At most so many, 50 when absent.
    limit: Option<u64>,
}

impl OrdersParameters {
    /// The filter, with the cursor and the size of the page.
    pub fn filter(&self, now: Timestamp) -> Result<(OrderFilter, u64, u64), Problem> {
        let shelf = match self.shelf.as_deref() {
            None | Some("") => None,
            Some(name) => Some(
                Shelf::parse(name)
                    .ok_or_else(|| Problem::invalid("`shelf` is received, handling, checking, callback or history"))?,
            ),
        };
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let region = given(&self.region)
            .map(|code| Region::parse(&code).map_err(|_| Problem::invalid("`region` is a code of six digits")))
            .transpose()?;
        let filter = OrderFilter {
            shelf,
            kind: given(&self.kind),
            category: given(&self.category),
            region,
            department: given(&self.department),
            overdue_at: self.overdue.then_some(now),
            from: self.from.map(|day| Timestamp::of_day(day, 0)),
            to: self.to.map(|day| Timestamp::of_day(day, 24 * 60)),
            words: given(&self.q),
        };
        Ok((filter, self.after.unwrap_or(0), self.limit.unwrap_or(50)))
    }
}

/// Where it happens.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceBody {
    /// The code of the division.
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    /// The code of the street or town.
    street: Option<String>,
    /// Street, estate, building.
    detail: String,
}

/// Who calls.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CallerBody {
    name: Option<String>,
    phone: Option<String>,
    id_card: Option<String>,
    anonymous: bool,
}

/// A work order as the operator adopted it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// The call it comes from; caller fields that are left out are taken from it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    call_id: Option<CallId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    channel: Channel,
    #[schema(value_type = String)]
    kind: AppealKind,
    summary: String,
    content: String,
    #[serde(default)]
    place: PlaceBody,
    /// The code of the category.
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    urgency: Urgency,
    #[serde(default)]
    caller: CallerBody,
    #[serde(default)]
    secrecy: bool,
    /// What the operator did with fields of the draft: `category:edited`, `place:rejected`.
    #[serde(default)]
    choices: Vec<String>,
}

/// What a caller said when called back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackBody {
    contacted: bool,
    solved: bool,
    /// 1 to 5.
    satisfaction: u8,
}

/// A step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// Such as `accept`, `dispatch`, `sign`, `answer`.
    #[schema(value_type = String)]
    step: Move,
    /// The version that was seen.
    version: i32,
    /// Why.
    #[serde(default)]
    note: String,
    /// 主办单位, for a dispatch.
    #[serde(default)]
    responsible: Option<String>,
    /// 协办单位, for a dispatch.
    #[serde(default)]
    assisting: Vec<String>,
    /// The reply, for an answer.
    #[serde(default)]
    reply: Option<String>,
    /// The earlier work order, for a merge.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    into: Option<OrderId>,
    /// What the caller said, for `content`, `redo` and `close_anyway`.
    #[serde(default)]
    callback: Option<CallbackBody>,
    /// Quality tags.
    #[serde(default)]
    tags: Vec<String>,
}

/// A reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// Why, for the record.
    reason: String,
}

/// A text to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyBody {
    /// The reply.
    text: String,
}

/// A drafted reply.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyDraftView {
    /// Its words; `____` is for the department to fill in.
    pub text: String,
    /// How many articles it names.
    pub bases: usize,
    /// What the check says of it as it is.
    pub checks: Vec<ReplyCheckView>,
}

/// Work orders that the caller may see.
#[utoipa::path(get, path = "/api/v1/hotline/orders", tag = "hotline", params(OrdersParameters),
    responses((status = 200, body = OrdersView), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Query(parameters): Query<OrdersParameters>,
) -> Result<axum::Json<OrdersView>, Problem> {
    let hotline = &app.platform.hotline;
    let (filter, after, limit) = parameters.filter(cx.now())?;
    let page = hotline.orders(&cx, &filter, after, limit).await?;
    let language = language(&headers);
    let items = page
        .items
        .iter()
        .map(|(order, caller)| OrderView::of(hotline, &cx, order, hotline.shown(&cx, order, caller), language));
    Ok(axum::Json(OrdersView { items: items.collect(), next: page.next.map(|n| n.to_string()), total: page.total }))
}

/// How many work orders lie on each shelf.
#[utoipa::path(get, path = "/api/v1/hotline/counts", tag = "hotline",
    responses((status = 200, body = Items<ShelfView>), (status = "4XX", body = ProblemView)))]
pub async fn counts(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<ShelfView>>, Problem> {
    let counts = app.platform.hotline.counts(&cx).await?;
    let view =
        |(shelf, count, overdue): (Shelf, u64, u64)| ShelfView { shelf: shelf.as_str().to_owned(), count, overdue };
    Ok(axum::Json(Items { items: counts.into_iter().map(view).collect() }))
}

/// Make a work order.
#[utoipa::path(post, path = "/api/v1/hotline/orders", tag = "hotline", request_body = OrderBody,
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemView)))]
pub async fn create(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Json(body): Json<OrderBody>,
) -> Result<axum::Json<OrderView>, Problem> {
    let hotline = &app.platform.hotline;
    cx.permit(Action::TakeCalls, &Scope::Platform).map(drop)?;
    let mut caller = Caller {
        name: body.caller.name,
        phone: body.caller.phone,
        id_card: body.caller.id_card,
        anonymous: body.caller.anonymous,
    };
    let mut received_at = None;
    if let Some(id) = &body.call_id {
        let call = hotline.call(&cx, id).await?;
        received_at = Some(call.started_at);
        // The desk shows a caller masked, so what it does not send is what was heard.
        if !caller.anonymous {
            let heard = hotline.draft_of(&call, cx.now()).caller;
            caller.name = caller.name.or(heard.name);
            caller.phone = caller.phone.or(heard.phone);
            caller.id_card = caller.id_card.or(heard.id_card);
        }
    }
    let name = body.place.street.as_deref().or(body.place.region.as_ref().map(Region::as_str));
    let place = Locality {
        name: name.map(|code| hotline.policy().gazetteer().name(code)).unwrap_or_default(),
        region: body.place.region,
        street: body.place.street,
        detail: body.place.detail,
    };
    let new = NewOrder {
        channel: body.channel,
        call: body.call_id.clone(),
        received_at,
        kind: body.kind,
        summary: body.summary,
        content: body.content,
        place,
        category: body.category,
        urgency: body.urgency,
        caller,
        secrecy: body.secrecy,
        choices: body.choices,
    };
    let order = Box::pin(hotline.create(&cx, new)).await?;
    if let Some(id) = &body.call_id {
        Box::pin(hotline.note_order(&cx, id, &order.id)).await?;
    }
    one(&app, &cx, &order.id, language(&headers)).await.map(|full| axum::Json(full.order))
}

/// A work order with what happened to it and what is like it.
#[utoipa::path(get, path = "/api/v1/hotline/orders/{id}", tag = "hotline", params(("id" = String, Path)),
    responses((status = 200, body = OrderFullView), (status = "4XX", body = ProblemView)))]
pub async fn read(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<OrderFullView>, Problem> {
    one(&app, &cx, &id, language(&headers)).await.map(axum::Json)
}

async fn one(
    app: &App,
    cx: &identity::Cx,
    id: &OrderId,
    language: assistant::phrases::Language,
) -> Result<OrderFullView, Problem> {
    let hotline = &app.platform.hotline;
    let (order, caller, past) = hotline.order(cx, id).await?;
    let similar = Box::pin(hotline.similar_to_order(cx, &order, 5)).await?;
    let past = past.into_iter().map(|step| PastMoveView {
        at: step.at.to_string(),
        actor: step.actor,
        step: step.step,
        stand: step.stand,
        note: step.note,
    });
    Ok(OrderFullView {
        order: OrderView::of(hotline, cx, &order, caller, language),
        history: past.collect(),
        similar: similar.iter().map(Into::into).collect(),
    })
}

/// Take a step with a work order.
#[utoipa::path(post, path = "/api/v1/hotline/orders/{id}/steps", tag = "hotline", params(("id" = String, Path)),
    request_body = StepBody,
    responses((status = 200, body = OrderFullView), (status = "4XX", body = ProblemView)))]
pub async fn take(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Id(id): Id<OrderId>,
    Json(body): Json<StepBody>,
) -> Result<axum::Json<OrderFullView>, Problem> {
    let taken = Taken {
        by: body.step,
        version: body.version,
        note: body.note,
        responsible: body.responsible,
        assisting: body.assisting,
        reply: body.reply,
        into: body.into,
        callback: body.callback.map(|said| (said.contacted, said.solved, said.satisfaction)),
        tags: body.tags,
    };
    Box::pin(app.platform.hotline.take(&cx, &id, taken)).await?;
    one(&app, &cx, &id, language(&headers)).await.map(axum::Json)
}

/// See a caller's name and number, for a reason that is recorded.
#[utoipa::path(post, path = "/api/v1/hotline/orders/{id}/caller", tag = "hotline", params(("id" = String, Path)),
    request_body = ReasonBody,
    responses((status = 200, body = CallerView), (status = "4XX", body = ProblemView)))]
pub async fn reveal(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<OrderId>,
    Json(body): Json<ReasonBody>,
) -> Result<axum::Json<CallerView>, Problem> {
    Ok(axum::Json(Box::pin(app.platform.hotline.reveal(&cx, &id, &body.reason)).await?.into()))
}

/// Check a reply: complete, relevant, with a basis, in time. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/hotline/orders/{id}/reply_check", tag = "hotline", params(("id" = String, Path)),
    request_body = ReplyBody,
    responses((status = 200, body = Items<ReplyCheckView>), (status = "4XX", body = ProblemView)))]
pub async fn check_reply(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<OrderId>,
    Json(body): Json<ReplyBody>,
) -> Result<axum::Json<Items<ReplyCheckView>>, Problem> {
    let (order, _, _) = app.platform.hotline.order(&cx, &id).await?;
    let items = checks(&app, &order, &body.text, cx.now());
    Ok(axum::Json(Items { items }))
}

fn checks(app: &App, order: &hotline::Order, text: &str, now: Timestamp) -> Vec<ReplyCheckView> {
    let appeal = format!("{}\n{}", order.summary, order.content);
    let due = order.handling.map(|clock| clock.due);
    hotline::reply::check(app.platform.hotline.policy(), &appeal, text, due, now).iter().map(Into::into).collect()
}

/// Draft a reply from the cited answer to what the appeal asks.
#[utoipa::path(post, path = "/api/v1/hotline/orders/{id}/reply_draft", tag = "hotline", params(("id" = String, Path)),
    responses((status = 200, body = ReplyDraftView), (status = "4XX", body = ProblemView)))]
pub async fn draft_reply(
    State(app): State<App>,
    Person(cx): Person,
    address: Address,
    Id(id): Id<OrderId>,
) -> Result<axum::Json<ReplyDraftView>, Problem> {
    let hotline = &app.platform.hotline;
    let (order, _, _) = hotline.order(&cx, &id).await?;
    let asker = Asker::of(&cx, address.0, false).relaying();
    let run = Box::pin(answered(&app, &cx, &asker, &order.summary)).await?;
    let bases: Vec<hotline::reply::Basis> = run
        .citations
        .iter()
        .map(|cited| hotline::reply::Basis {
            document: cited.document.clone(),
            label: cited.label.clone(),
            quote: cited.quote.clone(),
        })
        .collect();
    let policy = hotline.policy();
    let department = order.responsible.as_ref().and_then(|id| policy.department(id)).map_or("", |d| d.name.as_str());
    let text = hotline::reply::draft(policy, &order.summary, department, &bases);
    let checks = checks(&app, &order, &text, cx.now());
    Ok(axum::Json(ReplyDraftView { text, bases: bases.len(), checks }))
}

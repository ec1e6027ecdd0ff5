//! Places outside: the whitelist in force, requests for new places, and decisions about them.

use axum::extract::State;
use egress::{EntryText, Purpose};
use identity::{Action, Scope};
use kernel::DataLevel;
use kernel::ids::PlaceRequestId;
use security::RequestState;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::security::{PlaceRequestView, PlaceView, WhitelistView};

/// The places outside that may be called now; nothing else may.
#[utoipa::path(get, path = "/api/v1/egress", tag = "security",
    responses((status = 200, body = WhitelistView), (status = "4XX", body = ProblemView)))]
pub async fn whitelist(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<WhitelistView>, Problem> {
    let read = cx.permit(Action::ReadPolicies, &Scope::Platform);
    if let Err(denied) = read {
        cx.permit(Action::RequestEgress, &Scope::Platform).map(drop).map_err(|_| denied)?;
    }
    let items = app.platform.security.whitelist().entries().cloned().map(PlaceView::from).collect();
    Ok(axum::Json(WhitelistView { items }))
}

/// Requests for places: all for a security officer, the own ones for others.
#[utoipa::path(get, path = "/api/v1/egress/requests", tag = "security",
    responses((status = 200, body = Items<PlaceRequestView>), (status = "4XX", body = ProblemView)))]
pub async fn requests(
    State(app): State<App>,
    Person(cx): Person,
) -> Result<axum::Json<Items<PlaceRequestView>>, Problem> {
    let permit = match cx.permit(Action::ReadPolicies, &Scope::Platform) {
        Ok(permit) => permit,
        Err(_) => cx.permit(Action::RequestEgress, &Scope::Platform)?,
    };
    let all = app.platform.security.place_requests(&cx, &permit).await?;
    let items = all.into_iter().map(|request| PlaceRequestView::of(request, &cx)).collect();
    Ok(axum::Json(Items { items }))
}

/// A place to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsidePlaceBody {
    /// Its name, of a-z, 0-9, - and _.
    name: String,
    /// `login`, `model` or `notice`.
    #[schema(value_type = String)]
    purpose: Purpose,
    /// `https` or `http`.
    scheme: String,
    /// The host, exactly.
    host: String,
    /// The port; 443 or 80 when absent.
    #[serde(default)]
    port: Option<u16>,
    /// Only these address ranges; an inner address must be named here.
    #[serde(default)]
    addresses: Vec<String>,
    /// Where it is: six digits of a division, or two letters of a country.
    #[serde(default)]
    region: Option<String>,
    /// The highest level of data that may be sent there.
    #[schema(value_type = String)]
    level: DataLevel,
    /// The proxy it is reached through.
    #[serde(default)]
    proxy: Option<String>,
    /// Whether personal data may be sent there.
    #[serde(default)]
    personal_data: bool,
    /// Why it is needed.
    why: String,
}

/// Ask for a place. A security officer other than the one who asks decides.
#[utoipa::path(post, path = "/api/v1/egress/requests", tag = "security", request_body = OutsidePlaceBody,
    responses((status = 200, body = PlaceRequestView), (status = "4XX", body = ProblemView)))]
pub async fn request(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<OutsidePlaceBody>,
) -> Result<axum::Json<PlaceRequestView>, Problem> {
    let permit = cx.permit(Action::RequestEgress, &Scope::Platform)?;
    let place = EntryText {
        name: body.name,
        purpose: body.purpose,
        scheme: body.scheme,
        host: body.host,
        port: body.port,
        addresses: body.addresses,
        region: body.region,
        level: body.level,
        proxy: body.proxy,
        personal_data: body.personal_data,
    };
    let request = app.platform.security.request_place(&cx, &permit, place, &body.why).await?;
    Ok(axum::Json(PlaceRequestView::of(request, &cx)))
}

/// A decision about a place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceDecisionBody {
    /// `approved`, `rejected`, or `revoked` for a place that was approved.
    #[schema(value_type = String)]
    decision: RequestState,
    /// Why.
    reason: String,
}

/// Decide about a place. An approved one may be called at once, on every server.
#[utoipa::path(post, path = "/api/v1/egress/requests/{id}/decision", tag = "security", params(("id" = String, Path)),
    request_body = PlaceDecisionBody,
    responses((status = 200, body = PlaceRequestView), (status = "4XX", body = ProblemView)))]
pub async fn decide(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<PlaceRequestId>,
    Json(body): Json<PlaceDecisionBody>,
) -> Result<axum::Json<PlaceRequestView>, Problem> {
    let permit = cx.permit(Action::ManagePolicies, &Scope::Platform)?;
    let decided = app.platform.security.decide_place(&cx, &permit, &id, body.decision, &body.reason).await?;
    Ok(axum::Json(PlaceRequestView::of(decided, &cx)))
}

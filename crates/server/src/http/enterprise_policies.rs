//! Policies for enterprises: decomposed, confirmed, published, matched; what a change does; what does not go together.

use assistant::entitlements::PolicyState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use entitlement::{EnterprisePolicy, Profile, Source};
use kernel::Region;
use kernel::ids::DocumentId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Id, Json, Query};
use crate::http::caller::{Address, Anyone, Person};
use crate::http::problem::{Problem, ProblemView};
use crate::http::scenarios::with_visitor;
use crate::views::common::Items;
use crate::views::entitlements::{
    ClashView, DecomposedView, FieldsView, MatchesView, PolicyFullView, PolicyImpactView, PolicyView,
};

/// The longest text of a policy that is pasted.
const MAX_CHARS: usize = 200_000;

/// The fields of enterprises: what a form asks, what a table's headings may be, what conditions compare.
#[utoipa::path(get, path = "/api/v1/enterprise_fields", tag = "entitlements",
    responses((status = 200, body = FieldsView), (status = "4XX", body = ProblemView)))]
pub async fn fields(State(app): State<App>, caller: Anyone) -> Result<Response, Problem> {
    let (scenario, fields) = app.platform.assistant.matching(&caller.cx)?;
    let view = FieldsView::of(scenario.id.as_str(), &fields);
    Ok(with_visitor(axum::Json(view).into_response(), caller.new_visitor))
}

/// Which policies.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct PoliciesParameters {
    /// `draft`, `published` or `withdrawn`; only who manages policies sees other than published ones.
    #[param(value_type = Option<String>)]
    state: Option<PolicyState>,
}

/// The policies for enterprises.
#[utoipa::path(get, path = "/api/v1/enterprise_policies", tag = "entitlements", params(PoliciesParameters),
    responses((status = 200, body = Items<PolicyView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    caller: Anyone,
    Query(parameters): Query<PoliciesParameters>,
) -> Result<Response, Problem> {
    let kept = app.platform.assistant.enterprise_policies(&caller.cx, parameters.state).await?;
    let items: Vec<PolicyView> = kept.into_iter().map(Into::into).collect();
    Ok(with_visitor(axum::Json(Items { items }).into_response(), caller.new_visitor))
}

/// A policy to decompose: a document of the knowledge base, or a pasted text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecomposeBody {
    /// A document of the knowledge base.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    document_id: Option<DocumentId>,
    /// The title of a pasted text.
    #[serde(default)]
    title: String,
    /// Who issued it.
    #[serde(default)]
    issuer: String,
    /// Where it applies.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    /// The text.
    #[serde(default)]
    text: String,
}

/// Decompose a policy: the machine's proposal is kept as drafts that a person confirms.
#[utoipa::path(post, path = "/api/v1/enterprise_policies", tag = "entitlements", request_body = DecomposeBody,
    responses((status = 201, body = DecomposedView), (status = "4XX", body = ProblemView)))]
pub async fn decompose(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<DecomposeBody>,
) -> Result<Response, Problem> {
    let assistant = &app.platform.assistant;
    let done = match body.document_id {
        Some(id) => Box::pin(assistant.decompose_document(&cx, &id)).await?,
        None => {
            let chars = body.text.chars().count();
            if chars > MAX_CHARS {
                return Err(Problem::invalid(format!("`text` has {chars} characters, {MAX_CHARS} are allowed")));
            }
            let source = pasted(body);
            Box::pin(assistant.decompose(&cx, source)).await?
        }
    };
    let view = DecomposedView { policies: done.policies.into_iter().map(Into::into).collect(), notes: done.notes };
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// A pasted text as a document with articles.
fn pasted(body: DecomposeBody) -> Source {
    let text = format!("# {}\n\n{}", body.title.trim(), body.text);
    let (document, _) = documents::read("policy.md", text.as_bytes(), &documents::Limits::default());
    Source { issuer: body.issuer, region: body.region, ..source_of(&document, body.title) }
}

/// A document as a source of policies.
#[must_use]
pub fn source_of(document: &documents::Document, title: String) -> Source {
    let articles = document.articles.iter().map(|article| entitlement::SourceArticle {
        article_id: None,
        label: article.label.clone(),
        path: article.path.clone(),
        text: article.text.clone(),
    });
    let title = if title.trim().is_empty() { document.title.clone() } else { title };
    Source { title, articles: articles.collect(), ..Source::default() }
}

/// A policy with its versions.
#[utoipa::path(get, path = "/api/v1/enterprise_policies/{id}", tag = "entitlements", params(("id" = String, Path)),
    responses((status = 200, body = PolicyFullView), (status = "4XX", body = ProblemView)))]
pub async fn read(State(app): State<App>, caller: Anyone, Id(id): Id<String>) -> Result<Response, Problem> {
    let (kept, versions) = app.platform.assistant.enterprise_policy(&caller.cx, &id).await?;
    let view = PolicyFullView { kept: kept.into(), versions: versions.into_iter().map(Into::into).collect() };
    Ok(with_visitor(axum::Json(view).into_response(), caller.new_visitor))
}

/// The next version of a policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// The version it was made from.
    version: i32,
    /// `draft`, `published` or `withdrawn`. Publishing asks that every condition is confirmed or rejected.
    #[schema(value_type = String)]
    state: PolicyState,
    /// The record.
    #[schema(value_type = Object)]
    policy: EnterprisePolicy,
}

/// Change, publish or withdraw a policy. Versions stay.
#[utoipa::path(put, path = "/api/v1/enterprise_policies/{id}", tag = "entitlements", params(("id" = String, Path)),
    request_body = ChangeBody, responses((status = 200, body = PolicyView), (status = "4XX", body = ProblemView)))]
pub async fn change(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
    Json(body): Json<ChangeBody>,
) -> Result<axum::Json<PolicyView>, Problem> {
    let policy = named(&id, body.policy)?;
    let kept = app.platform.assistant.change_enterprise_policy(&cx, policy, body.version, body.state).await?;
    Ok(axum::Json(kept.into()))
}

/// A record that might take a policy's place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactBody {
    /// The record.
    #[schema(value_type = Object)]
    policy: EnterprisePolicy,
}

/// Who gains and who loses among the kept enterprises if a policy became this record.
#[utoipa::path(post, path = "/api/v1/enterprise_policies/{id}/impact", tag = "entitlements",
    params(("id" = String, Path)), request_body = ImpactBody,
    responses((status = 200, body = PolicyImpactView), (status = "4XX", body = ProblemView)))]
pub async fn impact(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<String>,
    Json(body): Json<ImpactBody>,
) -> Result<axum::Json<PolicyImpactView>, Problem> {
    let policy = named(&id, body.policy)?;
    Ok(axum::Json(app.platform.assistant.policy_impact(&cx, &policy).await?.into()))
}

/// The record under the address it was sent to.
fn named(id: &str, policy: EnterprisePolicy) -> Result<EnterprisePolicy, Problem> {
    if policy.id != id {
        return Err(Problem::invalid(format!("`policy.id` is `{}`, the address says `{id}`", policy.id)));
    }
    Ok(policy)
}

/// Published policies that may not be had together or contradict each other.
#[utoipa::path(get, path = "/api/v1/enterprise_policies/clashes", tag = "entitlements",
    responses((status = 200, body = Items<ClashView>), (status = "4XX", body = ProblemView)))]
pub async fn clashes(State(app): State<App>, caller: Anyone) -> Result<Response, Problem> {
    let (policies, found) = app.platform.assistant.policy_clashes(&caller.cx).await?;
    let items: Vec<ClashView> = found.into_iter().map(|clash| ClashView::of(&policies, clash)).collect();
    Ok(with_visitor(axum::Json(Items { items }).into_response(), caller.new_visitor))
}

/// An enterprise to match. Nothing of it is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchBody {
    /// Name, credit code and facts by field.
    #[schema(value_type = Object)]
    profile: Profile,
}

/// Match an enterprise with the published policies: each condition met, not met, or missing a fact.
#[utoipa::path(post, path = "/api/v1/enterprise_policies/matches", tag = "entitlements", request_body = MatchBody,
    responses((status = 200, body = MatchesView), (status = "4XX", body = ProblemView)))]
pub async fn matches(
    State(app): State<App>,
    caller: Anyone,
    address: Address,
    Json(body): Json<MatchBody>,
) -> Result<Response, Problem> {
    let (scenario, _) = app.platform.assistant.matching(&caller.cx)?;
    crate::http::ask::admit_computation(&app, &caller, &scenario.id, address)?;
    let (book, found) = app.platform.assistant.match_profile(&caller.cx, &body.profile).await?;
    let view = MatchesView::of(&book, found, book.day());
    Ok(with_visitor(axum::Json(view).into_response(), caller.new_visitor))
}

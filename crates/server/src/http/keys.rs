//! Keys of the model gateway: made, listed and revoked by model operators.

use axum::extract::State;
use identity::{Action, KeyScope, NewKey, RoleId, Scope};
use kernel::Timestamp;
use kernel::ids::{DepartmentId, KeyId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::{Id, Json};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::common::Items;
use crate::views::models::{KeyView, NewKeyView};

/// The keys, newest first; revoked ones too.
#[utoipa::path(get, path = "/api/v1/keys", tag = "gateway",
    responses((status = 200, body = Items<KeyView>), (status = "4XX", body = ProblemView)))]
pub async fn list(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<Items<KeyView>>, Problem> {
    let permit = cx.permit(Action::ReadModels, &Scope::Platform)?;
    let now = cx.now();
    let keys = app.platform.identity.keys(&cx, &permit).await?;
    let meter = app.platform.assistant.models().meter();
    let items = keys.iter().map(|key| KeyView::of(key, meter.used_this_month(&format!("key:{}", key.id)), now));
    Ok(axum::Json(Items { items: items.collect() }))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// What it is for.
    name: String,
    /// Whose it is; usage is counted there.
    #[schema(value_type = String)]
    department: DepartmentId,
    /// The business role it acts with.
    role: String,
    /// What it opens: `route:ID`, `route:*`, `scenario:ID`, `scenario:*`, `embeddings`, `mcp`.
    scopes: Vec<String>,
    /// The networks (CIDR) it may be used from; empty for any.
    #[serde(default)]
    networks: Vec<String>,
    /// The most tokens in one calendar month.
    #[serde(default)]
    tokens_per_month: Option<i64>,
    /// The most requests in one minute.
    #[serde(default)]
    requests_per_minute: Option<i32>,
    /// When it ends by itself, RFC 3339.
    #[serde(default)]
    expires_at: Option<String>,
}

impl NewKeyBody {
    /// The key as identity wants it, when every field can be read.
    pub(crate) fn read(self) -> Result<NewKey, Problem> {
        let role = RoleId::parse(&self.role).map_err(|error| Problem::invalid(error.to_string()))?;
        let scopes: Result<_, identity::Error> = self.scopes.iter().map(|scope| KeyScope::parse(scope)).collect();
        let network = |text: &String| {
            text.parse()
                .map_err(|_| Problem::invalid(format!("networks: `{text}` is not a network such as 10.0.0.0/8")))
        };
        let expires_at = match &self.expires_at {
            None => None,
            Some(text) => Some(
                Timestamp::parse_rfc3339(text)
                    .ok_or_else(|| Problem::invalid("`expires_at` is not a time such as 2027-01-01T00:00:00Z"))?,
            ),
        };
        Ok(NewKey {
            name: self.name,
            department: self.department,
            role,
            scopes: scopes?,
            networks: self.networks.iter().map(network).collect::<Result<_, Problem>>()?,
            tokens_per_month: self.tokens_per_month,
            requests_per_minute: self.requests_per_minute,
            expires_at,
        })
    }
}

/// Make a key. It is told once, here; only its hash is kept.
#[utoipa::path(post, path = "/api/v1/keys", tag = "gateway", request_body = NewKeyBody,
    responses((status = 200, body = NewKeyView), (status = "4XX", body = ProblemView)))]
pub async fn create(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<NewKeyBody>,
) -> Result<axum::Json<NewKeyView>, Problem> {
    let permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
    let (key, secret) = app.platform.identity.create_key(&cx, &permit, &body.read()?).await?;
    Ok(axum::Json(NewKeyView { key: KeyView::of(&key, 0, cx.now()), secret }))
}

/// Revoke a key: on this server at once, on others within seconds.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "gateway", params(("id" = String, Path)),
    responses((status = 200, body = KeyView), (status = "4XX", body = ProblemView)))]
pub async fn revoke(
    State(app): State<App>,
    Person(cx): Person,
    Id(id): Id<KeyId>,
) -> Result<axum::Json<KeyView>, Problem> {
    let permit = cx.permit(Action::ManageModels, &Scope::Platform)?;
    let key = app.platform.identity.revoke_key(&cx, &permit, &id).await?;
    let used = app.platform.assistant.models().meter().used_this_month(&format!("key:{id}"));
    Ok(axum::Json(KeyView::of(&key, used, cx.now())))
}

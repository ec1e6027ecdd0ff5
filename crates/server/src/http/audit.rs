//! The audit log: its chain for whoever may verify it, its content behind a written reason.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use identity::{Action, Scope};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::UserId;
use serde::Deserialize;
use serde_json::json;
use store::{AuditFilter, CopyRange};
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::{Json, Query};
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::audit::{ChainView, EntryView, ReadingView};
use crate::views::common::Page;

/// How long a reading stays open.
const READING_SECS: i64 = 30 * 60;

/// Why somebody reads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingBody {
    /// In one's own words, at least 4 characters.
    reason: String,
}

/// Open a reading: the reason is recorded, and for 30 minutes the entries show who and what.
#[utoipa::path(post, path = "/api/v1/audit/reading", tag = "audit", request_body = ReadingBody,
    responses((status = 200, body = ReadingView), (status = "4XX", body = ProblemView)))]
pub async fn open_reading(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<ReadingBody>,
) -> Result<axum::Json<ReadingView>, Problem> {
    let _permit = cx.permit(Action::ReadAudit, &Scope::Platform)?;
    let reason = body.reason.trim().to_owned();
    let length = reason.chars().count();
    if !(4..=500).contains(&length) {
        return Err(Problem::invalid("`reason` has 4 to 500 characters"));
    }
    let until = cx.now().plus_secs(READING_SECS);
    let key = reading_key(&cx);
    let tx = cx.store().begin().await?;
    cx.store().settings().set(&tx, &key, &until.as_millis().to_string()).await?;
    let record = store::Record {
        reason: Some(reason),
        ..cx.record(Deed::AuditRead, "audit".to_owned(), json!({ "until": until }))
    };
    cx.store().audit().append(&tx, record).await?;
    tx.commit().await?;
    drop(app);
    Ok(axum::Json(ReadingView { expires_at: until.to_string() }))
}

fn reading_key(cx: &identity::Cx) -> String {
    let session = cx.session().map(|s| s.id.clone()).unwrap_or_default();
    format!("audit.reading.{session}")
}

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct AuditParameters {
    /// The cursor: entries before this number.
    after: Option<i64>,
    /// At most so many, 50 when absent.
    limit: Option<usize>,
    /// Of this actor, by label. Needs an open reading.
    actor: Option<String>,
    /// Of this deed.
    deed: Option<String>,
    /// About this subject. Needs an open reading.
    subject: Option<String>,
    /// Not before this time.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
}

/// The entries, the newest first. Without an open reading only the chain's side of them is shown.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditParameters),
    responses((status = 200, body = Page<EntryView>), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<AuditParameters>,
) -> Result<axum::Json<Page<EntryView>>, Problem> {
    let _permit = cx.permit(Action::ReadAudit, &Scope::Platform)?;
    let until = cx.store().settings().get(&reading_key(&cx)).await?.and_then(|text| text.parse().ok());
    let open = until.is_some_and(|until: i64| until > cx.now().as_millis());
    if !open && (parameters.actor.is_some() || parameters.subject.is_some()) {
        return Err(Problem::invalid("open a reading with a reason before filtering by actor or subject"));
    }
    let deed = match parameters.deed.as_deref() {
        Some(code) => Some(Deed::parse(code).ok_or_else(|| Problem::invalid("`deed` is not the code of a deed"))?),
        None => None,
    };
    let filter = AuditFilter {
        actor: parameters.actor,
        deed,
        subject: parameters.subject,
        from: parameters.from,
        until: parameters.until,
    };
    let limit = parameters.limit.unwrap_or(50).clamp(1, 500);
    let entries = cx.store().audit().page(parameters.after, limit as u64 + 1, &filter).await?;
    let people: BTreeSet<UserId> =
        entries.iter().filter_map(|e| UserId::parse(e.actor.strip_prefix("user:")?).ok()).collect();
    let names = if open { app.platform.identity.people(&people).await? } else { Default::default() };
    let items = entries
        .iter()
        .map(|entry| {
            if !open {
                return EntryView::withheld(entry);
            }
            let id = entry.actor.strip_prefix("user:").and_then(|id| UserId::parse(id).ok());
            EntryView::whole(entry, id.and_then(|id| names.get(&id)).map(|person| person.name.clone()))
        })
        .collect();
    Ok(axum::Json(Page::cut(items, limit, |entry: &EntryView| entry.seq.to_string())))
}

/// Which entries a copy holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ExportParameters {
    /// The first entry; the beginning when absent.
    from: Option<i64>,
    /// The last entry; the end when absent.
    until: Option<i64>,
}

/// A signed copy of the log: JSON Lines, the last one with its SM3 and SM2 signature. Needs an open reading, and is
/// itself recorded. `shuzheng audit check-export` checks it without the platform.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", params(ExportParameters),
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = "4XX", body = ProblemView)))]
pub async fn export(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<ExportParameters>,
) -> Result<Response, Problem> {
    let _permit = cx.permit(Action::ExportAudit, &Scope::Platform)?;
    let until = cx.store().settings().get(&reading_key(&cx)).await?.and_then(|text| text.parse().ok());
    if until.is_none_or(|until: i64| until <= cx.now().as_millis()) {
        return Err(Problem::invalid("open a reading with a reason before taking a copy out"));
    }
    let key = crate::wiring::audit_key(cx.store().folder(), cx.entropy()).map_err(|error| {
        tracing::error!(%error, "the key of the audit log cannot be read");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "http.internal", "the signing key cannot be read")
    })?;
    let range = CopyRange { from: parameters.from, until: parameters.until };
    let text = app.platform.store.audit().signed_copy(&key, range, &cx.actor().label()).await?;
    let record = cx.record(
        Deed::AuditExported,
        "audit".to_owned(),
        json!({ "from": parameters.from, "until": parameters.until, "digest": store::sm3_hex(text.as_bytes()) }),
    );
    let tx = cx.store().begin().await?;
    cx.store().audit().append(&tx, record).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, text).into_response())
}

/// Verify the chain from its first entry to its last.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit",
    responses((status = 200, body = ChainView), (status = "4XX", body = ProblemView)))]
pub async fn verify(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<ChainView>, Problem> {
    let _permit = cx.permit(Action::VerifyAudit, &Scope::Platform)?;
    let begun = Instant::now();
    let report = app.platform.verify_audit(&cx).await?;
    Ok(axum::Json(ChainView::of(report, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))))
}

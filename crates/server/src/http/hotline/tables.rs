//! Work orders as tables: into a file, and from one.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hotline::import::csv_line;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::App;
use crate::http::body::Query;
use crate::http::caller::Person;
use crate::http::hotline::orders::OrdersParameters;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::hotline::OrderView;

/// The most lines of one file.
const MOST_LINES: u64 = 10_000;

/// Work orders as a CSV file for a spreadsheet: what the list shows, callers masked.
#[utoipa::path(get, path = "/api/v1/hotline/export", tag = "hotline", params(OrdersParameters),
    responses((status = 200, content_type = "text/csv", body = String), (status = "4XX", body = ProblemView)))]
pub async fn export(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
    Query(parameters): Query<OrdersParameters>,
) -> Result<Response, Problem> {
    let hotline = &app.platform.hotline;
    let language = language(&headers);
    let (filter, mut after, _) = parameters.filter(cx.now())?;
    // The mark by which spreadsheets know UTF-8.
    let mut text = String::from("\u{feff}");
    text += &csv_line(&[
        "number",
        "received_at",
        "kind",
        "urgency",
        "summary",
        "content",
        "region",
        "place",
        "category",
        "responsible",
        "stand",
        "due",
        "late",
        "repeats",
        "name",
        "phone",
        "satisfaction",
    ]);
    loop {
        let page = hotline.orders(&cx, &filter, after, hotline::orders::PAGE).await?;
        for (order, caller) in &page.items {
            let view = OrderView::of(hotline, &cx, order, hotline.shown(&cx, order, caller), language);
            text += &csv_line(&[
                &view.number,
                &view.received_at,
                &view.kind,
                &view.urgency,
                &view.summary,
                &view.content,
                view.place.region.as_deref().unwrap_or_default(),
                &format!("{}{}", view.place.name, view.place.detail),
                &view.category.as_ref().map(|category| category.path.join("/")).unwrap_or_default(),
                view.responsible.as_ref().map_or("", |department| department.name.as_str()),
                &view.stand,
                view.clock.as_ref().map_or("", |clock| clock.due.as_str()),
                if view.late { "yes" } else { "" },
                &view.repeats.to_string(),
                view.caller.name.as_deref().unwrap_or_default(),
                view.caller.phone.as_deref().unwrap_or_default(),
                &view.callback.as_ref().map(|callback| callback.satisfaction.to_string()).unwrap_or_default(),
            ]);
        }
        match page.next.filter(|next| *next < MOST_LINES) {
            Some(next) => after = next,
            None => break,
        }
    }
    let name = "attachment; filename=\"hotline-orders.csv\"";
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

/// How to bring a table in.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ImportParameters {
    /// Only say what would come of it.
    dry: bool,
}

/// What is wrong with one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineProblemView {
    /// The line of the file, from 1.
    pub line: usize,
    /// The column; empty when the whole line is meant.
    pub column: String,
    /// What is wrong, as a code.
    pub code: String,
    /// What exactly.
    pub message: String,
}

/// What came of a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedView {
    /// How many work orders were made.
    pub imported: usize,
    /// How many lines are sound.
    pub sound: usize,
    /// What is wrong with the others.
    pub problems: Vec<LineProblemView>,
}

/// Bring work orders in from a CSV table (UTF-8). Lines that are wrong are named and left out.
#[utoipa::path(post, path = "/api/v1/hotline/import", tag = "hotline", params(ImportParameters),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportedView), (status = "4XX", body = ProblemView)))]
pub async fn import(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<ImportParameters>,
    body: Bytes,
) -> Result<axum::Json<ImportedView>, Problem> {
    let done = Box::pin(app.platform.hotline.import(&cx, &body, parameters.dry)).await?;
    let problem = |p: hotline::import::LineProblem| LineProblemView {
        line: p.line,
        column: p.column,
        code: p.code,
        message: p.message,
    };
    Ok(axum::Json(ImportedView {
        imported: done.orders.len(),
        sound: done.sound,
        problems: done.problems.into_iter().map(problem).collect(),
    }))
}

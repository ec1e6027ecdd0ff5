//! Export: a released answer as a file that carries its labels (GB 45438—2025).

use assistant::{Run, RunStatus};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use documents::{AigcLabel, Block, BlockStyle, Paper, PaperFormat};
use kernel::ids::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::App;
use crate::http::body::{Id, Query};
use crate::http::caller::Anyone;
use crate::http::problem::{Problem, ProblemView, language};
use crate::http::runs::view_of;
use crate::views::run::RunView;

/// In which format.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExportParameters {
    /// `docx`, `pdf`, `ofd` or `md`.
    format: String,
}

/// A released answer as a file, with the visible label on each page and the implicit one in its metadata.
#[utoipa::path(get, path = "/api/v1/runs/{id}/export", tag = "ask", params(("id" = String, Path), ExportParameters),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "4XX", body = ProblemView)))]
pub async fn export(
    State(app): State<App>,
    caller: Anyone,
    headers: HeaderMap,
    Id(id): Id<RunId>,
    Query(parameters): Query<ExportParameters>,
) -> Result<Response, Problem> {
    let Some(format) = PaperFormat::of(&parameters.format) else {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "http.bad_field",
            format!("`format`: `{}` is none of docx, md, ofd, pdf", parameters.format),
        ));
    };
    let run = app.platform.assistant.run(&caller.cx, &id).await?;
    if run.status != RunStatus::Released {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "assistant.not_released",
            "only a released answer can be exported",
        ));
    }
    let view = view_of(&app, &caller.cx, &run, language(&headers)).await?;
    let bytes = paper(&run, view).write(format).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as a file");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "http.internal", "internal error")
    })?;
    let name = format!("attachment; filename=\"{id}.{}\"", format.as_str());
    Ok(([(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

/// The view of a released run as a paper: the answer, the notices, and the citations with their words.
fn paper(run: &Run, view: RunView) -> Paper {
    let aigc = view.label.aigc;
    let mut blocks = vec![Block::new(BlockStyle::Body, view.answer)];
    blocks.extend(view.notices.into_iter().map(|notice| Block::new(BlockStyle::Small, notice.text)));
    for citation in view.citations {
        blocks.push(Block::new(
            BlockStyle::Small,
            format!("[{}] 《{}》{}", citation.n, citation.document, citation.label),
        ));
        blocks.push(Block::new(BlockStyle::Quote, citation.quote));
    }
    Paper {
        title: view.question,
        blocks,
        notice: view.label.text,
        label: AigcLabel {
            label: aigc.label,
            content_producer: aigc.content_producer,
            produce_id: aigc.produce_id,
            reserved_code_1: aigc.reserved_code_1,
            content_propagator: aigc.content_propagator,
            propagate_id: aigc.propagate_id,
            reserved_code_2: aigc.reserved_code_2,
        },
        date: run.asked_at.date().to_string(),
    }
}

//! How the platform is.

use axum::extract::State;
use identity::{Action, Scope};

use crate::anchoring::AnchorState;
use crate::http::App;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::run::word;
use crate::views::system::{AnchorView, AuditStateView, IndexView, JobsView, ModelStateView, StoreView, SystemView};

/// The state of the store, the index, the jobs, the audit chain, the models and the machine.
#[utoipa::path(get, path = "/api/v1/system/status", tag = "system",
    responses((status = 200, body = SystemView), (status = "4XX", body = ProblemView)))]
pub async fn status(State(app): State<App>, Person(cx): Person) -> Result<axum::Json<SystemView>, Problem> {
    let _permit = cx.permit(Action::ReadSystem, &Scope::Platform)?;
    let platform = &app.platform;
    let store = platform.store.status().await;
    let jobs = platform.store.jobs().counts().await?;
    let (entries, _) = platform.store.audit().head().await?;
    let index = platform.knowledge.index_status().await?;
    let verified = platform.last_verification();
    let models = platform.assistant.models().health().await;
    Ok(axum::Json(SystemView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.started_at.to_string(),
        uptime_secs: cx.now().millis_since(app.started_at) / 1000,
        store: StoreView { engine: word(&store.engine), size_bytes: store.size_bytes, ok: store.ok },
        index: IndexView {
            articles: index.articles,
            up_to_date: index.up_to_date,
            has_vectors: index.has_vectors,
            memory_bytes: index.memory_bytes,
        },
        jobs: JobsView { queued: jobs.queued, running: jobs.running, failed: jobs.failed },
        audit: AuditStateView {
            entries,
            ok: verified.as_ref().map(|(_, report)| report.ok),
            verified_at: verified.map(|(at, _)| at.to_string()),
            anchors: platform.anchors.states().into_iter().map(anchor).collect(),
        },
        models: models
            .into_iter()
            .map(|(model, health)| ModelStateView {
                id: model.id,
                name: model.name,
                name_en: model.name_en,
                backend: word(&model.backend),
                health: word(&health),
                level: model.level.to_string(),
                filing_number: model.filing_number,
            })
            .collect(),
        memory_bytes: crate::wiring::memory_bytes(),
        disk_free_bytes: store.disk_free_bytes,
        sessions: platform.identity.open_sessions().await?,
    }))
}

fn anchor((to, state): (&'static str, AnchorState)) -> AnchorView {
    AnchorView {
        to: to.to_owned(),
        done_at: state.done_at.map(|at| at.to_string()),
        failed_at: state.failed_at.map(|at| at.to_string()),
        problem: state.problem.map(str::to_owned),
    }
}

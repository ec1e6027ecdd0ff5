//! Views of the machine.

use serde::Serialize;
use utoipa::ToSchema;

/// The database.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreView {
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The size of the database.
    pub size_bytes: u64,
    /// Whether it answers and is sound.
    pub ok: bool,
}

/// The retrieval index.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexView {
    /// How many articles it holds.
    pub articles: u64,
    /// Whether it has followed every change.
    pub up_to_date: bool,
    /// Whether its vectors are of the present model; else searches are by words while it is built again.
    pub has_vectors: bool,
    /// What it takes in memory, in bytes.
    pub memory_bytes: u64,
}

/// Jobs that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsView {
    /// Waiting.
    pub queued: u64,
    /// With a worker.
    pub running: u64,
    /// Given up.
    pub failed: u64,
}

/// The audit chain, as last verified.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditStateView {
    /// How many entries there are.
    pub entries: i64,
    /// Whether the last verification found it whole; `null` before the first one.
    pub ok: Option<bool>,
    /// When that was.
    pub verified_at: Option<String>,
    /// How the head last fared at each place outside, since this server started.
    pub anchors: Vec<AnchorView>,
}

/// A place outside that keeps the head of the audit chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnchorView {
    /// `file` or `webhook`.
    pub to: String,
    /// When it last took the head.
    pub done_at: Option<String>,
    /// When it last did not.
    pub failed_at: Option<String>,
    /// The code of what stood in the way, until it takes the head again.
    pub problem: Option<String>,
}

/// A model and whether it answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelStateView {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// `extractive` or `openai`.
    pub backend: String,
    /// `up` or `down`.
    pub health: String,
    /// The highest level of text it may read.
    pub level: String,
    /// Its filing number.
    pub filing_number: Option<String>,
}

/// How the platform is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemView {
    /// The version of the binary.
    pub version: String,
    /// When this server started.
    pub started_at: String,
    /// Seconds since then.
    pub uptime_secs: i64,
    /// The database.
    pub store: StoreView,
    /// The retrieval index.
    pub index: IndexView,
    /// Jobs.
    pub jobs: JobsView,
    /// The audit chain.
    pub audit: AuditStateView,
    /// The models.
    pub models: Vec<ModelStateView>,
    /// Memory this server uses.
    pub memory_bytes: u64,
    /// Free space on the disk of the data folder.
    pub disk_free_bytes: u64,
    /// Open sessions.
    pub sessions: u64,
}

//! `shuzheng knowledge`: import, search and answer at the machine, without a server.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use assistant::RunNotice;
use assistant::phrases::Language;
use clap::{Args, Subcommand};
use identity::{Action, Cx, Permit};
use kernel::ids::CollectionId;
use kernel::{Clock, DataLevel, Date, Entropy, Region};
use knowledge::{ImportFile, Imported, LineImport, NewCollection, Retrieval, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::cli::batch::{self, BatchArgs, LineError};
use crate::cli::{DataArgs, print, runtime, say};
use crate::config::Config;
use crate::views::knowledge::source_id;
use crate::views::run::NoticeView;
use crate::wiring::Platform;

/// What to do with knowledge.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import files into a collection; a collection that does not exist is made.
    Import(Import),
    /// Search a collection.
    Search(Search),
    /// Answer from a collection with the built-in extractive backend, or refuse.
    Answer(Answer),
    /// Let an embedding endpoint make a collection's vectors, or our own model again.
    Embedding(Embedding),
    /// Print the questions that people marked with their answers, as `models train-embedding --pairs` reads them.
    Pairs(Pairs),
}

impl Command {
    /// Runs it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Import(import) => import.run(),
            Self::Search(search) => search.run(),
            Self::Answer(answer) => answer.run(),
            Self::Embedding(embedding) => embedding.run(),
            Self::Pairs(pairs) => pairs.run(),
        }
    }
}

/// The platform at the machine, acting for itself.
struct Bench {
    runtime: Runtime,
    platform: Platform,
    cx: Cx,
}

impl Bench {
    fn open(data: &DataArgs, reason: &str) -> anyhow::Result<Self> {
        let config = Config::load(data.config.as_deref())?;
        let runtime = runtime()?;
        let (platform, cx) = runtime.block_on(async {
            let platform = Platform::open(&data.data, &config, Clock::system(), Entropy::system()).await?;
            let cx = Cx::system(&platform.store, reason).await?;
            platform.knowledge.follow().await?;
            Ok::<_, anyhow::Error>((platform, cx))
        })?;
        let bench = Self { runtime, platform, cx };
        bench.embed()?;
        Ok(bench)
    }

    fn permit(&self, action: Action, id: &CollectionId) -> anyhow::Result<Permit> {
        let collection = self.platform.knowledge.collection(id)?;
        Ok(self.cx.permit(action, &collection.scope())?)
    }

    /// Gets articles the vectors that they wait for. That an endpoint is silent is no failure: the server asks again.
    fn embed(&self) -> anyhow::Result<()> {
        match self.runtime.block_on(Box::pin(self.platform.knowledge.embed_waiting())) {
            Ok(_) => Ok(()),
            Err(error @ knowledge::Error::Embedding(_)) => {
                say(&format!("{error}; searches are by words until it does"));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn close(self) {
        self.runtime.block_on(self.platform.store.close());
    }
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).map_err(|error| error.to_string())
}

fn collection_id(text: &str) -> Result<CollectionId, String> {
    CollectionId::parse(text).map_err(|error| error.to_string())
}

/// Import files.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    data: DataArgs,
    /// The collection.
    #[arg(long, value_parser = collection_id)]
    collection: CollectionId,
    /// The level of a collection that is made: public, internal or sensitive.
    #[arg(long, default_value = "public", value_parser = |text: &str| DataLevel::parse(text).ok_or("public, internal or sensitive"))]
    level: DataLevel,
    /// The embedding endpoint of a collection that is made, as the configuration names it; our own model when absent.
    #[arg(long)]
    embedding: Option<String>,
    /// Files of any supported format, or `.jsonl` and `.jsonl.gz` with one article a line.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct ImportLine {
    documents: u64,
    articles: u64,
    skipped: u64,
    failed: u64,
    seconds: f64,
}

impl Import {
    fn run(self) -> anyhow::Result<ExitCode> {
        let begun = Instant::now();
        let bench = Bench::open(&self.data, "import at the machine")?;
        let mut total = Imported::default();
        let mut plain = Vec::new();
        if bench.platform.knowledge.collection(&self.collection).is_err() {
            let new = NewCollection {
                id: self.collection.clone(),
                name: self.collection.to_string(),
                description: String::new(),
                department: None,
                level: self.level,
                region: Region::country(),
                embedding: self.embedding.clone(),
            };
            let permit = bench.cx.permit(Action::ManageCollections, &new.scope())?;
            bench.runtime.block_on(bench.platform.knowledge.create_collection(&bench.cx, &permit, new))?;
        }
        let permit = bench.permit(Action::ImportDocuments, &self.collection)?;
        for path in &self.files {
            if is_lines(path) {
                let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                let lines = LineImport::new(name, Box::new(BufReader::with_capacity(1 << 20, file)));
                let import = bench.platform.knowledge.import_lines(&bench.cx, &permit, &self.collection, lines);
                add(&mut total, bench.runtime.block_on(import)?);
            } else {
                match std::fs::read(path) {
                    Ok(bytes) => plain.push(ImportFile {
                        name: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
                        bytes: bytes.into(),
                    }),
                    Err(error) => {
                        total.failed += 1;
                        say(&format!("`{}`: {error}", path.display()));
                    }
                }
            }
        }
        if !plain.is_empty() {
            let import = bench.platform.knowledge.import_files(&bench.cx, &permit, &self.collection, plain);
            add(&mut total, bench.runtime.block_on(import)?);
        }
        for problem in &total.problems {
            say(&format!("{}: {} ({})", problem.place, problem.message, problem.code));
        }
        bench.embed()?;
        let line = ImportLine {
            documents: total.documents,
            articles: total.articles,
            skipped: total.skipped,
            failed: total.failed,
            seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        };
        bench.close();
        print(&serde_json::to_string(&line)?)?;
        Ok(if total.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn is_lines(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
}

fn add(total: &mut Imported, more: Imported) {
    total.documents += more.documents;
    total.articles += more.articles;
    total.skipped += more.skipped;
    total.failed += more.failed;
    total.problems.extend(more.problems);
}

/// Search a collection.
#[derive(Debug, Args)]
pub struct Search {
    #[command(flatten)]
    data: DataArgs,
    /// The collection.
    #[arg(long, value_parser = collection_id)]
    collection: CollectionId,
    /// How many articles at most.
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// The date whose law counts, YYYY-MM-DD, for lines that name none; today when absent.
    #[arg(long)]
    as_of: Option<Date>,
    /// Only what applies in this division, a code of six digits.
    #[arg(long, value_parser = region)]
    region: Option<Region>,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    id: Value,
    query: String,
    #[serde(default)]
    as_of: Option<Date>,
}

#[derive(Serialize)]
struct HitsLine {
    id: Value,
    hits: Vec<HitLine>,
    notices: Vec<RunNotice>,
}

#[derive(Serialize)]
struct HitLine {
    article_id: String,
    source_id: Option<Value>,
    document: String,
    label: String,
    score: f32,
    text: String,
    status: Status,
    from: Option<Date>,
    until: Option<Date>,
}

impl Search {
    fn run(self) -> anyhow::Result<ExitCode> {
        let bench = Bench::open(&self.data, "search at the machine")?;
        let permit = bench.permit(Action::Search, &self.collection)?;
        let code = batch::run(&self.batch, |line: QueryLine| {
            let as_of = line.as_of.or(self.as_of);
            let region = self.region.clone();
            let retrieval = Retrieval { as_of, region, ..Retrieval::of(vec![self.collection.clone()], self.top) };
            let find = bench.platform.knowledge.find(&bench.cx, &permit, &line.query, &retrieval);
            let found = bench.runtime.block_on(Box::pin(find))?;
            let notices = assistant::notices_of_search(&found.notices);
            let hits = found.passages.into_iter().map(|passage| HitLine {
                article_id: passage.article_id.to_string(),
                source_id: passage.source_id.map(|id| source_id(&id)),
                document: passage.document,
                label: passage.label,
                score: passage.score,
                text: passage.text,
                status: passage.validity.status,
                from: passage.validity.from,
                until: passage.validity.until,
            });
            Ok(HitsLine { id: line.id, hits: hits.collect(), notices })
        })?;
        bench.close();
        Ok(code)
    }
}

/// Answer from a collection.
#[derive(Debug, Args)]
pub struct Answer {
    #[command(flatten)]
    data: DataArgs,
    /// The collection.
    #[arg(long, value_parser = collection_id)]
    collection: CollectionId,
    /// The date whose law counts, YYYY-MM-DD, for lines that name none; today when absent.
    #[arg(long)]
    as_of: Option<Date>,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionLine {
    id: Value,
    question: String,
    #[serde(default)]
    as_of: Option<Date>,
}

#[derive(Serialize)]
struct AnswerLine {
    id: Value,
    status: &'static str,
    answer: String,
    citations: Vec<CitationLine>,
    reason: Option<String>,
    notices: Vec<NoticeView>,
}

#[derive(Serialize)]
struct CitationLine {
    article_id: String,
    source_id: Option<Value>,
    document: String,
    label: String,
    quote: String,
    status: Status,
    from: Option<Date>,
    until: Option<Date>,
}

impl Answer {
    fn run(self) -> anyhow::Result<ExitCode> {
        let bench = Bench::open(&self.data, "answer at the machine")?;
        let permit = bench.permit(Action::Search, &self.collection)?;
        let rehearsal = assistant::Rehearsal::new(&self.collection)?;
        let code = batch::run(&self.batch, |line: QuestionLine| -> Result<AnswerLine, LineError> {
            let outcome = bench.runtime.block_on(bench.platform.assistant.rehearse(
                &bench.cx,
                &permit,
                &rehearsal,
                &line.question,
                line.as_of.or(self.as_of),
            ))?;
            let phrases = &bench.platform.phrases;
            let notice =
                |notice: RunNotice| NoticeView { text: phrases.notice(&notice, Language::Chinese), code: notice.code };
            let refused = outcome.refusal;
            let citations = outcome.citations.into_iter().map(|(citation, source)| CitationLine {
                article_id: citation.article_id.to_string(),
                source_id: source.map(|id| source_id(&id)),
                document: citation.document,
                label: citation.label,
                quote: citation.quote,
                status: citation.validity.status,
                from: citation.validity.from,
                until: citation.validity.until,
            });
            Ok(AnswerLine {
                id: line.id,
                status: if refused.is_some() { "refused" } else { "answered" },
                answer: outcome.answer,
                citations: citations.collect(),
                reason: refused,
                notices: outcome.notices.into_iter().map(notice).collect(),
            })
        })?;
        bench.close();
        Ok(code)
    }
}

/// Which model makes a collection's vectors.
#[derive(Debug, Args)]
pub struct Embedding {
    #[command(flatten)]
    data: DataArgs,
    /// The collection.
    #[arg(long, value_parser = collection_id)]
    collection: CollectionId,
    /// The endpoint, as the configuration names it; our own model when absent.
    #[arg(long)]
    endpoint: Option<String>,
}

impl Embedding {
    fn run(self) -> anyhow::Result<ExitCode> {
        let bench = Bench::open(&self.data, "embedding at the machine")?;
        let permit = bench.permit(Action::ManageCollections, &self.collection)?;
        let set =
            bench.platform.knowledge.set_embedding(&bench.cx, &permit, &self.collection, self.endpoint.as_deref());
        bench.runtime.block_on(Box::pin(set))?;
        bench.embed()?;
        let has_vectors = bench.runtime.block_on(bench.platform.knowledge.index_status())?.has_vectors;
        bench.close();
        print(&serde_json::json!({ "embedding": self.endpoint, "has_vectors": has_vectors }).to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The marks of the retrieval test.
#[derive(Debug, Args)]
pub struct Pairs {
    #[command(flatten)]
    data: DataArgs,
    /// The collection.
    #[arg(long, value_parser = collection_id)]
    collection: CollectionId,
}

impl Pairs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let bench = Bench::open(&self.data, "training pairs at the machine")?;
        let permit = bench.permit(Action::ImportDocuments, &self.collection)?;
        let pairs = bench.platform.knowledge.training_pairs(&bench.cx, &permit, &self.collection);
        let pairs = bench.runtime.block_on(Box::pin(pairs))?;
        bench.close();
        for pair in pairs {
            print(&serde_json::json!({ "query": pair.query, "positive": pair.positive }).to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

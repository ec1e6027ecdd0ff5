//! What the platform costs on this machine: `cargo xtask bench [--binary FILE]`, printed as a Markdown table for docs/benchmarks.md.

pub(crate) mod documents;
pub(crate) mod llama;
pub(crate) mod matching;
pub(crate) mod overload;
pub(crate) mod search;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Client;
use crate::launch::{DemoServer, Scratch};
use crate::repo;
use crate::step::{cargo, output, run};

const QUESTIONS: &str = "evals/demo/questions.jsonl";
const PASSWORD: &str = "Shuzheng#2026";
const ASKS: usize = 300;
const SEARCHES: usize = 3000;

/// A question of `evals/demo/questions.jsonl`, with the article that answers it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoQuestion {
    pub(crate) scenario: String,
    pub(crate) question: String,
    pub(crate) document: String,
    pub(crate) label: String,
}

/// The committed questions.
pub(crate) fn questions() -> Result<Vec<DemoQuestion>> {
    let text = std::fs::read_to_string(repo::root().join(QUESTIONS)).context(QUESTIONS)?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("{QUESTIONS}: `{line}`"))).collect()
}

/// The given binary, or a freshly built release one.
pub(crate) fn release_binary(given: Option<&str>) -> Result<PathBuf> {
    if let Some(given) = given {
        let path = std::fs::canonicalize(given).with_context(|| format!("no binary `{given}`"))?;
        return Ok(path);
    }
    run(&mut cargo(&["build", "--release", "--locked", "--package", "server", "--bin", "shuzheng"]))?;
    Ok(repo::target()?.join("release/shuzheng"))
}

/// Measures and prints.
pub(crate) fn bench(given: Option<&str>) -> Result<()> {
    let binary = release_binary(given)?;
    let questions = questions()?;
    let scratch = Scratch::new("bench")?;
    let data = scratch.folder("data")?;
    let mut table = Table::default();

    let config = unlimited(&scratch, &data)?;
    let start = || DemoServer::start_with(&binary, &data, &["--config", &config]);

    let server = start()?;
    table.row("start with an empty folder, demo agency loaded", &millis(server.ready_in));
    server.stop()?;
    let server = start()?;
    table.row("start with the demo data there", &millis(server.ready_in));
    std::thread::sleep(Duration::from_secs(5));
    table.row("memory, idle 5 s after the start", &megabytes(server.resident_bytes()?));
    let asked = ask(&server, &questions)?;
    table.row(&format!("`POST /ask`, {ASKS} demo questions, median"), &millis(at(&asked, 0.5)));
    table.row(&format!("`POST /ask`, {ASKS} demo questions, 99th percentile"), &millis(at(&asked, 0.99)));
    table.row("memory, idle after the questions", &megabytes(server.resident_bytes()?));
    server.stop()?;

    let fresh = scratch.folder("import")?;
    let files = markdown(&repo::root().join("demo/laws"))?;
    let begun = Instant::now();
    let printed = output(
        Command::new(&binary).args(["knowledge", "import", "--collection", "laws", "--data"]).arg(&fresh).args(&files),
    )?;
    let took = begun.elapsed();
    let last: Value =
        serde_json::from_str(printed.lines().last().unwrap_or("")).context("import printed no figures")?;
    let articles = last.get("articles").and_then(Value::as_u64).context("import printed no `articles`")?;
    let speed = articles as f64 / took.as_secs_f64();
    table.row(
        &format!("`knowledge import`, {} laws, {articles} articles", files.len()),
        &format!("{:.1} s, {speed:.0} articles/s", took.as_secs_f64()),
    );

    let lines: String = (0..SEARCHES)
        .zip(questions.iter().cycle())
        .map(|(id, asked)| json!({ "id": id.to_string(), "query": asked.question }).to_string() + "\n")
        .collect();
    let begun = Instant::now();
    let found =
        piped(&binary, &["knowledge", "search", "--collection", "laws", "--top", "10", "--data"], &fresh, &lines)?;
    let took = begun.elapsed();
    ensure!(found.lines().count() == SEARCHES, "search answered {} of {SEARCHES} lines", found.lines().count());
    let speed = SEARCHES as f64 / took.as_secs_f64();
    table.row(&format!("`knowledge search`, {SEARCHES} questions, all cores"), &format!("{speed:.0} questions/s"));

    table.print(&binary)?;
    search::search(&repo::root().join("../shared"), false)
}

/// The model gateway beside a bare proxy and its peers: a program of its own, built only for this.
pub(crate) fn gateway(options: &[&str]) -> Result<()> {
    let given = options.iter().position(|word| *word == "--binary").and_then(|at| options.get(at + 1).copied());
    let binary = release_binary(given)?;
    let rest: Vec<&str> = options.iter().copied().filter(|word| *word != "--binary" && Some(*word) != given).collect();
    let build = [
        "run",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "xtask",
        "--features",
        "gateway",
        "--bin",
        "gateway-bench",
        "--",
        "run",
    ];
    run(cargo(&build).arg(&binary).args(rest))
}

/// The limits that protect a server would slow a measurement down: scenarios of the data folder's own without them, and
/// a configuration that lets one address ask often.
fn unlimited(scratch: &Scratch, data: &Path) -> Result<String> {
    for entry in std::fs::read_dir(repo::root().join("scenarios"))? {
        let folder = entry?.path();
        let own = data.join("scenarios").join(folder.file_name().unwrap_or_default());
        std::fs::create_dir_all(&own)?;
        for entry in std::fs::read_dir(&folder)? {
            let file = entry?.path();
            let text = std::fs::read_to_string(&file)?;
            let raised = text.lines().map(|line| match line.split_once('=') {
                Some((key, _)) if key.trim() == "questions_per_minute" => "questions_per_minute = 1000000".to_owned(),
                _ => line.to_owned(),
            });
            std::fs::write(
                own.join(file.file_name().unwrap_or_default()),
                raised.collect::<Vec<_>>().join("\n") + "\n",
            )?;
        }
    }
    let limits = std::fs::read_to_string(repo::root().join("policies/limits.toml"))?;
    let mut section = String::new();
    let mut raised = String::new();
    for line in limits.lines() {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        }
        let counts =
            ["[requests]", "[questions]", "[concurrent]", "[tokens]", "[duplicates]"].contains(&section.as_str());
        match line.split_once('=').filter(|_| counts && !line.starts_with('#')) {
            Some((key, _)) => raised += &format!("{key}= 1000000000\n"),
            None => raised += &format!("{line}\n"),
        }
    }
    let policies = data.join("policies");
    std::fs::create_dir_all(&policies)?;
    std::fs::write(policies.join("limits.toml"), raised)?;
    let config = scratch.folder("config")?.join("shuzheng.toml");
    std::fs::write(&config, "[server]\nquestions_per_minute_per_address = 1000000\n")?;
    Ok(config.display().to_string())
}

/// The times of `ASKS` questions over one connection, sorted.
fn ask(server: &DemoServer, questions: &[DemoQuestion]) -> Result<Vec<Duration>> {
    let mut client = Client::connect(&server.address)?;
    client.login("clerk", PASSWORD)?;
    let mut times = Vec::with_capacity(ASKS);
    for asked in questions.iter().cycle().take(ASKS) {
        let body = json!({ "scenario": asked.scenario, "question": asked.question });
        let begun = Instant::now();
        client.post("/api/v1/ask", &body)?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times)
}

/// Runs a batch command with `input` on its standard input.
pub(crate) fn piped(binary: &Path, args: &[&str], data: &Path, input: &str) -> Result<String> {
    let mut child = Command::new(binary)
        .args(args)
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", binary.display()))?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("writing the questions failed"))??;
    ensure!(output.status.success(), "`{}` ended with {}", args.join(" "), output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// The Markdown files of a folder, sorted.
pub(crate) fn markdown(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn at(sorted: &[Duration], share: f64) -> Duration {
    let index = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(index).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

#[derive(Default)]
struct Table {
    rows: Vec<(String, String)>,
}

impl Table {
    fn row(&mut self, what: &str, measured: &str) {
        eprintln!("{what}: {measured}");
        self.rows.push((what.to_owned(), measured.to_owned()));
    }

    fn print(&self, binary: &Path) -> Result<()> {
        let version = output(Command::new(binary).arg("--version"))?;
        let commit = output(Command::new("git").args(["rev-parse", "--short", "HEAD"]))?;
        let day = output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
        println!("\n## {}, {}, {}\n", day.trim(), version.trim(), commit.trim());
        println!("Machine: {}.\n", machine()?);
        println!("| what | measured |\n|---|---|");
        for (what, measured) in &self.rows {
            println!("| {what} | {measured} |");
        }
        Ok(())
    }
}

fn machine() -> Result<String> {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown CPU", |m| m.1);
    let cores = std::thread::available_parallelism()?;
    let meminfo = std::fs::read_to_string("/proc/meminfo")?;
    let kilobytes: u64 = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0);
    Ok(format!("{model}, {cores} cores, {} GB", kilobytes / 1_000_000))
}

//! Our own tools: `cargo xtask <what>`. Plain functions over files and programs, with few dependencies so that they start fast.

mod bench;
mod ci;
mod clients;
mod demo;
mod e2e;
mod evals;
mod examples;
mod folds;
mod hotline;
mod http;
mod launch;
mod learning;
mod llama;
mod openapi;
mod repo;
mod screens;
mod step;
mod tidy;
mod validity;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask ci [--keep-going]   everything CI runs, each step with its time
cargo xtask fast                fmt, tidy, clippy and tests of the crates that differ from main
cargo xtask tidy                the house rules that no compiler checks
cargo xtask openapi [--write]   compares api/openapi.json with the server, or rewrites it
cargo xtask demo [--shared DIR] rebuilds demo/ from the data folder beside the repository
cargo xtask e2e                 browser journeys against a freshly built server
cargo xtask examples [--binary F]  runs the examples of the READMEs against the built server
cargo xtask bench [--binary F]  start, answers, memory, import, search: a table for docs/benchmarks.md
cargo xtask bench matching [--binary F]   100,000 enterprises with 1,000 policies
cargo xtask bench overload [--binary F]   what is served at ten times the capacity, by importance
cargo xtask bench gateway [--binary F] [--seconds N] [--peers] [--only requests|streams|kill]   the model gateway beside a bare proxy and, with --peers, LiteLLM, Portkey and nginx; 1,000 open streams; one of two servers killed
cargo xtask bench llama [--threads N]   a model in this process beside llama.cpp's own server, one and eight answers, change of adapters
cargo xtask clients [--binary F]  the official OpenAI clients for Python and Node against the gateway
cargo xtask bench documents [--python F] [--shared DIR]   reading speed and what is kept, beside other readers
cargo xtask bench search [--large] [--shared DIR]   import and search over 64,322 articles, and with --large over a million, beside the figures to reach
cargo xtask bench review [--day-secs N] [--items N]   a simulated day of 200 reviewers on each store engine
cargo xtask bench guard         speed of the guard on one core, against what is to be reached
cargo xtask evals guard [identifiers|names|screen|risk|unseen|speed|hotline]   figures of the guard beside a baseline
cargo xtask screens [words|risk|screen]   rebuilds the keyword library and trains the guard's classifiers
cargo xtask train-embedding [--binary F] [--shared DIR] [--output F] [--report-folds]   the weights that ship, from their recipe
cargo xtask bench verify        claim-evidence pairs a second, and what an answer of five claims costs
cargo xtask evals [--binary F] [--shared DIR] [--part demo|statutes|validity|hotline|verification|folds]   measured quality; folds retrains the embedding five times
cargo xtask successors [--shared DIR]   rewrites the list of laws that are gone from their repeal clauses
";

fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    std::env::set_current_dir(repo::root())?;
    let (what, rest) = match args.split_first() {
        Some((what, rest)) => (what.as_str(), rest.iter().map(String::as_str).collect::<Vec<_>>()),
        None => ("help", Vec::new()),
    };
    match (what, rest.as_slice()) {
        ("ci", []) => ci::ci(false),
        ("ci", ["--keep-going"]) => ci::ci(true),
        ("fast", []) => ci::fast(),
        ("tidy", []) => tidy::tidy(),
        ("openapi", []) => openapi::compare(),
        ("openapi", ["--write"]) => openapi::write(),
        ("demo", []) => demo::demo(&repo::root().join("../shared")),
        ("demo", ["--shared", folder]) => demo::demo(std::path::Path::new(folder)),
        ("e2e", []) => e2e::e2e(),
        ("examples", []) => examples::examples(None),
        ("examples", ["--binary", binary]) => examples::examples(Some(binary)),
        ("bench", []) => bench::bench(None),
        ("bench", ["--binary", binary]) => bench::bench(Some(binary)),
        ("bench", ["review", options @ ..]) => {
            let line =
                [&["run", "--release", "--locked", "--package", "review", "--example", "concurrency", "--"], options];
            step::run(&mut step::cargo(&line.concat()))
        }
        ("bench", ["matching"]) => bench::matching::matching(None),
        ("bench", ["matching", "--binary", binary]) => bench::matching::matching(Some(binary)),
        ("bench", ["overload"]) => bench::overload::overload(None),
        ("bench", ["overload", "--binary", binary]) => bench::overload::overload(Some(binary)),
        ("bench", ["gateway", options @ ..]) => bench::gateway(options),
        ("bench", ["llama"]) => bench::llama::llama("2"),
        ("bench", ["llama", "--threads", threads]) => bench::llama::llama(threads),
        ("clients", []) => clients::clients(None),
        ("clients", ["--binary", binary]) => clients::clients(Some(binary)),
        ("bench", ["documents", options @ ..]) => {
            let (python, shared) = match options {
                [] => (None, None),
                ["--python", python] => (Some(*python), None),
                ["--shared", shared] => (None, Some(*shared)),
                ["--python", python, "--shared", shared] => (Some(*python), Some(*shared)),
                _ => bail!("unknown option\n{USAGE}"),
            };
            let shared = shared.map_or_else(|| repo::root().join("../shared"), std::path::PathBuf::from);
            bench::documents::documents(python, &shared)
        }
        ("bench", ["verify"]) => screens::verification(&["speed"]),
        ("bench", ["search", options @ ..]) => {
            let is_large = options.contains(&"--large");
            let named: Vec<&str> = options.iter().copied().filter(|word| *word != "--large").collect();
            let shared = match named.as_slice() {
                [] => repo::root().join("../shared"),
                ["--shared", shared] => std::path::PathBuf::from(shared),
                _ => bail!("unknown option\n{USAGE}"),
            };
            bench::search::search(&shared, is_large)
        }
        ("bench", ["guard"]) => screens::bench(),
        ("evals", ["guard", what @ ..]) => screens::measure(what),
        ("screens", what) => screens::rebuild(what),
        ("evals", options) => evals::run(options),
        ("train-embedding", options) => learning::train(options),
        ("successors", []) => validity::successors(&repo::root().join("../shared")),
        ("successors", ["--shared", folder]) => validity::successors(std::path::Path::new(folder)),
        ("help" | "--help" | "-h", _) => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown command `{}`\n\n{USAGE}", args.join(" ")),
    }
}

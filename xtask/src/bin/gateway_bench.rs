//! The model gateway beside a bare proxy and its peers: one mock upstream, the same load, requests a second, processor time, latency, memory.
//!
//! Started by `cargo xtask bench gateway`. Every program that is measured is a process of its own, so that its processor time is its own.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

const CHUNKS: usize = 64;
const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1795460000,"model":"mock","choices":[{"index":0,"message":{"role":"assistant","content":"试用期最长不得超过六个月。"},"finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":12,"total_tokens":33}}"#;

type Body = Either<Full<Bytes>, StreamBody<futures_stream::Events>>;

/// A stream of chunks without a crate for streams: the body is polled by hyper.
mod futures_stream {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::{Bytes, CHUNKS, Frame, Infallible};

    pub(crate) struct Events(pub(crate) usize);

    impl futures_core::Stream for Events {
        type Item = Result<Frame<Bytes>, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0 += 1;
            let head = r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1795460000,"model":"mock""#;
            let text = match self.0 {
                n if n < CHUNKS => format!(
                    "data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"六个月\"}},\"finish_reason\":null}}]}}\n\n"
                ),
                n if n == CHUNKS => format!(
                    "data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":21,\"completion_tokens\":64,\"total_tokens\":85}}}}\n\n"
                ),
                n if n == CHUNKS + 1 => "data: [DONE]\n\n".to_owned(),
                _ => return Poll::Ready(None),
            };
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))))
        }
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words.as_slice() {
        ["upstream"] => runtime.block_on(upstream()),
        ["proxy", to] => runtime.block_on(proxy(to.parse()?)),
        ["run", binary, rest @ ..] => runtime.block_on(bench(Path::new(binary), rest)),
        _ => bail!("gateway-bench run BINARY [--seconds N] [--peers]"),
    }
}

async fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(listener)
}

async fn upstream() -> Result<()> {
    let listener = listen().await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| async move {
                let body = request.into_body().collect().await.map(|b| b.to_bytes()).unwrap_or_default();
                let streams = body.windows(13).any(|w| w == b"\"stream\":true,")
                    || body.windows(14).any(|w| w == b"\"stream\": true,")
                    || body.windows(14).any(|w| w == b"\"stream\":true}")
                    || body.windows(13).any(|w| w == b"\"stream\":true");
                let (kind, body): (_, Body) = if streams {
                    ("text/event-stream", Either::Right(StreamBody::new(futures_stream::Events(0))))
                } else {
                    ("application/json", Either::Left(Full::new(Bytes::from_static(WHOLE.as_bytes()))))
                };
                Ok::<_, Infallible>(
                    Response::builder().header(header::CONTENT_TYPE, kind).body(body).unwrap_or_default_response(),
                )
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

trait OrEmpty {
    fn unwrap_or_default_response(self) -> Response<Body>;
}

impl OrEmpty for Result<Response<Body>, hyper::http::Error> {
    fn unwrap_or_default_response(self) -> Response<Body> {
        self.unwrap_or_else(|_| Response::new(Either::Left(Full::new(Bytes::new()))))
    }
}

/// The least a proxy can do: the baseline.
async fn proxy(to: SocketAddr) -> Result<()> {
    let listener = listen().await?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Incoming> = Client::builder(TokioExecutor::new()).build(connector);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let client = client.clone();
        tokio::spawn(async move {
            let service = service_fn(move |mut request: Request<Incoming>| {
                let client = client.clone();
                async move {
                    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
                    if let Ok(uri) = format!("http://{to}{path}").parse() {
                        *request.uri_mut() = uri;
                    }
                    client.request(request).await
                }
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A program that is measured.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(command: &mut Command) -> Result<Program> {
    use std::io::BufRead as _;
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let mut lines = std::io::BufReader::new(child.stdout.take().context("no output")?).lines();
    let address = loop {
        let line = lines.next().context("the program ended before it listened")??;
        if let Some((_, address)) = line.split_once("listening on http://") {
            break address.trim().parse()?;
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    Ok(Program { child, address })
}

/// Processor time and resident memory of a process and those it started.
fn used(pid: u32) -> (Duration, u64) {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        at += 1;
    }
    let (mut ticks, mut pages) = (0u64, 0u64);
    for pid in all {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let field = |n: usize| fields.get(n).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        ticks += field(11) + field(12);
        pages += field(21);
    }
    (Duration::from_millis(ticks * 10), pages * 4096)
}

/// What one run gave.
struct Figures {
    per_second: f64,
    cpu_us: f64,
    p50: Duration,
    p99: Duration,
    memory: u64,
    failed: u64,
}

struct Load<'l> {
    address: SocketAddr,
    pid: u32,
    body: &'l str,
    headers: &'l [(&'static str, String)],
    clients: usize,
    time: Duration,
}

async fn load(load: &Load<'_>) -> Result<Figures> {
    let stop = Arc::new(AtomicBool::new(false));
    let failed = Arc::new(AtomicU64::new(0));
    let mut workers = Vec::new();
    let begun_cpu = used(load.pid).0;
    let begun = Instant::now();
    for _ in 0..load.clients {
        let (stop, failed) = (Arc::clone(&stop), Arc::clone(&failed));
        let (address, body, headers) = (load.address, Bytes::from(load.body.to_owned()), load.headers.to_vec());
        workers.push(tokio::spawn(async move {
            let mut times = Vec::new();
            'connection: while !stop.load(Ordering::Relaxed) {
                let Ok(stream) = TcpStream::connect(address).await else { continue };
                let _ = stream.set_nodelay(true);
                let Ok((mut sender, connection)) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await
                else {
                    continue;
                };
                tokio::spawn(connection);
                while !stop.load(Ordering::Relaxed) {
                    let mut request = Request::post("/v1/chat/completions")
                        .header(header::HOST, "localhost")
                        .header(header::CONTENT_TYPE, "application/json");
                    for (name, value) in &headers {
                        request = request.header(*name, value);
                    }
                    let Ok(request) = request.body(Full::new(body.clone())) else { return times };
                    let begun = Instant::now();
                    let answer = match sender.send_request(request).await {
                        Ok(answer) => answer,
                        Err(_) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            continue 'connection;
                        }
                    };
                    let good = answer.status().is_success();
                    let whole = answer.into_body().collect().await.map(|b| b.to_bytes());
                    if !good || whole.is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    times.push(begun.elapsed());
                }
            }
            times
        }));
    }
    tokio::time::sleep(load.time).await;
    stop.store(true, Ordering::Relaxed);
    let mut times: Vec<Duration> = Vec::new();
    for worker in workers {
        times.extend(worker.await?);
    }
    let took = begun.elapsed();
    let (cpu, memory) = used(load.pid);
    times.sort();
    let at = |share: f64| {
        times
            .get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    Ok(Figures {
        per_second: times.len() as f64 / took.as_secs_f64(),
        cpu_us: (cpu.saturating_sub(begun_cpu)).as_secs_f64() * 1e6 / times.len().max(1) as f64,
        p50: at(0.5),
        p99: at(0.99),
        memory,
        failed: failed.load(Ordering::Relaxed),
    })
}

async fn bench(binary: &Path, options: &[&str]) -> Result<()> {
    let secs =
        options.iter().position(|o| *o == "--seconds").and_then(|at| options.get(at + 1)?.parse().ok()).unwrap_or(8u64);
    let scratch = std::env::temp_dir().join(format!("shuzheng-gateway-{}", std::process::id()));
    let me = std::env::current_exe()?;
    let upstream = start(Command::new(&me).arg("upstream"))?;
    let proxy = start(Command::new(&me).args(["proxy", &upstream.address.to_string()]))?;
    let (ours, key) = ours(binary, &scratch, upstream.address)?;
    let authorised = vec![("authorization", format!("Bearer {key}"))];
    let mut programs: BTreeMap<&str, (SocketAddr, u32, Vec<(&'static str, String)>, &str)> = BTreeMap::new();
    programs.insert("0 upstream alone", (upstream.address, upstream.child.id(), Vec::new(), "mock"));
    programs.insert("1 bare hyper proxy", (proxy.address, proxy.child.id(), Vec::new(), "mock"));
    programs.insert("2 shuzheng, guard, metering and audit on", (ours.address, ours.child.id(), authorised, "chat"));
    let mut peers = Vec::new();
    if options.contains(&"--peers") {
        for (name, started) in
            [("3 LiteLLM, two workers", litellm(&scratch, upstream.address)), ("4 Portkey", portkey())]
        {
            match started {
                Ok(program) => {
                    let headers = if name.contains("Portkey") {
                        vec![
                            ("x-portkey-provider", "openai".to_owned()),
                            ("x-portkey-custom-host", format!("http://{}/v1", upstream.address)),
                            ("authorization", "Bearer x".to_owned()),
                        ]
                    } else {
                        vec![("authorization", "Bearer sk-x".to_owned())]
                    };
                    programs.insert(name, (program.address, program.child.id(), headers, "mock"));
                    peers.push(program);
                }
                Err(error) => eprintln!("{name} is left out: {error:#}"),
            }
        }
    }
    println!(
        "| what | program | a second | CPU µs each | p50 ms | p99 ms | p99/p50 | memory MB | failed |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (what, stream, clients) in [
        ("short JSON answer", false, 1),
        ("short JSON answer", false, 32),
        ("short JSON answer", false, 256),
        ("64 SSE chunks", true, 32),
    ] {
        for (name, (address, pid, headers, model)) in &programs {
            let body = format!(
                r#"{{"model":"{model}","messages":[{{"role":"system","content":"你是政务助手，只依据材料作答。"}},{{"role":"user","content":"试用期最长可以约定多久？"}}],"stream":{stream}}}"#
            );
            let one =
                Load { address: *address, pid: *pid, body: &body, headers, clients, time: Duration::from_secs(2) };
            load(&one).await?;
            let one = Load { time: Duration::from_secs(secs), ..one };
            let figures = load(&one).await?;
            let ms = |d: Duration| d.as_secs_f64() * 1000.0;
            println!(
                "| {what}, {clients} clients | {} | {:.0} | {:.0} | {:.2} | {:.2} | {:.1} | {:.0} | {} |",
                name.get(2..).unwrap_or(name),
                figures.per_second,
                figures.cpu_us,
                ms(figures.p50),
                ms(figures.p99),
                ms(figures.p99) / ms(figures.p50).max(0.001),
                figures.memory as f64 / 1e6,
                figures.failed
            );
        }
    }
    drop((ours, proxy, upstream, peers));
    let _ = std::fs::remove_dir_all(&scratch);
    Ok(())
}

/// The platform over the mock, with a key.
fn ours(binary: &Path, scratch: &Path, upstream: SocketAddr) -> Result<(Program, String)> {
    let data = scratch.join("data");
    std::fs::create_dir_all(data.join("policies"))?;
    std::fs::write(
        data.join("policies/models.toml"),
        format!(
            "[[model]]\nid = \"extractive\"\nname = \"x\"\nbackend = \"extractive\"\nlevel = \"sensitive\"\n[[model]]\nid = \"mock\"\nname = \"mock\"\nbackend = \"openai\"\nurl = \"http://{upstream}/v1\"\nmodel = \"mock\"\nlevel = \"internal\"\nconcurrency = 4096\n[[route]]\nid = \"default\"\nmodels = [\"extractive\"]\n[[route]]\nid = \"builtin\"\nmodels = [\"extractive\"]\n[[route]]\nid = \"chat\"\nmodels = [\"mock\"]\nqueue = 4096\n"
        ),
    )?;
    std::fs::write(
        data.join("policies/egress.toml"),
        format!(
            "[[entry]]\nname = \"mock\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"{}\"\nport = {}\naddresses = [\"127.0.0.0/8\"]\nlevel = \"internal\"\n",
            upstream.ip(),
            upstream.port()
        ),
    )?;
    std::fs::write(data.join("policies/limits.toml"), unlimited())?;
    let run = |args: &[&str]| -> Result<String> {
        let output = Command::new(binary).args(args).arg("--data").arg(&data).output()?;
        ensure!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    run(&[
        "accounts",
        "appoint",
        "--username",
        "bench",
        "--name",
        "bench",
        "--role",
        "models",
        "--department",
        "bench",
        "--department-name",
        "bench",
        "--region",
        "510000",
    ])?;
    let made =
        run(&["keys", "create", "--name", "bench", "--department", "bench", "--role", "clerk", "--scope", "route:*"])?;
    let made: serde_json::Value = serde_json::from_str(made.trim())?;
    let key = made.get("secret").and_then(|s| s.as_str()).context("no key")?.to_owned();
    let log = std::fs::File::create(scratch.join("server.log"))?;
    let program =
        start(Command::new(binary).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).stderr(log))?;
    Ok((program, key))
}

/// The limits that ship, without those of requests: all of the load comes from one address and one key.
fn unlimited() -> String {
    let mut requests = false;
    let mut text = String::new();
    for line in include_str!("../../../policies/limits.toml").lines() {
        requests = if line.starts_with('[') { line == "[requests]" } else { requests };
        match line.split_once('=').filter(|_| requests && !line.starts_with('#')) {
            Some((key, _)) => text.push_str(&format!("{key}= 1000000000\n")),
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

fn cache() -> Result<PathBuf> {
    let home = std::env::var("HOME").context("no home folder")?;
    let folder = PathBuf::from(home).join(".cache/shuzheng/bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn done(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("failed"));
    Ok(())
}

fn free_port() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(mut child: Child, address: SocketAddr) -> Result<Program> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(90) {
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}");
        }
        if std::net::TcpStream::connect(address).is_ok() {
            std::thread::sleep(Duration::from_secs(2));
            return Ok(Program { child, address });
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    let _ = child.kill();
    bail!("it did not listen within 90 s")
}

fn litellm(scratch: &Path, upstream: SocketAddr) -> Result<Program> {
    let venv = cache()?.join("litellm");
    if !venv.join("bin/litellm").exists() {
        done(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        done(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "litellm[proxy]"]))?;
    }
    let config = scratch.join("litellm.yaml");
    std::fs::write(
        &config,
        format!(
            "model_list:\n  - model_name: mock\n    litellm_params:\n      model: openai/mock\n      api_base: http://{upstream}/v1\n      api_key: x\nlitellm_settings:\n  telemetry: false\n"
        ),
    )?;
    let address = free_port()?;
    let child = Command::new(venv.join("bin/litellm"))
        .args(["--host", "127.0.0.1", "--port", &address.port().to_string(), "--num_workers", "2", "--config"])
        .arg(&config)
        .env("LITELLM_LOG", "ERROR")
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    wait_for(child, address)
}

fn portkey() -> Result<Program> {
    let folder = cache()?.join("portkey");
    let entry = folder.join("node_modules/@portkey-ai/gateway/build/start-server.js");
    if !entry.exists() {
        std::fs::create_dir_all(&folder)?;
        done(
            Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "@portkey-ai/gateway"])
                .current_dir(&folder),
        )?;
    }
    let address = free_port()?;
    let child = Command::new("node")
        .arg(&entry)
        .arg(format!("--port={}", address.port()))
        .arg("--headless")
        .env("NODE_ENV", "production")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    wait_for(child, address)
}

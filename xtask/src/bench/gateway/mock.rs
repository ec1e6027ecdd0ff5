//! The mock upstream that every program under load asks, and the least that a proxy can do: the baseline.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::time::Interval;

/// Chunks of a stream, and of one whose model is `slow`.
const CHUNKS: usize = 64;
const SLOW_CHUNKS: usize = 900;
/// Between two chunks of a slow stream.
const PACE: Duration = Duration::from_secs(1);
const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1795460000,"model":"mock","choices":[{"index":0,"message":{"role":"assistant","content":"试用期最长不得超过六个月。"},"finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":12,"total_tokens":33}}"#;
const LIST: &str = r#"{"object":"list","data":[{"id":"mock","object":"model"},{"id":"slow","object":"model"}]}"#;
const HEAD: &str = r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1795460000,"model":"mock""#;

type Body = Either<Full<Bytes>, StreamBody<Events>>;

/// A stream of chunks without a crate for streams: the body is polled by hyper.
struct Events {
    at: usize,
    chunks: usize,
    pace: Option<Interval>,
}

impl Events {
    fn new(is_slow: bool) -> Self {
        let pace = is_slow.then(|| tokio::time::interval(PACE));
        Self { at: 0, chunks: if is_slow { SLOW_CHUNKS } else { CHUNKS }, pace }
    }
}

impl futures_core::Stream for Events {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pace) = &mut self.pace {
            ready!(pace.poll_tick(context));
        }
        self.at += 1;
        let text = match self.at {
            at if at < self.chunks => format!(
                "data: {{{HEAD},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"六个月\"}},\"finish_reason\":null}}]}}\n\n"
            ),
            at if at == self.chunks => format!(
                "data: {{{HEAD},\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":21,\"completion_tokens\":64,\"total_tokens\":85}}}}\n\n"
            ),
            at if at == self.chunks + 1 => "data: [DONE]\n\n".to_owned(),
            _ => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))))
    }
}

async fn listen() -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(listener)
}

/// Answers every chat: whole or as a stream, as it is asked.
pub(crate) async fn upstream() -> Result<()> {
    let listener = listen().await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let is_list = request.method() == Method::GET;
    let asked = request.into_body().collect().await.map(|all| all.to_bytes()).unwrap_or_default();
    let asked = std::str::from_utf8(&asked).unwrap_or_default();
    let whole = |bytes: Bytes| ("application/json", Either::Left(Full::new(bytes)));
    let (kind, body): (&'static str, Body) = if is_list {
        whole(Bytes::from_static(LIST.as_bytes()))
    } else if asked.contains("\"stream\":true") || asked.contains("\"stream\": true") {
        ("text/event-stream", Either::Right(StreamBody::new(Events::new(asked.contains("\"slow\"")))))
    } else {
        whole(seed(asked).map_or(Bytes::from_static(WHOLE.as_bytes()), counted))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

/// The number that the asker gave, so that an answer and its record can be told from all others.
fn seed(asked: &str) -> Option<u32> {
    let (_, rest) = asked.split_once("\"seed\":")?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The answer whose count of tokens read is the asker's number.
fn counted(seed: u32) -> Bytes {
    Bytes::from(WHOLE.replace("\"prompt_tokens\":21", &format!("\"prompt_tokens\":{seed}")))
}

/// The least a proxy can do.
pub(crate) async fn proxy(to: SocketAddr) -> Result<()> {
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
                    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
                    if let Ok(uri) = format!("http://{to}{path}").parse() {
                        *request.uri_mut() = uri;
                    }
                    client.request(request).await
                }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

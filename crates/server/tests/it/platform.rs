//! A whole platform in this process: the real router, the real store in a temporary folder, the demo agency.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use kernel::{Clock, Entropy};
use serde_json::{Value, json};
use server::config::Config;
use server::http::{App, router};
use server::wiring::Platform;
use tower::ServiceExt as _;

/// A running platform. The folder goes when it is dropped.
pub(crate) struct Started {
    pub(crate) router: Router,
    pub(crate) platform: Arc<Platform>,
    _drain: tokio::sync::watch::Sender<bool>,
    workers: tokio::task::JoinSet<()>,
    _folder: tempfile::TempDir,
}

/// An answer of the router.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn code(&self) -> String {
        let body = self.json();
        // The gateway's errors have the shape of OpenAI's.
        let code = if body["error"].is_object() { &body["error"]["code"] } else { &body["code"] };
        code.as_str().unwrap_or_default().to_owned()
    }
}

impl Started {
    /// With the demo agency.
    pub(crate) async fn demo() -> Self {
        Self::start(true, Config::default()).await
    }

    /// Without any data.
    pub(crate) async fn empty() -> Self {
        Self::start(false, Config::default()).await
    }

    /// With this configuration.
    pub(crate) async fn start(demo: bool, config: Config) -> Self {
        Self::start_at(demo, config, Clock::system()).await
    }

    /// With this clock.
    pub(crate) async fn start_at(demo: bool, config: Config, clock: Clock) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), demo, config, clock).await
    }

    /// In this data folder, which may hold files of its own such as `policies/limits.toml`.
    pub(crate) async fn start_in(folder: tempfile::TempDir, demo: bool, config: Config, clock: Clock) -> Self {
        let opening = Platform::open(folder.path(), &config, clock, Entropy::system());
        let platform = Box::pin(opening).await.unwrap();
        if demo {
            Box::pin(server::demo::load(&platform)).await.unwrap();
        }
        let platform = Arc::new(platform);
        let (drain, draining) = tokio::sync::watch::channel(false);
        let workers = server::workers::start(&platform, &draining);
        let app: App = server::cli::serve::app(Arc::clone(&platform), config, draining).unwrap();
        Self { router: router(app), platform, _drain: drain, workers, _folder: folder }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(request("GET", token, path).body(Body::empty()).unwrap()).await
    }

    /// The body as it is.
    pub(crate) async fn get_bytes(&self, token: &str, path: &str) -> Vec<u8> {
        let response =
            self.router.clone().oneshot(request("GET", token, path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = request("POST", token, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Sends one file in a form.
    pub(crate) async fn upload(&self, token: &str, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let mut body =
            format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--B--\r\n");
        let request = request("POST", token, path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn login(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": "Shuzheng#2026" });
        let answer = self.post("", "/api/v1/session", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Asks, and gives the run.
    pub(crate) async fn ask(&self, token: &str, scenario: &str, question: &str) -> Value {
        let answer = self.post(token, "/api/v1/ask", &json!({ "scenario": scenario, "question": question })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn stop(mut self) {
        self.workers.shutdown().await;
        self.platform.store.close().await;
    }
}

pub(crate) fn request(method: &str, token: &str, path: &str) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    if token.is_empty() { builder } else { builder.header(header::AUTHORIZATION, format!("Bearer {token}")) }
}

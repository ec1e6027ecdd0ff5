//! Whoever asks: a connection, a chat request, its answer.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection.
pub(crate) type Sender = SendRequest<Full<Bytes>>;

/// Whom to ask, and with what headers.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Caller {
    /// A caller with a key.
    pub(crate) fn with_key(address: SocketAddr, key: &str) -> Self {
        Self { address, headers: vec![("authorization", format!("Bearer {key}"))] }
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<Sender> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Asks, and gives the answer as soon as its head is there. Everything but success is an error.
    pub(crate) async fn send(&self, sender: &mut Sender, body: &Bytes) -> Result<Response<Incoming>> {
        let mut request = Request::post("/v1/chat/completions").header(HOST, "localhost");
        request = request.header(CONTENT_TYPE, "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = sender.send_request(request.body(Full::new(body.clone()))?).await?;
        ensure!(answer.status().is_success(), "it answers {}", answer.status());
        Ok(answer)
    }

    /// Asks, and waits for the whole answer.
    pub(crate) async fn ask(&self, sender: &mut Sender, body: &Bytes) -> Result<Bytes> {
        Ok(self.send(sender, body).await?.into_body().collect().await?.to_bytes())
    }
}

/// A short question to `model`. With a `seed` the mock upstream counts so many tokens.
pub(crate) fn body(model: &str, stream: bool, seed: Option<u32>) -> Bytes {
    let seed = seed.map(|seed| format!(r#","seed":{seed}"#)).unwrap_or_default();
    Bytes::from(format!(
        r#"{{"model":"{model}","messages":[{{"role":"system","content":"你是政务助手，只依据材料作答。"}},{{"role":"user","content":"试用期最长可以约定多久？"}}],"stream":{stream}{seed}}}"#
    ))
}

//! An endpoint that says, call by call, what it was told to say.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What one call gets.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// These events, then the end of the answer.
    Events(Vec<String>),
    /// These events, then nothing more and the line stays open.
    Hangs(Vec<String>),
    /// These events, then the line breaks.
    Dies(Vec<String>),
    /// This status and this body.
    Says(u16, &'static str, String),
}

/// The server: its port and the bodies it was sent.
pub(crate) struct Endpoint {
    pub(crate) port: u16,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Endpoint {
    /// Answers the n-th call in the n-th mood, and all later ones in the last.
    pub(crate) async fn start(moods: Vec<Mood>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let mood = moods[turn.min(moods.len() - 1)].clone();
                turn += 1;
                tokio::spawn(answer(stream, mood, Arc::clone(&log)));
            }
        });
        Self { port, seen }
    }
}

async fn answer(mut stream: tokio::net::TcpStream, mood: Mood, log: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if n == 0 {
                return;
            }
            continue;
        };
        let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        if body.len() >= length.and_then(|n| n.parse().ok()).unwrap_or(0) {
            log.lock().unwrap().push(text);
            break;
        }
    }
    let (events, after) = match mood {
        Mood::Says(status, kind, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            drop(stream.write_all((head + &body).as_bytes()).await);
            return;
        }
        Mood::Events(events) => (events, "ends"),
        Mood::Hangs(events) => (events, "hangs"),
        Mood::Dies(events) => (events, "dies"),
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    drop(stream.write_all(head.as_bytes()).await);
    for event in events {
        let line = format!("data: {event}\n\n");
        drop(stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await);
    }
    drop(stream.flush().await);
    match after {
        "ends" => drop(stream.write_all(b"0\r\n\r\n").await),
        "hangs" => std::future::pending().await,
        _ => {}
    }
}

/// A chunk with content.
pub(crate) fn content(text: &str) -> String {
    serde_json::json!({ "choices": [{ "delta": { "content": text } }] }).to_string()
}

/// A chunk with reasoning.
pub(crate) fn reasoning(text: &str) -> String {
    serde_json::json!({ "choices": [{ "delta": { "reasoning_content": text } }] }).to_string()
}

/// The last chunk.
pub(crate) fn stop() -> String {
    r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5}}"#.to_owned()
}

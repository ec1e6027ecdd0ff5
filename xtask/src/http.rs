//! Just enough HTTP/1.1 for measuring our own server over loopback: one kept connection, JSON in and out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// One connection to the server.
pub(crate) struct Client {
    address: String,
    stream: BufReader<TcpStream>,
    token: Option<String>,
}

impl Client {
    pub(crate) fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { address: address.to_owned(), stream: BufReader::new(stream), token: None })
    }

    /// Logs in; later calls carry the token.
    pub(crate) fn login(&mut self, username: &str, password: &str) -> Result<()> {
        let body = serde_json::json!({ "username": username, "password": password });
        let session = self.post("/api/v1/session", &body)?;
        let token = session.get("token").and_then(Value::as_str).context("the session has no token")?;
        self.token = Some(token.to_owned());
        Ok(())
    }

    /// The token of the login.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Calls with the token of another connection's login.
    pub(crate) fn use_token(&mut self, token: &str) {
        self.token = Some(token.to_owned());
    }

    /// Sends and gives only the status.
    pub(crate) fn status(&mut self, path: &str, body: &Value) -> Result<u16> {
        self.send(path, body)?;
        Ok(self.answer()?.0)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.send(path, body)?;
        let (status, body) = self.answer()?;
        let text = String::from_utf8(body).context("the answer is not UTF-8")?;
        ensure!((200..300).contains(&status), "POST {path} answered {status}: {text}");
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    fn send(&mut self, path: &str, body: &Value) -> Result<()> {
        let body = body.to_string();
        let authorization =
            self.token.as_ref().map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{authorization}X-Requested-With: shuzheng\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all((head + &body).as_bytes())?;
        Ok(())
    }

    fn answer(&mut self) -> Result<(u16, Vec<u8>)> {
        let status = self.line()?;
        let status: u16 = status.split(' ').nth(1).context("no status line")?.parse()?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        if !chunked {
            let mut body = vec![0; length];
            self.stream.read_exact(&mut body)?;
            return Ok((status, body));
        }
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(self.line()?.trim(), 16)?;
            let mut chunk = vec![0; size];
            self.stream.read_exact(&mut chunk)?;
            body.extend(chunk);
            self.line()?;
            if size == 0 {
                return Ok((status, body));
            }
        }
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.stream.read_line(&mut line)? > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }
}

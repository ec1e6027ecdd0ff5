//! A call: the request goes out, the answer comes back whole or piece by piece, within its bounds.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::Fault as _;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;
use url::Url;

use crate::record::Ticket;
use crate::{Allowed, CallOutcome, Egress, Error};

/// How long each part of a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the beginning until the head of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub between: Duration,
    /// Altogether.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            between: Duration::from_secs(30),
            total: Duration::from_secs(300),
        }
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The headers, besides those every request has.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// How long each part may take.
    pub timeouts: Timeouts,
    /// How large the answer's body may be.
    pub max_answer_bytes: u64,
}

impl Request {
    /// Fetches.
    #[must_use]
    pub fn get() -> Self {
        Self::with(Method::GET, Vec::new())
    }

    /// Sends `body`.
    #[must_use]
    pub fn post(body: Vec<u8>) -> Self {
        Self::with(Method::POST, body)
    }

    fn with(method: Method, body: Vec<u8>) -> Self {
        const MAX_ANSWER_BYTES: u64 = 16 << 20;
        let (headers, timeouts) = (HeaderMap::new(), Timeouts::default());
        Self { method, headers, body, timeouts, max_answer_bytes: MAX_ANSWER_BYTES }
    }
}

/// A whole answer, of any status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    url: Url,
}

impl Answer {
    /// Where the answer sends the caller instead. It is a new place that has to be allowed first.
    #[must_use]
    pub fn redirect(&self) -> Option<Url> {
        redirect(&self.url, self.status, &self.headers)
    }
}

/// An answer whose body comes piece by piece.
pub struct Streaming {
    /// The status, such as 200.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    url: Url,
    body: BoxStream<'static, Result<Vec<u8>, reqwest::Error>>,
    bounds: Bounds,
    ticket: Ticket,
    ended: bool,
}

struct Bounds {
    between: Duration,
    deadline: Instant,
    max_bytes: u64,
}

impl std::fmt::Debug for Streaming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streaming").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Egress {
    /// Sends a request and takes the whole answer.
    pub async fn send(&self, allowed: &Allowed<Url>, request: Request) -> Result<Answer, Error> {
        let mut streaming = self.send_streaming(allowed, request).await?;
        let mut body = Vec::new();
        while let Some(piece) = streaming.next().await? {
            body.extend_from_slice(&piece);
        }
        let headers = std::mem::take(&mut streaming.headers);
        Ok(Answer { status: streaming.status, headers, body, url: allowed.url().clone() })
    }

    /// Sends a request and takes the head of the answer; its body follows with [`Streaming::next`].
    pub async fn send_streaming(&self, allowed: &Allowed<Url>, request: Request) -> Result<Streaming, Error> {
        let mut ticket = self.ticket(allowed.url(), Some(allowed.entry().to_owned()), allowed.purpose, allowed.level);
        ticket.record.method = Some(request.method.to_string());
        ticket.record.sent_bytes = u64::try_from(request.body.len()).unwrap_or_default();
        let kinds = self.personal_data(&allowed.entry, &request.body);
        if !kinds.is_empty() {
            let error = Error::PersonalData { entry: allowed.entry().to_owned(), kinds };
            ticket.record.sent_bytes = 0;
            ticket.record.outcome = CallOutcome::Refused { code: error.code() };
            return Err(error);
        }
        let begun = self.begin(allowed, request, ticket).await;
        begun.map_err(|(error, mut ticket)| {
            ticket.record.outcome = CallOutcome::Failed { code: error.code() };
            error
        })
    }

    async fn begin(
        &self,
        allowed: &Allowed<Url>,
        request: Request,
        mut ticket: Ticket,
    ) -> Result<Streaming, (Error, Ticket)> {
        let entry = || allowed.entry().to_owned();
        let Request { method, headers, body, timeouts, max_answer_bytes } = request;
        let deadline = Instant::now() + timeouts.total;
        let built = self.pool(allowed, timeouts.connect).and_then(|pool| {
            let request = pool.request(method, allowed.url().clone()).headers(headers);
            let request = if body.is_empty() { request } else { request.body(body) };
            Ok((request.build()?, pool))
        });
        let (request, pool) = match built {
            Ok(built) => built,
            Err(source) => return Err((Error::Unusable { entry: entry(), source }, ticket)),
        };
        let first_byte = timeouts.first_byte.min(timeouts.total);
        let answered = tokio::time::timeout(first_byte, pool.execute(request)).await;
        let response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(source)) if source.is_connect() => return Err((Error::Connect { entry: entry(), source }, ticket)),
            Ok(Err(source)) => return Err((Error::Broken { entry: entry(), source }, ticket)),
            Err(_) => return Err((Error::Silent { entry: entry(), secs: first_byte.as_secs() }, ticket)),
        };
        ticket.record.address = response.remote_addr().map(|address| crate::address::plain(address.ip()));
        // A body that says beforehand that it is too large is not begun.
        if response.content_length().is_some_and(|announced| announced > max_answer_bytes) {
            return Err((Error::TooLarge { entry: entry(), limit: max_answer_bytes }, ticket));
        }
        Ok(Streaming {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            url: allowed.url().clone(),
            body: response.bytes_stream().map(|piece| piece.map(|bytes| bytes.to_vec())).boxed(),
            bounds: Bounds { between: timeouts.between, deadline, max_bytes: max_answer_bytes },
            ticket,
            ended: false,
        })
    }
}

impl Streaming {
    /// The next piece of the body; nothing after the last one, or after an error.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let wait = self.bounds.deadline.min(Instant::now() + self.bounds.between);
        let entry = || self.ticket.record.entry.clone().unwrap_or_default();
        let piece = match tokio::time::timeout_at(wait, self.body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(source))) => return self.fail(Error::Broken { entry: entry(), source }),
            Ok(None) => {
                self.ended = true;
                self.ticket.record.outcome = CallOutcome::Answered { status: self.status };
                return Ok(None);
            }
            Err(_) => {
                return self.fail(Error::Stalled { entry: entry(), bytes: self.ticket.record.received_bytes });
            }
        };
        self.ticket.record.received_bytes += u64::try_from(piece.len()).unwrap_or_default();
        if self.ticket.record.received_bytes > self.bounds.max_bytes {
            return self.fail(Error::TooLarge { entry: entry(), limit: self.bounds.max_bytes });
        }
        Ok(Some(piece))
    }

    /// Where the answer sends the caller instead. It is a new place that has to be allowed first.
    #[must_use]
    pub fn redirect(&self) -> Option<Url> {
        redirect(&self.url, self.status, &self.headers)
    }

    fn fail(&mut self, error: Error) -> Result<Option<Vec<u8>>, Error> {
        self.ended = true;
        self.body = futures::stream::empty().boxed();
        self.ticket.record.outcome = CallOutcome::Failed { code: error.code() };
        Err(error)
    }
}

fn redirect(url: &Url, status: u16, headers: &HeaderMap) -> Option<Url> {
    let status = StatusCode::from_u16(status).ok()?;
    let location = headers.get(LOCATION).filter(|_| status.is_redirection())?;
    url.join(location.to_str().ok()?).ok()
}

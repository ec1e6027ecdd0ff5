//! Server-sent events: named, JSON, with a keep-alive so that a proxy keeps the line open.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Serialize;

/// One event.
pub fn event(name: &str, value: &impl Serialize) -> Event {
    let data = serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned());
    Event::default().event(name).data(data)
}

/// A stream of events as a response.
pub fn response(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures::StreamExt as _;
    let events = events.map(Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15)).text("keep-alive");
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // A buffering proxy would hold back what is meant to be seen at once.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

//! What servers do: they hang, talk for ever, talk nonsense, or die in the middle.

use std::time::Duration;

use egress::{Allowed, CallOutcome, Error, Purpose, Request, Timeouts, Url};
use kernel::{DataLevel, Fault as _};

use crate::server::{Door, Part, Server, say, url};

/// Real time: long where an answer comes, so that a busy machine does not matter, and short where none will come.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

fn request(first_byte: Duration, between: Duration) -> Request {
    let timeouts = Timeouts { connect: LONG, first_byte, between, total: LONG };
    Request { timeouts, max_answer_bytes: 1_000, ..Request::post(b"{\"q\":1}".to_vec()) }
}

fn patient() -> Request {
    request(LONG, LONG)
}

async fn allowed(door: &Door, port: u16) -> Allowed<Url> {
    let place = url(&format!("http://model.test:{port}/v1"));
    door.egress.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap()
}

/// The error of a call to a server that does this, and what was recorded.
async fn failure(parts: Vec<Part>, request: Request) -> (Error, CallOutcome, u64) {
    let server = Server::start(parts).await;
    let door = Door::to(server.port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let error = door.egress.send(&allowed(&door, server.port).await, request).await.unwrap_err();
    let record = door.record();
    assert_eq!((record.sent_bytes, record.method.as_deref()), (7, Some("POST")));
    assert_eq!(error.kind(), kernel::Kind::Unavailable);
    (error, record.outcome, record.received_bytes)
}

#[tokio::test]
async fn broken_servers_are_told_apart() {
    let chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n";
    let cases = [
        ("hangs before the head", vec![Part::Hang], "egress.silent"),
        ("hangs in the head", vec![say("HTTP/1.1 200 OK\nContent-"), Part::Hang], "egress.silent"),
        ("hangs in the body", vec![say(chunked), Part::Hang], "egress.stalled"),
        ("dies in the body", vec![say(chunked)], "egress.broken"),
        ("dies in a counted body", vec![say("HTTP/1.1 200 OK\nContent-Length: 10\n\nhello")], "egress.broken"),
        ("closes at once", vec![], "egress.broken"),
        ("talks nonsense", vec![say("<html>this is not HTTP at all\n\n")], "egress.broken"),
        ("talks nonsense in the body", vec![say(chunked), say("zzz\nhello\n")], "egress.broken"),
        ("announces too much", vec![say("HTTP/1.1 200 OK\nContent-Length: 1001\n\n"), Part::Hang], "egress.too_large"),
        (
            "says too much",
            vec![say(chunked), say(&format!("400\n{}\n", "x".repeat(1024))), Part::Hang],
            "egress.too_large",
        ),
    ];
    for (name, parts, code) in cases {
        let request = match code {
            "egress.silent" => request(SHORT, LONG),
            "egress.stalled" => request(LONG, SHORT),
            _ => patient(),
        };
        let (error, outcome, received) = failure(parts, request).await;
        assert_eq!(error.code(), code, "{name}: {error:?}");
        assert_eq!(outcome, CallOutcome::Failed { code }, "{name}");
        if let Error::Stalled { bytes, .. } = error {
            assert_eq!((bytes, received), (5, 5), "{name}");
        }
    }
}

#[tokio::test]
async fn a_head_without_end_is_not_waited_for() {
    let endless = Part::Say("X-Filler: 0123456789\r\n".repeat(100_000).into_bytes());
    let (error, ..) = failure(vec![say("HTTP/1.1 200 OK\n"), endless, Part::Hang], patient()).await;
    assert_eq!(error.code(), "egress.broken");
}

#[tokio::test]
async fn nobody_listens() {
    let port = Server::start(vec![]).await.port;
    let door = Door::to(port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let allowed = allowed(&door, port).await;
    // The server ended with the statement that started it; the port may take a moment to close.
    let error = loop {
        match door.egress.send(&allowed, patient()).await.unwrap_err() {
            Error::Connect { .. } => break "connect",
            Error::Broken { .. } | Error::Silent { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(error, "connect");
    assert_eq!(door.records().last().unwrap().outcome, CallOutcome::Failed { code: "egress.no_connection" });
}

#[tokio::test]
async fn an_answer_comes_piece_by_piece() {
    let parts = vec![
        say("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n6\ndata: \n"),
        say("3\none\n"),
        say("0\n\n"),
    ];
    let server = Server::start(parts).await;
    let door = Door::to(server.port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let allowed = allowed(&door, server.port).await;
    let mut streaming = door.egress.send_streaming(&allowed, patient()).await.unwrap();
    assert_eq!(streaming.headers["content-type"], "text/event-stream");
    assert!(door.records().is_empty(), "a call is recorded when it has ended");
    let mut body = Vec::new();
    while let Some(piece) = streaming.next().await.unwrap() {
        body.extend(piece);
    }
    assert_eq!(body, b"data: one");
    assert_eq!(streaming.next().await.unwrap(), None);
    drop(streaming);
    let record = door.record();
    assert_eq!((record.outcome, record.received_bytes), (CallOutcome::Answered { status: 200 }, 9));
}

#[tokio::test]
async fn a_caller_that_goes_away_is_recorded() {
    let server =
        Server::start(vec![say("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n"), Part::Hang]).await;
    let door = Door::to(server.port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let allowed = allowed(&door, server.port).await;
    let mut streaming = door.egress.send_streaming(&allowed, patient()).await.unwrap();
    assert_eq!(streaming.next().await.unwrap().unwrap(), b"hello");
    drop(streaming);
    assert_eq!((door.record().outcome, door.record().received_bytes), (CallOutcome::Abandoned, 5));

    let silent = Server::start(vec![Part::Hang]).await;
    let door = Door::to(silent.port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let allowed = self::allowed(&door, silent.port).await;
    let call = Box::pin(door.egress.send(&allowed, Request::get()));
    let _ = futures::future::select(call, std::future::ready(())).await;
    assert_eq!(door.record().outcome, CallOutcome::Abandoned);
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let server = Server::start(vec![say("HTTP/1.1 503 Service Unavailable\nContent-Length: 4\n\nbusy")]).await;
    let door = Door::to(server.port, "addresses = [\"127.0.0.1\"]\n", &[&["127.0.0.1"]]);
    let answer = door.egress.send(&allowed(&door, server.port).await, patient()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.redirect()), (503, b"busy".as_slice(), None));
    assert_eq!(door.record().outcome, CallOutcome::Answered { status: 503 });
}

#[tokio::test]
async fn tls_is_verified() {
    // A server that speaks no TLS, or has no certificate we trust, gets nothing of the request.
    let server = Server::start(vec![say("HTTP/1.1 200 OK\nContent-Length: 0\n\n")]).await;
    let text = format!(
        "[[entry]]\nname = \"model\"\npurpose = \"model\"\nscheme = \"https\"\nhost = \"model.test\"\nport = {}\n\
         level = \"internal\"\naddresses = [\"127.0.0.1\"]\n",
        server.port
    );
    let door = Door::with(&text, &[&["127.0.0.1"]]);
    let place = url(&format!("https://model.test:{}/v1", server.port));
    let allowed = door.egress.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap();
    let error = door.egress.send(&allowed, request(SHORT, SHORT)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. } | Error::Silent { .. }), "{error:?}");
    assert!(server.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn personal_data_in_a_body_stops_the_call_before_anything_is_sent() {
    let server = Server::start(vec![say("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")]).await;
    let list = |extra: &str| {
        let port = server.port;
        format!(
            "[[entry]]\nname = \"model\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"127.0.0.1\"\n\
             port = {port}\naddresses = [\"127.0.0.1\"]\nlevel = \"internal\"\n{extra}"
        )
    };
    let records = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = records.clone();
    let recorder: egress::Recorder = std::sync::Arc::new(move |call| kept.lock().unwrap().push(call));
    let check: egress::BodyCheck = std::sync::Arc::new(|body| {
        if body.windows(5).any(|five| five == b"13800") { vec!["mobile".to_owned()] } else { Vec::new() }
    });
    let (clock, _) = kernel::Clock::manual(kernel::Timestamp::from_millis(0));
    let strict = egress::Whitelist::parse("egress.toml", &list("")).unwrap();
    let door = egress::Egress::with_body_check(strict, check, recorder, clock);
    let place = url(&format!("http://127.0.0.1:{}/v1", server.port));
    let allow = async || door.allow(&place, Purpose::Model, DataLevel::Internal).await.unwrap();
    let secret = || Request { timeouts: patient().timeouts, ..Request::post(b"tel 13800138000".to_vec()) };

    let error = door.send(&allow().await, secret()).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("egress.personal_data", kernel::Kind::Denied));
    assert!(error.to_string().contains("mobile") && !error.to_string().contains("138"));
    let refused = records.lock().unwrap().last().cloned().unwrap();
    assert_eq!((refused.sent_bytes, refused.outcome), (0, CallOutcome::Refused { code: "egress.personal_data" }));
    assert!(server.heard.lock().unwrap().is_empty());

    // An entry may say that personal data is for it, and a list that is put in force counts at once.
    let open = egress::Whitelist::parse("egress.toml", &list("personal_data = true\nregion = \"510100\"\n")).unwrap();
    door.put_in_force(open);
    assert_eq!(door.send(&allow().await, secret()).await.unwrap().status, 200);
    assert_eq!(records.lock().unwrap().last().unwrap().region.as_deref(), Some("510100"));
    door.put_in_force(egress::Whitelist::default());
    assert_eq!(door.allow(&place, Purpose::Model, DataLevel::Public).await.unwrap_err().code(), "egress.not_listed");
}

//! The live transcript: a web socket that a speech recogniser or a person writes into, and that the desk reads. Each
//! line gives a new draft; a new question gives a cited answer.

use std::time::Duration;

use assistant::phrases::Language;
use assistant::{Question, Run};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use hotline::{CallEvent, Speaker, Utterance};
use identity::Cx;
use kernel::ids::{CallId, ScenarioId};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use utoipa::IntoParams;

use crate::abuse::Asker;
use crate::http::body::{Id, Query};
use crate::http::caller::{Address, Person};
use crate::http::hotline::calls;
use crate::http::problem::{Problem, ProblemView, Trace, language, view};
use crate::http::{App, ask as asking, runs};
use crate::views::hotline::{CallView, UtteranceView};
use crate::views::run::RunView;

/// The scenario whose answer flow serves the desk.
pub const SCENARIO: &str = "hotline_assist";
/// The largest message, in bytes: a line of 2,000 characters fits.
const MESSAGE_BYTES: usize = 16 << 10;
/// A line on which nobody says anything for so long is closed.
const IDLE_SECS: u64 = 600;
/// A question of fewer characters is not asked.
const LEAST_QUESTION: usize = 5;

/// How to watch a call.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct TranscriptParameters {
    /// Whether answers are looked for and sent: the desk wants them, a recogniser does not.
    answers: bool,
    /// `en` or `zh`; a browser cannot name its language in the headers of a web socket.
    language: Option<String>,
}

/// What comes in.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Incoming {
    /// Something was said.
    Say {
        speaker: Speaker,
        text: String,
        /// `false` while a recogniser may still change its mind.
        #[serde(default = "yes")]
        r#final: bool,
    },
    /// Ask again what the caller asks now.
    Ask,
}

fn yes() -> bool {
    true
}

/// What goes out.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Outgoing {
    Call { view: Box<CallView> },
    Partial { said: UtteranceView },
    Answer { question: String, run: Box<RunView> },
    Problem { problem: ProblemView },
}

/// The live transcript of a call. Messages in: `{"type":"say","speaker","text","final"}`, `{"type":"ask"}`; out:
/// `call` (transcript, draft, similar cases), `partial`, `answer`, `problem`.
#[utoipa::path(get, path = "/api/v1/hotline/calls/{id}/transcript", tag = "hotline",
    params(("id" = String, Path), TranscriptParameters),
    responses((status = 101, description = "the web socket"), (status = "4XX", body = ProblemView)))]
pub async fn watch(
    State(app): State<App>,
    caller: (Person, Address),
    headers: HeaderMap,
    axum::Extension(trace): axum::Extension<Trace>,
    Id(id): Id<CallId>,
    Query(parameters): Query<TranscriptParameters>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let (Person(cx), address) = caller;
    same_origin(&headers)?;
    app.platform.hotline.call(&cx, &id).await?;
    let language = match parameters.language.as_deref() {
        Some("en") => Language::English,
        Some(_) => Language::Chinese,
        None => language(&headers),
    };
    let asker = Asker::of(&cx, address.0, false).relaying();
    let desk = Desk { app, cx, asker, id, language, trace, answers: parameters.answers, asked: String::new() };
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES).max_frame_size(MESSAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| Box::pin(desk.serve(socket))))
}

/// A page of another site must not open a line with the cookie of this one.
fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let own = text(header::HOST).unwrap_or_default();
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    if host == own {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "http.csrf", "a web socket is opened from the platform's own page only"))
}

struct Desk {
    app: App,
    cx: Cx,
    asker: Asker,
    id: CallId,
    language: Language,
    trace: Trace,
    answers: bool,
    asked: String,
}

impl Desk {
    async fn serve(mut self, mut socket: WebSocket) {
        let mut events = self.app.platform.hotline.events();
        let mut draining = self.app.draining.clone();
        let (sender, mut answered) = mpsc::unbounded_channel();
        if self.show(&mut socket, &sender).await.is_err() {
            return;
        }
        loop {
            let sent = tokio::select! {
                message = tokio::time::timeout(Duration::from_secs(IDLE_SECS), socket.recv()) => match message {
                    Ok(Some(Ok(Message::Text(text)))) => self.take(&mut socket, text.as_str(), &sender).await,
                    Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return,
                    Ok(Some(Ok(_))) => Ok(()),
                },
                event = events.recv() => match event {
                    Ok(CallEvent::Changed(id)) if id == self.id => self.show(&mut socket, &sender).await,
                    Ok(CallEvent::Partial(id, said)) if id == self.id => {
                        send(&mut socket, &Outgoing::Partial { said: (&said).into() }).await
                    }
                    Ok(_) => Ok(()),
                    // Some were missed: what counts is how the call stands now.
                    Err(broadcast::error::RecvError::Lagged(_)) => self.show(&mut socket, &sender).await,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                Some(answer) = answered.recv() => send(&mut socket, &answer).await,
                () = async { drop(draining.wait_for(|draining| *draining).await) } => return,
            };
            if sent.is_err() {
                return;
            }
        }
    }

    async fn take(
        &mut self,
        socket: &mut WebSocket,
        text: &str,
        sender: &mpsc::UnboundedSender<Outgoing>,
    ) -> Result<(), axum::Error> {
        let hotline = &self.app.platform.hotline;
        match serde_json::from_str::<Incoming>(text) {
            Ok(Incoming::Say { speaker, text, r#final: true }) => {
                // The event of the change shows the call, here and to whoever else watches it.
                match Box::pin(hotline.say(&self.cx, &self.id, Utterance { speaker, text })).await {
                    Ok(_) => Ok(()),
                    Err(error) => self.complain(socket, error.into()).await,
                }
            }
            Ok(Incoming::Say { speaker, text, r#final: false }) => {
                hotline.say_partly(&self.id, Utterance { speaker, text });
                Ok(())
            }
            Ok(Incoming::Ask) => {
                self.asked.clear();
                self.show(socket, sender).await
            }
            Err(error) => {
                let problem = Problem::new(StatusCode::BAD_REQUEST, "http.bad_field", error.to_string());
                self.complain(socket, problem).await
            }
        }
    }

    /// Sends the call as it stands, and looks for an answer when the question is a new one.
    async fn show(
        &mut self,
        socket: &mut WebSocket,
        sender: &mpsc::UnboundedSender<Outgoing>,
    ) -> Result<(), axum::Error> {
        let call = match self.app.platform.hotline.call(&self.cx, &self.id).await {
            Ok(call) => call,
            Err(error) => return self.complain(socket, error.into()).await,
        };
        match Box::pin(calls::view(&self.app, &self.cx, &call, self.language)).await {
            Ok(view) => {
                let question = view.draft.question.clone();
                send(socket, &Outgoing::Call { view: Box::new(view) }).await?;
                self.ask(question, sender);
                Ok(())
            }
            Err(problem) => self.complain(socket, problem).await,
        }
    }

    /// Puts the question through the answer flow; the answer comes when it is there.
    fn ask(&mut self, question: String, sender: &mpsc::UnboundedSender<Outgoing>) {
        if !self.answers || question.chars().count() < LEAST_QUESTION || question == self.asked {
            return;
        }
        self.asked.clone_from(&question);
        let (app, cx, asker) = (self.app.clone(), self.cx.clone(), self.asker.clone());
        let (language, trace, sender) = (self.language, self.trace.clone(), sender.clone());
        crate::workers::detach(async move {
            let answer = async {
                let run = Box::pin(answered(&app, &cx, &asker, &question)).await?;
                Box::pin(runs::view_of(&app, &cx, &run, language)).await
            };
            let outgoing = match answer.await {
                Ok(run) => Outgoing::Answer { question, run: Box::new(run) },
                Err(problem) => Outgoing::Problem { problem: view(&problem, &trace.0, language) },
            };
            // The desk may have closed meanwhile; the run is in its history.
            drop(sender.send(outgoing));
        });
    }

    async fn complain(&self, socket: &mut WebSocket, problem: Problem) -> Result<(), axum::Error> {
        let problem = view(&problem, &self.trace.0, self.language);
        send(socket, &Outgoing::Problem { problem }).await
    }
}

/// Asks a question of the desk, within the limits that hold for the questions of all staff.
pub(super) async fn answered(app: &App, cx: &Cx, asker: &Asker, question: &str) -> Result<Run, Problem> {
    let scenario = ScenarioId::parse(SCENARIO).map_err(|_| Problem::not_found("there is no such scenario"))?;
    let asked = Box::pin(asking::of_program(app, cx, asker, &scenario, question)).await?;
    let put = Question { scenario, text: question.to_owned(), conversation: None, as_of: None };
    Box::pin(asked.answer(put, &|_| {})).await
}

async fn send(socket: &mut WebSocket, message: &Outgoing) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).unwrap_or_else(|_| "{}".to_owned());
    socket.send(Message::Text(text.into())).await
}

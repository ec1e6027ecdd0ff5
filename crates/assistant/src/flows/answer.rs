//! The answer flow: from a question to a released answer, a review, or a refusal. Read [`Assistant::ask`] first.

use std::sync::Arc;

use guard::{Checked, CleanPrompt, Draft, Evidence, Refusal, RefusalCode, Screened};
use identity::{Action, Audience, Cx, Permit, RoleId, Scope};
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::{ConversationId, RunId, ScenarioId};
use kernel::text::slice;
use kernel::{Actor, DataLevel, Date, Timestamp};
use knowledge::{Found, Passage, Status};
use models::{DraftRequest, Progress, Quotation};
use serde_json::json;

use crate::consultation::FollowOn;
use crate::flows::early::Early;
use crate::notices::{self, RunNotice};
use crate::release::{self, Decision, EarlyStatement, Released};
use crate::reviewing::Held;
use crate::run::{AnswerClaim, Citation, Run, RunModel, RunRefusal, RunStatus, Seen, Step};
use crate::{Assistant, Error, Scenario};

/// A question as it was put.
#[derive(Debug, Clone)]
pub struct Question {
    /// The scenario.
    pub scenario: ScenarioId,
    /// The words.
    pub text: String,
    /// The conversation it goes on with; a new one when absent.
    pub conversation: Option<ConversationId>,
    /// The date whose law is asked for; today when absent.
    pub as_of: Option<Date>,
}

/// What happened just now, for the asker who waits. Never text that is not released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEvent {
    /// A step began.
    Began(&'static str),
    /// A step ended.
    Ended(Step),
    /// The question waits for a model; where it stands, 1 first.
    Queued(u32),
    /// The model has written this many bytes.
    Writing(usize),
    /// A statement that was released before the rest is written.
    Early(EarlyStatement),
    /// Something the asker should know at once.
    Noticed(RunNotice),
}

/// Where step events go.
pub type Watch<'w> = &'w (dyn Fn(StepEvent) + Send + Sync);

/// What came of a question, before it is written down.
pub(crate) enum Outcome {
    Released(Box<Released>, Basis),
    Held(Box<Held>, Box<Checked>, String),
    Refused(RunRefusal),
}

/// What an answer rests on, kept for its citations.
pub(crate) struct Basis {
    pub(crate) passages: Vec<Passage>,
    /// What the reader should know about what is cited; shown when the answer is.
    pub(crate) notices: Vec<RunNotice>,
    pub(crate) model: RunModel,
}

impl Assistant {
    /// Answers a question from cited passages, or says why it will not.
    ///
    /// The record of the start is written first: no record, no answer.
    pub async fn ask(&self, cx: &Cx, question: Question, watch: Watch<'_>) -> Result<Run, Error> {
        self.follow_levels(cx.store()).await?;
        let (scenario, permit) = self.admit(cx, &question.scenario)?;
        self.let_in(cx, &scenario).await?;
        let (question, follows) = Box::pin(self.in_context(cx, question)).await?;
        let mut run = self.begin(cx, &scenario, &question).await?;
        let mut steps = Steps::new(cx, watch);
        let asked = (&question, follows.as_ref());
        let outcome = self.answer(cx, &permit, &scenario, asked, &mut run, &mut steps).await;
        run.steps = steps.done;
        match outcome {
            Ok(Outcome::Released(released, basis)) => self.finish_released(cx, &scenario, run, &released, &basis).await,
            Ok(Outcome::Held(held, checked, reason)) => {
                self.finish_held(cx, &scenario, run, &held, &checked, &reason).await
            }
            Ok(Outcome::Refused(refusal)) => {
                if refusal.code == RefusalCode::NoBasis {
                    self.knowledge().count_gap(cx, &scenario.retrieval.collections, &run.question).await?;
                }
                self.finish_refused(cx, &scenario, run, refusal).await
            }
            Err(error) => {
                run.status = RunStatus::Failed;
                let code = kernel::Fault::code(&error);
                self.write_end(cx, &scenario, &run, DeedOutcome::Failed, json!({ "code": code })).await?;
                Err(error)
            }
        }
    }

    /// The scenario, when this asker may use it, with the permit to ask in it.
    pub fn admit(&self, cx: &Cx, id: &ScenarioId) -> Result<(Arc<Scenario>, Permit), Error> {
        let scenario = self.scenarios().get(id).ok_or_else(|| Error::NoScenario(id.to_string()))?;
        // A draft is used by nobody; it is tried by dry runs.
        if scenario.stage == crate::scenario::Stage::Draft {
            return Err(Error::NoScenario(id.to_string()));
        }
        let permit = cx.permit(Action::Ask, &scope(&scenario))?;
        Ok((scenario, permit))
    }

    /// The main flow, in order. Every `return` is a refusal, a review or a release. `follows` is what a question wants
    /// of the matter of the one before.
    pub(crate) async fn answer(
        &self,
        cx: &Cx,
        permit: &Permit,
        scenario: &Scenario,
        (question, follows): (&Question, Option<&FollowOn>),
        run: &mut Run,
        steps: &mut Steps<'_>,
    ) -> Result<Outcome, Error> {
        steps.begin("screen");
        // Before anything else, and also when the screen stops the question: who is in danger is told whom to call.
        let routed = guard::routing::Routes::built_in().route(&question.text);
        let ends = routed.filter(|(_, act)| *act == guard::routing::Act::Refuse).and_then(|(label, _)| label.refusal());
        if let Some((label, _)) = routed {
            run.routing = Some(label.as_str().to_owned());
        }
        if ends == Some(RefusalCode::Emergency) {
            // Nothing was screened, so nothing of the words is kept.
            steps.end("refused");
            return Ok(Outcome::Refused(refused(&Refusal::new(RefusalCode::Emergency))));
        }
        if let Some((label, _)) = routed.filter(|_| ends.is_none()) {
            let notice = RunNotice::from(label.as_str());
            (steps.watch)(StepEvent::Noticed(notice.clone()));
            run.notices.push(notice);
        }
        let prompt = match guard::screen_input(&scenario.guard, &question.text) {
            Screened::Clean(prompt) => prompt,
            Screened::Refused(refusal) => {
                run.seen.extend(Seen::stopped(&refusal));
                steps.end("refused");
                if refusal.code == RefusalCode::SecrecyMark {
                    run.routing = Some(guard::routing::Label::Secrecy.as_str().to_owned());
                }
                return Ok(Outcome::Refused(refused(&refusal)));
            }
        };
        run.seen.extend(Seen::passed(prompt.noticed()));
        run.question = prompt.text().to_owned();
        run.personal_data = guard::counted(prompt.findings());
        if !prompt.findings().is_empty() {
            run.notices.push("personal_data_masked".into());
        }
        if let Some(code) = ends {
            steps.end("refused");
            return Ok(Outcome::Refused(refused(&Refusal::new(code))));
        }
        steps.end("pass");

        steps.begin("retrieve");
        let as_of = question.as_of.unwrap_or_else(|| cx.now().date());
        let mut found = self.search(cx, permit, scenario, &prompt, as_of, follows).await?;
        if let Some(follows) = follows {
            run.notices.extend(follows.narrow(prompt.text(), scenario.retrieval.top, &mut found));
        }
        run.notices.extend(notices::of_search(&found.notices));
        let steering = Box::pin(self.steer(cx, permit, scenario, prompt.text(), as_of, &mut found.passages)).await?;
        run.correction = steering.as_ref().map(|steering| steering.steered.clone());
        if found.passages.is_empty() || (!found.has_basis && steering.is_none()) {
            steps.end("refused");
            return Ok(Outcome::Refused(no_basis(scenario)));
        }
        steps.end("pass");

        steps.begin("draft");
        let numbered = evidence(&found.passages);
        let early = Early::new(scenario, &found.passages);
        let (mut draft, model, profile) = match steering.and_then(|steering| steering.verbatim) {
            Some(right) => {
                // Words that a named person answers for, as in a reviewer's own edit.
                let model = RunModel { id: right.model.clone(), name: right.model.clone() };
                (right, model, crate::reviewing::signed_profile(&scenario.guard))
            }
            None => {
                let drafting = self.draft(cx, scenario, &prompt, &found, &numbered, as_of, run, steps, &early);
                let (draft, model) = drafting.await?;
                (draft, model, scenario.guard.clone())
            }
        };
        let shown_early = early.shown();
        let passages = in_order_of_citation(&mut draft, found.passages);
        let evidence = evidence(&passages);
        if draft.segments.is_empty() {
            steps.end("refused");
            return Ok(Outcome::Refused(no_basis(scenario)));
        }
        steps.end("pass");

        steps.begin("check");
        let checked = guard::check_output_for(&profile, &question.text, draft, &evidence);
        run.seen.extend(Seen::checks(&checked));
        if checked.failed("leak.canary") {
            self.record_canary(cx, scenario, run, &model).await?;
        }
        // The search filters by level before ranking; what came through anyway goes no further.
        if passages.iter().any(|passage| passage.level > permit.ceiling()) {
            steps.end("fail");
            return Ok(Outcome::Refused(RunRefusal::of(RefusalCode::AnswerUnsafe)));
        }
        if checked.removed() > 0 {
            run.notices.push(RunNotice::of("claims_removed", [("count", &checked.removed().to_string())]));
        }
        steps.end(match checked.worst() {
            guard::CheckStatus::Pass => "pass",
            guard::CheckStatus::Warn => "review",
            guard::CheckStatus::Fail => "fail",
        });

        steps.begin("release");
        let cited = citations(&checked, &passages).len();
        let notices = notices::of_passages(self.knowledge(), &passages, cited, cx.now().date()).await?;
        let basis = Basis { passages, notices, model };
        let decided = release::publish(scenario, checked.clone());
        if decided.is_err() && shown_early > 0 {
            run.notices.push("shown_early".into());
        }
        match decided {
            Ok(released) => {
                steps.end("pass");
                Ok(Outcome::Released(Box::new(released), basis))
            }
            Err(Decision::Refuse(code)) => {
                steps.end("refused");
                let answer = answer_to_risk(&profile, &checked, code);
                Ok(Outcome::Refused(RunRefusal { answer, ..RunRefusal::of(code) }))
            }
            Err(Decision::Review(reason)) => {
                steps.end("review");
                let level = basis.passages.iter().map(|p| p.level).max().unwrap_or(scenario.level);
                let held = Held::new(scenario, &checked, citations(&checked, &basis.passages), basis.model, level);
                let held = Held { notices: basis.notices, profile, ..held };
                Ok(Outcome::Held(Box::new(held), Box::new(checked), reason))
            }
            Err(Decision::Release) => kernel::never!(
                Ok(Outcome::Refused(RunRefusal::of(RefusalCode::AnswerUnsafe))),
                "publish gave back what it should have released"
            ),
        }
    }

    async fn search(
        &self,
        cx: &Cx,
        permit: &Permit,
        scenario: &Scenario,
        prompt: &CleanPrompt,
        as_of: Date,
        follows: Option<&FollowOn>,
    ) -> Result<Found, Error> {
        let sought = follows.map(|follows| follows.sought(prompt.text()));
        let retrieval = knowledge::Retrieval {
            collections: scenario.retrieval.collections.clone(),
            // Of what is found then, only what speaks of the need stays.
            top: scenario.retrieval.top * if follows.is_some() { 3 } else { 1 },
            as_of: Some(as_of),
            region: scenario.retrieval.region.clone(),
            explain: false,
            words_only: false,
        };
        let text = sought.as_deref().unwrap_or(prompt.text());
        Ok(Box::pin(self.knowledge().find(cx, permit, text, &retrieval)).await?)
    }

    #[expect(clippy::too_many_arguments, reason = "one step of the main flow, called once")]
    async fn draft(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        prompt: &CleanPrompt,
        found: &Found,
        evidence: &[Evidence],
        as_of: Date,
        run: &mut Run,
        steps: &Steps<'_>,
        early: &Early<'_>,
    ) -> Result<(Draft, RunModel), Error> {
        let quotations = quotations(&found.passages);
        let level = found.passages.iter().map(|p| p.level).max().unwrap_or(DataLevel::Public);
        let registry = self.models().registry();
        let route = registry.route(&scenario.route).ok_or(models::Error::NoModel { level })?;
        let route = crate::levels::at_level(scenario, &registry, route)?;
        let route = self.open_route(cx.store(), &route).await?;
        let fenced = fenced(cx, scenario, &registry, &route, level);
        // A rehearsal of the platform itself is neither queued nor metered.
        let on = (!matches!(cx.actor(), Actor::System { .. }))
            .then(|| on_behalf(cx, &registry, scenario.id.as_str(), scenario.priority));
        let request = DraftRequest {
            scenario: scenario.id.as_str(),
            template: &scenario.prompt,
            prompt,
            evidence,
            quotations: &quotations,
            as_of,
            level,
            on: on.as_ref(),
        };
        let watch = steps.watch;
        let progress = move |progress: Progress| match progress {
            Progress::Queued(position) => watch(StepEvent::Queued(position)),
            Progress::Reasoning(bytes) | Progress::Writing(bytes) => watch(StepEvent::Writing(bytes)),
            Progress::Statement(statement) => {
                early.push(statement).into_iter().for_each(|statement| watch(StepEvent::Early(statement)));
            }
            Progress::Anew => early.restart(),
        };
        let drafted = self.models().draft(&fenced, &request, &progress).await?;
        if !drafted.passed_over.is_empty() || fenced.models.len() < route.models.len() {
            run.notices.push("model_fallback".into());
        }
        Ok((drafted.draft, RunModel { id: drafted.model.id, name: drafted.model.name }))
    }

    async fn finish_released(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        mut run: Run,
        released: &Released,
        basis: &Basis,
    ) -> Result<Run, Error> {
        run.model = Some(basis.model.clone());
        show(&mut run, released, citations(released.checked(), &basis.passages));
        run.notices.extend(basis.notices.iter().cloned());
        let details = json!({
            "status": "released",
            "content_hash": run.content_hash,
            "model": basis.model.id,
            "articles": run.citations.iter().map(|c| c.article_id.as_str()).collect::<Vec<_>>(),
        });
        self.write_end(cx, scenario, &run, DeedOutcome::Done, details).await?;
        Ok(run)
    }

    async fn finish_refused(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        mut run: Run,
        refusal: RunRefusal,
    ) -> Result<Run, Error> {
        run.status = RunStatus::Refused;
        let details = json!({ "status": "refused", "code": refusal.code });
        run.refusal = Some(refusal);
        self.write_end(cx, scenario, &run, DeedOutcome::Refused, details).await?;
        Ok(run)
    }

    /// Writes the end of a run and its record in one transaction.
    async fn write_end(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        run: &Run,
        outcome: DeedOutcome,
        mut details: serde_json::Value,
    ) -> Result<(), Error> {
        if let Some(details) = details.as_object_mut() {
            details.insert("scenario".to_owned(), json!(scenario.id));
            if !run.personal_data.is_empty() {
                details.insert("personal_data".to_owned(), json!(run.personal_data));
            }
        }
        let owned = run.clone();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    crate::runs::save(tx, &owned, None, cx.now()).await?;
                    let record = store::Record {
                        deed: Deed::AskFinished,
                        actor: cx.actor(),
                        subject: owned.id.to_string(),
                        outcome,
                        reason: None,
                        details,
                        trace_id: cx.trace().to_owned(),
                    };
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await?;
        self.tell(&run.id);
        Ok(())
    }
}

/// Puts a released answer into its run. The only writer of `answer`.
pub(crate) fn show(run: &mut Run, released: &Released, citations: Vec<Citation>) {
    let checked = released.checked();
    let draft = checked.draft();
    run.answer = draft.text();
    run.claims = draft
        .segments
        .iter()
        .zip(checked.claims())
        .map(|(segment, claim)| AnswerClaim {
            text: format!("{}{}{}", segment.lead, segment.text, segment.tail),
            verdict: claim.verdict,
            why: claim.why.clone(),
            citations: segment.citations.clone(),
        })
        .collect();
    run.citations = citations;
    run.score = Some(checked.score());
    run.content_hash = Some(checked.hash().to_owned());
    run.refusal = None;
    run.status = RunStatus::Released;
}

/// The models of a route that the fence lets this asker's text go to.
fn fenced(
    cx: &Cx,
    scenario: &Scenario,
    registry: &models::Registry,
    route: &models::Route,
    level: DataLevel,
) -> models::Route {
    let admitted = |entry: &&String| {
        let model = registry.resolve(entry);
        model.is_some_and(|model| cx.admits_model(model_object(model), level, &scope(scenario)).is_ok())
    };
    models::Route { models: route.models.iter().filter(admitted).cloned().collect(), ..route.clone() }
}

/// What a model is to the fence.
#[must_use]
pub fn model_object(model: &models::ModelRecord) -> identity::fence::Object {
    identity::fence::Object::Model {
        id: model.id.clone(),
        level: model.level,
        generative: model.backend != models::BackendKind::Extractive && model.kind != models::ModelKind::Task,
        filed: model.filing_number.as_deref().is_some_and(|number| !number.trim().is_empty()),
    }
}

/// The scope a scenario is for a permit.
#[must_use]
pub fn scope(scenario: &Scenario) -> Scope {
    Scope::Scenario {
        id: scenario.id.clone(),
        audience: if scenario.stage.is_public() { Audience::Public } else { Audience::Internal },
        roles: scenario.roles.iter().filter_map(|role| RoleId::parse(role).ok()).collect(),
        level: scenario.level,
    }
}

/// On whose behalf a model is called: admission, metering and the budgets of the key and of the department go by it.
/// `scenario` is empty for a call by route.
#[must_use]
pub fn on_behalf(cx: &Cx, registry: &models::Registry, scenario: &str, priority: u8) -> models::OnBehalf {
    let actor = cx.actor().label();
    let department = cx.person().map_or_else(|| "citizens".to_owned(), |person| person.department.id.to_string());
    let own = cx.tokens_per_month().map(|tokens| (actor.clone(), tokens));
    let shared = registry.quota(&department).and_then(|quota| quota.tokens_per_month);
    let shared = shared.map(|tokens| (format!("department:{department}"), tokens));
    let budgets = own.into_iter().chain(shared).collect();
    models::OnBehalf { actor, department, scenario: scenario.to_owned(), priority, budgets }
}

fn refused(refusal: &Refusal) -> RunRefusal {
    RunRefusal::of(refusal.code)
}

/// What the asker reads of a draft that a risk stopped: the bank has an answer for each risk.
fn answer_to_risk(profile: &guard::Profile, checked: &Checked, code: RefusalCode) -> Option<String> {
    let by_risk = code == RefusalCode::AnswerUnsafe && checked.failed("output.risk");
    by_risk.then(|| guard::risk_answer(profile, checked.draft())).flatten().map(str::to_owned)
}

fn no_basis(scenario: &Scenario) -> RunRefusal {
    let searched = scenario.retrieval.collections.iter().map(ToString::to_string).collect();
    RunRefusal { searched, ..RunRefusal::of(RefusalCode::NoBasis) }
}

/// Passages as numbered evidence.
pub(crate) fn evidence(passages: &[Passage]) -> Vec<Evidence> {
    (1..)
        .zip(passages)
        .map(|(n, passage)| Evidence {
            n,
            article_id: passage.article_id.clone(),
            version_id: passage.version_id.clone(),
            document_id: passage.document_id.clone(),
            document: passage.document.clone(),
            label: passage.label.clone(),
            path: passage.path.clone(),
            text: passage.text.clone(),
            in_force: matches!(passage.validity.status, Status::InForce | Status::Unknown),
        })
        .collect()
}

/// Renumbers the passages so that the answer cites 1, 2, 3 … in the order in which it names them; those it does
/// not name follow. A number that stands for no passage gets one that stands for none either.
pub(crate) fn in_order_of_citation(draft: &mut Draft, passages: Vec<Passage>) -> Vec<Passage> {
    let count = u32::try_from(passages.len()).unwrap_or(u32::MAX);
    let named = draft.segments.iter().flat_map(|s| s.citations.iter().copied());
    let mut order: Vec<u32> = Vec::new();
    for n in named.filter(|n| (1..=count).contains(n)).chain(1..=count) {
        if !order.contains(&n) {
            order.push(n);
        }
    }
    let place = |n: u32| order.iter().position(|old| *old == n).and_then(|at| u32::try_from(at + 1).ok());
    for n in draft.segments.iter_mut().flat_map(|s| s.citations.iter_mut()) {
        *n = place(*n).unwrap_or_else(|| n.saturating_add(count));
    }
    let mut slots: Vec<Option<Passage>> = passages.into_iter().map(Some).collect();
    let take = |n: &u32| slots.get_mut(usize::try_from(*n).ok()?.checked_sub(1)?)?.take();
    order.iter().filter_map(take).collect()
}

/// The spans that seem to answer, best first.
fn quotations(passages: &[Passage]) -> Vec<Quotation> {
    // A good sentence of a passage that hardly fits is worth less than a fair one of the best passage.
    let top = passages.iter().map(|p| p.score).fold(f32::MIN_POSITIVE, f32::max);
    let mut quotations: Vec<Quotation> = (1..)
        .zip(passages)
        .flat_map(|(n, passage)| {
            let fit = (passage.score / top).clamp(0.0, 1.0);
            passage.best.iter().map(move |q| Quotation { n, span: q.span, score: q.score * fit })
        })
        .collect();
    quotations.sort_by(|a, b| b.score.total_cmp(&a.score));
    quotations
}

/// The citations an answer really names, each with the words that were used.
pub(crate) fn citations(checked: &guard::Checked, passages: &[Passage]) -> Vec<Citation> {
    let mut cited: Vec<u32> = checked.draft().segments.iter().flat_map(|s| s.citations.iter().copied()).collect();
    cited.sort_unstable();
    cited.dedup();
    let cite = |n: u32| {
        let passage = passages.get(usize::try_from(n).ok()?.checked_sub(1)?)?;
        let quoted = checked.draft().segments.iter().find(|s| s.quoted && s.citations.contains(&n));
        let quote = match quoted {
            Some(segment) => segment.text.clone(),
            None => passage.best.first().map_or_else(String::new, |q| slice(&passage.text, q.span).trim().to_owned()),
        };
        Some(Citation {
            n,
            article_id: passage.article_id.clone(),
            version_id: passage.version_id.clone(),
            document_id: passage.document_id.clone(),
            document: passage.document.clone(),
            label: passage.label.clone(),
            path: passage.path.clone(),
            quote,
            validity: passage.validity.clone(),
        })
    };
    cited.into_iter().filter_map(cite).collect()
}

/// Times the steps and tells the watcher.
pub(crate) struct Steps<'w> {
    cx: Cx,
    watch: Watch<'w>,
    open: Option<(&'static str, Timestamp)>,
    done: Vec<Step>,
}

impl<'w> Steps<'w> {
    pub(crate) fn new(cx: &Cx, watch: Watch<'w>) -> Self {
        Self { cx: cx.clone(), watch, open: None, done: Vec::new() }
    }

    fn begin(&mut self, name: &'static str) {
        self.open = Some((name, self.cx.now()));
        (self.watch)(StepEvent::Began(name));
    }

    fn end(&mut self, status: &str) {
        let Some((name, since)) = self.open.take() else { return };
        let ms = u32::try_from(self.cx.now().millis_since(since)).unwrap_or(0);
        let step = Step { name: name.to_owned(), status: status.to_owned(), ms };
        (self.watch)(StepEvent::Ended(step.clone()));
        self.done.push(step);
    }
}

impl Assistant {
    /// Writes the beginning of a run: the run, its conversation and the record, in one transaction.
    async fn begin(&self, cx: &Cx, scenario: &Scenario, question: &Question) -> Result<Run, Error> {
        let conversation = match &question.conversation {
            Some(id) => self.conversation_of(cx, id).await?,
            None => ConversationId::generate(cx.ids()),
        };
        let as_of = question.as_of.unwrap_or_else(|| cx.now().date());
        let run = Run::begun(RunId::generate(cx.ids()), conversation, scenario.id.clone(), as_of, cx.now());
        let owned = run.clone();
        let new_conversation = question.conversation.is_none();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    if new_conversation {
                        crate::conversations::create(tx, cx, &owned).await?;
                    }
                    crate::runs::create(tx, cx, &owned).await?;
                    let record =
                        cx.record(Deed::AskStarted, owned.id.to_string(), json!({ "scenario": owned.scenario }));
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(run)
    }
}

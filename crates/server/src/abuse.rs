//! Abuse: who may ask now. Suspensions, limits, floods of the same question, and what follows when a caller goes over
//! limits again and again: slower, a challenge, blocked, an incident. Counts here; the store keeps what must last.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use assistant::{Run, RunStatus, Scenario};
use identity::Cx;
use kernel::{Actor, Clock, Timestamp};
use security::{Conduct, Opening, Outcome, Security, Sighting, Stage};

use crate::challenge::Challenges;
use crate::gate::Gate;
use crate::http::problem::Problem;
use crate::limits::{Counted, Counter, Limiter, Limits, Meter, Tokens};
use crate::proofs::Proofs;
use crate::strikes::Strikes;

/// Different questions remembered at once.
const MOST_REMEMBERED: usize = 50_000;
/// How long the same question counts as the same.
const SAME_SECS: i64 = 600;

/// Everything that is counted at the door.
pub struct Abuse {
    limits: Limits,
    clock: Clock,
    /// Shares of a minute.
    pub limiter: Limiter,
    /// The gate before questions.
    pub gate: Gate,
    /// The challenge for visitors.
    pub challenges: Challenges,
    running: Counter,
    /// Those who wait because they are slowed down.
    slowed: Counter,
    tokens: Meter,
    questions: Mutex<HashMap<String, Repeats>>,
    strikes: Strikes,
    /// Programs whose last text was harmful.
    watched: Mutex<HashSet<String>>,
    security: Security,
}

#[derive(Debug, Clone, Copy)]
struct Repeats {
    since: Timestamp,
    count: u32,
}

/// Who asks, for counting.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The caller as the record names it.
    pub label: String,
    /// The address, as `address:…`.
    pub address: String,
    department: Option<String>,
    /// Under which name tokens and questions at the same time are counted.
    share: String,
    is_visitor: bool,
    /// A visitor who brought no cookie: only the address can be held to anything.
    is_new: bool,
    /// Whether the words are somebody else's, so that they say nothing of this caller's conduct.
    relays: bool,
}

impl Asker {
    /// Somebody at an address.
    #[must_use]
    pub fn of(cx: &Cx, address: IpAddr, is_new: bool) -> Self {
        let (label, address) = (cx.actor().label(), format!("address:{address}"));
        Self {
            // Whoever throws the cookie away each time gets no more than one visitor: one share for all of an address.
            share: if is_new { format!("nameless {address}") } else { label.clone() },
            label,
            address,
            department: cx.person().map(|person| format!("department:{}", person.department.id)),
            is_visitor: matches!(cx.actor(), Actor::Visitor { .. }),
            is_new,
            relays: false,
        }
    }

    /// Somebody who asks in another's words, as an operator does while a citizen is on the line.
    #[must_use]
    pub fn relaying(self) -> Self {
        Self { relays: true, ..self }
    }

    /// Whom strikes are held against.
    fn held(&self) -> &str {
        if self.is_new { &self.address } else { &self.label }
    }

    /// Who pays for its tokens, each with its most an hour.
    fn payers(&self, most: &Tokens) -> impl Iterator<Item = (&str, u32)> {
        let own = if self.is_visitor { most.visitor } else { most.user };
        let address = self.is_visitor.then_some((self.address.as_str(), most.address));
        let department = self.department.as_deref().zip(Some(most.department));
        [Some((self.share.as_str(), own)), address, department].into_iter().flatten()
    }

    /// Those who are suspended for harmful inputs.
    fn callers(&self) -> Vec<String> {
        if self.is_new { vec![self.address.clone()] } else { vec![self.label.clone(), self.address.clone()] }
    }
}

/// A question that was admitted; what it takes is given back when this is dropped.
#[derive(Debug)]
pub struct Admitted {
    _counted: Vec<Counted>,
}

/// How long a caller is slowed down. It is counted until this is dropped.
#[derive(Debug)]
pub struct Wait {
    time: Duration,
    _counted: Counted,
}

impl Wait {
    /// Waits.
    pub async fn over(self) {
        tokio::time::sleep(self.time).await;
    }
}

/// A limit that was reached.
struct Over {
    limit: &'static str,
    code: &'static str,
    secs: u32,
}

impl Abuse {
    /// Over these limits.
    #[must_use]
    pub fn new(limits: Limits, security: Security, clock: Clock, proofs: Proofs) -> Self {
        Self {
            limiter: Limiter::new(clock.clone()),
            gate: Gate::new(&limits.overload),
            challenges: Challenges::new(proofs, limits.response.challenge_bits),
            running: Counter::default(),
            slowed: Counter::default(),
            tokens: Meter::default(),
            questions: Mutex::default(),
            strikes: Strikes::new(limits.response),
            watched: Mutex::default(),
            limits,
            clock,
            security,
        }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether somebody may call at all, whatever is called.
    pub fn request(&self, caller: &str, is_person: bool) -> Result<(), Problem> {
        let most = if is_person { self.limits.requests.user } else { self.limits.requests.address };
        self.share(caller, most)
    }

    /// Whether a program may call now, whatever it calls: unless it is suspended, as often as its key says.
    pub fn program(&self, asker: &Asker, per_minute: Option<u32>) -> Result<(), Problem> {
        self.let_in(asker, "gateway")?;
        self.share(&asker.label, per_minute.unwrap_or(self.limits.requests.key))
    }

    /// Takes one request of a caller's share of the minute.
    fn share(&self, caller: &str, most: u32) -> Result<(), Problem> {
        self.limiter.take(&format!("request {caller}"), most).map_err(|secs| {
            crate::measures::turned_away("requests");
            self.saw("limit.requests", Outcome::Blocked, caller, "");
            Problem::too_many("abuse.too_many_requests", secs)
        })
    }

    /// Whether this question, of a caller who was let in by [`Self::respond`], may be asked now.
    pub async fn question(
        &self,
        asker: &Asker,
        scenario: &Scenario,
        text: &str,
        per_address: u32,
    ) -> Result<Admitted, Problem> {
        match self.over(asker, scenario, text, per_address) {
            Ok(admitted) => Ok(admitted),
            Err(over) => Err(self.struck(asker, scenario, &over).await),
        }
    }

    /// Whether something may be computed now by a scenario's rules. No model takes part: only the rates count.
    pub fn computation(&self, asker: &Asker, scenario: &Scenario, per_address: u32) -> Result<(), Problem> {
        self.let_in(asker, scenario.id.as_str())?;
        self.rates(asker, scenario, per_address).map_err(|over| self.turned_away(asker, scenario, &over))
    }

    /// Nobody who is suspended gets in; `subject` is what they came for.
    pub fn let_in(&self, asker: &Asker, subject: &str) -> Result<(), Problem> {
        let Some(suspension) = self.security.suspended(&asker.callers()) else { return Ok(()) };
        self.saw("conduct.suspended", Outcome::Blocked, &suspension.caller, subject);
        let detail = "suspended after harmful inputs; a security officer can lift it";
        Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "abuse.suspended", detail))
    }

    fn turned_away(&self, asker: &Asker, scenario: &Scenario, over: &Over) -> Problem {
        crate::measures::turned_away(over.limit);
        self.saw(over.limit, Outcome::Blocked, asker.held(), scenario.id.as_str());
        Problem::too_many(over.code, over.secs)
    }

    /// Turned away, with a strike.
    async fn struck(&self, asker: &Asker, scenario: &Scenario, over: &Over) -> Problem {
        let problem = self.turned_away(asker, scenario, over);
        self.strike(asker).await;
        problem
    }

    /// The graduated response to what a caller did before: in at once, a wait first, or not now. `answer` is the one to
    /// a challenge. Whoever waits must hold no place inside the gate meanwhile.
    pub async fn respond(
        &self,
        asker: &Asker,
        scenario: &Scenario,
        answer: Option<&str>,
    ) -> Result<Option<Wait>, Problem> {
        self.let_in(asker, scenario.id.as_str())?;
        let now = self.clock.now();
        let bounds = self.limits.response;
        let Some(standing) = self.strikes.of(asker.held(), now) else { return Ok(None) };
        if let Some(until) = standing.blocked_until(now) {
            let secs = u32::try_from(until.millis_since(now) / 1000 + 1).unwrap_or(60);
            return Err(Problem::too_many("abuse.blocked", secs));
        }
        if standing.count >= bounds.challenge_after && asker.is_visitor {
            if answer.is_some_and(|answer| self.challenges.solved(answer, &asker.address, now)) {
                self.strikes.ease(asker.held(), now);
                return Ok(None);
            }
            self.saw("response.challenge", Outcome::Limited, asker.held(), "");
            return Err(Problem::too_many("abuse.challenge", 1));
        }
        if standing.count < bounds.slow_after {
            return Ok(None);
        }
        let Some(counted) = self.slowed.enter(&asker.address, bounds.slowed_at_once) else {
            let over = Over { limit: "limit.slowed", code: "abuse.too_many_at_once", secs: 2 };
            return Err(self.struck(asker, scenario, &over).await);
        };
        self.saw("response.slow", Outcome::Limited, asker.held(), "");
        Ok(Some(Wait { time: Duration::from_millis(bounds.slow_millis), _counted: counted }))
    }

    /// Takes one question of each share of the minute.
    fn rates(&self, asker: &Asker, scenario: &Scenario, per_address: u32) -> Result<(), Over> {
        let questions = &self.limits.questions;
        let rate = |limit: &'static str, caller: &str, most: u32| {
            let over = |secs| Over { limit, code: "http.too_many_questions", secs };
            self.limiter.take(caller, most).map_err(over)
        };
        // A citizen without a cookie is a new visitor each time: the address is what bounds such a caller.
        if !asker.is_new {
            let by_actor = format!("{} {}", scenario.id, asker.label);
            rate("limit.questions.caller", &by_actor, scenario.limits.questions_per_minute)?;
        }
        rate("limit.questions.address", &asker.address, per_address)?;
        if !asker.is_visitor {
            rate("limit.questions.user", &asker.label, questions.user)?;
        }
        if let Some(department) = &asker.department {
            rate("limit.questions.department", department, questions.department)?;
        }
        rate("limit.questions.scenario", &format!("scenario:{}", scenario.id), questions.scenario)
    }

    fn over(&self, asker: &Asker, scenario: &Scenario, text: &str, per_address: u32) -> Result<Admitted, Over> {
        let (concurrent, tokens) = (&self.limits.concurrent, &self.limits.tokens);
        let now = self.clock.now();
        self.rates(asker, scenario, per_address)?;

        for (payer, most) in asker.payers(tokens) {
            let spent = |secs| Over { limit: "limit.tokens", code: "abuse.tokens", secs };
            self.tokens.left(payer, most, now).map_err(spent)?;
        }

        self.repeated(asker, text, now)?;

        let mut counted = Vec::new();
        let mut enter = |limit: &'static str, caller: &str, most: u32| match self.running.enter(caller, most) {
            Some(one) => {
                counted.push(one);
                Ok(())
            }
            None => Err(Over { limit, code: "abuse.too_many_at_once", secs: 2 }),
        };
        let most = if asker.is_visitor { concurrent.visitor } else { concurrent.user };
        enter("limit.concurrent.caller", &asker.share, most)?;
        enter("limit.concurrent.address", &asker.address, concurrent.address)?;
        if let Some(department) = &asker.department {
            enter("limit.concurrent.department", department, concurrent.department)?;
        }
        Ok(Admitted { _counted: counted })
    }

    /// The same question again: by one caller too often, or by everybody together.
    fn repeated(&self, asker: &Asker, text: &str, now: Timestamp) -> Result<(), Over> {
        let same: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let hash: String = store::sm3_hex(same.as_bytes()).chars().take(16).collect();
        let bounds = self.limits.duplicates;
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if questions.len() >= MOST_REMEMBERED {
            questions.retain(|_, repeats| now.millis_since(repeats.since) < SAME_SECS * 1000);
            if questions.len() >= MOST_REMEMBERED {
                questions.clear();
            }
        }
        let mut count = |key: String| {
            let repeats = questions.entry(key).or_insert(Repeats { since: now, count: 0 });
            if now.millis_since(repeats.since) >= SAME_SECS * 1000 {
                *repeats = Repeats { since: now, count: 0 };
            }
            repeats.count += 1;
            repeats.count
        };
        let over = |limit: &'static str| Over { limit, code: "abuse.duplicate", secs: 60 };
        if count(format!("{hash} {}", asker.held())) > bounds.caller {
            return Err(over("limit.duplicates.caller"));
        }
        let everybody = count(hash.clone());
        drop(questions);
        if everybody == bounds.everybody.saturating_add(1) {
            self.open(Opening::new("flood", &format!("question:{hash}")));
        }
        if everybody > bounds.everybody && asker.is_visitor {
            return Err(over("limit.duplicates.everybody"));
        }
        Ok(())
    }

    /// One more time over a limit.
    async fn strike(&self, asker: &Asker) {
        // Told once: while it is blocked nothing counts.
        if self.strikes.add(asker.held(), self.clock.now()) {
            self.saw("response.block", Outcome::Blocked, asker.held(), "");
            if let Err(error) = self.security.open_incident(Opening::new("flood", asker.held())).await {
                tracing::error!(code = kernel::Fault::code(&error), "an incident could not be opened");
            }
        }
    }

    /// Notes how a question ended: tokens, what the guard saw, and how the caller behaves.
    pub async fn ended(&self, asker: &Asker, run: &Run) {
        let now = self.clock.now();
        let used = tokens_of(run);
        for (payer, _) in asker.payers(&self.limits.tokens) {
            self.tokens.add(payer, used, now);
        }
        crate::watch::run(&self.security, &asker.label, run).await;
        // A caller's attack must not suspend the operator who types it.
        if asker.relays {
            return;
        }
        let refusals = &self.limits.harmful.refusals;
        let code = run.refusal.as_ref().map(|refusal| refusal.code.as_str());
        let harmful = run.status == RunStatus::Refused && code.is_some_and(|code| refusals.iter().any(|r| r == code));
        self.conduct(asker, harmful).await;
    }

    /// Notes how the text was that a program sent to a model by a route: with what the guard stopped it, if it did.
    pub async fn sent(&self, asker: &Asker, refusal: Option<&guard::Refusal>, route: &str) {
        if let Some(refusal) = refusal {
            crate::watch::stopped(&self.security, &asker.label, refusal, route);
        }
        let refusals = &self.limits.harmful.refusals;
        let harmful = refusal.is_some_and(|refusal| refusals.iter().any(|r| r == refusal.code.as_str()));
        let matters = {
            let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
            // A harmless text only ends a row of harmful ones: the store is not asked for each of thousands.
            if harmful {
                watched.insert(asker.label.clone());
            }
            harmful || watched.remove(&asker.label)
        };
        if matters {
            self.conduct(asker, harmful).await;
        }
    }

    async fn conduct(&self, asker: &Asker, harmful: bool) {
        let bounds = Conduct {
            in_a_row: self.limits.harmful.in_a_row,
            per_day: self.limits.harmful.per_day,
            per_day_of_address: self.limits.harmful.per_day_of_address,
        };
        if let Err(error) = self.security.behaved(&asker.callers(), harmful, bounds).await {
            tracing::error!(code = kernel::Fault::code(&error), "the conduct of a caller could not be noted");
        }
    }

    fn open(&self, opening: Opening) {
        let security = self.security.clone();
        crate::workers::detach(async move {
            if let Err(error) = security.open_incident(opening).await {
                tracing::error!(code = kernel::Fault::code(&error), "an incident could not be opened");
            }
        });
    }

    fn saw(&self, rule: &str, outcome: Outcome, caller: &str, subject: &str) {
        self.security.saw(Sighting {
            stage: Stage::Abuse,
            rule: rule.to_owned(),
            category: rule.split('.').next().unwrap_or_default().to_owned(),
            outcome,
            caller: caller.to_owned(),
            subject: subject.to_owned(),
        });
    }
}

impl std::fmt::Debug for Abuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abuse").field("gate", &self.gate.standing()).finish_non_exhaustive()
    }
}

/// What a run costs in tokens. Where the backend does not count: one for each character of question and answer, which
/// is about right for Chinese.
fn tokens_of(run: &Run) -> u32 {
    u32::try_from(run.question.chars().count() + run.answer.chars().count()).unwrap_or(u32::MAX)
}

//! Rehearsal: the same answer flow without a record, for evaluations at the machine. Only the platform itself may;
//! what comes out is shown to nobody as an answer of the agency.

use std::sync::Arc;

use guard::Profile;
use identity::{Cx, Permit};
use kernel::ids::{CollectionId, ConversationId, RunId, ScenarioId};
use kernel::{Actor, DataLevel, Date};

use crate::flows::answer::{Outcome, Question, Steps, citations};
use crate::notices::RunNotice;
use crate::run::{Citation, Run};
use crate::scenario::{Examples, Flow, Limits, Retrieval, Stage};
use crate::{Assistant, Error, Scenario};

/// The route that every registry has, with the built-in backend alone.
const BUILT_IN: &str = "builtin";

/// What is rehearsed: the answer flow over one collection with the built-in backend.
#[derive(Debug, Clone)]
pub struct Rehearsal(Arc<Scenario>);

/// What a rehearsal gave.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// The answer; empty when refused.
    pub answer: String,
    /// The citations, each with the id its importer gave the article.
    pub citations: Vec<(Citation, Option<String>)>,
    /// Why nothing would be released: a refusal's code, or the rule that asks for a person.
    pub refusal: Option<String>,
    /// Whether a person would decide, and `refusal` is the rule that asks for one.
    pub held: bool,
    /// What that person would look at: its text, and document and label of each source. For cases only, never shown.
    pub(crate) draft: Option<(String, Vec<(String, String)>)>,
    /// What the reader should know.
    pub notices: Vec<RunNotice>,
}

impl Rehearsal {
    /// Of a scenario as its record says, with the built-in backend.
    #[must_use]
    pub fn of(scenario: Scenario) -> Self {
        Self(Arc::new(Scenario { route: BUILT_IN.to_owned(), ..scenario }))
    }

    /// Over this collection.
    pub fn new(collection: &CollectionId) -> Result<Self, Error> {
        let id = ScenarioId::parse("rehearsal").map_err(|_| Error::NoScenario("rehearsal".to_owned()))?;
        Ok(Self(Arc::new(Scenario {
            id,
            title: String::new(),
            title_en: String::new(),
            description: String::new(),
            description_en: String::new(),
            class: String::new(),
            flow: Flow::Answer,
            stage: Stage::Draft,
            roles: Vec::new(),
            priority: 0,
            level: DataLevel::Sensitive,
            sensitive: false,
            route: BUILT_IN.to_owned(),
            retrieval: Retrieval { collections: vec![collection.clone()], top: 8, region: None },
            review: review::Terms::within(1),
            guard: Profile::default(),
            limits: Limits { questions_per_minute: 1 },
            examples: Examples::default(),
            gates: Vec::new(),
            prompt: String::new(),
            parts: crate::Parts::default(),
        })))
    }
}

impl Assistant {
    /// Runs the answer flow without writing anything. Refused to everybody but the platform itself.
    pub async fn rehearse(
        &self,
        cx: &Cx,
        permit: &Permit,
        rehearsal: &Rehearsal,
        text: &str,
        as_of: Option<Date>,
    ) -> Result<Rehearsed, Error> {
        let Actor::System { .. } = cx.actor() else {
            return Err(Error::NoScenario("rehearsal".to_owned()));
        };
        let scenario = &rehearsal.0;
        let question = Question { scenario: scenario.id.clone(), text: text.to_owned(), conversation: None, as_of };
        let (id, conversation) = (RunId::generate(cx.ids()), ConversationId::generate(cx.ids()));
        let as_of_day = as_of.unwrap_or_else(|| cx.now().date());
        let mut run = Run::begun(id, conversation, scenario.id.clone(), as_of_day, cx.now());
        let mut steps = Steps::new(cx, &|_| {});
        let refused = |code: String, held: bool| Rehearsed {
            held,
            draft: None,
            answer: String::new(),
            citations: Vec::new(),
            refusal: Some(code),
            notices: Vec::new(),
        };
        let mut rehearsed = match self.answer(cx, permit, scenario, (&question, None), &mut run, &mut steps).await? {
            Outcome::Released(released, basis) => {
                let checked = released.checked();
                let source = |citation: &Citation| {
                    let passage = basis.passages.iter().find(|p| p.article_id == citation.article_id);
                    passage.and_then(|p| p.source_id.clone())
                };
                let cited = citations(checked, &basis.passages).into_iter().map(|c| (c.clone(), source(&c)));
                Rehearsed {
                    answer: checked.draft().text(),
                    citations: cited.collect(),
                    refusal: None,
                    held: false,
                    draft: None,
                    notices: basis.notices.clone(),
                }
            }
            Outcome::Held(_, checked, reason) => {
                let cited: Vec<u32> = checked.draft().segments.iter().flat_map(|s| s.citations.clone()).collect();
                let sources = checked.evidence().iter().filter(|source| cited.contains(&source.n));
                let sources = sources.map(|source| (source.document.clone(), source.label.clone())).collect();
                Rehearsed { draft: Some((checked.draft().text(), sources)), ..refused(reason, true) }
            }
            Outcome::Refused(refusal) => refused(refusal.code.as_str().to_owned(), false),
        };
        rehearsed.notices.splice(0..0, run.notices);
        Ok(rehearsed)
    }
}

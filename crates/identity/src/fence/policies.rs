//! Policies: read from text, checked against what they may speak of, asked. A mistake names its file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cedar_policy::{
    Authorizer, Decision as Says, Entities, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};
use kernel::{Fault, Kind};
use miette::Diagnostic;

use super::{Decision, Explanation, Inquiry};
use crate::action::{Action, Duty};

/// What a policy does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It lets something be done, unless another policy forbids it.
    Permit,
    /// It forbids something, whatever others permit.
    Forbid,
}

impl Effect {
    /// The name in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Forbid => "forbid",
        }
    }
}

/// One policy, as an officer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its `@id`.
    pub id: String,
    /// Its `@title`, in Chinese.
    pub title: String,
    /// Its `@title_en`.
    pub title_en: String,
    /// What it does.
    pub effect: Effect,
    /// Its `@says`: what it means, in a sentence.
    pub says: String,
    /// Its words.
    pub text: String,
    /// The line of the whole text on which it begins, from 1.
    pub line: usize,
    /// Its `@missing`: what somebody lacks whom it forbids something.
    missing: Option<String>,
}

/// Something that is wrong with a text of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The line of the file, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

/// The policies cannot be put in force. Those that are stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BadFence(
    /// What is wrong; at least one.
    pub Vec<Mistake>,
);

impl std::fmt::Display for BadFence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, mistake) in self.0.iter().enumerate() {
            let line = mistake.line.map(|line| format!(":{line}")).unwrap_or_default();
            write!(f, "{}{}{line}: {}", if at > 0 { "; " } else { "" }, mistake.file, mistake.problem)?;
        }
        Ok(())
    }
}

impl Fault for BadFence {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "identity.bad_fence"
    }
}

/// The longest text of policies.
const MOST_BYTES: usize = 256 << 10;
/// The text that says what policies may speak of.
const SCHEMA: &str = include_str!("../../../../policies/fence/schema.cedarschema");
/// The files that ship.
const SHIPPED: [(&str, &str); 3] = [
    ("10-people.cedar", include_str!("../../../../policies/fence/10-people.cedar")),
    ("20-places.cedar", include_str!("../../../../policies/fence/20-places.cedar")),
    ("30-models.cedar", include_str!("../../../../policies/fence/30-models.cedar")),
];
/// Stands before each file in the text of several.
const FILE_MARK: &str = "// file: ";

/// Policies, ready to be asked.
pub struct Policies {
    text: String,
    clauses: Vec<Clause>,
    set: PolicySet,
    actions: Entities,
    authorizer: Authorizer,
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").field("clauses", &self.clauses.len()).finish_non_exhaustive()
    }
}

/// Names that no action of a role has.
const FENCE_ACTIONS: [&str; 2] = ["generate", "retrieve"];

/// The actions of the program as a schema: each once, in the groups of its duties.
fn schema_text() -> String {
    let mut text = SCHEMA.to_owned();
    text.push_str("\naction \"business\", \"system\", \"security\", \"audit\", \"change\";\n");
    let applies = "appliesTo { principal: [Person], resource: [Platform, Scenario, Collection, Model], \
                   context: Circumstances };\n";
    for action in Action::ALL {
        let mut groups: BTreeSet<&str> = action.duties().iter().map(|duty| group(*duty)).collect();
        if changes(*action) {
            groups.insert("change");
        }
        let groups: Vec<String> = groups.iter().map(|group| format!("\"{group}\"")).collect();
        let _ = write!(text, "action \"{}\" in [{}] {applies}", action.code(), groups.join(", "));
    }
    for action in FENCE_ACTIONS {
        let _ = write!(text, "action \"{action}\" in [\"business\"] {applies}");
    }
    text
}

fn group(duty: Duty) -> &'static str {
    match duty {
        Duty::Business => "business",
        Duty::System => "system",
        Duty::Security => "security",
        Duty::Audit => "audit",
    }
}

/// Whether an action changes a collection.
pub(crate) fn changes(action: Action) -> bool {
    matches!(action, Action::ManageCollections | Action::ImportDocuments | Action::RemoveDocuments)
}

impl Policies {
    /// The policies that come with the program.
    pub fn shipped() -> Result<Self, BadFence> {
        let files: Vec<(String, String)> =
            SHIPPED.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        Self::parse(&join(&files))
    }

    /// Reads one text, or several files that [`join`] put together. All mistakes are told, not only the first.
    pub fn parse(text: &str) -> Result<Self, BadFence> {
        let bare = |problem: String| BadFence(vec![Mistake { file: "fence.cedar".to_owned(), line: None, problem }]);
        if text.len() > MOST_BYTES {
            return Err(bare(format!("the policies are longer than {MOST_BYTES} bytes")));
        }
        let schema = Schema::from_cedarschema_str(&schema_text()).map(|(schema, _)| schema);
        let schema = schema.map_err(|error| bare(format!("schema.cedarschema: {error}")))?;
        let actions = schema.action_entities().map_err(|error| bare(error.to_string()))?;
        let mut mistakes = Vec::new();
        let mut clauses: Vec<Clause> = Vec::new();
        let mut policies = Vec::new();
        for piece in pieces(text) {
            match read(text, &piece) {
                Ok((clause, _)) if clauses.iter().any(|other| other.id == clause.id) => {
                    mistakes.push(mistake(text, piece.start, format!("`{}` is the `@id` of two policies", clause.id)));
                }
                Ok((clause, policy)) => {
                    clauses.push(clause);
                    policies.push(policy);
                }
                Err(found) => mistakes.extend(found),
            }
        }
        if clauses.is_empty() && mistakes.is_empty() {
            return Err(bare("there is no policy: nothing at all would be permitted".to_owned()));
        }
        let set = PolicySet::from_policies(policies).map_err(|error| bare(error.to_string()))?;
        let judged = Validator::new(schema).validate(&set, ValidationMode::Strict);
        for error in judged.validation_errors() {
            let id: &str = error.policy_id().as_ref();
            let start = clauses.iter().find(|clause| clause.id == id).map_or(0, |clause| offset(text, clause.line));
            let within = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
            // The message begins with the policy's id, which the reader sees anyway.
            let said = error.to_string();
            let problem = said.split_once("`, ").map_or(said.as_str(), |(_, rest)| rest);
            mistakes.push(mistake(text, start + within, format!("`{id}`: {}", for_any_action(problem))));
        }
        if mistakes.is_empty() {
            return Ok(Self { text: text.to_owned(), clauses, set, actions, authorizer: Authorizer::new() });
        }
        mistakes.sort_by(|a, b| (&a.file, a.line, &a.problem).cmp(&(&b.file, b.line, &b.problem)));
        mistakes.dedup();
        Err(BadFence(mistakes))
    }

    /// No policy: nothing is permitted.
    pub(crate) fn none() -> Self {
        let (actions, authorizer) = (Entities::empty(), Authorizer::new());
        Self { text: String::new(), clauses: Vec::new(), set: PolicySet::new(), actions, authorizer }
    }

    /// The text they were read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Each policy.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Decides. What cannot be evaluated is refused.
    #[must_use]
    pub fn decide(&self, inquiry: &Inquiry) -> Decision {
        let refused = Decision { allowed: false, because: Vec::new(), missing: None };
        let Some((request, entities)) = inquiry.terms() else { return refused };
        let Ok(entities) = self.actions.clone().add_entities(entities, None) else { return refused };
        let response = self.authorizer.is_authorized(&request, &self.set, &entities);
        if response.diagnostics().errors().next().is_some() {
            // A policy that fails might have been the one that forbids.
            return refused;
        }
        let mut because: Vec<String> =
            response.diagnostics().reason().map(|id| AsRef::<str>::as_ref(id).to_owned()).collect();
        because.sort_by_key(|id| self.clauses.iter().position(|clause| clause.id == *id));
        let allowed = response.decision() == Says::Allow;
        let missing = self.clauses.iter().find(|clause| !allowed && because.contains(&clause.id));
        Decision { allowed, missing: missing.and_then(|clause| clause.missing.clone()), because }
    }

    /// Decides and says why.
    #[must_use]
    pub fn explain(&self, inquiry: &Inquiry) -> Explanation {
        let decision = self.decide(inquiry);
        let because: Vec<Clause> =
            self.clauses.iter().filter(|clause| decision.because.contains(&clause.id)).cloned().collect();
        let mut facts = inquiry.facts();
        if !because.is_empty() {
            facts.retain(|fact| because.iter().any(|clause| names(&clause.text, &fact.name)));
        }
        Explanation { allowed: decision.allowed, because, facts }
    }
}

/// Whether the words of a policy look at `name`. Roles and departments are looked at with `principal in`.
fn names(text: &str, name: &str) -> bool {
    match name {
        "principal.roles" => text.contains("Role::"),
        "principal.departments" => text.contains("Department::") || text.contains("resource.department"),
        "principal" => text.contains("Person::"),
        "resource" => text.contains("Scenario::") || text.contains("Collection::") || text.contains("Model::"),
        "action" => text.contains("Action::"),
        name => text.match_indices(name).any(|(at, _)| {
            let after = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        }),
    }
}

/// Several files as one text: each behind a line that names it.
#[must_use]
pub fn join(files: &[(String, String)]) -> String {
    match files {
        [] => String::new(),
        [(_, text)] => text.clone(),
        files => files.iter().map(|(file, text)| format!("{FILE_MARK}{file}\n{text}")).collect::<Vec<_>>().join("\n"),
    }
}

/// A message without the action that it speaks of: a policy about any action is wrong for each, and is told once.
fn for_any_action(problem: &str) -> String {
    let Some((before, rest)) = problem.split_once(" for Action::\"") else { return problem.to_owned() };
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// Where a place of the text lies: file and line.
fn mistake(text: &str, at: usize, problem: String) -> Mistake {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let (mut file, mut line) = ("fence.cedar", 1);
    for read in before.split_inclusive('\n') {
        if let Some(name) = read.strip_prefix(FILE_MARK) {
            (file, line) = (name.trim(), 0);
        }
        if read.ends_with('\n') {
            line += 1;
        }
    }
    Mistake { file: file.to_owned(), line: Some(line), problem }
}

/// The byte at which a line begins.
fn offset(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}

/// The bytes of each policy: up to its `;`, without the comments and spaces before it.
fn pieces(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at) = (None, 0);
    let (mut quoted, mut comment) = (false, false);
    while let Some(byte) = bytes.get(at).copied() {
        let next = bytes.get(at + 1).copied();
        if comment {
            comment = byte != b'\n';
        } else if quoted {
            match byte {
                b'\\' => at += 1,
                b'"' => quoted = false,
                _ => {}
            }
        } else if byte == b'/' && next == Some(b'/') {
            comment = true;
        } else if !byte.is_ascii_whitespace() {
            let begun = *start.get_or_insert(at);
            quoted = byte == b'"';
            if byte == b';' {
                pieces.push(begun..at + 1);
                start = None;
            }
        }
        at += 1;
    }
    // What has no end is read as a policy too, so that its mistake is told.
    pieces.extend(start.map(|begun| begun..text.len()));
    pieces
}

/// Reads one policy.
fn read(text: &str, place: &std::ops::Range<usize>) -> Result<(Clause, Policy), Vec<Mistake>> {
    let words = text.get(place.clone()).unwrap_or_default();
    let policy = Policy::parse(None, words).map_err(|errors| {
        let told = errors.iter().map(|error| {
            let within = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
            mistake(text, place.start + within, error.to_string())
        });
        told.collect::<Vec<_>>()
    })?;
    let annotations: BTreeMap<&str, &str> = policy.annotations().collect();
    let note =
        |name: &str| annotations.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let (Some(id), Some(title)) = (note("id"), note("title")) else {
        let problem = "a policy begins with `@id(\"…\")` and `@title(\"…\")`".to_owned();
        return Err(vec![mistake(text, place.start, problem)]);
    };
    let known = ["id", "missing", "says", "title", "title_en"];
    if let Some(unknown) = annotations.keys().find(|name| !known.contains(name)) {
        let problem = format!("`@{unknown}` is none of @{}", known.join(", @"));
        return Err(vec![mistake(text, place.start, problem)]);
    }
    let effect = match policy.effect() {
        cedar_policy::Effect::Permit => Effect::Permit,
        cedar_policy::Effect::Forbid => Effect::Forbid,
    };
    let line = text.get(..place.start).unwrap_or_default().matches('\n').count() + 1;
    let clause = Clause {
        title_en: note("title_en").unwrap_or_else(|| title.clone()),
        says: note("says").unwrap_or_default(),
        missing: note("missing"),
        text: words.to_owned(),
        line,
        effect,
        title,
        id,
    };
    let policy = policy.new_id(PolicyId::new(&clause.id));
    Ok((clause, policy))
}

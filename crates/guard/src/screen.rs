//! Screening: may this text go on to a model? Secrets, commands to the model and tables of people do not.
//!
//! A finding says what was seen, where, by which rule and how sure; never the value. What is asked of a person's
//! own words is asked of pasted and retrieved text (`context`) too, where a command is an indirect injection.

mod decode;
mod learned;
mod needs;
mod rules;

use std::collections::HashSet;
use std::ops::Range;

use kernel::text::CharCounter;
pub use rules::{Action, Rules, RulesError};
use serde::{Deserialize, Serialize};

use crate::deidentify::{Options, settled};
use crate::identifiers::secrecy;
use crate::kind::Kind;
use crate::normalise::Normalised;
use crate::variants::Undone;

/// What becomes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenVerdict {
    /// It may go on.
    Pass,
    /// A person should look.
    Review,
    /// It stops here.
    Block,
}

/// Which of the two texts a finding is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What the person wrote.
    Text,
    /// What was pasted or retrieved.
    Context,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreenFinding {
    /// What sort of thing: `goal_hijack`, `secrecy_mark`, `aggregation`, …
    pub category: String,
    /// Its first character in the original.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// How sure, 0 to 1.
    pub score: f32,
    /// The rule.
    pub rule: String,
    /// What the rule leads to.
    pub action: Action,
    /// Where it stands.
    pub part: Part,
    /// What the rule is for, in a sentence.
    pub why: String,
}

/// What screening saw, and what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScreenReport {
    /// The strictest consequence.
    pub verdict: ScreenVerdict,
    /// Everything that was seen.
    pub findings: Vec<ScreenFinding>,
}

/// Screens a text, and the text it comes with, by the rules that ship.
#[must_use]
pub fn screen(text: &str, context: Option<&str>) -> ScreenReport {
    screen_by(Rules::built_in(), text, context)
}

/// Screens by other rules.
#[must_use]
pub fn screen_by(rules: &Rules, text: &str, context: Option<&str>) -> ScreenReport {
    let mut findings = Vec::new();
    look(rules, text, Part::Text, &mut findings);
    if let Some(context) = context {
        look(rules, context, Part::Context, &mut findings);
    }
    ScreenReport { verdict: screen_verdict(&findings), findings }
}

/// What follows from everything that was seen.
pub(crate) fn screen_verdict(findings: &[ScreenFinding]) -> ScreenVerdict {
    let strictest = findings.iter().map(|f| f.action).max().unwrap_or(Action::Observe);
    // Several weak signs together are a strong one.
    let doubt: f32 = findings
        .iter()
        .filter(|f| f.action == Action::Review && !matches!(f.category.as_str(), "secrecy_hint" | "harmful_request"))
        .map(|f| 1.0 - f.score)
        .product();
    match strictest {
        Action::Block => ScreenVerdict::Block,
        Action::Review if doubt <= 0.12 => ScreenVerdict::Block,
        Action::Review => ScreenVerdict::Review,
        Action::Observe => ScreenVerdict::Pass,
    }
}

/// The most of a text, in bytes, whose hidden spellings are undone.
const UNDONE_BYTES: usize = 1 << 20;
/// How deep a code inside a code is followed.
const DEPTH: usize = 3;
/// The most decoded texts that are looked at.
const MOST_DECODED: usize = 96;

/// What is collected while one text is looked at.
struct Desk<'f, 't> {
    counter: CharCounter<'t>,
    findings: &'f mut Vec<ScreenFinding>,
    part: Part,
}

impl Desk<'_, '_> {
    fn add(&mut self, category: &str, place: Range<usize>, score: f32, rule: String, action: Action, why: &str) {
        if self.findings.iter().any(|f| f.part == self.part && f.rule == rule) {
            return;
        }
        let span = self.counter.span(place);
        self.findings.push(ScreenFinding {
            category: category.to_owned(),
            start: span.start,
            end: span.end,
            score,
            rule,
            action,
            part: self.part,
            why: why.to_owned(),
        });
    }

    fn saw(&self, rule: &str) -> bool {
        self.findings.iter().any(|f| f.part == self.part && f.rule == rule)
    }
}

fn look(rules: &Rules, text: &str, part: Part, findings: &mut Vec<ScreenFinding>) {
    let mut desk = Desk { counter: CharCounter::new(text), findings, part };
    if let Some((from, to)) = unreadable(text) {
        let why = "Control or replacement characters: the encoding is broken or something hides.";
        desk.add("unreadable", from..to, 0.9, "text.unreadable".to_owned(), Action::Block, why);
    }
    let plain = Normalised::new(text);
    read(rules, &plain.text, "", &|place| plain.origin(place.start)..plain.origin(place.end), &mut desk);
    // What nobody can see was written for a machine.
    if !plain.hidden.is_empty() {
        let action = if rules.matches(&plain.hidden.to_lowercase()).is_empty() && plain.hidden.len() < 8 {
            Action::Review
        } else {
            Action::Block
        };
        let why = "Text in characters that nobody sees.";
        desk.add("hidden_text", 0..text.len(), 0.95, "hidden_text.tags".to_owned(), action, why);
    }
    if plain.invisible >= 24 && plain.invisible * 4 >= text.chars().count() {
        let why = "Many invisible characters between the visible ones.";
        desk.add("hidden_text", 0..text.len(), 0.7, "hidden_text.invisible".to_owned(), Action::Review, why);
    }
    let head = crate::variants::head(&plain.text, UNDONE_BYTES);
    if let Some(undone) = Undone::new(head, &rules.sounds) {
        let origin =
            |place: Range<usize>| plain.origin(undone.origin(place.start))..plain.origin(undone.origin(place.end));
        read(rules, &undone.text, "respelt.", &origin, &mut desk);
    }
    let mut budget = MOST_DECODED;
    unpack(rules, text, None, 0, &mut budget, &mut desk);
    let mut marks = Vec::new();
    secrecy::find(text, &mut marks);
    // The mark may hide behind width or invisible characters.
    if marks.is_empty() && plain.text.len() != text.len() {
        secrecy::find(&plain.text, &mut marks);
        for mark in &mut marks {
            mark.start = plain.origin(mark.start);
            mark.end = plain.origin(mark.end);
        }
    }
    for mark in marks {
        let action = if mark.score >= 0.8 { Action::Block } else { Action::Review };
        let why = "A marking of secrecy as documents carry it.";
        desk.add("secrecy_mark", mark.start..mark.end, mark.score, mark.rule.to_owned(), action, why);
    }
    if let Some((from, to, people)) = crowd(text) {
        let (score, action) = if people >= 20 { (0.9, Action::Block) } else { (0.7, Action::Review) };
        let why = "Identifiers of many people at once: a pasted table.";
        desk.add("aggregation", from..to, score, "aggregation.identifiers".to_owned(), action, why);
    }
}

/// Rules and classifier over one reading of the text.
fn read(
    rules: &Rules,
    reading: &str,
    prefix: &str,
    origin: &dyn Fn(Range<usize>) -> Range<usize>,
    desk: &mut Desk<'_, '_>,
) {
    for (rule, place) in rules.matches(reading) {
        if (desk.part == Part::Text || rule.everywhere) && !desk.saw(&rule.id) {
            let id = format!("{prefix}{}", rule.id);
            desk.add(&rule.category, origin(place), rule.score, id, rule.action, &rule.why);
        }
    }
    for (learned, place, score) in learned::judge(&rules.learned, reading, desk.part) {
        if !desk.saw(&learned.id) {
            let id = format!("{prefix}{}", learned.id);
            desk.add(&learned.category, origin(place), score, id, learned.action, &learned.why);
        }
    }
}

/// Codes in the text, and codes in those, down to [`DEPTH`].
fn unpack(
    rules: &Rules,
    text: &str,
    outer: Option<&Range<usize>>,
    depth: usize,
    budget: &mut usize,
    desk: &mut Desk<'_, '_>,
) {
    if depth == DEPTH {
        return;
    }
    for run in decode::decoded(text) {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        let place = outer.unwrap_or(&run.place).clone();
        let inner = Normalised::new(&run.text);
        let prefix = format!("decoded_{}.", run.form);
        read(rules, &inner.text, &prefix, &|_| place.clone(), desk);
        unpack(rules, &run.text, Some(&place), depth + 1, budget, desk);
    }
}

/// Where control characters and replacement characters are more than a slip.
pub(crate) fn unreadable(text: &str) -> Option<(usize, usize)> {
    let (mut bad, mut all) = (0_usize, 0_usize);
    let (mut first, mut last) = (None, 0);
    for (at, c) in text.char_indices() {
        all += 1;
        let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
        if c == '\u{fffd}' || private || (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            bad += 1;
            first = first.or(Some(at));
            last = at + c.len_utf8();
        }
    }
    (bad * 20 >= all).then_some((first?, last))
}

/// Many people's numbers in one text: a table that was pasted. Counts distinct values of the kind that is most frequent.
fn crowd(text: &str) -> Option<(usize, usize, usize)> {
    const KINDS: &[Kind] = &[Kind::IdCard, Kind::Mobile, Kind::BankCard, Kind::Passport, Kind::HkMoTwPermit];
    // Five numbers of eleven digits need this much.
    if text.len() < 55 {
        return None;
    }
    let options = Options { kinds: KINDS.to_vec(), min_score: 0.8, ..Options::default() };
    let hits = settled(text, &options);
    let people = KINDS
        .iter()
        .map(|kind| {
            hits.iter()
                .filter(|h| h.kind == *kind)
                .filter_map(|h| text.get(h.start..h.end))
                .collect::<HashSet<_>>()
                .len()
        })
        .max()
        .unwrap_or(0);
    (people >= 5).then_some((hits.first()?.start, hits.last()?.end, people))
}

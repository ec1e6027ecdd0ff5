//! De-identification: find, settle overlaps, replace. The same value always becomes the same token.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kernel::Date;
use kernel::text::CharCounter;
use serde::{Deserialize, Serialize};

use crate::identifiers::{self, Hit};
use crate::keys::Key;
use crate::kind::Kind;
use crate::preserve::{Way, preserve};
use crate::vault::Vault;
use crate::{Finding, bodies, generalise, mask, people, places, recogniser};

/// What becomes of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// It stays; only the finding says that it is there.
    Keep,
    /// Part of it stays readable: `138****8000`.
    #[default]
    Mask,
    /// A token that the vault can turn back: `⟦手机1⟧`.
    Placeholder,
    /// Something coarser: the county of an address, the year of a birth, a family name.
    Generalise,
    /// A keyed hash (HMAC-SM3): the same value always has the same one, and nobody without the key can try values.
    Hash,
    /// Another value of the same form that passes the form's check (FF1 with SM4); masked where there is no such form.
    Encrypt,
}

impl Operator {
    /// Whether it needs a key.
    #[must_use]
    pub fn needs_key(self) -> bool {
        matches!(self, Self::Hash | Self::Encrypt)
    }
}

/// How sure the recogniser must be in questions and answers: a word of the law taken for a name would spoil them.
/// Who de-identifies whole texts asks for less (0.5): recall first.
const SURE: f32 = 0.93;

/// What to look for and what to do with it.
#[derive(Debug, Clone)]
pub struct Options {
    /// Births after this date are not real; without it any date to 2099 is.
    pub today: Option<Date>,
    /// The kinds wanted; empty means all.
    pub kinds: Vec<Kind>,
    /// What becomes of a value of a kind that `operators` does not name.
    pub operator: Operator,
    /// What becomes of a value of each kind.
    pub operators: BTreeMap<Kind, Operator>,
    /// Findings below this score are left out.
    pub min_score: f32,
    /// What only the recogniser saw is left out below this score.
    pub recogniser_score: f32,
    /// Whether public bodies and bare places are reported too. By themselves they are not replaced: an organ of state
    /// and a city are no personal data, and a question about policy names them all the time.
    pub report_public: bool,
    /// Whether public bodies and bare places are replaced like the others: for texts that must not say where they
    /// come from.
    pub replace_public: bool,
    /// For hashes and encryption; without it such values are masked.
    pub key: Option<Key>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            today: None,
            kinds: Vec::new(),
            operator: Operator::Mask,
            operators: BTreeMap::new(),
            min_score: 0.5,
            recogniser_score: SURE,
            report_public: false,
            replace_public: false,
            key: None,
        }
    }
}

impl Options {
    /// Every kind, each value a token that can be turned back.
    #[must_use]
    pub fn reversible() -> Self {
        Self { operator: Operator::Placeholder, ..Self::default() }
    }

    fn wants(&self, hit: &Hit) -> bool {
        hit.score >= self.score_for(hit.rule)
            && (self.kinds.is_empty() || self.kinds.contains(&hit.kind))
            && (self.report_public || self.replace_public || !is_public(hit.rule))
    }

    fn score_for(&self, rule: &str) -> f32 {
        if rule.ends_with(".recogniser") { self.recogniser_score.max(self.min_score) } else { self.min_score }
    }

    /// What becomes of a value that this rule found.
    fn operator_for(&self, hit: &Hit) -> Operator {
        if is_public(hit.rule) && !self.replace_public {
            return Operator::Keep;
        }
        self.operators.get(&hit.kind).copied().unwrap_or(self.operator)
    }

    /// The value as it may be shown.
    fn replaced(&self, operator: Operator, kind: Kind, value: &str, vault: &mut Vault) -> String {
        match (operator, &self.key) {
            (Operator::Keep, _) => value.to_owned(),
            (Operator::Placeholder, _) => vault.token(kind, value),
            (Operator::Generalise, _) => generalise::generalise(kind, value),
            (Operator::Hash, Some(key)) => hashed(key, kind, value),
            (Operator::Encrypt, Some(key)) => {
                preserve(kind, value, key, Way::Forth).unwrap_or_else(|| mask::mask(kind, value))
            }
            (Operator::Mask | Operator::Hash | Operator::Encrypt, _) => mask::mask(kind, value),
        }
    }
}

/// Public bodies and bare places, which stay unless the options say otherwise.
fn is_public(rule: &str) -> bool {
    matches!(rule, "organisation.public" | "address.place")
}

/// `（手机·kfjmaodbpgcl）`: letters only, so that no number is found in it.
fn hashed(key: &Key, kind: Kind, value: &str) -> String {
    let plain: String = value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let letters: String = key
        .hash(kind.as_str(), &plain)
        .iter()
        .take(8)
        .flat_map(|b| [b >> 4, b & 15])
        .map(|n| char::from(b'a' + n))
        .collect();
    format!("（{}·{letters}）", kind.label())
}

/// The value that format-preserving encryption hid; `None` when the kind has no form that is kept.
#[must_use]
pub fn decrypted(kind: Kind, value: &str, key: &Key) -> Option<String> {
    preserve(kind, value, key, Way::Back)
}

/// A text without its personal data.
#[derive(Debug, Clone)]
pub struct Deidentified {
    /// The text as it may be shown.
    pub text: String,
    /// What was found, in characters of the original, in order, without overlaps.
    pub findings: Vec<Finding>,
    /// The key to the tokens in `text`; empty unless values became placeholders.
    pub vault: Vault,
}

/// Finds personal data and replaces it.
#[must_use]
pub fn deidentify(text: &str, options: &Options) -> Deidentified {
    let mut vault = Vault::new();
    let (text, findings) = deidentify_with(text, options, &mut vault);
    Deidentified { text, findings, vault }
}

/// As [`deidentify`], with a vault that outlives the text: the turns of one conversation share their tokens.
pub fn deidentify_with(text: &str, options: &Options, vault: &mut Vault) -> (String, Vec<Finding>) {
    let hits = settled(text, options);
    vault.reserve(text);
    let mut out = String::with_capacity(text.len());
    let mut findings = Vec::with_capacity(hits.len());
    let mut counter = CharCounter::new(text);
    let mut from = 0;
    for hit in &hits {
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        out.push_str(text.get(from..hit.start).unwrap_or_default());
        let operator = options.operator_for(hit);
        out.push_str(&options.replaced(operator, hit.kind, value, vault));
        from = hit.end;
        findings.push(Finding {
            kind: hit.kind.as_str().to_owned(),
            span: counter.span(hit.start..hit.end),
            score: hit.score,
            rule: hit.rule.to_owned(),
            operator: Some(operator),
        });
    }
    out.push_str(text.get(from..).unwrap_or_default());
    (out, findings)
}

/// The findings alone, in characters.
#[must_use]
pub fn find_personal_data(text: &str, options: &Options) -> Vec<Finding> {
    let mut counter = CharCounter::new(text);
    settled(text, options)
        .into_iter()
        .map(|hit| Finding {
            kind: hit.kind.as_str().to_owned(),
            span: counter.span(hit.start..hit.end),
            score: hit.score,
            rule: hit.rule.to_owned(),
            operator: None,
        })
        .collect()
}

/// The hits of every finder, without overlaps. A value found once is found wherever it stands again.
pub(crate) fn settled(text: &str, options: &Options) -> Vec<Hit> {
    let mut settled: Vec<Hit> = Vec::new();
    let mut view = Cow::Borrowed(text);
    let mut stretches = vec![(0, text.len())];
    // What was hidden by a neighbour shows once the neighbour is walled off, on the same line. The recogniser comes
    // after everything that has a form or a label, and sees the whole text once.
    for pass in 0..6 {
        let mut hits = Vec::new();
        if pass == 0 {
            identifiers::find(text, options.today, &mut hits);
        }
        if pass == 1 {
            recognised(&view, options, &mut hits);
            find_by_rule(&view, options, &mut hits);
        }
        for (from, to) in &stretches {
            let before = hits.len();
            let part = view.get(*from..*to).unwrap_or_default();
            if pass > 0 {
                identifiers::find(part, options.today, &mut hits);
            }
            if pass > 1 {
                recognised_again(part, options, &mut hits);
                find_by_rule(part, options, &mut hits);
            }
            for hit in hits.iter_mut().skip(before) {
                hit.start += from;
                hit.end += from;
            }
        }
        hits.retain(|hit| options.wants(hit) && hit.start < hit.end);
        if hits.is_empty() {
            if pass == 0 {
                stretches.clear();
                continue;
            }
            break;
        }
        let hits = without_overlaps(hits);
        wall_off(&mut view, &hits);
        stretches = lines_of(text, &hits);
        settled.extend(hits);
    }
    settled.sort_by_key(|hit| hit.start);
    settled
}

/// Looks through a text and adds what it found.
type Finder = fn(&str, &mut Vec<Hit>);

/// Finders by rule of what has no fixed form, each with the kind it finds. The trained one adds its hits; hits of
/// several finders are settled by their scores.
const FINDERS: &[(Kind, Finder)] =
    &[(Kind::Address, places::find), (Kind::Organisation, bodies::find), (Kind::PersonName, people::find)];

/// Asks every finder by rule whose kinds are wanted.
fn find_by_rule(text: &str, options: &Options, hits: &mut Vec<Hit>) {
    for (kind, find) in FINDERS {
        if options.kinds.is_empty() || options.kinds.contains(kind) {
            find(text, hits);
        }
    }
}

/// What the recogniser sees in the sentences that hold a wall: the others look as they did.
fn recognised_again(text: &str, options: &Options, hits: &mut Vec<Hit>) {
    let mut at = 0;
    for sentence in text.split_inclusive(['\n', '。', '！', '？', '；']) {
        if sentence.contains('\u{1}') {
            let before = hits.len();
            recognised(sentence, options, hits);
            for hit in hits.iter_mut().skip(before) {
                hit.start += at;
                hit.end += at;
            }
        }
        at += sentence.len();
    }
}

/// What the trained recogniser sees.
fn recognised(text: &str, options: &Options, hits: &mut Vec<Hit>) {
    if !options.kinds.is_empty() && !FINDERS.iter().any(|(kind, _)| options.kinds.contains(kind)) {
        return;
    }
    let Some(model) = recogniser::Recogniser::shipped() else { return };
    hits.extend(model.find(text).into_iter().filter_map(|seen| {
        let value = text.get(seen.start..seen.end)?;
        let (kind, rule) = match seen.class {
            recogniser::Class::PersonName
                if !recogniser::could_name_a_person(value)
                    || people::is_public_figure(value, text.get(seen.end..)?) =>
            {
                return None;
            }
            recogniser::Class::Organisation | recogniser::Class::PublicBody if !bodies::is_proper(value) => {
                return None;
            }
            recogniser::Class::Address if !places::has_a_door(value) && !places::is_bare(value) => return None,
            recogniser::Class::PersonName => (Kind::PersonName, "person_name.recogniser"),
            recogniser::Class::Organisation => (Kind::Organisation, "organisation.recogniser"),
            recogniser::Class::PublicBody => (Kind::Organisation, "organisation.public"),
            recogniser::Class::Address if places::is_bare(value) => (Kind::Address, "address.place"),
            recogniser::Class::Address => (Kind::Address, "address.recogniser"),
            recogniser::Class::Place => (Kind::Address, "address.place"),
        };
        Some(Hit { kind, start: seen.start, end: seen.end, score: 0.5 + 0.45 * seen.score, rule })
    }));
}

/// The lines that hold the hits, each once.
fn lines_of(text: &str, hits: &[Hit]) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut lines: Vec<(usize, usize)> = Vec::new();
    for hit in hits {
        if lines.last().is_some_and(|(_, to)| hit.end <= *to) {
            continue;
        }
        let floor = lines.last().map_or(0, |(_, to)| *to);
        let from = bytes
            .get(floor..hit.start)
            .unwrap_or_default()
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(floor, |at| floor + at + 1);
        let to = bytes
            .get(hit.end..)
            .unwrap_or_default()
            .iter()
            .position(|b| *b == b'\n')
            .map_or(text.len(), |at| hit.end + at);
        lines.push((from, to));
    }
    lines
}

/// Of overlapping hits the one that covers the other, else the surer one.
fn without_overlaps(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)).then(b.score.total_cmp(&a.score)));
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match kept.last_mut() {
            Some(last) if hit.start < last.end => {
                // In this order a hit that ends earlier is covered by the last one.
                let same = hit.start == last.start && hit.end == last.end;
                if (same || hit.end > last.end) && hit.score > last.score {
                    *last = hit;
                }
            }
            _ => kept.push(hit),
        }
    }
    kept
}

/// Overwrites the hits in the working copy, byte for byte, so that offsets stay. Nothing is recognised across them.
fn wall_off(view: &mut Cow<'_, str>, hits: &[Hit]) {
    const WALLS: &str = "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}";
    let mut out = String::with_capacity(view.len());
    let mut at = 0;
    for hit in hits {
        out.push_str(view.get(at..hit.start).unwrap_or_default());
        let mut left = hit.end - hit.start;
        while left > 0 {
            let some = left.min(WALLS.len());
            out.push_str(WALLS.get(..some).unwrap_or_default());
            left -= some;
        }
        at = hit.end;
    }
    out.push_str(view.get(at..).unwrap_or_default());
    *view = Cow::Owned(out);
}

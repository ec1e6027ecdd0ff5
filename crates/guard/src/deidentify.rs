//! De-identification: find, settle overlaps, replace. The same value always becomes the same token.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kernel::Date;
use kernel::text::CharCounter;
use serde::{Deserialize, Serialize};

use crate::identifiers::{self, Hit};
use crate::kind::Kind;
use crate::scan::WALL;
use crate::vault::Vault;
use crate::{Finding, bodies, mask, people, places};

/// What becomes of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// It stays; only the finding says that it is there.
    Keep,
    /// Part of it stays readable: `138****8000`.
    #[default]
    Mask,
    /// A token that the vault can turn back: `⟦手机1⟧`.
    Placeholder,
}

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
}

impl Default for Options {
    fn default() -> Self {
        Self { today: None, kinds: Vec::new(), operator: Operator::Mask, operators: BTreeMap::new(), min_score: 0.5 }
    }
}

impl Options {
    /// Every kind, each value a token that can be turned back.
    #[must_use]
    pub fn reversible() -> Self {
        Self { operator: Operator::Placeholder, ..Self::default() }
    }

    fn wants(&self, hit: &Hit) -> bool {
        hit.score >= self.min_score && (self.kinds.is_empty() || self.kinds.contains(&hit.kind))
    }
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
        match options.operators.get(&hit.kind).copied().unwrap_or(options.operator) {
            Operator::Keep => out.push_str(value),
            Operator::Mask => out.push_str(&mask::mask(hit.kind, value)),
            Operator::Placeholder => out.push_str(&vault.token(hit.kind, value)),
        }
        from = hit.end;
        findings.push(Finding {
            kind: hit.kind.as_str().to_owned(),
            span: counter.span(hit.start..hit.end),
            score: hit.score,
            rule: hit.rule.to_owned(),
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
        })
        .collect()
}

/// The hits of every finder, without overlaps. A value found once is found wherever it stands again.
pub(crate) fn settled(text: &str, options: &Options) -> Vec<Hit> {
    let mut settled: Vec<Hit> = Vec::new();
    let mut view = Cow::Borrowed(text);
    let mut stretches = vec![(0, text.len())];
    // What was hidden by a neighbour shows once the neighbour is walled off, on the same line.
    for _ in 0..4 {
        let mut hits = Vec::new();
        for (from, to) in &stretches {
            let before = hits.len();
            look(view.get(*from..*to).unwrap_or_default(), options, &mut hits);
            for hit in hits.iter_mut().skip(before) {
                hit.start += from;
                hit.end += from;
            }
        }
        hits.retain(|hit| options.wants(hit) && hit.start < hit.end);
        if hits.is_empty() {
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

/// Finders of what has no fixed form, each with the kind it finds. A trained one is one more line: hits of several
/// finders are settled by their scores.
const FINDERS: &[(Kind, Finder)] =
    &[(Kind::Address, places::find), (Kind::Organisation, bodies::find), (Kind::PersonName, people::find)];

/// Asks every finder whose kinds are wanted.
fn look(text: &str, options: &Options, hits: &mut Vec<Hit>) {
    identifiers::find(text, options.today, hits);
    for (kind, find) in FINDERS {
        if options.kinds.is_empty() || options.kinds.contains(kind) {
            find(text, hits);
        }
    }
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

/// Overwrites the hits in the working copy, byte for byte, so that offsets stay.
fn wall_off(view: &mut Cow<'_, str>, hits: &[Hit]) {
    let mut bytes = std::mem::take(view).into_owned().into_bytes();
    for hit in hits {
        if let Some(part) = bytes.get_mut(hit.start..hit.end) {
            part.fill(WALL);
        }
    }
    *view = Cow::Owned(String::from_utf8(bytes).unwrap_or_default());
}

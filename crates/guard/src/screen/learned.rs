//! The screening classifier: what it makes of a text, held against the thresholds that the rule file sets.

use std::ops::Range;
use std::sync::LazyLock;

use super::Part;
use super::rules::Learned;
use crate::classify::Classifier;

/// The classifier that ships; its recipe is `cargo xtask screens`.
static SHIPPED: LazyLock<Option<Classifier>> = LazyLock::new(|| {
    Classifier::read(include_bytes!("../../data/screen.bin"))
        .inspect_err(|error| kernel::never!((), "the shipped classifier must be readable: {error}"))
        .ok()
});

/// The classifier of texts in Latin letters: what is harmless there looks more like an attack.
static LATIN: LazyLock<Option<Classifier>> = LazyLock::new(|| {
    Classifier::read(include_bytes!("../../data/screen_latin.bin"))
        .inspect_err(|error| kernel::never!((), "the shipped classifier must be readable: {error}"))
        .ok()
});

/// Shorter texts than this, in letters, say too little to be judged.
const LEAST_LETTERS: usize = 8;

/// A text is Latin when at least this share of its letters is.
const LATIN_PERCENT: usize = 70;

/// The learned rules that a text meets, each with its strongest window (bytes) and the probability there.
pub(crate) fn judge<'r>(rules: &'r [Learned], text: &str, part: Part) -> Vec<(&'r Learned, Range<usize>, f32)> {
    if rules.is_empty() {
        return Vec::new();
    }
    let head = crate::variants::head(text, 1 << 16);
    let (latin, letters) = head.chars().fold((0_usize, 0_usize), |(latin, all), c| {
        let is_latin = c.is_ascii_alphabetic();
        let letter = is_latin
            || matches!(c, '\u{4e00}'..='\u{9fff}')
            || (!c.is_ascii() && !matches!(c, '\u{3000}'..='\u{3011}' | '\u{ff01}'..='\u{ff20}') && c.is_alphabetic());
        (latin + usize::from(is_latin), all + usize::from(letter))
    });
    if letters < LEAST_LETTERS {
        return Vec::new();
    }
    let is_latin = latin * 100 >= letters * LATIN_PERCENT;
    let shipped = if is_latin { &LATIN } else { &SHIPPED };
    let Some(model) = shipped.as_ref() else { return Vec::new() };
    let windows = model.windows(text);
    let mut found: Vec<(&Learned, Range<usize>, f32)> = Vec::new();
    for rule in rules {
        let threshold = match (part, rule.threshold_context) {
            (Part::Context, None) => continue,
            (Part::Context, Some(threshold)) => threshold,
            (Part::Text, _) if is_latin => rule.threshold_latin,
            (Part::Text, _) => rule.threshold,
        };
        let Some(label) = model.label(&rule.label) else { continue };
        let score = |scores: &[f32]| {
            let score = scores.get(label).copied().unwrap_or(0.0);
            if rule.label == "none" { 1.0 - score } else { score }
        };
        let strongest = windows.iter().max_by(|a, b| score(&a.scores).total_cmp(&score(&b.scores)));
        if let Some(window) = strongest
            && score(&window.scores) >= threshold
        {
            // One judgement is enough: the first rule that holds speaks.
            found.push((rule, window.place.clone(), score(&window.scores)));
            break;
        }
    }
    found
}

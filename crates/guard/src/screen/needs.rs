//! What a text must hold before an expression is asked of it: words that every match contains.
//!
//! One automaton looks for the words of all expressions at once; most texts hold none of what most expressions need.

use daachorse::CharwiseDoubleArrayAhoCorasick;
use regex_syntax::hir::{Class, Hir, HirKind};

/// One of these words is in every match.
type AnyOf = Vec<String>;

/// The most words of one alternative.
const MOST: usize = 48;
/// The most conditions of one expression.
const CONDITIONS: usize = 3;

/// The words of many expressions.
#[derive(Default)]
pub(crate) struct Needs {
    words: Vec<String>,
    /// For each expression its conditions: of each, one word at least. Without any it is always asked.
    conditions: Vec<Vec<Vec<u32>>>,
    matcher: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

impl std::fmt::Debug for Needs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Needs").field("words", &self.words.len()).finish_non_exhaustive()
    }
}

/// Which words a text holds.
pub(crate) struct Held(Vec<u64>);

impl Held {
    fn has(&self, word: u32) -> bool {
        self.0.get(word as usize >> 6).is_some_and(|bits| bits >> (word & 63) & 1 == 1)
    }
}

impl Needs {
    /// Adds an expression; they are numbered in the order in which they come.
    pub(crate) fn add(&mut self, pattern: &str) {
        let mut conditions = regex_syntax::Parser::new().parse(pattern).map(|hir| conditions(&hir)).unwrap_or_default();
        // The longest words are the rarest.
        conditions.sort_by_key(|any| std::cmp::Reverse(rarity(any)));
        conditions.truncate(CONDITIONS);
        let numbered =
            conditions.into_iter().map(|any| any.into_iter().map(|word| self.number(word)).collect()).collect();
        self.conditions.push(numbered);
    }

    fn number(&mut self, word: String) -> u32 {
        let at = self.words.iter().position(|w| *w == word).unwrap_or_else(|| {
            self.words.push(word);
            self.words.len() - 1
        });
        u32::try_from(at).unwrap_or(0)
    }

    /// Builds the automaton once every expression is there.
    pub(crate) fn ready(&mut self) {
        let numbered = self.words.iter().zip(0_u32..).map(|(word, n)| (word.as_str(), n));
        self.matcher = CharwiseDoubleArrayAhoCorasick::with_values(numbered).ok();
    }

    /// Looks a text through.
    pub(crate) fn held(&self, text: &str) -> Held {
        let mut held = Held(vec![0; self.words.len() / 64 + 1]);
        for found in self.matcher.iter().flat_map(|matcher| matcher.find_overlapping_iter(text)) {
            if let Some(bits) = held.0.get_mut(found.value() as usize >> 6) {
                *bits |= 1 << (found.value() & 63);
            }
        }
        held
    }

    /// Whether expression `n` can match a text that holds these words.
    pub(crate) fn may_match(&self, n: usize, held: &Held) -> bool {
        self.matcher.is_none()
            || self.conditions.get(n).is_none_or(|all| all.iter().all(|any| any.iter().any(|word| held.has(*word))))
    }
}

/// How telling a condition is: the shortest of its words, in bytes.
fn rarity(any: &AnyOf) -> usize {
    any.iter().map(String::len).min().unwrap_or(0)
}

/// What every match holds, condition by condition.
fn conditions(hir: &Hir) -> Vec<AnyOf> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).map(|word| vec![vec![word.to_owned()]]).unwrap_or_default()
        }
        HirKind::Class(Class::Unicode(class)) => {
            let chars: Vec<char> = class.ranges().iter().flat_map(|r| r.start()..=r.end()).take(MOST + 1).collect();
            let all_told = chars.len() <= MOST && chars.iter().all(|c| !c.is_ascii());
            if all_told { vec![chars.into_iter().map(String::from).collect()] } else { Vec::new() }
        }
        HirKind::Capture(capture) => conditions(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => conditions(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(conditions).collect(),
        HirKind::Alternation(parts) => {
            let best = |hir: &Hir| conditions(hir).into_iter().max_by_key(rarity);
            let all: Option<Vec<AnyOf>> = parts.iter().map(best).collect();
            let mut any: AnyOf = all.unwrap_or_default().concat();
            any.sort_unstable();
            any.dedup();
            if any.is_empty() || any.len() > MOST { Vec::new() } else { vec![any] }
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) | HirKind::Class(Class::Bytes(_)) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Needs;

    #[test]
    fn an_expression_is_asked_where_its_words_are() {
        let mut needs = Needs::default();
        for pattern in ["(可以|能够?)(立即)?做任何事", r"\b(ignore|forget)\b[^.]{0,9}\brules?\b", "[0-9]+", "a?b*"]
        {
            needs.add(pattern);
        }
        needs.ready();
        let asked = |text: &str| (0..4).filter(|n| needs.may_match(*n, &needs.held(text))).collect::<Vec<_>>();
        assert_eq!(asked("你可以办理"), [2, 3]);
        assert_eq!(asked("你能做任何事"), [0, 2, 3]);
        assert_eq!(asked("forget the rule"), [1, 2, 3]);
        assert_eq!(asked(""), [2, 3]);
    }
}

//! Text that arrives in pieces and is shown in pieces: a window is held back, so that no listed word gets out in parts.
//!
//! A word is shown only when everything that could belong to it has been seen: the window is as long as the longest
//! entry with the most partings between its characters. What was found stops the stream; the held-back text is gone.

use crate::canary;
use crate::risk::{RiskReport, RiskRules, risk_by};
use crate::screen::ScreenVerdict;
use crate::tuning::Tuning;
use crate::words::Library;

/// What a piece leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Passage {
    /// This text may be shown; often empty.
    Shown(String),
    /// The stream ends here: nothing more is shown.
    Stopped(Stopped),
}

/// Why a stream was stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Stopped {
    /// A canary was about to leave.
    Canary,
    /// A risk that blocks.
    Risk(RiskReport),
}

/// The state of one stream.
#[derive(Debug)]
pub struct Stream<'l> {
    library: &'l Library,
    rules: &'l RiskRules,
    canaries: Vec<String>,
    /// Characters that stay back.
    window: usize,
    /// Shown text that is still looked at, then held-back text.
    seen: String,
    /// Bytes of `seen` that were shown.
    shown: usize,
    stopped: bool,
    /// Whether a review stops the stream too.
    strict: bool,
    /// What officers set, where it counts.
    tuning: Option<Tuning>,
}

/// How many characters of shown text are looked at again with what follows: companions of an entry may stand there.
const CONTEXT: usize = 400;

impl<'l> Stream<'l> {
    /// A stream by what ships. `strict`: what a person should look at is not shown either.
    #[must_use]
    pub fn new(canaries: Vec<String>, strict: bool) -> Stream<'static> {
        Stream::by(RiskRules::built_in(), Library::built_in(), canaries, strict)
    }

    /// A stream by other rules and another library.
    #[must_use]
    pub fn by(rules: &'l RiskRules, library: &'l Library, canaries: Vec<String>, strict: bool) -> Self {
        let canary = canaries.iter().map(|c| c.chars().count()).max().unwrap_or(0);
        // Between two characters of a word three signs are taken for a parting.
        let window = library.longest().max(canary) * 4;
        let (seen, tuning) = (String::new(), None);
        Self { library, rules, canaries, window, seen, shown: 0, stopped: false, strict, tuning }
    }

    /// A stream by what ships and what officers set.
    #[must_use]
    pub fn tuned(canaries: Vec<String>, strict: bool, tuning: Tuning) -> Stream<'static> {
        let longest = tuning.now().library.as_ref().map_or(0, Library::longest);
        let stream = Stream::new(canaries, strict);
        Stream { window: stream.window.max(longest * 4), tuning: Some(tuning), ..stream }
    }

    /// Takes a piece.
    pub fn push(&mut self, piece: &str) -> Passage {
        if self.stopped {
            return Passage::Shown(String::new());
        }
        self.seen.push_str(piece);
        if let Some(stopped) = self.look() {
            return Passage::Stopped(stopped);
        }
        let keep = self.seen.char_indices().rev().nth(self.window.saturating_sub(1)).map_or(0, |(at, _)| at);
        Passage::Shown(self.show(keep))
    }

    /// The rest, when nothing more comes.
    pub fn finish(&mut self) -> Passage {
        if self.stopped {
            return Passage::Shown(String::new());
        }
        if let Some(stopped) = self.look() {
            return Passage::Stopped(stopped);
        }
        Passage::Shown(self.show(self.seen.len()))
    }

    fn look(&mut self) -> Option<Stopped> {
        let stopped = if canary::find(&self.seen, &self.canaries).is_some() {
            Stopped::Canary
        } else {
            let report = match &self.tuning {
                Some(tuning) => tuning.risk(&self.seen),
                None => risk_by(self.rules, self.library, &self.seen),
            };
            let least = if self.strict { ScreenVerdict::Review } else { ScreenVerdict::Block };
            if report.verdict < least {
                return None;
            }
            Stopped::Risk(report)
        };
        self.stopped = true;
        self.seen.clear();
        Some(stopped)
    }

    /// Shows what lies before byte `keep`, and forgets shown text that is no longer looked at.
    fn show(&mut self, keep: usize) -> String {
        let out = self.seen.get(self.shown..keep).unwrap_or_default().to_owned();
        self.shown = self.shown.max(keep);
        let old =
            self.seen.get(..self.shown).unwrap_or_default().char_indices().rev().nth(CONTEXT).map_or(0, |(at, _)| at);
        self.seen.drain(..old);
        self.shown -= old;
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Passage, Stopped, Stream};
    use crate::risk::RiskRules;
    use crate::words::Library;

    const LINES: &str = "违禁品甲乙\tA1h\tblock\t0.90\t\ttest\n不当之词\tA1h\tblock\t0.90\t\ttest\n";

    /// What was shown, and whether it was stopped.
    fn run(text: &str, cuts: &[usize]) -> (String, bool) {
        let library = Library::import("words", LINES).unwrap();
        let rules = RiskRules::parse("risk", "doubt = 0.1\n").unwrap();
        let mut stream = Stream::by(&rules, &library, vec!["kq-bcdf".to_owned()], true);
        let chars: Vec<char> = text.chars().collect();
        let (mut shown, mut stopped, mut at) = (String::new(), false, 0);
        let mut take = |passage: Passage| match passage {
            Passage::Shown(part) => shown.push_str(&part),
            Passage::Stopped(_) => stopped = true,
        };
        for cut in cuts.iter().cycle().take(chars.len()) {
            let end = (at + cut.max(&1)).min(chars.len());
            take(stream.push(&chars[at..end].iter().collect::<String>()));
            at = end;
        }
        take(stream.finish());
        (shown, stopped)
    }

    proptest! {
        #[test]
        fn no_split_lets_a_listed_word_out(
            before in "[一二三，。 ]{0,200}",
            word in prop::sample::select(vec!["违禁品甲乙", "违 禁*品-甲 乙", "违禁 品甲乙", "不当之词", "不.当.之.词", "k q b c d f"]),
            after in "[四五六，。]{0,80}",
            cuts in prop::collection::vec(1usize..9, 1..6),
        ) {
            let (shown, stopped) = run(&format!("{before}，{word}{after}"), &cuts);
            prop_assert!(stopped);
            for c in word.chars().filter(|c| c.is_alphanumeric()) {
                prop_assert!(!shown.contains(c), "{shown}");
            }
        }

        #[test]
        fn harmless_text_arrives_whole(text in "[一二三四，。\n]{0,300}", cuts in prop::collection::vec(1usize..20, 1..6)) {
            prop_assert_eq!(run(&text, &cuts), (text, false));
        }
    }

    #[test]
    fn a_canary_stops_the_stream() {
        let mut stream = Stream::new(vec!["kq-bcdf-ghjk".to_owned()], false);
        assert_eq!(stream.push("编号 KQ BCDF"), Passage::Shown(String::new()));
        assert_eq!(stream.push(" GHJK"), Passage::Stopped(Stopped::Canary));
        assert_eq!(stream.push("后文"), Passage::Shown(String::new()));
    }
}

//! What a model writes, on its way out: looked at before it is shown, own words put back, and only then let go.

use guard::stream::{Passage, Stopped, Stream};
use guard::{CleanDialogue, Tuning};
use kernel::Timestamp;

use crate::metering::StoppedBy;

/// Text is looked at in portions: a look reads what was shown before again.
const PORTION_BYTES: usize = 240;
/// A portion that is smaller waits no longer than this.
const PORTION_MS: i64 = 120;
/// The longest placeholder, in bytes; what opens and does not close within it is text.
const TOKEN_BYTES: usize = 96;

/// One text that is being written.
#[derive(Debug)]
pub(super) struct Outgoing {
    stream: Stream<'static>,
    pending: String,
    /// The beginning of a placeholder.
    held: String,
    looked_at: Timestamp,
    stopped: bool,
}

/// The guard stopped the text, by these rules.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Halt(pub(super) Vec<StoppedBy>);

impl From<Stopped> for Halt {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Canary => Self(vec![StoppedBy { rule: "leak.canary".to_owned(), category: "canary".to_owned() }]),
            Stopped::Risk(report) => Self(StoppedBy::of(&report)),
        }
    }
}

impl Outgoing {
    pub(super) fn new(now: Timestamp, tuning: &Tuning) -> Self {
        Self {
            stream: Stream::tuned(Vec::new(), false, tuning.clone()),
            pending: String::new(),
            held: String::new(),
            looked_at: now,
            stopped: false,
        }
    }

    /// Takes a piece and gives what may be shown now; often nothing.
    pub(super) fn push(&mut self, piece: &str, clean: &CleanDialogue, now: Timestamp) -> Result<String, Halt> {
        self.pending.push_str(piece);
        if self.pending.len() < PORTION_BYTES && now.millis_since(self.looked_at) < PORTION_MS {
            return Ok(String::new());
        }
        self.looked_at = now;
        let portion = std::mem::take(&mut self.pending);
        let passage = self.stream.push(&portion);
        self.shown(passage, clean, false)
    }

    /// The rest.
    pub(super) fn finish(&mut self, clean: &CleanDialogue) -> Result<String, Halt> {
        let portion = std::mem::take(&mut self.pending);
        let first = self.stream.push(&portion);
        let mut text = self.shown(first, clean, false)?;
        let last = self.stream.finish();
        text.push_str(&self.shown(last, clean, true)?);
        Ok(text)
    }

    fn shown(&mut self, passage: Passage, clean: &CleanDialogue, last: bool) -> Result<String, Halt> {
        let text = match passage {
            Passage::Shown(text) => text,
            Passage::Stopped(stopped) => {
                self.stopped = true;
                return Err(stopped.into());
            }
        };
        if self.stopped {
            return Err(Halt(Vec::new()));
        }
        if clean.replaced() == 0 {
            return Ok(text);
        }
        self.held.push_str(&text);
        let open = self.held.rfind('⟦').filter(|at| {
            let rest = self.held.get(*at..).unwrap_or_default();
            !last && !rest.contains('⟧') && rest.len() < TOKEN_BYTES
        });
        let rest = open.map(|at| self.held.split_off(at)).unwrap_or_default();
        let ready = std::mem::replace(&mut self.held, rest);
        Ok(clean.restore(&ready))
    }
}

#[cfg(test)]
mod tests {
    use guard::{Profile, screen_dialogue};
    use kernel::Timestamp;

    use super::Outgoing;

    #[test]
    fn own_words_come_back_however_the_placeholder_is_cut() {
        let clean = screen_dialogue(&Profile::default(), &["手机13800138000"]).unwrap();
        let token = clean.texts()[0].trim_start_matches("手机").to_owned();
        assert!(token.starts_with('⟦'), "{token}");
        let answer = format!("您的号码是{token}，已登记。");
        let chars: Vec<String> = answer.chars().map(String::from).collect();
        for size in 1..6 {
            let mut outgoing = Outgoing::new(Timestamp::from_millis(0), clean.tuning());
            let mut shown = String::new();
            for (n, piece) in chars.chunks(size).enumerate() {
                // Time passes, so every piece is looked at.
                let now = Timestamp::from_millis(i64::try_from(n).unwrap() * 1000);
                shown.push_str(&outgoing.push(&piece.concat(), &clean, now).unwrap());
                assert!(!shown.contains('⟦'));
            }
            shown.push_str(&outgoing.finish(&clean).unwrap());
            assert_eq!(shown, "您的号码是13800138000，已登记。");
        }
    }
}

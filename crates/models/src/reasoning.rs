//! Keeps a model's reasoning apart from its answer, while it streams.
//!
//! DeepSeek-R1 gives reasoning either as `reasoning_content` or inside `<think>…</think>` of the content; some
//! servers swallow the opening tag. Nothing of it may reach a citizen.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Splits streamed content into reasoning and answer.
#[derive(Debug, Default)]
pub struct ReasoningSplitter {
    reasoning: String,
    answer: String,
    /// Text that may be the beginning of a tag.
    held: String,
    inside: bool,
}

impl ReasoningSplitter {
    /// A splitter at the start of an answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A splitter inside reasoning: for servers that swallow the opening tag.
    #[must_use]
    pub fn opened() -> Self {
        Self { inside: true, ..Self::default() }
    }

    /// Takes out what is known so far: reasoning and answer.
    pub fn take(&mut self) -> (String, String) {
        (std::mem::take(&mut self.reasoning), std::mem::take(&mut self.answer))
    }

    /// Takes out the rest: a tag that was begun is text.
    pub fn rest(&mut self) -> (String, String) {
        let held = std::mem::take(&mut self.held);
        self.emit(&held);
        self.take()
    }

    /// Takes the next piece of `content`.
    pub fn push(&mut self, piece: &str) {
        self.held.push_str(piece);
        loop {
            let tag = if self.inside { CLOSE } else { OPEN };
            if let Some((before, after)) = self.held.split_once(tag) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.emit(&before);
                self.inside = !self.inside;
                self.held = after;
                continue;
            }
            // A closing tag without an opening one: the server swallowed `<think>`; all before it was reasoning.
            if !self.inside
                && let Some((before, after)) = self.held.split_once(CLOSE)
            {
                let (before, after) = (before.to_owned(), after.to_owned());
                let answer = std::mem::take(&mut self.answer);
                self.reasoning.push_str(&answer);
                self.reasoning.push_str(&before);
                self.held = after;
                continue;
            }
            let keep = longest_tag_start(&self.held);
            let cut = self.held.len() - keep;
            let ready: String = self.held.drain(..cut).collect();
            self.emit(&ready);
            return;
        }
    }

    /// Takes a piece of `reasoning_content`.
    pub fn push_reasoning(&mut self, piece: &str) {
        self.reasoning.push_str(piece);
    }

    /// Characters of reasoning and of answer so far.
    #[must_use]
    pub fn lengths(&self) -> (usize, usize) {
        (self.reasoning.len(), self.answer.len())
    }

    /// The answer so far, without what may still be the beginning of a tag.
    #[must_use]
    pub fn answer(&self) -> &str {
        &self.answer
    }

    /// Whether reasoning came and ended. Before that, what looks like an answer may be reasoning whose opening tag
    /// the server swallowed.
    #[must_use]
    pub fn is_past_reasoning(&self) -> bool {
        !self.inside && !self.reasoning.is_empty()
    }

    /// The answer and the reasoning. Reasoning that was never closed stays reasoning.
    #[must_use]
    pub fn finish(mut self) -> (String, Option<String>) {
        let held = std::mem::take(&mut self.held);
        self.emit(&held);
        let reasoning = Some(self.reasoning.trim().to_owned()).filter(|r| !r.is_empty());
        (self.answer.trim().to_owned(), reasoning)
    }

    fn emit(&mut self, text: &str) {
        if self.inside {
            self.reasoning.push_str(text);
        } else {
            self.answer.push_str(text);
        }
    }
}

/// The length of the longest end of `text` that begins one of the tags.
fn longest_tag_start(text: &str) -> usize {
    (1..CLOSE.len())
        .rev()
        .find(|n| {
            let tail = text.len().checked_sub(*n).and_then(|from| text.get(from..));
            tail.is_some_and(|tail| OPEN.starts_with(tail) || CLOSE.starts_with(tail))
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ReasoningSplitter;

    fn split(pieces: &[&str]) -> (String, Option<String>) {
        let mut splitter = ReasoningSplitter::new();
        for piece in pieces {
            splitter.push(piece);
        }
        splitter.finish()
    }

    #[test]
    fn reasoning_never_reaches_the_answer() {
        assert_eq!(split(&["<think>想一想</think>\n答案"]), ("答案".into(), Some("想一想".into())));
        assert_eq!(split(&["想一想</think>答案"]), ("答案".into(), Some("想一想".into())));
        assert_eq!(split(&["<think>没有说完"]), (String::new(), Some("没有说完".into())));
        assert_eq!(split(&["一<二，a</b"]), ("一<二，a</b".into(), None));
    }

    proptest! {
        #[test]
        fn the_split_does_not_depend_on_where_the_stream_is_cut(cuts in proptest::collection::vec(0usize..60, 0..8)) {
            let whole = "<think>先看 a<b，再看第三十九条</think>答：可以<1>。<think>又想</think>完";
            let bounds: Vec<usize> = whole.char_indices().map(|(i, _)| i).chain([whole.len()]).collect();
            let mut at: Vec<usize> = cuts.iter().map(|c| bounds[c % bounds.len()]).collect();
            at.extend([0, whole.len()]);
            at.sort_unstable();
            let pieces: Vec<&str> = at.windows(2).filter_map(|w| whole.get(w[0]..w[1])).collect();
            prop_assert_eq!(split(&pieces), split(&[whole]));
            prop_assert_eq!(split(&[whole]).0, "答：可以<1>。完");
        }
    }
}

//! From the bytes of tokens to text that may be shown: whole characters, and nothing that may become a stop word.

/// The text of one answer on its way out.
#[derive(Debug)]
pub(super) struct Text {
    stops: Vec<String>,
    held: Vec<u8>,
}

/// What becomes of the answer after a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It goes on; this much more may be shown.
    More(String),
    /// A stop word came; this is the last of it.
    Stopped(String),
}

impl Text {
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self { stops, held: Vec::new() }
    }

    /// Takes the bytes of a token.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Shown {
        self.held.extend_from_slice(bytes);
        if let Some(at) = self.stops.iter().filter_map(|stop| find(&self.held, stop.as_bytes())).min() {
            self.held.truncate(at);
            return Shown::Stopped(self.rest());
        }
        let keep = self.stops.iter().map(|stop| begun(&self.held, stop.as_bytes())).max().unwrap_or(0);
        let free = self.held.len() - keep;
        let whole = whole_chars(self.held.get(..free).unwrap_or_default());
        let ready: Vec<u8> = self.held.drain(..whole).collect();
        Shown::More(String::from_utf8_lossy(&ready).into_owned())
    }

    /// What is still held, when nothing more comes.
    pub(super) fn rest(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned()
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len().max(1)).position(|window| window == word)
}

/// How many bytes at the end of `text` begin `word`.
fn begun(text: &[u8], word: &[u8]) -> usize {
    (1..word.len()).rev().find(|n| word.get(..*n).is_some_and(|start| text.ends_with(start))).unwrap_or(0)
}

/// How many bytes of `text` are whole characters or can never become one.
fn whole_chars(text: &[u8]) -> usize {
    let last = text.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    // Up to three bytes may be a character whose end has not come yet.
    let open = last.len() < 4 && text.ends_with(last) && last.first().is_some_and(|b| *b >= 0xc2);
    if open && std::str::from_utf8(last).is_err_and(|error| error.error_len().is_none()) {
        text.len() - last.len()
    } else {
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, Text};

    fn bytewise(text: &str, stops: &[&str]) -> (String, bool) {
        let mut out = Text::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
        let mut said = String::new();
        for byte in text.bytes() {
            match out.push(&[byte]) {
                Shown::More(more) => said.push_str(&more),
                Shown::Stopped(last) => return (said + &last, true),
            }
        }
        (said + &out.rest(), false)
    }

    #[test]
    fn characters_come_whole_and_stop_words_never() {
        assert_eq!(bytewise("试用期a😀", &[]), ("试用期a😀".into(), false));
        assert_eq!(bytewise("试用期。完了", &["。完"]), ("试用期".into(), true));
        assert_eq!(bytewise("试用期。", &["。完"]), ("试用期。".into(), false));
        assert_eq!(bytewise("aab", &["ab"]), ("a".into(), true));
        let mut out = Text::new(Vec::new());
        assert_eq!(out.push(&[0xff, b'a']), Shown::More("\u{fffd}a".into()));
    }
}

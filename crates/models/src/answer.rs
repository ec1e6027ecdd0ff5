//! From a model's running text with `[n]` marks to draft segments, one sentence each.

use std::sync::OnceLock;

use guard::DraftSegment;
use regex::Regex;

/// A citation mark: `[1]`, `[1,2]`, `【3】`, `［4、5］`.
fn mark() -> Option<&'static Regex> {
    static MARK: OnceLock<Option<Regex>> = OnceLock::new();
    MARK.get_or_init(|| Regex::new(r"[\[【［]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】］]").ok()).as_ref()
}

/// Tells statements as soon as they are finished, while an answer is still being written.
#[derive(Debug, Default)]
pub struct Statements {
    told: usize,
}

/// Behind so many characters even an opening bracket is no citation mark any more.
const LONGEST_MARK: usize = 20;

impl Statements {
    /// The statements that are finished and were not told before. `text` is the whole answer so far: a statement is
    /// finished when the next one has begun, because marks and closing quotes may follow its full stop.
    pub fn finished(&mut self, text: &str) -> Vec<DraftSegment> {
        let mut all = segments(text);
        let has_begun = all.pop().is_some_and(|next| {
            next.text.starts_with(char::is_alphanumeric) || next.text.chars().count() > LONGEST_MARK
        });
        if !has_begun {
            all.pop();
        }
        let new: Vec<DraftSegment> = all.into_iter().skip(self.told).collect();
        self.told += new.len();
        new
    }
}

/// Splits an answer into segments. A mark belongs to the sentence it stands in or directly follows.
#[must_use]
pub fn segments(text: &str) -> Vec<DraftSegment> {
    let Some(mark) = mark() else { return Vec::new() };
    let mut segments: Vec<DraftSegment> = Vec::new();
    // Line breaks are the platform's: they stand before the next statement, never inside one.
    let mut breaks = String::new();
    for piece in sentences(text) {
        let mut citations = Vec::new();
        for found in mark.captures_iter(piece) {
            let numbers = found.get(1).map_or("", |m| m.as_str());
            for number in numbers.split([',', '，', '、']) {
                if let Ok(n) = number.trim().parse()
                    && !citations.contains(&n)
                {
                    citations.push(n);
                }
            }
        }
        let words = mark.replace_all(piece, "");
        let bare = words.trim();
        if bare.is_empty() {
            // Only marks: "……。[1]" puts them after the full stop of the sentence they belong to.
            if let Some(last) = segments.last_mut() {
                citations.retain(|n| !last.citations.contains(n));
                last.citations.append(&mut citations);
                breaks.extend(words.chars().filter(|c| *c == '\n'));
            }
            continue;
        }
        let (before, after) = words.split_once(bare).unwrap_or_default();
        breaks.extend(before.chars().filter(|c| *c == '\n'));
        let lead = if segments.is_empty() { String::new() } else { std::mem::take(&mut breaks) };
        breaks = after.chars().filter(|c| *c == '\n').collect();
        segments.push(DraftSegment { lead, text: bare.to_owned(), tail: String::new(), quoted: false, citations });
    }
    segments
}

/// Sentences with their closing punctuation and the marks that follow it. Line breaks stay at the end of the
/// sentence before, so that the answer keeps its paragraphs.
fn sentences(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '。' | '！' | '？' | '；' | '\n') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((at, next)) = chars.peek().copied() {
            if !matches!(next, '”' | '’' | '）' | '」' | '』' | '\n' | '。' | '！' | '？') {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        pieces.extend(text.get(start..end));
        start = end;
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    // A mark that opens a piece belongs to the piece before it.
    pieces.into_iter().flat_map(split_leading_marks).collect()
}

fn split_leading_marks(piece: &str) -> Vec<&str> {
    let Some(mark) = mark() else { return vec![piece] };
    let mut end = 0;
    while let Some(found) = piece.get(end..).and_then(|rest| mark.find(rest)).filter(|m| m.start() == 0) {
        end += found.end();
    }
    match (piece.get(..end), piece.get(end..)) {
        (Some(marks), Some(rest)) if !marks.is_empty() && !rest.is_empty() => vec![marks, rest],
        _ => vec![piece],
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{Statements, segments};

    #[test]
    fn statements_told_on_the_way_are_those_of_the_whole() {
        let text =
            "一、申请。[1]\n二、“受理”。”[2,3]但须通知【2】！第39条；[补充说明见下文，内容较长，不是引用标记]。完";
        let whole = segments(text);
        let mut statements = Statements::default();
        let mut told = Vec::new();
        for end in text.char_indices().map(|(i, c)| i + c.len_utf8()) {
            let so_far = text.get(..end).unwrap();
            told.extend(statements.finished(so_far));
            assert_eq!(told[..], whole[..told.len()], "{so_far}");
        }
        assert!(told.len() >= whole.len() - 2, "{} of {}", told.len(), whole.len());
    }

    fn check(text: &str, expected: &Expect) {
        let lines: Vec<String> =
            segments(text).iter().map(|s| format!("{:?}{:?} {:?}", s.lead, s.text, s.citations)).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn marks_stay_with_their_sentence() {
        check(
            "可以解除[1]。但须提前三十日通知[2,3]。",
            &expect![[r#"
                """可以解除。" [1]
                """但须提前三十日通知。" [2, 3]"#]],
        );
        check(
            "可以解除。[1]但须通知。【2】",
            &expect![[r#"
                """可以解除。" [1]
                """但须通知。" [2]"#]],
        );
        check(
            "一、申请。[1]\n二、受理",
            &expect![[r#"
                """一、申请。" [1]
                "\n""二、受理" []"#]],
        );
        check("", &expect![""]);
        check("[1][2]", &expect![""]);
    }
}

//! Where a recogniser stands: a run, the runs after it, and the words around.

use kernel::Date;

use crate::kind::Kind;
use crate::scan::{Atom, Folded};

/// What a recogniser saw, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub score: f32,
    pub rule: &'static str,
}

/// One run of letters and digits with its surroundings.
pub(crate) struct Place<'t> {
    pub text: &'t str,
    /// The run and up to ten that follow it.
    pub atoms: &'t [Atom],
    pub first: Atom,
    /// The first run in ASCII, upper case.
    pub folded: Folded,
    pub today: Option<Date>,
}

/// Ends a look at the words around: another value, or another sentence.
fn is_wall(c: char) -> bool {
    matches!(c, '\u{1}' | '⟦' | '⟧' | '\n' | '。' | '；' | '！' | '？')
}

/// What may stand between the groups of one number: a blank, a hyphen, or nothing to see.
fn joins(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}'
            | '\u{3000}'
            | '-'
            | '－'
            | '‐'
            | '‑'
            | '–'
            | '\u{200b}'
            | '\u{200c}'
            | '\u{200d}'
            | '\u{feff}'
            | '\u{2060}'
    )
}

/// The last `max` characters before byte `at`, not across a wall.
pub(crate) fn before(text: &str, at: usize, max: usize) -> &str {
    let head = text.get(..at).unwrap_or_default();
    let start = head.char_indices().rev().take(max).take_while(|(_, c)| !is_wall(*c)).last().map_or(at, |(i, _)| i);
    head.get(start..).unwrap_or_default()
}

/// The first `max` characters from byte `at`, not across a wall.
pub(crate) fn after(text: &str, at: usize, max: usize) -> &str {
    let tail = text.get(at..).unwrap_or_default();
    let end =
        tail.char_indices().take(max).take_while(|(_, c)| !is_wall(*c)).last().map_or(0, |(i, c)| i + c.len_utf8());
    tail.get(..end).unwrap_or_default()
}

impl<'t> Place<'t> {
    pub(crate) fn new(text: &'t str, atoms: &'t [Atom], today: Option<Date>) -> Self {
        let first = atoms.first().copied().unwrap_or(Atom { start: 0, end: 0, chars: 0, digits: 0 });
        let mut folded = Folded::empty();
        let _ = folded.push(text.get(first.start..first.end).unwrap_or_default());
        Self { text, atoms, first, folded, today }
    }

    pub(crate) fn before(&self, max: usize) -> &'t str {
        before(self.text, self.first.start, max)
    }

    pub(crate) fn after(&self, at: usize, max: usize) -> &'t str {
        after(self.text, at, max)
    }

    pub(crate) fn char_before(&self) -> Option<char> {
        self.text.get(..self.first.start).and_then(|head| head.chars().next_back())
    }

    pub(crate) fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..).and_then(|tail| tail.chars().next())
    }

    /// Whether one of `words` stands in the `max` characters before the run.
    pub(crate) fn follows(&self, max: usize, words: &[&str]) -> bool {
        let head = self.before(max);
        words.iter().any(|word| head.contains(word))
    }

    /// The first `count` runs as one number, when only blanks and hyphens stand between them.
    pub(crate) fn joined(&self, count: usize) -> Option<(Folded, usize)> {
        let mut folded = Folded::empty();
        let mut end = self.first.start;
        for (i, atom) in self.atoms.get(..count)?.iter().enumerate() {
            let gap = self.text.get(end..atom.start)?;
            if i > 0 && (gap.is_empty() || gap.len() > 9 || gap.chars().count() > 3 || !gap.chars().all(joins)) {
                return None;
            }
            folded.push(self.text.get(atom.start..atom.end)?)?;
            end = atom.end;
        }
        Some((folded, end))
    }

    /// The lengths of the first `count` runs, in characters.
    pub(crate) fn lengths(&self, count: usize) -> Vec<usize> {
        self.atoms.iter().take(count).map(|atom| atom.chars).collect()
    }

    /// Whether the run is the number of something that is no person: an order, a parcel, a serial number.
    pub(crate) fn is_a_serial_number(&self) -> bool {
        self.follows(
            8,
            &[
                "订单",
                "单号",
                "运单",
                "流水号",
                "序列号",
                "批号",
                "货号",
                "型号",
                "编号",
                "编码",
                "发票",
                "条码",
                "快递",
                "版本",
                "合同号",
                "案号",
                "文号",
                "工单",
            ],
        )
    }

    /// Whether a decimal point and a digit follow byte `end`, or a unit that makes it an amount.
    pub(crate) fn is_an_amount(&self, end: usize) -> bool {
        let mut tail = self.text.get(end..).unwrap_or_default().chars();
        match tail.next() {
            Some('.' | '．') => tail.next().is_some_and(|c| c.is_ascii_digit()),
            Some('元' | '万' | '亿' | '%' | '％' | '吨') => true,
            _ => self.char_before() == Some('.') || matches!(self.char_before(), Some('¥' | '￥' | '$')),
        }
    }

    pub(crate) fn hit(&self, kind: Kind, end: usize, score: f32, rule: &'static str) -> Hit {
        Hit { kind, start: self.first.start, end, score, rule }
    }
}

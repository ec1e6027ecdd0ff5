//! Sentences: an article cut into paragraphs (款), items (项) and sentences, once, when it is indexed.
//!
//! What a search needs of a sentence lies beside it: its normalised words where they differ from what is written, and
//! in longer articles its vector, so that quoting cuts no text.

use crate::embedding::Embedding;
use crate::index::vectors::in_bytes;
use crate::words::{self, Terms};

/// An article of at most so many characters is quoted whole: half of a short rule misleads more than it saves.
pub(crate) const SHORT: usize = 160;

/// A piece of a text, in bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sentence {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Opens a list: 有下列情形之一的：
    pub(crate) leads: bool,
    /// Belongs to a list: （一）……；
    pub(crate) is_item: bool,
    /// The normalised words, where they differ from what is written.
    normalised: Option<String>,
    /// The vector of our own model, in signed bytes, and what they are multiplied by.
    vector: Option<(Vec<i8>, f32)>,
}

impl Sentence {
    /// The normalised words of the sentence, which is of `text`.
    pub(crate) fn words<'s>(&'s self, text: &'s str) -> &'s str {
        self.normalised.as_deref().or(text.get(self.start..self.end)).unwrap_or_default()
    }

    /// The vector, where there is one.
    pub(crate) fn vector(&self) -> Option<(&[i8], f32)> {
        self.vector.as_ref().map(|(row, scale)| (row.as_slice(), *scale))
    }

    /// Writes it after `bytes`.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        let flags = [self.leads, self.is_item, self.normalised.is_some(), self.vector.is_some()];
        bytes.push((0..).zip(flags).fold(0, |all, (at, flag)| all | u8::from(flag) << at));
        bytes.extend(number(self.start));
        bytes.extend(number(self.end));
        if let Some(normalised) = &self.normalised {
            bytes.extend(number(normalised.len()));
            bytes.extend(normalised.as_bytes());
        }
        if let Some((row, scale)) = &self.vector {
            bytes.extend(scale.to_le_bytes());
            bytes.extend(number(row.len()));
            bytes.extend(row.iter().map(|x| x.cast_unsigned()));
        }
    }

    /// Reads one, and gives what follows it.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        fn word<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8; 4]> {
            let (word, after) = rest.split_first_chunk::<4>()?;
            *rest = after;
            Some(word)
        }
        fn part<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
            let len = u32::from_le_bytes(*word(rest)?) as usize;
            let (part, after) = rest.split_at_checked(len)?;
            *rest = after;
            Some(part)
        }
        let (flags, mut rest) = bytes.split_first()?;
        let has = |at: u8| flags >> at & 1 == 1;
        let start = u32::from_le_bytes(*word(&mut rest)?) as usize;
        let end = u32::from_le_bytes(*word(&mut rest)?) as usize;
        let normalised = match has(2) {
            true => Some(std::str::from_utf8(part(&mut rest)?).ok()?.to_owned()),
            false => None,
        };
        let vector = match has(3) {
            true => {
                let scale = f32::from_le_bytes(*word(&mut rest)?);
                Some((part(&mut rest)?.iter().map(|byte| byte.cast_signed()).collect(), scale))
            }
            false => None,
        };
        Some((Self { start, end, leads: has(0), is_item: has(1), normalised, vector }, rest))
    }
}

/// Cuts a text, with what a search needs of each sentence, and gives the terms of the whole.
pub(crate) fn cut(text: &str, embedding: &Embedding) -> (Vec<Sentence>, Terms) {
    let mut sentences = split(text);
    let is_long = sentences.len() > 1 && text.chars().nth(SHORT).is_some();
    let mut all = Terms::default();
    for sentence in &mut sentences {
        let part = text.get(sentence.start..sentence.end).unwrap_or_default();
        let normalised = words::normalise(part);
        let terms = words::terms_of(&normalised);
        sentence.normalised = (normalised != part).then_some(normalised);
        if is_long {
            sentence.vector = in_bytes(&embedding.encode_terms(&terms));
        }
        all.append(&terms);
    }
    (sentences, all)
}

/// Cuts a text into sentences: at 。！？ and line ends.
pub(crate) fn split(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let is_item = starts_item(line.trim_start());
        let mut start = offset;
        let mut depth = 0_i32;
        for (at, c) in line.char_indices() {
            match c {
                '“' | '（' | '《' => depth += 1,
                '”' | '）' | '》' => depth -= 1,
                _ => {}
            }
            let ends = matches!(c, '。' | '！' | '？' | '!' | '?') && depth <= 0;
            if ends {
                let end = offset + at + c.len_utf8();
                push(text, start..end, is_item, &mut found);
                start = end;
            }
        }
        push(text, start..offset + line.len(), is_item, &mut found);
        offset += line.len();
    }
    found
}

fn push(text: &str, range: std::ops::Range<usize>, is_item: bool, found: &mut Vec<Sentence>) {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.start + part.trim_end().len();
    if start < end {
        let leads = !is_item && part.trim_end().ends_with(['：', ':']);
        found.push(Sentence { start, end, leads, is_item, ..Sentence::default() });
    }
}

/// （一）, (二), 1. and 1、 begin an item.
fn starts_item(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('（' | '(') => {
            let inner: String = chars.take_while(|c| !matches!(c, '）' | ')')).collect();
            !inner.is_empty() && crate::numerals::parse(&inner).is_some()
        }
        Some(c) if c.is_ascii_digit() => {
            line.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', '、', '．'])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Sentence, cut};
    use crate::embedding::Embedding;
    use crate::words;

    #[test]
    fn sentences_are_read_as_they_were_written_and_have_all_terms() {
        let text = "用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。\n有下列情形之一的，应当支付：\n（一）逾期不支付劳动报酬的；\n（二）法律、行政法规规定的其他情形。用人单位违反本法规定不与劳动者订立无固定期限劳动合同的，自应当订立无固定期限劳动合同之日起向劳动者每月支付二倍的工资。用人单位应当遵守。";
        let (sentences, terms) = cut(text, &Embedding::shipped());
        assert_eq!(sentences.len(), 6);
        assert!(sentences[0].words(text).contains("1个月") && sentences[0].vector().is_some());
        assert!(sentences[1].leads && sentences[2].is_item && !sentences[2].leads);
        let mut bytes = Vec::new();
        sentences.iter().for_each(|sentence| sentence.write(&mut bytes));
        let mut rest = bytes.as_slice();
        for sentence in &sentences {
            let (again, after) = Sentence::read(rest).unwrap();
            assert_eq!(again, *sentence);
            rest = after;
        }
        assert!(rest.is_empty());
        let sorted = |terms: &words::Terms| {
            let mut all: Vec<String> = terms.iter().map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(sorted(&terms), sorted(&words::terms(text)));
    }

    #[test]
    fn a_torn_sentence_is_none() {
        let (sentences, _) = cut("第一句。第二句一个月。", &Embedding::shipped());
        let mut bytes = Vec::new();
        sentences[1].write(&mut bytes);
        for len in 0..bytes.len() {
            assert!(Sentence::read(&bytes[..len]).is_none());
        }
    }
}

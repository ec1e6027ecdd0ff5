//! Encoding: which characters some bytes are — UTF-8, UTF-16 or GB18030, as files in offices come.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// Text and how it was encoded.
pub(crate) struct Decoded<'b> {
    /// The characters; what could not be read is U+FFFD.
    pub(crate) text: Cow<'b, str>,
    /// The encoding used.
    pub(crate) encoding: &'static Encoding,
    /// Whether some bytes were no characters.
    pub(crate) broken: bool,
}

/// Decodes bytes; `declared` is what the file says of itself (a web page's meta element).
pub(crate) fn decode<'b>(bytes: &'b [u8], declared: Option<&'static Encoding>) -> Decoded<'b> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(mark..).unwrap_or_default());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), encoding: UTF_8, broken: false };
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes);
    }
    let (good, bad) = utf8_share(bytes);
    // A few broken bytes in a long UTF-8 file are damage, not another encoding: GBK text has about as many
    // invalid UTF-8 sequences as characters.
    if good > bad.saturating_mul(10) {
        return with(UTF_8, bytes);
    }
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        let decoded = with(widen(encoding), bytes);
        if !decoded.broken {
            return decoded;
        }
    }
    let chinese = with(GB18030, bytes);
    if !chinese.broken && chinese_looking(&chinese.text) {
        return chinese;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..bytes.len().min(1 << 16)).unwrap_or_default(), true);
    with(widen(detector.guess(Some(b"cn"), chardetng::Utf8Detection::Allow)), bytes)
}

/// GB18030 reads all of GBK and GB2312, and more.
fn widen(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == encoding_rs::GBK { GB18030 } else { encoding }
}

fn with<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Decoded<'b> {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, encoding, broken }
}

/// Well-formed multi-byte characters and broken places in bytes read as UTF-8.
fn utf8_share(bytes: &[u8]) -> (usize, usize) {
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let mut good = 0;
    let mut bad = 0;
    for chunk in head.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good, bad)
}

/// UTF-16 without a byte order mark: bytes with zeros, which no other encoding of text has, that read as common
/// Chinese and ASCII characters.
pub(crate) fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(8192) & !1)?;
    if head.len() < 4 || bytes.len() % 2 == 1 || !head.contains(&0) {
        return None;
    }
    let share = |encoding: &'static Encoding| {
        let (text, broken) = encoding.decode_without_bom_handling(head);
        // The head may end within a pair of surrogates, which counts as broken.
        if broken && head.len() == bytes.len() { 0.0 } else { plausible_share(&text) }
    };
    let (little, big) = (share(UTF_16LE), share(UTF_16BE));
    let best = if little >= big { UTF_16LE } else { UTF_16BE };
    (little.max(big) >= 0.9).then_some(best)
}

fn plausible_share(text: &str) -> f64 {
    let (mut all, mut good) = (0u32, 0u32);
    for c in text.chars() {
        all += 1;
        let plausible = matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}' | '\u{2010}'..='\u{2027}')
            || (c.is_ascii() && (!c.is_ascii_control() || matches!(c, '\n' | '\r' | '\t')));
        good += u32::from(plausible);
    }
    if all == 0 { 0.0 } else { f64::from(good) / f64::from(all) }
}

fn chinese_looking(text: &str) -> bool {
    plausible_share(text.get(..floor(text, 1 << 16)).unwrap_or_default()) >= 0.9
}

/// The last character boundary at or before `at`.
pub(crate) fn floor(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::decode;

    const TEXT: &str =
        "第一条 为了规范机关公文处理工作，根据有关法律、行政法规，制定本办法。\n第二条 本办法自2024年1月1日起施行。";

    #[test]
    fn office_encodings_are_told_apart() {
        let utf16 = |to: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let marked = |mark: &[u8], body: &[u8]| [mark, body].concat();
        let (gb, _, _) = encoding_rs::GB18030.encode(TEXT);
        let (big5, _, _) =
            encoding_rs::BIG5.encode("中華人民共和國香港特別行政區基本法。香港特別行政區是不可分離的部分。");
        for (name, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8", marked(&[0xEF, 0xBB, 0xBF], TEXT.as_bytes())),
            ("UTF-16LE", utf16(u16::to_le_bytes)),
            ("UTF-16BE", utf16(u16::to_be_bytes)),
            ("UTF-16LE", marked(&[0xFF, 0xFE], &utf16(u16::to_le_bytes))),
            ("gb18030", gb.to_vec()),
        ] {
            let decoded = decode(&bytes, None);
            assert_eq!(decoded.encoding.name(), name);
            assert_eq!(decoded.text, TEXT);
            assert!(!decoded.broken);
        }
        assert_eq!(decode(&big5, Some(encoding_rs::BIG5)).encoding.name(), "Big5");
    }

    #[test]
    fn damage_in_utf8_stays_utf8() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes[30] = 0xFF;
        let decoded = decode(&bytes, None);
        assert_eq!(decoded.encoding.name(), "UTF-8");
        assert!(decoded.broken && decoded.text.contains('\u{FFFD}'));
    }
}

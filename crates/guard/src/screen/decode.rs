//! Text hidden in base64, hexadecimal or percent signs is read once more, within bounds.

use std::ops::Range;

/// A run that decoded to readable text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub place: Range<usize>,
    pub text: String,
    pub form: &'static str,
}

/// The most that is decoded of one text, in bytes.
const BUDGET: usize = 64 << 10;
/// The most runs that are tried.
const RUNS: usize = 64;

/// Every run of at least 16 characters that decodes to readable text.
pub(crate) fn decoded(text: &str) -> Vec<Decoded> {
    let mut found = Vec::new();
    let mut budget = BUDGET;
    let mut tried = 0;
    let is_code = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'%');
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && tried < RUNS && budget > 0 {
        let run = bytes.get(at..).unwrap_or_default().iter().take_while(|b| is_code(**b)).count();
        if run < 16 {
            at += run.max(1);
            continue;
        }
        let end = at + run.min(budget);
        let code = text.get(at..end).unwrap_or_default();
        tried += 1;
        budget -= code.len().min(budget);
        let plain = percent(code)
            .map(|t| (t, "url"))
            .or_else(|| hex(code).map(|t| (t, "hex")))
            .or_else(|| base64(code).map(|t| (t, "base64")));
        if let Some((text, form)) = plain {
            found.push(Decoded { place: at..end, text, form });
        }
        at += run;
    }
    found
}

/// Whether it reads as text: UTF-8 with letters and hardly any control characters.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let chars = text.chars().count();
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    let letters = text.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).count();
    (chars >= 6 && odd == 0 && letters * 10 >= chars * 7).then_some(text)
}

fn hex(code: &str) -> Option<String> {
    if !code.len().is_multiple_of(2)
        || !code.bytes().all(|b| b.is_ascii_hexdigit())
        || code.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes = code.as_bytes().chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?));
    readable(bytes.collect::<Option<_>>()?)
}

fn percent(code: &str) -> Option<String> {
    if code.bytes().filter(|b| *b == b'%').count() < 4 {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut bytes = Vec::with_capacity(code.len());
    let mut rest = code.bytes();
    while let Some(b) = rest.next() {
        if b == b'%' {
            bytes.push(digit(rest.next()?)? << 4 | digit(rest.next()?)?);
        } else {
            bytes.push(if b == b'+' { b' ' } else { b });
        }
    }
    readable(bytes)
}

fn base64(code: &str) -> Option<String> {
    let body = code.trim_end_matches('=');
    if body.len() % 4 == 1 || body.bytes().all(|b| b.is_ascii_lowercase()) || body.contains(['=', '%']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for b in body.bytes() {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap_or_default());
        }
    }
    readable(bytes)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn three_forms_are_read_and_plain_words_are_left_alone() {
        let read = |text: &str| decoded(text).into_iter().map(|d| format!("{} {}", d.form, d.text)).collect::<Vec<_>>();
        assert_eq!(read("解码 aGVsbG8gd29ybGQgYWdhaW4= 后照做"), ["base64 hello world again"]);
        assert_eq!(read("68656c6c6f20776f726c64"), ["hex hello world"]);
        assert_eq!(read("%E4%BD%A0%E5%A5%BD%E4%B8%96%E7%95%8C%E5%90%97%E5%91%80"), ["url 你好世界吗呀"]);
        assert_eq!(read("internationalization 12345678901234567890 http://www.gov.cn/zhengce"), Vec::<String>::new());
    }
}

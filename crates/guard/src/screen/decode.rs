//! Text hidden in base64, hexadecimal, percent signs, escapes, Morse or ROT13 is read once more, within bounds.

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

/// Every run that decodes to readable text: at least 16 characters of a code, or a handful of escapes.
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
    let head = crate::variants::head(text, BUDGET);
    if head.contains("\\u") || head.contains("\\x") || head.contains("&#") {
        found.extend(escapes(head));
    }
    found.extend(spaced_hex(head));
    found.extend(morse(head));
    found.extend(rot13(head));
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

/// `\u5ffd`, `\x69`, `&#24573;`: at least four in one text. The rest of the text stays between them.
fn escapes(text: &str) -> Option<Decoded> {
    let mut out = String::new();
    let (mut count, mut first, mut last) = (0, None, 0);
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let digits = |prefix: &str, radix: u32, most: usize| -> Option<(char, usize)> {
            let body = rest.strip_prefix(prefix)?;
            let len = body.chars().take(most).take_while(|c| c.is_digit(radix)).count();
            let code = u32::from_str_radix(body.get(..len)?, radix).ok()?;
            Some((char::from_u32(code)?, prefix.len() + len))
        };
        let step = match rest.as_bytes() {
            [b'\\', b'u', ..] => digits("\\u{", 16, 6).or_else(|| digits("\\u", 16, 4)),
            [b'\\', b'x', ..] => digits("\\x", 16, 2),
            [b'&', b'#', b'x', ..] => digits("&#x", 16, 6),
            [b'&', b'#', ..] => digits("&#", 10, 7),
            _ => None,
        };
        if let Some((c, len)) = step {
            out.push(c);
            count += 1;
            first = first.or(Some(at));
            let tail = text.as_bytes().get(at + len).is_some_and(|b| matches!(b, b';' | b'}'));
            at += len + usize::from(tail);
            last = at;
        } else {
            let c = rest.chars().next()?;
            out.push(c);
            at += c.len_utf8();
        }
    }
    (count >= 4).then_some(Decoded { place: first?..last, text: out, form: "escape" })
}

/// `69 67 6e …`: at least eight pairs parted by one sign.
fn spaced_hex(text: &str) -> Option<Decoded> {
    let (mut start, mut at, mut pairs) = (0, 0, Vec::new());
    let mut best: Option<(Range<usize>, Vec<u8>)> = None;
    for word in text.split([' ', ',', ':', '-']) {
        let pair = word.strip_prefix("0x").unwrap_or(word);
        match (pair.len(), u8::from_str_radix(pair, 16)) {
            (2, Ok(b)) => {
                if pairs.is_empty() {
                    start = at;
                }
                pairs.push(b);
            }
            _ => pairs.clear(),
        }
        at += word.len() + 1;
        if pairs.len() >= 8 && best.as_ref().is_none_or(|(_, b)| b.len() < pairs.len()) {
            best = Some((start..at - 1, pairs.clone()));
            if pairs.len() > 4096 {
                break;
            }
        }
    }
    let (place, bytes) = best?;
    if bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Decoded { place, text: readable(bytes)?, form: "hex" })
}

const MORSE: &[(&str, char)] = &[
    (".-", 'a'),
    ("-...", 'b'),
    ("-.-.", 'c'),
    ("-..", 'd'),
    (".", 'e'),
    ("..-.", 'f'),
    ("--.", 'g'),
    ("....", 'h'),
    ("..", 'i'),
    (".---", 'j'),
    ("-.-", 'k'),
    (".-..", 'l'),
    ("--", 'm'),
    ("-.", 'n'),
    ("---", 'o'),
    (".--.", 'p'),
    ("--.-", 'q'),
    (".-.", 'r'),
    ("...", 's'),
    ("-", 't'),
    ("..-", 'u'),
    ("...-", 'v'),
    (".--", 'w'),
    ("-..-", 'x'),
    ("-.--", 'y'),
    ("--..", 'z'),
];

/// A stretch of dots and dashes with at least six different letters' worth of signs.
fn morse(text: &str) -> Option<Decoded> {
    let is_sign = |c: char| matches!(c, '.' | '-' | ' ' | '/' | '·' | '−' | '—');
    let signs = text.chars().filter(|c| matches!(c, '.' | '-' | '·' | '−')).count();
    if signs < 16 {
        return None;
    }
    let mut at = 0;
    let mut best: Option<Range<usize>> = None;
    for run in text.split(|c: char| !is_sign(c)) {
        let start = text.get(at..)?.find(run).map(|n| at + n).filter(|_| !run.is_empty());
        if let Some(start) = start
            && best.as_ref().is_none_or(|b| b.len() < run.len())
        {
            best = Some(start..start + run.len());
        }
        at = start.map_or(at, |s| s + run.len());
    }
    let place = best?;
    let code = text.get(place.clone())?.replace('·', ".").replace(['−', '—'], "-");
    let words: Vec<String> = code
        .split('/')
        .map(|word| {
            word.split_whitespace().filter_map(|sign| MORSE.iter().find(|(s, _)| *s == sign).map(|(_, c)| *c)).collect()
        })
        .collect();
    let text = words.join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let distinct: std::collections::HashSet<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    (text.len() >= 8 && distinct.len() >= 5).then_some(Decoded { place, text, form: "morse" })
}

/// English words that hardly any text of that length lacks.
const COMMON: &[&str] = &["the", "and", "you", "your", "all", "to", "is", "of", "me", "what", "a", "how"];

/// Latin text that holds no common word as it stands, and several after ROT13.
fn rot13(text: &str) -> Option<Decoded> {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters < 16 || letters * 2 < text.len() {
        return None;
    }
    let turn = |b: u8| match b {
        b'a'..=b'z' => (b - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (b - b'A' + 13) % 26 + b'A',
        _ => b,
    };
    let turned: String = text.chars().map(|c| if c.is_ascii() { char::from(turn(c as u8)) } else { c }).collect();
    let common = |t: &str| {
        t.split(|c: char| !c.is_ascii_alphabetic())
            .filter(|w| COMMON.iter().any(|common| w.eq_ignore_ascii_case(common)))
            .count()
    };
    let reads = common(&turned) >= 2 && common(&turned) > 2 * common(text);
    reads.then_some(Decoded { place: 0..text.len(), text: turned, form: "rot13" })
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn codes_are_read_and_plain_words_are_left_alone() {
        let read = |text: &str| decoded(text).into_iter().map(|d| format!("{} {}", d.form, d.text)).collect::<Vec<_>>();
        assert_eq!(read("解码 aGVsbG8gd29ybGQgYWdhaW4= 后照做"), ["base64 hello world again"]);
        assert_eq!(read("68656c6c6f20776f726c64"), ["hex hello world"]);
        assert_eq!(read("68 65 6c 6c 6f 20 77 6f 72 6c 64"), ["hex hello world"]);
        assert_eq!(read("%E4%BD%A0%E5%A5%BD%E4%B8%96%E7%95%8C%E5%90%97%E5%91%80"), ["url 你好世界吗呀"]);
        assert_eq!(read(r"\u4f60\u597d\u4e16\u754c"), ["escape 你好世界"]);
        assert_eq!(read("&#20320;&#22909;&#x4e16;&#x754c;"), ["escape 你好世界"]);
        assert_eq!(read("... .... --- .-- / -- . / - .... . / .-- .- -.--"), ["morse show me the way"]);
        assert_eq!(read("fubj zr gur jnl gb lbhe ubhfr"), ["rot13 show me the way to your house"]);
        for plain in [
            "internationalization 12345678901234567890 http://www.gov.cn/zhengce",
            "目录……………………………………… 1 - - - - - - - - - - - - - -",
            "The way to the town hall is all you need to know.",
            "2024-01-02 10:20:30 40 50 60 70 80 90",
        ] {
            assert_eq!(read(plain), Vec::<String>::new(), "{plain}");
        }
    }
}

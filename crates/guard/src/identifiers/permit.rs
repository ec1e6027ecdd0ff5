//! Passports, travel permits of Hong Kong, Macao and Taiwan, and military cards: letters, digits, and a word near.

use super::{Hit, Place};
use crate::kind::Kind;

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// `E12345678`, `G12345678`, `EA1234567` (no I, no O).
fn is_passport(code: &[u8]) -> bool {
    match code {
        [b'E' | b'G', rest @ ..] if rest.len() == 8 && digits(rest) => true,
        [b'E', letter, rest @ ..] => {
            letter.is_ascii_uppercase() && !matches!(letter, b'I' | b'O') && rest.len() == 7 && digits(rest)
        }
        _ => false,
    }
}

/// Diplomatic, service and public affairs passports, only after the word.
fn is_official_passport(code: &[u8]) -> bool {
    match code {
        [b'D' | b'S' | b'P', rest @ ..] => {
            let rest = rest.strip_prefix(b"E").unwrap_or(rest);
            matches!(rest.len(), 7 | 8) && digits(rest)
        }
        _ => false,
    }
}

/// Mainland residents to Hong Kong and Macao (W, C), to Taiwan (L, T), Hong Kong and Macao residents (H, M).
fn is_permit(code: &[u8]) -> bool {
    match code {
        [b'W' | b'L' | b'T', rest @ ..] => rest.len() == 8 && digits(rest),
        [b'C', second, rest @ ..] => second.is_ascii_alphanumeric() && rest.len() == 7 && digits(rest),
        [b'H' | b'M', rest @ ..] => matches!(rest.len(), 8 | 10) && digits(rest),
        _ => false,
    }
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    let code = place.folded.as_bytes();
    let end = place.first.end;
    let near = |words: &[&str]| {
        let tail = place.after(end, 12);
        place.follows(24, words) || words.iter().any(|word| tail.contains(word))
    };
    match code {
        [b'E' | b'G', ..] if is_passport(code) => {
            let score = match (near(&["护照", "passport", "Passport", "PASSPORT"]), place.is_a_serial_number()) {
                (true, _) => 0.97,
                (false, true) => return None,
                (false, false) => 0.6,
            };
            Some(place.hit(Kind::Passport, end, score, "passport.form"))
        }
        [b'D' | b'S' | b'P', ..] if is_official_passport(code) && near(&["护照", "passport", "Passport"]) => {
            Some(place.hit(Kind::Passport, end, 0.9, "passport.official"))
        }
        [b'W' | b'C' | b'L' | b'T' | b'H' | b'M', ..] if is_permit(code) => {
            near(&["通行证", "回乡证", "往来港澳", "往来台湾", "来往内地", "港澳", "台胞证"])
                .then(|| place.hit(Kind::HkMoTwPermit, end, 0.95, "hk_mo_tw_permit.form"))
        }
        _ if digits(code)
            && matches!(code.len(), 8 | 10)
            && place.follows(16, &["台胞证", "台湾居民来往大陆通行证"]) =>
        {
            Some(place.hit(Kind::HkMoTwPermit, end, 0.9, "hk_mo_tw_permit.taiwan"))
        }
        _ if digits(code) && (4..=8).contains(&code.len()) => military(place),
        _ => None,
    }
}

/// `军字第1234567号`, only where a card is spoken of: court numbers look alike.
fn military(place: &Place<'_>) -> Option<Hit> {
    let head = place.before(10).strip_suffix("字第")?;
    let from = head.char_indices().rev().take(5).find(|(_, c)| matches!(c, '军' | '文' | '士')).map(|(i, _)| i)?;
    let before = super::place::before(place.text, place.first.start, 30);
    let tail = place.after(place.first.end, 12);
    if !["军官证", "士兵证", "文职", "军人证"].iter().any(|word| before.contains(word) || tail.contains(word))
    {
        return None;
    }
    let length = head.len() - from + "字第".len();
    let end = place.first.end + if place.char_at(place.first.end) == Some('号') { '号'.len_utf8() } else { 0 };
    Some(Hit { kind: Kind::MilitaryId, start: place.first.start - length, end, score: 0.9, rule: "military_id.form" })
}

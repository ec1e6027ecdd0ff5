//! Unified social credit codes (GB 32100) with the organisation code inside them (GB 11714): two check characters.

use super::{Hit, Place};
use crate::kind::Kind;

pub(crate) const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Registering department and type of body: the pairs in use.
fn is_prefix(pair: &[u8]) -> bool {
    matches!(
        pair,
        [b'1', b'1' | b'2' | b'3' | b'9']
            | [b'2', b'1' | b'9']
            | [b'3', b'1'..=b'5' | b'9']
            | [b'4', b'1' | b'9']
            | [b'5', b'1'..=b'3' | b'9']
            | [b'6', b'1' | b'2' | b'9']
            | [b'7', b'1' | b'2' | b'9']
            | [b'8', b'1' | b'9']
            | [b'9', b'1'..=b'3' | b'9']
            | [b'A', b'1' | b'9']
            | [b'N', b'1'..=b'3' | b'9']
            | [b'Y', b'1']
    )
}

/// The last character that makes the check hold after seventeen.
pub(crate) fn check_char(code: &[u8]) -> Option<u8> {
    let sum =
        code.iter().zip(WEIGHTS).try_fold(0, |sum, (b, w)| Some(sum + ALPHABET.iter().position(|a| a == b)? * w))?;
    ALPHABET.get((31 - sum % 31) % 31).copied()
}

/// GB 11714: the check character of a body's eight.
pub(crate) fn inner_check(code: &[u8]) -> u8 {
    let sum: u32 = code
        .iter()
        .zip(INNER_WEIGHTS)
        .map(|(b, w)| w * u32::from(if b.is_ascii_digit() { b - b'0' } else { b.saturating_sub(b'A') + 10 }))
        .sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        n => u8::try_from(n).map_or(0, |n| n + b'0'),
    }
}

/// Whether it is a code of 18 characters whose prefix is in use and whose two check characters hold.
#[must_use]
pub fn is_credit_code(code: &str) -> bool {
    is_code(code.as_bytes())
}

fn is_code(code: &[u8]) -> bool {
    code.len() == 18 && code.get(..2).is_some_and(is_prefix) && holds(code)
}

/// Whether both check characters hold.
fn holds(code: &[u8]) -> bool {
    check_char(code).as_ref() == code.get(17)
        && code.get(8..17).is_some_and(|inner| inner.get(8) == Some(&inner_check(inner)))
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    let code = place.folded.as_bytes();
    if is_code(code) {
        return Some(place.hit(Kind::CreditCode, place.first.end, 0.99, "credit_code.check_digits"));
    }
    // Written in groups, as on a licence.
    if code.len() < 4 || code.len() > 14 || !code.get(..2).is_some_and(is_prefix) {
        return None;
    }
    let (code, end) = (2..=5).map_while(|n| place.joined(n)).find(|(code, _)| code.as_bytes().len() >= 18)?;
    let code = code.as_bytes();
    is_code(code).then(|| place.hit(Kind::CreditCode, end, 0.95, "credit_code.check_digits"))
}

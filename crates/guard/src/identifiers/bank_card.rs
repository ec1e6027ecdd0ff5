//! Bank cards: a known issuer's beginning, the length that goes with it, and the Luhn check.

use super::{Hit, Place};
use crate::kind::Kind;

/// Whether the check digit holds.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b.saturating_sub(b'0'));
            match (i % 2, d) {
                (0, d) => d,
                (_, d) if d >= 5 => d * 2 - 9,
                (_, d) => d * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The digit that makes the check hold after `body`.
pub(crate) fn check_digit(body: &[u8]) -> u8 {
    let mut digits = body.to_vec();
    digits.push(b'0');
    (b'0'..=b'9')
        .find(|digit| {
            if let Some(last) = digits.last_mut() {
                *last = *digit;
            }
            luhn(&digits)
        })
        .unwrap_or(b'0')
}

/// ISO/IEC 7812 beginnings met in China, with their lengths.
fn is_issued(digits: &[u8]) -> bool {
    matches!(
        (digits, digits.len()),
        ([b'6', b'2', ..], 16..=19)
            | ([b'6', b'0' | b'5' | b'4' | b'8', ..] | [b'9', ..], 16 | 19)
            | ([b'4', ..], 13 | 16 | 19)
            | ([b'5', b'1'..=b'5', ..] | [b'2', b'2'..=b'7', ..], 16)
            | ([b'3', b'4' | b'7', ..], 15)
            | ([b'3', b'5', ..], 16)
    )
}

fn is_card(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_digit) && is_issued(digits) && luhn(digits)
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    if place.first.digits != place.first.chars || place.first.chars < 4 {
        return None;
    }
    let named = || {
        place.follows(
            16,
            &["银行卡", "卡号", "账号", "帐号", "账户", "帐户", "储蓄卡", "信用卡", "借记卡", "工资卡", "一卡通"],
        )
    };
    let mut card = None;
    let whole = place.folded.as_bytes();
    if is_card(whole) && (whole.len() < 19 || !super::resident_id::is_stretched(whole)) {
        card = Some((place.first.end, 0.95));
    } else if place.first.chars <= 8 {
        card = (2..=6)
            .map_while(|n| Some((n, place.joined(n)?)))
            .filter(|(n, (digits, _))| is_card(digits.as_bytes()) && is_grouped(&place.lengths(*n)))
            .map(|(_, (_, end))| (end, 0.9))
            .last();
    }
    let (end, score) = card.filter(|(end, _)| !place.is_an_amount(*end))?;
    // A parcel's number passes the check one time in ten.
    (named() || (is_union_pay_or_named(place) && !place.is_a_serial_number()))
        .then(|| place.hit(Kind::BankCard, end, if named() { 0.99 } else { score }, "bank_card.luhn"))
}

/// Beginnings that are a card's even without a word before them.
fn is_union_pay_or_named(place: &Place<'_>) -> bool {
    matches!(place.folded.as_bytes(), [b'6', b'2', ..] | [b'4', ..] | [b'5', b'1'..=b'5', ..] | [b'3', b'4' | b'7', ..])
}

/// Groups of four with a rest, or six and the rest.
fn is_grouped(lengths: &[usize]) -> bool {
    match lengths {
        [6, rest] => (9..=13).contains(rest),
        [head @ .., last] => head.iter().all(|n| *n == 4) && (1..=4).contains(last),
        [] => false,
    }
}

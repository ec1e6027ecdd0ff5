//! Resident identity numbers (GB 11643, 18 and 15 digits), residence permits in the same form, and the permanent
//! residence card of foreigners.

use std::sync::LazyLock;

use kernel::Date;

use super::{Hit, Place};
use crate::kind::Kind;

/// Every division code that was ever in use, sorted.
static AREAS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut codes = Vec::with_capacity(8_000);
    for line in include_str!("../../data/area_codes.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((head, tails)) = line.split_once(' ') else { continue };
        let Ok(head) = head.parse::<u32>() else { continue };
        codes.extend(tails.as_bytes().chunks_exact(2).filter_map(|pair| Some(head * 100 + number(pair)?)));
    }
    codes.sort_unstable();
    codes
});

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

pub(super) fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |n, b| {
        if b.is_ascii_digit() { n.checked_mul(10)?.checked_add(u32::from(b - b'0')) } else { None }
    })
}

/// The check character of the first 17 digits.
fn check_of(body: &[u8]) -> Option<u8> {
    let sum = body
        .iter()
        .zip(WEIGHTS)
        .try_fold(0, |sum, (b, w)| b.is_ascii_digit().then(|| sum + u32::from(b - b'0') * w))?;
    CHECKS.get(usize::try_from(sum % 11).ok()?).copied()
}

/// Whether the check character of a resident identity number is right; nothing when it is not 17 digits and one
/// character. For whoever must tell a slip of the tongue from a number.
#[must_use]
pub fn identity_check(number: &str) -> Option<bool> {
    let (body, last) = number.as_bytes().split_at_checked(17)?;
    let [last] = last else { return None };
    Some(check_of(body)? == last.to_ascii_uppercase())
}

/// The check character of seventeen digits.
pub(crate) fn check_char(body: &[u8]) -> Option<u8> {
    if body.len() == 17 { check_of(body) } else { None }
}

/// Days from a fixed day to the day `YYYYMMDD`; `None` when there is no such day.
pub(crate) fn day_number(date: u32) -> Option<u32> {
    let (y, m, d) = (date / 10_000, date / 100 % 100, date % 100);
    let leap = y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    let days = match m {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=days).contains(&d) || y < 1 {
        return None;
    }
    // Years begin in March.
    let (y, m) = if m <= 2 { (y - 1, m + 9) } else { (y, m - 3) };
    Some(y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + d - 1)
}

/// The day `YYYYMMDD` with this number.
pub(crate) fn date_of_day(day: u32) -> Option<u32> {
    // At most a few years off, then day by day through its months.
    let mut year = day * 400 / 146_097 + 1;
    while day_number(year * 10_000 + 101)? > day {
        year -= 1;
    }
    (1..=12)
        .rev()
        .find_map(|month| {
            let first = day_number(year * 10_000 + month * 100 + 1)?;
            (first <= day).then(|| year * 10_000 + month * 100 + 1 + day - first)
        })
        .filter(|date| day_number(*date) == Some(day))
}

/// Whether `YYYYMMDD` is a real date between 1800 and `today` (2099 when not given).
fn is_birth(digits: &[u8], today: Option<Date>) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(number);
    let (Some(year), Some(month), Some(day)) = (part(0, 4), part(4, 6), part(6, 8)) else { return false };
    let (Ok(year), Ok(month), Ok(day)) = (i16::try_from(year), i8::try_from(month), i8::try_from(day)) else {
        return false;
    };
    let latest = today.unwrap_or(Date::constant(2099, 12, 31));
    Date::new(year, month, day).is_ok_and(|date| (1800..=2099).contains(&year) && date <= latest)
}

/// GB/T 2260: the province pairs, with the three outside the mainland and 外国人 under 91.
fn is_province(pair: u32) -> bool {
    matches!(pair, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

/// What an 18-character number is, when its date and its check character hold.
fn eighteen(id: &[u8], today: Option<Date>) -> Option<(Kind, f32, &'static str)> {
    let (body, check) = (id.get(..17)?, *id.get(17)?);
    if check_of(body)? != check || !is_birth(body.get(6..14)?, today) {
        return None;
    }
    let area = number(body.get(..6)?)?;
    match area / 10_000 {
        81..=83 => Some((Kind::HkMoTwPermit, 0.98, "hk_mo_tw_permit.check_digit")),
        pair if is_province(pair) => {
            let score = if AREAS.binary_search(&area).is_ok() { 0.99 } else { 0.95 };
            Some((Kind::IdCard, score, "id_card.check_digit"))
        }
        // The card of 2023: 9, the province, the country, then as above.
        90..=98 if is_province(area / 1_000 % 100) => Some((Kind::IdCard, 0.97, "id_card.permanent_residence")),
        _ => None,
    }
}

/// Whether a longer number begins or ends with a resident identity number: a typing slip, no card.
pub(super) fn is_stretched(digits: &[u8]) -> bool {
    digits.windows(18).any(|id| eighteen(id, None).is_some())
}

/// The 15-digit number of before 1999 has no check digit: its area must have existed.
fn fifteen(place: &Place<'_>, id: &[u8]) -> Option<f32> {
    let area = number(id.get(..6)?)?;
    let mut birth = [b'1', b'9', 0, 0, 0, 0, 0, 0];
    birth.get_mut(2..)?.copy_from_slice(id.get(6..12)?);
    if !is_province(area / 10_000) || !is_birth(&birth, place.today) {
        return None;
    }
    if place.follows(16, &["身份证", "证件", "公民身份", "ID", "id"]) {
        return Some(0.95);
    }
    let known = AREAS.binary_search(&area).is_ok();
    (known && !place.is_a_serial_number() && !place.follows(12, &["注册号"])).then_some(0.8)
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    let id = place.folded.as_bytes();
    match id.len() {
        18 => {
            let (kind, score, rule) = eighteen(id, place.today)?;
            Some(place.hit(kind, place.first.end, score, rule))
        }
        15 if place.first.digits == 15 => {
            Some(place.hit(Kind::IdCard, place.first.end, fifteen(place, id)?, "id_card.fifteen_digits"))
        }
        // The card of before 2023: three letters, twelve digits.
        15 if place.first.digits == 12 && id.iter().take(3).all(u8::is_ascii_uppercase) => place
            .follows(20, &["永久居留", "居留证", "居留身份"])
            .then(|| place.hit(Kind::IdCard, place.first.end, 0.9, "id_card.permanent_residence")),
        3..=14 if place.first.digits == place.first.chars => (2..=8)
            .map_while(|n| place.joined(n))
            .find(|(folded, _)| folded.as_bytes().len() >= 18)
            .and_then(|(folded, end)| {
                let (kind, score, rule) =
                    eighteen(folded.as_bytes().get(..18).filter(|_| folded.as_bytes().len() == 18)?, place.today)?;
                Some(place.hit(kind, end, score - 0.05, rule))
            }),
        _ => None,
    }
}

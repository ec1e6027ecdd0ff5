//! Vehicle plates (GA 36): a province's character, a letter, five or six characters, and the special tails.

use super::{Hit, Place};
use crate::kind::Kind;

/// The character that stands for a province, and for embassies and consulates.
pub(crate) fn is_province(c: char) -> bool {
    "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新使".contains(c)
}

/// A letter of a plate: no I, no O.
fn letter(b: u8) -> bool {
    b.is_ascii_uppercase() && !matches!(b, b'I' | b'O')
}

fn plain(serial: &[u8], tailed: bool) -> bool {
    let length = if tailed { 4 } else { 5 };
    serial.len() == length
        && serial.iter().all(|b| letter(*b) || b.is_ascii_digit())
        && serial.iter().filter(|b| b.is_ascii_digit()).count() >= 3
}

/// New energy vehicles: small ones have the letter first, large ones last.
fn new_energy(serial: &[u8]) -> bool {
    let kind = |b: &u8| matches!(b, b'A'..=b'H' | b'J' | b'K');
    match serial {
        [first, second, rest @ ..] if serial.len() == 6 && kind(first) => {
            (letter(*second) || second.is_ascii_digit()) && rest.iter().all(u8::is_ascii_digit)
        }
        [rest @ .., last] if serial.len() == 6 && kind(last) => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

pub(super) fn find(place: &Place<'_>) -> Option<Hit> {
    let mut head = place.text.get(..place.first.start)?.chars().rev().filter(|c| !matches!(c, ' '));
    let province = head.next().filter(|c| is_province(*c))?;
    let gap = place.text.get(..place.first.start)?.rfind(province).map(|at| place.first.start - at)?;
    if gap > province.len_utf8() + 1
        || (province == '京' && head.next().is_some_and(|c| matches!(c, '北' | '南' | '东' | '燕')))
    {
        return None;
    }
    let (mut code, mut end) = (place.folded, place.first.end);
    if code.as_bytes().len() == 1 {
        // 京A·12345, 京A-12345, 京A 12345
        let next = place.atoms.get(1)?;
        let dot = place.text.get(place.first.end..next.start)?;
        if !matches!(dot, "·" | "•" | "." | "-" | " " | "－" | "・") {
            return None;
        }
        code.push(place.text.get(next.start..next.end)?)?;
        end = next.end;
    }
    let (region, serial) = code.as_bytes().split_first()?;
    if !letter(*region) {
        return None;
    }
    let tail = place.char_at(end).filter(|c| matches!(c, '学' | '警' | '挂' | '港' | '澳' | '领' | '使'));
    let end = match tail {
        Some(c) if plain(serial, true) => end + c.len_utf8(),
        _ if plain(serial, false) || new_energy(serial) => end,
        _ => return None,
    };
    Some(Hit { kind: Kind::VehiclePlate, start: place.first.start - gap, end, score: 0.93, rule: "vehicle_plate.form" })
}

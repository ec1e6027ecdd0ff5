//! Format-preserving encryption: another value of the same form that still passes the form's check, and back.
//!
//! Only digits that carry no structure are encrypted (FF1, SM4 inside); check digits are computed anew. A resident's
//! number keeps its area and has a real date of birth in the same span of years; a mobile number keeps its segment,
//! a card its issuer, a code its department and area. Separators stay. Kinds without such a form are not encrypted.

use crate::crypt::{Ff1, ff1_sm4};
use crate::identifiers::{bank_card, credit_code, resident_id};
use crate::keys::Key;
use crate::kind::Kind;

/// Whether to encrypt or to decrypt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To another value.
    Forth,
    /// Back to the value.
    Back,
}

/// Another value of the same form; `None` when the kind has no form that could be kept.
pub(crate) fn preserve(kind: Kind, value: &str, key: &Key, way: Way) -> Option<String> {
    let plain: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).collect();
    let cipher = Cipher { key: key.format(), kind, way };
    let new = match kind {
        Kind::Mobile => {
            let at = plain.len().checked_sub(8)?;
            cipher.digits(&plain, at, 8)?
        }
        Kind::Landline => {
            // An extension stays; the first digit of the number is never 0 or 1.
            let local = if plain.len() >= 10 { plain.len().min(12) - 7 } else { plain.len().checked_sub(7)? };
            cipher.digits(&plain, local, plain.len().min(local + 7) - local)?
        }
        Kind::Qq => cipher.walk(&plain, 0, plain.len(), |new| new.first() != Some(&b'0'))?,
        Kind::BankCard => {
            let mut new = cipher.digits(&plain, 6, plain.len().checked_sub(7)?)?;
            *new.last_mut()? = bank_card::check_digit(new.get(..new.len() - 1)?);
            new
        }
        Kind::IdCard => cipher.resident(&plain)?,
        Kind::CreditCode => cipher.credit_code(&plain)?,
        Kind::Passport | Kind::HkMoTwPermit if plain.len() < 15 => {
            let at = plain.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            cipher.digits(&plain, at, plain.len() - at)?
        }
        _ => return None,
    };
    let mut new = new.iter();
    let put: String = value
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { new.next().map_or(c, |b| char::from(*b)) } else { c })
        .collect();
    Some(put)
}

struct Cipher {
    key: [u8; 16],
    kind: Kind,
    way: Way,
}

impl Cipher {
    fn run<E: Fn([u8; 16]) -> [u8; 16]>(&self, ff1: &Ff1<E>, numerals: &[u8]) -> Option<Vec<u8>> {
        let tweak = self.kind.as_str().as_bytes();
        match self.way {
            Way::Forth => ff1.encrypt(tweak, numerals),
            Way::Back => ff1.decrypt(tweak, numerals),
        }
    }

    /// `plain` with `count` digits from `at` on replaced.
    fn digits(&self, plain: &[u8], at: usize, count: usize) -> Option<Vec<u8>> {
        self.walk(plain, at, count, |_| true)
    }

    /// The same until `fits`: a walk along the cipher's cycle, which always comes back to a value that fits.
    fn walk(&self, plain: &[u8], at: usize, count: usize, fits: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let part = plain.get(at..at + count)?;
        if count < 4 || !part.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let ff1 = ff1_sm4(&self.key, 10);
        let mut numerals: Vec<u8> = part.iter().map(|b| b - b'0').collect();
        for _ in 0..1_000 {
            numerals = self.run(&ff1, &numerals)?;
            let digits: Vec<u8> = numerals.iter().map(|n| n + b'0').collect();
            if fits(&digits) {
                let mut new = plain.to_vec();
                new.get_mut(at..at + count)?.copy_from_slice(&digits);
                return Some(new);
            }
        }
        None
    }

    /// The area stays; birth and number become another birth and number of the same span of years.
    fn resident(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(plain).ok()?;
        let (birth, number, old) = match plain.len() {
            18 => (text.get(6..14)?.to_owned(), text.get(14..17)?, false),
            15 => (format!("19{}", text.get(6..12)?), text.get(12..15)?, true),
            _ => return None,
        };
        let day = resident_id::day_number(birth.parse().ok()?)?;
        let number: u32 = number.parse().ok()?;
        // Spans with room for every day and number: first days, days.
        let (first, days) = match day {
            _ if old => (resident_id::day_number(19_000_101)?, 36_524),
            d if d < resident_id::day_number(20_100_101)? => (resident_id::day_number(19_000_101)?, 40_177),
            _ => (resident_id::day_number(20_100_101)?, 5_844),
        };
        let width = if days > 10_000 { 8 } else { 7 };
        let place = day.checked_sub(first)? * 1_000 + number;
        if place >= days * 1_000 {
            return None;
        }
        let digits = format!("{place:0width$}");
        let read = |digits: &[u8]| -> Option<u32> { std::str::from_utf8(digits).ok()?.parse().ok() };
        let new = self.walk(digits.as_bytes(), 0, width, |new| read(new).is_some_and(|n| n < days * 1_000))?;
        let new = read(&new)?;
        let birth = resident_id::date_of_day(first + new / 1_000)?;
        let area = text.get(..6)?;
        let mut out = if old {
            format!("{area}{:06}{:03}", birth % 1_000_000, new % 1_000)
        } else {
            format!("{area}{birth:08}{:03}", new % 1_000)
        };
        if !old {
            out.push(char::from(resident_id::check_char(out.as_bytes())?));
        }
        Some(out.into_bytes())
    }

    /// Department, type and area stay; the body's own code is another, with both check characters.
    fn credit_code(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let ff1 = ff1_sm4(&self.key, 31);
        let numerals: Option<Vec<u8>> = plain
            .get(8..16)?
            .iter()
            .map(|b| credit_code::ALPHABET.iter().position(|a| a == b).and_then(|i| u8::try_from(i).ok()))
            .collect();
        let new = self.run(&ff1, &numerals?)?;
        let mut code = plain.get(..8)?.to_vec();
        for n in new {
            code.push(*credit_code::ALPHABET.get(usize::from(n))?);
        }
        code.push(credit_code::inner_check(code.get(8..16)?));
        code.push(credit_code::check_char(&code)?);
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Way, preserve};
    use crate::keys::Key;
    use crate::kind::Kind;
    use crate::{Options, find_personal_data};

    fn key() -> Key {
        Key::new("k", [9; 32])
    }

    /// The new value is of the same kind by the guard's own check, and leads back.
    fn check(kind: Kind, value: &str, label: &str) {
        let new = preserve(kind, value, &key(), Way::Forth).unwrap();
        assert_ne!(new, value);
        assert_eq!(new.chars().count(), value.chars().count());
        let options = Options { kinds: vec![kind], ..Options::default() };
        let found = find_personal_data(&format!("{label}{new}"), &options);
        assert_eq!(found.len(), 1, "{value} -> {new}");
        assert_eq!(found[0].span.end - found[0].span.start, new.chars().count(), "{new}");
        assert_eq!(preserve(kind, &new, &key(), Way::Back).unwrap(), value);
    }

    #[test]
    fn new_values_pass_the_check_and_lead_back() {
        check(Kind::IdCard, "11010519491231002X", "身份证");
        check(Kind::IdCard, "440106201602290137", "");
        check(Kind::IdCard, "110105491231002", "身份证号");
        check(Kind::Mobile, "13800138000", "");
        check(Kind::Mobile, "+86 138-0013-8000", "");
        check(Kind::BankCard, "6222020000000000000", "卡号");
        check(Kind::BankCard, "6222 0200 0000 0000 000", "卡号");
        check(Kind::CreditCode, "91350100M000100Y43", "");
        check(Kind::Qq, "12345678", "QQ：");
        check(Kind::Passport, "E12345678", "护照");
        assert_eq!(preserve(Kind::PersonName, "王小明", &key(), Way::Forth), None);
    }

    proptest! {
        #[test]
        fn every_mobile_leads_back(n in 13_000_000_000_u64..20_000_000_000) {
            let value = n.to_string();
            let new = preserve(Kind::Mobile, &value, &key(), Way::Forth).unwrap();
            prop_assert!(value.starts_with(new.get(..3).unwrap()));
            prop_assert_eq!(preserve(Kind::Mobile, &new, &key(), Way::Back).unwrap(), value);
        }
    }
}

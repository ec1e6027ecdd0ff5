//! Masks: what of a value may stay readable (GB/T 37964 suppression, with the forms in use).

use crate::kind::Kind;

/// Replaces letters and digits by `*`, except the first `head` and the last `tail` of them; separators stay.
fn middle(value: &str, head: usize, tail: usize) -> String {
    let count = value.chars().filter(|c| c.is_alphanumeric()).count();
    let (head, tail) = if head + tail >= count { (usize::from(count > 2), 0) } else { (head, tail) };
    let mut seen = 0;
    value
        .chars()
        .map(|c| {
            if !c.is_alphanumeric() {
                return c;
            }
            seen += 1;
            if seen <= head || seen > count - tail { c } else { '*' }
        })
        .collect()
}

fn stars(count: usize) -> String {
    "*".repeat(count.clamp(2, 8))
}

/// The masked form of a value.
#[must_use]
pub(crate) fn mask(kind: Kind, value: &str) -> String {
    let chars = value.chars().count();
    match kind {
        Kind::PersonName => {
            let keep = if chars >= 4 || crate::people::is_double_surname(value) { 2 } else { 1 };
            value.chars().take(keep).chain(std::iter::repeat_n('*', chars.saturating_sub(keep).max(1))).collect()
        }
        Kind::IdCard => middle(value, 6, if chars >= 18 { 4 } else { 2 }),
        Kind::HkMoTwPermit if chars >= 18 => middle(value, 6, 4),
        Kind::CreditCode => middle(value, 4, 4),
        Kind::BankCard => middle(value, 0, 4),
        Kind::Mobile => {
            let digits = value.chars().filter(char::is_ascii_digit).count();
            middle(value, 3 + digits.saturating_sub(11), 4)
        }
        Kind::Landline => match value.split_once(['-', ' ']) {
            Some((area, rest)) => format!("{area}-{}", middle(rest, 0, 2)),
            None => middle(value, 3, 2),
        },
        Kind::Email => match value.split_once(['@', '＠']) {
            Some((local, host)) => format!("{}***@{host}", local.chars().next().unwrap_or('*')),
            None => stars(chars),
        },
        Kind::VehiclePlate => {
            let kept = value.chars().count().saturating_sub(2);
            value
                .chars()
                .enumerate()
                .map(|(i, c)| if i < 2 || i >= kept || !c.is_alphanumeric() { c } else { '*' })
                .collect()
        }
        Kind::Passport | Kind::HkMoTwPermit => middle(value, 1, 2),
        Kind::IpAddress => match value.split('.').collect::<Vec<_>>().as_slice() {
            [a, b, _, _] => format!("{a}.{b}.*.*"),
            _ => "****:****".to_owned(),
        },
        Kind::DateOfBirth => {
            let year: String = value.chars().take(4).collect();
            format!("{year}-**-**")
        }
        Kind::Address => crate::places::to_county(value),
        Kind::Organisation => crate::bodies::to_suffix(value),
        Kind::Url => "***".to_owned(),
        Kind::Qq | Kind::Wechat => middle(value, 1, 1),
        Kind::MedicalRecord | Kind::MilitaryId | Kind::SecrecyMark | Kind::SocialSecurity => stars(chars),
    }
}

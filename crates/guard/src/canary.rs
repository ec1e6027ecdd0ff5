//! Canaries: words that stand in a system prompt or a restricted document and nowhere else. Who repeats one, leaks.

use std::ops::Range;

use crate::normalise::Normalised;

/// Letters that are not taken for one another: no vowels, so that no word arises, no `l`, `o` or digits like them.
const LETTERS: &[u8; 16] = b"bcdfghjkmnpqrtvz";

/// How many letters a canary has.
const LENGTH: usize = 16;

/// A canary from 8 random bytes: `kq-bcdf-ghjk-…`, 64 bits of chance.
#[must_use]
pub fn make(random: [u8; 8]) -> String {
    let nibbles = random.iter().flat_map(|b| [b >> 4, b & 15]);
    let mut out = String::from("kq");
    for (n, nibble) in nibbles.enumerate() {
        if n % 4 == 0 {
            out.push('-');
        }
        out.extend(LETTERS.get(usize::from(nibble)).map(|b| char::from(*b)));
    }
    out
}

/// The letters and digits of a text in lower case, each with its byte in the text.
fn letters(text: &str) -> (Vec<char>, Vec<usize>) {
    let plain = Normalised::new(text);
    plain.text.char_indices().filter(|(_, c)| c.is_alphanumeric()).map(|(at, c)| (c, plain.origin(at))).unzip()
}

/// Where in a text the first of some canaries stands (bytes), in whatever case, width and spacing. Canaries of fewer
/// than four letters are not looked for: they would be found by chance.
#[must_use]
pub fn find(text: &str, canaries: &[String]) -> Option<Range<usize>> {
    if canaries.is_empty() {
        return None;
    }
    let (chars, places) = letters(text);
    canaries.iter().map(|canary| letters(canary).0).filter(|wanted| wanted.len() >= 4).find_map(|wanted| {
        let at = chars.windows(wanted.len()).position(|window| window == wanted.as_slice())?;
        let last = *places.get(at + wanted.len() - 1)?;
        let end = text.get(last..)?.chars().next().map_or(last, |c| last + c.len_utf8());
        Some(*places.get(at)?..end)
    })
}

const _: () = assert!(LENGTH == 2 * size_of::<[u8; 8]>());

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{find, make};

    #[test]
    fn a_canary_is_found_in_any_spacing_case_and_width() {
        let canary = make([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(canary, "kq-bcdf-ghjk-mnpq-rtvz");
        for text in [
            "注：KQ-BCDF-GHJK-MNPQ-RTVZ。",
            "k q b c d f g h j k m n p q r t v z",
            "ｋｑｂｃｄｆｇｈｊｋｍｎｐｑｒｔｖｚ",
            "kq\u{200b}bcdfghjk\nmnpqrtvz",
        ] {
            assert!(find(text, std::slice::from_ref(&canary)).is_some(), "{text}");
        }
        assert_eq!(find("注：kq-bcdf-ghjk", std::slice::from_ref(&canary)), None);
        assert_eq!(find("任何文字", &["ab".to_owned()]), None);
    }

    proptest! {
        #[test]
        fn what_was_made_is_found_where_it_stands(random: [u8; 8], before in "[第一条 a-c]{0,12}", after in "[，。b-d]{0,12}") {
            let canary = make(random);
            let text = format!("{before}。{canary}。{after}");
            let place = find(&text, std::slice::from_ref(&canary));
            prop_assert!(place.is_some());
            prop_assert!(text.get(place.unwrap()).is_some_and(|found| found.ends_with(canary.get(canary.len() - 4..).unwrap())));
        }
    }
}

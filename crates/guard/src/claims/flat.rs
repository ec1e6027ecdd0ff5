//! A text without what does not matter to its meaning: blanks, punctuation, full-width forms, case.

/// The characters that carry meaning.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flat {
    pub chars: Vec<char>,
    /// Whether a sentence ends after the character.
    pub ends: Vec<bool>,
    /// Whether any punctuation stands after the character.
    pub breaks: Vec<bool>,
}

/// The half-width, lower-case form of a character; `None` when it says nothing.
fn folded(c: char) -> Option<char> {
    match c {
        '\u{3000}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => None,
        '\u{ff01}'..='\u{ff5e}' => {
            let c = kernel::text::half_width(c);
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '%') { Some(c.to_ascii_lowercase()) } else { None }
        }
        '〇' | '○' => Some('零'),
        '‰' | '℃' | '%' | '.' | '〔' | '〕' | '⟦' | '⟧' => Some(c),
        c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    }
}

/// Ends a sentence.
pub(crate) fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '\n')
}

impl Flat {
    pub(crate) fn new(text: &str) -> Self {
        let mut flat = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let digit_ahead = chars.peek().is_some_and(char::is_ascii_digit);
            let digit_behind =
                flat.chars.last().is_some_and(char::is_ascii_digit) && !flat.breaks.last().copied().unwrap_or(false);
            match folded(c) {
                // A point counts between digits only; a comma there parts thousands.
                Some('.') if !(digit_ahead && digit_behind) => flat.mark(false),
                Some(c) => {
                    flat.chars.push(c);
                    flat.ends.push(false);
                    flat.breaks.push(false);
                }
                None if matches!(c, ',' | '，') && digit_ahead && digit_behind => {}
                None if c == ' ' || c == '\u{3000}' || c == '\r' || c == '\t' => {}
                None => flat.mark(ends_sentence(c)),
            }
        }
        flat
    }

    fn mark(&mut self, end: bool) {
        if let Some(last) = self.breaks.last_mut() {
            *last = true;
        }
        if let Some(last) = self.ends.last_mut() {
            *last |= end;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(crate) fn get(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    pub(crate) fn part(&self, from: usize, to: usize) -> &[char] {
        self.chars.get(from..to.min(self.chars.len())).unwrap_or_default()
    }

    pub(crate) fn string(&self, from: usize, to: usize) -> String {
        self.part(from, to).iter().collect()
    }

    /// Whether the characters at `i` are `word`.
    pub(crate) fn has_at(&self, i: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(k, c)| self.get(i + k) == Some(c))
    }

    /// Where `needle` stands as a whole first.
    pub(crate) fn find(&self, needle: &[char]) -> Option<usize> {
        self.places(needle).next()
    }

    /// Every place where `needle` stands as a whole.
    pub(crate) fn places<'a>(&'a self, needle: &'a [char]) -> impl Iterator<Item = usize> + 'a {
        let starts = (self.len() + 1).saturating_sub(needle.len()) * usize::from(!needle.is_empty());
        let head = self.chars.get(..starts).unwrap_or_default();
        let first = needle.first().copied();
        head.iter()
            .enumerate()
            .filter(move |(_, c)| Some(**c) == first)
            .filter(move |(i, _)| self.chars.get(*i..i + needle.len()) == Some(needle))
            .map(|(i, _)| i)
    }
}

#[cfg(test)]
mod tests {
    use super::Flat;

    #[test]
    fn blanks_and_punctuation_go_decimals_and_thousands_stay_numbers() {
        let flat = |text: &str| Flat::new(text).chars.iter().collect::<String>();
        assert_eq!(flat("第 三十九 条，劳动者：“有”。"), "第三十九条劳动者有");
        assert_eq!(flat("１,２００.5 元，1、2。 30％"), "1200.5元1230%");
        let broken = Flat::new("1、2");
        assert_eq!(broken.breaks, [true, false]);
    }
}

//! The vocabulary: from a term to the number of its row, in one block of memory.

/// Terms in order, each found by its hash.
#[derive(Debug, Default, Clone)]
pub(super) struct Vocabulary {
    text: String,
    /// Where each term ends in `text`.
    ends: Vec<u32>,
    /// Rows by hash, with open addressing; [`FREE`] is an empty slot. The length is a power of two.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Vocabulary {
    /// A vocabulary of these terms; the first is row 0. `None` when they are too many or too long for 32 bits.
    pub(super) fn new<'a>(terms: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut made = Self::default();
        for term in terms {
            made.text.push_str(term);
            made.ends.push(u32::try_from(made.text.len()).ok()?);
        }
        let size = (made.ends.len() * 2).next_power_of_two().max(2);
        made.slots = vec![FREE; size];
        for row in 0..u32::try_from(made.ends.len()).ok()? {
            let start = made.slot(hash(made.term(row as usize)?));
            let free = (0..size).map(|step| (start + step) & (size - 1));
            let free = free.into_iter().find(|at| made.slots.get(*at) == Some(&FREE))?;
            *made.slots.get_mut(free)? = row;
        }
        Some(made)
    }

    /// The row of a term.
    pub(super) fn find(&self, term: &str) -> Option<u32> {
        let mut at = self.slot(hash(term));
        loop {
            match *self.slots.get(at)? {
                FREE => return None,
                row if self.term(row as usize) == Some(term) => return Some(row),
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The term of a row.
    pub(super) fn term(&self, row: usize) -> Option<&str> {
        let from = if row == 0 { 0 } else { *self.ends.get(row - 1)? as usize };
        self.text.get(from..*self.ends.get(row)? as usize)
    }

    /// The terms in the order of their rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|row| self.term(row))
    }

    fn slot(&self, hash: u64) -> usize {
        (hash >> 20) as usize & (self.slots.len() - 1)
    }
}

/// FNV-1a, with a last mix so that the high bits are used too.
pub(super) fn hash(term: &str) -> u64 {
    let hash = term
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::Vocabulary;

    #[test]
    fn every_term_has_its_row() {
        let terms: Vec<String> = (0..1000).map(|n| format!("词{n}")).collect();
        let vocabulary = Vocabulary::new(terms.iter().map(String::as_str)).unwrap();
        for (row, term) in terms.iter().enumerate() {
            assert_eq!(vocabulary.find(term), u32::try_from(row).ok());
            assert_eq!(vocabulary.term(row), Some(term.as_str()));
        }
        assert_eq!(vocabulary.find("词"), None);
        assert_eq!(Vocabulary::new(std::iter::empty()).unwrap().find("词"), None);
    }
}

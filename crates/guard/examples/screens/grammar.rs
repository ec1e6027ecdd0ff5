//! A tiny grammar: lists of templates that name each other, filled by a seeded choice.

use std::collections::HashMap;

/// A small generator with a seed.
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Lists by name.
#[derive(Default)]
pub(crate) struct Grammar(HashMap<String, Vec<String>>);

impl Grammar {
    /// Adds the lists of a recipe file: `[name]` opens one, each line is a template; with `===` lines, the blocks between them are.
    pub(crate) fn add(&mut self, text: &str) {
        let mut lists: Vec<(String, Vec<String>)> = Vec::new();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            if let Some(inner) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'))
                && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            {
                lists.push((inner.to_owned(), Vec::new()));
            } else if let Some((_, lines)) = lists.last_mut() {
                lines.push(line.to_owned());
            }
        }
        for (name, lines) in lists {
            let all: Vec<String> = if lines.iter().any(|l| l == "===") {
                lines.join("\n").split("\n===\n").map(str::to_owned).collect()
            } else {
                lines.into_iter().filter(|l| !l.trim().is_empty()).collect()
            };
            self.0.entry(name).or_default().extend(all);
        }
    }

    pub(crate) fn set(&mut self, name: &str, all: Vec<String>) {
        assert!(!all.is_empty(), "the list `{name}` is empty");
        self.0.insert(name.to_owned(), all);
    }

    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// One text of a list.
    pub(crate) fn make(&self, name: &str, chance: &mut Chance) -> String {
        let mut out = String::new();
        let list = self.0.get(name).unwrap_or_else(|| panic!("no list `{name}`"));
        self.fill(chance.pick::<String>(list), chance, &mut out, 0);
        out
    }

    fn fill(&self, template: &str, chance: &mut Chance, out: &mut String, depth: usize) {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '<']) {
            out.push_str(&rest[..at]);
            let close = if rest[at..].starts_with('{') { '}' } else { '>' };
            let Some(end) = rest[at..].find(close) else { break };
            let inner = &rest[at + 1..at + end];
            rest = &rest[at + end + 1..];
            if close == '}' {
                match self.0.get(inner) {
                    Some(list) if depth < 6 => self.fill(chance.pick::<String>(list), chance, out, depth + 1),
                    _ => out.push_str(inner),
                }
            } else {
                let parts: Vec<&str> = inner.split('|').collect();
                out.push_str(chance.pick::<&str>(&parts));
            }
        }
        out.push_str(rest);
    }
}

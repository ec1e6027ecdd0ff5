//! Templates become labelled texts.

use guard::recogniser::{Class, Entity, Sample};

use crate::chance::Chance;
use crate::world::World;

pub(crate) struct Templates {
    lines: Vec<String>,
}

/// A text that grows with its entities.
#[derive(Default)]
struct Page {
    text: String,
    chars: usize,
    entities: Vec<Entity>,
}

impl Page {
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    fn entity(&mut self, kind: Class, text: &str) {
        let start = self.chars;
        self.plain(text);
        if text.chars().count() >= 2 {
            self.entities.push(Entity { kind, start, end: self.chars });
        }
    }
}

impl Templates {
    pub(crate) fn read() -> Self {
        let lines = include_str!("templates.txt").lines().filter(|l| !l.starts_with('#') && !l.is_empty());
        Self { lines: lines.map(|l| l.replace("\\n", "\n")).collect() }
    }

    pub(crate) fn one(&self, world: &World, c: &mut Chance) -> Sample {
        let mut page = Page::default();
        if c.roll(30) {
            let clause = c.pick(&world.clauses).clone();
            page.plain(&clause);
            let mark = *c.pick(&["，", "。", "！", "\n", "，", "："]);
            page.plain(mark);
        }
        let times = if c.roll(30) { 2 } else { 1 };
        for _ in 0..times {
            let line = c.pick(&self.lines);
            let chars: Vec<char> = line.chars().collect();
            expand(&chars, world, c, &mut page);
        }
        if c.roll(30) {
            let mark = *c.pick(&["，", "。", "", "\n", "，"]);
            page.plain(mark);
            let clause = c.pick(&world.clauses).clone();
            page.plain(&clause);
        }
        Sample { text: page.text, entities: page.entities, unsure: Vec::new() }
    }
}

fn expand(line: &[char], world: &World, c: &mut Chance, page: &mut Page) {
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            '(' => {
                // The matching bracket and the bars at its level.
                let (mut depth, mut i, mut bars) = (0, at, vec![at]);
                loop {
                    match line[i] {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        '|' if depth == 1 => bars.push(i),
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    i += 1;
                }
                bars.push(i);
                let choice = c.below(bars.len() - 1);
                expand(&line[bars[choice] + 1..bars[choice + 1]], world, c, page);
                at = i + 1;
            }
            '\\' => {
                page.plain(&line[at + 1].to_string());
                at += 2;
            }
            '{' => {
                let slot = line[at + 1];
                at += 3;
                let optional = line.get(at) == Some(&'?');
                if optional {
                    at += 1;
                }
                if !optional || c.roll(50) {
                    fill(slot, world, c, page);
                }
            }
            '?' if page.text.ends_with('！') => at += 1,
            other => {
                page.plain(&other.to_string());
                at += 1;
            }
        }
    }
}

fn fill(slot: char, world: &World, c: &mut Chance, page: &mut Page) {
    match slot {
        'P' => page.entity(Class::PersonName, &world.person(c)),
        'F' => page.entity(Class::PersonName, &world.foreigner(c)),
        'Q' => page.entity(Class::PersonName, &world.either(c)),
        'C' => {
            let company = if c.roll(80) { world.company(c) } else { world.brand(c) };
            page.entity(Class::Organisation, &company);
        }
        'B' => page.entity(Class::Organisation, &world.brand(c)),
        'S' => page.entity(Class::Organisation, &world.team(c)),
        'G' => page.entity(Class::PublicBody, &world.body(c)),
        'L' => page.entity(Class::Place, &world.place(c)),
        'A' => page.entity(Class::Address, &world.address(c)),
        'T' => page.plain(&world.word(c, "title")),
        'V' => page.plain(&world.word(c, "said")),
        'W' => page.plain(&world.word(c, "thing")),
        'N' => {
            let n = match c.below(3) {
                0 => c.range(1, 9),
                1 => c.range(10, 99),
                _ => c.range(100, 9000),
            };
            page.plain(&n.to_string());
        }
        'M' => page.plain(&format!("1{}{:09}", c.range(3, 9), c.below(1_000_000_000))),
        'K' => page.plain(&format!("{}{:014}X", c.range(110, 659), c.below(100_000_000_000_000))),
        'D' => {
            let (y, m, d) = (c.range(1950, 2026), c.range(1, 12), c.range(1, 28));
            let date = match c.below(6) {
                0 => format!("{y}年{m}月{d}日"),
                1 => format!("{y}年{m}月"),
                2 => format!("{m}月{d}日"),
                3 => format!("{d}日"),
                4 => format!("{y}-{m:02}-{d:02}"),
                _ => format!("{y}年"),
            };
            page.plain(&date);
        }
        'X' => {
            let clause = c.pick(&world.clauses).clone();
            page.plain(&clause);
        }
        other => panic!("no slot {other}"),
    }
}

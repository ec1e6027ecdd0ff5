//! Matching many enterprises at once: facts in columns, each test once for all policies that share it, 64 enterprises a word.
//!
//! INVARIANT: the answers are those of [`Book::matches`]; a property test holds them together.

use crate::book::{Book, Compiled, MISSING, Test, encode};
use crate::matching::{Order, Standing, closeness, order, worth};
use crate::number::Number;
use crate::profile::{BadProfile, Profile};

/// Words of 64 enterprises that are worked on at once: the results of all tests then stay in the processor's cache.
const WORDS: usize = 8;
/// Enterprises that are worked on at once.
const BLOCK: usize = WORDS * 64;

/// One policy in an enterprise's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The policy's place in the book.
    pub policy: usize,
    /// How it stands: met, or missing a fact.
    pub standing: Standing,
    /// How much of it is met, in thousandths.
    pub closeness: u16,
    /// The amount in yuan that it is ranked by.
    pub amount: Number,
}

/// What a batch says of one enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchRow {
    /// How many policies are met.
    pub satisfied: usize,
    /// How many lack a fact.
    pub missing: usize,
    /// How many are not met.
    pub unsatisfied: usize,
    /// The best of those met or lacking a fact.
    pub top: Vec<Listed>,
}

/// The facts of many enterprises, a column for each field.
#[derive(Debug, Clone)]
pub struct Columns {
    rows: usize,
    columns: Vec<Vec<i64>>,
}

impl Columns {
    /// Columns of these profiles; the first bad one is named by its place.
    pub fn of(book: &Book, profiles: &[Profile]) -> Result<Self, (usize, BadProfile)> {
        let mut columns = vec![Vec::with_capacity(profiles.len()); book.fields.all().len()];
        for (row, profile) in profiles.iter().enumerate() {
            let cells = profile.cells(&book.fields).map_err(|error| (row, error))?;
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.push(encode(cell));
            }
        }
        Ok(Self { rows: profiles.len(), columns })
    }

    /// How many enterprises.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// A bit for each enterprise of a block.
type Bits = [u64; WORDS];

impl Book {
    /// Every policy for every enterprise, with the `top` best of each. `told` hears how many enterprises are done.
    #[must_use]
    pub fn batch(&self, columns: &Columns, top: usize, threads: usize, told: &(dyn Fn(usize) + Sync)) -> Vec<BatchRow> {
        let blocks = columns.rows.div_ceil(BLOCK);
        let share = blocks.div_ceil(threads.max(1)).max(1);
        let mut parts: Vec<Vec<BatchRow>> = Vec::new();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..blocks)
                .step_by(share)
                .map(|first| {
                    scope.spawn(move || {
                        let mut rows = Vec::new();
                        let mut scratch = Scratch::new(self);
                        for block in first..(first + share).min(blocks) {
                            let done = self.block(columns, block * BLOCK, top, &mut scratch);
                            told(done.len());
                            rows.extend(done);
                        }
                        rows
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(rows) => parts.push(rows),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        parts.into_iter().flatten().collect()
    }

    fn block(&self, columns: &Columns, first: usize, top: usize, scratch: &mut Scratch) -> Vec<BatchRow> {
        let rows = BLOCK.min(columns.rows - first);
        for ((field, test), (yes, unknown)) in self.atoms.iter().zip(&mut scratch.atoms) {
            let column = columns.columns.get(*field).and_then(|column| column.get(first..first + rows));
            (*yes, *unknown) = tested(column.unwrap_or_default(), *test);
        }
        let mut out = vec![BatchRow::default(); rows];
        let listed = &mut scratch.listed;
        listed.resize(rows, Vec::new());
        for (at, (policy, compiled)) in self.policies.iter().zip(&self.compiled).enumerate() {
            let (met, missing) = whole(compiled, &scratch.atoms);
            let base = compiled.base.and_then(|base| columns.columns.get(base));
            let fixed = if base.is_none() { worth(policy, None).rank() } else { 0 };
            for (word, (met_word, missing_word)) in met.iter().zip(&missing).enumerate() {
                for (bits, standing) in [(*met_word, Standing::Satisfied), (*missing_word, Standing::Missing)] {
                    let mut bits = bits;
                    while bits != 0 {
                        let bit = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        let row = word * 64 + bit;
                        let (Some(out), Some(listed)) = (out.get_mut(row), listed.get_mut(row)) else { break };
                        let close = match standing {
                            Standing::Satisfied => {
                                out.satisfied += 1;
                                1000
                            }
                            _ => {
                                out.missing += 1;
                                closeness(groups_met(compiled, &scratch.atoms, word, bit), compiled.groups.len())
                            }
                        };
                        let rank = match base {
                            None => fixed,
                            Some(base) => worth(policy, Some(base.get(first + row).copied().unwrap_or(MISSING))).rank(),
                        };
                        listed.push((order(standing, compiled, rank, close), at));
                    }
                }
            }
        }
        for (out, listed) in out.iter_mut().zip(listed.iter_mut()) {
            out.unsatisfied = self.policies.len() - out.satisfied - out.missing;
            if listed.len() > top && top > 0 {
                listed.select_nth_unstable(top - 1);
            }
            listed.truncate(top);
            listed.sort_unstable();
            out.top = listed.drain(..).map(|(order, policy)| listing(order, policy)).collect();
        }
        out
    }
}

/// What a thread uses again and again.
struct Scratch {
    atoms: Vec<(Bits, Bits)>,
    listed: Vec<Vec<(Order, usize)>>,
}

impl Scratch {
    fn new(book: &Book) -> Self {
        Self { atoms: vec![([0; WORDS], [0; WORDS]); book.atoms.len()], listed: Vec::new() }
    }
}

fn listing((standing, _, amount, close, _, _): Order, policy: usize) -> Listed {
    Listed { policy, standing, closeness: close.0, amount: Number::from_parts(amount.0) }
}

/// One test on a piece of a column: who passes, and of whom nothing is known.
fn tested(column: &[i64], test: Test) -> (Bits, Bits) {
    // One loop for each kind of test, so that the compiler can work on several facts at once.
    match test {
        Test::Eq(value) => scan(column, |fact| fact == value),
        Test::Lt(value) => scan(column, |fact| fact < value),
        Test::Le(value) => scan(column, |fact| fact <= value),
        Test::Gt(value) => scan(column, |fact| fact > value),
        Test::Ge(value) => scan(column, |fact| fact >= value),
        Test::Any(bits) => scan(column, |fact| fact & bits != 0),
        Test::Nothing(bits) => scan(column, |fact| fact & bits == 0),
        Test::Between(low, high) => scan(column, |fact| low <= fact && fact <= high),
    }
}

fn scan(column: &[i64], holds: impl Fn(i64) -> bool) -> (Bits, Bits) {
    let (mut yes, mut unknown) = ([0; WORDS], [0; WORDS]);
    for ((chunk, yes), unknown) in column.chunks(64).zip(&mut yes).zip(&mut unknown) {
        for (bit, fact) in chunk.iter().enumerate() {
            let missing = *fact == MISSING;
            *yes |= u64::from(holds(*fact) && !missing) << bit;
            *unknown |= u64::from(missing) << bit;
        }
    }
    // Places after the last enterprise are no enterprise: they count as known and not met.
    (yes, unknown)
}

/// Who meets the policy as a whole, and who lacks a fact.
fn whole(compiled: &Compiled, atoms: &[(Bits, Bits)]) -> (Bits, Bits) {
    let (mut met, mut possible) = ([u64::MAX; WORDS], [u64::MAX; WORDS]);
    for group in &compiled.groups {
        let (mut group_yes, mut group_possible) = ([0; WORDS], [0; WORDS]);
        for leaf in group {
            match leaf.atom.and_then(|atom| atoms.get(atom)) {
                None => group_possible = [u64::MAX; WORDS],
                Some((yes, unknown)) => {
                    for (((all_yes, all_possible), yes), unknown) in
                        group_yes.iter_mut().zip(&mut group_possible).zip(yes).zip(unknown)
                    {
                        *all_yes |= yes;
                        *all_possible |= yes | unknown;
                    }
                }
            }
        }
        for (((met, possible), yes), group_possible) in
            met.iter_mut().zip(&mut possible).zip(group_yes).zip(group_possible)
        {
            *met &= yes;
            *possible &= group_possible;
        }
    }
    let mut missing = [0; WORDS];
    for ((missing, possible), met) in missing.iter_mut().zip(possible).zip(met) {
        *missing = possible & !met;
    }
    (met, missing)
}

/// How many groups of a policy one enterprise of the block meets.
fn groups_met(compiled: &Compiled, atoms: &[(Bits, Bits)], word: usize, bit: usize) -> usize {
    let holds = |atom: usize| atoms.get(atom).and_then(|(yes, _)| yes.get(word)).is_some_and(|yes| yes >> bit & 1 == 1);
    compiled.groups.iter().filter(|group| group.iter().any(|leaf| leaf.atom.is_some_and(holds))).count()
}

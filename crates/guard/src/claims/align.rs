//! Lays a claim along a passage: which character of the claim stands where in the passage.

use super::flat::Flat;

const MATCH: i32 = 10;
const REPLACE: i32 = -8;
/// A character of the claim that the passage does not have.
const INSERT: i32 = -6;
/// A character of the passage that the claim leaves out: cheap, answers shorten.
const SKIP: i32 = -1;
const OPEN_SKIP: i32 = -4;
/// The widest passage that is laid along: wider ones are narrowed first.
const WIDEST: usize = 900;
/// The longest claim.
const LONGEST: usize = 600;

/// For each character of the claim, its place in the passage.
#[derive(Debug, Clone)]
pub(crate) struct Alignment {
    pub places: Vec<Option<u32>>,
    /// How many stand in the passage.
    pub matched: usize,
    /// From the first place to one past the last.
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Stop,
    Both,
    Claim,
    Passage,
}

/// The stretch of `passage` that shares most pairs of characters with the claim, and how many it shares.
pub(crate) fn window(claim: &[char], passage: &Flat) -> (usize, usize, usize) {
    let mut pairs: Vec<(char, char)> = claim.windows(2).filter_map(|w| Some((*w.first()?, *w.get(1)?))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let width = (claim.len() * if claim.len() > 120 { 2 } else { 3 }).clamp(80, WIDEST);
    let hit = |i: usize| -> usize {
        match (passage.get(i), passage.get(i + 1)) {
            (Some(a), Some(b)) => usize::from(pairs.binary_search(&(a, b)).is_ok()),
            _ => 0,
        }
    };
    let hits: Vec<usize> = (0..passage.len()).map(hit).collect();
    let (mut sum, mut best, mut best_at) = (0_usize, 0, 0);
    for (i, new) in hits.iter().enumerate() {
        sum += new;
        if let Some(old) = i.checked_sub(width).and_then(|i| hits.get(i)) {
            sum -= old;
        }
        if sum > best {
            best = sum;
            best_at = i;
        }
    }
    let margin = claim.len().clamp(20, 120);
    let from = best_at.saturating_sub(width + margin);
    let to = (best_at + margin + 2).min(passage.len());
    (from, to, best)
}

/// The best alignment of the whole claim with any part of `passage[from..to]`.
pub(crate) fn align(claim: &[char], passage: &Flat, from: usize, to: usize) -> Option<Alignment> {
    let stretch = passage.part(from, to);
    if claim.is_empty() || stretch.is_empty() || claim.len() > LONGEST || stretch.len() > 2 * WIDEST {
        return None;
    }
    let columns = stretch.len() + 1;
    let mut steps: Vec<Step> = vec![Step::Stop; columns * (claim.len() + 1)];
    let mut above = vec![0_i32; columns];
    let mut row = vec![0_i32; columns];
    for (i, c) in claim.iter().enumerate() {
        let start = (i32::try_from(i).unwrap_or(i32::MAX) + 1) * INSERT;
        let mut diagonal = std::mem::replace(above.first_mut()?, start);
        *row.first_mut()? = start;
        let line = steps.get_mut((i + 1) * columns..(i + 2) * columns)?;
        *line.first_mut()? = Step::Claim;
        let mut left = start;
        let mut skipping = false;
        // `above` still holds the previous row from the second column on.
        let cells = above.iter().skip(1).zip(row.iter_mut().skip(1)).zip(line.iter_mut().skip(1));
        for (((up, cell), taken), other) in cells.zip(stretch) {
            let both = diagonal + if c == other { MATCH } else { REPLACE };
            let claim_only = *up + INSERT;
            let passage_only = left + if skipping { SKIP } else { OPEN_SKIP };
            let (value, step) = if both >= claim_only && both >= passage_only {
                (both, Step::Both)
            } else if passage_only >= claim_only {
                (passage_only, Step::Passage)
            } else {
                (claim_only, Step::Claim)
            };
            skipping = step == Step::Passage;
            diagonal = *up;
            *cell = value;
            left = value;
            *taken = step;
        }
        std::mem::swap(&mut above, &mut row);
    }
    let (end, _) = above.iter().enumerate().max_by_key(|(i, v)| (**v, std::cmp::Reverse(*i)))?;
    let mut places = vec![None; claim.len()];
    let (mut i, mut j, mut matched) = (claim.len(), end, 0);
    while i > 0 {
        match steps.get(i * columns + j)? {
            Step::Both => {
                i -= 1;
                j -= 1;
                if claim.get(i) == stretch.get(j) {
                    *places.get_mut(i)? = u32::try_from(from + j).ok();
                    matched += 1;
                }
            }
            Step::Claim => i -= 1,
            Step::Passage => j -= 1,
            Step::Stop => break,
        }
    }
    let first = places.iter().flatten().next().map_or(from, |p| *p as usize);
    let last = places.iter().rev().flatten().next().map_or(from, |p| *p as usize + 1);
    Some(Alignment { places, matched, from: first, to: last })
}

#[cfg(test)]
mod tests {
    use super::{align, window};
    use crate::claims::flat::Flat;

    #[test]
    fn a_changed_figure_stands_against_its_original() {
        let passage = Flat::new("第五十条 用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。");
        let claim = Flat::new("用人单位应当在三十日内为劳动者办理手续");
        let (from, to, _) = window(&claim.chars, &passage);
        let aligned = align(&claim.chars, &passage, from, to).unwrap();
        let missing: String =
            claim.chars.iter().zip(&aligned.places).filter(|(_, p)| p.is_none()).map(|(c, _)| *c).collect();
        assert_eq!(missing, "三");
        assert_eq!(
            passage.string(aligned.from, aligned.to),
            "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续"
        );
    }
}

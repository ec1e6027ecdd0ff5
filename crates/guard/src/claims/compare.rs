//! What differs between a claim and the passage it is laid along: figures, words of force, words put in or left out.

use super::align::Alignment;
use super::facts::{self, Fact, Unit};
use super::flat::Flat;
use super::judge::Passage;
use super::polarity::{self, Force};

/// The share of a claim's characters from which a difference is a change and no other wording.
pub(super) const CLOSE: f32 = 0.72;
/// From here on the claim repeats the passage, and every word that differs was changed.
pub(super) const REPEATED: f32 = 0.86;

/// Where in the passage the claim's characters `from..to` must stand: between their neighbours.
fn opposite_stretch(aligned: &Alignment, from: usize, to: usize) -> Option<(usize, usize)> {
    let before = aligned.places.get(..from)?.iter().rev().flatten().next().map(|p| *p as usize);
    let after = aligned.places.get(to..)?.iter().flatten().next().map(|p| *p as usize);
    match (before, after) {
        (Some(a), Some(b)) => Some((a + 1, b)),
        (Some(a), None) => Some((a + 1, a + 1 + (to - from) + 6)),
        (None, Some(b)) => Some((b.saturating_sub(to - from + 6), b)),
        (None, None) => None,
    }
}

pub(super) enum Figures {
    Agree,
    Missing(String),
    Differ(String),
}

/// Every figure of the claim against the figure that stands in its place.
pub(super) fn figures(claim: &Flat, passage: &Passage, aligned: &Alignment, all: &[&Passage]) -> Figures {
    let mut missing = None;
    for fact in facts::read(claim) {
        let Some((from, to)) = opposite_stretch(aligned, fact.from, fact.to) else { continue };
        let there: Vec<&Fact> = passage.facts.iter().filter(|f| f.from < to.max(from + 1) && f.to > from).collect();
        if there.iter().any(|f| f.says(&fact)) {
            continue;
        }
        let said = || claim.string(fact.from, fact.to);
        // The nearest figure of the same sort in that place says something else.
        let near = to.saturating_sub(from) <= (fact.to - fact.from) + 12;
        if let Some(other) = there.iter().find(|f| f.is_like(&fact)).filter(|_| near) {
            return Figures::Differ(format!(
                "figure_differs: {} / {}",
                said(),
                passage.flat.string(other.from, other.to)
            ));
        }
        let anywhere = all.iter().any(|p| p.facts.iter().any(|f| f.says(&fact)));
        if !anywhere {
            // An article's number that no passage shows cannot be judged here; the citation check does.
            let shows = all.iter().any(|p| p.facts.iter().any(|f| f.unit == fact.unit));
            if matches!(fact.unit, Unit::Article | Unit::Ordinal(_)) && !shows {
                continue;
            }
            missing = Some(format!("figure_missing: {}", said()));
        }
    }
    missing.map_or(Figures::Agree, Figures::Missing)
}

/// Whether must, may and must not stand where the passage has them.
pub(super) fn force_differs(claim: &Flat, passage: &Passage, aligned: &Alignment) -> Option<String> {
    let mine = polarity::read(claim);
    for word in &mine {
        let Some((from, to)) = opposite_stretch(aligned, word.from, word.to) else { continue };
        let there: Vec<_> = passage.words.iter().filter(|w| w.from < to.max(from + 1) && w.to > from).collect();
        if there.iter().any(|w| w.force == word.force) {
            continue;
        }
        let said = claim.string(word.from, word.to);
        if word.force != Force::Not
            && let Some(other) = there.iter().find(|w| w.force != Force::Not)
        {
            return Some(format!("force_differs: {said} / {}", passage.flat.string(other.from, other.to)));
        }
        // A negation that the passage does not have.
        let near = to.saturating_sub(from) <= (word.to - word.from) + 6;
        if near && matches!(word.force, Force::Not | Force::Forbid) && !stands(aligned, word.from, word.to) {
            return Some(format!("negation_added: {said}"));
        }
    }
    // A negation of the passage that the claim left out between two neighbours.
    passage
        .words
        .iter()
        .filter(|w| w.from >= aligned.from && w.to <= aligned.to && matches!(w.force, Force::Not | Force::Forbid))
        .find(|w| {
            let gap_before = aligned.places.iter().flatten().any(|p| *p as usize + 1 == w.from);
            let gap_after = aligned.places.iter().flatten().any(|p| *p as usize == w.from + 1 || *p as usize == w.to);
            let kept = aligned.places.iter().flatten().any(|p| *p as usize == w.from);
            gap_before && gap_after && !kept && !mine.iter().any(|m| matches!(opposite_stretch(aligned, m.from, m.to), Some((f, t)) if w.from < t.max(f + 1) && w.to > f))
        })
        .map(|w| format!("negation_left_out: {}", passage.flat.string(w.from, w.to)))
}

/// Whether the claim's characters all stand in the passage.
fn stands(aligned: &Alignment, from: usize, to: usize) -> bool {
    aligned.places.get(from..to).is_some_and(|places| places.iter().all(Option::is_some))
}

pub(super) enum Words {
    Agree,
    Added(String),
    Opposite(String),
    Replaced(String),
}

/// Stretches of the claim that do not stand in the passage.
pub(super) fn words(claim: &Flat, passage: &Passage, aligned: &Alignment, all: &[&Passage], share: f32) -> Words {
    let (close, repeated) = (share >= CLOSE, share >= REPEATED);
    let figures = facts::read(claim);
    let mut i = 0;
    let mut added = None;
    while i < claim.len() {
        if aligned.places.get(i).copied().flatten().is_some() {
            i += 1;
            continue;
        }
        let from = i;
        while i < claim.len() && aligned.places.get(i).copied().flatten().is_none() {
            i += 1;
        }
        // Figures were compared by value.
        if figures.iter().any(|f| f.from <= from && i <= f.to) {
            continue;
        }
        let Some((a, b)) = opposite_stretch(aligned, from, i) else { continue };
        let mine = claim.string(from, i);
        let theirs = passage.flat.string(a, b.max(a));
        // One character alone may be half of a word: 以上 / 以下.
        let wider = |flat: &Flat, from: usize, to: usize| flat.string(from.saturating_sub(1), to);
        if polarity::is_opposite(&mine, &theirs)
            || polarity::is_opposite(&wider(claim, from, i), &wider(&passage.flat, a, b))
        {
            return Words::Opposite(format!("opposite: {mine} / {theirs}"));
        }
        // 依法 stands for 按照法律, also where the character before belongs to both: 当按 / 依.
        let last_of = |text: &str| text.chars().next_back().map(String::from).unwrap_or_default();
        if polarity::is_equivalent(&mine, &theirs)
            || (theirs.chars().count() <= 2 && polarity::is_equivalent(&mine, &last_of(&theirs)))
        {
            continue;
        }
        if is_filler(&mine) && (is_filler(&theirs) || theirs.chars().count() > 4) {
            continue;
        }
        if !repeated && (is_said_elsewhere(claim, from, i, all) || is_filler(&mine)) {
            continue;
        }
        let length = i - from;
        let theirs_length = theirs.chars().count();
        if close
            && theirs_length > 0
            && theirs_length <= 12
            && length <= 12
            && (repeated || length >= 2 || theirs_length <= 2)
        {
            return Words::Replaced(format!("replaced: {mine} / {theirs}"));
        }
        // Words of the passage itself, put in another place, add nothing.
        if theirs_length == 0 && length >= 2 && passage.flat.find(claim.part(from, i)).is_some() {
            continue;
        }
        if length >= if repeated { 1 } else { 4 } && !is_filler(&mine) && !is_said_elsewhere(claim, from, i, all) {
            added = Some(format!("added: {mine}"));
        }
    }
    added.map_or(Words::Agree, Words::Added)
}

/// A short stretch that the claim skips in the midst of what it repeats, when it limits or denies.
pub(super) fn left_out(passage: &Passage, aligned: &Alignment) -> Option<(String, bool)> {
    const LIMITS: &[&str] = &[
        "仅", "只", "最", "至少", "至多", "经", "除", "同时", "以上", "以下", "以内", "之前", "之后", "均", "再", "副",
        "被",
    ];
    let mut last: Option<usize> = None;
    for place in aligned.places.iter().flatten().map(|p| *p as usize) {
        if let Some(from) = last.map(|at| at + 1).filter(|from| *from < place && place - *from <= 8) {
            let skipped = passage.flat.string(from, place);
            if matches!(skipped.as_str(), "不" | "未" | "非" | "无" | "没有") {
                return Some((skipped, true));
            }
            if LIMITS.iter().any(|word| skipped.contains(word)) {
                return Some((skipped, false));
            }
        }
        last = Some(place);
    }
    None
}

/// Whether every pair of characters of the stretch, with its neighbours, stands in some passage.
fn is_said_elsewhere(claim: &Flat, from: usize, to: usize, all: &[&Passage]) -> bool {
    let stretch = claim.part(from.saturating_sub(1), to + 1);
    all.iter().any(|p| p.flat.find(stretch).is_some())
}

/// Words that say nothing of their own.
fn is_filler(words: &str) -> bool {
    const FILLERS: &[&str] = &[
        "的",
        "了",
        "是",
        "为",
        "则",
        "即",
        "也",
        "都",
        "就",
        "将",
        "会",
        "所",
        "其",
        "该",
        "此",
        "在",
        "对",
        "于",
        "向",
        "与",
        "及",
        "以及",
        "并且",
        "同时",
        "此外",
        "另外",
        "因此",
        "所以",
        "根据",
        "依据",
        "按照",
        "规定",
        "依法",
        "相关",
        "有关",
        "具体",
        "包括",
        "如果",
        "如",
        "若",
        "一般",
        "通常",
        "应当",
        "应",
        "需",
        "需要",
        "可",
        "您",
        "你",
        "情况",
        "情形",
        "进行",
        "予以",
        "给予",
        "之一",
        "其中",
        "等",
        "或者",
        "或",
        "和",
        "并",
        "方可",
        "才能",
        "那么",
        "首先",
        "其次",
        "最后",
        "可以",
        "也就是说",
        "换言之",
        "总之",
        "而",
        "且",
        "上述",
        "以下",
        "如下",
        "属于",
        "本",
    ];
    FILLERS.contains(&words)
}

/// An exception that follows the claim's end in the passage and that the answer leaves out.
pub(super) fn exception(claim: &Flat, said: &Flat, passage: &Passage, end: usize) -> Option<String> {
    let flat = &passage.flat;
    let last = end.checked_sub(1)?;
    if !flat.breaks.get(last).copied().unwrap_or(false) {
        return None;
    }
    let stop = flat.ends.iter().skip(end).take(120).position(|e| *e).map_or(flat.len().min(end + 120), |n| end + n + 1);
    let rest = flat.part(end, stop);
    let words: String = rest.iter().collect();
    // 但是 may open the next sentence; 除外 belongs to its own.
    let same = !flat.ends.get(last).copied().unwrap_or(true);
    let is_exception = words.starts_with("但") || (same && words.ends_with("除外") && rest.len() <= 40);
    let told = claim.chars.windows(2).any(|w| w == ['除', '外']) && words.ends_with("除外");
    let elsewhere = rest.get(..rest.len().min(8)).is_some_and(|head| said.find(head).is_some());
    (is_exception && !told && !elsewhere).then(|| words.chars().take(24).collect())
}

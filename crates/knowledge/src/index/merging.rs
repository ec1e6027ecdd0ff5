//! Merging: several small segments become one, without the versions that are gone.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::postings::Counted;
use super::records::RecordsWriter;
use super::segment::{Head, MOST, Parts, Run, Segment, records_path, words_path};
use super::vectors::{self, Vectors};
use crate::Result;

/// So many segments of like size become one.
const TOGETHER: usize = 4;

/// The segments of one collection that should become one, if any: the smallest class that has enough of them.
pub(super) fn wanted(segments: &[Arc<Segment>]) -> Option<Vec<Arc<Segment>>> {
    let mut classes: Vec<Vec<&Arc<Segment>>> = Vec::new();
    for segment in segments {
        let class = (segment.len().max(1).ilog2() / 2) as usize;
        if classes.len() <= class {
            classes.resize_with(class + 1, Vec::new);
        }
        if let Some(list) = classes.get_mut(class) {
            list.push(segment);
        }
    }
    // A merged segment never crosses the most that one can hold, so the classes below are emptied first.
    classes.into_iter().find_map(|list| {
        let chosen: Vec<Arc<Segment>> = list.into_iter().take(TOGETHER).cloned().collect();
        let whole: usize = chosen.iter().map(|segment| segment.len()).sum();
        (chosen.len() == TOGETHER && whole <= MOST).then_some(chosen)
    })
}

/// Makes the segment `id` of these, oldest first; `None` when nothing of them is left.
pub(super) fn merge(
    folder: &Path,
    id: u64,
    segments: &[Arc<Segment>],
    gone: &HashSet<u64>,
    average: f32,
) -> Result<Option<Segment>> {
    let Some(first) = segments.first() else { return Ok(None) };
    let mut parts = Parts { head: Head { collection: first.collection.clone(), average }, ..Parts::default() };
    let mut records = RecordsWriter::create(&records_path(folder, id))?;
    let made = first.vectors.as_ref().map(|vectors| (vectors.fingerprint.as_str(), vectors.dims));
    // Those without vectors wait for them together.
    let (fingerprint, dims) = made.unwrap_or_default();
    let mut vectors = Vectors::new(fingerprint, dims);
    let mut sources: Vec<(Parts, Vec<Option<u16>>)> = Vec::with_capacity(segments.len());
    for segment in segments {
        let old = Parts::load(&words_path(folder, segment.id))?;
        let mut places = vec![None; segment.len()];
        for run in old.runs.iter().filter(|run| !gone.contains(&run.ordinal)) {
            let start = u32::try_from(parts.lengths.len()).unwrap_or(u32::MAX);
            parts.runs.push(Run { ordinal: run.ordinal, start, len: run.len });
            for at in run.places() {
                if let Some(place) = places.get_mut(at) {
                    *place = u16::try_from(parts.lengths.len()).ok();
                }
                parts.lengths.push(old.lengths.get(at).copied().unwrap_or_default());
                parts.labels.push(old.labels.get(at).copied().unwrap_or_default());
                records.push(&segment.records.raw(at)?)?;
                match &segment.vectors {
                    Some(old) => vectors.take(old, at),
                    None => vectors.push(&[]),
                }
            }
        }
        sources.push((old, places));
    }
    parts.offsets = records.finish()?;
    parts.words = postings(&sources);
    if parts.lengths.is_empty() {
        return Ok(None);
    }
    parts.save(&words_path(folder, id))?;
    vectors.save(&vectors::path(folder, id))?;
    Segment::new(folder, id, parts, made.map(|_| vectors)).map(Some)
}

/// The postings of all sources together, term by term.
fn postings(sources: &[(Parts, Vec<Option<u16>>)]) -> Counted {
    let mut terms: Vec<(u64, u32, u32)> = Vec::new();
    for (source, (parts, _)) in (0_u32..).zip(sources) {
        terms.extend((0_u32..).zip(&parts.words.hashes).map(|(at, hash)| (*hash, source, at)));
    }
    terms.sort_unstable();
    let mut all = Counted { starts: vec![0], ..Counted::default() };
    for same in terms.chunk_by(|a, b| a.0 == b.0) {
        let before = all.docs.len();
        for (_, source, at) in same {
            let Some((parts, places)) = sources.get(*source as usize) else { continue };
            let bounds = parts.words.starts.get(*at as usize).zip(parts.words.starts.get(*at as usize + 1));
            let Some((from, to)) = bounds.map(|(from, to)| (*from as usize, *to as usize)) else { continue };
            let docs = parts.words.docs.get(from..to).into_iter().flatten();
            for (doc, count) in docs.zip(parts.words.counts.get(from..to).into_iter().flatten()) {
                if let Some(Some(place)) = places.get(usize::from(*doc)) {
                    all.docs.push(*place);
                    all.counts.push(*count);
                }
            }
        }
        if let (Some((hash, ..)), true) = (same.first(), all.docs.len() > before) {
            all.hashes.push(*hash);
            all.starts.push(u32::try_from(all.docs.len()).unwrap_or(u32::MAX));
        }
    }
    all
}

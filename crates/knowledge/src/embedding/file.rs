//! The model file: magic, version, sizes, terms, scales, rows, and a checksum over all of it.
//!
//! Numbers are little-endian. `SZEM`, version (u16), dims (u16), terms (u32); then each term as its length (u8) and
//! its UTF-8 bytes; then one scale (f32) for each term; then `dims` signed bytes for each term; then how many laws
//! (u32), each as the length of its title (u16), the title and how often questions need it (f32); then the checksum
//! (u64).

use std::borrow::Cow;
use std::collections::HashMap;

use super::Embedding;
use super::vocabulary::Vocabulary;

const MAGIC: &[u8; 4] = b"SZEM";
const VERSION: u16 = 2;
const MOST_DIMS: usize = 1024;
const MOST_TERMS: usize = 4_000_000;

/// Why a file is not a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// It does not begin like one.
    #[error("the file is not an embedding model")]
    NotAModel,
    /// It was written by a program that is newer than this one.
    #[error("the model is of version {0}, this program reads version {VERSION}")]
    Version(u16),
    /// It is cut off, or its sizes do not fit its length.
    #[error("the model file is cut off or its sizes are wrong")]
    Cut,
    /// A byte of it changed.
    #[error("the model file is damaged: the checksum does not match")]
    Checksum,
    /// A scale is not a number, or a term is not UTF-8.
    #[error("the model file holds values that no model has")]
    Value,
}

/// Reads a model.
pub(super) fn read(bytes: Cow<'static, [u8]>) -> Result<Embedding, Broken> {
    let mut rest: &[u8] = &bytes;
    if take(&mut rest, 4).ok_or(Broken::NotAModel)? != MAGIC {
        return Err(Broken::NotAModel);
    }
    let version = number(&mut rest)?;
    if version != VERSION {
        return Err(Broken::Version(version));
    }
    let dims = usize::from(number(&mut rest)?);
    let terms = count(&mut rest)?;
    if dims == 0 || dims > MOST_DIMS || terms > MOST_TERMS {
        return Err(Broken::Cut);
    }
    let (body, sum) = bytes.split_at_checked(bytes.len().saturating_sub(8)).ok_or(Broken::Cut)?;
    let sum: [u8; 8] = sum.try_into().map_err(|_| Broken::Cut)?;
    let sum = u64::from_le_bytes(sum);
    if checksum(body) != sum {
        return Err(Broken::Checksum);
    }
    // No table is made before the file is long enough to fill it.
    if rest.len() < terms.saturating_mul(dims + 5) {
        return Err(Broken::Cut);
    }
    let mut names: Vec<&str> = Vec::with_capacity(terms);
    for _ in 0..terms {
        let len = take(&mut rest, 1).and_then(<[u8]>::first).copied().ok_or(Broken::Cut)?;
        let name = take(&mut rest, usize::from(len)).ok_or(Broken::Cut)?;
        names.push(std::str::from_utf8(name).map_err(|_| Broken::Value)?);
    }
    let vocabulary = Vocabulary::new(names.into_iter()).ok_or(Broken::Cut)?;
    let scales = take(&mut rest, terms * 4).ok_or(Broken::Cut)?;
    let scales: Vec<f32> = scales.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    if scales.iter().any(|scale| !scale.is_finite()) {
        return Err(Broken::Value);
    }
    let start = bytes.len() - rest.len();
    let range = start..start + terms * dims;
    take(&mut rest, terms * dims).ok_or(Broken::Cut)?;
    let mut laws = HashMap::new();
    for _ in 0..count(&mut rest)? {
        let len = usize::from(number(&mut rest)?);
        let title = take(&mut rest, len).ok_or(Broken::Cut)?;
        let title = std::str::from_utf8(title).map_err(|_| Broken::Value)?.into();
        let needed = take(&mut rest, 4).and_then(|four| <[u8; 4]>::try_from(four).ok()).ok_or(Broken::Cut)?;
        let needed = Some(f32::from_le_bytes(needed)).filter(|needed| needed.is_finite()).ok_or(Broken::Value)?;
        laws.insert(title, needed);
    }
    if rest.len() != 8 {
        return Err(Broken::Cut);
    }
    let rows = match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(range).ok_or(Broken::Cut)?),
        Cow::Owned(bytes) => Cow::Owned(bytes.get(range).ok_or(Broken::Cut)?.to_vec()),
    };
    Ok(Embedding { dims, vocabulary, rows, scales, laws, fingerprint: format!("{sum:016x}") })
}

/// Writes a model.
pub(super) fn write(model: &Embedding) -> Vec<u8> {
    let mut out = Vec::with_capacity(model.rows.len() + model.scales.len() * 16 + 32);
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(u16::try_from(model.dims).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(u32::try_from(model.scales.len()).unwrap_or(u32::MAX).to_le_bytes());
    for term in model.vocabulary.iter() {
        out.push(u8::try_from(term.len()).unwrap_or(u8::MAX));
        out.extend(term.as_bytes().iter().take(255));
    }
    model.scales.iter().for_each(|scale| out.extend(scale.to_le_bytes()));
    out.extend(model.rows.iter());
    let mut laws: Vec<(&str, f32)> = model.laws.iter().map(|(title, needed)| (&**title, *needed)).collect();
    laws.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let laws: Vec<_> = laws.into_iter().filter(|(title, _)| title.len() <= usize::from(u16::MAX)).collect();
    out.extend(u32::try_from(laws.len()).unwrap_or(u32::MAX).to_le_bytes());
    for (title, needed) in laws {
        out.extend(u16::try_from(title.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(title.as_bytes());
        out.extend(needed.to_le_bytes());
    }
    let sum = checksum(&out);
    out.extend(sum.to_le_bytes());
    out
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(len)?;
    *rest = left;
    Some(taken)
}

fn count(rest: &mut &[u8]) -> Result<usize, Broken> {
    let low = usize::from(number(rest)?);
    Ok(usize::from(number(rest)?) << 16 | low)
}

fn number(rest: &mut &[u8]) -> Result<u16, Broken> {
    let two = take(rest, 2).and_then(|two| <[u8; 2]>::try_from(two).ok());
    two.map(u16::from_le_bytes).ok_or(Broken::Cut)
}

/// The name of the weights in a file: its checksum.
pub(super) fn fingerprint(file: &[u8]) -> String {
    let body = file.get(..file.len().saturating_sub(8)).unwrap_or_default();
    format!("{:016x}", checksum(body))
}

/// Finds damage, not forgery: eight bytes at a time, each mixed into all that came before.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0x517c_c1b7_2722_0a95, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte) | 0x100));
    mix(sum, bytes.len() as u64)
}

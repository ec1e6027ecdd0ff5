//! Records: the articles of a segment as they are shown, in a file that is read article by article.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::Indexed;
use super::bytes::short_hash;
use crate::sentences::Sentence;
use crate::{Error, Result};

/// The records of a segment, open for reading.
#[derive(Debug)]
pub(super) struct Records {
    file: File,
    /// Where each article begins, and the end of the last.
    offsets: Vec<u64>,
}

impl Records {
    pub(super) fn open(path: &Path, offsets: Vec<u64>) -> Result<Self> {
        let file = File::open(path).map_err(Error::IndexFolder)?;
        let len = file.metadata().map_err(Error::IndexFolder)?.len();
        if offsets.last().is_none_or(|end| *end != len) || !offsets.is_sorted() {
            return Err(Error::IndexBroken("the articles of a segment are not whole"));
        }
        Ok(Self { file, offsets })
    }

    /// The article at a place, with one read.
    pub(super) fn get(&self, at: usize) -> Result<Indexed> {
        self.raw(at).and_then(|bytes| decode(&bytes).ok_or(TORN))
    }

    /// The bytes of an article, for a segment that takes it over.
    pub(super) fn raw(&self, at: usize) -> Result<Vec<u8>> {
        let (Some(from), Some(to)) = (self.offsets.get(at), self.offsets.get(at + 1)) else { return Err(TORN) };
        let mut bytes = vec![0; usize::try_from(to - from).map_err(|_| TORN)?];
        self.file.read_exact_at(&mut bytes, *from).map_err(Error::IndexFolder)?;
        Ok(bytes)
    }
}

const TORN: Error = Error::IndexBroken("an article cannot be read");

/// The records of a segment in the making.
#[derive(Debug)]
pub(super) struct RecordsWriter {
    file: BufWriter<File>,
    offsets: Vec<u64>,
}

impl RecordsWriter {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(Error::IndexFolder)?;
        Ok(Self { file: BufWriter::with_capacity(1 << 18, file), offsets: vec![0] })
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::IndexFolder)?;
        let end = self.offsets.last().copied().unwrap_or_default() + bytes.len() as u64;
        self.offsets.push(end);
        Ok(())
    }

    /// Ends the file and gives the offsets.
    pub(super) fn finish(mut self) -> Result<Vec<u64>> {
        self.file.flush().map_err(Error::IndexFolder)?;
        Ok(self.offsets)
    }
}

/// An article as bytes: a checksum, then its parts, each after its length, whether it has a source, and its sentences.
pub(super) fn encode(article: &Indexed, sentences: &[Sentence], bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.extend_from_slice(&[0; 4]);
    let source = article.source_id.as_deref();
    for part in [article.id.as_str(), &article.label, &article.path, &article.text, source.unwrap_or_default()] {
        let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.push(u8::from(source.is_some()));
    sentences.iter().for_each(|sentence| sentence.write(bytes));
    let sum = bytes.get(4..).map(short_hash).unwrap_or_default();
    if let Some(head) = bytes.first_chunk_mut::<4>() {
        *head = sum.to_le_bytes();
    }
}

fn decode(bytes: &[u8]) -> Option<Indexed> {
    let (sum, mut rest) = bytes.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*sum) != short_hash(rest) {
        return None;
    }
    let mut part = || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        rest = after;
        std::str::from_utf8(part).ok().map(str::to_owned)
    };
    let (id, label, path, text, source) = (part()?, part()?, part()?, part()?, part()?);
    let (has_source, mut rest) = rest.split_first()?;
    let mut sentences = Vec::new();
    while !rest.is_empty() {
        let (sentence, after) = Sentence::read(rest)?;
        rest = after;
        sentences.push(sentence);
    }
    Some(Indexed { id, label, path, text, sentences, source_id: (*has_source == 1).then_some(source) })
}

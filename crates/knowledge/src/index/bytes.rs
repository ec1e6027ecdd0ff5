//! Numbers in files: little-endian arrays behind one checksum, so that a damaged file is known for what it is.

use std::hash::{BuildHasherDefault, Hasher};
use std::path::Path;

use crate::{Error, Result};

/// What every file of the index begins with; the number changes when the form of the files does.
const MAGIC: &[u8; 8] = b"SZINDEX1";

/// A file in the making.
#[derive(Debug, Default)]
pub(super) struct Writer {
    body: Vec<u8>,
}

impl Writer {
    pub(super) fn u64(&mut self, value: u64) {
        self.body.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.body.extend_from_slice(bytes);
    }

    /// An array of numbers, each as its bytes.
    pub(super) fn array<T: Copy, const N: usize>(&mut self, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
        self.u64(values.len() as u64);
        self.body.reserve(values.len() * N);
        for value in values {
            self.body.extend_from_slice(&bytes(*value));
        }
    }

    /// Writes the file. It is not forced to the disk: what a power cut tears, the checksum tells.
    pub(super) fn save(self, path: &Path) -> Result<()> {
        use std::io::Write as _;
        let mut file = std::fs::File::create(path).map_err(Error::IndexFolder)?;
        let head = [MAGIC.as_slice(), &checksum(&self.body).to_le_bytes()].concat();
        file.write_all(&head).and_then(|()| file.write_all(&self.body)).map_err(Error::IndexFolder)
    }
}

/// A file being read.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    at: usize,
}

impl Reader {
    /// Reads a file whole and compares its checksum.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::IndexFolder)?;
        let head = bytes.get(..16).filter(|head| head.starts_with(MAGIC));
        let sum = head.and_then(|head| head.last_chunk::<8>()).map(|sum| u64::from_le_bytes(*sum));
        if sum != bytes.get(16..).map(checksum) || sum.is_none() {
            return Err(Error::IndexBroken("a file does not have its checksum"));
        }
        Ok(Self { bytes, at: 16 })
    }

    fn take(&mut self, len: usize) -> Result<&[u8]> {
        let end = self.at.checked_add(len).ok_or(SHORT)?;
        let part = self.bytes.get(self.at..end).ok_or(SHORT)?;
        self.at = end;
        Ok(part)
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        let bytes = self.take(8)?.first_chunk::<8>().ok_or(SHORT)?;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn len(&mut self) -> Result<usize> {
        usize::try_from(self.u64()?).map_err(|_| SHORT)
    }

    pub(super) fn bytes(&mut self) -> Result<&[u8]> {
        let len = self.len()?;
        self.take(len)
    }

    pub(super) fn array<T, const N: usize>(&mut self, value: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
        let len = self.len()?;
        let (parts, _) = self.take(len.checked_mul(N).ok_or(SHORT)?)?.as_chunks::<N>();
        Ok(parts.iter().map(|part| value(*part)).collect())
    }
}

const SHORT: Error = Error::IndexBroken("a file ends early");

/// Eight bytes at a time: fast, and no defence against anybody but chance.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut sum = bytes.len() as u64;
    for word in words {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
    rest.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

/// The number by which a term is known: FNV-1a with its bits mixed. Files depend on it.
pub(crate) fn term_hash(term: &str) -> u64 {
    let hash = term
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// The short number of a label or a record, for comparing.
pub(super) fn short_hash(bytes: &[u8]) -> u32 {
    let sum = checksum(bytes);
    (sum ^ (sum >> 32)) as u32
}

/// For tables by term hash: those are mixed already.
pub(crate) type Mixed = BuildHasherDefault<AsItIs>;

/// Takes a number as its own hash.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

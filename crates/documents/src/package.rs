//! Packages: the zip archives that docx, xlsx and ofd files are, opened within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::defect::{Defect, DefectCode};
use crate::limits::Limits;

/// A part below this size may be compressed as well as it likes.
const RATIO_FROM_BYTES: u64 = 1 << 20;

/// An opened archive. Parts are read one at a time, and all together never give more than the limit.
pub(crate) struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    /// Bytes that may still come out.
    budget: u64,
    ratio: u64,
    /// What was wrong with parts that were read.
    pub(crate) defects: Vec<Defect>,
}

impl<'b> Package<'b> {
    /// Opens an archive and looks at its list of parts; an archive that is a bomb, locked or damaged is refused.
    pub(crate) fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, Defect> {
        let too_many = |count: u64| {
            let most = limits.entries;
            Defect::new(DefectCode::TooManyParts, format!("the package has {count} parts, {most} are allowed"))
        };
        let stated = stated_entries(bytes);
        if stated > limits.entries as u64 {
            return Err(too_many(stated));
        }
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| Defect::new(DefectCode::BrokenPackage, "the package is damaged or was cut off"))?;
        if archive.len() > limits.entries {
            return Err(too_many(archive.len() as u64));
        }
        let mut package = Self { archive, budget: limits.unpacked_bytes, ratio: limits.ratio, defects: Vec::new() };
        package.inspect()?;
        Ok(package)
    }

    fn inspect(&mut self) -> Result<(), Defect> {
        let mut total = 0u64;
        let mut worst = false;
        let mut unsafe_names = 0;
        let mut locked = false;
        for index in 0..self.archive.len() {
            let Ok(entry) = self.archive.by_index_data(index) else { continue };
            let (size, packed) = (entry.size(), entry.compressed_size());
            total = total.saturating_add(size);
            worst |= size > RATIO_FROM_BYTES && size / packed.max(1) > self.ratio;
            locked |= entry.encrypted();
        }
        for name in self.archive.file_names_raw() {
            unsafe_names += usize::from(is_unsafe(name));
        }
        if locked {
            return Err(Defect::new(DefectCode::Password, "the package is encrypted"));
        }
        if worst || total > self.budget {
            return Err(bomb());
        }
        if unsafe_names > 0 {
            let message = format!("{unsafe_names} parts have names that point outside the package and were ignored");
            self.defects.push(Defect::new(DefectCode::UnsafePath, message));
        }
        Ok(())
    }

    /// Whether there is a part of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// The names of all parts that lie inside.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.file_names_raw().filter(|name| !is_unsafe(name)).filter_map(|name| std::str::from_utf8(name).ok())
    }

    fn index(&self, name: &str) -> Option<usize> {
        let name = name.trim_start_matches('/');
        if is_unsafe(name.as_bytes()) {
            return None;
        }
        // Names differ in case from what refers to them in the wild (STANDARDS.md §8).
        self.archive.index_for_name(name).or_else(|| {
            self.archive.file_names_raw().position(|other| {
                other
                    .iter()
                    .map(|b| if *b == b'\\' { b'/' } else { b.to_ascii_lowercase() })
                    .eq(name.bytes().map(|b| b.to_ascii_lowercase()))
            })
        })
    }

    /// Reads a part into `buffer`; `Ok(false)` when there is none. What could be read of a damaged part is kept.
    pub(crate) fn read(&mut self, name: &str, buffer: &mut Vec<u8>) -> Result<bool, Defect> {
        self.read_up_to(name, buffer, u64::MAX)
    }

    /// Reads a part, but no more than `most` bytes of it.
    pub(crate) fn read_up_to(&mut self, name: &str, buffer: &mut Vec<u8>, most: u64) -> Result<bool, Defect> {
        buffer.clear();
        let Some(index) = self.index(name) else { return Ok(false) };
        let damaged = |name: &str| Defect::new(DefectCode::Damaged, format!("the part `{name}` is damaged"));
        let mut part = match self.archive.by_index(index) {
            Ok(part) => part,
            Err(_) => {
                self.defects.push(damaged(name));
                return Ok(true);
            }
        };
        let packed = part.compressed_size();
        // A stated size is a hint for the buffer and proves nothing.
        buffer.reserve(usize::try_from(part.size().min(most).min(1 << 24)).unwrap_or(0) + 1);
        let allowed = self.budget.min(packed.saturating_mul(self.ratio).max(RATIO_FROM_BYTES));
        let result = part.by_ref().take(allowed.saturating_add(1).min(most)).read_to_end(buffer);
        drop(part);
        if buffer.len() as u64 > allowed {
            buffer.clear();
            return Err(bomb());
        }
        self.budget -= buffer.len() as u64;
        if result.is_err() {
            self.defects.push(damaged(name));
        }
        Ok(true)
    }

    /// Reads the beginning of a part piece by piece, until `enough` says so.
    pub(crate) fn read_until(
        &mut self,
        name: &str,
        buffer: &mut Vec<u8>,
        mut enough: impl FnMut(&[u8]) -> bool,
    ) -> Result<bool, Defect> {
        buffer.clear();
        let Some(index) = self.index(name) else { return Ok(false) };
        let Ok(mut part) = self.archive.by_index(index) else { return Ok(false) };
        let allowed = self.budget.min(part.compressed_size().saturating_mul(self.ratio).max(RATIO_FROM_BYTES));
        loop {
            let before = buffer.len();
            let read = part.by_ref().take(16 << 10).read_to_end(buffer);
            if buffer.len() as u64 > allowed {
                return Err(bomb());
            }
            if read.is_err() || buffer.len() == before || enough(buffer) {
                break;
            }
        }
        drop(part);
        self.budget -= buffer.len() as u64;
        Ok(true)
    }
}

fn bomb() -> Defect {
    Defect::new(DefectCode::ZipBomb, "the package decompresses to more than is allowed")
}

/// Whether a part's name points outside the package: absolute, with a drive, or with `..`.
fn is_unsafe(name: &[u8]) -> bool {
    name.starts_with(b"/")
        || name.starts_with(b"\\")
        || name.get(1) == Some(&b':')
        || name.split(|b| matches!(b, b'/' | b'\\')).any(|segment| segment == b"..")
}

/// The number of parts that the end of the archive states, before anything is allocated for them.
fn stated_entries(bytes: &[u8]) -> u64 {
    let tail = bytes.get(bytes.len().saturating_sub((1 << 16) + 22)..).unwrap_or_default();
    let word = |at: usize, len: usize, from: &[u8]| -> u64 {
        from.get(at..at + len).unwrap_or_default().iter().rev().fold(0, |sum, b| (sum << 8) | u64::from(*b))
    };
    let end = memchr::memmem::rfind(tail, b"PK\x05\x06").map_or(0, |at| word(at + 10, 2, tail));
    let end64 = memchr::memmem::rfind(tail, b"PK\x06\x06").map_or(0, |at| word(at + 32, 8, tail));
    // An archive whose list is longer than stated cannot list more than its bytes hold: 46 for each part.
    end.max(end64).min(bytes.len() as u64 / 46)
}

/// The path that `target` names, seen from the folder of `from`; empty when it leaves the package.
pub(crate) fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        parts.extend(from.rsplit_once('/').map_or("", |(folder, _)| folder).split('/'));
    }
    for part in target.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return String::new();
                }
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{is_unsafe, resolve};

    #[test]
    fn targets_resolve_inside_the_package() {
        assert_eq!(resolve("word/document.xml", "media/a.png"), "word/media/a.png");
        assert_eq!(resolve("Doc_0/Pages/P0/Content.xml", "../../Res/r.xml"), "Doc_0/Res/r.xml");
        assert_eq!(resolve("word/document.xml", "/custom/x.xml"), "custom/x.xml");
        assert_eq!(resolve("a.xml", "../../etc/passwd"), "");
        assert!(is_unsafe(b"../x") && is_unsafe(b"a\\..\\b") && is_unsafe(b"C:\\x") && !is_unsafe(b"a..b/c"));
    }
}

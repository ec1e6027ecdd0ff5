//! A journal: lines that survive `kill -9` at once and reach the database in batches.
//!
//! A line is acknowledged when the kernel has it, which a killed process cannot take back; it is forced to the disk
//! with each batch, a fraction of a second later. For records whose number would drown the database one by one: the
//! calls of the model gateway (ADR 0021). One journal belongs to one process, in its own data folder.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::{Error, Result};

/// The lines of one purpose.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    number: u64,
    lines: usize,
    /// Lines that are repeated in the next file until they are ended.
    open: BTreeMap<String, String>,
}

/// Lines on their way into the database. Dropped without [`Journal::settle`], they stay in the journal.
#[derive(Debug)]
pub struct Batch {
    /// The lines, oldest first.
    pub lines: Vec<String>,
    files: Vec<PathBuf>,
}

impl Journal {
    /// Opens the journal `name` in a data folder, and gives the lines that an ended process left there.
    pub fn open(folder: &Path, name: &str) -> Result<(Self, Batch)> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).map_err(|error| Error::io(&folder, error))?;
        let left = files(&folder)?;
        let number = left.last().map_or(1, |(number, _)| number + 1);
        let mut lines = Vec::new();
        for (_, path) in &left {
            lines.extend(read(path)?);
        }
        let file = create(&folder, number)?;
        let batch = Batch { lines, files: left.into_iter().map(|(_, path)| path).collect() };
        let inner = Inner { file, number, lines: 0, open: BTreeMap::new() };
        Ok((Self { folder, inner: Mutex::new(inner) }, batch))
    }

    /// Writes a line. When this returns, a killed process does not take it back.
    pub fn append(&self, line: &str) -> Result<()> {
        self.write(line, |_| {})
    }

    /// Writes a line that is carried from file to file until [`Journal::end`] names the same `id`.
    pub fn begin(&self, id: &str, line: &str) -> Result<()> {
        self.write(line, |open| drop(open.insert(id.to_owned(), line.to_owned())))
    }

    /// Writes the line that ends `id`.
    pub fn end(&self, id: &str, line: &str) -> Result<()> {
        self.write(line, |open| drop(open.remove(id)))
    }

    fn write(&self, line: &str, then: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<()> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend(line.bytes().filter(|b| *b != b'\n'));
        bytes.push(b'\n');
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.file.write_all(&bytes).map_err(|error| Error::io(&self.folder, error))?;
        inner.lines += 1;
        then(&mut inner.open);
        Ok(())
    }

    /// Takes the lines written so far and goes on in a new file. Forces them to the disk: call it where waiting is
    /// allowed.
    pub fn take(&self) -> Result<Batch> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.lines == 0 {
            return Ok(Batch { lines: Vec::new(), files: Vec::new() });
        }
        let number = inner.number + 1;
        let mut next = create(&self.folder, number)?;
        let carried: String = inner.open.values().map(|line| format!("{line}\n")).collect();
        next.write_all(carried.as_bytes()).map_err(|error| Error::io(&self.folder, error))?;
        let full = std::mem::replace(&mut inner.file, next);
        inner.number = number;
        inner.lines = 0;
        drop(inner);
        full.sync_data().map_err(|error| Error::io(&self.folder, error))?;
        let path = path(&self.folder, number - 1);
        Ok(Batch { lines: read(&path)?, files: vec![path] })
    }

    /// The batch is in the database: its files go.
    pub fn settle(&self, batch: Batch) -> Result<()> {
        for file in batch.files {
            std::fs::remove_file(&file).map_err(|error| Error::io(&file, error))?;
        }
        Ok(())
    }
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.jsonl"))
}

fn create(folder: &Path, number: u64) -> Result<File> {
    let path = path(folder, number);
    OpenOptions::new().create_new(true).append(true).open(&path).map_err(|error| Error::io(&path, error))
}

/// Whole lines only: the last one of a process that was killed while writing may be cut.
fn read(path: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    Ok(whole.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn files(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))? {
        let path = entry.map_err(|error| Error::io(folder, error))?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(number), true) = (number, path.extension().is_some_and(|e| e == "jsonl")) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Journal;

    #[test]
    fn lines_come_out_once_and_what_was_not_settled_comes_again() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, left) = Journal::open(folder.path(), "calls").unwrap();
        assert!(left.lines.is_empty());
        journal.append("a").unwrap();
        journal.begin("b", "b begins").unwrap();
        let batch = journal.take().unwrap();
        assert_eq!(batch.lines, ["a", "b begins"]);
        journal.settle(batch).unwrap();
        journal.append("c").unwrap();
        // Taken and not settled, as by a process that is killed before its batch is committed.
        let lost = journal.take().unwrap();
        assert_eq!(lost.lines, ["b begins", "c"]);
        drop((journal, lost));
        let (journal, left) = Journal::open(folder.path(), "calls").unwrap();
        assert_eq!(left.lines, ["b begins", "c", "b begins"], "what is open is carried on");
        journal.settle(left).unwrap();
        assert!(journal.take().unwrap().lines.is_empty());
        drop(journal);
        assert!(Journal::open(folder.path(), "calls").unwrap().1.lines.is_empty());
    }

    #[test]
    fn a_line_that_was_cut_by_a_kill_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(folder.path(), "calls").unwrap();
        journal.append("whole").unwrap();
        drop(journal);
        let file = folder.path().join("calls/000000000001.jsonl");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend_from_slice("{\"id\":\"调".as_bytes());
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(Journal::open(folder.path(), "calls").unwrap().1.lines, ["whole"]);
    }
}

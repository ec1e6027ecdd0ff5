//! The lock on a data folder: one process works with a folder at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::{Error, Result};

/// Holds a data folder. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes `folder`, or says which process has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Error::io(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(Error::FolderLocked { folder: folder.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io(&path, error)),
        }
        // The number only helps the reader of the error; a lock without it is as good.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::FolderLock;
    use crate::Error;

    #[test]
    fn a_folder_is_held_once_and_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        match FolderLock::take(folder.path()) {
            Err(Error::FolderLocked { folder: named, pid }) => {
                assert_eq!(named, folder.path());
                assert_eq!(pid, Some(std::process::id()));
            }
            other => panic!("{other:?}"),
        }
        drop(held);
        FolderLock::take(folder.path()).unwrap();
    }
}

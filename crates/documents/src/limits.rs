//! Limits: how much a file may make us do.

use serde::{Deserialize, Serialize};

/// What one document may cost. Whatever goes past a limit is cut off there and reported as a defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file.
    pub input_bytes: usize,
    /// Bytes of all parts of a package after decompression.
    pub unpacked_bytes: u64,
    /// Bytes after decompression for each compressed byte, looked at once a part is over a mebibyte.
    pub ratio: u64,
    /// Parts of a package.
    pub entries: usize,
    /// Nesting of XML or HTML elements.
    pub depth: usize,
    /// Characters of text taken from the document.
    pub text_chars: usize,
    /// Cells of all tables and sheets.
    pub cells: usize,
    /// Pages.
    pub pages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 200 << 20,
            unpacked_bytes: 512 << 20,
            ratio: 200,
            entries: 20_000,
            depth: 256,
            text_chars: 5_000_000,
            cells: 500_000,
            pages: 20_000,
        }
    }
}

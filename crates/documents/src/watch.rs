//! Watching: what somebody beside the reader sees while it reads, and does for it what this crate does not do itself.

use std::borrow::Cow;

use crate::defect::Defect;
use crate::detect::Format;

/// Somebody beside the reader. Every method may be left out: then nobody watches and nothing is done.
///
/// The crate starts no programs and opens no files; recognising text in pictures and converting old office files are
/// for the one who watches, who has the programs and the limits for them.
pub trait Watch {
    /// Page `done` of `total` was read, both from 1.
    fn page(&mut self, _done: u32, _total: u32) {}

    /// A defect was found.
    fn defect(&mut self, _defect: &Defect) {}

    /// Whether nobody waits for the document any more: who reads in a process of its own ends that then.
    fn is_over(&self) -> bool {
        false
    }

    /// The words in a picture; `None` when there is nobody who can read pictures.
    fn recognise(&mut self, _picture: &Picture<'_>) -> Option<Vec<Word>> {
        None
    }

    /// An old office file as docx or xlsx. [`Converted::Nobody`] when there is no program for it.
    fn convert(&mut self, _from: Format, _bytes: &[u8]) -> Converted {
        Converted::Nobody
    }
}

/// What came of a conversion.
#[derive(Debug)]
pub enum Converted {
    /// The bytes of a docx or xlsx.
    Done(Vec<u8>),
    /// The program failed, or took too long: why.
    Failed(String),
    /// There is no program for it.
    Nobody,
}

/// A picture that takes the place of text, as a file of its own.
#[derive(Debug, Clone)]
pub struct Picture<'b> {
    /// The page it is on, from 1.
    pub page: u32,
    /// How the bytes are encoded.
    pub encoding: PictureEncoding,
    /// Pixels across; 0 when the bytes themselves must say.
    pub width: u32,
    /// Pixels down; 0 when the bytes themselves must say.
    pub height: u32,
    /// The file.
    pub bytes: Cow<'b, [u8]>,
}

/// An encoding of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureEncoding {
    /// JPEG.
    Jpeg,
    /// JPEG 2000.
    Jpeg2000,
    /// PNG.
    Png,
    /// Netpbm: PBM, PGM or PPM, by the first bytes.
    Pnm,
    /// TIFF.
    Tiff,
}

impl PictureEncoding {
    /// The usual ending of such a file, without a dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Jpeg2000 => "jp2",
            Self::Png => "png",
            Self::Pnm => "pnm",
            Self::Tiff => "tif",
        }
    }

    /// The encoding that the first bytes show.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Self::Tiff,
            [0, 0, 0, 12, b'j', b'P', ..] => Self::Jpeg2000,
            [b'P', b'4'..=b'6', ..] => Self::Pnm,
            _ => return None,
        })
    }
}

/// A word that was recognised, or a single character: text in a box of pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// What it reads.
    pub text: String,
    /// Pixels from the left edge.
    pub left: f32,
    /// Pixels from the left edge.
    pub right: f32,
    /// Pixels from the top to the line's foot; the same for all words of a line.
    pub foot: f32,
    /// The height of the line in pixels.
    pub height: f32,
    /// The size of the whole picture in pixels, as the recogniser saw it.
    pub picture: (f32, f32),
}

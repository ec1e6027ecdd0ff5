//! A classifier's file: a mark, a checksum, a header in JSON, and the deflated table.

use std::io::{Read as _, Write as _};

use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use super::Classifier;
use super::pieces::Reading;

const MARK: &[u8; 8] = b"SZCLASS1";
/// No table may unpack to more than this.
const MOST_BYTES: u64 = 256 << 20;

/// A classifier that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The bytes are not a classifier of this version, or were changed.
    #[error("not a classifier of this version, or damaged: {0}")]
    Damaged(&'static str),
    /// There is too little to learn from.
    #[error("{0}")]
    TooLittle(String),
}

impl kernel::Fault for ModelError {
    fn kind(&self) -> kernel::Kind {
        kernel::Kind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "guard.model_damaged",
            Self::TooLittle(_) => "guard.model_too_little",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    labels: Vec<String>,
    reading: Reading,
    bits: u32,
    window: usize,
    scale: f32,
    bias: Vec<f32>,
    note: String,
}

impl Classifier {
    /// The classifier as bytes: the same ones for the same training.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let header = Header {
            labels: self.labels.clone(),
            reading: self.reading,
            bits: self.bits,
            window: self.window,
            scale: self.scale,
            bias: self.bias.clone(),
            note: self.note.clone(),
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut body = u32::try_from(header.len()).unwrap_or(0).to_le_bytes().to_vec();
        body.extend(header);
        let mut packer = flate2::write::DeflateEncoder::new(body, flate2::Compression::best());
        let _ = packer.write_all(self.table.iter().map(|w| w.cast_unsigned()).collect::<Vec<u8>>().as_slice());
        let body = packer.finish().unwrap_or_default();
        let mut bytes = MARK.to_vec();
        bytes.extend(Sm3::digest(&body).iter().take(16));
        bytes.extend(body);
        bytes
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// The bytes are not a classifier of this version, or were changed.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let body = bytes.strip_prefix(MARK).ok_or(ModelError::Damaged("the mark"))?;
        let (sum, body) = body.split_at_checked(16).ok_or(ModelError::Damaged("the checksum"))?;
        if !Sm3::digest(body).iter().take(16).eq(sum) {
            return Err(ModelError::Damaged("the checksum"));
        }
        let (len, body) = body.split_first_chunk::<4>().ok_or(ModelError::Damaged("the header"))?;
        let (header, packed) =
            body.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or(ModelError::Damaged("the header"))?;
        let header: Header = serde_json::from_slice(header).map_err(|_| ModelError::Damaged("the header"))?;
        let k = header.labels.len();
        if !(1..=24).contains(&header.bits) || !(2..=4096).contains(&k) || header.bias.len() != k || header.window == 0
        {
            return Err(ModelError::Damaged("the header"));
        }
        let mut table = Vec::new();
        flate2::read::DeflateDecoder::new(packed)
            .take(MOST_BYTES)
            .read_to_end(&mut table)
            .map_err(|_| ModelError::Damaged("the table"))?;
        if table.len() != k << header.bits {
            return Err(ModelError::Damaged("the table"));
        }
        Ok(Self {
            labels: header.labels,
            reading: header.reading,
            bits: header.bits,
            window: header.window,
            scale: header.scale,
            bias: header.bias,
            table: table.into_iter().map(u8::cast_signed).collect(),
            note: header.note,
        })
    }
}

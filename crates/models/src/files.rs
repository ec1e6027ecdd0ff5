//! Model files that are brought in without a network: hashed, compared, kept as blobs.

use sha2::{Digest as _, Sha256};
use store::sm3_hex;

use crate::Error;
use crate::gguf::Head;

/// What a model file is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ModelFile {
    /// `gguf`, `safetensors` or `other`.
    pub format: String,
    /// What a GGUF file says of its build, such as `qwen2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// `sha256:…`.
    pub sha256: String,
    /// `sm3:…`.
    pub sm3: String,
}

/// Looks at a model file and compares it with the hash that came with it, `sha256:…` or `sm3:…`.
pub fn inspect(bytes: &[u8], expected: Option<&str>) -> Result<ModelFile, Error> {
    let bad = |problem: &str| Error::BadFile { problem: problem.to_owned() };
    let mut head = None;
    let format = match bytes {
        [b'G', b'G', b'U', b'F', ..] => {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            head = Some(Head::read(bytes, length).map_err(|problem| Error::BadFile { problem })?);
            "gguf"
        }
        _ if safetensors(bytes) => "safetensors",
        [] => return Err(bad("the file is empty")),
        _ => "other",
    };
    let sha256 = Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    });
    let sm3 = format!("sm3:{}", sm3_hex(bytes));
    if let Some(expected) = expected.map(str::trim)
        && !expected.eq_ignore_ascii_case(&sha256)
        && !expected.eq_ignore_ascii_case(&sm3)
    {
        return Err(bad("the file does not have the hash that was given: it is damaged or another one"));
    }
    Ok(ModelFile {
        format: format.to_owned(),
        architecture: head.map(|head| head.architecture().to_owned()),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        sha256,
        sm3,
    })
}

fn safetensors(bytes: &[u8]) -> bool {
    let length = bytes.get(..8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    let length = length.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < 100 << 20);
    length.is_some_and(|n| n > 1 && bytes.get(8) == Some(&b'{') && bytes.len() > n)
}

#[cfg(test)]
mod tests {
    use super::inspect;

    /// A GGUF file with one text value and one tensor of 32 bytes.
    fn gguf() -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend(u64::try_from(text.len()).unwrap().to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        text(&mut bytes, "general.architecture");
        bytes.extend(8u32.to_le_bytes());
        text(&mut bytes, "llama");
        text(&mut bytes, "w");
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(8u64.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend([1; 32]);
        bytes
    }

    #[test]
    fn a_whole_file_is_hashed_and_compared() {
        let file = inspect(&gguf(), None).unwrap();
        assert_eq!(file.format, "gguf");
        assert!(inspect(&gguf(), Some(&file.sha256)).is_ok());
        assert!(inspect(&gguf(), Some(&file.sm3.to_uppercase())).is_ok());
        let other = format!("sha256:{}", "0".repeat(64));
        assert!(inspect(&gguf(), Some(&other)).unwrap_err().to_string().contains("hash"));
        assert!(inspect(b"", None).is_err());
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_seen() {
        let whole = gguf();
        for length in 4..whole.len() {
            let said = inspect(whole.get(..length).unwrap(), None).unwrap_err().to_string();
            assert!(said.contains("cut"), "{length}: {said}");
        }
        let mut wild = whole.clone();
        wild[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(inspect(&wild, None).unwrap_err().to_string().contains("counts more"));
    }
}

//! Model files that are brought in without a network: hashed, compared, their signature checked.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use store::sm3_hex;

use crate::gguf::Head;
use crate::{Error, ModelRecord};

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

/// Checks a detached SM2 signature over the 32 bytes of a file's SM3 digest. `sm3` is [`ModelFile::sm3`]; the key is an
/// uncompressed point, the signature `r` and `s`, both in hexadecimal.
pub fn check_signature(sm3: &str, signature: Option<&str>, signer: &str) -> Result<(), Error> {
    let bad = |problem: String| Error::BadFile { problem };
    let digest = sm3.strip_prefix("sm3:").and_then(store::unhex);
    let digest = digest.ok_or_else(|| bad(format!("`{sm3}` is no SM3 digest")))?;
    let signature = signature.map(str::trim).filter(|signature| !signature.is_empty());
    let signature = signature.ok_or_else(|| bad("the file has no signature, and one is asked for".to_owned()))?;
    store::verify_sm2(signer.trim(), &digest, signature).map_err(|why| bad(why.to_string()))
}

/// Looks whether a file may be served as this model: where the record names a signer, the file must have the signature
/// that the record gives. The file is read piece by piece.
pub fn vouch(record: &ModelRecord, file: &Path) -> Result<(), Error> {
    let Some(signer) = &record.signer else { return Ok(()) };
    let unread = |error: std::io::Error| Error::BadFile {
        problem: format!("`{}` of the model `{}` cannot be read: {error}", file.display(), record.id),
    };
    let mut opened = std::fs::File::open(file).map_err(unread)?;
    let digest = store::sm3_read(&mut opened).map_err(unread)?;
    let sm3 = format!("sm3:{}", store::hex(&digest));
    check_signature(&sm3, record.signature.as_deref(), signer).map_err(|error| Error::BadFile {
        problem: format!("`{}` is not served as the model `{}`: {error}", file.display(), record.id),
    })
}

fn safetensors(bytes: &[u8]) -> bool {
    let length = bytes.get(..8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    let length = length.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < 100 << 20);
    length.is_some_and(|n| n > 1 && bytes.get(8) == Some(&b'{') && bytes.len() > n)
}

#[cfg(test)]
mod tests {
    use store::AuditKey;

    use super::{check_signature, inspect, vouch};
    use crate::Registry;

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

    #[test]
    fn a_file_is_served_only_with_the_signature_its_record_asks_for() {
        let (key, other) = (AuditKey::parse(&"1f".repeat(32)).unwrap(), AuditKey::parse(&"2e".repeat(32)).unwrap());
        let sm3 = inspect(&gguf(), None).unwrap().sm3;
        let digest = store::unhex(sm3.trim_start_matches("sm3:")).unwrap();
        let signature = key.sign(&digest);
        assert!(check_signature(&sm3, Some(&format!("{signature}\n")), &key.public()).is_ok());
        let refused =
            |signature: Option<&str>, signer: &str| check_signature(&sm3, signature, signer).unwrap_err().to_string();
        assert!(refused(None, &key.public()).contains("no signature"));
        assert!(refused(Some(&signature), &other.public()).contains("does not fit"));
        assert!(refused(Some("30"), &key.public()).contains("cannot be read"));
        assert!(refused(Some(&signature), "04").contains("public key"));

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.gguf");
        std::fs::write(&file, gguf()).unwrap();
        let record = |more: &str| {
            let text = format!("[[model]]\nid='m'\nname='m'\nbackend='builtin'\nlevel='internal'\n{more}");
            Registry::parse("models.toml", &text).map(|registry| registry.models()[0].clone())
        };
        let signed = record(&format!("signature='{signature}'\nsigner='{}'\n", key.public())).unwrap();
        assert!(vouch(&signed, &file).is_ok());
        assert!(vouch(&record("").unwrap(), &file).is_ok());
        assert!(record(&format!("signature='{signature}'\n")).unwrap_err().to_string().contains("`signer`"));
        let unsigned = record(&format!("signer='{}'\n", key.public())).unwrap();
        assert!(vouch(&unsigned, &file).unwrap_err().to_string().contains("no signature"));
        let whole = gguf();
        std::fs::write(&file, whole.get(..whole.len() - 1).unwrap()).unwrap();
        assert!(vouch(&signed, &file).unwrap_err().to_string().contains("does not fit"));
        assert!(vouch(&signed, &folder.path().join("none")).unwrap_err().to_string().contains("cannot be read"));
    }
}

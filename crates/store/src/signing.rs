//! SM2 signatures (GM/T 0003-2012, identity `1234567812345678` of GM/T 0009-2012) as others give them: over a copy of
//! the record, or over the digest of a file.

use sm2::dsa::signature::Verifier as _;
use sm2::dsa::{Signature, VerifyingKey};

/// The identity that signatures are made under where nobody has agreed on another one.
pub(crate) const IDENTITY: &str = "1234567812345678";

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// The key cannot be read.
    #[error("the public key is no point of SM2: 130 hexadecimal digits that begin with 04")]
    Key,
    /// The signature cannot be read.
    #[error("the signature cannot be read: an SM2 signature is 128 hexadecimal digits, r and then s")]
    Form,
    /// Another key made it, or something else was signed.
    #[error("the signature does not fit: another key made it, or the content is not what was signed")]
    Mismatch,
}

/// Checks the SM2 signature of `signed`. The key is an uncompressed point, the signature `r` and `s`, both in
/// hexadecimal.
pub fn verify_sm2(public_key: &str, signed: &[u8], signature: &str) -> Result<(), BadSignature> {
    let point = bytes_of(public_key).ok_or(BadSignature::Key)?;
    let key = VerifyingKey::from_sec1_bytes(IDENTITY, &point).map_err(|_| BadSignature::Key)?;
    let bytes = bytes_of(signature).ok_or(BadSignature::Form)?;
    let signature = Signature::from_slice(&bytes).map_err(|_| BadSignature::Form)?;
    key.verify(signed, &signature).map_err(|_| BadSignature::Mismatch)
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{BadSignature, verify_sm2};
    use crate::AuditKey;

    #[test]
    fn a_signature_fits_its_key_and_its_content() {
        let (key, other) = (AuditKey::parse(&"1f".repeat(32)).unwrap(), AuditKey::parse(&"2e".repeat(32)).unwrap());
        let signature = key.sign(b"weights");
        assert_eq!(verify_sm2(&key.public(), b"weights", &signature), Ok(()));
        assert_eq!(verify_sm2(&key.public(), b"weight", &signature), Err(BadSignature::Mismatch));
        assert_eq!(verify_sm2(&other.public(), b"weights", &signature), Err(BadSignature::Mismatch));
        assert_eq!(verify_sm2("04ff", b"weights", &signature), Err(BadSignature::Key));
        for cut in ["", "zz", signature.get(..64).unwrap()] {
            assert_eq!(verify_sm2(&key.public(), b"weights", cut), Err(BadSignature::Form), "{cut}");
        }
    }
}

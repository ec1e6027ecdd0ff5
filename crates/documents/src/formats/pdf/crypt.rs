//! Decryption of files whose user password is empty: anybody may read those, and many official files are so
//! (ISO 32000-2, 7.6). A file that asks for a password stays closed.

use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use aes::{Aes128, Aes256, Block};
use md5::Md5;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::object::{Dictionary, Object};

/// What passwords are filled up with; the empty one is nothing else (algorithm 2).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00,
    0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Nothing,
    Rc4,
    Aes128,
    Aes256,
}

/// The key of a file, and how its streams and strings are encrypted.
#[derive(Debug)]
pub(super) struct Crypt {
    key: Vec<u8>,
    streams: Method,
    strings: Method,
}

impl Crypt {
    /// The key that the empty password gives; `None` when the file wants another one or is encrypted in a way of
    /// its own.
    pub(super) fn open(encrypt: &Dictionary, id: &[u8]) -> Option<Self> {
        let integer = |key: &str| encrypt.get(key).and_then(Object::integer);
        let text = |key: &str| match encrypt.get(key) {
            Some(Object::Text(text)) => text.as_slice(),
            _ => &[],
        };
        if encrypt.get("Filter").and_then(Object::name) != Some(b"Standard") {
            return None;
        }
        let (version, revision) = (integer("V").unwrap_or(0), integer("R").unwrap_or(0));
        let (streams, strings) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4),
            4 | 5 => (method(encrypt, "StmF")?, method(encrypt, "StrF")?),
            _ => return None,
        };
        if version == 5 {
            let key = modern_key(revision, text("U"), text("UE"))?;
            return Some(Self { key, streams, strings });
        }
        let length = match version {
            1 => 5,
            4 => 16,
            _ => usize::try_from(integer("Length").unwrap_or(40) / 8).ok()?.clamp(5, 16),
        };
        let mut hash = Md5::new();
        hash.update(PADDING);
        hash.update(text("O").get(..32)?);
        #[expect(clippy::cast_possible_truncation, reason = "flags are 32 bits, written with or without sign")]
        hash.update((integer("P")? as i32).to_le_bytes());
        hash.update(id);
        if revision >= 4 && matches!(encrypt.get("EncryptMetadata"), Some(Object::Bool(false))) {
            hash.update([0xFF; 4]);
        }
        let mut digest = hash.finalize();
        if revision >= 3 {
            for _ in 0..50 {
                digest = Md5::digest(digest.get(..length)?);
            }
        }
        let key = digest.get(..length)?.to_vec();
        proves(&key, revision, id, text("U")).then_some(Self { key, streams, strings })
    }

    /// A stream's bytes, decrypted.
    pub(super) fn stream(&self, bytes: &[u8], number: u32, generation: u32) -> Vec<u8> {
        self.apply(self.streams, bytes, number, generation)
    }

    /// An object's strings, decrypted.
    pub(super) fn object(&self, object: &mut Object, number: u32, generation: u32) {
        match object {
            Object::Text(text) => *text = self.apply(self.strings, text, number, generation),
            Object::Array(items) => items.iter_mut().for_each(|item| self.object(item, number, generation)),
            Object::Dictionary(dictionary) => {
                dictionary.0.iter_mut().for_each(|(_, value)| self.object(value, number, generation));
            }
            _ => {}
        }
    }

    fn apply(&self, method: Method, bytes: &[u8], number: u32, generation: u32) -> Vec<u8> {
        let own = || {
            // Algorithm 1: each object has its own key.
            let mut hash = Md5::new();
            hash.update(&self.key);
            hash.update(number.to_le_bytes().get(..3).unwrap_or_default());
            hash.update(generation.to_le_bytes().get(..2).unwrap_or_default());
            if method == Method::Aes128 {
                hash.update(b"sAlT");
            }
            let mut key = hash.finalize().to_vec();
            key.truncate((self.key.len() + 5).min(16));
            key
        };
        match method {
            Method::Nothing => bytes.to_vec(),
            Method::Rc4 => rc4(&own(), bytes),
            Method::Aes128 => unpadded(&own(), bytes),
            Method::Aes256 => unpadded(&self.key, bytes),
        }
    }
}

/// The crypt filter that `key` names (7.6.6).
fn method(encrypt: &Dictionary, key: &str) -> Option<Method> {
    let name = match encrypt.get(key).and_then(Object::name) {
        None | Some(b"Identity") => return Some(Method::Nothing),
        Some(name) => String::from_utf8_lossy(name).into_owned(),
    };
    let filters = encrypt.get("CF")?.dictionary()?;
    match filters.get(&name)?.dictionary()?.get("CFM").and_then(Object::name) {
        None | Some(b"None") => Some(Method::Nothing),
        Some(b"V2") => Some(Method::Rc4),
        Some(b"AESV2") => Some(Method::Aes128),
        Some(b"AESV3") => Some(Method::Aes256),
        Some(_) => None,
    }
}

/// Whether the key is the right one (algorithms 4 and 5).
fn proves(key: &[u8], revision: i64, id: &[u8], user: &[u8]) -> bool {
    if revision < 3 {
        return rc4(key, &PADDING) == user.get(..32).unwrap_or_default();
    }
    let mut hash = Md5::new();
    hash.update(PADDING);
    hash.update(id);
    let mut proof = hash.finalize().to_vec();
    for round in 0..20u8 {
        let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
        proof = rc4(&key, &proof);
    }
    user.get(..16).is_some_and(|user| user == proof)
}

/// The file's key of revisions 5 and 6 (algorithm 2.A), from the empty password.
fn modern_key(revision: i64, user: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    let (hash, proof_salt, key_salt) = (user.get(..32)?, user.get(32..40)?, user.get(40..48)?);
    let digest = |salt: &[u8]| if revision >= 6 { hardened(salt) } else { Sha256::digest(salt).to_vec() };
    if digest(proof_salt) != hash {
        return None;
    }
    cbc(&digest(key_salt), &[0; 16], encrypted.get(..32)?)
}

/// Algorithm 2.B for an empty password.
fn hardened(salt: &[u8]) -> Vec<u8> {
    let mut key = Sha256::digest(salt).to_vec();
    let mut round = 0u32;
    loop {
        let Some((cipher, start)) = key.get(..16).and_then(|k| Aes128::new_from_slice(k).ok()).zip(key.get(16..32))
        else {
            return key;
        };
        let mut block = start.to_vec();
        let mut out = Vec::with_capacity(key.len() * 64);
        for chunk in key.repeat(64).chunks_exact(16) {
            let mixed: Vec<u8> = chunk.iter().zip(&block).map(|(a, b)| a ^ b).collect();
            let Ok(mut next) = Block::try_from(mixed.as_slice()) else { return key };
            cipher.encrypt_block(&mut next);
            out.extend_from_slice(&next);
            block = next.to_vec();
        }
        let sum: u32 = out.iter().take(16).map(|byte| u32::from(*byte)).sum();
        key = match sum % 3 {
            0 => Sha256::digest(&out).to_vec(),
            1 => Sha384::digest(&out).to_vec(),
            _ => Sha512::digest(&out).to_vec(),
        };
        round += 1;
        if round >= 64 && out.last().is_none_or(|last| u32::from(*last) <= round - 32) {
            key.truncate(32);
            return key;
        }
    }
}

/// AES in CBC with the first block as start, and the padding taken off; what is no whole block is left out.
fn unpadded(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let Some((start, rest)) = bytes.split_at_checked(16) else { return Vec::new() };
    let mut out = cbc(key, start, rest).unwrap_or_default();
    if let Some(pad) = out.last().copied().filter(|pad| (1..=16).contains(pad)) {
        out.truncate(out.len().saturating_sub(usize::from(pad)));
    }
    out
}

fn cbc(key: &[u8], start: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    enum Cipher {
        Small(Aes128),
        Large(Aes256),
    }
    let cipher = match key.len() {
        16 => Cipher::Small(Aes128::new_from_slice(key).ok()?),
        32 => Cipher::Large(Aes256::new_from_slice(key).ok()?),
        _ => return None,
    };
    let mut before = start;
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.chunks_exact(16) {
        let mut block = Block::try_from(chunk).ok()?;
        match &cipher {
            Cipher::Small(cipher) => cipher.decrypt_block(&mut block),
            Cipher::Large(cipher) => cipher.decrypt_block(&mut block),
        }
        out.extend(block.iter().zip(before).map(|(a, b)| a ^ b));
        before = chunk;
    }
    Some(out)
}

#[expect(clippy::indexing_slicing, reason = "places of a table of 256 by bytes")]
fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    if key.is_empty() {
        return bytes.to_vec();
    }
    let mut table: [u8; 256] = std::array::from_fn(|at| at as u8);
    let mut other = 0u8;
    for (at, key) in (0..=255u8).zip(key.iter().cycle()) {
        other = other.wrapping_add(table[usize::from(at)]).wrapping_add(*key);
        table.swap(usize::from(at), usize::from(other));
    }
    let (mut at, mut other) = (0u8, 0u8);
    bytes
        .iter()
        .map(|byte| {
            at = at.wrapping_add(1);
            other = other.wrapping_add(table[usize::from(at)]);
            table.swap(usize::from(at), usize::from(other));
            byte ^ table[usize::from(table[usize::from(at)].wrapping_add(table[usize::from(other)]))]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::rc4;

    #[test]
    fn rc4_of_its_test_vectors() {
        // RFC 6229 gives key streams; these are the ones of the cipher's first publication.
        assert_eq!(rc4(b"Key", b"Plaintext"), [0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3]);
        assert_eq!(rc4(b"Wiki", b"pedia"), [0x10, 0x21, 0xBF, 0x04, 0x20]);
    }
}

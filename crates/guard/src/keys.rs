//! Keys of the guard: one secret per line, the first in use, the others kept so that what they sealed can be opened.
//!
//! Pure: where the lines come from (a file, the environment) is the caller's concern.

use crate::crypt;

/// A key: an identifier that may be shown, and a secret that never is.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    id: String,
    secret: [u8; 32],
}

impl std::fmt::Debug for Key {
    /// The identifier, never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// Why keys cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key in the text.
    #[error("no key: make one with `shuzheng guard make-key`")]
    None,
    /// A line that is no key.
    #[error(
        "line {0} is no key: an identifier, a blank, and 64 hexadecimal digits; make one with `shuzheng guard make-key`"
    )]
    Line(usize),
}

impl Key {
    /// A key of random bytes that the caller drew.
    #[must_use]
    pub fn new(id: &str, secret: [u8; 32]) -> Self {
        Self { id: id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect(), secret }
    }

    /// What may be shown of it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The line that a key file holds.
    #[must_use]
    pub fn line(&self) -> String {
        let hex: String = self.secret.iter().map(|b| format!("{b:02x}")).collect();
        format!("{} {hex}", self.id)
    }

    /// Sixteen bytes for one purpose: no two uses share a key.
    fn part(&self, purpose: &str) -> [u8; 16] {
        let mut out = [0; 16];
        for (to, from) in out.iter_mut().zip(crypt::hmac_sm3(&self.secret, &[purpose.as_bytes()])) {
            *to = from;
        }
        out
    }

    /// For the vault.
    pub(crate) fn vault(&self) -> [u8; 16] {
        self.part("shuzheng guard vault 1")
    }

    /// For format-preserving encryption.
    pub(crate) fn format(&self) -> [u8; 16] {
        self.part("shuzheng guard format 1")
    }

    /// A keyed hash of a value: the same for the same value, of use to nobody without the key.
    pub(crate) fn hash(&self, kind: &str, value: &str) -> [u8; 32] {
        let key = self.part("shuzheng guard hash 1");
        crypt::hmac_sm3(&key, &[kind.as_bytes(), b"\n", value.as_bytes()])
    }
}

/// The keys of a deployment. The first seals; all open.
#[derive(Debug, Clone)]
pub struct KeyRing {
    first: Key,
    others: Vec<Key>,
}

impl KeyRing {
    /// Reads lines of `identifier secret`; empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// When a line is no key, or there is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                keys.push(parse(line).ok_or(KeyError::Line(n + 1))?);
            }
        }
        let mut keys = keys.into_iter();
        Ok(Self { first: keys.next().ok_or(KeyError::None)?, others: keys.collect() })
    }

    /// The key in use.
    #[must_use]
    pub fn current(&self) -> &Key {
        &self.first
    }

    /// The key with this identifier.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.first).chain(&self.others).find(|key| key.id == id)
    }
}

fn parse(line: &str) -> Option<Key> {
    let (id, secret) = line.split_once(char::is_whitespace)?;
    let secret = bytes(secret.trim())?.try_into().ok()?;
    let key = Key::new(id, secret);
    (key.id == id && !id.is_empty()).then_some(key)
}

/// Bytes written in hexadecimal.
pub(crate) fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyError, KeyRing};

    #[test]
    fn a_ring_reads_what_a_key_writes() {
        let (new, old) = (Key::new("k2", [2; 32]), Key::new("k1", [1; 32]));
        let ring = KeyRing::parse(&format!("# keys\n{}\n\n{}\n", new.line(), old.line())).unwrap();
        assert_eq!(ring.current(), &new);
        assert_eq!(ring.get("k1"), Some(&old));
        assert_eq!(ring.get("k3"), None);
        assert_eq!(format!("{ring:?}"), "KeyRing { first: Key(k2), others: [Key(k1)] }");
        assert_eq!(KeyRing::parse("# none").unwrap_err(), KeyError::None);
        assert_eq!(KeyRing::parse("\nk1 12").unwrap_err(), KeyError::Line(2));
    }
}

//! SM3 (GM/T 0004—2012): the digest that names blobs and links audit entries.

use std::fmt::Write as _;

use sm3::{Digest as _, Sm3};

/// The 32 bytes of an SM3 digest.
pub type Digest = [u8; 32];

/// The SM3 digest of `bytes`.
pub(crate) fn sm3(bytes: &[u8]) -> Digest {
    Sm3::digest(bytes).into()
}

/// The SM3 digest of `bytes`, in lower-case hexadecimal.
#[must_use]
pub fn sm3_hex(bytes: &[u8]) -> String {
    hex(&sm3(bytes))
}

/// The SM3 digest of everything a reader gives, such as a file too large to hold.
pub fn sm3_read(reader: &mut impl std::io::Read) -> std::io::Result<Digest> {
    let mut running = Running::default();
    let mut piece = vec![0; 1 << 20];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(running.finish()),
            Ok(length) => running.update(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The next link of a chain: SM3 of the link before and the record. The first link stands on 32 zero bytes.
#[must_use]
pub fn chain(prev: &Digest, record: &[u8]) -> Digest {
    Sm3::new().chain_update(prev).chain_update(record).finalize().into()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads 64 lower-case hexadecimal digits; anything else is refused, so that one digest has one spelling.
#[must_use]
pub fn unhex(text: &str) -> Option<Digest> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0; 32];
    for (to, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(*high)? << 4 | digit(*low)?;
    }
    Some(digest)
}

/// A digest taken piece by piece.
#[derive(Default)]
pub(crate) struct Running(Sm3);

impl Running {
    /// Takes the next piece.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub(crate) fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::{chain, hex, sm3_hex, unhex};

    // GM/T 0004—2012 appendix A, and the empty text.
    #[test]
    fn the_digest_is_the_one_of_the_standard() {
        assert_eq!(sm3_hex(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(
            sm3_hex("abcd".repeat(16).as_bytes()),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
        assert_eq!(sm3_hex(b""), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    }

    #[test]
    fn the_chain_stands_on_zero_bytes_and_links_each_record() {
        let records = [r#"{"seq":1,"op":"login"}"#, r#"{"seq":2,"op":"query"}"#, r#"{"seq":3,"op":"logout"}"#];
        let wanted = [
            "2b57a4509211877b48bf824551ef368a27be591964aafa37023a9fbeda3729d7",
            "3053931a5806e4d8a761f6d9820f46eeb833348312801f9d363726ab6cc1608f",
            "2e4f90c0f295b301a14af5ba96d04fea9c1ab1ba1eea70cf457ed8ddcdbe3724",
        ];
        let mut link = [0; 32];
        for (record, wanted) in records.iter().zip(wanted) {
            link = chain(&link, record.as_bytes());
            assert_eq!(hex(&link), wanted);
        }
    }

    #[test]
    fn hexadecimal_has_one_spelling() {
        let text = sm3_hex(b"abc");
        assert_eq!(unhex(&text).map(|digest| hex(&digest)), Some(text.clone()));
        assert_eq!(unhex(&text.to_uppercase()), None);
        assert_eq!(unhex("66c7"), None);
    }
}

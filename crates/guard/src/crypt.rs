//! Cryptography on values: SM4-GCM (RFC 8998), HMAC-SM3, and FF1 (NIST SP 800-38G) with SM4 inside.
//!
//! Pure: keys and nonces come in as values. Nothing here is stored or logged.

use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sm4::Sm4;
use sm4::cipher::BlockCipherEncrypt as _;

type Block = [u8; 16];

/// HMAC-SM3.
pub(crate) fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    if let Ok(mut mac) = Hmac::<sm3::Sm3>::new_from_slice(key) {
        for part in parts {
            mac.update(part);
        }
        for (to, from) in out.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
    }
    out
}

/// One block through SM4.
fn sm4_block(cipher: &Sm4, block: Block) -> Block {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

fn xor(a: &mut [u8], b: &[u8]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a ^= b;
    }
}

fn counter(nonce: &[u8; 12], n: u32) -> Block {
    let mut block = [0; 16];
    for (to, from) in block.iter_mut().zip(nonce.iter().chain(&n.to_be_bytes())) {
        *to = *from;
    }
    block
}

/// Adds `bytes` padded to whole blocks.
fn hash_padded(hash: &mut GHash, bytes: &[u8]) {
    hash.update_padded(bytes);
}

fn tag(cipher: &Sm4, nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Block {
    let mut hash = GHash::new(&sm4_block(cipher, [0; 16]).into());
    hash_padded(&mut hash, aad);
    hash_padded(&mut hash, sealed);
    let mut lengths = [0; 16];
    let bits = |n: usize| (n as u64 * 8).to_be_bytes();
    for (to, from) in lengths.iter_mut().zip(bits(aad.len()).into_iter().chain(bits(sealed.len()))) {
        *to = from;
    }
    hash_padded(&mut hash, &lengths);
    let mut tag: Block = hash.finalize().into();
    xor(&mut tag, &sm4_block(cipher, counter(nonce, 1)));
    tag
}

fn stream(cipher: &Sm4, nonce: &[u8; 12], text: &mut [u8]) {
    for (chunk, n) in text.chunks_mut(16).zip(2_u32..) {
        xor(chunk, &sm4_block(cipher, counter(nonce, n)));
    }
}

/// Seals `text` with SM4-GCM; the tag is at the end.
pub(crate) fn seal(key: &[u8; 16], nonce: &[u8; 12], aad: &[u8], text: &[u8]) -> Vec<u8> {
    let cipher = Sm4::new(&(*key).into());
    let mut out = text.to_vec();
    stream(&cipher, nonce, &mut out);
    let tag = tag(&cipher, nonce, aad, &out);
    out.extend_from_slice(&tag);
    out
}

/// Opens what [`seal`] sealed; `None` when key, nonce, `aad` or a byte is another.
pub(crate) fn open(key: &[u8; 16], nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (body, seal) = sealed.split_at_checked(sealed.len().checked_sub(16)?)?;
    let cipher = Sm4::new(&(*key).into());
    let right = tag(&cipher, nonce, aad, body);
    // Every byte is compared, wherever the first difference is.
    if right.iter().zip(seal).fold(0, |sum, (a, b)| sum | (a ^ b)) != 0 {
        return None;
    }
    let mut out = body.to_vec();
    stream(&cipher, nonce, &mut out);
    Some(out)
}

/// FF1 over numerals `0..radix`, 2 to 36 of them, with any block cipher.
pub(crate) struct Ff1<E: Fn(Block) -> Block> {
    encrypt: E,
    radix: u32,
}

/// FF1 with SM4.
pub(crate) fn ff1_sm4(key: &[u8; 16], radix: u32) -> Ff1<impl Fn(Block) -> Block> {
    let cipher = Sm4::new(&(*key).into());
    Ff1 { encrypt: move |block| sm4_block(&cipher, block), radix }
}

impl<E: Fn(Block) -> Block> Ff1<E> {
    fn number(&self, numerals: &[u8]) -> u128 {
        numerals.iter().fold(0, |sum, n| sum * u128::from(self.radix) + u128::from(*n))
    }

    fn numerals(&self, mut number: u128, count: usize) -> Vec<u8> {
        let radix = u128::from(self.radix);
        let mut out: Vec<u8> = (0..count)
            .map(|_| {
                let digit = u8::try_from(number % radix).unwrap_or(0);
                number /= radix;
                digit
            })
            .collect();
        out.reverse();
        out
    }

    /// The round function: a number made of round `i`, the tweak and the other half.
    fn round(&self, n: usize, tweak: &[u8], i: u8, half: u128, bytes: usize) -> u128 {
        let mut block = vec![1, 2, 1];
        block.extend(self.radix.to_be_bytes().iter().skip(1));
        block.push(10);
        block.push(u8::try_from(n / 2 % 256).unwrap_or(0));
        block.extend(u32::try_from(n).unwrap_or(0).to_be_bytes());
        block.extend(u32::try_from(tweak.len()).unwrap_or(0).to_be_bytes());
        block.extend_from_slice(tweak);
        let pad = (16 - (tweak.len() + bytes + 1) % 16) % 16;
        block.extend(std::iter::repeat_n(0, pad));
        block.push(i);
        block.extend(half.to_be_bytes().iter().skip(16 - bytes.min(16)));
        let (blocks, _) = block.as_chunks::<16>();
        let mac = blocks.iter().fold([0; 16], |mut mac: Block, block| {
            xor(&mut mac, block);
            (self.encrypt)(mac)
        });
        let d = 4 * bytes.div_ceil(4) + 4;
        mac.iter().take(d.min(16)).fold(0, |sum, b| sum << 8 | u128::from(*b))
    }

    fn run(&self, tweak: &[u8], numerals: &[u8], backwards: bool) -> Option<Vec<u8>> {
        let n = numerals.len();
        let u = n / 2;
        let v = n - u;
        // Halves that fit a round number of sixteen bytes.
        let bits = (v as f64 * f64::from(self.radix).log2()).ceil();
        let bytes = (bits / 8.0).ceil() as usize;
        if n < 2 || bytes > 12 {
            return None;
        }
        let (a, b) = numerals.split_at_checked(u)?;
        let (mut a, mut b) = (self.number(a), self.number(b));
        let size = |m: usize| u128::from(self.radix).checked_pow(u32::try_from(m).ok()?);
        let (size_u, size_v) = (size(u)?, size(v)?);
        let rounds: Vec<u8> = if backwards { (0..10).rev().collect() } else { (0..10).collect() };
        for i in rounds {
            let size = if i % 2 == 0 { size_u } else { size_v };
            if backwards {
                let y = self.round(n, tweak, i, a, bytes) % size;
                (a, b) = ((b + size - y) % size, a);
            } else {
                let y = self.round(n, tweak, i, b, bytes) % size;
                (a, b) = (b, (a + y) % size);
            }
        }
        let mut out = self.numerals(a, u);
        out.extend(self.numerals(b, v));
        Some(out)
    }

    /// Encrypts; `None` for fewer than two numerals or too many.
    pub(crate) fn encrypt(&self, tweak: &[u8], numerals: &[u8]) -> Option<Vec<u8>> {
        self.run(tweak, numerals, false)
    }

    /// Decrypts.
    pub(crate) fn decrypt(&self, tweak: &[u8], numerals: &[u8]) -> Option<Vec<u8>> {
        self.run(tweak, numerals, true)
    }
}

#[cfg(test)]
mod tests {
    use aes::Aes128;
    use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};

    use super::{Ff1, ff1_sm4, hmac_sm3, open, seal};

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        crate::keys::bytes(hex).unwrap().try_into().unwrap()
    }

    #[test]
    fn hmac_of_the_standard() {
        let mac = hmac_sm3(b"key", &[b"The quick brown fox ", b"jumps over the lazy dog"]);
        assert_eq!(mac, bytes("bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398"));
    }

    #[test]
    fn gcm_of_rfc_8998() {
        let key = bytes("0123456789abcdeffedcba9876543210");
        let nonce = bytes("00001234567800000000abcd");
        let aad: [u8; 20] = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let text: [u8; 64] = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let sealed: [u8; 80] = bytes(
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
        );
        assert_eq!(seal(&key, &nonce, &aad, &text), sealed);
        assert_eq!(open(&key, &nonce, &aad, &sealed).as_deref(), Some(&text[..]));
        for i in 0..sealed.len() {
            let mut bad = sealed;
            bad[i] ^= 1;
            assert_eq!(open(&key, &nonce, &aad, &bad), None);
        }
        assert_eq!(open(&key, &nonce, b"", &sealed), None);
        assert_eq!(open(&key, &nonce, &aad, &sealed[..10]), None);
    }

    #[test]
    fn ff1_of_nist() {
        let aes = Aes128::new(&bytes::<16>("2b7e151628aed2a6abf7158809cf4f3c").into());
        let encrypt = |block: [u8; 16]| {
            let mut block = block.into();
            aes.encrypt_block(&mut block);
            block.into()
        };
        let ten = Ff1 { encrypt, radix: 10 };
        let text = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(ten.encrypt(b"", &text).unwrap(), [2, 4, 3, 3, 4, 7, 7, 4, 8, 4]);
        assert_eq!(ten.encrypt(b"9876543210", &text).unwrap(), [6, 1, 2, 4, 2, 0, 0, 7, 7, 3]);
        assert_eq!(ten.decrypt(b"", &[2, 4, 3, 3, 4, 7, 7, 4, 8, 4]).unwrap(), text);
        let radix_36 = Ff1 { encrypt, radix: 36 };
        let text: Vec<u8> = (0..19).collect();
        // a9tv40mll9kdu509eum
        let sealed: Vec<u8> = "a9tv40mll9kdu509eum".chars().map(|c| c.to_digit(36).unwrap() as u8).collect();
        assert_eq!(radix_36.encrypt(b"7777pqrs777", &text).unwrap(), sealed);
    }

    #[test]
    fn ff1_turns_back() {
        let cipher = ff1_sm4(&[7; 16], 10);
        for n in 2..=36 {
            let text: Vec<u8> = (0..n).map(|i| (i * 7 % 10) as u8).collect();
            let sealed = cipher.encrypt(b"t", &text).unwrap();
            assert_eq!(cipher.decrypt(b"t", &sealed).unwrap(), text, "{n}");
        }
        assert_eq!(cipher.encrypt(b"t", &[1]), None);
    }
}

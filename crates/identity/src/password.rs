//! Passwords: which are good enough, and how they are kept (argon2id, GB/T 22239-2019 8.1.4.1 a).

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use kernel::Entropy;
use tokio::sync::Semaphore;

use crate::error::{Error, PasswordRule};

/// The fewest characters of a password.
const MIN_CHARS: usize = 8;
/// The most; argon2 would take any length, a flood of long ones should cost nothing.
const MAX_CHARS: usize = 128;
/// How many may be hashed at once: each takes 19 MiB for about 20 ms.
const AT_ONCE: usize = 4;
/// How many may wait for that.
const WAITING: usize = 64;

/// The rules that a new password breaks.
#[must_use]
pub(crate) fn broken_rules(password: &str, username: &str) -> Vec<PasswordRule> {
    let mut broken = Vec::new();
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        broken.push(PasswordRule::TooShort);
    }
    if chars > MAX_CHARS {
        broken.push(PasswordRule::TooLong);
    }
    let has = |class: fn(char) -> bool| usize::from(password.chars().any(class));
    let classes = has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_ascii_alphanumeric());
    if classes < 3 {
        broken.push(PasswordRule::TooFewClasses);
    }
    if !username.is_empty() && password.to_lowercase().contains(&username.to_lowercase()) {
        broken.push(PasswordRule::ContainsUsername);
    }
    broken
}

/// A password that the platform made up: shown once to whoever asked for it, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimePassword(String);

impl OneTimePassword {
    /// 14 characters of four classes without look-alikes: about 70 bits.
    pub(crate) fn generate(entropy: &Entropy) -> Self {
        const CLASSES: [&[u8]; 4] = [b"abcdefghjkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"#%+=?@!*"];
        // The first four places take one class each, so that the rules always hold.
        let mut text = String::with_capacity(14);
        for place in 0..14usize {
            let [which, high, low] = entropy.bytes::<3>();
            let class = if place < 4 { place } else { usize::from(which) % 3 };
            let letters = CLASSES.get(class).copied().unwrap_or(b"x");
            let pick = usize::from(u16::from_be_bytes([high, low])) % letters.len().max(1);
            text.push(char::from(letters.get(pick).copied().unwrap_or(b'x')));
        }
        Self(text)
    }

    /// The password itself, for the one who asked for it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OneTimePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimePassword(…)")
    }
}

/// Hashes and compares passwords, a few at a time and off the request's thread.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    entropy: Entropy,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Hasher {
    pub(crate) fn new(entropy: Entropy) -> Self {
        Self { entropy, turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }

    /// The hash as kept in the store: `argon2id$v=19$m=…,t=…,p=…$salt$hash`, all in hexadecimal.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Error> {
        let salt: [u8; 16] = self.entropy.bytes();
        let password = password.to_owned();
        self.work(move || kept(&Cost::NOW, &salt, &password)).await?
    }

    /// Whether `password` is one of `hashes`, and which. Always takes as long as all of them.
    pub(crate) async fn matching(&self, password: &str, hashes: Vec<String>) -> Result<Option<usize>, Error> {
        let password = password.to_owned();
        self.work(move || {
            let mut found = None;
            for (place, hash) in hashes.iter().enumerate() {
                if matches(hash, &password)? && found.is_none() {
                    found = Some(place);
                }
            }
            Ok(found)
        })
        .await?
    }

    /// Takes as long as comparing a password, and says nothing: for a user name that nobody has.
    pub(crate) async fn pretend(&self, password: &str) -> Result<(), Error> {
        let password = password.to_owned();
        self.work(move || kept(&Cost::NOW, &[0; 16], &password).map(|_| ())).await?
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| Error::Busy)?;
        tokio::task::spawn_blocking(job).await.map_err(|_| Error::Busy)
    }
}

/// What a hash costs. Kept with each hash, so that it can rise later.
struct Cost {
    memory_kib: u32,
    rounds: u32,
    lanes: u32,
}

impl Cost {
    /// OWASP's first choice for argon2id: 19 MiB, two rounds, one lane.
    const NOW: Self = Self { memory_kib: 19 * 1024, rounds: 2, lanes: 1 };

    fn digest(&self, salt: &[u8], password: &str) -> Result<[u8; 32], Error> {
        let damaged = |_| Error::Damaged { what: "a password" };
        let params = Params::new(self.memory_kib, self.rounds, self.lanes, Some(32)).map_err(damaged)?;
        let mut digest = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), salt, &mut digest)
            .map_err(damaged)?;
        Ok(digest)
    }
}

fn kept(cost: &Cost, salt: &[u8], password: &str) -> Result<String, Error> {
    let digest = cost.digest(salt, password)?;
    let Cost { memory_kib, rounds, lanes } = cost;
    Ok(format!("argon2id$v=19$m={memory_kib},t={rounds},p={lanes}${}${}", hex(salt), hex(&digest)))
}

fn matches(kept: &str, password: &str) -> Result<bool, Error> {
    let (cost, salt, wanted) = parse(kept).ok_or(Error::Damaged { what: "a password" })?;
    let digest = cost.digest(&salt, password)?;
    // Compares all bytes, so that the time tells nothing about where they differ.
    let differing = wanted.iter().zip(digest).fold(0u8, |bits, (a, b)| bits | (a ^ b));
    Ok(wanted.len() == digest.len() && differing == 0)
}

fn parse(kept: &str) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
    let mut parts = kept.strip_prefix("argon2id$v=19$")?.split('$');
    let (cost, salt, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let mut costs = cost.split(',');
    let mut next = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = Cost { memory_kib: next("m=")?, rounds: next("t=")?, lanes: next("p=")? };
    Some((cost, unhex(salt)?, unhex(digest)?))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Entropy;

    use super::{Hasher, OneTimePassword, broken_rules};
    use crate::error::PasswordRule::{ContainsUsername, TooFewClasses, TooLong, TooShort};

    #[test]
    fn a_password_has_eight_characters_of_three_classes_and_not_the_name() {
        for (password, wanted) in [
            ("Shuzheng#2026", vec![]),
            ("Aa1#567", vec![TooShort]),
            ("abcdefgh", vec![TooFewClasses]),
            ("abcdefg1", vec![TooFewClasses]),
            ("Abcdefg1", vec![]),
            ("政务服务Ab12", vec![]),
            ("xClErK#2026", vec![ContainsUsername]),
            ("", vec![TooShort, TooFewClasses]),
            (&"Aa1".repeat(50), vec![TooLong]),
        ] {
            assert_eq!(broken_rules(password, "clerk"), wanted, "{password}");
        }
    }

    #[test]
    fn a_password_made_up_keeps_the_rules_and_stays_out_of_the_log() {
        for seed in 0..200 {
            let made = OneTimePassword::generate(&Entropy::seeded(seed));
            assert_eq!(broken_rules(made.reveal(), "clerk"), vec![], "{}", made.reveal());
            assert_eq!(format!("{made:?}"), "OneTimePassword(…)");
        }
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let hasher = Hasher::new(Entropy::seeded(1));
        let (first, second) =
            (hasher.hash("Shuzheng#2026").await.unwrap(), hasher.hash("Shuzheng#2026").await.unwrap());
        assert_ne!(first, second, "salted");
        assert!(first.starts_with("argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        let hashes = vec![first, second];
        assert_eq!(hasher.matching("Shuzheng#2026", hashes.clone()).await.unwrap(), Some(0));
        assert_eq!(hasher.matching("Shuzheng#2027", hashes).await.unwrap(), None);
        assert!(hasher.matching("x", vec!["argon2id$v=19$m=1".to_owned()]).await.is_err());
        hasher.pretend("x").await.unwrap();
    }
}

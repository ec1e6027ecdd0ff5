//! The challenge for visitors who go over limits again and again: find a number whose SM3 with ours begins with zeros.
//! A browser needs a moment for it, a flood needs a computer for each caller. Nothing is kept: the challenge is
//! signed and runs out, and any server can check it.

use kernel::{Entropy, Timestamp};
use store::sm3_hex;

use crate::proofs::Proofs;

/// What our proof in a challenge is for.
const PURPOSE: &str = "challenge";
/// A solved challenge counts so long.
const VALID_SECS: i64 = 120;

/// Makes and checks challenges.
#[derive(Debug, Clone)]
pub struct Challenges {
    proofs: Proofs,
    bits: u32,
}

impl Challenges {
    /// Signed with these proofs.
    #[must_use]
    pub fn new(proofs: Proofs, bits: u32) -> Self {
        Self { proofs, bits }
    }

    /// How many zero bits are asked for.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// A new challenge for a caller: the time, chance, and our signature over both and the caller.
    #[must_use]
    pub fn make(&self, caller: &str, entropy: &Entropy, now: Timestamp) -> String {
        let open = format!("{:x}.{}", now.as_millis(), entropy.hex::<8>());
        let signature = self.proofs.make(PURPOSE, &format!("{open}|{caller}"));
        format!("{open}.{signature}")
    }

    /// Whether `answer` (the challenge, a colon, the number) solves a challenge that was made for this caller.
    #[must_use]
    pub fn solved(&self, answer: &str, caller: &str, now: Timestamp) -> bool {
        let Some((challenge, number)) = answer.rsplit_once(':') else { return false };
        let mut parts = challenge.split('.');
        let (Some(made), Some(chance), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Ok(made_at) = i64::from_str_radix(made, 16) else { return false };
        let age = now.millis_since(Timestamp::from_millis(made_at));
        let fresh = (0..=VALID_SECS * 1000).contains(&age);
        let plain = number.len() <= 16 && number.bytes().all(|b| b.is_ascii_digit());
        fresh
            && plain
            && self.proofs.holds(PURPOSE, &format!("{made}.{chance}|{caller}"), signature)
            && zero_bits(&sm3_hex(answer.as_bytes())) >= self.bits
    }
}

/// The zero bits at the beginning of a hexadecimal number.
fn zero_bits(hex: &str) -> u32 {
    let mut bits = 0;
    for digit in hex.chars().filter_map(|c| c.to_digit(16)) {
        if digit == 0 {
            bits += 4;
        } else {
            return bits + digit.leading_zeros() - 28;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use kernel::{Entropy, Timestamp};

    use super::{Challenges, zero_bits};
    use crate::proofs::Proofs;

    #[test]
    fn a_challenge_is_solved_by_work_by_its_caller_and_in_time() {
        let now = Timestamp::from_millis(1_795_460_000_000);
        let challenges = Challenges::new(Proofs::new("secret"), 8);
        let challenge = challenges.make("address:10.0.0.1", &Entropy::seeded(1), now);
        let answers = (0..100_000).map(|n| format!("{challenge}:{n}"));
        let answer = answers.into_iter().find(|a| challenges.solved(a, "address:10.0.0.1", now)).unwrap();
        assert!(!challenges.solved(&answer, "address:10.0.0.2", now));
        assert!(!challenges.solved(&answer, "address:10.0.0.1", now.plus_secs(121)));
        assert!(!challenges.solved(&answer, "address:10.0.0.1", now.plus_secs(-1)));
        assert!(!Challenges::new(Proofs::new("other"), 8).solved(&answer, "address:10.0.0.1", now));
        assert!(!challenges.solved("1:2", "address:10.0.0.1", now) && !challenges.solved("", "", now));
        assert_eq!((zero_bits("0001"), zero_bits("8"), zero_bits("00f")), (15, 0, 8));
    }
}

//! Chance: where random bytes come from, so that a test can replay them.

use std::sync::{Arc, Mutex};

type Source = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// A source of random bytes.
#[derive(Clone)]
pub struct Entropy(Source);

impl Entropy {
    /// The operating system's generator. A system without one cannot run the platform safely, so a failure
    /// there ends the process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's generator")]
    pub fn system() -> Self {
        Self(Arc::new(|buffer| {
            if getrandom::fill(buffer).is_err() {
                std::process::abort();
            }
        }))
    }

    /// A repeatable generator for tests and seeded training (SplitMix64). Not for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = Mutex::new(seed);
        Self(Arc::new(move |buffer| {
            let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for chunk in buffer.chunks_mut(8) {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                for (to, from) in chunk.iter_mut().zip(z.to_le_bytes()) {
                    *to = from;
                }
            }
        }))
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        (self.0)(buffer);
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` random bytes in lower-case hexadecimal: a token nobody can guess when `N` is 16 or more.
    #[must_use]
    pub fn hex<const N: usize>(&self) -> String {
        use std::fmt::Write as _;
        self.bytes::<N>().iter().fold(String::with_capacity(N * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        assert_eq!(Entropy::seeded(7).hex::<16>(), Entropy::seeded(7).hex::<16>());
        assert_ne!(Entropy::seeded(7).hex::<16>(), Entropy::seeded(8).hex::<16>());
        let system = Entropy::system();
        assert_ne!(system.hex::<16>(), system.hex::<16>());
        assert_eq!(system.hex::<16>().len(), 32);
    }
}

//! Proofs: HMAC-SM3 under a secret that all servers of the store share, over what a caller will bring back. What was
//! made here is known again on every server and after a restart, without being kept.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sm3::Sm3;

/// Makes and checks proofs. A clone has the same secret.
#[derive(Clone)]
pub struct Proofs {
    secret: Arc<str>,
}

impl Proofs {
    /// Under this secret.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.into() }
    }

    /// The proof of a text, 64 hexadecimal digits. What is made for one purpose, a word without `|`, proves nothing for
    /// another.
    #[must_use]
    pub fn make(&self, purpose: &str, text: &str) -> String {
        self.mac(purpose, text).map(|mac| store::hex(&mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether `proof` was made for this text and purpose. Takes as long for a wrong one as for the right one.
    #[must_use]
    pub fn holds(&self, purpose: &str, text: &str, proof: &str) -> bool {
        let (Some(mac), Some(proof)) = (self.mac(purpose, text), store::unhex(proof)) else { return false };
        mac.verify_slice(&proof).is_ok()
    }

    /// Always there: HMAC takes a secret of any length.
    fn mac(&self, purpose: &str, text: &str) -> Option<Hmac<Sm3>> {
        let mut mac = Hmac::<Sm3>::new_from_slice(self.secret.as_bytes()).ok()?;
        for part in [purpose, "|", text] {
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

impl std::fmt::Debug for Proofs {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proofs")
    }
}

#[cfg(test)]
mod tests {
    use super::Proofs;

    #[test]
    fn a_proof_holds_for_its_text_its_purpose_and_its_secret_alone() {
        let proofs = Proofs::new("secret");
        let proof = proofs.make("visitor", "vis_1");
        assert_eq!(proof.len(), 64);
        assert!(proofs.holds("visitor", "vis_1", &proof) && Proofs::new("secret").holds("visitor", "vis_1", &proof));
        assert!(!proofs.holds("visitor", "vis_2", &proof) && !proofs.holds("challenge", "vis_1", &proof));
        assert!(!Proofs::new("other").holds("visitor", "vis_1", &proof));
        for wrong in ["", "00", proof.get(..62).unwrap(), proof.to_uppercase().as_str(), "0".repeat(64).as_str()] {
            assert!(!proofs.holds("visitor", "vis_1", wrong), "{wrong}");
        }
        assert_eq!(format!("{proofs:?}"), "Proofs");
    }
}

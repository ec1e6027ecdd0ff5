//! A vault outside memory: sealed with SM4-GCM for one conversation and a short time.

use serde::{Deserialize, Serialize};

use crate::crypt;
use crate::keys::{KeyRing, bytes};
use crate::vault::Vault;

/// A sealed vault, as it may be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedVault {
    /// The form: 1.
    v: u8,
    /// Which key sealed it.
    key: String,
    /// The conversation it belongs to.
    conversation: String,
    /// When it may no longer be opened, in seconds since 1970.
    expires: u64,
    /// Twelve bytes, never used twice, in hexadecimal.
    nonce: String,
    /// The entries, sealed, in hexadecimal.
    body: String,
}

/// Why a vault stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It belongs to another conversation.
    #[error("the vault belongs to another conversation")]
    Conversation,
    /// Its time is over.
    #[error("the vault's time is over")]
    Expired,
    /// No key of the ring sealed it.
    #[error("no key of the key file sealed this vault; keep old keys in the file until their vaults have expired")]
    Key,
    /// It was changed, or is no vault.
    #[error("the vault is damaged or was changed")]
    Damaged,
}

fn bound(key: &str, conversation: &str, expires: u64) -> Vec<u8> {
    // Lengths first: no two meanings have the same bytes.
    format!("1|{}|{key}|{}|{conversation}|{expires}", key.len(), conversation.len()).into_bytes()
}

impl Vault {
    /// Seals the vault for a conversation until `expires` (seconds since 1970). `nonce` must never repeat.
    #[must_use]
    pub fn seal(&self, keys: &KeyRing, conversation: &str, expires: u64, nonce: [u8; 12]) -> SealedVault {
        let key = keys.current();
        let text = serde_json::to_vec(&self.entries()).unwrap_or_default();
        let body = crypt::seal(&key.vault(), &nonce, &bound(key.id(), conversation, expires), &text);
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        SealedVault {
            v: 1,
            key: key.id().to_owned(),
            conversation: conversation.to_owned(),
            expires,
            nonce: hex(&nonce),
            body: hex(&body),
        }
    }

    /// Opens a sealed vault of this conversation.
    ///
    /// # Errors
    /// When it belongs elsewhere, is too old, was sealed with an unknown key, or was changed.
    pub fn open(sealed: &SealedVault, keys: &KeyRing, conversation: &str, now: u64) -> Result<Self, VaultError> {
        if sealed.conversation != conversation {
            return Err(VaultError::Conversation);
        }
        if sealed.v != 1 {
            return Err(VaultError::Damaged);
        }
        let key = keys.get(&sealed.key).ok_or(VaultError::Key)?;
        let nonce: [u8; 12] = bytes(&sealed.nonce).and_then(|n| n.try_into().ok()).ok_or(VaultError::Damaged)?;
        let body = bytes(&sealed.body).ok_or(VaultError::Damaged)?;
        let text = crypt::open(&key.vault(), &nonce, &bound(&sealed.key, conversation, sealed.expires), &body)
            .ok_or(VaultError::Damaged)?;
        if sealed.expires <= now {
            return Err(VaultError::Expired);
        }
        let entries: std::collections::BTreeMap<String, String> =
            serde_json::from_slice(&text).map_err(|_| VaultError::Damaged)?;
        Ok(Self::from_entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::VaultError;
    use crate::keys::{Key, KeyRing};
    use crate::kind::Kind;
    use crate::vault::Vault;

    #[test]
    fn a_vault_opens_for_its_conversation_in_its_time_with_its_key() {
        let (old, new) = (Key::new("old", [1; 32]), Key::new("new", [2; 32]));
        let before = KeyRing::parse(&old.line()).unwrap();
        let after = KeyRing::parse(&format!("{}\n{}", new.line(), old.line())).unwrap();
        let other = KeyRing::parse(&new.line()).unwrap();
        let mut vault = Vault::new();
        let token = vault.token(Kind::PersonName, "王小明");
        let sealed = vault.seal(&before, "c1", 1_000, [3; 12]);
        assert!(!serde_json::to_string(&sealed).unwrap().contains("王小明"));
        for keys in [&before, &after] {
            let opened = Vault::open(&sealed, keys, "c1", 999).unwrap();
            assert_eq!(opened.restore(&token), "王小明");
        }
        // The next turn of the conversation goes on with the same tokens.
        let mut next = Vault::open(&sealed, &after, "c1", 0).unwrap();
        assert_eq!(next.token(Kind::PersonName, "王小明"), token);
        assert_ne!(next.token(Kind::PersonName, "李四"), token);
        assert_eq!(Vault::open(&sealed, &before, "c2", 0).unwrap_err(), VaultError::Conversation);
        assert_eq!(Vault::open(&sealed, &before, "c1", 1_000).unwrap_err(), VaultError::Expired);
        assert_eq!(Vault::open(&sealed, &other, "c1", 0).unwrap_err(), VaultError::Key);
        let mut longer = sealed.clone();
        longer.expires = 9_999;
        assert_eq!(Vault::open(&longer, &before, "c1", 0).unwrap_err(), VaultError::Damaged);
        let mut bad = sealed;
        bad.body.replace_range(0..1, if bad.body.starts_with('0') { "1" } else { "0" });
        assert_eq!(Vault::open(&bad, &before, "c1", 0).unwrap_err(), VaultError::Damaged);
    }
}

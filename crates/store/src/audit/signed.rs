//! Signed copies of the audit log, and anchors of its head: what somebody outside can check without the platform.
//!
//! A copy is JSON Lines: a header, the entries word for word, and last a line with the SM3 of all bytes before it and
//! their SM2 signature (GM/T 0003-2012, identity `1234567812345678` of GM/T 0009-2012). An anchor is one such line with
//! the head of the chain.

use std::path::Path;

use kernel::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sm2::dsa::signature::Signer as _;
use sm2::dsa::{Signature, SigningKey};

use super::record::Kept;
use super::{Audit, AuditFilter, Entry};
use crate::digest::{chain, hex, sm3_hex, unhex};
use crate::signing::{BadSignature, IDENTITY, verify_sm2};
use crate::{Error, Result};

/// The name and the version of the format of copies. Since 2 an entry may carry the digest of its details.
const FORMAT: &str = "shuzheng-audit-2";
/// Every format that is read.
const FORMATS: [&str; 2] = ["shuzheng-audit-1", FORMAT];
/// The name and the version of the format of anchors.
const ANCHOR_FORMAT: &str = "shuzheng-audit-1";
/// The file of the key in the data folder.
const KEY_FILE: &str = "audit.key";
/// So many entries are read at a time.
const STRIDE: u64 = 2_000;

/// The key that signs copies and anchors.
pub struct AuditKey(SigningKey);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditKey({})", self.public())
    }
}

impl AuditKey {
    /// Reads 64 hexadecimal digits; nothing when they are no private key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = unhex(&text.trim().to_ascii_lowercase())?;
        SigningKey::from_slice(IDENTITY, &bytes).ok().map(Self)
    }

    /// The key in the data folder; a new one, readable by its owner only, when there is none.
    pub fn in_folder(folder: &Path, entropy: &Entropy) -> std::io::Result<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = folder.join(KEY_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = entropy.hex::<32>();
                let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                text
            }
            Err(error) => return Err(error),
        };
        let wrong = || std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{KEY_FILE} holds no SM2 key"));
        Self::parse(&text).ok_or_else(wrong)
    }

    /// The public key, an uncompressed point in hexadecimal.
    #[must_use]
    pub fn public(&self) -> String {
        hex(&self.0.verifying_key().to_sec1_bytes())
    }

    /// The signature of `bytes` in hexadecimal, as [`verify_sm2`] reads it.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signature: Signature = self.0.sign(bytes);
        hex(signature.to_bytes().as_slice())
    }
}

/// The first line of a copy.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    from: i64,
    until: i64,
    /// The hash before the first entry.
    prev: String,
    /// The hash of the last entry.
    head: String,
    at: Timestamp,
    /// Who took it out, as the record names actors.
    by: String,
    public_key: String,
}

/// The last line of a copy.
#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    digest: String,
    signature: String,
}

/// What checking a copy found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyReport {
    /// How many entries it holds.
    pub entries: u64,
    /// How many of them have given up their details.
    pub shortened: u64,
    /// The hash of its last entry.
    pub head: String,
    /// The key it was signed with: compare it with the one you know.
    pub public_key: String,
    /// Whether the signature, the digest and every link of the chain hold.
    pub ok: bool,
    /// What does not.
    pub problem: Option<String>,
}

/// Entries of this range, both ends included.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyRange {
    /// The first; the beginning when absent.
    pub from: Option<i64>,
    /// The last; the end when absent.
    pub until: Option<i64>,
}

impl Audit<'_> {
    /// A signed copy of a range of the log.
    pub async fn signed_copy(&self, key: &AuditKey, range: CopyRange, by: &str) -> Result<String> {
        let (last, _) = self.head().await?;
        let until = range.until.unwrap_or(last).clamp(0, last);
        let from = range.from.unwrap_or(1).max(1);
        let mut entries: Vec<Entry> = Vec::new();
        let mut below = until.saturating_add(1);
        while below > from {
            let page = self.page(Some(below), STRIDE, &AuditFilter::default()).await?;
            let Some(lowest) = page.last().map(|entry| entry.seq) else { break };
            entries.extend(page.into_iter().filter(|entry| entry.seq >= from));
            below = lowest;
        }
        entries.reverse();
        let (Some(first), Some(end)) = (entries.first(), entries.last()) else {
            return Err(Error::bad_row("the range holds no entries"));
        };
        let header = Header {
            format: FORMAT.to_owned(),
            from: first.seq,
            until: end.seq,
            prev: first.prev.clone(),
            head: end.hash.clone(),
            at: self.store.clock().now(),
            by: by.to_owned(),
            public_key: key.public(),
        };
        let mut text = json!(header).to_string() + "\n";
        for entry in &entries {
            text += &json!(entry).to_string();
            text.push('\n');
        }
        let seal = Seal { digest: sm3_hex(text.as_bytes()), signature: key.sign(text.as_bytes()) };
        Ok(text + &json!(seal).to_string() + "\n")
    }

    /// The head of the chain as one signed line, to be kept where nobody who can write the store can write.
    pub async fn anchor(&self, key: &AuditKey) -> Result<String> {
        let (seq, head) = self.head().await?;
        let at = self.store.clock().now();
        let said = json!({ "format": ANCHOR_FORMAT, "seq": seq, "head": head, "at": at }).to_string();
        let line = json!({ "anchor": said, "public_key": key.public(), "signature": key.sign(said.as_bytes()) });
        Ok(line.to_string())
    }
}

/// Checks a copy by itself: the signature, the digest, and each link of the chain.
#[must_use]
pub fn check_copy(text: &str) -> CopyReport {
    let (head, public_key) = (String::new(), String::new());
    let mut report = CopyReport { entries: 0, shortened: 0, head, public_key, ok: false, problem: None };
    match checked(text, &mut report) {
        Ok(()) => report.ok = true,
        Err(problem) => report.problem = Some(problem),
    }
    report
}

fn checked(text: &str, report: &mut CopyReport) -> std::result::Result<(), String> {
    let whole = text.strip_suffix('\n').ok_or("the copy does not end with a line")?;
    let at = whole.rfind('\n').ok_or("the copy has no seal")? + 1;
    let (body, seal) = whole.split_at_checked(at).ok_or("the copy has no seal")?;
    let seal: Seal = serde_json::from_str(seal).map_err(|_| "the last line is no seal")?;
    let mut lines = body.lines();
    let header: Header =
        serde_json::from_str(lines.next().unwrap_or_default()).map_err(|_| "the first line is no header")?;
    if !FORMATS.contains(&header.format.as_str()) {
        return Err(format!("the format is `{}`", header.format));
    }
    report.public_key.clone_from(&header.public_key);
    if sm3_hex(body.as_bytes()) != seal.digest {
        return Err("the digest does not fit".to_owned());
    }
    verify_sm2(&header.public_key, body.as_bytes(), &seal.signature).map_err(|bad| match bad {
        BadSignature::Key | BadSignature::Form => "the key or the signature cannot be read",
        BadSignature::Mismatch => "the signature does not fit",
    })?;
    let mut prev = header.prev.clone();
    for (seq, line) in (header.from..).zip(lines) {
        let entry: Entry = serde_json::from_str(line).map_err(|_| format!("entry {seq} cannot be read"))?;
        let link = unhex(&entry.prev).ok_or_else(|| format!("entry {seq} is not linked"))?;
        let hash = hex(&chain(&link, super::record::of_entry(&entry).as_bytes()));
        if entry.seq != seq || entry.prev != prev || entry.hash != hash {
            return Err(format!("entry {seq} does not fit the chain"));
        }
        match super::record::kept(&super::record::canonical(&entry.details), entry.details_sm3.as_deref()) {
            Kept::Whole => {}
            Kept::Shortened => report.shortened += 1,
            Kept::Altered => return Err(format!("entry {seq} has details that do not match their digest")),
        }
        prev = entry.hash;
        report.entries += 1;
    }
    report.head.clone_from(&prev);
    if prev == header.head { Ok(()) } else { Err("the copy ends before its head".to_owned()) }
}

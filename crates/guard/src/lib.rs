//! Guard: what may enter a model, and what may leave to a person. Pure: text in, values out.
//!
//! What it does: finds and replaces personal data, stops secrets and oversized or broken input, checks that a
//! draft is safe and that what it claims stands in its evidence. What it does not: no I/O, no model call, no
//! decision about a person. When a model's second opinion is wanted, the caller fetches it and hands it over.
//!
//! Invariants: a [`CleanPrompt`] exists only after [`screen_input`]; a [`Checked`] only after [`check_output`].
//! Both have private fields and no public constructor. Start reading at [`screen_input`].

mod bodies;
pub mod canary;
pub mod checked;
mod checks;
pub mod claims;
pub mod classify;
mod crypt;
mod deidentify;
pub mod dialogue;
pub mod draft;
pub mod evidence;
pub mod finding;
mod generalise;
mod identifiers;
mod keys;
pub mod kind;
mod mask;
mod normalise;
mod people;
mod places;
mod preserve;
pub mod profile;
pub mod prompt;
pub mod recogniser;
pub mod refusal;
pub mod risk;
pub mod routing;
mod scan;
mod screen;
mod sealed;
pub mod stream;
pub mod tuning;
mod variants;
mod vault;
pub mod words;

pub use checked::{Check, CheckStatus, Checked, Claim, Verdict, check_output, check_output_for};
pub use checks::risk_answer;
pub use claims::{Agreement, ClaimReport, VerifyReport, verify};
pub use deidentify::{Deidentified, Operator, Options, decrypted, deidentify, deidentify_with, find_personal_data};
pub use dialogue::{CleanDialogue, screen_dialogue};
pub use draft::{Draft, DraftSegment, Usage};
pub use evidence::Evidence;
pub use finding::{Finding, FindingCount, FoundValue, counted, with_values};
pub use identifiers::credit_code::is_credit_code;
pub use identifiers::resident_id::identity_check;
pub use keys::{Key, KeyError, KeyRing};
pub use kind::Kind;
pub use profile::{Profile, Unsupported};
pub use prompt::{CleanPrompt, Screened, screen_input};
pub use refusal::{Refusal, RefusalCode};
pub use risk::{Category, RiskFinding, RiskReport, risk};
pub use screen::{Action, Part, Rules, RulesError, ScreenFinding, ScreenReport, ScreenVerdict, screen, screen_by};
pub use sealed::{SealedVault, VaultError};
pub use tuning::{Mode, RuleCard, Settings, Side, Tuning, rule_cards};
pub use vault::{Restorer, Vault};

/// Unpacks the dictionaries and classifiers that screening, de-identification and verification use. Without it the first
/// question of a process pays for them, about a fifth of a second.
pub fn warm_up() {
    // Both scripts: each has its own classifier.
    let text = "hello \u{8bf7}\u{95ee}";
    drop((screen(text, None), risk(text), find_personal_data(text, &Options::default()), verify(text, &[text])));
}

//! Output: from a draft to a [`Checked`] one, with every check's result on it.

use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

use crate::{Draft, Evidence, Profile, Unsupported, checks};

/// Whether the evidence bears a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence says it.
    Supported,
    /// The evidence says otherwise.
    Contradicted,
    /// The evidence does not say it.
    Unsupported,
}

/// One claim of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The claim's words.
    pub text: String,
    /// What the evidence says to it.
    pub verdict: Verdict,
    /// The evidence numbers that bear it.
    pub citations: Vec<u32>,
    /// The ground of the verdict, such as `figure_differs: 三十日 / 十五日`.
    #[serde(default)]
    pub why: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Nothing to say.
    Pass,
    /// A person should look.
    Warn,
    /// It must not be released as it is.
    Fail,
}

/// One check of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule, such as `citation.resolves`.
    pub rule: String,
    /// How it ended.
    pub status: CheckStatus,
    /// What was seen, in words for a reviewer without personal data; empty on pass.
    pub detail: String,
}

/// A draft that went through every check of its profile. The hash is what a reviewer signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    draft: Draft,
    evidence: Vec<Evidence>,
    claims: Vec<Claim>,
    checks: Vec<Check>,
    removed: usize,
    hash: String,
}

impl Checked {
    /// The draft.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The evidence it was checked against.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// The claims with their verdicts.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The checks with their results.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Supported claims as a share of all, 0 to 1; what was taken out does not count.
    #[must_use]
    pub fn score(&self) -> f32 {
        let supported = self.claims.iter().filter(|claim| claim.verdict == Verdict::Supported).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of claims are small")]
        let share = supported as f32 / self.claims.len().max(1) as f32;
        share
    }

    /// How many claims were taken out because their evidence does not bear them.
    #[must_use]
    pub fn removed(&self) -> usize {
        self.removed
    }

    /// The worst status among the checks.
    #[must_use]
    pub fn worst(&self) -> CheckStatus {
        self.checks.iter().map(|check| check.status).max().unwrap_or(CheckStatus::Pass)
    }

    /// Whether a check of this name failed, such as `leak.canary`.
    #[must_use]
    pub fn failed(&self, rule: &str) -> bool {
        self.checks.iter().any(|check| check.rule == rule && check.status == CheckStatus::Fail)
    }

    /// SM3 over the answer's words, its citations and the evidence's identity, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// Checks a draft against its evidence.
#[must_use]
pub fn check_output(profile: &Profile, draft: Draft, evidence: &[Evidence]) -> Checked {
    check_output_for(profile, "", draft, evidence)
}

/// As [`check_output`], when the asker's own words are at hand: what they wrote themselves is no leak.
#[must_use]
pub fn check_output_for(profile: &Profile, question: &str, draft: Draft, evidence: &[Evidence]) -> Checked {
    let mut draft = draft;
    let mut claims = checks::claims(&draft, evidence);
    let removed = if profile.unsupported == Unsupported::Remove { take_out(&mut draft, &mut claims) } else { 0 };
    let checks = checks::all(profile, question, &draft, evidence, &claims);
    let hash = hash_of(&draft, evidence);
    Checked { draft, evidence: evidence.to_vec(), claims, checks, removed, hash }
}

/// Takes out the statements that their evidence does not bear, and says how many they were.
fn take_out(draft: &mut Draft, claims: &mut Vec<Claim>) -> usize {
    let keep: Vec<bool> = claims.iter().map(|claim| claim.verdict == Verdict::Supported).collect();
    let mut kept = keep.iter();
    draft.segments.retain(|_| kept.next().copied().unwrap_or(false));
    let before = claims.len();
    claims.retain(|claim| claim.verdict == Verdict::Supported);
    before - claims.len()
}

/// What a signature covers, in one fixed order.
#[derive(Serialize)]
struct Canonical<'d> {
    answer: Vec<(&'d str, &'d str, &'d str, &'d [u32])>,
    evidence: Vec<(u32, &'d str, &'d str)>,
}

/// SM3 over the answer's words and citations and the evidence's articles and versions.
fn hash_of(draft: &Draft, evidence: &[Evidence]) -> String {
    let canonical = Canonical {
        answer: draft
            .segments
            .iter()
            .map(|s| (s.lead.as_str(), s.text.as_str(), s.tail.as_str(), s.citations.as_slice()))
            .collect(),
        evidence: evidence.iter().map(|e| (e.n, e.article_id.as_str(), e.version_id.as_str())).collect(),
    };
    let bytes = serde_json::to_vec(&canonical).unwrap_or_default();
    Sm3::digest(&bytes).iter().fold(String::with_capacity(64), |mut hex, b| {
        hex.extend([b >> 4, b & 15].iter().filter_map(|n| char::from_digit(u32::from(*n), 16)));
        hex
    })
}

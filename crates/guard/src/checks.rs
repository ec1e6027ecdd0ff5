//! The checks of a draft, one function each. To add one: a function and a line in [`all`].

use crate::claims::{self, Flat, Passage};
use crate::deidentify::{Options, settled};
use crate::{Check, CheckStatus, Claim, Draft, Evidence, Kind, Profile, Unsupported, Verdict};

/// What a check looks at.
struct Desk<'d> {
    profile: &'d Profile,
    question: &'d str,
    draft: &'d Draft,
    evidence: &'d [Evidence],
    claims: &'d [Claim],
    answer: String,
}

/// A rule's name and how it is checked.
type Rule = (&'static str, fn(&Desk<'_>) -> Outcome);

/// A status and what was seen.
type Outcome = (CheckStatus, String);

const PASS: Outcome = (CheckStatus::Pass, String::new());

fn fail(detail: String) -> Outcome {
    (CheckStatus::Fail, detail)
}

/// The evidence a segment names.
fn cited<'e>(evidence: &'e [Evidence], numbers: &[u32]) -> Vec<&'e Evidence> {
    numbers.iter().filter_map(|n| evidence.iter().find(|e| e.n == *n)).collect()
}

/// The verdict on each segment against the evidence it names; without citations, against all of it.
pub(crate) fn claims(draft: &Draft, evidence: &[Evidence]) -> Vec<Claim> {
    let passage = |e: &Evidence| {
        let label = if e.text.trim_start().starts_with(&e.label) { "" } else { e.label.as_str() };
        Passage::new(&format!("《{}》{label}\n{}", e.document, e.text))
    };
    let passages: Vec<(u32, Passage)> = evidence.iter().map(|e| (e.n, passage(e))).collect();
    let said = Flat::new(&draft.text());
    draft
        .segments
        .iter()
        .map(|segment| {
            let (named, others): (Vec<&Passage>, Vec<&Passage>) = (
                passages.iter().filter(|(n, _)| segment.citations.contains(n)).map(|(_, p)| p).collect(),
                passages.iter().map(|(_, p)| p).collect(),
            );
            let passages = if segment.citations.is_empty() { others } else { named };
            let (verdict, why) = worst(&segment.text, &said, &passages);
            Claim { text: segment.text.clone(), verdict, citations: segment.citations.clone(), why }
        })
        .collect()
}

/// The worst verdict among the sentences of a segment.
fn worst(text: &str, said: &Flat, passages: &[&Passage]) -> (Verdict, String) {
    let desk = claims::Desk { said, passages, weights: claims::Fragments::built_in() };
    let mut worst = (Verdict::Supported, String::new());
    for (_, judgement) in desk.judge_all(&claims::split(text)) {
        match (judgement.verdict, worst.0) {
            (Verdict::Contradicted, _) => return (Verdict::Contradicted, judgement.why),
            (Verdict::Unsupported, Verdict::Supported) => worst = (Verdict::Unsupported, judgement.why),
            _ => {}
        }
    }
    worst
}

/// Every check, in the order a reviewer reads them.
pub(crate) fn all(
    profile: &Profile,
    question: &str,
    draft: &Draft,
    evidence: &[Evidence],
    claims: &[Claim],
) -> Vec<Check> {
    let desk = Desk { profile, question, draft, evidence, claims, answer: draft.text() };
    let rules: &[Rule] = &[
        ("answer.not_empty", not_empty),
        ("answer.length", length),
        ("citation.present", present),
        ("citation.resolves", resolves),
        ("citation.in_force", in_force),
        ("quote.verbatim", verbatim),
        ("claims.supported", supported),
        ("leak.canary", canary),
        ("leak.personal_data", personal_data),
        ("leak.prompt", prompt),
        ("output.secrecy", secrecy),
        ("output.risk", risk),
    ];
    rules
        .iter()
        .map(|(rule, check)| {
            let (status, detail) = check(&desk);
            Check { rule: (*rule).to_owned(), status, detail }
        })
        .collect()
}

/// `3, 5`: the places of the segments that a test finds, from 1.
fn places(draft: &Draft, test: impl Fn(usize, &crate::DraftSegment) -> bool) -> String {
    let places: Vec<String> =
        draft.segments.iter().enumerate().filter(|(i, s)| test(*i, s)).map(|(i, _)| (i + 1).to_string()).collect();
    places.join(", ")
}

fn found(places: &str, status: CheckStatus) -> Outcome {
    if places.is_empty() { PASS } else { (status, format!("segments: {places}")) }
}

fn not_empty(desk: &Desk<'_>) -> Outcome {
    if desk.draft.segments.iter().any(|s| s.text.chars().any(char::is_alphanumeric)) {
        PASS
    } else {
        fail("no words".to_owned())
    }
}

fn length(desk: &Desk<'_>) -> Outcome {
    let chars = desk.answer.chars().count();
    if chars > desk.profile.max_answer_chars {
        fail(format!("{chars} > {}", desk.profile.max_answer_chars))
    } else {
        PASS
    }
}

fn present(desk: &Desk<'_>) -> Outcome {
    if !desk.profile.require_citations {
        return PASS;
    }
    found(&places(desk.draft, |_, s| s.citations.is_empty() && !claims::split(&s.text).is_empty()), CheckStatus::Fail)
}

fn resolves(desk: &Desk<'_>) -> Outcome {
    found(
        &places(desk.draft, |_, s| s.citations.iter().any(|n| !desk.evidence.iter().any(|e| e.n == *n))),
        CheckStatus::Fail,
    )
}

fn in_force(desk: &Desk<'_>) -> Outcome {
    found(&places(desk.draft, |_, s| cited(desk.evidence, &s.citations).iter().any(|e| !e.in_force)), CheckStatus::Fail)
}

fn verbatim(desk: &Desk<'_>) -> Outcome {
    let missing = |s: &crate::DraftSegment| {
        let quote = Flat::new(&s.text);
        s.quoted && !cited(desk.evidence, &s.citations).iter().any(|e| Flat::new(&e.text).find(&quote.chars).is_some())
    };
    found(&places(desk.draft, |_, s| missing(s)), CheckStatus::Fail)
}

/// A contradicted claim must not leave; too many unsupported ones need a person.
fn supported(desk: &Desk<'_>) -> Outcome {
    let of = |verdict| places(desk.draft, |i, _| desk.claims.get(i).is_some_and(|claim| claim.verdict == verdict));
    let contradicted = of(Verdict::Contradicted);
    if !contradicted.is_empty() {
        return fail(format!("contradicted: {contradicted}"));
    }
    let all = desk.claims.len();
    let good = desk.claims.iter().filter(|claim| claim.verdict == Verdict::Supported).count();
    if desk.profile.unsupported == Unsupported::Mark && good > 0 {
        return PASS;
    }
    if all > 0 && good * 100 < all * usize::from(desk.profile.min_supported_percent) {
        return (CheckStatus::Warn, format!("unsupported: {}", of(Verdict::Unsupported)));
    }
    PASS
}

/// Kinds whose appearance out of nowhere is a leak. Names, addresses and bodies stand in laws and are judged as claims.
const LEAKS: &[Kind] = &[
    Kind::BankCard,
    Kind::DateOfBirth,
    Kind::Email,
    Kind::HkMoTwPermit,
    Kind::IdCard,
    Kind::IpAddress,
    Kind::MedicalRecord,
    Kind::Mobile,
    Kind::Passport,
    Kind::Qq,
    Kind::SocialSecurity,
    Kind::VehiclePlate,
    Kind::Wechat,
];

fn personal_data(desk: &Desk<'_>) -> Outcome {
    let options = Options { kinds: LEAKS.to_vec(), ..Options::default() };
    let known: Vec<Flat> =
        desk.evidence.iter().map(|e| e.text.as_str()).chain([desk.question]).map(Flat::new).collect();
    let mut kinds: Vec<&str> = settled(&desk.answer, &options)
        .into_iter()
        .filter(|hit| {
            let value = Flat::new(desk.answer.get(hit.start..hit.end).unwrap_or_default());
            !known.iter().any(|text| text.find(&value.chars).is_some())
        })
        .map(|hit| hit.kind.as_str())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { PASS } else { fail(format!("kinds: {}", kinds.join(", "))) }
}

/// A canary that leaves is an incident: the caller records it.
fn canary(desk: &Desk<'_>) -> Outcome {
    let leaked = crate::canary::find(&desk.answer, &desk.profile.canaries).is_some();
    if leaked { fail("a canary".to_owned()) } else { PASS }
}

fn prompt(desk: &Desk<'_>) -> Outcome {
    let marks = ["<think>", "</think>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "[INST]", "<<SYS>>"];
    if marks.iter().any(|mark| desk.answer.contains(mark)) { fail("model marks".to_owned()) } else { PASS }
}

/// What the model says in its own words; what it quotes from evidence was judged when it was published.
fn risk(desk: &Desk<'_>) -> Outcome {
    if !desk.profile.check_risk {
        return PASS;
    }
    let report = risks(desk.profile, desk.draft);
    let status = match report.verdict {
        crate::ScreenVerdict::Pass => return PASS,
        crate::ScreenVerdict::Review => CheckStatus::Warn,
        crate::ScreenVerdict::Block => CheckStatus::Fail,
    };
    let mut seen: Vec<String> = report.findings.iter().map(|f| format!("{} {}", f.category, f.rule)).collect();
    seen.sort_unstable();
    seen.dedup();
    (status, seen.join(", "))
}

/// What is risky in the words of a draft that are its own.
fn risks(profile: &Profile, draft: &Draft) -> crate::RiskReport {
    let own: Vec<&str> = draft.segments.iter().filter(|s| !s.quoted).map(|s| s.text.as_str()).collect();
    profile.tuning.risk(&own.join("\n"))
}

/// The answer of the refusal bank for a draft whose risk stops it; nothing for one that no risk stops.
#[must_use]
pub fn risk_answer(profile: &Profile, draft: &Draft) -> Option<&'static str> {
    let report = profile.check_risk.then(|| risks(profile, draft))?;
    let stopped = report.verdict == crate::ScreenVerdict::Block;
    stopped.then(|| crate::risk::RiskRules::built_in().refusal(&report.findings)).flatten()
}

fn secrecy(desk: &Desk<'_>) -> Outcome {
    let mut hits = Vec::new();
    crate::identifiers::secrecy::find(&desk.answer, &mut hits);
    if hits.is_empty() { PASS } else { fail(format!("marks: {}", hits.len())) }
}

//! Decomposing a policy's text: conditions, benefit, window, materials, each with the words that bear it. The machine
//! proposes; a person confirms. What the rules cannot read becomes a condition for a person and is never dropped.

mod benefit;
mod quantity;
mod sentence;
mod window;

use kernel::Region;
use serde::{Deserialize, Serialize};

use crate::field::Fields;
use crate::policy::{Benefit, BenefitKind, Clause, Condition, Cumulation, EnterprisePolicy, Window};

/// One article of a policy document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceArticle {
    /// Its id in the knowledge base, when it is there.
    pub article_id: Option<String>,
    /// Its label.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// Its text.
    pub text: String,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: String,
    /// Its document number.
    pub doc_number: Option<String>,
    /// Where it applies.
    pub region: Option<Region>,
    /// Its articles.
    pub articles: Vec<SourceArticle>,
}

/// What somebody should know about a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalNote {
    /// `no_benefit`, `no_conditions`, `no_numbers`, `for_a_person`, `no_window`.
    pub code: String,
    /// The item it is about, by its place; absent when it is the whole document.
    pub policy: Option<usize>,
    /// Where.
    pub label: String,
    /// The words.
    pub quote: String,
}

/// What the machine read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// The items of the document that give something. Their ids are empty: whoever keeps them gives them.
    pub policies: Vec<EnterprisePolicy>,
    /// What somebody should know.
    pub notes: Vec<ProposalNote>,
}

/// What articles under a heading are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Conditions,
    Materials,
    Window,
    Other,
}

/// What all items of the document share.
#[derive(Default)]
struct Shared {
    conditions: Vec<Condition>,
    window: Window,
    cumulation: Cumulation,
    /// Whether only rewards are meant where only the highest counts.
    only_rewards: bool,
    materials: Vec<String>,
    department: String,
}

/// Reads a document.
#[must_use]
pub fn propose(fields: &Fields, source: &Source) -> Proposal {
    let mut shared = Shared::default();
    let mut items: Vec<EnterprisePolicy> = Vec::new();
    let reader = sentence::Reader::new(fields, source.region.as_ref());
    for article in &source.articles {
        let mut part = part_of(article);
        for piece in sentence::pieces(&article.text) {
            let clause = |quote: &str| Clause {
                article_id: article.article_id.clone(),
                label: article.label.clone(),
                quote: quote.to_owned(),
            };
            let text = piece.text;
            if let Some(next) = headed(text) {
                part = next;
                continue;
            }
            if let Some(next) = opens(text) {
                part = next;
            }
            window::read(text, &clause, &mut shared.window);
            if sentence::forbids_both(text) {
                shared.only_rewards = sentence::names_rewards(text);
                shared.cumulation = Cumulation {
                    only_highest: true,
                    among: sentence::among(text),
                    never_with: Vec::new(),
                    evidence: Some(clause(text)),
                };
                continue;
            }
            if let Some(department) = window::department(text) {
                shared.department = department;
            }
            if part == Part::Materials {
                shared.materials.extend(window::materials(text));
                continue;
            }
            match benefit::read(&reader, heading(article).unwrap_or_default(), text) {
                Some(found) if part != Part::Conditions || found.is_plain() => {
                    let mut conditions = Vec::new();
                    reader.conditions(&found.subject, &clause, true, &mut conditions);
                    let benefit = Benefit { evidence: clause(text), ..found.benefit };
                    items.push(EnterprisePolicy {
                        title: title(article, &found.subject, source),
                        document: source.title.clone(),
                        issuer: source.issuer.clone(),
                        doc_number: source.doc_number.clone(),
                        region: source.region.clone(),
                        theme: found.theme,
                        conditions,
                        benefit,
                        ..EnterprisePolicy::default()
                    });
                }
                _ if part == Part::Conditions && !sentence::only_opens(text) => {
                    reader.conditions(text, &clause, false, &mut shared.conditions);
                }
                // A cap in a sentence of its own belongs to the item before it.
                _ => {
                    if let (Some(cap), Some(item)) = (benefit::cap_alone(text), items.last_mut())
                        && item.benefit.evidence.label == article.label
                        && item.benefit.cap.is_none()
                    {
                        item.benefit.cap = Some(cap);
                        item.benefit.evidence.quote = format!("{}。{text}", item.benefit.evidence.quote);
                    } else if part == Part::Other && sentence::is_scope(text) {
                        reader.conditions(text, &clause, false, &mut shared.conditions);
                    }
                }
            }
        }
    }
    finish(items, &shared, source)
}

fn finish(items: Vec<EnterprisePolicy>, shared: &Shared, source: &Source) -> Proposal {
    let mut proposal = Proposal::default();
    let note = |code: &str, policy: Option<usize>, at: &Clause| ProposalNote {
        code: code.to_owned(),
        policy,
        label: at.label.clone(),
        quote: at.quote.clone(),
    };
    if items.is_empty() {
        let quote = source.articles.first().map(|article| article.text.chars().take(60).collect()).unwrap_or_default();
        proposal.notes.push(note("no_benefit", None, &Clause { quote, ..Clause::default() }));
    }
    for (at, mut item) in items.into_iter().enumerate() {
        let own = item.conditions.iter().map(|c| c.group).max().map_or(0, |last| last + 1);
        item.conditions.extend(shared.conditions.iter().cloned().map(|c| Condition { group: c.group + own, ..c }));
        item.window = shared.window.clone();
        if !shared.only_rewards || item.benefit.kind == BenefitKind::Reward {
            item.cumulation = shared.cumulation.clone();
        }
        item.materials.clone_from(&shared.materials);
        item.department.clone_from(&shared.department);
        if item.conditions.is_empty() {
            proposal.notes.push(note("no_conditions", Some(at), &item.benefit.evidence));
        }
        if item.benefit.amount.is_none() && item.benefit.rate.is_none() && item.benefit.cap.is_none() {
            proposal.notes.push(note("no_numbers", Some(at), &item.benefit.evidence));
        }
        for condition in item.conditions.iter().filter(|condition| condition.field.is_none()) {
            // What all items share is told once, with the first of them.
            let next = note("for_a_person", Some(at), &condition.evidence);
            if !proposal
                .notes
                .iter()
                .any(|known| known.code == next.code && known.quote == next.quote && known.label == next.label)
            {
                proposal.notes.push(next);
            }
        }
        if item.window.until.is_none() {
            proposal.notes.push(note("no_window", Some(at), &Clause::default()));
        }
        proposal.policies.push(item);
    }
    proposal
}

fn part_of(article: &SourceArticle) -> Part {
    let first = article.text.lines().next().unwrap_or_default();
    let heading = if first.chars().count() <= 20 { first } else { "" };
    let own = [article.label.as_str(), heading].into_iter().chain(article.path.iter().rev().map(String::as_str));
    own.map(part_of_heading).find(|part| *part != Part::Other).unwrap_or(Part::Other)
}

/// The words of headings, and what stands under them.
const HEADINGS: &[(Part, &[&str])] = &[
    (
        Part::Conditions,
        &["申报条件", "申请条件", "支持对象", "适用范围", "适用对象", "享受条件", "基本条件", "申报对象"],
    ),
    (Part::Materials, &["申报材料", "申请材料", "所需材料"]),
    (Part::Window, &["申报时间", "申请时间", "受理时间", "申报期限", "有效期"]),
];

fn part_of_heading(heading: &str) -> Part {
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    HEADINGS.iter().find(|(_, words)| has(words)).map_or(Part::Other, |(part, _)| *part)
}

/// What follows a heading that stands inside an article: `第一条　支持对象。在本市依法登记的企业。`
fn headed(text: &str) -> Option<Part> {
    if text.chars().count() > 10 {
        return None;
    }
    let ends = |words: &[&str]| words.iter().any(|word| text.ends_with(word));
    HEADINGS.iter().find(|(_, words)| ends(words)).map(|(part, _)| *part)
}

/// What a sentence that introduces a list is about: `申报企业应当同时符合下列条件：`; or one behind a heading and a
/// colon: `支持对象：在本市依法登记的企业`.
fn opens(text: &str) -> Option<Part> {
    if let Some((before, _)) = text.split_once('：')
        && let Some(part) = headed(before)
    {
        return Some(part);
    }
    if text.ends_with('：') && ["下列条件", "以下条件", "条件："].iter().any(|word| text.contains(word)) {
        return Some(Part::Conditions);
    }
    let materials = ["下列材料", "以下材料", "申报材料：", "申请材料："].iter().any(|word| text.contains(word));
    materials.then_some(Part::Materials)
}

/// The short heading at an article's beginning.
fn heading(article: &SourceArticle) -> Option<&str> {
    let first = sentence::bare(article.text.split(['。', '\n', '：']).next().unwrap_or_default());
    ((3..=24).contains(&first.chars().count()) && !first.contains('，')).then_some(first)
}

/// What an item is called: the heading of its article, or what it is given for.
fn title(article: &SourceArticle, subject: &str, source: &Source) -> String {
    if let Some(heading) = heading(article) {
        return heading.to_owned();
    }
    let subject: String = subject.trim_start_matches('对').trim_end_matches(['，', '的']).chars().take(28).collect();
    if subject.chars().count() >= 4 { subject } else { format!("{} {}", source.title, article.label) }
}

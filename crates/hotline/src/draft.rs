//! The drafted work order (工单草稿): every field with what speaks for it. No model is asked; the same text gives the
//! same draft. A person adopts, changes or rejects each field.

use guard::{Operator, Options};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::people::{self, Caller};
use crate::places::{self, Locality};
use crate::policy::Policy;
use crate::taxonomy::{self, Category};
use crate::urgency;

/// The most characters of a call that are read; what follows is kept and not drafted from.
pub const MOST_CHARS: usize = 20_000;
/// The most characters of a summary.
const SUMMARY_CHARS: usize = 120;
/// The most questions that are put before an operator at once.
const MOST_QUESTIONS: usize = 5;

/// What a caller wants (诉求类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealKind {
    /// 咨询.
    Consult,
    /// 求助.
    Help,
    /// 投诉.
    Complaint,
    /// 举报.
    Report,
    /// 建议.
    Suggestion,
    /// 表扬.
    Praise,
    /// 其他.
    Other,
}

impl AppealKind {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consult => "consult",
            Self::Help => "help",
            Self::Complaint => "complaint",
            Self::Report => "report",
            Self::Suggestion => "suggestion",
            Self::Praise => "praise",
            Self::Other => "other",
        }
    }
}

/// How urgent an appeal is (紧急程度), the least first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 一般.
    #[default]
    Normal,
    /// 紧急.
    Urgent,
    /// 特急.
    Critical,
}

impl Urgency {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Urgent => "urgent",
            Self::Critical => "critical",
        }
    }

    /// Its order in the store: the most urgent has the highest.
    #[must_use]
    pub fn rank(self) -> i16 {
        match self {
            Self::Normal => 0,
            Self::Urgent => 1,
            Self::Critical => 2,
        }
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// 来电人.
    Caller,
    /// 话务员.
    Operator,
}

impl Speaker {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Operator => "operator",
        }
    }
}

/// Something said in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utterance {
    /// Who said it.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

/// Why a field of a draft is as it is: a code, and the words that speak for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code, such as `words`; the page has its words.
    pub code: String,
    /// What was found.
    pub words: Vec<String>,
}

impl Reason {
    pub(crate) fn of(code: &str, words: impl IntoIterator<Item = String>) -> Self {
        Self { code: code.to_owned(), words: words.into_iter().collect() }
    }
}

/// A field of a draft with why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed<T> {
    /// The value.
    pub value: T,
    /// Why.
    pub reason: Reason,
}

/// A department that should handle an appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// Its id in the city's file.
    pub department: String,
    /// Why.
    pub reason: Reason,
}

/// A question that an operator may ask next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What is missing.
    pub missing: String,
    /// The question in Chinese.
    pub zh: String,
    /// The question in English.
    pub en: String,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The code, such as `id_check_digit`.
    pub code: String,
    /// Details: never a person's number in full.
    #[serde(default)]
    pub detail: String,
}

impl Flag {
    pub(crate) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

/// A drafted work order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What the caller asks, for the answer flow.
    pub question: String,
    /// 诉求类型.
    pub kind: Proposed<AppealKind>,
    /// 摘要, without personal data.
    pub summary: String,
    /// What was said, without personal data.
    pub content: String,
    /// 事发地点.
    pub place: Proposed<Locality>,
    /// 诉求分类; absent when nothing in the text tells it.
    pub category: Option<Proposed<Category>>,
    /// The next best categories.
    pub alternatives: Vec<Proposed<Category>>,
    /// 紧急程度.
    pub urgency: Proposed<Urgency>,
    /// The emergency number the caller should be put through to, when there is one.
    pub hand_over: Option<String>,
    /// 来电人.
    pub caller: Caller,
    /// Whether the caller's identity is kept from departments, and why.
    pub secrecy: Proposed<bool>,
    /// 主办单位.
    pub responsible: Option<Assignee>,
    /// 协办单位.
    pub assisting: Vec<Assignee>,
    /// Why the hotline might not take it (不予受理), as a code.
    pub declined: Option<Reason>,
    /// What to ask next.
    pub follow_ups: Vec<FollowUp>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
}

/// Reads a transcript that was pasted as one text: a line may begin with who speaks.
#[must_use]
pub fn utterances(policy: &Policy, text: &str) -> Vec<Utterance> {
    let names = &policy.settings.speakers;
    let mut all: Vec<Utterance> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let spoken = line.split_once(['：', ':']).and_then(|(name, said)| {
            let is = |list: &[String]| list.iter().any(|known| known == name.trim());
            let speaker = match (is(&names.caller), is(&names.operator)) {
                (true, _) => Speaker::Caller,
                (false, true) => Speaker::Operator,
                (false, false) => return None,
            };
            Some(Utterance { speaker, text: said.trim().to_owned() })
        });
        match (spoken, all.last_mut()) {
            (Some(spoken), _) => all.push(spoken),
            // A line without a name goes on with the one before.
            (None, Some(last)) => {
                last.text.push('\n');
                last.text.push_str(line);
            }
            (None, None) => all.push(Utterance { speaker: Speaker::Caller, text: line.to_owned() }),
        }
    }
    all
}

/// Drafts a work order from what was said until now.
#[must_use]
pub fn draft(policy: &Policy, said: &[Utterance], now: Timestamp) -> Draft {
    let mut flags = Vec::new();
    let text = caller_text(said, &mut flags);
    let categories = taxonomy::categories(policy, &text);
    let kind = kind(policy, &text, !categories.is_empty());
    let found = urgency::urgency(policy, &text);
    let place = places::locality(policy, &text);
    let (caller, seen) = people::caller(policy, &text, now);
    flags.extend(seen);
    let mut categories = categories.into_iter().map(|(value, reason)| Proposed { value, reason });
    let category = categories.next();
    let alternatives: Vec<_> = categories.collect();
    let secrecy = secrecy(policy, &text, kind.value);
    let declined = declined(policy, &text);
    let (responsible, assisting) = handlers(policy, category.as_ref(), &place);
    if place.region.is_none() && !text.is_empty() {
        flags.push(Flag::new(if place.detail.is_empty() { "place_missing" } else { "place_unknown" }, &*place.detail));
    }
    if place.region.as_ref().is_some_and(|region| !policy.region().contains(region)) {
        flags.push(Flag::new("place_elsewhere", &*place.name));
    }
    if let Some(word) = policy.heard("repeat").iter().find(|word| text.contains(word.as_str())) {
        flags.push(Flag::new("repeat_said", word.as_str()));
    }
    if category.is_none() && !text.is_empty() {
        flags.push(Flag::new("category_unknown", ""));
    }
    if !policy.calendar().knows(now.date()) {
        flags.push(Flag::new("calendar_year_missing", now.date().year().to_string()));
    }
    let summary = summary(policy, &text, category.as_ref(), &place);
    let mut draft = Draft {
        question: hidden(&question(policy, &text, &summary)),
        kind,
        summary: hidden(&summary),
        content: hidden(&text),
        place: Proposed {
            reason: Reason::of(if place.name.is_empty() { "none" } else { "named" }, [place.name.clone()]),
            value: place,
        },
        category,
        alternatives,
        urgency: Proposed { value: found.level, reason: Reason::of(&found.code, found.words) },
        hand_over: found.hand_over,
        caller,
        secrecy,
        responsible,
        assisting,
        declined,
        follow_ups: Vec::new(),
        flags,
    };
    draft.follow_ups = follow_ups(policy, &draft, &text);
    draft
}

/// What the caller said; everything when nobody is marked as the caller.
fn caller_text(said: &[Utterance], flags: &mut Vec<Flag>) -> String {
    let own: Vec<&str> = said.iter().filter(|u| u.speaker == Speaker::Caller).map(|u| u.text.as_str()).collect();
    let whole = if own.is_empty() { said.iter().map(|u| u.text.as_str()).collect() } else { own }.join("\n");
    if whole.trim().is_empty() {
        flags.push(Flag::new("empty", ""));
        return String::new();
    }
    match whole.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => {
            flags.push(Flag::new("truncated", MOST_CHARS.to_string()));
            whole.get(..end).unwrap_or_default().to_owned()
        }
        None => whole,
    }
}

/// A text as departments may see it: personal data masked, places and public bodies kept.
#[must_use]
pub fn hidden(text: &str) -> String {
    let kinds: Vec<guard::Kind> = guard::Kind::ALL
        .iter()
        .copied()
        // Where it happens and whom it is about are what the work order is for.
        .filter(|kind| !matches!(kind, guard::Kind::Address | guard::Kind::Organisation | guard::Kind::Url))
        .collect();
    let text = guard::deidentify(text, &Options { kinds, operator: Operator::Mask, ..Options::default() }).text;
    without_long_numbers(&text)
}

/// A number that is nearly an identity number or a card still tells who somebody is.
fn without_long_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || (run.len() >= 15 && matches!(c, 'x' | 'X')) {
            run.push(c);
            continue;
        }
        let hide = (15..=19).contains(&run.len());
        shown.push_str(&if hide { people::ends(&run) } else { std::mem::take(&mut run) });
        run.clear();
        shown.push(c);
    }
    shown.pop();
    shown
}

fn kind(policy: &Policy, text: &str, has_category: bool) -> Proposed<AppealKind> {
    for kinds in &policy.settings.kinds {
        let words: Vec<String> = kinds.words.iter().filter(|word| text.contains(word.as_str())).cloned().collect();
        if !words.is_empty() {
            return Proposed { value: kinds.kind, reason: Reason::of("words", words) };
        }
    }
    // Somebody who names a matter and asks nothing wants it seen to.
    let value = if has_category { AppealKind::Help } else { AppealKind::Other };
    Proposed { value, reason: Reason::of("none", []) }
}

fn secrecy(policy: &Policy, text: &str, kind: AppealKind) -> Proposed<bool> {
    let words: Vec<String> =
        policy.settings.secrecy.words.iter().filter(|word| text.contains(word.as_str())).cloned().collect();
    match (words.is_empty(), kind) {
        (false, _) => Proposed { value: true, reason: Reason::of("words", words) },
        (true, AppealKind::Report) => Proposed { value: true, reason: Reason::of("report", []) },
        (true, _) => Proposed { value: false, reason: Reason::of("none", []) },
    }
}

fn declined(policy: &Policy, text: &str) -> Option<Reason> {
    policy.settings.declined.iter().find_map(|declined| {
        let words: Vec<String> = declined.words.iter().filter(|word| text.contains(word.as_str())).cloned().collect();
        (!words.is_empty()).then(|| Reason::of(&declined.code, words))
    })
}

fn handlers(
    policy: &Policy,
    category: Option<&Proposed<Category>>,
    place: &Locality,
) -> (Option<Assignee>, Vec<Assignee>) {
    let Some(leaf) = category.and_then(|category| policy.taxonomy().leaf(&category.value.code)) else {
        return (None, Vec::new());
    };
    let because = |id: &String| Assignee {
        department: id.clone(),
        reason: Reason::of("category", [leaf.path.get(2).cloned().unwrap_or_default()]),
    };
    let responsible = leaf.department.as_ref().map(because);
    let mut assisting: Vec<Assignee> = leaf.assisting.iter().map(because).collect();
    for department in policy.departments() {
        let here = department.region.as_ref().zip(place.region.as_ref()).is_some_and(|(own, at)| own.contains(at));
        if here && responsible.as_ref().is_none_or(|handler| handler.department != department.id) {
            let reason = Reason::of("place", [place.name.clone()]);
            assisting.push(Assignee { department: department.id.clone(), reason });
        }
    }
    (responsible, assisting)
}

/// The sentences of a text with their ends.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['。', '！', '？', '!', '?', '；', '\n']).map(str::trim).filter(|s| s.chars().count() > 1)
}

/// The two sentences that say most, in their order.
fn summary(policy: &Policy, text: &str, category: Option<&Proposed<Category>>, place: &Locality) -> String {
    let words = category.map(|category| category.reason.words.as_slice()).unwrap_or_default();
    let worth = |sentence: &str| {
        let matters = words.iter().filter(|word| sentence.contains(word.as_str())).count() * 3;
        let asks =
            policy.settings.kinds.iter().flat_map(|k| &k.words).filter(|w| sentence.contains(w.as_str())).count();
        let here = usize::from(!place.detail.is_empty() && sentence.contains(&place.detail)) * 3;
        let says = usize::from(sentence.chars().count() > 8);
        // Who calls belongs to the contact, not to the matter.
        let self_only = policy.heard("name").iter().any(|word| sentence.contains(word.as_str()));
        (matters + asks * 2 + here + says).saturating_sub(usize::from(self_only) * 3)
    };
    let mut ranked: Vec<(usize, usize, &str)> =
        sentences(text).enumerate().map(|(n, sentence)| (worth(sentence), n, sentence)).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(2);
    ranked.sort_by_key(|(_, n, _)| *n);
    let joined: String = ranked.into_iter().map(|(.., sentence)| sentence).collect();
    shortened(&joined)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SUMMARY_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What the caller asks: the last question of the text, or what it is about.
fn question(policy: &Policy, text: &str, summary: &str) -> String {
    let consult = policy.settings.kinds.iter().find(|kinds| kinds.kind == AppealKind::Consult);
    let words = consult.map(|kinds| kinds.words.as_slice()).unwrap_or_default();
    let asked = sentences(text)
        .filter(|sentence| sentence.ends_with(['？', '?']) || words.iter().any(|word| sentence.contains(word.as_str())))
        .last();
    shortened(asked.unwrap_or(summary))
}

/// What is missing, the most pressing first.
fn follow_ups(policy: &Policy, draft: &Draft, text: &str) -> Vec<FollowUp> {
    if text.is_empty() {
        return Vec::new();
    }
    let unheard = |what: &str| !policy.heard(what).iter().any(|word| text.contains(word.as_str()));
    let asks = draft.kind.value == AppealKind::Consult;
    let mut missing: Vec<&str> = Vec::new();
    if draft.urgency.value == Urgency::Critical {
        missing.push("safety");
    }
    if !asks && draft.place.value.detail.is_empty() {
        missing.push("place");
    }
    if !asks && unheard("time") {
        missing.push("time");
    }
    if matches!(draft.kind.value, AppealKind::Complaint | AppealKind::Report) && unheard("object") {
        missing.push("object");
    }
    if draft.kind.value == AppealKind::Report && draft.secrecy.reason.code == "report" {
        missing.push("secrecy");
    }
    if !asks && unheard("before") {
        missing.push("before");
    }
    if !asks && draft.caller.phone.is_none() && !draft.caller.anonymous {
        missing.push("contact");
    }
    if !asks && draft.caller.name.is_none() && !draft.caller.anonymous {
        missing.push("name");
    }
    let of_category = draft
        .category
        .as_ref()
        .and_then(|category| policy.taxonomy().leaf(&category.value.code))
        .and_then(|leaf| leaf.ask.clone())
        .map(|(zh, en)| FollowUp { missing: "category".to_owned(), zh, en });
    let words = |missing: &str| {
        let words = policy.settings.questions.iter().find(|words| words.missing == missing)?;
        Some(FollowUp { missing: missing.to_owned(), zh: words.zh.clone(), en: words.en.clone() })
    };
    let mut all: Vec<FollowUp> = missing.iter().filter_map(|missing| words(missing)).collect();
    if let Some(own) = of_category {
        let at = all.iter().take_while(|ask| matches!(ask.missing.as_str(), "safety" | "place")).count();
        all.insert(at, own);
    }
    all.truncate(MOST_QUESTIONS);
    all
}

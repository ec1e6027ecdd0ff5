//! The bank of refusals: what an asker reads when nothing is answered, in two languages, with the next step. What
//! ships stands in `policies/refusals.toml`; other words take effect when another person has approved them in the
//! review queue, which keeps every version.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use guard::RefusalCode;
use guard::risk::RiskRules;
use guard::routing::Label;
use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::{DataLevel, Timestamp};
use review::{Item, Kind, NewItem, Ruling, State, Terms};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Store, Tx, sm3_hex};

use crate::phrases::{Language, Phrases};
use crate::run::RunRefusal;
use crate::{Assistant, Error};

/// The topic of the change log that says whose words changed.
const TOPIC: &str = "refusals";
/// The most characters of each text, and of the reason of a change.
const WORDS_CHARS: usize = 300;
const WHY_CHARS: usize = 500;
/// Minutes in which a proposal should be looked at.
const REVIEW_MINUTES: u32 = 3 * 24 * 60;

/// The words of one refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalWords {
    /// What it says, in Chinese.
    pub message: String,
    /// What to do next, in Chinese.
    pub next_step: String,
    /// What it says, in English.
    pub message_en: String,
    /// What to do next, in English.
    pub next_step_en: String,
}

impl RefusalWords {
    /// What it says and what to do next.
    #[must_use]
    pub fn in_language(&self, language: Language) -> (&str, &str) {
        match language {
            Language::Chinese => (&self.message, &self.next_step),
            Language::English => (&self.message_en, &self.next_step_en),
        }
    }

    fn trimmed(&self) -> Self {
        let trim = |text: &str| text.trim().to_owned();
        Self {
            message: trim(&self.message),
            next_step: trim(&self.next_step),
            message_en: trim(&self.message_en),
            next_step_en: trim(&self.next_step_en),
        }
    }

    fn fits(&self) -> bool {
        let texts = [&self.message, &self.next_step, &self.message_en, &self.next_step_en];
        texts.iter().all(|text| (1..=WORDS_CHARS).contains(&text.chars().count()))
    }

    /// What a reviewer signs.
    fn hash(&self, name: &str) -> String {
        sm3_hex(json!([name, self]).to_string().as_bytes())
    }
}

/// What was proposed for one refusal, and what came of it.
#[derive(Debug, Clone)]
pub struct RefusalVersion {
    /// The words.
    pub words: RefusalWords,
    /// Why they were proposed.
    pub why: String,
    /// The item of the review queue: who asked, who decided, and when.
    pub item: Item,
}

impl RefusalVersion {
    /// Reads a version back from its item; nothing when it holds none.
    fn of(item: Item) -> Option<Self> {
        let payload: Proposed = serde_json::from_value(item.payload.clone()).ok()?;
        Some(Self { words: payload.words, why: payload.why, item })
    }

    /// When it took effect; nothing unless exactly these words were approved.
    #[must_use]
    pub fn approved_at(&self) -> Option<Timestamp> {
        let decided = self.item.decided.as_ref().filter(|_| self.item.state.is_release())?;
        let same = decided.release_hash.as_deref() == Some(self.words.hash(&self.item.subject).as_str());
        same.then_some(decided.at)
    }

    /// Whether somebody must still decide or say more.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.item.state.is_final()
    }
}

/// What the item of a proposal holds. `before` shows the reviewer what is in force.
#[derive(Debug, Serialize, Deserialize)]
struct Proposed {
    words: RefusalWords,
    before: RefusalWords,
    why: String,
}

/// One refusal of the bank.
#[derive(Debug, Clone)]
pub struct RefusalEntry {
    /// Its name: a refusal code, or an answer that `policies/guard_risk.toml` names.
    pub name: String,
    /// The routing labels that lead to it.
    pub labels: Vec<Label>,
    /// The risks of GB/T 45654 that lead to it.
    pub risks: Vec<guard::Category>,
    /// The words in force.
    pub words: RefusalWords,
    /// The version they come from; nothing for what ships.
    pub in_force: Option<RefusalVersion>,
    /// What waits for a decision.
    pub waiting: Option<RefusalVersion>,
}

/// The approved words as this server last saw them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bank(Arc<RwLock<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// The number of the last change; nothing before the first look.
    at: Option<i64>,
    words: Arc<BTreeMap<String, RefusalWords>>,
}

impl Bank {
    /// The words that were approved, by name. One short query when nothing moved since the last look.
    async fn words(&self, assistant: &Assistant, store: &Store) -> Result<Arc<BTreeMap<String, RefusalWords>>, Error> {
        let latest = store.changes().latest(TOPIC).await?;
        {
            let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if seen.at == Some(latest) {
                return Ok(Arc::clone(&seen.words));
            }
        }
        let mut words = BTreeMap::new();
        for (name, versions) in assistant.refusal_versions().await? {
            if let Some(version) = latest_approved(&versions) {
                words.insert(name, version.words.clone());
            }
        }
        let words = Arc::new(words);
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A look that began earlier and ends later must not bring the past back.
        if seen.at.is_none_or(|at| at <= latest) {
            *seen = Seen { at: Some(latest), words: Arc::clone(&words) };
        }
        Ok(words)
    }
}

fn latest_approved(versions: &[RefusalVersion]) -> Option<&RefusalVersion> {
    // One proposal waits at a time, so the approved ones follow each other.
    versions.iter().filter_map(|version| Some((version.approved_at()?, version))).max_by_key(|(at, _)| *at).map(|v| v.1)
}

/// The routing labels that end with this refusal.
fn labels_of(name: &str) -> Vec<Label> {
    let ends_so = |label: &Label| label.refusal().is_some_and(|code| code.as_str() == name);
    Label::ALL.into_iter().filter(ends_so).collect()
}

/// The risks that are met with this refusal.
fn risks_of(name: &str) -> Vec<guard::Category> {
    let met_so = RiskRules::built_in().answers().iter().filter(|(_, answer)| answer.as_str() == name);
    met_so.map(|(category, _)| *category).collect()
}

impl Assistant {
    /// What the asker of a refused question reads: the words in force for the refusal's own answer, else those for its
    /// code.
    pub async fn refusal_words(
        &self,
        store: &Store,
        phrases: &Phrases,
        refusal: &RunRefusal,
    ) -> Result<RefusalWords, Error> {
        let approved = self.inner.bank.words(self, store).await?;
        let of = |name: &str| approved.get(name).or_else(|| phrases.shipped_refusal(name)).cloned();
        let code = refusal.code.as_str();
        let own = refusal.answer.as_deref().and_then(of);
        Ok(own.or_else(|| of(code)).unwrap_or_else(|| bare(refusal.code)))
    }

    /// The bank, by name.
    pub async fn refusals(&self, cx: &Cx, permit: &Permit, phrases: &Phrases) -> Result<Vec<RefusalEntry>, Error> {
        permit.demand(cx, &READ)?;
        let mut versions = self.refusal_versions().await?;
        let entries = phrases
            .shipped_refusals()
            .map(|(name, shipped)| entry_of(name, shipped, versions.remove(name).unwrap_or_default()));
        Ok(entries.collect())
    }

    /// Everything that was ever proposed for one refusal, the latest first.
    pub async fn refusal_history(
        &self,
        cx: &Cx,
        permit: &Permit,
        phrases: &Phrases,
        name: &str,
    ) -> Result<Vec<RefusalVersion>, Error> {
        permit.demand(cx, &READ)?;
        phrases.shipped_refusal(name).ok_or_else(|| Error::NoRefusal(name.to_owned()))?;
        self.versions_of(name).await
    }

    /// Proposes other words for a refusal. Askers read them when another person has approved them. While one
    /// proposal waits there is no second; one that was sent back is taken back by the next.
    pub async fn propose_refusal(
        &self,
        cx: &Cx,
        permit: &Permit,
        phrases: &Phrases,
        name: &str,
        words: &RefusalWords,
        why: &str,
    ) -> Result<RefusalEntry, Error> {
        permit.demand(cx, &CHANGE)?;
        let shipped = phrases.shipped_refusal(name).ok_or_else(|| Error::NoRefusal(name.to_owned()))?;
        let (words, why) = (words.trimmed(), why.trim());
        if !words.fits() {
            return Err(Error::BadRefusal("each text has 1 to 300 characters, in both languages"));
        }
        if why.is_empty() || why.chars().count() > WHY_CHARS {
            return Err(Error::BadRefusal("`why` has 1 to 500 characters"));
        }
        let approved = self.inner.bank.words(self, cx.store()).await?;
        let before = approved.get(name).unwrap_or(shipped).clone();
        if before == words {
            return Err(Error::BadRefusal("these words are in force already"));
        }
        let hash = words.hash(name);
        let matter = NewItem::matter(Kind::Refusal, name, hash, words.message.clone(), Terms::within(REVIEW_MINUTES));
        let payload = json!(Proposed { words, before, why: why.to_owned() });
        // Everybody may read what a refusal says.
        let (level, reason) = (DataLevel::Public, "refusal.changed".to_owned());
        let tx = cx.store().begin().await?;
        let standing = self.reviews().standing_of(Kind::Refusal, name).await?;
        if let Some(returned) = standing.filter(|standing| standing.state == State::Returned) {
            self.reviews().withdraw_for(&tx, cx, &returned.id).await?;
        }
        self.reviews().enqueue(&tx, cx, NewItem { level, payload, reason, ..matter }).await?;
        tx.commit().await?;
        Ok(entry_of(name, shipped, self.versions_of(name).await?))
    }

    /// Lets a decision on the words of a refusal take effect, in its transaction.
    pub(crate) async fn settle_refusal(&self, tx: &Tx<'_>, cx: &Cx, ruling: &Ruling) -> Result<(), Error> {
        let version = RefusalVersion::of(ruling.item.clone()).ok_or(Error::Damaged("a refusal"))?;
        let hash = version.words.hash(&ruling.item.subject);
        match &ruling.approval {
            None => return Ok(()),
            Some(approval) if !approval.admits_hash(&hash) => return Err(Error::HashMismatch),
            Some(_) => {}
        }
        let name = &ruling.item.subject;
        let details = json!({ "what": "approved", "hash": hash, "review": ruling.item.id });
        let record = cx.record(Deed::PolicyChanged, format!("refusal:{name}"), details);
        cx.store().audit().append(tx, store::Record { reason: Some(version.why), ..record }).await?;
        cx.store().changes().append(tx, TOPIC, name).await?;
        Ok(())
    }

    /// The versions of one refusal, the latest first.
    async fn versions_of(&self, name: &str) -> Result<Vec<RefusalVersion>, Error> {
        let items = self.reviews().all_of(Kind::Refusal, Some(name)).await?;
        Ok(items.into_iter().filter_map(RefusalVersion::of).collect())
    }

    /// All versions by name, the latest first.
    async fn refusal_versions(&self) -> Result<BTreeMap<String, Vec<RefusalVersion>>, Error> {
        let mut all: BTreeMap<String, Vec<RefusalVersion>> = BTreeMap::new();
        for version in self.reviews().all_of(Kind::Refusal, None).await?.into_iter().filter_map(RefusalVersion::of) {
            all.entry(version.item.subject.clone()).or_default().push(version);
        }
        Ok(all)
    }
}

/// Permits that show the bank.
const READ: [Action; 4] =
    [Action::ReadReviews, Action::ManageCorrections, Action::ReadPolicies, Action::ManagePolicies];
/// Permits that propose other words.
const CHANGE: [Action; 2] = [Action::ManageCorrections, Action::ManagePolicies];

fn entry_of(name: &str, shipped: &RefusalWords, versions: Vec<RefusalVersion>) -> RefusalEntry {
    let in_force = latest_approved(&versions).cloned();
    RefusalEntry {
        name: name.to_owned(),
        labels: labels_of(name),
        risks: risks_of(name),
        words: in_force.as_ref().map_or_else(|| shipped.clone(), |version| version.words.clone()),
        in_force,
        waiting: versions.into_iter().find(RefusalVersion::is_waiting),
    }
}

/// A refusal without words, in a data folder whose file leaves its block out.
fn bare(code: RefusalCode) -> RefusalWords {
    let message = code.as_str().to_owned();
    RefusalWords { message_en: message.clone(), message, next_step: String::new(), next_step_en: String::new() }
}

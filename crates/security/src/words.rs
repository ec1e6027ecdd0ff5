//! The word library as officers keep it: the one that ships, with what they added, changed and took away.

use std::collections::BTreeMap;

use guard::risk::Category;
use guard::words::{Entry, Library};
use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::{NotSet, Set};
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryOrder as _, QuerySelect as _};

use crate::tables::{word_changes, words};
use crate::{Error, Result, Security, actor_of, name_of, reasoned};

/// The most entries of one import that may differ from what is there.
const MOST_CHANGES: usize = 20_000;

/// An entry, and whether officers had a hand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct WordRow {
    /// The entry.
    pub entry: Entry,
    /// Whether it differs from what ships, or does not ship at all.
    pub own: bool,
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordFilter {
    /// Holding these characters.
    pub query: Option<String>,
    /// Of this category.
    pub category: Option<Category>,
    /// With this action.
    pub action: Option<guard::Action>,
    /// Only those of officers.
    pub own: bool,
    /// After this term.
    pub after: Option<String>,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq)]
pub struct WordPage {
    /// The entries, by term.
    pub items: Vec<WordRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many fit the filter.
    pub total: usize,
}

/// A change of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct WordChange {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The term; of an import, how many.
    pub term: String,
    /// The entry before.
    pub before: Option<Entry>,
    /// The entry after; nothing when it was taken away.
    pub after: Option<Entry>,
}

/// The entries as officers keep them, by term; nothing stands for an entry that was taken away.
type Overlay = BTreeMap<String, Option<Entry>>;

fn to_text(entry: Option<&Entry>) -> Result<Option<String>> {
    entry.map(serde_json::to_string).transpose().map_err(|_| Error::Damaged)
}

fn to_entry(text: Option<String>) -> Result<Option<Entry>> {
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| Error::Damaged)
}

impl Security {
    async fn overlay(&self) -> Result<Overlay> {
        let rows = words::Entity::find().all(self.store().db()).await?;
        rows.into_iter().map(|row| Ok((row.term, to_entry(row.entry)?))).collect()
    }

    /// The library with the overlay; nothing when there is no overlay.
    pub(crate) async fn library(&self) -> Result<Option<Library>> {
        let overlay = self.overlay().await?;
        if overlay.is_empty() {
            return Ok(None);
        }
        let built = tokio::task::spawn_blocking(move || Library::new(merged(&overlay)));
        Ok(built.await.ok())
    }

    /// Entries of the library, by term.
    pub async fn words(&self, cx: &Cx, permit: &Permit, filter: &WordFilter, limit: usize) -> Result<WordPage> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        let overlay = self.overlay().await?;
        let query = filter.query.as_deref().map(|query| query.trim().to_lowercase()).filter(|query| !query.is_empty());
        let fits = |entry: &Entry| {
            query.as_ref().is_none_or(|query| entry.term.contains(query.as_str()))
                && filter.category.is_none_or(|category| entry.category == category)
                && filter.action.is_none_or(|action| entry.action == action)
                && (!filter.own || overlay.contains_key(&entry.term))
        };
        let all: Vec<Entry> = merged(&overlay).into_iter().filter(|entry| fits(entry)).collect();
        let total = all.len();
        let after = |entry: &Entry| filter.after.as_ref().is_none_or(|after| entry.term > *after);
        let mut items: Vec<WordRow> = all
            .into_iter()
            .filter(after)
            .take(limit.saturating_add(1))
            .map(|entry| WordRow { own: overlay.contains_key(&entry.term), entry })
            .collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|row| row.entry.term.clone());
        Ok(WordPage { items, next, total })
    }

    /// Adds an entry or changes it, on every server at once.
    pub async fn put_word(&self, cx: &Cx, permit: &Permit, entry: Entry, reason: &str) -> Result<WordRow> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        // Through the reader of lines, so that an entry is held to the same rules however it comes.
        let lines = Library::new(vec![entry]).export();
        let read = Library::import("entry", &lines).map_err(Error::BadWords)?;
        let entry = read.entries().first().cloned().ok_or(Error::BadField { field: "term", why: "is empty" })?;
        let (term, after) = (entry.term.clone(), Some(entry.clone()));
        self.change_words(cx, vec![(term, after)], &reason).await?;
        Ok(WordRow { entry, own: true })
    }

    /// Takes an entry away, on every server at once.
    pub async fn remove_word(&self, cx: &Cx, permit: &Permit, term: &str, reason: &str) -> Result<()> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        let term = term.trim().to_lowercase();
        self.change_words(cx, vec![(term, None)], &reason).await
    }

    /// The library as lines.
    pub async fn export_words(&self, cx: &Cx, permit: &Permit) -> Result<String> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        Ok(Library::new(merged(&self.overlay().await?)).export())
    }

    /// Takes lines over as the whole library. Nothing is taken when a line is wrong. Gives how many entries changed.
    pub async fn import_words(&self, cx: &Cx, permit: &Permit, text: &str, reason: &str) -> Result<usize> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        let new = Library::import("words.txt", text).map_err(Error::BadWords)?;
        let by_term = |entries: Vec<Entry>| -> BTreeMap<String, Entry> {
            entries.into_iter().map(|entry| (entry.term.clone(), entry)).collect()
        };
        let before = by_term(merged(&self.overlay().await?));
        let after = by_term(new.entries().to_vec());
        let gone = before.keys().filter(|term| !after.contains_key(*term)).map(|term| (term.clone(), None));
        let changed = after
            .iter()
            .filter(|(term, entry)| before.get(*term) != Some(*entry))
            .map(|(term, entry)| (term.clone(), Some(entry.clone())));
        let changes: Vec<(String, Option<Entry>)> = gone.chain(changed).collect();
        if changes.len() > MOST_CHANGES {
            return Err(Error::BadField { field: "text", why: "changes more than 20000 entries at once" });
        }
        let count = changes.len();
        if count > 0 {
            self.change_words(cx, changes, &reason).await?;
        }
        Ok(count)
    }

    async fn change_words(&self, cx: &Cx, changes: Vec<(String, Option<Entry>)>, reason: &str) -> Result<()> {
        let before: BTreeMap<String, Entry> =
            merged(&self.overlay().await?).into_iter().map(|entry| (entry.term.clone(), entry)).collect();
        let shipped = |term: &str| Library::built_in().entries().iter().find(|entry| entry.term == term);
        let tx = self.store().begin().await?;
        for (term, after) in &changes {
            let old = before.get(term);
            if old.is_none() && after.is_none() {
                return Err(Error::NotFound { what: "word", id: term.clone() });
            }
            let as_shipped = after.as_ref() == shipped(term);
            if as_shipped {
                words::Entity::delete_by_id(term.as_str()).exec(&tx).await?;
            } else {
                let row = words::ActiveModel { term: Set(term.clone()), entry: Set(to_text(after.as_ref())?) };
                let replace = OnConflict::column(words::Column::Term).update_column(words::Column::Entry).to_owned();
                words::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
            }
            self.keep_change(&tx, cx, term, old, after.as_ref(), reason).await?;
        }
        let subject = match changes.as_slice() {
            [(term, _)] => format!("word:{}", word_id(term)),
            _ => "words".to_owned(),
        };
        let details = json!({ "changed": changes.len() });
        self.write_down(&tx, cx, Deed::PolicyChanged, &subject, reason, details).await?;
        tx.commit().await?;
        self.follow().await
    }

    async fn keep_change(
        &self,
        tx: &Tx<'_>,
        cx: &Cx,
        term: &str,
        before: Option<&Entry>,
        after: Option<&Entry>,
        reason: &str,
    ) -> Result<()> {
        let row = word_changes::ActiveModel {
            seq: NotSet,
            at: Set(cx.now().as_millis()),
            actor: Set(actor_of(cx)?),
            name: Set(name_of(cx)),
            reason: Set(reason.to_owned()),
            term: Set(term.to_owned()),
            before: Set(to_text(before)?),
            after: Set(to_text(after)?),
        };
        row.insert(tx).await?;
        Ok(())
    }

    /// The last changes, the newest first.
    pub async fn word_changes(&self, cx: &Cx, permit: &Permit, limit: u64) -> Result<Vec<WordChange>> {
        permit.demand(cx, &[Action::ReadPolicies])?;
        let rows = word_changes::Entity::find()
            .order_by_desc(word_changes::Column::Seq)
            .limit(limit)
            .all(self.store().db())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(WordChange {
                    at: Timestamp::from_millis(row.at),
                    by: row.name,
                    reason: row.reason,
                    term: row.term,
                    before: to_entry(row.before)?,
                    after: to_entry(row.after)?,
                })
            })
            .collect()
    }
}

/// The library that ships, under the overlay; by term.
fn merged(overlay: &Overlay) -> Vec<Entry> {
    let shipped = Library::built_in().entries().iter().filter(|entry| !overlay.contains_key(&entry.term)).cloned();
    let mut all: Vec<Entry> = shipped.chain(overlay.values().flatten().cloned()).collect();
    all.sort_by(|a, b| a.term.cmp(&b.term));
    all
}

/// The number under which records name a term, so that they need not repeat it.
fn word_id(term: &str) -> String {
    store::sm3_hex(term.as_bytes()).chars().take(8).collect()
}

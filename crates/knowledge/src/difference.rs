//! The difference of two versions: articles put side by side, and inside a changed one the words that came and went.

use std::collections::{HashMap, HashSet};

use dissimilar::Chunk;
use identity::{Cx, Permit};
use kernel::Timestamp;
use kernel::ids::{ArticleId, DocumentId, VersionId};
use serde::Serialize;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::knowledge::Knowledge;
use crate::publish::{document_id, version_id};
use crate::reading::{READING, collection_id, contents};
use crate::tables::{articles, versions};
use crate::{Error, Result};

/// Articles that share so much of their character pairs are one article that was reworded.
const REWORDED: f32 = 0.5;

/// With more pairs of unlike articles than this, only their labels are compared.
const PAIRS: usize = 300_000;

/// How two versions differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The older version.
    pub from: VersionRef,
    /// The newer version.
    pub to: VersionRef,
    /// The articles, in the order of the newer version; what was removed stands where it stood.
    pub items: Vec<DifferenceItem>,
}

impl Difference {
    /// How many items are of a kind.
    #[must_use]
    pub fn count(&self, kind: Change) -> usize {
        self.items.iter().filter(|item| item.kind == kind).count()
    }
}

/// A version by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionRef {
    /// Its id.
    pub id: VersionId,
    /// Its document.
    pub document_id: DocumentId,
    /// Its title.
    pub title: String,
    /// Its number, from 1.
    pub number: i32,
    /// When it came in.
    pub imported_at: Timestamp,
}

/// What became of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Its words are the same; its number may be another.
    Same,
    /// Its words are others.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// An article on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The article.
    pub article_id: ArticleId,
    /// Its label in this version.
    pub label: String,
    /// Its text.
    pub text: String,
}

/// An article, or two that are versions of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceItem {
    /// What became of it.
    pub kind: Change,
    /// Its label, the newer one where there is one.
    pub label: String,
    /// The headings above it.
    pub path: Vec<String>,
    /// The older text.
    pub left: Option<Side>,
    /// The newer text.
    pub right: Option<Side>,
    /// For a changed article, its words in order.
    pub spans: Vec<TextSpan>,
}

/// Words that stayed, came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextSpan {
    /// Which of it.
    pub op: SpanKind,
    /// The words.
    pub text: String,
}

/// What became of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// In both.
    Equal,
    /// Only in the newer text.
    Insert,
    /// Only in the older text.
    Delete,
}

impl Knowledge {
    /// The difference of two versions of a document; of its two latest ones by the day from which they apply when none
    /// are named. `permit` is for the document's collection.
    pub async fn difference(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &DocumentId,
        from: Option<&VersionId>,
        to: Option<&VersionId>,
    ) -> Result<Difference> {
        let rows = self.ordered_versions(cx, permit, id).await?;
        let named = |wanted: &VersionId| {
            let found = rows.iter().position(|row| row.id == wanted.as_str());
            found.ok_or_else(|| Error::VersionNotFound(wanted.to_string()))
        };
        let to = to.map_or_else(|| Ok(rows.len().saturating_sub(1)), named)?;
        let from = from.map_or_else(|| Ok(to.saturating_sub(1)), named)?;
        match (rows.get(from), rows.get(to)) {
            (Some(from), Some(to)) => self.compare(from, to).await,
            _ => Err(Error::DocumentNotFound(id.to_string())),
        }
    }

    /// The difference of the latest versions of two documents. `permit` and `other_permit` are for their collections.
    pub async fn difference_with(
        &self,
        cx: &Cx,
        (permit, id): (&Permit, &DocumentId),
        (other_permit, other): (&Permit, &DocumentId),
    ) -> Result<Difference> {
        let from = self.ordered_versions(cx, permit, id).await?;
        let to = self.ordered_versions(cx, other_permit, other).await?;
        match (from.last(), to.last()) {
            (Some(from), Some(to)) => self.compare(from, to).await,
            _ => Err(Error::DocumentNotFound(other.to_string())),
        }
    }

    /// The versions of a document by the day from which they apply, then by import.
    async fn ordered_versions(&self, cx: &Cx, permit: &Permit, id: &DocumentId) -> Result<Vec<versions::Model>> {
        let row = self.document_row(id).await?;
        Self::admit(cx, permit, READING, &collection_id(&row.collection_id)?)?;
        let mut rows = self.versions_rows(&document_id(&row.id)?).await?;
        rows.sort_by(|a, b| (&a.effective_date, a.number).cmp(&(&b.effective_date, b.number)));
        Ok(rows)
    }

    async fn compare(&self, from: &versions::Model, to: &versions::Model) -> Result<Difference> {
        let (left, right) = (self.articles_of(from).await?, self.articles_of(to).await?);
        Ok(Difference { from: version_ref(from)?, to: version_ref(to)?, items: align(&left, &right) })
    }

    /// The articles of a version, in order.
    async fn articles_of(&self, version: &versions::Model) -> Result<Vec<articles::Model>> {
        let rows = articles::Entity::find()
            .filter(articles::Column::DocumentId.eq(&version.document_id))
            .all(self.0.store.db())
            .await
            .map_err(store::Error::from)?;
        let mut rows: HashMap<String, articles::Model> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        Ok(contents(version).iter().filter_map(|id| rows.remove(id)).collect())
    }
}

fn version_ref(row: &versions::Model) -> Result<VersionRef> {
    Ok(VersionRef {
        id: version_id(&row.id)?,
        document_id: document_id(&row.document_id)?,
        title: row.title.clone(),
        number: row.number,
        imported_at: Timestamp::from_millis(row.imported_at),
    })
}

/// Puts the articles of two versions side by side: those with the same words, then those with the same label and words
/// that are alike, then the most alike of the rest.
fn align(left: &[articles::Model], right: &[articles::Model]) -> Vec<DifferenceItem> {
    let mut partner: Vec<Option<usize>> = vec![None; right.len()];
    let mut taken: Vec<bool> = vec![false; left.len()];
    let mut take = |partner: &mut Vec<Option<usize>>, l: usize, r: usize| {
        if let (Some(slot @ None), Some(free @ false)) = (partner.get_mut(r), taken.get_mut(l)) {
            *slot = Some(l);
            *free = true;
        }
    };
    let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, article) in left.iter().enumerate().rev() {
        by_text.entry(&article.text).or_default().push(at);
    }
    for (r, article) in right.iter().enumerate() {
        if let Some(same) = by_text.get_mut(article.text.as_str()) {
            // Of several with the same words the one with the same label is meant.
            let place = same.iter().rposition(|l| left.get(*l).is_some_and(|l| l.label == article.label));
            let place = place.or(same.len().checked_sub(1));
            if let Some(l) = place.map(|place| same.remove(place)) {
                take(&mut partner, l, r);
            }
        }
    }
    let open = |partner: &[Option<usize>]| -> (Vec<usize>, Vec<usize>) {
        let used: HashSet<usize> = partner.iter().flatten().copied().collect();
        let lefts = (0..left.len()).filter(|l| !used.contains(l)).collect();
        let rights = (0..right.len()).filter(|r| partner.get(*r) == Some(&None)).collect();
        (lefts, rights)
    };
    let (lefts, rights) = open(&partner);
    let pairs = |at: &usize, list: &[articles::Model]| list.get(*at).map(|a| pairs(&a.text)).unwrap_or_default();
    let of_left: HashMap<usize, HashSet<[char; 2]>> = lefts.iter().map(|l| (*l, pairs(l, left))).collect();
    let of_right: HashMap<usize, HashSet<[char; 2]>> = rights.iter().map(|r| (*r, pairs(r, right))).collect();
    let label = |at: usize, list: &[articles::Model]| list.get(at).map(|a| a.label.clone());
    let few = lefts.len() * rights.len() <= PAIRS;
    let mut alike: Vec<(f32, usize, usize)> = Vec::new();
    for l in &lefts {
        for r in &rights {
            let named = label(*l, left) == label(*r, right);
            if !(named || few) {
                continue;
            }
            if let (Some(a), Some(b)) = (of_left.get(l), of_right.get(r)) {
                let share = dice(a, b);
                // An article that kept its number is the same one though its words are mostly new.
                let line = if named { REWORDED / 2.0 } else { REWORDED };
                if share >= line {
                    alike.push((if named { share + 0.3 } else { share }, *l, *r));
                }
            }
        }
    }
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, l, r) in alike {
        take(&mut partner, l, r);
    }

    let mut items = Vec::with_capacity(right.len());
    let (gone, _) = open(&partner);
    let mut gone = gone.into_iter().peekable();
    for (r, article) in right.iter().enumerate() {
        let twin = partner.get(r).copied().flatten();
        if let Some(l) = twin {
            // What was removed stands before the first article that stood after it.
            while let Some(at) = gone.next_if(|at| *at < l) {
                items.extend(left.get(at).and_then(|left| item(Some(left), None)));
            }
        }
        items.extend(item(twin.and_then(|l| left.get(l)), Some(article)));
    }
    for at in gone {
        items.extend(left.get(at).and_then(|left| item(Some(left), None)));
    }
    items
}

fn item(left: Option<&articles::Model>, right: Option<&articles::Model>) -> Option<DifferenceItem> {
    let shown = right.or(left)?;
    let side = |article: &articles::Model| {
        let article_id = ArticleId::parse(&article.id).ok()?;
        Some(Side { article_id, label: article.label.clone(), text: article.text.clone() })
    };
    let (kind, spans) = match (left, right) {
        (Some(left), Some(right)) if left.text == right.text => (Change::Same, Vec::new()),
        (Some(left), Some(right)) => (Change::Changed, spans(&left.text, &right.text)),
        (None, _) => (Change::Added, Vec::new()),
        (_, None) => (Change::Removed, Vec::new()),
    };
    Some(DifferenceItem {
        kind,
        label: shown.label.clone(),
        path: shown.path.lines().map(str::to_owned).collect(),
        left: left.and_then(side),
        right: right.and_then(side),
        spans,
    })
}

fn spans(left: &str, right: &str) -> Vec<TextSpan> {
    let span = |op: SpanKind, text: &str| TextSpan { op, text: text.to_owned() };
    dissimilar::diff(left, right)
        .into_iter()
        .map(|chunk| match chunk {
            Chunk::Equal(text) => span(SpanKind::Equal, text),
            Chunk::Delete(text) => span(SpanKind::Delete, text),
            Chunk::Insert(text) => span(SpanKind::Insert, text),
        })
        .collect()
}

/// The pairs of neighbouring characters of a text, without marks and spaces.
pub(crate) fn pairs(text: &str) -> HashSet<[char; 2]> {
    let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    chars.windows(2).filter_map(|pair| <[char; 2]>::try_from(pair).ok()).collect()
}

/// The share of pairs that two texts have in common, from 0 to 1.
pub(crate) fn dice(a: &HashSet<[char; 2]>, b: &HashSet<[char; 2]>) -> f32 {
    let common = a.intersection(b).count();
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of one article")]
    let share = 2.0 * common as f32 / (a.len() + b.len()) as f32;
    share
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Change, SpanKind, align, spans};
    use crate::tables::articles::Model;

    fn articles(texts: &[&str], side: char) -> Vec<Model> {
        let article = |(at, text): (usize, &&str)| Model {
            id: format!("art_{side}{at:025}"),
            document_id: String::new(),
            source_id: None,
            label: format!("第{}条", documents::numerals::chinese(u32::try_from(at).unwrap() + 1)),
            path: String::new(),
            text: (*text).to_owned(),
        };
        texts.iter().enumerate().map(article).collect()
    }

    #[test]
    fn articles_are_found_again_after_an_insertion() {
        let old = ["用人单位应当支付工资。", "劳动者应当遵守纪律。", "试用期最长六个月。", "本法自公布之日起施行。"];
        let new = ["用人单位应当按月支付工资。", "国家鼓励协商。", "劳动者应当遵守纪律。", "本法自公布之日起施行。"];
        let found: Vec<(Change, String)> =
            align(&articles(&old, '0'), &articles(&new, '1')).into_iter().map(|i| (i.kind, i.label)).collect();
        assert_eq!(
            found,
            [
                (Change::Changed, "第一条".to_owned()),
                (Change::Added, "第二条".to_owned()),
                (Change::Same, "第三条".to_owned()),
                (Change::Removed, "第三条".to_owned()),
                (Change::Same, "第四条".to_owned()),
            ]
        );
    }

    proptest! {
        #[test]
        fn spans_give_both_texts_back(left in "[甲乙丙丁，。]{0,40}", right in "[甲乙丙丁，。]{0,40}") {
            let all = spans(&left, &right);
            let side = |without: SpanKind| all.iter().filter(|s| s.op != without).map(|s| s.text.as_str()).collect::<String>();
            prop_assert_eq!(side(SpanKind::Insert), left);
            prop_assert_eq!(side(SpanKind::Delete), right);
        }

        #[test]
        fn every_article_has_its_place(left in prop::collection::vec("[甲乙丙丁戊]{1,12}", 0..12), right in prop::collection::vec("[甲乙丙丁戊]{1,12}", 0..12)) {
            let l: Vec<&str> = left.iter().map(String::as_str).collect();
            let r: Vec<&str> = right.iter().map(String::as_str).collect();
            let items = align(&articles(&l, '0'), &articles(&r, '1'));
            prop_assert_eq!(items.iter().filter(|i| i.left.is_some()).count(), left.len());
            let rights: Vec<String> = items.iter().filter_map(|i| i.right.as_ref()).map(|side| side.text.clone()).collect();
            prop_assert_eq!(rights, right);
        }
    }
}

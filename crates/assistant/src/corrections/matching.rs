//! Which correction fits a question: the same words, or close enough in meaning and fresh. Pure but for looking at the
//! store for what changed.

use std::sync::{Arc, PoisonError, RwLock};

use guard::Draft;
use identity::{Action, Cx, Permit};
use kernel::ids::CorrectionId;
use kernel::{Actor, DataLevel, Date, Timestamp};
use knowledge::{Passage, Quote, Status};
use serde::{Deserialize, Serialize};
use store::Store;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use crate::corrections::{Correction, CorrectionState, TOPIC};
use crate::tables::trust::correction::{self, Column};
use crate::{Assistant, Error, Scenario};

/// The least cosine of two questions that mean the same. No setting lowers it.
const FLOOR: f32 = 0.90;
/// From here on a question counts as one that came close.
const CLOSE: f32 = 0.80;
/// A correction that nobody has confirmed for so long is stale, unless it is said never to be.
const FRESH_DAYS: i64 = 365;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A seam: how a question becomes a vector. Knowledge's own embedding in the platform.
pub(crate) type Encode = Arc<dyn Fn(&str) -> Vec<f32> + Send + Sync>;

/// The active corrections as this server last saw them.
#[derive(Clone)]
pub(crate) struct Library {
    encode: Encode,
    seen: Arc<RwLock<Seen>>,
}

#[derive(Default)]
struct Seen {
    at: Option<i64>,
    known: Arc<Vec<Known>>,
}

struct Known {
    correction: Correction,
    plain: String,
    numbers: Vec<String>,
    vector: Vec<f32>,
}

/// What was found for a question.
#[derive(Debug, PartialEq)]
enum Match<'k> {
    Exact(&'k Correction),
    Near(&'k Correction, f32),
    /// Close, and not close enough.
    Close(&'k Correction),
    /// It would have fitted, and has expired or grown stale.
    Expired(&'k Correction),
    Nothing,
}

/// A correction that an answer was steered by, for those who read the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steered {
    /// Which.
    pub id: CorrectionId,
    /// Whether the question was the very same, and the right answer given word for word.
    pub exact: bool,
    /// The question it was made for.
    pub question: String,
    /// When somebody last confirmed it.
    pub confirmed_at: Timestamp,
}

/// How an answer is steered.
pub(crate) struct Steering {
    pub(crate) steered: Steered,
    /// The right answer, for the very same question.
    pub(crate) verbatim: Option<Draft>,
}

impl Library {
    pub(crate) fn new(encode: Encode) -> Self {
        Self { encode, seen: Arc::default() }
    }

    async fn known(&self, store: &Store) -> Result<Arc<Vec<Known>>, Error> {
        let latest = store.changes().latest(TOPIC).await?;
        {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            if seen.at == Some(latest) {
                return Ok(Arc::clone(&seen.known));
            }
        }
        let rows = correction::Entity::find()
            .filter(Column::State.eq(CorrectionState::Active.as_str()))
            .all(store.db())
            .await
            .map_err(store::Error::from)?;
        let mut known = Vec::with_capacity(rows.len());
        for row in rows {
            let correction = Correction::read(row)?;
            let vector = (self.encode)(&correction.question);
            let plain = plain(&correction.question);
            known.push(Known { numbers: numbers(&plain), plain, vector, correction });
        }
        let known = Arc::new(known);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.at.is_none_or(|at| at <= latest) {
            *seen = Seen { at: Some(latest), known: Arc::clone(&known) };
        }
        Ok(known)
    }
}

impl Assistant {
    /// Looks for a correction, and puts the articles it rests on before all others. Nothing when none fits, or when
    /// another day's law was asked for.
    pub(crate) async fn steer(
        &self,
        cx: &Cx,
        permit: &Permit,
        scenario: &Scenario,
        question: &str,
        as_of: Date,
        passages: &mut Vec<Passage>,
    ) -> Result<Option<Steering>, Error> {
        // The platform's own rehearsals measure the flow without the library.
        if as_of != cx.now().date() || matches!(cx.actor(), Actor::System { .. }) {
            return Ok(None);
        }
        let library = &self.inner.library;
        let known = library.known(cx.store()).await?;
        if known.is_empty() {
            return Ok(None);
        }
        let asked = (plain(question), (library.encode)(question));
        let (found, exact) = match best(&known, scenario, permit.ceiling(), &asked, cx.now()) {
            Match::Exact(found) => (found, true),
            Match::Near(found, _) => (found, false),
            Match::Close(found) => {
                count(cx, &found.id, Column::Misses).await?;
                return Ok(None);
            }
            Match::Expired(found) => {
                count(cx, &found.id, Column::Expired).await?;
                return Ok(None);
            }
            Match::Nothing => return Ok(None),
        };
        let Some(articles) = self.passages_of(cx, permit, scenario, found, passages).await? else {
            // An article is not in force any more, or not for this asker: the follower sends it back to review.
            count(cx, &found.id, Column::Expired).await?;
            return Ok(None);
        };
        passages.retain(|passage| articles.iter().all(|one| one.article_id != passage.article_id));
        passages.splice(0..0, articles);
        count(cx, &found.id, Column::Hits).await?;
        let verbatim = exact.then(|| Draft {
            model: format!("correction:{}", found.id),
            segments: models::answer::segments(&found.right),
            reasoning: None,
            usage: guard::Usage::default(),
        });
        let steered =
            Steered { id: found.id.clone(), exact, question: found.question.clone(), confirmed_at: found.confirmed_at };
        Ok(Some(Steering { steered, verbatim }))
    }

    /// The articles of a correction as passages, in the order of their marks; nothing when one of them may not be
    /// used: it left the scenario's collections, is not in force, or is above the asker's ceiling.
    async fn passages_of(
        &self,
        cx: &Cx,
        permit: &Permit,
        scenario: &Scenario,
        found: &Correction,
        passages: &[Passage],
    ) -> Result<Option<Vec<Passage>>, Error> {
        let top = passages.iter().map(|passage| passage.score).fold(1.0_f32, f32::max);
        let mut wanted = Vec::with_capacity(found.articles.len());
        for article in &found.articles {
            if let Some(there) = passages.iter().find(|passage| passage.article_id == article.article_id) {
                wanted.push(Passage { score: top, ..there.clone() });
                continue;
            }
            let Ok(scope) = self.knowledge().scope_of_article(&article.article_id).await else { return Ok(None) };
            let Ok(read) = cx.permit(Action::ReadCollections, &scope) else { return Ok(None) };
            let Ok(view) = self.knowledge().article(cx, &read, &article.article_id, None).await else {
                return Ok(None);
            };
            let Ok(collection) = self.knowledge().collection(&view.document.collection) else { return Ok(None) };
            let here = scenario.retrieval.collections.contains(&collection.id);
            let in_force = matches!(view.document.validity.status, Status::InForce | Status::Unknown);
            if !here || !in_force || collection.level > permit.ceiling() {
                return Ok(None);
            }
            let end = view.text.chars().count();
            wanted.push(Passage {
                article_id: view.id,
                version_id: view.version_id,
                document_id: view.document.id,
                collection_id: collection.id,
                source_id: None,
                document: view.document.title,
                label: view.label,
                path: view.path,
                best: vec![Quote { span: kernel::text::Span { start: 0, end }, score: 1.0 }],
                text: view.text,
                score: top,
                rank_words: None,
                rank_vector: None,
                parts: Default::default(),
                validity: view.document.validity,
                level: collection.level,
            });
        }
        Ok(Some(wanted))
    }
}

async fn count(cx: &Cx, id: &CorrectionId, column: Column) -> Result<(), Error> {
    let (id, now) = (id.as_str().to_owned(), cx.now().as_millis());
    cx.store()
        .write::<_, Error, _>(|tx| {
            Box::pin(async move {
                let mut update = correction::Entity::update_many()
                    .col_expr(column, Expr::col(column).add(1))
                    .filter(Column::Id.eq(id));
                if matches!(column, Column::Hits) {
                    update = update.col_expr(Column::LastHitAt, Expr::value(now));
                }
                update.exec(tx).await.map_err(store::Error::from)?;
                Ok(())
            })
        })
        .await
}

/// The best of the corrections that this asker may be steered by. Pure.
fn best<'k>(
    known: &'k [Known],
    scenario: &Scenario,
    ceiling: DataLevel,
    (asked, vector): &(String, Vec<f32>),
    now: Timestamp,
) -> Match<'k> {
    let here = |one: &&Known| {
        let correction = &one.correction;
        correction.level <= ceiling && correction.scenario.as_ref().is_none_or(|id| *id == scenario.id)
    };
    let mut near: Option<(&Known, f32)> = None;
    let asked_numbers = numbers(asked);
    for one in known.iter().filter(here) {
        if one.plain == *asked {
            return if is_fresh(&one.correction, now) {
                Match::Exact(&one.correction)
            } else {
                Match::Expired(&one.correction)
            };
        }
        // Meaning without figures is not the same question: 三年期 is not 一年期.
        if one.numbers != asked_numbers {
            continue;
        }
        let alike = cosine(&one.vector, vector);
        if alike >= CLOSE && near.is_none_or(|(_, best)| alike > best) {
            near = Some((one, alike));
        }
    }
    match near {
        Some((one, _)) if !is_fresh(&one.correction, now) => Match::Expired(&one.correction),
        Some((one, alike)) if alike >= FLOOR => Match::Near(&one.correction, alike),
        Some((one, _)) => Match::Close(&one.correction),
        None => Match::Nothing,
    }
}

pub(super) fn is_fresh(correction: &Correction, now: Timestamp) -> bool {
    let valid = correction.valid_until.is_none_or(|last| now.date() <= last);
    valid && (correction.never_stale || now.millis_since(correction.confirmed_at) <= FRESH_DAYS * DAY_MS)
}

/// A question without spaces, signs and differences of width and case.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(kernel::text::half_width).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The figures in a plain text, in their order: runs of digits, and of Chinese numerals.
fn numbers(plain: &str) -> Vec<String> {
    let figure = |c: char| c.is_ascii_digit() || "零〇一二三四五六七八九十百千万亿两半".contains(c);
    plain.split(|c: char| !figure(c)).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let lengths = length(a) * length(b);
    if lengths > 0.0 && a.len() == b.len() { dot / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{cosine, numbers, plain};

    #[test]
    fn the_same_question_is_the_same_in_any_dress() {
        assert_eq!(plain(" 试用期，最长多久？ "), plain("试用期最长多久"));
        assert_eq!(plain("社保 ＡＢ１２ 怎么办?"), "社保ab12怎么办");
        assert_ne!(plain("试用期最长多久"), plain("试用期最短多久"));
    }

    #[test]
    fn figures_tell_questions_apart() {
        assert_eq!(numbers(&plain("三年期合同，试用期2个月？")), ["三", "2"]);
        assert_ne!(numbers("三年期合同"), numbers("一年期合同"));
    }

    #[test]
    fn vectors_of_nothing_are_like_nothing() {
        assert!((cosine(&[1.0, 0.0], &[2.0, 0.0]) - 1.0).abs() < 1e-6);
        assert!(cosine(&[0.0, 0.0], &[1.0, 0.0]).abs() < 1e-6);
        assert!(cosine(&[1.0], &[1.0, 0.0]).abs() < 1e-6);
    }
}

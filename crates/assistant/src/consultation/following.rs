//! Going on (接着问): a question that asks for something else of the matter of the one before. It searches by the matter
//! and the words of the new need, and is answered from sentences that speak of the need, not with the last one again.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::ids::DocumentId;
use kernel::text::slice;
use knowledge::{Found, Passage, Quote, sentences_of};

use super::{Consultation, Need, has_sign};
use crate::Run;
use crate::corrections::plain;
use crate::notices::RunNotice;

/// At most so many sentences of one article are quoted.
const SENTENCES: usize = 3;
/// What a sentence scores less for having been quoted before.
const AGAIN: f32 = 0.15;
/// A passage is about the matter when it has at least this share of the pairs of characters that name it.
const ABOUT: f32 = 0.6;

/// What a question wants of the matter of the one before.
#[derive(Debug, Clone)]
pub(crate) struct FollowOn {
    lists: Arc<Consultation>,
    need: Need,
    /// The earlier answer without signs.
    said: String,
    /// Where the earlier answer was found: documents with the headings above their articles.
    places: Vec<(DocumentId, Vec<String>)>,
}

impl FollowOn {
    pub(crate) fn new(lists: Arc<Consultation>, need: Need, before: &Run) -> Self {
        Self {
            need,
            said: plain(&before.answer),
            places: before.citations.iter().map(|c| (c.document_id.clone(), c.path.clone())).collect(),
            lists,
        }
    }

    /// What is searched for: the matter of the screened question, and the law's words for the need.
    pub(crate) fn sought(&self, screened: &str) -> String {
        format!("{} {}", self.lists.topic(screened).join(" "), self.need.seek)
    }

    /// Keeps of what was found the sentences that speak of the need. Says so when there is none, and when the best one
    /// was quoted before because it tells both.
    pub(crate) fn narrow(&self, screened: &str, top: usize, found: &mut Found) -> Option<RunNotice> {
        let pairs = pairs(&self.lists.topic(screened));
        found.passages.retain(|passage| self.is_beside(passage) || share(&passage.text, &pairs) >= ABOUT);
        for passage in &mut found.passages {
            passage.best = self.quotes(passage, &pairs);
        }
        found.passages.retain(|passage| !passage.best.is_empty());
        // Where the documents of the answer before speak of the need, those on other matters mislead.
        if found.passages.iter().any(|passage| self.is_of_before(passage)) {
            found.passages.retain(|passage| self.is_of_before(passage));
        }
        found.passages.truncate(top);
        // That there is a basis for the matter was settled by the answer before.
        found.has_basis |= !self.places.is_empty();
        let best = found.passages.first().and_then(|passage| Some(slice(&passage.text, passage.best.first()?.span)));
        let code = match best {
            None => "need_not_told",
            Some(text) if self.was_said(text) => "need_told_before",
            Some(_) => return None,
        };
        Some(RunNotice::of(code, [("need", &self.need.title), ("need_en", &self.need.title_en)]))
    }

    fn was_said(&self, sentence: &str) -> bool {
        self.said.contains(&plain(sentence))
    }

    /// Whether a passage stands under the same headings as what was cited before.
    fn is_beside(&self, passage: &Passage) -> bool {
        self.places.iter().any(|(document, path)| *document == passage.document_id && *path == passage.path)
    }

    /// Whether a passage is of a document that was cited before.
    fn is_of_before(&self, passage: &Passage) -> bool {
        self.places.iter().any(|(document, _)| *document == passage.document_id)
    }

    /// The sentences of a passage that speak of the need, best first.
    fn quotes(&self, passage: &Passage, pairs: &BTreeSet<String>) -> Vec<Quote> {
        let is_beside = self.is_beside(passage);
        let quote = |span| {
            let text = slice(&passage.text, span);
            let about = share(text, pairs);
            let again = if self.was_said(text) { AGAIN } else { 0.0 };
            let speaks = has_sign(text, &self.need.says) && (is_beside || about > 0.0);
            speaks.then(|| Quote { span, score: 0.5 + about / 2.0 - again })
        };
        let mut quotes: Vec<Quote> = sentences_of(&passage.text).into_iter().filter_map(quote).collect();
        quotes.sort_by(|a, b| b.score.total_cmp(&a.score));
        quotes.truncate(SENTENCES);
        quotes
    }
}

/// The pairs of characters that name a matter.
fn pairs(topic: &[String]) -> BTreeSet<String> {
    let of = |words: &String| {
        let chars: Vec<char> = words.chars().collect();
        chars.windows(2).map(|pair| pair.iter().collect()).collect::<Vec<String>>()
    };
    topic.iter().flat_map(of).collect()
}

/// The share of the pairs that a text has, from 0 to 1; 1 when there are none.
fn share(text: &str, pairs: &BTreeSet<String>) -> f32 {
    let has = pairs.iter().filter(|pair| text.contains(pair.as_str())).count();
    let (Ok(has), Ok(all)) = (u16::try_from(has), u16::try_from(pairs.len())) else { return 1.0 };
    if all == 0 { 1.0 } else { f32::from(has) / f32::from(all) }
}

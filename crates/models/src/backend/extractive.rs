//! The built-in backend: quotes the sentences that answer, word for word, each with its article. Needs no model
//! and cannot invent, so it is the default of every installation.

use std::collections::BTreeMap;

use async_trait::async_trait;
use guard::{Draft, DraftSegment, Evidence, Usage};
use kernel::text::{Span, slice};
use serde::Deserialize;

use crate::backend::{Backend, Health, Progress};
use crate::{DraftRequest, Error, Quotation};

/// The most articles one answer quotes: what a caller on the telephone can still follow.
const MAX_ARTICLES: usize = 3;
/// The most characters one answer quotes.
const MAX_CHARS: usize = 700;
/// A quotation this far below the best one is left out.
const SHARE_OF_BEST: f32 = 0.6;

const PHRASES: &str = include_str!("../../../../policies/phrases.toml");

#[derive(Deserialize)]
struct File {
    extractive: Phrases,
}

#[derive(Deserialize)]
struct Phrases {
    lead: String,
    lead_plain: String,
    open: String,
    close: String,
    gap: String,
}

/// The built-in extractive backend.
pub struct Extractive {
    model: String,
    phrases: Option<Phrases>,
}

impl Extractive {
    /// The backend under its registered id.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self { model: model.to_owned(), phrases: toml::from_str::<File>(PHRASES).ok().map(|file| file.extractive) }
    }

    /// The answer's segments: for each article its lead and its quotations, best article first.
    fn compose(&self, request: &DraftRequest<'_>) -> Vec<DraftSegment> {
        let Some(phrases) = &self.phrases else { return Vec::new() };
        let mut segments = Vec::new();
        for (evidence, spans) in choose(request.quotations, request.evidence) {
            let lead = if evidence.label.is_empty() { &phrases.lead_plain } else { &phrases.lead };
            let lead = lead.replace("{document}", &evidence.document).replace("{label}", &evidence.label);
            for (at, span) in spans.iter().enumerate() {
                let before = match (at, segments.is_empty()) {
                    (0, true) => format!("{lead}{}", phrases.open),
                    (0, false) => format!("\n\n{lead}{}", phrases.open),
                    _ => phrases.gap.clone(),
                };
                segments.push(DraftSegment {
                    lead: before,
                    text: tidy(slice(&evidence.text, *span)),
                    tail: if at + 1 == spans.len() { phrases.close.clone() } else { String::new() },
                    quoted: true,
                    citations: vec![evidence.n],
                });
            }
        }
        segments
    }
}

/// The quotations worth showing, by article in the order of their best quotation, each article's in text order.
fn choose<'e>(quotations: &[Quotation], evidence: &'e [Evidence]) -> Vec<(&'e Evidence, Vec<Span>)> {
    let best = quotations.iter().map(|q| q.score).fold(f32::MIN, f32::max);
    let mut order: Vec<u32> = Vec::new();
    let mut spans: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    let mut chars = 0;
    for quotation in quotations.iter().filter(|q| q.score >= best * SHARE_OF_BEST) {
        let length = quotation.span.end.saturating_sub(quotation.span.start);
        if length == 0 || (chars > 0 && chars + length > MAX_CHARS) {
            continue;
        }
        if !order.contains(&quotation.n) {
            if order.len() == MAX_ARTICLES {
                continue;
            }
            order.push(quotation.n);
        }
        chars += length;
        spans.entry(quotation.n).or_default().push(quotation.span);
    }
    order
        .into_iter()
        .filter_map(|n| {
            let evidence = evidence.iter().find(|e| e.n == n)?;
            let merged = merge(spans.remove(&n)?, &evidence.text);
            Some((evidence, merged))
        })
        .collect()
}

/// Spans in text order, with those joined that touch or have only white space between them.
fn merge(mut spans: Vec<Span>, text: &str) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last)
                if span.start <= last.end
                    || slice(text, Span { start: last.end, end: span.start }).trim().is_empty() =>
            {
                last.end = last.end.max(span.end);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// Line breaks inside a quotation become nothing between Chinese characters: they are layout, not words.
fn tidy(quote: &str) -> String {
    quote.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("")
}

#[async_trait]
impl Backend for Extractive {
    async fn draft(
        &self,
        request: &DraftRequest<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Draft, Error> {
        let segments = self.compose(request);
        let draft = Draft { model: self.model.clone(), segments, reasoning: None, usage: Usage::default() };
        progress(Progress::Writing(draft.text().len()));
        Ok(draft)
    }

    async fn health(&self) -> Health {
        if self.phrases.is_some() { Health::Up } else { Health::Down }
    }
}

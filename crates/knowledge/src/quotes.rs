//! Quotes: the sentences of an article that answer, with their places.
//!
//! A sentence counts by the question's terms it has, rare ones more. Within an article the nearness of its vector to the
//! question's counts too; the score of a quote leaves that out, because short articles have no vectors of their sentences
//! and quotes of different articles are compared. A list is quoted with the words that lead into it: an item alone says
//! nothing.

use kernel::text::{CharCounter, Span};

use crate::finder::Finder;
use crate::found::Quote;
use crate::index::Indexed;
use crate::index::vectors::Probe;
use crate::sentences::{SHORT, Sentence, split};

/// A quotation longer than this is cut to the sentences with the highest scores.
const LONGEST_LIST: usize = 900;

/// At most so many quotes of one article.
const MOST: usize = 3;

/// A further sentence is quoted when it scores at least this share of the best one.
const FURTHER: f32 = 0.75;

/// What a sentence scores more for a vector that is the question's own.
const NEAR: f32 = 0.6;

/// A question as quoting needs it.
#[derive(Debug)]
pub(crate) struct Asked<'q> {
    /// Finds its terms.
    pub(crate) finder: &'q Finder,
    /// What each term weighs: its weight times its rarity.
    pub(crate) weights: &'q [f32],
    pub(crate) wants: Wants,
    /// Its vector of our own model, when that knows its words.
    pub(crate) probe: Option<&'q Probe>,
}

/// What kind of fact a question asks for: a sentence that has one answers better than one that has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// Any.
    Anything,
    /// How long, until when: 多久, 几天, 期限.
    Time,
    /// How much: 多少钱, 几倍, 罚多少.
    Amount,
}

/// What a sentence with the wanted kind of fact scores more.
const FACT: f32 = 0.3;

impl Wants {
    /// Reads a question.
    pub(crate) fn of(question: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
        if has(&[
            "多久",
            "多长",
            "几天",
            "几年",
            "几个月",
            "多少天",
            "多少年",
            "多少个月",
            "几日",
            "期限",
            "时限",
            "什么时候",
            "何时",
        ]) {
            Self::Time
        } else if has(&["多少钱", "几倍", "罚多少", "赔多少", "多少元", "几万", "比例", "标准是多少", "多少倍"])
        {
            Self::Amount
        } else {
            Self::Anything
        }
    }

    /// Whether a normalised sentence has such a fact: a number, or 半, before one of these.
    fn met(self, sentence: &str) -> bool {
        let units: &[char] = match self {
            Self::Anything => return false,
            Self::Time => &['日', '天', '月', '年', '个', '小', '周'],
            Self::Amount => &['元', '倍', '%', '万'],
        };
        sentence.match_indices(units).any(|(at, _)| {
            sentence.get(..at).is_some_and(|front| front.ends_with(|c: char| c.is_ascii_digit() || c == '半'))
        })
    }
}

/// The sentences that answer, best first.
pub(crate) fn pick(article: &Indexed, asked: &Asked<'_>) -> Vec<Quote> {
    let quotes = pick_sentences(&article.text, &article.sentences, asked);
    match quotes.first() {
        Some(best) if article.text.chars().nth(SHORT).is_none() => vec![everything(&article.text, best.score)],
        _ => quotes,
    }
}

/// What speaks for a sentence: its words, and those with its nearness.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    words: f32,
    whole: f32,
}

/// The sentences that answer, best first, however short the text is.
fn pick_sentences(text: &str, sentences: &[Sentence], asked: &Asked<'_>) -> Vec<Quote> {
    let whole: f32 = asked.weights.iter().sum();
    if whole <= 0.0 || sentences.is_empty() {
        return Vec::new();
    }
    let scores: Vec<Score> = sentences
        .iter()
        .map(|sentence| {
            let words = sentence.words(text);
            let hits = asked.finder.hits(words);
            let weights = asked.weights.iter().enumerate();
            let found: f32 = weights.filter(|(at, _)| hits.has(*at)).map(|(_, weight)| weight).sum();
            let fact = if found > 0.0 && asked.wants.met(words) { FACT } else { 0.0 };
            let near = asked.probe.zip(sentence.vector()).map(|(probe, (row, scale))| probe.cosine(row, scale));
            // What shares no word with the question is no quotation, however near.
            let near = if found > 0.0 { near.unwrap_or_default().max(0.0) * NEAR } else { 0.0 };
            let words = found / whole + fact;
            Score { words, whole: words + near }
        })
        .collect();
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    let score = |at: usize| scores.get(at).copied().unwrap_or_default();
    order.sort_by(|a, b| score(*b).whole.total_cmp(&score(*a).whole).then(a.cmp(b)));
    let best = order.first().map_or(0.0, |at| score(*at).whole);
    let mut ranges: Vec<(std::ops::Range<usize>, f32)> = Vec::new();
    for at in order {
        let score = score(at);
        if ranges.len() >= MOST || score.whole <= 0.0 || score.whole < best * FURTHER {
            break;
        }
        let range = with_list(text, sentences, at);
        match ranges.iter_mut().find(|(known, _)| known.start <= range.end && range.start <= known.end) {
            Some((known, words)) => {
                *known = known.start.min(range.start)..known.end.max(range.end);
                *words = words.max(score.words);
            }
            None => ranges.push((range, score.words)),
        }
    }
    let mut counter = CharCounter::new(text);
    ranges.into_iter().map(|(range, score)| Quote { span: counter.span(range), score: score.min(1.0) }).collect()
}

/// An article that the question names: all of it, or its best sentences when it is very long.
pub(crate) fn whole(article: &Indexed, asked: &Asked<'_>) -> Vec<Quote> {
    if article.text.chars().nth(LONGEST_LIST).is_some() {
        return pick(article, asked);
    }
    vec![everything(&article.text, 1.0)]
}

fn everything(text: &str, score: f32) -> Quote {
    Quote { span: CharCounter::new(text).span(0..text.trim_end().len()), score }
}

/// The sentences of an article in characters, each with the list that it leads into: what may be quoted by itself.
#[must_use]
pub fn sentences_of(text: &str) -> Vec<Span> {
    let sentences = split(text);
    let mut counter = CharCounter::new(text);
    let (mut found, mut end) = (Vec::new(), 0);
    for (at, own) in sentences.iter().enumerate() {
        if own.start < end {
            continue;
        }
        let range = if own.leads { with_list(text, &sentences, at) } else { own.start..own.end };
        end = range.end;
        found.push(counter.span(range));
    }
    found
}

/// The sentence, and when it belongs to a list also what leads into it; when it leads into one, the list.
fn with_list(text: &str, sentences: &[Sentence], at: usize) -> std::ops::Range<usize> {
    let Some(own) = sentences.get(at) else { return 0..0 };
    let chars = |range: &std::ops::Range<usize>| text.get(range.clone()).map_or(0, |part| part.chars().count());
    if own.leads {
        let items = sentences.iter().skip(at + 1).take_while(|next| next.is_item);
        let end = items.last().map_or(own.end, |last| last.end);
        let list = own.start..end;
        return if chars(&list) <= LONGEST_LIST { list } else { own.start..own.end };
    }
    if own.is_item {
        let lead = sentences.iter().take(at).rposition(|before| !before.is_item);
        if let Some(lead) = lead.and_then(|lead| sentences.get(lead)).filter(|lead| lead.leads) {
            let list = lead.start..own.end;
            if chars(&list) <= LONGEST_LIST / 2 {
                return list;
            }
        }
    }
    own.start..own.end
}

#[cfg(test)]
mod tests {
    use super::{Asked, Wants, pick_sentences, sentences_of};
    use crate::embedding::Embedding;
    use crate::finder::Finder;
    use crate::question::understand;
    use crate::sentences;

    fn quotes(text: &str, question: &str) -> Vec<String> {
        let terms = understand(question).terms;
        let weights: Vec<f32> = terms.iter().map(|term| term.weight).collect();
        let finder = Finder::new(terms.iter().map(|term| term.term.as_str()));
        let asked = Asked { finder: &finder, weights: &weights, wants: Wants::of(question), probe: None };
        let (sentences, _) = sentences::cut(text, &Embedding::shipped());
        let picked = pick_sentences(text, &sentences, &asked);
        picked.iter().map(|quote| kernel::text::slice(text, quote.span).to_owned()).collect()
    }
    #[test]
    fn the_answering_sentence_is_found() {
        let text = "劳动者提前三十日以书面形式通知用人单位，可以解除劳动合同。劳动者在试用期内提前三日通知用人单位，可以解除劳动合同。";
        assert_eq!(
            quotes(text, "试用期内离职要提前几天通知"),
            ["劳动者在试用期内提前三日通知用人单位，可以解除劳动合同。"]
        );
    }

    #[test]
    fn a_list_comes_with_its_lead_and_a_lead_with_its_list() {
        let text = "劳动者有下列情形之一的，用人单位可以解除劳动合同：\n（一）在试用期间被证明不符合录用条件的；\n（二）严重违反用人单位的规章制度的；\n（三）被依法追究刑事责任的。";
        assert_eq!(quotes(text, "什么情形用人单位可以解除劳动合同"), [text]);
        assert_eq!(
            quotes(text, "严重违反规章制度会被开除吗")[0],
            "劳动者有下列情形之一的，用人单位可以解除劳动合同：\n（一）在试用期间被证明不符合录用条件的；\n（二）严重违反用人单位的规章制度的；"
        );
    }

    #[test]
    fn a_question_about_time_is_answered_with_a_time() {
        let text = "行政机关收到申请，能够当场答复的，应当当场予以答复。\n行政机关不能当场答复的，应当自收到申请之日起二十个工作日内予以答复。";
        assert_eq!(
            quotes(text, "申请后行政机关多久答复")[0],
            "行政机关不能当场答复的，应当自收到申请之日起二十个工作日内予以答复。"
        );
    }

    #[test]
    fn half_a_year_is_a_time() {
        let text = "公民离开常住户口所在地，到其他城市居住半年以上的，可以申领居住证。\n申领居住证，应当向居住地公安派出所提交身份证件。";
        assert_eq!(
            quotes(text, "申领居住证要住满多久")[0],
            "公民离开常住户口所在地，到其他城市居住半年以上的，可以申领居住证。"
        );
    }

    #[test]
    fn a_list_belongs_to_the_sentence_that_leads_into_it() {
        let text =
            "可以申领居住证。提出申请应当提交下列材料：\n（一）身份证明；\n（二）照片。\n公安机关应当在15日内发放。";
        let cut: Vec<&str> = sentences_of(text).into_iter().map(|span| kernel::text::slice(text, span)).collect();
        assert_eq!(
            cut,
            [
                "可以申领居住证。",
                "提出申请应当提交下列材料：\n（一）身份证明；\n（二）照片。",
                "公安机关应当在15日内发放。"
            ]
        );
        assert!(sentences_of("").is_empty());
    }

    #[test]
    fn nothing_in_common_is_no_quote() {
        assert!(quotes("承租人应当按照约定支付租金。", "怎么做红烧肉").is_empty());
        assert!(quotes("", "租金").is_empty());
    }
}

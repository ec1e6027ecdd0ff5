//! Texts to learn from: articles and questions as numbers of terms.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader};

use crate::{question, words};

/// An article to learn from.
#[derive(Debug, Clone, Default)]
pub struct LearnArticle {
    /// The law's title.
    pub law: String,
    /// The article's label, such as 第三十九条.
    pub label: String,
    /// The headings above it, one a line.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A question and a text that answers it.
#[derive(Debug, Clone, Default)]
pub struct LearnPair {
    /// The question, or any text that belongs to the same article (an answer that a lawyer gave, say).
    pub query: String,
    /// The text of the article, or `law + label + text`; a text that no article has is learned as a text of its own.
    pub positive: String,
    /// What the pair counts beside a question's pair, 0 to 1.
    pub weight: f32,
    /// Pairs of one group are held out together when folds are measured; empty means the query itself.
    pub group: String,
    /// Whether the query is a question that folds are measured with.
    pub is_question: bool,
}

/// A text cut into clauses, each its terms. Clauses are what the self-supervision asks with.
pub(super) type Clauses = Vec<Vec<u32>>;

/// The parts of an article as terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Article {
    /// Which law, as a place of [`Texts::titles`].
    pub(super) law: usize,
    pub(super) path: Vec<u32>,
    pub(super) clauses: Clauses,
}

/// A question with the articles that answer it.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) clauses: Clauses,
    /// The law's words for its everyday words, each once.
    pub(super) legal: Vec<u32>,
    /// Places of articles; those from `articles.len()` on are texts of their own.
    pub(super) golds: Vec<u32>,
    pub(super) weight: f32,
    pub(super) group: String,
    pub(super) is_question: bool,
}

/// Everything that is learned from.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) terms: Vec<String>,
    numbers: HashMap<String, u32>,
    /// Titles of laws, each with its terms.
    pub(super) titles: Vec<(String, Vec<u32>)>,
    pub(super) articles: Vec<Article>,
    /// Answers that no article has.
    pub(super) answers: Vec<Clauses>,
    pub(super) questions: Vec<Question>,
}

/// A clause of fewer characters is joined to the next one.
const SHORT: usize = 8;

impl Texts {
    /// Cuts everything into terms, on two threads.
    pub(super) fn new(articles: &[LearnArticle], pairs: &[LearnPair]) -> Self {
        let mut texts = Self::default();
        let cut = in_two(articles, |article| (strings(&article.path), cut_clauses(&article.text)));
        let mut laws: HashMap<&str, usize> = HashMap::new();
        let mut places: HashMap<String, u32> = HashMap::new();
        for (article, (path, clauses)) in articles.iter().zip(cut) {
            let law = match laws.get(article.law.as_str()) {
                Some(law) => *law,
                None => {
                    let terms = texts.intern(&strings(&article.law));
                    texts.titles.push((article.law.clone(), terms));
                    laws.insert(&article.law, texts.titles.len() - 1);
                    texts.titles.len() - 1
                }
            };
            let place = u32::try_from(texts.articles.len()).unwrap_or(u32::MAX);
            for key in [bare(&article.text), bare(&format!("{}{}{}", article.law, article.label, article.text))] {
                places.entry(key).or_insert(place);
            }
            let path = texts.intern(&path);
            let clauses = clauses.iter().map(|clause| texts.intern(clause)).collect();
            texts.articles.push(Article { law, path, clauses });
        }
        let cut = in_two(pairs, |pair| cut_clauses(&pair.query));
        let mut known: HashMap<(&str, &str), usize> = HashMap::new();
        for (pair, clauses) in pairs.iter().zip(cut) {
            let gold = match places.get(&bare(&pair.positive)) {
                Some(place) => *place,
                None => {
                    let place = u32::try_from(texts.articles.len() + texts.answers.len()).unwrap_or(u32::MAX);
                    let clauses = cut_clauses(&pair.positive).iter().map(|clause| texts.intern(clause)).collect();
                    texts.answers.push(clauses);
                    places.insert(bare(&pair.positive), place);
                    place
                }
            };
            let group = if pair.group.is_empty() { pair.query.as_str() } else { pair.group.as_str() };
            let at = match known.get(&(pair.query.as_str(), group)) {
                Some(at) => *at,
                None => {
                    let clauses: Clauses = clauses.iter().map(|clause| texts.intern(clause)).collect();
                    let legal: BTreeSet<String> = question::legal_terms(&pair.query).cloned().collect();
                    let mut legal = texts.intern(&legal.into_iter().collect::<Vec<_>>());
                    legal.retain(|term| !clauses.iter().any(|clause| clause.contains(term)));
                    texts.questions.push(Question {
                        clauses,
                        legal,
                        golds: Vec::new(),
                        weight: pair.weight,
                        group: group.to_owned(),
                        is_question: pair.is_question,
                    });
                    known.insert((&pair.query, group), texts.questions.len() - 1);
                    texts.questions.len() - 1
                }
            };
            if let Some(question) = texts.questions.get_mut(at)
                && !question.golds.contains(&gold)
            {
                question.golds.push(gold);
            }
        }
        texts
    }

    fn intern(&mut self, terms: &[String]) -> Vec<u32> {
        terms
            .iter()
            .map(|term| match self.numbers.get(term) {
                Some(number) => *number,
                None => {
                    let number = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
                    self.terms.push(term.clone());
                    self.numbers.insert(term.clone(), number);
                    number
                }
            })
            .collect()
    }

    /// Keeps the terms that stand in at least `in_articles` articles or `in_questions` times in questions, and gives
    /// each a new number; with each, in how many articles it stands.
    pub(super) fn keep(&mut self, in_articles: u32, in_questions: u32) -> Vec<u32> {
        let mut articles = vec![0_u32; self.terms.len()];
        let mut questions = vec![0_u32; self.terms.len()];
        let mut last = vec![usize::MAX; self.terms.len()];
        for (at, article) in self.articles.iter().enumerate() {
            let title = self.titles.get(article.law).map(|title| &title.1);
            for term in article.clauses.iter().flatten().chain(&article.path).chain(title.into_iter().flatten()) {
                let term = *term as usize;
                if last.get(term) != Some(&at) {
                    last.get_mut(term).into_iter().for_each(|last| *last = at);
                    articles.get_mut(term).into_iter().for_each(|count| *count += 1);
                }
            }
        }
        let asked = self.questions.iter().flat_map(|question| question.clauses.iter().flatten());
        for term in asked.chain(self.answers.iter().flatten().flatten()) {
            questions.get_mut(*term as usize).into_iter().for_each(|count| *count += 1);
        }
        let mut numbers = vec![u32::MAX; self.terms.len()];
        let mut kept = Vec::new();
        let mut counts = Vec::new();
        for ((term, number), (article, question)) in
            self.terms.iter().zip(&mut numbers).zip(articles.iter().zip(&questions))
        {
            if (*article >= in_articles || *question >= in_questions) && term.len() <= 255 {
                *number = u32::try_from(kept.len()).unwrap_or(u32::MAX);
                kept.push(term.clone());
                counts.push(*article);
            }
        }
        let renumber = |terms: &mut Vec<u32>| {
            terms.iter_mut().for_each(|term| *term = numbers.get(*term as usize).copied().unwrap_or(u32::MAX));
            terms.retain(|term| *term != u32::MAX);
        };
        self.titles.iter_mut().for_each(|title| renumber(&mut title.1));
        for article in &mut self.articles {
            renumber(&mut article.path);
            article.clauses.iter_mut().for_each(renumber);
        }
        self.answers.iter_mut().flatten().for_each(renumber);
        self.questions.iter_mut().flat_map(|question| &mut question.clauses).for_each(renumber);
        self.questions.iter_mut().for_each(|question| renumber(&mut question.legal));
        self.numbers = kept.iter().enumerate().map(|(at, term)| (term.clone(), at as u32)).collect();
        self.terms = kept;
        counts
    }
}

/// A file of lines to read, compressed with gzip or not.
///
/// # Errors
/// The file cannot be read.
pub fn lines_of(file: std::fs::File) -> std::io::Result<Box<dyn BufRead>> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let is_compressed = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_compressed {
        Box::new(BufReader::with_capacity(1 << 20, flate2::bufread::MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// What two texts have in common that are the same but for spaces.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn strings(text: &str) -> Vec<String> {
    words::terms(text).iter().map(str::to_owned).collect()
}

/// The clauses of a text, each as its terms.
fn cut_clauses(text: &str) -> Vec<Vec<String>> {
    let mut clauses: Vec<String> = Vec::new();
    let ends = |c: char| matches!(c, '，' | '。' | '；' | '：' | '？' | '！' | '\n');
    for piece in text.split_inclusive(ends).filter(|piece| !piece.trim().is_empty()) {
        match clauses.last_mut().filter(|last| last.chars().count() < SHORT) {
            Some(last) => last.push_str(piece),
            None => clauses.push(piece.to_owned()),
        }
    }
    clauses.iter().map(|clause| strings(clause)).collect()
}

/// Does the work of each item, half of it on a second thread.
fn in_two<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (first, second) = items.split_at(items.len() / 2);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| second.iter().map(&work).collect::<Vec<R>>());
        let mut done: Vec<R> = first.iter().map(&work).collect();
        done.extend(second.join().unwrap_or_default());
        done
    })
}

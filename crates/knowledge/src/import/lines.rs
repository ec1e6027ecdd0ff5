//! Articles from JSON Lines: one article per line, as other systems export statutes.

use std::collections::HashMap;
use std::io::BufRead;

use identity::{Action, Cx, Permit};
use kernel::Date;
use kernel::event::Deed;
use kernel::ids::CollectionId;
use serde::Deserialize;
use serde_json::json;

use super::{Imported, Problem};
use crate::knowledge::{Knowledge, blocking};
use crate::numerals;
use crate::publish::{Incoming, IncomingArticle, day_in_name, publish};
use crate::validity::title_key;
use crate::{Error, Result};

/// Problems that are named one by one; the rest is only counted.
const NAMED_PROBLEMS: usize = 100;

/// Articles written in one transaction, so that a large file does not keep other writers waiting for long.
const ARTICLES_AT_ONCE: usize = 8_000;

/// A JSON Lines file to import.
pub struct LineImport {
    /// The file's name, for the record.
    pub name: String,
    /// Its lines.
    pub lines: Box<dyn BufRead + Send>,
}

impl LineImport {
    /// Lines of a file, unpacked when it is gzip.
    #[must_use]
    pub fn new(name: impl Into<String>, mut file: Box<dyn BufRead + Send>) -> Self {
        // RFC 1952: a gzip file begins with these two bytes.
        let is_gzip = file.fill_buf().is_ok_and(|start| start.starts_with(&[0x1f, 0x8b]));
        let lines: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(std::io::BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(file)))
        } else {
            file
        };
        Self { name: name.into(), lines }
    }
}

/// A line. Fields that other exports carry besides are passed over.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<serde_json::Value>,
    law: String,
    article: String,
    #[serde(default)]
    chapter: Option<String>,
    text: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    effective_date: Option<String>,
    #[serde(default)]
    publish_date: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    file: Option<String>,
}

impl Knowledge {
    /// Imports articles from JSON Lines. A law's lines make one document; lines with another date make another version.
    pub async fn import_lines(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        import: LineImport,
    ) -> Result<Imported> {
        Self::admit(cx, permit, &[Action::ImportDocuments], collection)?;
        self.demand_collection(collection).await?;
        let LineImport { name, lines } = import;
        let (documents, mut done) = blocking(move || gather(lines, &name)).await?;
        let store = &self.0.store;
        let mut documents = documents.into_iter().peekable();
        while documents.peek().is_some() {
            let tx = store.begin().await?;
            let mut written = 0;
            while written < ARTICLES_AT_ONCE
                && let Some(incoming) = documents.next()
            {
                let articles = incoming.articles.len();
                let published = publish(&tx, collection, incoming, cx.actor()).await?;
                if published.unchanged {
                    done.skipped += 1;
                } else {
                    done.documents += 1;
                    done.articles += articles as u64;
                }
                written += articles;
            }
            tx.commit().await?;
        }
        let tx = store.begin().await?;
        let record = cx.record(Deed::DocumentImported, format!("collection:{collection}"), json!({ "documents": done.documents, "articles": done.articles, "skipped": done.skipped, "failed": done.failed }));
        store.audit().append(&tx, record).await?;
        tx.commit().await?;
        self.follow().await?;
        Ok(done)
    }
}

/// Reads all lines and puts the articles of each law and date together, in the order in which laws first appear.
fn gather(lines: Box<dyn BufRead + Send>, name: &str) -> Result<(Vec<Incoming>, Imported)> {
    let mut done = Imported::default();
    let mut groups: Vec<Incoming> = Vec::new();
    let mut by_law: HashMap<(String, Option<Date>, Option<Date>), usize> = HashMap::new();
    for (at, line) in lines.lines().enumerate() {
        let number = at as u64 + 1;
        let line = line.map_err(|error| Error::BadLine { line: number, why: error.to_string() })?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = match serde_json::from_str(&line) {
            Ok(line) => line,
            Err(error) => {
                fail(&mut done, number, error.to_string());
                continue;
            }
        };
        if line.law.trim().is_empty() || line.text.trim().is_empty() {
            fail(&mut done, number, "`law` and `text` may not be empty".to_owned());
            continue;
        }
        let day =
            |text: &Option<String>| text.as_deref().and_then(|text| text.get(..10)).and_then(|text| text.parse().ok());
        // The date of a version stands in the file's name, where there is one; `publish_date` is the first version's.
        let version = line.file.as_deref().and_then(day_in_name);
        let (effective, published): (Option<Date>, Option<Date>) = (day(&line.effective_date), day(&line.publish_date));
        let first = published;
        let published = version.or(published);
        let place = *by_law.entry((title_key(&line.law), effective, published)).or_insert_with(|| {
            groups.push(Incoming {
                title: line.law.trim().to_owned(),
                file_name: name.to_owned(),
                format: "jsonl".to_owned(),
                authority: line.category.clone(),
                publish_date: published,
                first_date: first.or(published),
                effective_date: effective,
                metadata: json!({ "source_status": line.status, "category": line.category }).to_string(),
                defects: "[]".to_owned(),
                ..Incoming::default()
            });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        group.size_bytes += line.text.len() as u64;
        group.articles.push(IncomingArticle {
            source_id: line.id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)),
            label: line.article,
            path: line.chapter.unwrap_or_default(),
            text: line.text,
        });
    }
    for group in &mut groups {
        sort_by_number(&mut group.articles);
    }
    Ok((groups, done))
}

fn fail(done: &mut Imported, line: u64, why: String) {
    done.failed += 1;
    if done.problems.len() < NAMED_PROBLEMS {
        let message = Error::BadLine { line, why }.to_string();
        done.problems.push(Problem { place: format!("line {line}"), code: "knowledge.bad_line".to_owned(), message });
    }
}

/// A law that came in parts is put in the order of its articles, when every label is a number and none comes twice.
fn sort_by_number(articles: &mut [IncomingArticle]) {
    let numbers: Option<Vec<(u64, u64)>> = articles.iter().map(|article| number(&article.label)).collect();
    let Some(mut numbers) = numbers else { return };
    if numbers.is_sorted() {
        return;
    }
    numbers.sort_unstable();
    if numbers.windows(2).all(|pair| pair.first() != pair.last()) {
        articles.sort_by_cached_key(|article| number(&article.label));
    }
}

/// 第二十条之一 → (20, 1).
fn number(label: &str) -> Option<(u64, u64)> {
    let (main, part) = label.strip_prefix('第')?.split_once('条')?;
    let part = match part.strip_prefix('之') {
        Some(part) => numerals::parse(part)?,
        None if part.is_empty() => 0,
        None => return None,
    };
    Some((numerals::parse(main)?, part))
}

#[cfg(test)]
mod tests {
    use super::gather;

    fn lines(text: &'static str) -> Box<dyn std::io::BufRead + Send> {
        Box::new(text.as_bytes())
    }

    #[test]
    fn parts_of_a_law_become_one_document_and_dates_become_versions() {
        let (documents, done) = gather(
            lines(
                r#"{"id":3,"law":"中华人民共和国甲法","article":"第三条","text":"三"}
{"id":1,"law":"甲法","article":"第一条","text":"一"}
not json
{"id":"x","law":"乙法","article":"第一条","text":"旧","publish_date":"1990-01-01","file":"乙法(2001-01-01).md"}
{"id":"y","law":"乙法","article":"第一条","text":"新","publish_date":"1990-01-01","file":"乙法(2011-01-01).md"}
{"id":"z","law":"","article":"第一条","text":"新"}
"#,
            ),
            "laws.jsonl",
        )
        .unwrap();
        let found: Vec<String> = documents
            .iter()
            .map(|d| {
                let labels: Vec<&str> = d.articles.iter().map(|a| a.label.as_str()).collect();
                format!("{} {:?} {}", d.title, d.publish_date.map(|d| d.to_string()), labels.join(","))
            })
            .collect();
        assert_eq!(
            found,
            [
                "中华人民共和国甲法 None 第一条,第三条",
                "乙法 Some(\"2001-01-01\") 第一条",
                "乙法 Some(\"2011-01-01\") 第一条"
            ]
        );
        assert_eq!(documents[1].articles[0].source_id.as_deref(), Some("x"));
        assert_eq!((done.failed, done.problems[0].place.as_str()), (2, "line 3"));
    }
}

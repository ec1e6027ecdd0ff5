//! Compares the articles found in a folder of laws with a list of articles on stdin, one JSON object per line
//! (`file`, `article`, `text`): `zcat statute_articles.jsonl.gz | cargo run -p documents --example agreement FOLDER`.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool for developers")]

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::time::Instant;

#[derive(serde::Deserialize)]
struct Row {
    file: String,
    article: String,
    text: String,
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}')).collect()
}

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let show: usize = std::env::args().nth(2).map_or(30, |n| n.parse().unwrap());
    let mut files: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let row: Row = serde_json::from_str(&line.unwrap()).unwrap();
        files.entry(row.file.clone()).or_default().push(row);
    }
    let limits = documents::Limits::default();
    let (mut rows, mut labels, mut texts, mut found, mut bytes, mut secs, mut shown) = (0, 0, 0, 0, 0, 0.0, 0);
    for (file, wanted) in &files {
        let content = std::fs::read(format!("{folder}/{file}")).unwrap();
        let start = Instant::now();
        let (document, _) = documents::read(file, &content, &limits);
        secs += start.elapsed().as_secs_f64();
        bytes += content.len();
        let articles: Vec<_> = document.articles.iter().filter(|a| a.kind == documents::ArticleKind::Article).collect();
        found += articles.len();
        rows += wanted.len();
        let mut used = vec![false; articles.len()];
        for row in wanted {
            let want = squeeze(&row.text);
            let same_label = |label: &str| {
                let label = label.rsplit(' ').next().unwrap_or(label);
                label.split('（').next() == Some(row.article.as_str())
            };
            let hit = articles
                .iter()
                .enumerate()
                .find(|(i, a)| !used[*i] && same_label(&a.label) && squeeze(&a.text) == want);
            let near = articles.iter().enumerate().find(|(i, a)| !used[*i] && same_label(&a.label));
            labels += usize::from(near.is_some());
            if let Some((i, _)) = hit {
                used[i] = true;
                texts += 1;
            } else {
                shown += 1;
                if shown <= show {
                    let got = near.map_or("-".to_owned(), |(_, a)| tail(&a.text));
                    println!("{file} {}\n  want …{}\n  got  …{got}", row.article, tail(&row.text));
                }
            }
            if let (None, Some((i, _))) = (hit, near) {
                used[i] = true;
            }
        }
        let extra: Vec<&str> =
            articles.iter().zip(&used).filter(|(_, used)| !**used).map(|(a, _)| a.label.as_str()).collect();
        if !extra.is_empty() && shown <= show {
            shown += 1;
            println!("{file}: extra {:?}", extra.iter().take(8).collect::<Vec<_>>());
        }
    }
    println!(
        "rows {rows} · label found {:.4} · label and text {:.4} · articles found {found} · {:.1} MB/s",
        f64::from(labels as u32) / rows as f64,
        f64::from(texts as u32) / rows as f64,
        bytes as f64 / 1e6 / secs
    );
}

fn tail(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = chars.len().saturating_sub(60);
    chars[from..].iter().collect::<String>().replace('\n', "⏎")
}

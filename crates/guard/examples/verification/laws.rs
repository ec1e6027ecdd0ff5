//! The demo laws and documents as articles.

use std::path::PathBuf;

pub(crate) struct Article {
    pub law: String,
    pub label: String,
    pub text: String,
}

/// The articles of the demo laws, in order; those of documents without articles paragraph by paragraph.
pub(crate) fn articles() -> Vec<Article> {
    let demo = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo"));
    let mut files: Vec<PathBuf> = ["laws", "state-council", "sichuan"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(demo.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let law = text.lines().find_map(|l| l.strip_prefix("title: ")).unwrap_or_default().trim().to_owned();
        let body = text.splitn(3, "---\n").nth(2).unwrap_or(&text);
        let mut open = false;
        for line in body.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let label = line.split(['　', ' ']).next().unwrap_or_default();
            if label.starts_with('第') && label.ends_with('条') && label.chars().count() <= 8 {
                open = true;
                all.push(Article { law: law.clone(), label: label.to_owned(), text: line.to_owned() });
            } else if open {
                let last: &mut Article = all.last_mut().unwrap();
                last.text.push('\n');
                last.text.push_str(line);
            } else if line.chars().count() >= 30 {
                all.push(Article { law: law.clone(), label: String::new(), text: line.to_owned() });
            }
        }
    }
    all
}

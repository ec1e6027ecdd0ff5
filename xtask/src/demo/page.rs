//! A document of the demo agency: front matter and a clean Markdown body.

use anyhow::{Result, ensure};

/// One Markdown file.
pub(super) struct Page {
    /// The file's name without its extension.
    pub(super) name: String,
    /// Front matter in order; the title comes first.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Paragraphs and headings, to be separated by empty lines.
    pub(super) body: Vec<String>,
}

impl Page {
    pub(super) fn new(name: &str, title: &str) -> Self {
        let facts = vec![("title", title.to_owned())];
        Self { name: name.replace(['/', ' '], ""), facts, body: vec![format!("# {title}")] }
    }

    pub(super) fn fact(&mut self, key: &'static str, value: &str) {
        if !value.is_empty() {
            self.facts.push((key, value.to_owned()));
        }
    }

    pub(super) fn render(&self) -> String {
        let mut out = String::from("---\n");
        for (key, value) in &self.facts {
            out.push_str(&format!("{key}: {value}\n"));
        }
        out.push_str("---\n\n");
        out.push_str(&self.body.join("\n\n"));
        out.push('\n');
        out
    }

    /// A text that is not in force on the day the demo is made for must not be among the laws.
    pub(super) fn must_be_in_force(&self, as_of: &str) -> Result<()> {
        let effective = self.facts.iter().find(|(key, _)| *key == "effective_date").map(|(_, value)| value.as_str());
        ensure!(effective.is_some_and(|day| day <= as_of), "`{}` is not in force on {as_of}", self.name);
        Ok(())
    }
}

//! Markdown: the implicit label as front matter (TC260-PG-20258A), the explicit one as a quotation at both ends.

use super::{BlockStyle, Paper};

pub(super) fn write(paper: &Paper) -> String {
    let mut out = String::from("---\nAIGC:\n");
    for (name, value) in paper.label.fields() {
        out.push_str(&format!("  {name}: \"{value}\"\n"));
    }
    out.push_str(&format!("---\n\n> {}\n\n# {}\n", paper.notice, line(&paper.title)));
    for block in &paper.blocks {
        let lines = block.text.lines().map(str::trim).filter(|l| !l.is_empty());
        let mark = match block.style {
            BlockStyle::Heading => "## ",
            BlockStyle::Quote => "> ",
            BlockStyle::Body | BlockStyle::Small => "",
        };
        let text: Vec<String> =
            lines.map(|l| format!("{mark}{}", l.replace('&', "&amp;").replace('<', "&lt;"))).collect();
        out.push_str(&format!("\n{}\n", text.join("\n")));
    }
    out.push_str(&format!("\n> {}\n", paper.notice));
    out
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

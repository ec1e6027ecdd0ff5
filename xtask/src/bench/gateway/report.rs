//! Figures beside what is to be reached, printed as a Markdown table for docs/benchmarks.md.

/// The lines so far.
#[derive(Default)]
pub(crate) struct Report(Vec<[String; 4]>);

impl Report {
    /// A figure that nothing is asked of.
    pub(crate) fn figure(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.line([what.into(), measured.into(), "–".to_owned(), String::new()]);
    }

    /// A figure with its limit.
    pub(crate) fn held(&mut self, what: impl Into<String>, measured: impl Into<String>, limit: &str, is_reached: bool) {
        let verdict = if is_reached { "reached" } else { "short" };
        self.line([what.into(), measured.into(), limit.to_owned(), verdict.to_owned()]);
    }

    fn line(&mut self, line: [String; 4]) {
        let [what, measured, limit, verdict] = &line;
        eprintln!("{what}: {measured} (to reach: {limit}) {verdict}");
        self.0.push(line);
    }

    /// All lines as one table.
    pub(crate) fn print(&self) {
        println!("\n| gateway | measured | to reach | |\n|---|---|---|---|");
        for line in &self.0 {
            println!("| {} |", line.join(" | "));
        }
    }
}

//! The README's examples work as printed: they are run, in order, against a freshly started demo server.
//!
//! An example is a `sh` block right after the line `<!-- run -->` or `<!-- run: TEXT -->`; TEXT must occur in what it prints.
//! The blocks of one file share a shell, so that a later one can use the token an earlier one fetched.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::launch::{DemoServer, Scratch};
use crate::repo;
use crate::step;

const FILES: &[&str] = &["README.md", "README.zh-CN.md"];
const PRINTED_ADDRESS: &str = "127.0.0.1:8080";
const MARK: &str = "─── example ";

struct Example {
    line: usize,
    expected: String,
    script: String,
}

/// Runs the examples of both READMEs with the given binary, or a freshly built one.
pub(crate) fn examples(given: Option<&str>) -> Result<()> {
    let binary = given.map_or_else(step::debug_server, |path| Ok(path.into()))?;
    for file in FILES {
        let text = std::fs::read_to_string(repo::root().join(file)).context(*file)?;
        let examples = read(&text);
        ensure!(!examples.is_empty(), "{file} has no examples");
        let scratch = Scratch::new("examples")?;
        let server = DemoServer::start(&binary, &scratch.folder("data")?)?;
        let script: String =
            examples.iter().enumerate().map(|(n, example)| format!("echo '{MARK}{n}'\n{}\n", example.script)).collect();
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script.replace(PRINTED_ADDRESS, &server.address)])
            .current_dir(repo::root())
            .stdin(Stdio::null())
            .output()
            .context("cannot start bash")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        for (n, example) in examples.iter().enumerate() {
            let mine =
                printed.split(&format!("{MARK}{n}\n")).nth(1).and_then(|rest| rest.split(MARK).next()).unwrap_or("");
            ensure!(
                mine.contains(&example.expected),
                "{file}:{}: `{}` is not in what the example printed: {}{}",
                example.line,
                example.expected,
                mine.trim(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        ensure!(
            output.status.success(),
            "{file}: an example failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        server.stop()?;
        println!("{file}: {} examples work as printed", examples.len());
    }
    Ok(())
}

fn read(text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let Some(rest) = line.trim().strip_prefix("<!-- run").and_then(|rest| rest.strip_suffix("-->")) else {
            continue;
        };
        let expected = rest.trim_start_matches(':').trim().to_owned();
        if lines.peek().is_none_or(|(_, fence)| fence.trim() != "```sh") {
            continue;
        }
        lines.next();
        let script: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
        examples.push(Example { line: index + 1, expected, script: script.join("\n") });
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_blocks_are_read() {
        let found = read(
            "text\n<!-- run: \"ok\" -->\n```sh\necho ok\n```\n```sh\nnot run\n```\n<!-- run -->\n```sh\na\nb\n```\n",
        );
        let seen: Vec<_> =
            found.iter().map(|example| (example.line, example.expected.as_str(), example.script.as_str())).collect();
        assert_eq!(seen, [(2, "\"ok\"", "echo ok"), (9, "", "a\nb")]);
    }
}

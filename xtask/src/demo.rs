//! Rebuilds `demo/`, the demo agency's texts, from the data folder beside the repository: `cargo xtask demo [--shared DIR]`.
//!
//! What is chosen stands in `xtask/demo.toml`; the agency's internal rules in `demo/internal-rules` are written by hand and
//! left alone. The output is committed: building and running the platform never needs the data folder.

mod council;
mod page;
mod sichuan;
mod statute;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::repo;
use crate::step::run;
use page::Page;

const MAX_BYTES: u64 = 6 * 1024 * 1024;

/// `xtask/demo.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Selection {
    as_of: String,
    historical_before: String,
    law: Vec<Law>,
    regulation: Vec<Regulation>,
    other: Vec<Other>,
    ended: Vec<Ended>,
    left_out: Vec<LeftOut>,
    effective: Vec<Effective>,
}

/// A law by its folder in the set of current laws.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Law {
    title: String,
    folder: String,
    adopted: String,
    effective: String,
}

/// A regulation by its file in the national set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Regulation {
    title: String,
    file: String,
    issuer: String,
    number: Option<String>,
    adopted: String,
    effective: String,
}

/// A State Council document that is no longer in force.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    number: String,
    repealed: String,
    note: String,
}

/// A State Council document that is not taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    number: String,
}

/// A law that is not, or not yet, in force: from the current set (`folder`) or the national one (`file`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    title: String,
    folder: Option<String>,
    file: Option<String>,
    adopted: String,
    effective: String,
}

/// The day a State Council document took effect, where its text says so.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Effective {
    number: String,
    date: String,
}

/// Writes `demo/` anew from the data in `shared`.
pub(crate) fn demo(shared: &Path) -> Result<()> {
    let data = shared.join("data/laws");
    ensure!(data.is_dir(), "no data folder `{}`: name it with --shared DIR", data.display());
    let text = std::fs::read_to_string(repo::root().join("xtask/demo.toml"))?;
    let selection: Selection = toml::from_str(&text).context("xtask/demo.toml")?;
    let unpacked = repo::target()?.join("demo-sources");
    unpack(&data.join("current_laws_2026_markdown.tar.gz"), &unpacked.join("laws"))?;
    unpack(&data.join("national_laws_markdown.tar.gz"), &unpacked.join("national"))?;

    let council = council::documents(&data.join("state_council_documents.jsonl"), &selection)?;
    let docs = unpacked.join("laws");
    let national = unpacked.join("national/laws");
    let mut laws = Vec::new();
    for law in &selection.law {
        laws.push(statute::law(law, &docs.join("docs").join(&law.folder)).with_context(|| law.title.clone())?);
    }
    for regulation in &selection.regulation {
        let page = statute::regulation(regulation, &national.join(&regulation.file));
        laws.push(page.with_context(|| regulation.title.clone())?);
    }
    for page in &laws {
        page.must_be_in_force(&selection.as_of)?;
    }
    let in_force = laws.len();
    for other in selection.other {
        let Other { title, folder, file, adopted, effective } = other;
        let mut page = match (folder, file) {
            (Some(folder), None) => {
                let source = docs.join("docs").join(&folder);
                statute::law(&Law { title: title.clone(), folder, adopted: adopted.clone(), effective }, &source)
            }
            (None, Some(file)) => {
                let source = national.join(&file);
                let issuer = "全国人民代表大会常务委员会".to_owned();
                let adopted = adopted.clone();
                let law = Regulation { title: title.clone(), file, issuer, number: None, adopted, effective };
                statute::regulation(&law, &source)
            }
            _ => bail!("xtask/demo.toml: `{title}` needs `folder` or `file`"),
        }
        .with_context(|| title.clone())?;
        page.name = format!("{}（{adopted}）", page.name);
        laws.push(page);
    }
    write("laws", &laws)?;
    std::fs::copy(docs.join("LICENSE"), demo_folder().join("laws/LICENSE.current-laws.txt"))?;
    write("state-council", &council)?;
    write("sichuan", &sichuan::documents(&data.join("sichuan_policy_pack"))?)?;
    let size = size(&demo_folder())?;
    ensure!(size <= MAX_BYTES, "demo/ has {size} bytes, more than {MAX_BYTES}");
    println!("demo/: {in_force} laws and regulations in force, {} other versions, {size} bytes", laws.len() - in_force);
    Ok(())
}

fn demo_folder() -> PathBuf {
    repo::root().join("demo")
}

fn unpack(archive: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(to))
}

/// Replaces the Markdown files of one folder.
fn write(folder: &str, pages: &[Page]) -> Result<()> {
    let folder = demo_folder().join(folder);
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            std::fs::remove_file(path)?;
        }
    }
    for page in pages {
        let path = folder.join(format!("{}.md", page.name));
        ensure!(!path.exists(), "two pages are called `{}`", page.name);
        std::fs::write(path, page.render())?;
    }
    Ok(())
}

fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(total)
}

//! What is built into the binary: the page, the policies, the scenarios, the demo agency. A folder of the same
//! name in the data folder takes the place of `policies` and `scenarios`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use assistant::ScenarioFiles;
use rust_embed::{EmbeddedFile, RustEmbed};

/// The built page. Empty in a build made before `ui/dist`; the server then says how to build it.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
pub struct Ui;

/// `policies/`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../policies"]
struct Policies;

/// `scenarios/`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../scenarios"]
struct ScenarioFolders;

/// `demo/`.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../demo"]
#[allow_missing = true]
pub struct Demo;

/// A policy file: the data folder's own, or the one built in.
pub fn policy(data: Option<&Path>, name: &str) -> std::io::Result<String> {
    if let Some(own) = data.map(|data| data.join("policies").join(name)).filter(|path| path.is_file()) {
        return std::fs::read_to_string(own);
    }
    Policies::get(name)
        .map(|file| text(&file))
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, format!("policies/{name} is not built in")))
}

/// The scenario folders: the built-in ones, each replaced by the data folder's own of the same name, and its own
/// additional ones.
pub fn scenarios(data: Option<&Path>) -> std::io::Result<Vec<ScenarioFiles>> {
    let mut folders: Vec<ScenarioFiles> = Vec::new();
    for name in ScenarioFolders::iter() {
        let Some(folder) = name.strip_suffix("/scenario.toml") else { continue };
        let part = |file: &str| ScenarioFolders::get(&format!("{folder}/{file}")).map(|f| text(&f)).unwrap_or_default();
        folders.push(ScenarioFiles {
            folder: folder.to_owned(),
            record: part("scenario.toml"),
            prompt: part("prompt.md"),
            parts: ScenarioFolders::iter()
                .filter_map(|name| {
                    let file = name.strip_prefix(folder)?.strip_prefix('/')?;
                    is_part(file).then(|| (file.to_owned(), part(file)))
                })
                .collect(),
        });
    }
    if let Some(own) = data.map(|data| data.join("scenarios")).filter(|path| path.is_dir()) {
        for entry in std::fs::read_dir(own)? {
            let path = entry?.path();
            let Some(folder) = path.file_name().and_then(|n| n.to_str()).map(str::to_owned) else { continue };
            if !path.join("scenario.toml").is_file() {
                continue;
            }
            folders.retain(|f| f.folder != folder);
            folders.push(ScenarioFiles {
                record: std::fs::read_to_string(path.join("scenario.toml"))?,
                prompt: std::fs::read_to_string(path.join("prompt.md"))?,
                parts: own_parts(&path)?,
                folder,
            });
        }
    }
    Ok(folders)
}

/// Lists and rules beside the record.
fn is_part(file: &str) -> bool {
    file.ends_with(".toml") && file != "scenario.toml"
}

fn own_parts(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut parts = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_part(&name) {
            parts.insert(name, std::fs::read_to_string(entry.path())?);
        }
    }
    Ok(parts)
}

fn text(file: &EmbeddedFile) -> String {
    match &file.data {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cow::Owned(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The files of the hotline: the data folder's own, or those built in. Holidays are taken year by year.
pub fn hotline(data: Option<&Path>) -> std::io::Result<hotline::PolicyFiles> {
    let is_year = |name: &str| name.starts_with("holidays_") && name.ends_with(".toml");
    let mut years: std::collections::BTreeSet<String> =
        Policies::iter().map(|name| name.to_string()).filter(|name| is_year(name)).collect();
    if let Some(own) = data.map(|data| data.join("policies")).filter(|path| path.is_dir()) {
        for entry in std::fs::read_dir(own)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if is_year(&name) {
                years.insert(name);
            }
        }
    }
    let classifier = data.map(|data| data.join("policies/hotline_classifier.bin")).filter(|path| path.is_file());
    Ok(hotline::PolicyFiles {
        settings: policy(data, "hotline.toml")?,
        categories: policy(data, "hotline_categories.jsonl")?,
        streets: policy(data, "hotline_streets.tsv")?,
        holidays: years
            .into_iter()
            .map(|name| policy(data, &name).map(|text| (format!("policies/{name}"), text)))
            .collect::<std::io::Result<_>>()?,
        classifier: classifier.map(std::fs::read).transpose()?,
    })
}

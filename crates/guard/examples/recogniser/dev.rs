//! The development sets, read into one form. They measure; nothing of them trains.

use std::path::Path;

/// What is looked for in a labelled text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Want {
    Name,
    Organisation,
    Address,
    Place,
}

pub(crate) struct Case {
    pub(crate) text: String,
    /// In characters.
    pub(crate) wants: Vec<(Want, usize, usize)>,
}

pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) cases: Vec<Case>,
    /// What its labels cover.
    pub(crate) covers: Vec<Want>,
}

/// The half that is looked at, or the other one.
fn half(n: usize, second: bool) -> bool {
    (n / 7) % 2 == usize::from(second)
}

pub(crate) fn sets(shared: &Path, second: bool) -> anyhow::Result<Vec<Set>> {
    let folder = shared.join("data/safety/personal_information");
    let mut sets = Vec::new();
    let mut cases = Vec::new();
    for (n, line) in std::fs::read_to_string(folder.join("cluener_train_zh.jsonl"))?.lines().enumerate() {
        if !half(n, second) {
            continue;
        }
        let row: serde_json::Value = serde_json::from_str(line)?;
        let mut wants = Vec::new();
        for (label, values) in row["label"].as_object().into_iter().flatten() {
            let want = match label.as_str() {
                "name" => Want::Name,
                "company" | "government" | "organization" => Want::Organisation,
                "address" => Want::Address,
                _ => continue,
            };
            for span in
                values.as_object().into_iter().flat_map(|v| v.values()).flat_map(|v| v.as_array().into_iter().flatten())
            {
                let at = |i: usize| span[i].as_u64().unwrap_or(0) as usize;
                wants.push((want, at(0), at(1) + 1));
            }
        }
        cases.push(Case { text: row["text"].as_str().unwrap_or("").to_owned(), wants });
    }
    sets.push(Set { name: "cluener", cases, covers: vec![Want::Name, Want::Organisation, Want::Address] });
    for (name, files, covers) in [
        ("msra", &["msra_val_zh.jsonl"][..], vec![Want::Name, Want::Organisation, Want::Place]),
        ("people", &["peoplesdaily_dev_zh.jsonl"], vec![Want::Name, Want::Organisation, Want::Place]),
        ("weibo", &["weibo_train_zh.jsonl", "weibo_dev_zh.jsonl"], vec![Want::Name, Want::Organisation, Want::Place]),
        ("resume", &["resume_train_zh.jsonl", "resume_dev_zh.jsonl"], vec![Want::Name, Want::Organisation]),
    ] {
        let mut cases = Vec::new();
        for file in files {
            for (n, line) in std::fs::read_to_string(folder.join(file))?.lines().enumerate() {
                if half(n, second) {
                    cases.push(tagged(&serde_json::from_str(line)?, |label| match label {
                        "PER" | "PER.NAM" | "NAME" => Some(Want::Name),
                        "ORG" | "ORG.NAM" => Some(Want::Organisation),
                        "LOC" | "LOC.NAM" | "GPE.NAM" => Some(Want::Place),
                        _ => None,
                    }));
                }
            }
        }
        sets.push(Set { name, cases, covers });
    }
    // Address lines: the whole line is the address; half of them inside a message.
    let mut cases = Vec::new();
    for (n, line) in std::fs::read_to_string(folder.join("address_dev_zh.jsonl"))?.lines().enumerate() {
        if !half(n, second) {
            continue;
        }
        let row: serde_json::Value = serde_json::from_str(line)?;
        let text = row["text"].as_str().unwrap_or("").to_owned();
        let chars = text.chars().count();
        let detailed = row["tags"].as_array().into_iter().flatten().filter_map(|t| t.as_str()).any(|t| {
            ["road", "roadno", "poi", "community", "houseno", "village_group", "town"].iter().any(|d| t.ends_with(d))
        });
        if !detailed {
            continue;
        }
        let (head, tail) = [
            ("", ""),
            ("麻烦帮我寄到", "，谢谢。"),
            ("物业一直不处理问题，我住", "，请有关部门核实"),
            ("联系地址：", ""),
        ][n % 4];
        let start = head.chars().count();
        cases.push(Case { text: format!("{head}{text}{tail}"), wants: vec![(Want::Address, start, start + chars)] });
    }
    sets.push(Set { name: "address", cases, covers: vec![Want::Address] });
    Ok(sets)
}

fn tagged(row: &serde_json::Value, want: impl Fn(&str) -> Option<Want>) -> Case {
    let chars: Vec<&str> = row["chars"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
    let tags: Vec<&str> = row["tags"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
    let mut text = String::new();
    let mut at = 0;
    let mut wants: Vec<(Want, usize, usize)> = Vec::new();
    let mut open = false;
    for (c, tag) in chars.iter().zip(&tags) {
        text.push_str(c);
        let end = at + c.chars().count();
        let (part, label) = tag.split_once('-').unwrap_or(("O", ""));
        match (part, want(label)) {
            ("B" | "S", Some(w)) => {
                wants.push((w, at, end));
                open = true;
            }
            ("I" | "M" | "E", Some(_)) if open => {
                if let Some(last) = wants.last_mut() {
                    last.2 = end;
                }
            }
            _ => open = false,
        }
        at = end;
    }
    Case { text, wants }
}

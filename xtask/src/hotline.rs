//! Figures of the hotline: `cargo xtask evals --part hotline`. The classifier on word lists and on raw messages, repeats,
//! urgent words, and whether a reply speaks of its appeal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::launch::Scratch;
use crate::repo;
use crate::step::output;

/// A labelled message as a list of words.
struct Labelled {
    words: Vec<String>,
    label: String,
}

/// Prints all figures; the parts that need the data folder are skipped, loudly, without it.
pub(crate) fn measure(binary: &Path, scratch: &Scratch, shared: &Path) -> Result<()> {
    let folder = scratch.folder("hotline")?;
    urgent(binary, &folder)?;
    let data = shared.join("data/hotline");
    if !data.is_dir() {
        println!("SKIPPED the rest of the hotline: no `{}` (name the data folder with --shared DIR)", data.display());
        return Ok(());
    }
    repeats(binary, &folder, &data)?;
    replies(binary, &folder, &data)?;
    classifier(binary, &folder, &data)
}

/// How many urgent calls are seen, and how many others are not taken for urgent.
fn urgent(binary: &Path, folder: &Path) -> Result<()> {
    let text = std::fs::read_to_string(repo::root().join("evals/hotline_urgent.tsv"))?;
    let cases: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    let lines = cases.iter().enumerate().map(|(id, (_, text))| json!({ "id": id, "text": text }));
    let drafts = run(binary, folder, "draft", lines)?;
    let (mut exact, mut seen, mut calm, mut wrong) = (0, 0, 0, Vec::new());
    for ((wanted, text), draft) in cases.iter().zip(&drafts) {
        let got = draft.pointer("/urgency/value").and_then(Value::as_str).unwrap_or_default();
        exact += usize::from(got == *wanted);
        seen += usize::from(*wanted != "normal" && got != "normal");
        calm += usize::from(*wanted == "normal" && got == "normal");
        if got != *wanted {
            wrong.push(format!("  {text}: {got}, not {wanted}"));
        }
    }
    let urgent = cases.iter().filter(|(wanted, _)| *wanted != "normal").count();
    println!(
        "urgent words: {seen}/{urgent} urgent calls seen, {calm}/{} others left alone, level right {exact}/{}",
        cases.len() - urgent,
        cases.len()
    );
    wrong.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// Precision and recall of repeats on pairs that were judged by reading.
fn repeats(binary: &Path, folder: &Path, data: &Path) -> Result<()> {
    let messages = lines(&data.join("messages_hot_issues.jsonl.gz"))?;
    let sent = messages.iter().map(|message| {
        json!({ "id": text(message, "留言编号"), "text": whole(message), "received_at": day(text(message, "留言时间")) })
    });
    let found: BTreeSet<(String, String)> = run(binary, folder, "repeats", sent)?
        .iter()
        .filter_map(|pair| Some(ordered(pair.get("id")?.as_str()?, pair.get("earlier")?.as_str()?)))
        .collect();
    let judged = std::fs::read_to_string(repo::root().join("evals/hotline_repeats.tsv"))?;
    let (mut hit, mut false_alarm, mut same) = (0, 0, 0);
    for line in judged.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(a), Some(b), Some(is)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let flagged = found.contains(&ordered(a, b));
        same += usize::from(is == "1");
        hit += usize::from(flagged && is == "1");
        false_alarm += usize::from(flagged && is != "1");
    }
    println!(
        "repeats: {} pairs among {} messages; of {} judged pairs {} flagged, {hit} rightly: precision {:.3}, recall {:.3}",
        found.len(),
        messages.len(),
        judged.lines().filter(|line| !line.starts_with('#')).count(),
        hit + false_alarm,
        share(hit, hit + false_alarm),
        share(hit, same)
    );
    Ok(())
}

/// Whether the check of replies knows an appeal's own reply from another one's.
fn replies(binary: &Path, folder: &Path, data: &Path) -> Result<()> {
    let messages = lines(&data.join("messages_with_replies.jsonl.gz"))?;
    let count = messages.len();
    let reply_of = |n: usize| messages.get(n % count.max(1)).map(|m| text(m, "答复意见")).unwrap_or_default();
    let ask = |shift: usize| {
        let sent = messages
            .iter()
            .enumerate()
            .map(|(n, message)| json!({ "id": n, "appeal": whole(message), "reply": reply_of(n + shift) }));
        run(binary, folder, "check-reply", sent)
    };
    let relevant = |checked: &[Value]| {
        let is = |line: &&Value| {
            line.get("checks").and_then(Value::as_array).is_some_and(|all| {
                let ok = |c: &Value| c.get("ok") == Some(&json!(true));
                all.iter().any(|c| c.get("quality") == Some(&json!("relevant")) && ok(c))
            })
        };
        checked.iter().filter(is).count()
    };
    let (own, other) = (relevant(&ask(0)?), relevant(&ask(617)?));
    println!(
        "replies: {own}/{count} own replies taken for relevant ({:.3}), {}/{count} others told apart ({:.3})",
        share(own, count),
        count - other,
        share(count - other, count)
    );
    Ok(())
}

/// The classifier trained on word lists, asked on held-out word lists, on the same without spaces, and on raw messages.
fn classifier(binary: &Path, folder: &Path, data: &Path) -> Result<()> {
    let labelled: Vec<Labelled> = lines(&data.join("messages_labelled_tokenised.jsonl.gz"))?
        .iter()
        .map(|line| Labelled {
            words: text(line, "tokens").split_whitespace().map(str::to_owned).collect(),
            label: text(line, "label").to_owned(),
        })
        .collect();
    let mut raw = lines(&data.join("messages_hot_issues.jsonl.gz"))?;
    raw.extend(lines(&data.join("messages_with_replies.jsonl.gz"))?);
    let raw: Vec<String> = raw.iter().map(whole).collect();
    let twins = twins(&labelled, &raw);
    let held = |n: usize| n % 5 == 4;
    for (name, train, asked) in [
        (
            "held-out word lists",
            (0..labelled.len()).filter(|n| !held(*n)).collect::<Vec<_>>(),
            (0..labelled.len()).filter(|n| held(*n)).map(|n| (n, words(&labelled, n, " "))).collect::<Vec<_>>(),
        ),
        (
            "the same without spaces",
            (0..labelled.len()).filter(|n| !held(*n)).collect(),
            (0..labelled.len()).filter(|n| held(*n)).map(|n| (n, words(&labelled, n, ""))).collect(),
        ),
        (
            "raw messages",
            (0..labelled.len()).filter(|n| !twins.contains_key(n)).collect(),
            twins.iter().filter_map(|(n, twin)| Some((*n, raw.get(*twin)?.clone()))).collect(),
        ),
    ] {
        let file = folder.join("train.jsonl");
        let model = folder.join("model.bin");
        let lines: String = train
            .iter()
            .filter_map(|n| Some((words(&labelled, *n, " "), &labelled.get(*n)?.label)))
            .map(|(text, label)| json!({ "text": text, "label": label }).to_string() + "\n")
            .collect();
        std::fs::write(&file, lines)?;
        output(
            Command::new(binary).args(["models", "train-classifier", "--input"]).arg(&file).arg("--output").arg(&model),
        )?;
        let sent: String = asked.iter().map(|(n, text)| json!({ "id": n, "text": text }).to_string() + "\n").collect();
        let input = folder.join("asked.jsonl");
        std::fs::write(&input, sent)?;
        let said = output(
            Command::new(binary).args(["models", "classify", "--model"]).arg(&model).arg("--input").arg(&input),
        )?;
        let got: Vec<Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let pairs: Vec<(&str, &str)> = asked
            .iter()
            .zip(&got)
            .filter_map(|((n, _), line)| Some((labelled.get(*n)?.label.as_str(), line.get("label")?.as_str()?)))
            .collect();
        let right = pairs.iter().filter(|(is, got)| is == got).count();
        println!(
            "classifier, {name}: n {}, accuracy {:.3}, macro F1 {:.3}",
            pairs.len(),
            share(right, pairs.len()),
            macro_f1(&pairs)
        );
    }
    Ok(())
}

fn words(labelled: &[Labelled], n: usize, between: &str) -> String {
    labelled.get(n).map(|one| one.words.join(between)).unwrap_or_default()
}

/// Labelled messages whose raw text is known too: at least nine in ten of eight or more long words stand in it.
fn twins(labelled: &[Labelled], raw: &[String]) -> BTreeMap<usize, usize> {
    let long = |one: &Labelled| -> BTreeSet<String> {
        one.words.iter().filter(|word| word.chars().count() > 1).cloned().collect()
    };
    let mut holders: HashMap<&str, usize> = HashMap::new();
    let sets: Vec<BTreeSet<String>> = labelled.iter().map(long).collect();
    for word in sets.iter().flatten() {
        *holders.entry(word).or_default() += 1;
    }
    let mut found = BTreeMap::new();
    for (n, set) in sets.iter().enumerate().filter(|(_, set)| set.len() >= 8) {
        let Some(rarest) = set.iter().min_by_key(|word| (holders.get(word.as_str()).copied(), word.as_str())) else {
            continue;
        };
        let twin = raw.iter().position(|text| {
            text.contains(rarest.as_str())
                && set.iter().filter(|word| text.contains(word.as_str())).count() * 10 >= set.len() * 9
        });
        if let Some(twin) = twin {
            found.insert(n, twin);
        }
    }
    found
}

fn macro_f1(pairs: &[(&str, &str)]) -> f64 {
    let labels: BTreeSet<&str> = pairs.iter().map(|(is, _)| *is).collect();
    let f1 = |label: &&str| {
        let hit = pairs.iter().filter(|(is, got)| is == label && got == label).count();
        let of = pairs.iter().filter(|(is, got)| is == label || got == label).count();
        share(2 * hit, hit + of)
    };
    labels.iter().map(f1).sum::<f64>() / labels.len().max(1) as f64
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn run(binary: &Path, folder: &Path, command: &str, sent: impl Iterator<Item = Value>) -> Result<Vec<Value>> {
    let input = folder.join(format!("{command}.jsonl"));
    let text: String = sent.map(|line| line.to_string() + "\n").collect();
    std::fs::write(&input, text)?;
    let said = output(Command::new(binary).args(["hotline", command, "--input"]).arg(&input))?;
    Ok(said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn lines(path: &Path) -> Result<Vec<Value>> {
    let text = output(Command::new("gzip").arg("-dc").arg(path))?;
    text.lines().map(|line| serde_json::from_str(line).map_err(Into::into)).collect()
}

fn text<'v>(line: &'v Value, field: &str) -> &'v str {
    line.get(field).and_then(Value::as_str).unwrap_or_default().trim()
}

fn whole(line: &Value) -> String {
    format!("{}。{}", text(line, "留言主题"), text(line, "留言详情"))
}

/// `2019/2/28 11:25:05` as RFC 3339; messages without a readable day are of the first one.
fn day(written: &str) -> String {
    let day = written.split_whitespace().next().unwrap_or_default();
    let parts: Vec<u32> = day.split(['/', '-']).filter_map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [year, month, day] => format!("{year:04}-{month:02}-{day:02}T09:00:00+08:00"),
        _ => "2019-01-01T09:00:00+08:00".to_owned(),
    }
}

fn ordered(a: &str, b: &str) -> (String, String) {
    if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

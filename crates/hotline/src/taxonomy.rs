//! The categories of appeals (诉求分类): three levels, loaded from a file of the form in which cities publish theirs.

use serde::{Deserialize, Serialize};

use crate::draft::Reason;
use crate::policy::{BadPolicy, Policy};

/// A category of the third level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its code, unique.
    pub code: String,
    /// The names of its three levels.
    pub path: [String; 3],
    /// Words by which it is told.
    pub words: Vec<String>,
    /// The department that answers for it.
    pub department: Option<String>,
    /// Departments that assist.
    pub assisting: Vec<String>,
    /// What to ask a caller, in Chinese and English.
    pub ask: Option<(String, String)>,
}

/// All categories.
#[derive(Debug, Clone)]
pub struct Taxonomy {
    leaves: Vec<Leaf>,
}

/// A category as a draft or a work order names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The code.
    pub code: String,
    /// The names of its three levels.
    pub path: [String; 3],
    /// How sure, 0 to 1.
    #[serde(default)]
    pub score: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    code: Option<String>,
    #[serde(rename = "一级分类")]
    first: String,
    #[serde(rename = "二级分类")]
    second: String,
    #[serde(rename = "三级分类")]
    third: String,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    assisting: Vec<String>,
    #[serde(default)]
    ask: Option<String>,
    #[serde(default)]
    ask_en: Option<String>,
}

/// How much a classifier's certainty weighs beside words: as much as one word of five characters.
const CLASSIFIER_WEIGHT: f32 = 4.0;
/// What a caller says first and often counts more than what comes up once; this many times is the most.
const MOST_TIMES: usize = 3;

impl Taxonomy {
    /// Reads lines of `{"一级分类","二级分类","三级分类"}`, with `code`, `words`, `department`, `assisting` and `ask`
    /// where the city has them. Without a code, a category has the number of its line; without words, its own name.
    pub fn parse(name: &str, text: &str, departments: &[&str]) -> Result<Self, BadPolicy> {
        let mut leaves: Vec<Leaf> = Vec::new();
        for (n, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let bad = |problem: String| BadPolicy { file: name.to_owned(), problem: format!("line {n}: {problem}") };
            let line: Line = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
            let unknown = line.department.iter().chain(&line.assisting).find(|id| !departments.contains(&id.as_str()));
            if let Some(id) = unknown {
                return Err(bad(format!("`{id}` is not a department of policies/hotline.toml")));
            }
            let code = line.code.unwrap_or_else(|| format!("{n:04}"));
            if leaves.iter().any(|leaf| leaf.code == code) {
                return Err(bad(format!("the code `{code}` is there twice")));
            }
            let words = if line.words.is_empty() { names(&line.third) } else { line.words };
            leaves.push(Leaf {
                code,
                words,
                path: [line.first, line.second, line.third],
                department: line.department,
                assisting: line.assisting,
                ask: line.ask.map(|zh| (zh.clone(), line.ask_en.unwrap_or(zh))),
            });
        }
        if leaves.is_empty() {
            return Err(BadPolicy { file: name.to_owned(), problem: "holds no category".to_owned() });
        }
        Ok(Self { leaves })
    }

    /// All categories of the third level.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// A category by its code.
    #[must_use]
    pub fn leaf(&self, code: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.code == code)
    }

    /// The category of this code, as a work order names it.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<Category> {
        self.leaf(code).map(|leaf| Category { code: leaf.code.clone(), path: leaf.path.clone(), score: 1.0 })
    }
}

/// The parts of a category's name that may stand in a text: `餐饮卫生` alone, `合同与辞退` as two.
fn names(name: &str) -> Vec<String> {
    name.split(['与', '和', '、', '及', '/', '（', '）'])
        .filter(|part| part.chars().count() > 1)
        .map(str::to_owned)
        .collect()
}

/// The categories that fit a text, the best first, each with why.
pub(crate) fn categories(policy: &Policy, text: &str) -> Vec<(Category, Reason)> {
    let judged = policy.classifier.as_ref().map(|model| model.classify(text)).unwrap_or_default();
    let mut scored: Vec<(f32, &Leaf, Vec<String>)> = Vec::new();
    for leaf in policy.taxonomy.leaves() {
        let mut score = 0.0;
        let mut words: Vec<String> = Vec::new();
        for word in &leaf.words {
            let times = text.matches(word.as_str()).take(MOST_TIMES).count();
            // `公积金` inside a found `公积金提取` of the same category says nothing new.
            if times == 0 || words.iter().any(|found| found.contains(word.as_str())) {
                continue;
            }
            let length = word.chars().count();
            score += weight(length) * (1.0 + 0.25 * weight(times));
            words.push(word.clone());
        }
        let label = judged.iter().find(|scored| scored.label == leaf.code || leaf.path.contains(&scored.label));
        score += CLASSIFIER_WEIGHT * label.map_or(0.0, |scored| scored.score);
        if score > 0.5 {
            scored.push((score, leaf, words));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.code.cmp(&b.1.code)));
    let sum: f32 = scored.iter().take(3).map(|(score, ..)| score).sum();
    let as_found = |(score, leaf, words): (f32, &Leaf, Vec<String>)| {
        let share = if sum > 0.0 { score / sum } else { 0.0 };
        // One short word alone is a weak sign, however alone it stands.
        let sure = share * (score / (score + 1.0));
        let code = if words.is_empty() { "classifier" } else { "words" };
        let category = Category { code: leaf.code.clone(), path: leaf.path.clone(), score: sure };
        (category, Reason { code: code.to_owned(), words })
    };
    scored.into_iter().take(4).map(as_found).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a word has few characters")]
fn weight(count: usize) -> f32 {
    count.saturating_sub(1) as f32
}

#[cfg(test)]
mod tests {
    use super::Taxonomy;

    #[test]
    fn a_published_taxonomy_of_three_columns_is_enough() {
        let text = "{\"一级分类\": \"城乡建设\", \"二级分类\": \"安全生产\", \"三级分类\": \"事故处理\"}\n\n{\"一级分类\": \"城乡建设\", \"二级分类\": \"住房\", \"三级分类\": \"租赁与买卖\"}\n";
        let taxonomy = Taxonomy::parse("x.jsonl", text, &[]).unwrap();
        let read: Vec<(&str, &[String])> = taxonomy.leaves().iter().map(|l| (l.code.as_str(), &l.words[..])).collect();
        assert_eq!(read, [("0001", &["事故处理".to_owned()][..]), ("0003", &["租赁".to_owned(), "买卖".to_owned()])]);
    }

    #[test]
    fn a_broken_line_is_named() {
        for (text, wanted) in [
            ("{\"一级分类\": \"a\"}", "line 1: missing field `二级分类`"),
            ("\n{", "line 2: EOF"),
            ("", "holds no category"),
            (
                "{\"一级分类\": \"a\", \"二级分类\": \"b\", \"三级分类\": \"c\", \"department\": \"x\"}",
                "`x` is not a department",
            ),
        ] {
            let said = Taxonomy::parse("x.jsonl", text, &[]).unwrap_err().to_string();
            assert!(said.contains(wanted), "{said}");
        }
    }
}

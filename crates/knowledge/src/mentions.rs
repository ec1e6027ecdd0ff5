//! Mentions: the laws and articles that a question names — 劳动合同法第三十九条, 民法典1043条.

use std::collections::HashMap;
use std::sync::LazyLock;

use documents::numerals::chinese;
use regex::Regex;

use crate::catalogue::VersionEntry;
use crate::numerals;
use crate::validity::{successors, title_key};

/// The titles that questions can name, found by their first two characters.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    by_start: HashMap<[char; 2], Vec<Title>>,
}

/// A title and what bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    /// The normalised title.
    pub(crate) key: String,
    /// The versions with this title, as places of the catalogue.
    pub(crate) versions: Vec<usize>,
    /// The versions that repeal this title.
    pub(crate) repealed_by: Vec<usize>,
}

/// A law named in a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention<'t> {
    /// The title.
    pub(crate) title: &'t Title,
    /// The labels of the articles named with it, such as 第三十九条.
    pub(crate) labels: Vec<String>,
}

#[expect(clippy::unwrap_used, reason = "the pattern is a constant, tried by the tests below")]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[》」”]?(?:的|中|里|中的)?(?:第)?([0-9]{1,4}|[一二三四五六七八九十百千零〇两]{1,8})条(之[一二三四五六七八九十])?").unwrap()
});

impl Titles {
    /// The titles of all versions and of everything they repeal.
    pub(crate) fn build(versions: &[VersionEntry]) -> Self {
        let mut titles: HashMap<&str, Title> = HashMap::new();
        fn entry<'t, 'k>(titles: &'t mut HashMap<&'k str, Title>, key: &'k str) -> &'t mut Title {
            titles.entry(key).or_insert_with(|| Title {
                key: key.to_owned(),
                versions: Vec::new(),
                repealed_by: Vec::new(),
            })
        }
        for (at, version) in versions.iter().enumerate() {
            entry(&mut titles, &version.key).versions.push(at);
            for repeal in version.repeals.iter().filter(|repeal| repeal.labels.is_empty()) {
                if *repeal.title != *version.key {
                    entry(&mut titles, &repeal.title).repealed_by.push(at);
                }
            }
        }
        for gone in successors() {
            entry(&mut titles, &gone.key);
        }
        let mut by_start: HashMap<[char; 2], Vec<Title>> = HashMap::new();
        for title in titles.into_values() {
            let mut chars = title.key.chars();
            if let (Some(first), Some(second)) = (chars.next(), chars.next()) {
                by_start.entry([first, second]).or_default().push(title);
            }
        }
        for list in by_start.values_mut() {
            // The longest title that matches is the one that is meant.
            list.sort_by(|a, b| b.key.len().cmp(&a.key.len()).then_with(|| a.key.cmp(&b.key)));
        }
        Self { by_start }
    }

    /// The versions with this normalised title, as places of the catalogue.
    pub(crate) fn versions_of(&self, key: &str) -> &[usize] {
        let mut chars = key.chars();
        let start = chars.next().zip(chars.next());
        let list = start.and_then(|(first, second)| self.by_start.get(&[first, second]));
        let title = list.and_then(|list| list.iter().find(|title| title.key == key));
        title.map_or(&[], |title| &title.versions)
    }

    /// The laws named in a question, in order, longest title first where several match.
    pub(crate) fn mentions(&self, question: &str) -> Vec<Mention<'_>> {
        let text = title_key(question);
        let mut found: Vec<Mention<'_>> = Vec::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let second = rest.chars().nth(1).unwrap_or(' ');
            let title = self
                .by_start
                .get(&[first, second])
                .and_then(|list| list.iter().find(|title| rest.starts_with(&title.key)));
            let Some(title) = title else {
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            };
            rest = rest.get(title.key.len()..).unwrap_or_default();
            let mut labels = Vec::new();
            while let Some(captures) = LABEL.captures(rest) {
                let Some(label) =
                    captures.get(1).and_then(|number| label(number.as_str(), captures.get(2).map(|m| m.as_str())))
                else {
                    break;
                };
                labels.push(label);
                let end = captures.get(0).map_or(rest.len(), |whole| whole.end());
                rest = rest.get(end..).unwrap_or_default().trim_start_matches(['、', '和', '，', ',', '及', '与']);
            }
            match found.iter_mut().find(|mention| mention.title.key == title.key) {
                Some(mention) => mention.labels.extend(labels),
                None => found.push(Mention { title, labels }),
            }
        }
        found
    }
}

fn label(number: &str, suffix: Option<&str>) -> Option<String> {
    let number = u32::try_from(numerals::parse(number)?).ok()?;
    Some(format!("第{}条{}", chinese(number), suffix.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{Title, Titles};

    fn titles(keys: &[&str]) -> Titles {
        let mut titles = Titles::default();
        for key in keys {
            let start: Vec<char> = key.chars().take(2).collect();
            let title = Title { key: (*key).to_owned(), versions: vec![0], repealed_by: vec![] };
            titles.by_start.entry([start[0], start[1]]).or_default().push(title);
        }
        for list in titles.by_start.values_mut() {
            list.sort_by_key(|title| std::cmp::Reverse(title.key.len()));
        }
        titles
    }

    #[test]
    fn laws_and_articles_are_recognised_as_people_write_them() {
        let titles = titles(&["劳动合同法", "劳动合同法实施条例", "劳动法", "民法典", "刑法"]);
        for (question, want) in [
            ("劳动合同法第三十九条说了什么", "劳动合同法:第三十九条"),
            ("《中华人民共和国劳动合同法》第39条", "劳动合同法:第三十九条"),
            ("民法典1043条", "民法典:第一千零四十三条"),
            ("民法典的第五百六十三条、第五百六十六条", "民法典:第五百六十三条 第五百六十六条"),
            ("劳动合同法实施条例第七条", "劳动合同法实施条例:第七条"),
            ("刑法第133条之一", "刑法:第一百三十三条之一"),
            ("公司不签合同违反劳动法和劳动合同法吗", "劳动法: 劳动合同法:"),
            ("第三十九条是什么", ""),
        ] {
            let found: Vec<String> =
                titles.mentions(question).iter().map(|m| format!("{}:{}", m.title.key, m.labels.join(" "))).collect();
            assert_eq!(found.join(" "), want, "{question}");
        }
    }
}

//! References between articles: which law or article a text cites, repeals, amends or is based on, read from its words.
//!
//! 《…法》第N条, 民法典第N条 and 本法第N条 are references; 前款 and 前条 are not, since they say nothing that the article
//! itself does not show.

use std::sync::LazyLock;

use documents::numerals::chinese;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::numerals;
use crate::validity::{RepealClause, title_key};

/// What one text says of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// It names it.
    Cites,
    /// It repeals it (废止).
    Repeals,
    /// It changes its wording (修改为).
    Amends,
    /// It was made on its basis (根据…制定).
    BasedOn,
}

impl ReferenceKind {
    /// The name in the store.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cites => "cites",
            Self::Repeals => "repeals",
            Self::Amends => "amends",
            Self::BasedOn => "based_on",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "repeals" => Self::Repeals,
            "amends" => Self::Amends,
            "based_on" => Self::BasedOn,
            _ => Self::Cites,
        }
    }
}

/// A reference as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The normalised title that is named.
    pub(crate) title: String,
    /// The label of the article; empty for the document as a whole.
    pub(crate) label: String,
    pub(crate) kind: ReferenceKind,
    /// Where the words stand, in bytes of the text.
    pub(crate) at: usize,
}

/// So many references of one article are kept; a list of laws to look after has hundreds.
const MOST: usize = 80;

/// 第三条至第九百条 is a way to say "the rest"; only short ranges name each of their articles.
const LONGEST_RANGE: u32 = 40;

#[expect(clippy::unwrap_used, reason = "the patterns are constants, tried by the tests below")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

const ARTICLES: &str = r"第[一二三四五六七八九十百千零〇0-9]+条";
/// What names a law, with the articles that follow.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:《((?:[^《》]|《[^《》]*》)+)》(?:（[^（）]{{0,40}}）)?|(本(?:法|法典|条例|办法|规定|解释|细则|规则|决定|章程|规范))|([\p{{Han}}]{{1,24}}?(?:法典|法|条例|细则))(?:的)?(?P<bare>{ARTICLES}))"
    ))
});
static LIST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:中|中的|的)?((?:第[一二三四五六七八九十百千零〇0-9]+(?:条(?:之[一二三四五六七八九十])?|款|项)|第[（(][一二三四五六七八九十]+[)）]项|[、，和及与至或]|或者|以及|到)+)",
    )
});
static LABEL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"第([一二三四五六七八九十百千零〇0-9]+)条(之[一二三四五六七八九十])?"));
static OWN: LazyLock<Regex> = LazyLock::new(|| regex(r"本(?:法|法典|条例|办法|细则)$"));
/// An amending text says of a bare article what becomes of it.
static AMENDED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?:将|删去|删除|在|对|、|^|[。；，])(第[一二三四五六七八九十百千零〇0-9]+条(?:之[一二三四五六七八九十])?)")
});
static BASIS: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:根据|依据|依照)[^。；]{0,200}?制定"));
static AMENDMENT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(.{2,40}?)修正案|关于(?:修改|修正|修订)[《〈]?(.{2,60}?)[》〉]?的决定"));

/// The normalised title that a document is there to amend: 刑法 for 刑法修正案（十一）.
pub(crate) fn amended_by(title_key: &str) -> Option<String> {
    let found = AMENDMENT.captures(title_key)?;
    let title = found.get(1).or_else(|| found.get(2))?.as_str();
    Some(title.to_owned()).filter(|title| !title.contains("部分"))
}

/// Words before the bare name of a law that do not belong to it: 依照刑法第…条.
const BEFORE_NAMES: [&str; 27] = [
    "依照", "根据", "按照", "适用", "违反", "符合", "参照", "依据", "以及", "或者", "规定", "属于", "构成", "前款",
    "有关", "依", "和", "与", "或", "的", "在", "将", "于", "犯", "按", "由", "对",
];

/// The references of one article. `own` is the normalised title of its document.
pub(crate) fn read_references(own: &str, text: &str, repeals: &[RepealClause]) -> Vec<Reference> {
    let amends = amended_by(own);
    if !(text.contains('条') || text.contains('《')) {
        return Vec::new();
    }
    let basis = BASIS.find(text).map(|found| found.range());
    let mut found: Vec<Reference> = Vec::new();
    let mut add = |reference: Reference| {
        let same = |known: &Reference| known.title == reference.title && known.label == reference.label;
        if found.len() < MOST && !found.iter().any(same) {
            found.push(reference);
        }
    };
    let mut from = 0;
    while let Some(named) = NAMED.captures_at(text, from) {
        let Some(whole) = named.get(0) else { break };
        let after = named.name("bare").map_or(whole.end(), |bare| bare.start());
        let list = LIST.captures(text.get(after..).unwrap_or_default()).and_then(|list| list.get(1));
        from = after + list.map_or(0, |list| list.end()).max(named.name("bare").map_or(0, |bare| bare.len()));
        let (title, own_law) = match (named.get(1), named.get(2), named.get(3)) {
            (Some(title), ..) => (title_key(title.as_str()), false),
            (_, Some(_), _) => (own.to_owned(), true),
            (.., Some(name)) if OWN.is_match(name.as_str()) => (own.to_owned(), true),
            (.., Some(name)) => (bare_name(name.as_str()), false),
            _ => continue,
        };
        let labels = list.map(|list| labels(list.as_str())).unwrap_or_default();
        if title.chars().count() < 2 || (labels.is_empty() && (own_law || title == own)) {
            continue;
        }
        let kind = |label: &str| {
            let repealed = |repeal: &RepealClause| {
                repeal.title == title && (repeal.labels.is_empty() || repeal.labels.iter().any(|one| one == label))
            };
            if repeals.iter().any(repealed) {
                ReferenceKind::Repeals
            } else if amends.as_deref() == Some(title.as_str()) {
                ReferenceKind::Amends
            } else if basis.as_ref().is_some_and(|basis| basis.contains(&whole.start())) {
                ReferenceKind::BasedOn
            } else {
                ReferenceKind::Cites
            }
        };
        if labels.is_empty() {
            add(Reference { kind: kind(""), label: String::new(), title: title.clone(), at: whole.start() });
        }
        for label in labels {
            add(Reference { kind: kind(&label), title: title.clone(), label, at: whole.start() });
        }
    }
    if let Some(title) = amends {
        for bare in AMENDED.captures_iter(text).filter_map(|found| found.get(1)) {
            for label in labels(bare.as_str()) {
                add(Reference { title: title.clone(), label, kind: ReferenceKind::Amends, at: bare.start() });
            }
        }
    }
    found
}

/// 依照刑法 → 刑法.
fn bare_name(name: &str) -> String {
    let start = BEFORE_NAMES.iter().filter_map(|word| name.rfind(word).map(|at| at + word.len())).max();
    title_key(name.get(start.unwrap_or(0)..).unwrap_or_default())
}

/// The labels in 第三条、第五条至第七条第二款.
fn labels(text: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut from: Option<u32> = None;
    for found in LABEL.captures_iter(text) {
        let number = found.get(1).and_then(|n| numerals::parse(n.as_str())).and_then(|n| u32::try_from(n).ok());
        let Some(number) = number else { continue };
        if let Some(first) = from.take().filter(|first| *first < number && number - *first < LONGEST_RANGE) {
            labels.extend((first + 1..number).map(|between| format!("第{}条", chinese(between))));
        }
        labels.push(format!("第{}条{}", chinese(number), found.get(2).map_or("", |part| part.as_str())));
        let end = found.get(0).map_or(0, |whole| whole.end());
        let next = text.get(end..).unwrap_or_default();
        let joins = next.starts_with(['至', '到']);
        from = joins.then_some(number);
    }
    labels
}

/// The sentence around byte `at`, cut to a length that fits a list.
pub(crate) fn excerpt(text: &str, at: usize) -> String {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before
        .rfind(['。', '；', '\n'])
        .map_or(0, |place| place + before.get(place..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8));
    let end = after.find(['。', '；', '\n']).map_or(text.len(), |place| before.len() + place);
    text.get(start..end).unwrap_or_default().trim().chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::{amended_by, excerpt, read_references};
    use crate::validity::read_clauses;

    fn read(own: &str, text: &str) -> String {
        let repeals = read_clauses(own, "", text).repeals;
        let found = read_references(own, text, &repeals);
        found.iter().map(|r| format!("{} {}{}", r.kind.as_str(), r.title, r.label)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn articles_are_cited_as_laws_cite_them() {
        for (own, text, want) in [
            (
                "甲条例",
                "依照《中华人民共和国劳动合同法》第三十九条、第四十条第一项的规定解除。",
                "cites 劳动合同法第三十九条; cites 劳动合同法第四十条",
            ),
            (
                "甲法",
                "有本法第三条至第五条规定情形的，按前款处理。",
                "cites 甲法第三条; cites 甲法第四条; cites 甲法第五条",
            ),
            ("甲解释", "依照民法典第一千零七十九条的规定判决。", "cites 民法典第一千零七十九条"),
            ("甲解释", "构成犯罪的，依照刑法第二百六十六条的规定定罪处罚。", "cites 刑法第二百六十六条"),
            ("甲条例", "根据《中华人民共和国立法法》，结合本市实际，制定本条例。", "based_on 立法法"),
            ("甲法", "本法自2021年1月1日起施行。《乙法》同时废止。", "repeals 乙法"),
            ("甲法", "有前条规定情形的，由公安机关处罚。", ""),
            (
                "刑法修正案(十一)",
                "一、将刑法第一百三十四条第二款修改为：“强令他人违章冒险作业”。",
                "amends 刑法第一百三十四条",
            ),
            (
                "全国人民代表大会常务委员会关于修改公司法的决定",
                "三、将第七条改为第八条，修改为：“公司营业执照应当载明名称”。",
                "amends 公司法第七条",
            ),
            ("甲办法", "违反本办法第九条之一规定的，处罚款。", "cites 甲办法第九条之一"),
        ] {
            assert_eq!(read(own, text), want, "{text}");
        }
    }

    #[test]
    fn amending_documents_name_what_they_amend() {
        assert_eq!(amended_by("刑法修正案(十二)").as_deref(), Some("刑法"));
        assert_eq!(amended_by("全国人民代表大会常务委员会关于修改安全生产法的决定").as_deref(), Some("安全生产法"));
        assert_eq!(amended_by("国务院关于修改部分行政法规的决定"), None);
        assert_eq!(amended_by("公司法"), None);
    }

    #[test]
    fn an_excerpt_is_the_sentence() {
        let text = "第一句。依照《甲法》第三条办理；第三句。";
        assert_eq!(excerpt(text, text.find('《').unwrap()), "依照《甲法》第三条办理");
        assert_eq!(excerpt("", 9), "");
    }
}

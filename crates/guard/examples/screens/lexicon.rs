//! The keyword library: raw lists and expanded terms, curated by what ordinary text says.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};

use guard::Action;
use guard::classify::{Classifier, Example, Recipe, train};
use guard::risk::Category;
use guard::words::{Entry, Library};

use crate::sources::Sources;

/// Raw lists whose terms speak for one category, with its label in the sorting of the mixed ones.
const KNOWN: &[(&str, &str)] = &[
    ("色情类型", "porn"),
    ("色情词库", "porn"),
    ("广告类型", "ads"),
    ("涉枪涉爆", "arms"),
    ("暴恐词库", "arms"),
    ("反动词库", "politics"),
    ("政治类型", "politics"),
    ("贪腐词库", "politics"),
    ("民生词库", "politics"),
];
/// Mixed lists: only terms that are surely of one of the kept kinds are taken from them.
const MIXED: &[&str] = &["GFW补充词库", "网易前端过滤敏感词库", "零时-Tencent", "补充词库"];

/// Pieces that give a term's kind away.
const SEEDS: &[(&str, &[&str])] = &[
    (
        "gambling",
        &[
            "赌",
            "博彩",
            "百家乐",
            "老虎机",
            "六合",
            "特码",
            "投注",
            "娱乐城",
            "时时彩",
            "彩票",
            "赔率",
            "骰",
            "轮盘",
            "外围",
            "下注",
            "菠菜",
            "筹码",
            "中特",
        ],
    ),
    (
        "porn",
        &[
            "裸",
            "淫",
            "奸",
            "乳",
            "阴",
            "性爱",
            "激情",
            "做爱",
            "色情",
            "情色",
            "鸡巴",
            "肉棒",
            "骚",
            "嫖",
            "口交",
            "自慰",
            "换妻",
            "春药",
            "成人",
            "无码",
            "三级",
            "一夜情",
            "援交",
            "屄",
            "肏",
            "av",
            "sex",
            "porn",
            "fuck",
        ],
    ),
    (
        "arms",
        &[
            "枪",
            "弹",
            "炸药",
            "雷管",
            "弓弩",
            "麻醉",
            "刀具",
            "火药",
            "迷药",
            "迷魂",
            "冰毒",
            "海洛因",
            "大麻",
            "摇头丸",
            "k粉",
            "蒙汗",
            "氰化",
            "硝",
        ],
    ),
    (
        "ads",
        &[
            "代办",
            "代开",
            "发票",
            "办证",
            "文凭",
            "毕业证",
            "贷款",
            "套现",
            "刷钻",
            "外挂",
            "私服",
            "窃听",
            "监听",
            "复制卡",
            "假币",
            "答案",
            "枪手",
            "代考",
            "侦探",
            "代孕",
            "qq",
            "加盟",
            "批发",
            "出售",
            "招聘",
            "兼职",
            "信用卡",
            "群发",
            "办理",
        ],
    ),
    (
        "abuse",
        &[
            "你妈", "傻逼", "操你", "干你", "尼玛", "煞笔", "畜生", "杂种", "贱", "王八", "狗日", "日你", "去死", "婊",
            "白痴", "脑残", "人渣", "他妈", "靠你", "滚",
        ],
    ),
    (
        "politics",
        &[
            "党", "共", "政府", "主席", "总理", "书记", "法轮", "民主", "六四", "民运", "藏", "独", "江", "胡", "温",
            "习", "毛", "军", "政", "官", "警",
        ],
    ),
];

fn lists(sources: &Sources, name: &str) -> Vec<String> {
    let text = sources.text(&format!("safety/output_risk/lexicon/{name}.txt"));
    let mut all: Vec<String> = text
        .split(['\n', ',', '、'])
        .map(|w| w.trim().trim_start_matches('\u{feff}').to_lowercase())
        .filter(|w| (2..=24).contains(&w.chars().count()) && !w.contains('+'))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What ordinary texts of every kind say: a term that stands in them is not telling.
struct Ordinary(Vec<String>);

impl Ordinary {
    fn new(sources: &Sources) -> Self {
        let mut all = sources.articles();
        all.extend(sources.answers());
        all.extend(sources.questions());
        all.extend(sources.cvalues());
        all.extend(sources.cold("train").into_iter().filter(|(_, offends, _)| !offends).map(|(t, _, _)| t));
        Self(all.into_iter().map(|t| t.to_lowercase()).collect())
    }

    /// In how many texts each term stands.
    fn frequencies(&self, terms: &[String]) -> Vec<usize> {
        let matcher = daachorse::CharwiseDoubleArrayAhoCorasick::<u32>::with_values(
            terms.iter().enumerate().map(|(n, t)| (t.as_str(), n as u32)),
        )
        .unwrap();
        let mut counts = vec![0; terms.len()];
        for text in &self.0 {
            let mut seen: Vec<u32> = matcher.find_overlapping_iter(text).map(|m| m.value()).collect();
            seen.sort_unstable();
            seen.dedup();
            seen.into_iter().for_each(|n| counts[n as usize] += 1);
        }
        counts
    }
}

/// A model that sorts terms of mixed lists by their kind.
fn sorter(sources: &Sources) -> Classifier {
    let mut examples = Vec::new();
    for (file, label) in KNOWN {
        for text in lists(sources, file) {
            examples.push(Example { text, label: (*label).to_owned() });
        }
    }
    for file in MIXED {
        for text in lists(sources, file) {
            let kinds: Vec<&str> =
                SEEDS.iter().filter(|(_, seeds)| seeds.iter().any(|s| text.contains(s))).map(|(k, _)| *k).collect();
            if let [kind] = kinds.as_slice() {
                examples.push(Example { text, label: (*kind).to_owned() });
            }
        }
    }
    train(&examples, &Recipe { bits: 17, order: 2, epochs: 8, balanced: true, ..Recipe::default() }).unwrap().model
}

/// Terms of the raw lists by kind, after curation.
pub(crate) fn curated(sources: &Sources) -> BTreeMap<&'static str, Vec<String>> {
    let sorter = sorter(sources);
    let mut kinds: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut seen: HashMap<String, ()> = HashMap::new();
    for file in KNOWN.iter().map(|(f, _)| *f).chain(MIXED.iter().copied()) {
        for term in lists(sources, file) {
            if seen.insert(term.clone(), ()).is_some() {
                continue;
            }
            let best = sorter.classify(&term).remove(0);
            let kind = ["gambling", "porn", "arms", "ads", "abuse"].into_iter().find(|k| *k == best.label);
            if let Some(kind) = kind.filter(|_| best.score >= 0.85) {
                kinds.entry(kind).or_default().push(term);
            }
        }
    }
    let ordinary = Ordinary::new(sources);
    for terms in kinds.values_mut() {
        let counts = ordinary.frequencies(terms);
        let mut counts = counts.into_iter();
        terms.retain(|term| {
            let chars = term.chars().count();
            let han = term.chars().filter(|c| !c.is_ascii()).count();
            let telling = if han == 0 { chars >= 5 } else { chars >= 3 || (chars == 2 && han == 2) };
            counts.next() == Some(0) && telling
        });
    }
    kinds
}

/// Every choice of a template.
fn expand(template: &str) -> Vec<String> {
    let Some((head, rest)) = template.split_once('<') else { return vec![template.to_owned()] };
    let Some((choices, tail)) = rest.split_once('>') else { return vec![template.to_owned()] };
    let tails = expand(tail);
    choices.split('|').flat_map(|c| tails.iter().map(move |t| format!("{head}{c}{t}"))).collect()
}

pub(crate) fn unpack(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// Builds the library and packs it.
pub(crate) fn build(sources: &Sources) -> Vec<u8> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut add = |term: &str, category: Category, action: Action, weight: f32, note: &str| {
        let term = term.to_lowercase();
        if (2..=64).contains(&term.chars().count()) && !term.contains('\t') {
            entries.entry(term.clone()).or_insert(Entry {
                term,
                category,
                action,
                weight,
                needs: Vec::new(),
                note: note.to_owned(),
            });
        }
    };
    let recipe = unpack(&std::fs::read(crate::recipes("words.bin")).unwrap());
    let mut head = (Category::A1h, Action::Observe, 0.0, String::new());
    for line in recipe.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(inner) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            let mut words = inner.splitn(4, ' ');
            let mut next = || words.next().unwrap_or_default().to_owned();
            let (category, action, weight, note) = (next(), next(), next(), next());
            let action = match action.as_str() {
                "block" => Action::Block,
                "review" => Action::Review,
                _ => Action::Observe,
            };
            head = (Category::parse(&category).unwrap(), action, weight.parse().unwrap(), note);
        } else {
            expand(line).iter().for_each(|t| add(t, head.0, head.1, head.2, &head.3));
        }
    }
    for (kind, terms) in curated(sources) {
        let (category, note) = match kind {
            "porn" => (Category::A1f, "pornography"),
            "gambling" => (Category::A1h, "gambling"),
            "arms" => (Category::A1h, "weapons and drugs"),
            "ads" => (Category::A1h, "illegal goods and services"),
            _ => (Category::A4c, "abuse"),
        };
        for term in terms {
            let chars = term.chars().count();
            let (action, weight) = match chars {
                2 => (Action::Observe, 0.4),
                3 => (Action::Review, 0.6),
                4 => (Action::Review, 0.75),
                _ => (Action::Review, 0.85),
            };
            add(&term, category, action, weight, note);
        }
    }
    for site in lists(sources, "非法网址").into_iter().filter(|t| t.is_ascii() && t.contains('.') && t.len() >= 7) {
        let official = [
            ".gov.cn",
            ".edu.cn",
            "qq.com",
            "baidu.com",
            "sina.com",
            "163.com",
            "sohu.com",
            "google.com",
            "taobao.com",
            "yahoo.com",
            "msn.com",
            "xinhuanet.com",
        ];
        if !official.iter().any(|o| site.ends_with(o)) && !site.contains('/') {
            add(&site, Category::A1h, Action::Review, 0.8, "address of an illegal site");
        }
    }
    let all: Vec<Entry> = entries.into_values().collect();
    let mut counts: BTreeMap<Category, usize> = BTreeMap::new();
    all.iter().for_each(|e| *counts.entry(e.category).or_default() += 1);
    println!("{} entries: {counts:?}", all.len());
    pack(&Library::new(all).export())
}

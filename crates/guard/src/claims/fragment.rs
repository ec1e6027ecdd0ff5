//! A word or two that stand alone — an answer such as 三十日 or 市民政部门, or a key word out of a sentence: does the
//! evidence bear them? Figures are compared; for words a small linear model of our own weighs what stands where.
//!
//! The model has no words of its own to add: it can only say how well the evidence bears what was said. Its weights
//! were trained on key words that people judged against news (`crates/guard/data/README.md`).

use std::sync::LazyLock;

use super::facts;
use super::flat::Flat;
use super::judge::{Judgement, Passage};
use super::polarity;
use crate::Verdict;

/// Buckets of the table; two to the power of 14.
const BUCKETS: usize = 1 << 14;
const HEAD: &[u8] = b"SZFRAG1\n";

/// The longest fragment that is weighed.
const LONGEST: usize = 12;

/// Weights that say how likely it is that the evidence does not bear a fragment.
#[derive(Debug, Clone)]
pub struct Fragments {
    table: Vec<i8>,
    scale: f32,
}

/// A fragment, the evidence, and whether a person found that the evidence bears it.
#[derive(Debug, Clone)]
pub struct FragmentExample {
    /// The words.
    pub words: String,
    /// The evidence.
    pub evidence: Vec<String>,
    /// What the person said.
    pub is_borne: bool,
}

static BUILT_IN: LazyLock<Fragments> =
    LazyLock::new(|| Fragments::read(include_bytes!("../../data/fragments.bin")).unwrap_or_else(Fragments::empty));

impl Fragments {
    /// The weights that ship.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Weights that know nothing: every fragment is doubtful.
    fn empty() -> Self {
        Self { table: vec![0; BUCKETS], scale: 0.0 }
    }

    /// Reads what [`Self::write`] wrote.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (scale, table) = bytes.strip_prefix(HEAD)?.split_first_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        let table: Vec<i8> = table.iter().map(|b| i8::from_le_bytes([*b])).collect();
        (table.len() == BUCKETS && scale.is_finite()).then_some(Self { table, scale })
    }

    /// The weights as they are kept in a file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.table.iter().flat_map(|w| w.to_le_bytes()));
        bytes
    }

    /// Trains on what people judged: a logistic regression by AdaGrad, the same weights every time.
    #[must_use]
    pub fn train(examples: &[FragmentExample]) -> Self {
        let read: Vec<(Vec<(usize, f32)>, f32)> = examples
            .iter()
            .map(|example| {
                let passages: Vec<Passage> = example.evidence.iter().map(|text| Passage::new(text)).collect();
                let refs: Vec<&Passage> = passages.iter().collect();
                (signs(&Flat::new(&example.words), &refs), if example.is_borne { 0.0 } else { 1.0 })
            })
            .collect();
        let mut weights = vec![0.0_f32; BUCKETS];
        let mut squares = vec![1e-6_f32; BUCKETS];
        let mut order: Vec<usize> = (0..read.len()).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..25 {
            for i in (1..order.len()).rev() {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let other = usize::try_from(state >> 33).unwrap_or(0) % (i + 1);
                order.swap(i, other);
            }
            for (signs, aim) in order.iter().filter_map(|i| read.get(*i)) {
                let sum: f32 = signs.iter().map(|(i, v)| weights.get(*i).copied().unwrap_or(0.0) * v).sum();
                let error = logistic(sum) - aim;
                for (i, value) in signs {
                    let (Some(weight), Some(square)) = (weights.get_mut(*i), squares.get_mut(*i)) else { continue };
                    let slope = error * value + 1e-4 * *weight;
                    *square += slope * slope;
                    *weight -= 0.1 * slope / square.sqrt();
                }
            }
        }
        let most = weights.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "rounded and within -127 to 127 by the scale")]
        let table = weights.iter().map(|w| if scale > 0.0 { (w / scale).round() as i8 } else { 0 }).collect();
        Self { table, scale }
    }

    /// How likely the evidence does not bear the words, 0 to 1.
    fn doubt(&self, words: &Flat, passages: &[&Passage]) -> f32 {
        let weight = |i: usize| f32::from(self.table.get(i).copied().unwrap_or(0)) * self.scale;
        logistic(signs(words, passages).iter().map(|(i, v)| weight(*i) * v).sum())
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x.clamp(-30.0, 30.0)).exp())
}

/// Whether a claim is a fragment: short, no sentence, and without words of force, which are compared exactly.
pub(super) fn is_fragment(text: &str, flat: &Flat) -> bool {
    (1..=LONGEST).contains(&flat.len())
        && !text.chars().any(|c| matches!(c, '。' | '！' | '？' | '；' | '，' | ',' | '!' | '?' | ';' | '\n'))
}

/// The verdict on a fragment that does not stand in the evidence word for word.
pub(super) fn judge(words: &Flat, passages: &[&Passage], weights: &Fragments) -> Judgement {
    let verdict =
        |verdict, score, evidence, why: &str| Judgement { verdict, score, evidence, why: why.to_owned(), share: score };
    let nearest = nearest(words, passages);
    let figures = facts::read(words);
    let digits = words.chars.iter().any(char::is_ascii_digit);
    if digits || !figures.is_empty() {
        let said = |fact: &facts::Fact| passages.iter().any(|p| p.facts.iter().any(|f| f.says(fact)));
        // 3-2 or 第8回 without a measure says nothing by its parts.
        let bare = figures.iter().any(|fact| fact.unit == facts::Unit::Bare);
        return if !figures.is_empty() && !bare && figures.iter().all(said) {
            verdict(Verdict::Supported, 0.8, nearest, "figures_stand")
        } else {
            verdict(Verdict::Unsupported, 0.1, nearest, "figure_missing: no passage has it")
        };
    }
    let doubt = weights.doubt(words, passages);
    if !polarity::read(words).is_empty() && doubt > 0.25 {
        return verdict(Verdict::Unsupported, 1.0 - doubt, nearest, "not_said: words of force that no passage has");
    }
    if doubt < 0.5 {
        verdict(Verdict::Supported, 1.0 - doubt, nearest, "words_fit")
    } else {
        verdict(Verdict::Unsupported, 1.0 - doubt, nearest, "not_said: no passage has these words")
    }
}

fn nearest(words: &Flat, passages: &[&Passage]) -> Option<usize> {
    let held = |passage: &Passage| words.chars.iter().filter(|c| passage.flat.chars.contains(c)).count();
    let best = passages.iter().enumerate().map(|(i, p)| (held(p), std::cmp::Reverse(i))).max();
    best.filter(|(held, _)| *held > 0).map(|(_, i)| i.0)
}

/// Characters that foreign names are written with.
const FOREIGN: &str = "阿埃艾安奥巴班邦贝比彼别波伯博布策查达戴丹德登迪蒂多恩尔法菲费弗福戈格根古哈汉赫亨怀惠霍基吉加杰金卡凯坎科克孔库拉莱兰朗勒雷里利莉林卢鲁路伦罗洛马迈曼梅米蒙莫穆纳娜内尼诺努帕佩皮普奇乔切琼热瑞萨塞桑森沙舍圣施史斯苏索塔泰坦特图托瓦维温沃乌西希夏肖谢辛休雅扬耶伊约泽詹珍朱兹";
/// The commonest family names.
const FAMILY: &str = "王李张刘陈杨赵黄周吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧程曹袁邓傅沈曾彭吕苏卢蒋蔡贾魏薛阎余潘杜戴夏钟汪姜范姚谭廖邹熊陆郝孔崔毛邱秦顾侯邵孟龙段雷汤尹黎贺赖龚樊兰殷陶翟颜倪严牛温季俞章鲁葛伍韦申尤毕聂焦柳邢骆岳齐庞庄涂耿卜席甄欧柴裴祁马高何于丁叶任方石金史万钱易武乔文康成关华";

/// What the words show beside the evidence, each sign a bucket of the table with its weight in the sum.
fn signs(words: &Flat, passages: &[&Passage]) -> Vec<(usize, f32)> {
    let chars = &words.chars;
    let n = chars.len().max(1);
    #[expect(clippy::cast_precision_loss, reason = "a fragment has a dozen characters")]
    let ratio = |part: usize, all: usize| part as f32 / all.max(1) as f32;
    let stands = |part: &[char]| passages.iter().any(|p| p.flat.find(part).is_some());
    let pairs: Vec<(&[char], bool)> = chars.windows(2).map(|pair| (pair, stands(pair))).collect();
    let single: Vec<bool> = chars.iter().map(|c| stands(&[*c])).collect();
    let whole = stands(chars);
    let longest = (1..=n).rev().find(|len| chars.windows(*len).any(&stands)).unwrap_or(0);
    let missing = single.iter().filter(|s| !**s).count();
    let count = |list: &str| chars.iter().filter(|c| list.contains(**c)).count();

    let mut found: Vec<(usize, f32)> = Vec::new();
    let mut sign = |name: &str, part: &[char], flag: bool, value: f32| {
        found.push((bucket(name, part, flag), value));
    };
    let held_pairs = pairs.iter().filter(|(_, held)| *held).count();
    let held = ratio(n - missing, n);
    sign("bias", &[], false, 1.0);
    sign("whole", &[], whole, 1.0);
    sign("pairs", &[], false, ratio(held_pairs, pairs.len()));
    sign("chars", &[], false, held);
    sign("chars2", &[], false, held * held);
    sign("longest", &[], false, ratio(longest, n));
    let digit = |n: usize| char::from_digit(u32::try_from(n.min(8)).unwrap_or(8), 10).unwrap_or('8');
    sign("length", &[digit(n)], whole, 1.0);
    sign("missing", &[digit(missing.min(3))], false, 1.0);
    for (pair, held) in &pairs {
        sign("pair", pair, *held, 0.6 / ratio(pairs.len(), 1).sqrt());
    }
    sign("self", chars, false, 0.8);
    if let Some(last) = chars.last() {
        sign("last", &[*last], whole, 0.5);
    }
    if let Some(first) = chars.first() {
        sign("first", &[*first], whole, 0.4);
        if FAMILY.contains(*first) && (n == 2 || n == 3) {
            sign("name", &[], whole, 1.0);
        }
    }
    sign("last2", chars.get(n.saturating_sub(2)..).unwrap_or_default(), whole, 0.5);
    let foreign = ratio(count(FOREIGN), n);
    sign("foreign", &[], false, foreign);
    if !whole {
        sign("foreign", &[], true, foreign);
    }
    found
}

fn bucket(name: &str, part: &[char], flag: bool) -> usize {
    // FNV-1a over the sign's name, its characters and its flag.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().for_each(&mut eat);
    for c in part {
        u32::from(*c).to_le_bytes().into_iter().for_each(&mut eat);
    }
    eat(u8::from(flag));
    usize::try_from((hash ^ (hash >> 29)) % BUCKETS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{FragmentExample, Fragments};

    #[test]
    fn weights_are_read_as_they_were_written_and_learn_what_they_are_shown() {
        let example = |words: &str, is_borne| FragmentExample {
            words: words.to_owned(),
            evidence: vec!["市民政部门负责养老机构的备案".to_owned()],
            is_borne,
        };
        let examples =
            [example("民政部门", true), example("财政厅", false), example("养老机构", true), example("水利局", false)];
        let trained = Fragments::train(&examples);
        let again = Fragments::read(&trained.write()).unwrap();
        assert_eq!(again.table, trained.table);
        assert!(Fragments::read(b"SZFRAG1\n123").is_none());
        let passage = super::Passage::new(&examples[0].evidence[0]);
        let doubt = |words: &str| again.doubt(&super::Flat::new(words), &[&passage]);
        assert!(doubt("民政部门") < 0.5 && doubt("财政厅") > 0.5);
    }
}

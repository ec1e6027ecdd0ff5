//! Real text that may be redistributed: clauses without names, and sentences whose pronouns give way to names.

use std::collections::HashSet;
use std::path::Path;

use guard::recogniser::{Class, Entity, Recogniser, Sample};

use crate::chance::Chance;
use crate::world::World;

/// Texts in citizens', lawyers', social and official language.
fn texts(shared: &Path) -> anyhow::Result<Vec<String>> {
    let data = shared.join("data");
    let mut texts = Vec::new();
    let mut rows = |file: &str, fields: &[&str], most: usize| -> anyhow::Result<()> {
        for line in std::fs::read_to_string(data.join(file))?.lines().take(most) {
            // A few rows hold NaN.
            let Ok(row) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            for field in fields {
                texts.extend(row[*field].as_str().map(str::to_owned));
            }
        }
        Ok(())
    };
    rows("retrieval/queries_train.jsonl", &["query"], usize::MAX)?;
    rows("retrieval/answers_train.jsonl", &["answer"], usize::MAX)?;
    rows("safety/output_risk/cold_train_zh.jsonl", &["text"], usize::MAX)?;
    rows("laws/state_council_documents.jsonl", &["text"], usize::MAX)?;
    rows("safety/questions/cvalues_664_zh.jsonl", &["prompt"], usize::MAX)?;
    let articles = crate::world::read_gz(&data.join("retrieval/statute_articles.jsonl.gz"))?;
    for line in articles.lines().step_by(8) {
        let row: serde_json::Value = serde_json::from_str(line)?;
        texts.extend(
            row.as_object()
                .into_iter()
                .flat_map(|o| o.values())
                .filter_map(|v| v.as_str())
                .filter(|t| t.chars().count() > 20)
                .map(str::to_owned),
        );
    }
    Ok(texts)
}

const ENDS: &[char] = &['，', '。', '！', '？', '；', '\n', '：', ',', '!', '?', ';', ' '];

/// Clauses that hold no name that our lists know.
pub(crate) fn clauses(shared: &Path) -> anyhow::Result<Vec<String>> {
    let mut clauses = Vec::new();
    for text in texts(shared)? {
        for clause in text.split(ENDS) {
            let n = clause.chars().count();
            if (3..=24).contains(&n) && !is_suspect(clause) {
                clauses.push(clause.to_owned());
            }
        }
    }
    clauses.sort();
    clauses.dedup();
    Ok(clauses)
}

/// What may hold a name, a place or a body: such clauses are not taken for empty.
fn is_suspect(clause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "国",
        "省",
        "市",
        "县",
        "州",
        "镇",
        "乡",
        "村",
        "路",
        "街",
        "公司",
        "银行",
        "大学",
        "法院",
        "委员会",
        "部",
        "局",
        "厅",
        "·",
        "先生",
        "女士",
        "某",
        "黑人",
        "京",
        "沪",
        "洲",
        "河南",
        "东北",
        "上海",
        "广东",
        "队",
        "院",
        "集团",
        "日报",
        "微博",
        "老师",
        "姐",
        "哥",
        "@",
        "《",
        "美",
        "英",
        "日",
        "韩",
        "印",
        "台",
        "港",
        "西藏",
        "新疆",
        "江",
        "山",
        "湖",
        "海",
    ];
    SIGNS.iter().any(|sign| clause.contains(sign))
}

/// Sentences of real text in which a pronoun became a name.
pub(crate) fn carried(world: &World, c: &mut Chance, count: usize) -> Vec<Sample> {
    let pool: Vec<&String> = world.clauses.iter().filter(|t| t.contains(['他', '她', '我', '你'])).collect();
    let mut out = Vec::new();
    for _ in 0..count / 4 {
        let text: &str = pool[c.below(pool.len())];
        let mut sample = Sample::default();
        let mut at = 0;
        let chars: Vec<char> = text.chars().collect();
        for (i, here) in chars.iter().enumerate() {
            let next = chars.get(i + 1).copied().unwrap_or(' ');
            let whole = matches!(here, '他' | '她' | '我' | '你')
                && !matches!(next, '们' | '国' | '人' | '自' | '妈' | '爸' | '家')
                && (i == 0 || !matches!(chars[i - 1], '其' | '自' | '吉' | '给' | '忘'));
            if whole && sample.entities.len() < 2 && c.roll(80) {
                let name = world.either(c);
                let n = name.chars().count();
                sample.text.push_str(&name);
                if n >= 2 {
                    sample.entities.push(Entity { kind: Class::PersonName, start: at, end: at + n });
                }
                at += n;
            } else {
                sample.text.push(*here);
                at += 1;
            }
        }
        out.push(sample);
    }
    out
}

/// Names dropped anywhere into real clauses: what makes a name is the name itself, not what stands around it.
pub(crate) fn dropped(world: &World, c: &mut Chance, count: usize) -> Vec<Sample> {
    (0..count)
        .map(|_| {
            let clause: Vec<char> = world.clauses[c.below(world.clauses.len())].chars().collect();
            let (kind, name) = match c.below(20) {
                0..9 => (Class::PersonName, world.person(c)),
                9..13 => (Class::PersonName, world.foreigner(c)),
                13..15 => (Class::Organisation, if c.roll(50) { world.company(c) } else { world.brand(c) }),
                15..16 => (Class::PublicBody, world.body(c)),
                16..18 => (Class::Place, world.place(c)),
                _ => (Class::Address, world.address(c)),
            };
            let at = match c.below(4) {
                0 => 0,
                1 => clause.len(),
                _ => c.below(clause.len() + 1),
            };
            let n = name.chars().count();
            let mut text: String = clause[..at].iter().collect();
            text.push_str(&name);
            text.extend(&clause[at..]);
            let entities = if n >= 2 { vec![Entity { kind, start: at, end: at + n }] } else { Vec::new() };
            Sample { text, entities, unsure: Vec::new() }
        })
        .collect()
}

/// Words of the language in a row, now and then with a name between them: what is a word is no name.
pub(crate) fn rows_of_words(world: &World, c: &mut Chance, count: usize) -> Vec<Sample> {
    (0..count)
        .map(|_| {
            let mut sample = Sample::default();
            let mut at = 0;
            let n = c.range(3, 8);
            let name_at = if c.roll(50) { c.below(n) } else { n };
            for i in 0..n {
                if i == name_at {
                    let (kind, name) = match c.below(10) {
                        0..5 => (Class::PersonName, world.person(c)),
                        5..7 => (Class::PersonName, world.foreigner(c)),
                        7 => (Class::Place, world.place(c)),
                        8 => (Class::PublicBody, world.body(c)),
                        _ => (Class::Organisation, world.company(c)),
                    };
                    let n = name.chars().count();
                    sample.text.push_str(&name);
                    if n >= 2 {
                        sample.entities.push(Entity { kind, start: at, end: at + n });
                    }
                    at += n;
                }
                let latin;
                let word: &str = if c.roll(4) {
                    latin = (0..c.range(1, 3))
                        .map(|_| {
                            *c.pick(&[
                                "Game", "Soft", "App", "Sony", "net", "Star", "i", "Pro", "Web", "X", "News", "on",
                                "line", "Max", "GPS", "PS", "CD", "ok", "Java", "World", "Mini", "Play", "war", "City",
                            ])
                        })
                        .collect::<String>();
                    &latin
                } else {
                    &world.words[c.below(world.words.len())]
                };
                sample.text.push_str(word);
                at += word.chars().count();
                let link = *c.pick(&["", "", "", "", "的", "，", "、", "和", "在", "了", "是", "一"]);
                sample.text.push_str(link);
                at += link.chars().count();
            }
            sample
        })
        .collect()
}

/// What the second stage knows about real text.
pub(crate) struct Known {
    names: HashSet<String>,
    longest: usize,
    words: HashSet<String>,
    bodies: HashSet<String>,
    private: HashSet<String>,
    places: HashSet<String>,
}

const PUBLIC_ENDS: &[&str] = &[
    "大学",
    "学院",
    "局",
    "委员会",
    "法院",
    "检察院",
    "研究院",
    "医院",
    "厅",
    "协会",
    "政府",
    "学校",
    "小学",
    "中学",
    "总署",
    "党",
    "博物馆",
    "研究所",
    "电视台",
    "日报",
    "议会",
    "外交部",
    "国防部",
    "财政部",
    "教育部",
    "警察局",
    "公安部",
    "司令部",
    "联合会",
    "政协",
    "人大",
    "海关",
    "警方",
];
const PRIVATE_ENDS: &[&str] = &["公司", "集团", "银行", "俱乐部", "基金", "证券", "酒店", "超市", "足球队"];

impl Known {
    pub(crate) fn read(world: &World) -> Self {
        let (mut names, mut words) = (HashSet::new(), HashSet::new());
        for line in include_str!("news_names.txt").lines().filter(|l| !l.starts_with('#')) {
            match line.strip_prefix("-\t") {
                Some(rest) => words.extend(rest.split_whitespace().map(str::to_owned)),
                None => names.extend(line.split_whitespace().map(str::to_owned)),
            }
        }
        let longest = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        let set = |words: Vec<String>| words.into_iter().filter(|w| w.chars().count() >= 2).collect::<HashSet<_>>();
        let mut private = set(world.list("brand"));
        private.extend(world.list("team"));
        Self { names, longest, words, bodies: set(world.list("body")), private, places: set(world.all_places()) }
    }

    /// Labels a line of real text by the lists, by the model, or not at all.
    pub(crate) fn label(&self, model: &Recogniser, line: &str, news: bool) -> Sample {
        let chars: Vec<char> = line.chars().collect();
        let mut starts: Vec<usize> = line.char_indices().map(|(i, _)| i).collect();
        starts.push(line.len());
        let mut taken = vec![false; chars.len()];
        let mut sample = Sample { text: line.to_owned(), ..Sample::default() };
        let text = |a: usize, b: usize| chars[a..b].iter().collect::<String>();
        let put = |sample: &mut Sample, taken: &mut Vec<bool>, kind: Option<Class>, a: usize, b: usize| {
            if !taken[a..b].iter().any(|t| *t) {
                taken[a..b].fill(true);
                match kind {
                    Some(kind) => sample.entities.push(Entity { kind, start: a, end: b }),
                    None => sample.unsure.push((a, b)),
                }
            }
        };
        // Known names, longest first.
        if news {
            let mut a = 0;
            while a < chars.len() {
                let found =
                    (2..=self.longest.min(chars.len() - a)).rev().find(|n| self.names.contains(&text(a, a + n)));
                match found {
                    Some(n) => {
                        put(&mut sample, &mut taken, Some(Class::PersonName), a, a + n);
                        a += n;
                    }
                    None => a += 1,
                }
            }
        }
        for s in model.find(line) {
            let (a, b) = (starts.binary_search(&s.start).unwrap_or(0), starts.binary_search(&s.end).unwrap_or(0));
            let word = text(a, b);
            let clean = !word.contains(['，', '、', '（', '“', '”', '》', '/', '和', '的', '与'])
                && (3..=16).contains(&word.chars().count());
            let kind = match s.class {
                _ if self.places.contains(&word) => Some(Class::Place),
                _ if self.bodies.contains(&word) => Some(Class::PublicBody),
                _ if self.private.contains(&word) => Some(Class::Organisation),
                Class::PersonName if self.words.contains(&word) => continue,
                Class::PersonName if !news && s.score < 0.97 => continue,
                _ if !news && s.score < 0.9 => continue,
                Class::PublicBody | Class::Organisation
                    if clean && PUBLIC_ENDS.iter().any(|e| word.ends_with(e)) && s.score > 0.9 =>
                {
                    Some(Class::PublicBody)
                }
                Class::PublicBody | Class::Organisation
                    if clean && PRIVATE_ENDS.iter().any(|e| word.ends_with(e)) && s.score > 0.9 =>
                {
                    Some(Class::Organisation)
                }
                _ => None,
            };
            put(&mut sample, &mut taken, kind, a, b);
        }
        // Places the model did not see.
        let mut a = 0;
        while a < chars.len() {
            match (2..=8.min(chars.len() - a)).rev().find(|n| self.places.contains(&text(a, a + n))) {
                Some(n) => {
                    put(&mut sample, &mut taken, Some(Class::Place), a, a + n);
                    a += n;
                }
                None => a += 1,
            }
        }
        sample.entities.sort_by_key(|e| e.start);
        sample.unsure.sort_unstable();
        sample
    }
}

/// The same sentence with other names in it.
pub(crate) fn with_others(sample: &Sample, world: &World, c: &mut Chance) -> Sample {
    let chars: Vec<char> = sample.text.chars().collect();
    let mut out = Sample::default();
    let (mut from, mut at) = (0, 0);
    let mut unsure = sample.unsure.iter().peekable();
    for entity in &sample.entities {
        while let Some((a, b)) = unsure.peek().filter(|u| u.1 <= entity.start) {
            out.unsure.push((a + at - from, b + at - from));
            unsure.next();
        }
        out.text.extend(&chars[from..entity.start]);
        at += entity.start - from;
        let old: String = chars[entity.start..entity.end].iter().collect();
        let new = if c.roll(25) {
            old
        } else {
            match entity.kind {
                Class::PersonName if old.contains('·') => world.foreigner(c),
                Class::PersonName => world.either(c),
                Class::Organisation if old.ends_with("公司") || old.ends_with("集团") => world.company(c),
                Class::Organisation => {
                    if c.roll(50) {
                        world.brand(c)
                    } else {
                        world.team(c)
                    }
                }
                Class::PublicBody => world.body(c),
                Class::Place => world.place(c),
                Class::Address => world.address(c),
            }
        };
        let n = new.chars().count();
        out.text.push_str(&new);
        if n >= 2 {
            out.entities.push(Entity { kind: entity.kind, start: at, end: at + n });
        }
        at += n;
        from = entity.end;
    }
    for (a, b) in unsure {
        out.unsure.push((a + at - from, b + at - from));
    }
    out.text.extend(&chars[from..]);
    out
}

/// Sentences of real text for the second stage.
pub(crate) fn real(
    shared: &Path,
    world: &World,
    model: &Recogniser,
    c: &mut Chance,
    copies: usize,
) -> anyhow::Result<Vec<Sample>> {
    let known = Known::read(world);
    let mut out = Vec::new();
    for line in std::fs::read_to_string(shared.join("data/safety/faithfulness/uhgeval_zh.jsonl"))?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        for field in ["headLine", "newsBeginning", "newsRemainder"] {
            for sentence in
                row[field].as_str().unwrap_or("").split(['\n', '。']).map(str::trim).filter(|s| s.chars().count() >= 4)
            {
                let sample = known.label(model, &format!("{sentence}。"), true);
                for _ in 0..copies {
                    let other = with_others(&sample, world, c);
                    out.push(other);
                }
                out.push(sample);
            }
        }
    }
    for text in texts(shared)? {
        for sentence in text.split(['\n', '。']).map(str::trim).filter(|s| (4..=200).contains(&s.chars().count())) {
            let sample = known.label(model, &format!("{sentence}。"), false);
            if !sample.entities.is_empty() && c.roll(40) {
                out.push(with_others(&sample, world, c));
            } else if c.roll(40) {
                out.push(sample);
            }
        }
    }
    Ok(out)
}

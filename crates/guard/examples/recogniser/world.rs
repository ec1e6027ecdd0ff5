//! The names that fill the templates: people, companies, bodies, places, addresses.

use std::collections::HashMap;
use std::path::Path;

use crate::chance::Chance;

/// Everything that can be drawn.
pub(crate) struct World {
    lists: HashMap<String, Vec<String>>,
    surnames: Vec<char>,
    tail_surnames: Vec<char>,
    given: [Vec<char>; 3],
    foreign: [Vec<char>; 2],
    doubles: Vec<String>,
    pub(crate) provinces: Vec<String>,
    cities: Vec<String>,
    counties: Vec<(String, String, String)>,
    streets: Vec<(String, String)>,
    offices: Vec<String>,
    spots: Vec<String>,
    brands: Vec<String>,
    places: Vec<String>,
    /// Clauses of real text without names.
    pub(crate) clauses: Vec<String>,
    /// Words of the language.
    pub(crate) words: Vec<String>,
}

fn read_lists(text: &str) -> HashMap<String, Vec<String>> {
    let mut lists: HashMap<String, Vec<String>> = HashMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if let Some((kind, words)) = line.split_once('\t') {
            lists.entry(kind.to_owned()).or_default().extend(words.split_whitespace().map(str::to_owned));
        }
    }
    lists
}

fn chars(lists: &HashMap<String, Vec<String>>, kind: &str) -> Vec<char> {
    lists.get(kind).map(|words| words.concat().chars().collect()).unwrap_or_default()
}

impl World {
    pub(crate) fn read(shared: &Path) -> anyhow::Result<Self> {
        let data = shared.join("data");
        let lists = read_lists(include_str!("lists.txt"));
        let words = read_lists(include_str!("../../data/recogniser_words.txt"));
        let mut surnames = chars(&words, "surname");
        surnames.extend(chars(&words, "surname_word"));
        let current: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(data.join("divisions/codes_current.json"))?)?;
        let empty = serde_json::Map::new();
        let current = current.as_object().unwrap_or(&empty);
        let name = |code: &str| current.get(code).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        let (mut provinces, mut cities, mut counties) = (Vec::new(), Vec::new(), Vec::new());
        for (code, value) in current {
            let value = value.as_str().unwrap_or("").to_owned();
            let province = name(&format!("{}0000", &code[..2]));
            if code.ends_with("0000") {
                provinces.push(value);
            } else if code.ends_with("00") {
                cities.push(value);
            } else {
                counties.push((province, name(&format!("{}00", &code[..4])), value));
            }
        }
        let by_code: HashMap<&str, &str> =
            current.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or(""))).collect();
        let streets = std::fs::read_to_string(data.join("divisions/streets.csv"))?
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut parts = line.split(',');
                let (_, street, area) = (parts.next()?, parts.next()?, parts.next()?);
                let street = street.trim_matches('"').trim_end_matches("办事处");
                (street.chars().count() <= 7)
                    .then(|| (by_code.get(area).copied().unwrap_or("").to_owned(), street.to_owned()))
            })
            .collect();
        let offices = std::fs::read_to_string(data.join("divisions/office_addresses.csv"))?
            .lines()
            .skip(1)
            .filter_map(|l| l.rsplit_once(',').map(|(a, _)| a.trim_matches('"').trim().to_owned()))
            .filter(|a| (6..=45).contains(&a.chars().count()))
            .collect();
        let spots: Vec<String> = std::fs::read_to_string(data.join("names/thuocl_lexicon/THUOCL_diming.txt"))?
            .split(['\r', '\n'])
            .filter_map(|l| Some(l.trim_start_matches('\u{feff}').split('\t').next()?.trim().to_owned()))
            .filter(|w| (3..=9).contains(&w.chars().count()))
            .filter(|w| {
                [
                    "村", "镇", "乡", "路", "街", "街道", "小区", "社区", "大厦", "花园", "广场", "胡同", "公寓", "桥",
                    "公园", "市场", "大道", "巷", "里", "苑", "新村", "商场", "水库", "山", "湖", "河", "寺", "机场",
                    "车站", "港", "岛",
                ]
                .iter()
                .any(|e| w.ends_with(e))
            })
            .collect();
        let mut brands: Vec<String> = read_gz(&data.join("names/company_short_names.txt.gz"))?
            .split_whitespace()
            .filter(|w| (2..=6).contains(&w.chars().count()))
            .map(str::to_owned)
            .collect();
        brands.sort();
        let places = words.get("place").cloned().unwrap_or_default();
        let doubles = words.get("double").cloned().unwrap_or_default();
        Ok(Self {
            surnames,
            tail_surnames: chars(&words, "surname_rare"),
            given: [chars(&words, "given"), chars(&words, "given_often"), chars(&words, "given_some")],
            foreign: [chars(&words, "foreign"), chars(&words, "foreign_often")],
            doubles,
            words: words.get("word").cloned().unwrap_or_default(),
            lists,
            provinces,
            cities,
            counties,
            streets,
            offices,
            spots,
            brands,
            places,
            clauses: Vec::new(),
        })
    }

    pub(crate) fn word(&self, c: &mut Chance, kind: &str) -> String {
        self.lists.get(kind).map_or_else(String::new, |list| c.pick(list).clone())
    }

    pub(crate) fn list(&self, kind: &str) -> Vec<String> {
        self.lists.get(kind).cloned().unwrap_or_default()
    }

    /// Every place our lists know.
    pub(crate) fn all_places(&self) -> Vec<String> {
        let divisions =
            include_str!("../../data/divisions.txt").lines().filter(|l| !l.starts_with('#')).map(str::to_owned);
        self.places
            .iter()
            .cloned()
            .chain(divisions)
            .filter(|w| {
                !matches!(
                    w.as_str(),
                    "东方"
                        | "和平"
                        | "中山"
                        | "大同"
                        | "海湾"
                        | "长城"
                        | "城区"
                        | "郊区"
                        | "矿区"
                        | "新城"
                        | "市中区"
                        | "通道"
                        | "平安"
                        | "吉安"
                        | "保安"
                        | "海南"
                        | "南海"
                )
            })
            .collect()
    }

    fn given_char(&self, c: &mut Chance) -> char {
        let tier = match c.below(100) {
            0..58 => 0,
            58..84 => 1,
            _ => 2,
        };
        *c.pick(&self.given[tier])
    }

    pub(crate) fn chinese(&self, c: &mut Chance) -> String {
        let surname = match c.below(1000) {
            // Half of all people have one of the first twenty-five names.
            0..500 => c
                .pick(
                    &"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
                        .chars()
                        .collect::<Vec<_>>(),
                )
                .to_string(),
            500..940 => c.pick(&self.surnames).to_string(),
            940..965 => c.pick(&self.tail_surnames).to_string(),
            _ => c.pick(&self.doubles[..26]).clone(),
        };
        let first = self.given_char(c);
        let given = match c.below(100) {
            0..24 => first.to_string(),
            24..30 => format!("{first}{first}"),
            _ => format!("{first}{}", self.given_char(c)),
        };
        format!("{surname}{given}")
    }

    fn sounds(&self, c: &mut Chance) -> String {
        let n = match c.below(100) {
            0..18 => 2,
            18..58 => 3,
            58..84 => 4,
            84..95 => 5,
            _ => 6,
        };
        (0..n)
            .map(|_| {
                let tier = usize::from(c.roll(25));
                *c.pick(&self.foreign[tier])
            })
            .collect()
    }

    pub(crate) fn foreigner(&self, c: &mut Chance) -> String {
        let one = |c: &mut Chance| match c.below(10) {
            0..4 => self.word(c, "foreign_name"),
            4..8 => self.word(c, "foreign_listed"),
            _ => self.sounds(c),
        };
        match c.below(100) {
            0..48 => one(c),
            48..80 => {
                let dot = *c.pick(&["·", "·", "·", "•", "-", "・", "."]);
                format!("{}{dot}{}", one(c), one(c))
            }
            80..85 => format!("{}·{}·{}", one(c), one(c), one(c)),
            85..90 => {
                let initial = *c.pick(&["A", "B", "C", "D", "J", "M", "R", "T"]);
                format!("{}·{initial}·{}", one(c), one(c))
            }
            90..93 if c.roll(85) => self.word(c, "minority"),
            90..93 => {
                let word = |c: &mut Chance| {
                    let mut w: String = (0..c.range(1, 3))
                        .map(|_| {
                            *c.pick(&[
                                "an", "ber", "li", "son", "mar", "tin", "jo", "hn", "ro", "da", "vid", "el", "chris",
                                "to", "ne", "ka", "ry", "smi", "th", "bo", "wil",
                            ])
                        })
                        .collect();
                    if c.roll(90) {
                        w = w[..1].to_uppercase() + &w[1..];
                    }
                    w
                };
                let gap = *c.pick(&["", " ", " ", "·", ""]);
                if c.roll(70) { format!("{}{gap}{}", word(c), word(c)) } else { word(c) }
            }
            93..97 => format!("{}{}", c.pick(&self.doubles[26..]), self.word(c, "japan_given")),
            _ => format!(
                "{}{}",
                c.pick(&["金", "朴", "李", "崔", "郑", "姜", "尹", "张", "林", "韩", "卢", "宋", "裴", "全"]),
                self.word(c, "korea_given")
            ),
        }
    }

    pub(crate) fn person(&self, c: &mut Chance) -> String {
        if c.roll(4) { self.word(c, "minority") } else { self.chinese(c) }
    }

    pub(crate) fn either(&self, c: &mut Chance) -> String {
        if c.roll(62) { self.person(c) } else { self.foreigner(c) }
    }

    pub(crate) fn brand(&self, c: &mut Chance) -> String {
        match c.below(10) {
            0..5 => self.word(c, "brand"),
            5..6 => format!("{}{}", self.word(c, "brand"), c.pick(&["集团", "公司", "中国", "科技", "国际"])),
            _ => {
                // Names that are company names and nothing else.
                for _ in 0..8 {
                    let brand = c.pick(&self.brands);
                    if !self.places.contains(brand) {
                        return brand.clone();
                    }
                }
                self.word(c, "brand")
            }
        }
    }

    pub(crate) fn short(&self, c: &mut Chance) -> String {
        let full = match c.below(10) {
            0..2 => c.pick(&self.provinces).clone(),
            2..7 => c.pick(&self.cities).clone(),
            _ => c.pick(&self.counties).2.clone(),
        };
        let short = full
            .trim_end_matches(['省', '市', '县'])
            .trim_end_matches("维吾尔自治区")
            .trim_end_matches("壮族自治区")
            .trim_end_matches("回族自治区")
            .trim_end_matches("自治区")
            .trim_end_matches("特别行政区");
        if short.chars().count() >= 2 { short.to_owned() } else { full.clone() }
    }

    pub(crate) fn company(&self, c: &mut Chance) -> String {
        let core = if c.roll(20) {
            let p = self.chinese(c);
            p.chars().skip(1).collect::<String>()
        } else {
            c.pick(&self.brands).clone()
        };
        let form = self.word(c, "company_form");
        let industry = if c.roll(85) { self.word(c, "industry") } else { String::new() };
        match c.below(20) {
            0..7 => {
                let place = if c.roll(40) { self.division(c) } else { self.short(c) };
                format!("{place}{core}{industry}{form}")
            }
            7..8 => format!("{core}（{}）{industry}{form}", self.short(c)),
            8..9 => format!("{core}({}){industry}{form}", self.short(c)),
            9..11 => format!("{core}{industry}"),
            11..12 => format!("{}{}", self.word(c, "brand"), self.word(c, "company_form")),
            12..13 => format!(
                "{core}{}",
                c.pick(&["公司", "集团", "银行", "电器", "影业", "足球俱乐部", "工作室", "游戏", "网"])
            ),
            13..14 => format!(
                "{}{}{}",
                self.sounds(c),
                c.pick(&["公司", "集团", "银行", "电影公司", "汽车公司", "基金会", "唱片公司", "投资公司"]),
                ""
            ),
            14..15 => format!(
                "{}{}",
                self.short(c),
                c.pick(&[
                    "银行",
                    "农商行",
                    "钢铁",
                    "信用社",
                    "航空",
                    "电视台",
                    "热电厂",
                    "化工厂",
                    "机床厂",
                    "棉纺厂",
                    "啤酒厂",
                    "烟厂"
                ])
            ),
            _ => format!("{core}{industry}{form}"),
        }
    }

    pub(crate) fn team(&self, c: &mut Chance) -> String {
        match c.below(10) {
            0..6 => self.word(c, "team"),
            6..8 => self.sounds(c),
            8 => format!("{}队", self.place(c)),
            _ => format!("{}{}", self.sounds(c), c.pick(&["队", "俱乐部", "联队", "流浪者", "竞技"])),
        }
    }

    pub(crate) fn body(&self, c: &mut Chance) -> String {
        match c.below(20) {
            0..5 => self.word(c, "body"),
            5..6 => self.word(c, "body_listed"),
            6..7 => format!(
                "{}{}",
                self.word(c, "body"),
                c.pick(&[
                    "新闻司",
                    "政策研究室",
                    "办公厅",
                    "规划司",
                    "党组",
                    "人事司",
                    "监察局",
                    "研究所",
                    "北京分部",
                    "附属医院",
                    "法学院",
                    "经济学院",
                    "研究中心"
                ])
            ),
            7..8 => {
                let who = self.country(c);
                let what = *c.pick(&[
                    "政府",
                    "国防部",
                    "外交部",
                    "国会",
                    "议会",
                    "最高法院",
                    "中央银行",
                    "警方",
                    "军队",
                    "海军",
                    "空军",
                    "总统府",
                    "大使馆",
                    "驻华大使馆",
                    "内政部",
                    "财政部",
                    "卫生部",
                    "航天局",
                    "科学院",
                    "奥委会",
                    "足协",
                    "国家队",
                    "国家电视台",
                    "共产党",
                    "社会党",
                ]);
                format!("{who}{what}")
            }
            8..9 => format!(
                "中国{}{}",
                self.word(c, "industry"),
                c.pick(&["协会", "学会", "联合会", "研究会", "商会", "基金会", "研究院", "委员会", "博物馆", "大学"])
            ),
            9..13 => format!("{}{}", self.short(c), self.word(c, "suffix_local")),
            13..17 => format!("{}{}", self.division(c), self.word(c, "suffix_local")),
            17..18 => format!("{}{}", c.pick(&["省", "市", "县", "区"]), self.word(c, "suffix_local")),
            18..19 => format!(
                "{}{}",
                c.pick(&self.streets).1,
                c.pick(&[
                    "派出所",
                    "卫生院",
                    "人民政府",
                    "政府",
                    "中心小学",
                    "街道办",
                    "党工委",
                    "便民服务中心",
                    "司法所",
                    "中学",
                    "村委会"
                ])
            ),
            _ => format!(
                "{}{}",
                c.pick(&self.spots),
                c.pick(&["小学", "派出所", "村委会", "居委会", "社区居委会", "幼儿园", "中学", "支行"])
            ),
        }
    }

    fn country(&self, c: &mut Chance) -> String {
        self.places[c.below(self.places.len().min(150))].clone()
    }

    /// A chain of divisions down to the city or county.
    pub(crate) fn division(&self, c: &mut Chance) -> String {
        let (p, city, county) = c.pick(&self.counties).clone();
        match c.below(7) {
            0 => format!("{p}{city}"),
            1 => format!("{p}{city}{county}"),
            2 => format!("{city}{county}"),
            3 => county,
            4 => p,
            5 => format!("{}{}", short_of(&p), if city.is_empty() { county } else { city }),
            _ if city.is_empty() => county,
            _ => city,
        }
    }

    pub(crate) fn place(&self, c: &mut Chance) -> String {
        match c.below(20) {
            0..7 => c.pick(&self.places).clone(),
            7..12 => self.short(c),
            12..16 => self.division(c),
            16..17 => self.sounds(c),
            17..18 => {
                let s = self.sounds(c);
                format!(
                    "{s}{}",
                    c.pick(&[
                        "州",
                        "省",
                        "市",
                        "共和国",
                        "岛",
                        "山",
                        "河",
                        "湾",
                        "海峡",
                        "群岛",
                        "公园",
                        "机场",
                        "港",
                        "城",
                        "半岛",
                        "地区",
                        "高地"
                    ])
                )
            }
            18 => c.pick(&self.spots).clone(),
            _ => c.pick(&self.streets).1.clone(),
        }
    }

    fn number(&self, c: &mut Chance, top: usize) -> String {
        match c.below(12) {
            0 => c.pick(&["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]).to_string(),
            1 => format!("{}{}", c.pick(&["A", "B", "C", "D", "E", "F", "G", "甲", "乙"]), c.range(1, top)),
            _ => c.range(1, top).to_string(),
        }
    }

    fn road(&self, c: &mut Chance) -> String {
        let core = match c.below(10) {
            0..3 => self.word(c, "estate_core"),
            3..5 => self.short(c),
            5..7 => c.pick(&self.brands).chars().take(2).collect(),
            7..8 => format!("{}{}", c.pick(&self.given[0]), c.pick(&self.given[1])),
            _ => {
                let spot = c.pick(&self.spots).clone();
                if spot.ends_with(['路', '街', '巷', '道', '里']) {
                    return spot;
                }
                spot.chars().take(2).collect()
            }
        };
        format!("{core}{}", self.word(c, "road_end"))
    }

    fn estate(&self, c: &mut Chance) -> String {
        match c.below(10) {
            0..3 => format!("{}{}", self.word(c, "estate_core"), self.word(c, "estate_end")),
            3..5 => {
                format!("{}{}{}", self.word(c, "estate_core"), self.word(c, "estate_core"), self.word(c, "estate_end"))
            }
            5..7 => {
                let brand: String = c.pick(&self.brands).chars().take(4).collect();
                format!("{brand}{}", self.word(c, "estate_end"))
            }
            7 => format!("{}{}", self.word(c, "brand"), self.word(c, "estate_core")),
            8 => format!("{}{}", self.word(c, "estate_core"), self.word(c, "estate_core")),
            _ => c.pick(&self.spots).clone(),
        }
    }

    fn village(&self, c: &mut Chance) -> String {
        if c.roll(40) {
            let surname = *c.pick(&self.surnames);
            return format!(
                "{surname}{}",
                c.pick(&["家村", "家庄", "家湾", "家屯", "家营", "庄村", "村", "家沟村", "家坝", "家店"])
            );
        }
        format!("{}{}", self.word(c, "village_core"), self.word(c, "village_end"))
    }

    /// The parts inside an estate or after a house number.
    fn door(&self, c: &mut Chance) -> String {
        let n = |c: &mut Chance, top: usize| self.number(c, top);
        match c.below(16) {
            0..3 => format!("{}栋{}单元{}室", n(c, 40), n(c, 4), c.range(101, 3306)),
            3 => format!("{}幢{}室", n(c, 40), c.range(101, 3306)),
            4 => format!("{}号楼{}单元{}", n(c, 40), n(c, 4), c.range(101, 3306)),
            5 => format!("{}座{}层", n(c, 9), c.range(2, 40)),
            6 => format!("{}-{}-{}", c.range(1, 60), c.range(1, 4), c.range(101, 3306)),
            7 => format!("{}楼{}室", c.range(1, 40), c.range(101, 3306)),
            8 => format!("{}号楼", n(c, 40)),
            9 => format!("{}栋", n(c, 40)),
            10 => format!("{}室", c.range(101, 3306)),
            11 => format!("{}期{}栋", n(c, 5), n(c, 40)),
            12 => format!("{}楼", c.range(1, 40)),
            13 => format!("{}座{}", n(c, 9), c.range(101, 3306)),
            14 => format!("{}号门市", n(c, 60)),
            _ => String::new(),
        }
    }

    pub(crate) fn address(&self, c: &mut Chance) -> String {
        if c.roll(10) {
            return c.pick(&self.offices).clone();
        }
        let (p, city, county) = c.pick(&self.counties).clone();
        let mut head = match c.below(9) {
            0 => format!("{p}{city}{county}"),
            1 => format!("{city}{county}"),
            2 => county.clone(),
            3 => format!("{}{}{county}", short_of(&p), city),
            4 => format!("{}{county}", short_of(&city)),
            5 => city.clone(),
            6 => format!("{p}{county}"),
            _ => String::new(),
        };
        let street = if c.roll(50) { c.pick(&self.streets).1.clone() } else { String::new() };
        if c.roll(4) && !head.is_empty() {
            head.push(' ');
        }
        let number = |c: &mut Chance| match c.below(9) {
            0 => format!("{}弄{}号", c.range(1, 999), c.range(1, 200)),
            1 => format!("{}号附{}号", c.range(1, 500), c.range(1, 20)),
            2 => format!("{}-{}号", c.range(1, 500), c.range(1, 20)),
            3 => format!("{}巷{}号", c.range(1, 50), c.range(1, 200)),
            4 => format!("{}号院", c.range(1, 200)),
            _ => format!("{}号", c.range(1, 2500)),
        };
        let corner = |c: &mut Chance| {
            if c.roll(8) {
                c.pick(&[
                    "旁",
                    "附近",
                    "东侧",
                    "南侧",
                    "西北角",
                    "与解放路交叉口",
                    "对面",
                    "交汇处",
                    "南500米",
                    "东门",
                    "北门",
                    "路口",
                ])
                .to_string()
            } else {
                String::new()
            }
        };
        match c.below(22) {
            0..4 => format!(
                "{head}{}{}{}{}",
                self.road(c),
                number(c),
                if c.roll(50) { self.estate(c) } else { String::new() },
                self.door(c)
            ),
            4..6 => format!("{head}{street}{}{}", self.road(c), number(c)),
            6..9 => format!("{head}{}{}", self.estate(c), self.door(c)),
            9..10 => format!("{head}{street}{}{}", self.estate(c), self.door(c)),
            10..12 => format!(
                "{head}{street}{}{}",
                self.village(c),
                if c.roll(60) {
                    format!(
                        "{}组{}",
                        self.number(c, 20),
                        if c.roll(40) { format!("{}号", c.range(1, 300)) } else { String::new() }
                    )
                } else {
                    String::new()
                }
            ),
            12..13 => format!("{head}{street}{}", self.village(c)),
            13..14 => {
                let (a, b) = (self.road(c), self.road(c));
                format!(
                    "{head}{a}{}{b}{}",
                    c.pick(&["与", "和", "、", ""]),
                    c.pick(&["交叉口", "路口", "交汇处", "丁字路口", "口"])
                )
            }
            14..15 => format!("{head}{street}"),
            15..16 => format!("{head}{}{}", self.road(c), corner(c)),
            16..17 => format!("{head}{}{}", self.estate(c), corner(c)),
            17..18 => format!("{head}{}{}", c.pick(&self.spots), corner(c)),
            18..19 => {
                let s = if street.is_empty() { c.pick(&self.streets).1.clone() } else { street };
                format!("{head}{s}{}", if c.roll(50) { self.door(c) } else { self.road(c) })
            }
            19..20 => format!(
                "{head}{}开发区{}{}",
                c.pick(&["经济技术", "高新技术产业", "高新", "经济", ""]),
                self.road(c),
                number(c)
            ),
            _ => format!("{head}{}{}{}", self.road(c), self.estate(c), self.door(c)),
        }
    }
}

fn short_of(name: &str) -> &str {
    let s = name.trim_end_matches(['省', '市']);
    if s.chars().count() >= 2 { s } else { name }
}

pub(crate) fn read_gz(path: &Path) -> anyhow::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    Ok(text)
}

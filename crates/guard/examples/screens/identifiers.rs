//! Identifiers with check digits: precision and recall on generated text with every trap of STANDARDS.md §6, beside
//! regular expressions as people write them.

use std::collections::BTreeMap;

use guard::{Kind, Options, find_personal_data};
use regex::Regex;

use crate::grammar::Chance;
use crate::sources::{Sources, cut};

const KINDS: &[Kind] = &[
    Kind::IdCard,
    Kind::CreditCode,
    Kind::BankCard,
    Kind::Mobile,
    Kind::Landline,
    Kind::Passport,
    Kind::HkMoTwPermit,
    Kind::VehiclePlate,
    Kind::Email,
    Kind::IpAddress,
];

fn digits(c: &mut Chance, n: usize) -> String {
    (0..n).map(|_| char::from(b'0' + c.below(10) as u8)).collect()
}

/// The seventeen digits of a resident identity number and its check digit.
fn resident(c: &mut Chance, area: &str) -> (String, char) {
    let body = format!("{area}{}{:02}{:02}{}", 1940 + c.below(70), 1 + c.below(12), 1 + c.below(28), digits(c, 3));
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    (body, b"10X98765432"[(sum % 11) as usize].into())
}

fn luhn(body: &str) -> char {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, b)| {
            let d = u32::from(b - b'0') * if n % 2 == 0 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    char::from(b'0' + ((10 - sum % 10) % 10) as u8)
}

const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A credit code without its last character, and that.
fn credit(c: &mut Chance) -> (String, char) {
    let organisation: String = digits(c, 8);
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = organisation.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from(b'0' + n as u8),
    };
    let head = *c.pick(&["91", "92", "11", "12", "51", "93"]);
    let area = *c.pick(&["110101", "310115", "440106", "330106", "510100", "659001"]);
    let body = format!("{head}{area}{organisation}{check}");
    let sum: usize = body
        .bytes()
        .scan(1, |w, b| {
            let value = ALPHABET.iter().position(|a| *a == b).unwrap() * *w;
            *w = *w * 3 % 31;
            Some(value)
        })
        .sum();
    (body, char::from(ALPHABET[(31 - sum % 31) % 31]))
}

fn other(right: char, c: &mut Chance, of: &str) -> char {
    loop {
        let n = c.below(of.chars().count());
        let wrong = of.chars().nth(n).unwrap();
        if wrong != right {
            return wrong;
        }
    }
}

fn wide(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect()
}

/// A value that must be found, as it is written.
fn value(c: &mut Chance) -> (Kind, String) {
    const AREAS: &[&str] = &["110101", "310101", "440106", "500112", "659001", "370202", "320102", "510104", "110105"];
    match c.below(16) {
        0..3 => {
            let area = *c.pick(AREAS);
            let (body, check) = resident(c, area);
            let id = format!("{body}{check}");
            let shown = match c.below(8) {
                0 => id.to_lowercase(),
                1 => wide(&id),
                2 => format!("{} {} {}", &id[..6], &id[6..14], &id[14..]),
                _ => id,
            };
            (Kind::IdCard, shown)
        }
        3..5 => {
            let (body, check) = credit(c);
            (Kind::CreditCode, format!("{body}{check}"))
        }
        5..7 => {
            let n = *c.pick(&[15, 18]);
            let bin = *c.pick(&["622848", "621700", "622202", "622588"]);
            let body = format!("{bin}{}", digits(c, n - 6));
            let card = format!("{body}{}", luhn(&body));
            let shown = if c.below(4) == 0 {
                let parts: Vec<&str> = card.as_bytes().chunks(4).map(|p| std::str::from_utf8(p).unwrap()).collect();
                parts.join(" ")
            } else {
                card
            };
            (Kind::BankCard, shown)
        }
        7..10 => {
            let mobile = format!("1{}{}", c.pick(&["38", "50", "79", "86", "99", "31"]), digits(c, 8));
            let shown = match c.below(6) {
                0 => format!("+86 {}-{}-{}", &mobile[..3], &mobile[3..7], &mobile[7..]),
                1 => format!("{} {} {}", &mobile[..3], &mobile[3..7], &mobile[7..]),
                2 => wide(&mobile),
                _ => mobile,
            };
            (Kind::Mobile, shown)
        }
        10 => (
            Kind::Landline,
            format!("{}-{}{}", c.pick(&["010", "021", "028", "0571", "0755"]), 2 + c.below(7), digits(c, 7)),
        ),
        11 => (Kind::Passport, format!("{}{}", c.pick(&["E", "G"]), digits(c, 8))),
        12 => (Kind::HkMoTwPermit, format!("{}{}", c.pick(&["H", "M"]), digits(c, 8))),
        13 => {
            let letter = |c: &mut Chance| char::from(*c.pick(b"ABCDEFGHJKLMNPQRSTUVWXYZ"));
            let head = format!("{}{}", c.pick(&["京", "沪", "粤", "川", "浙", "苏"]), letter(c));
            (
                Kind::VehiclePlate,
                if c.below(3) == 0 { format!("{head}D{}", digits(c, 5)) } else { format!("{head}{}", digits(c, 5)) },
            )
        }
        14 => (Kind::Email, format!("user{}@{}", digits(c, 4), c.pick(&["example.com", "mail.gov.cn", "163.com"]))),
        _ => (Kind::IpAddress, format!("10.{}.{}.{}", c.below(255), c.below(255), 1 + c.below(250))),
    }
}

/// What looks like a value and is none.
fn trap(c: &mut Chance) -> String {
    const AREAS: &[&str] = &["110101", "310101", "330106", "370202", "320102"];
    let area = *c.pick(AREAS);
    match c.below(14) {
        0 => {
            let (body, check) = resident(c, area);
            format!("{body}{}", other(check, c, "0123456789"))
        }
        1 => {
            let (body, check) = resident(c, "990105");
            format!("{body}{check}")
        }
        2 => {
            let (body, check) = resident(c, area);
            format!("{}{body}{check}", 10 + c.below(80))
        }
        3 => {
            let (body, check) = resident(c, area);
            format!("{body}{check}{}", *c.pick(&["99", "A", "07"]))
        }
        4 => format!("{area}19490230{}", digits(c, 4)),
        5 => {
            let (body, check) = credit(c);
            format!("{body}{}", other(check, c, "0123456789ABCDEFGHJKLMNPQRTUWXY"))
        }
        6 => {
            let body = format!("622848{}", digits(c, 12));
            let right = luhn(&body);
            format!("{body}{}", other(right, c, "0123456789"))
        }
        7 => format!("128{}", digits(c, 8)),
        8 => format!("1380013{}", digits(c, 7)),
        9 => format!("版本{}.{}.{}.{}", 300 + c.below(600), c.below(9), c.below(9), c.below(9)),
        10 => format!("京{}{}", c.pick(&["I", "O"]), digits(c, 5)),
        11 => format!("国办发〔20{:02}〕{}号", c.below(25), 1 + c.below(90)),
        12 => format!("E{}", digits(c, 7)),
        _ => "注册号110108000000016".to_owned(),
    }
}

/// The expressions of an afternoon.
fn baseline() -> Vec<(Kind, Regex)> {
    let of = |kind, pattern| (kind, Regex::new(pattern).unwrap());
    vec![
        of(Kind::IdCard, r"(?-u:\b)(\d{17}[\dXx]|\d{15})(?-u:\b)"),
        of(Kind::CreditCode, r"(?-u:\b)[0-9A-Z]{18}(?-u:\b)"),
        of(Kind::BankCard, r"(?-u:\b)\d{16,19}(?-u:\b)"),
        of(Kind::Mobile, r"(?:\+86[ -]?)?1[3-9]\d{9}"),
        of(Kind::Landline, r"0\d{2,3}-?\d{7,8}"),
        of(Kind::Passport, r"[EGP]\d{8}"),
        of(Kind::HkMoTwPermit, r"[HM]\d{8}"),
        of(Kind::VehiclePlate, r"[京沪粤川浙苏][A-Z][A-Z0-9]{5,6}"),
        of(Kind::Email, r"[\w.]+@[\w.]+"),
        of(Kind::IpAddress, r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"),
    ]
}

#[derive(Default)]
struct Count {
    wanted: usize,
    found: usize,
    right: usize,
}

/// A text with the places (in bytes) and kinds of what must be found.
fn text(carriers: &[String], c: &mut Chance) -> (String, Vec<(Kind, usize, usize)>) {
    let mut text = String::new();
    let mut wants = Vec::new();
    for _ in 0..1 + c.below(3) {
        text.push_str(c.pick::<String>(carriers));
        let label = c.below(3) > 0;
        if c.below(2) == 0 {
            text.push_str(if label { "，编号：" } else { "，" });
            text.push_str(&trap(c));
        } else {
            let (kind, value) = value(c);
            text.push_str(match kind {
                // Without a label it is a number like any other.
                Kind::HkMoTwPermit => "，港澳通行证号",
                _ if !label => "，",
                Kind::IdCard => "，身份证号：",
                Kind::Mobile => "，联系电话：",
                Kind::BankCard => "，卡号",
                Kind::Passport => "，护照号",
                _ => "，",
            });
            let start = text.len();
            text.push_str(&value);
            wants.push((kind, start, text.len()));
        }
        text.push_str(c.pick::<&str>(&["。", "，", "；\n", "，请核实。"]));
    }
    (text, wants)
}

pub(crate) fn measure(sources: &Sources) {
    let carriers: Vec<String> = sources
        .questions()
        .iter()
        .map(|t| cut(t, 30))
        .filter(|t| !t.chars().any(|c| c.is_ascii_alphanumeric()))
        .collect();
    let mut c = Chance(20_261_125);
    let texts: Vec<_> = (0..40_000).map(|_| text(&carriers, &mut c)).collect();
    let options = Options { kinds: KINDS.to_vec(), ..Options::default() };
    let rules = baseline();
    let mut ours: BTreeMap<&str, Count> = BTreeMap::new();
    let mut theirs: BTreeMap<&str, Count> = BTreeMap::new();
    let mut shown = 0;
    for (text, wants) in &texts {
        let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let mine: Vec<(Kind, usize, usize)> = find_personal_data(text, &options)
            .into_iter()
            .filter_map(|f| Some((Kind::parse(&f.kind)?, starts[f.span.start], starts[f.span.end])))
            .collect();
        let mut base: Vec<(Kind, usize, usize)> = Vec::new();
        for (kind, rule) in &rules {
            for found in rule.find_iter(text) {
                if !base.iter().any(|(_, a, b)| found.start() < *b && *a < found.end()) {
                    base.push((*kind, found.start(), found.end()));
                }
            }
        }
        for (counts, found) in [(&mut ours, &mine), (&mut theirs, &base)] {
            for want in wants {
                counts.entry(want.0.as_str()).or_default().wanted += 1;
            }
            for one in found {
                let count = counts.entry(one.0.as_str()).or_default();
                count.found += 1;
                count.right += usize::from(wants.contains(one));
            }
        }
        if shown < 12 && (mine.iter().any(|f| !wants.contains(f)) || wants.iter().any(|w| !mine.contains(w))) {
            shown += 1;
            eprintln!("differs: {text:?} found {mine:?}");
        }
    }
    println!("| kind | n | regular expressions: precision, recall | ours: precision, recall |\n|---|---|---|---|");
    let line = |name: &str, base: &Count, own: &Count| {
        let share = |a: usize, b: usize| a as f64 / b.max(1) as f64;
        println!(
            "| {name} | {} | {:.4}, {:.4} | {:.4}, {:.4} |",
            own.wanted,
            share(base.right, base.found),
            share(base.right, base.wanted),
            share(own.right, own.found),
            share(own.right, own.wanted)
        );
    };
    let none = Count::default();
    for (kind, own) in &ours {
        line(kind, theirs.get(kind).unwrap_or(&none), own);
    }
    let sum = |of: &BTreeMap<&str, Count>| {
        of.values().fold(Count::default(), |sum, n| Count {
            wanted: sum.wanted + n.wanted,
            found: sum.found + n.found,
            right: sum.right + n.right,
        })
    };
    line("all (to reach: .995, .995)", &sum(&theirs), &sum(&ours));
}

//! The fields of an enterprise's profile: a list that the agency keeps as data, with the words policies use for them.

use std::collections::BTreeMap;

use kernel::{Date, Region, Wrong};
use serde::{Deserialize, Serialize};

use crate::number::Number;

/// What kind of fact a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A number in the field's unit.
    Number,
    /// Yes or no.
    Flag,
    /// One of the options.
    One,
    /// Any number of the options; the list given is the whole list.
    Many,
    /// A division code.
    Region,
    /// A day; conditions on it count years up to today.
    Day,
}

/// One option of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldOption {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// What policies and tables call it, besides the Chinese name.
    #[serde(default)]
    pub words: Vec<String>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its id.
    pub id: String,
    /// What kind of fact it holds.
    pub kind: FieldKind,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// The unit of a number: `元`, `%`, `人` …
    #[serde(default)]
    pub unit: String,
    /// What policies and tables call it, besides the Chinese name.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether a government register holds it, so that nobody needs to hand it in.
    #[serde(default)]
    pub shared: bool,
    /// For a flag: whether having it is a fault (严重失信), so that policies name it to shut out.
    #[serde(default)]
    pub adverse: bool,
    /// What to hand in when the fact is missing, in Chinese.
    pub supply: String,
    /// What to hand in when the fact is missing, in English.
    pub supply_en: String,
    /// The options.
    #[serde(default)]
    pub options: Vec<FieldOption>,
}

/// A value as written in JSON, a form or a policy record: typed only by its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// Yes or no.
    Flag(bool),
    /// An option, a code, a day, or a number in digits. Tried before numbers: a division code in quotes is a text.
    Text(String),
    /// A number.
    Number(Number),
    /// Options.
    List(Vec<String>),
}

/// A value that fits its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Number(Number),
    Flag(bool),
    /// The options that hold, one bit each, in the order of the field's list.
    Options(u64),
    /// The six digits as a number.
    Region(u32),
    /// The day, as a number that orders days: year, month, day.
    Day(i32),
}

/// Why a value does not fit, or the list of fields cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadField {
    /// No such field.
    #[error("there is no field `{0}`")]
    Unknown(String),
    /// The value does not fit.
    #[error("{0}")]
    Value(Box<Wrong>),
    /// The list of fields.
    #[error("fields: {0}")]
    List(String),
}

impl BadField {
    /// What is wrong, for whoever filled it in; nothing for a list of fields, which no form sends.
    #[must_use]
    pub fn wrong(&self) -> Option<Wrong> {
        match self {
            Self::Unknown(id) => Some(Wrong::new(id, "unknown_field", self.to_string()).with("given", id)),
            Self::Value(wrong) => Some(Wrong::clone(wrong)),
            Self::List(_) => None,
        }
    }
}

/// What policies are about (主题): those of one theme are compared with each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub title: String,
    /// Its English name.
    pub title_en: String,
    /// The words by which a policy is about it.
    pub words: Vec<String>,
}

/// The list of fields, and the themes of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    fields: Vec<Field>,
    themes: Vec<Theme>,
    at: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fields: Vec<Field>,
    #[serde(default)]
    themes: Vec<Theme>,
}

impl Fields {
    /// Reads the list.
    pub fn parse(text: &str) -> Result<Self, BadField> {
        let file: File = toml::from_str(text).map_err(|error| BadField::List(error.to_string()))?;
        let mut at = BTreeMap::new();
        for (n, field) in file.fields.iter().enumerate() {
            if at.insert(field.id.clone(), n).is_some() {
                return Err(BadField::List(format!("`{}` stands twice", field.id)));
            }
            let takes_options = matches!(field.kind, FieldKind::One | FieldKind::Many);
            if takes_options == field.options.is_empty() || field.options.len() > 62 {
                return Err(BadField::List(format!("`{}` needs between 1 and 62 options, or none", field.id)));
            }
        }
        Ok(Self { fields: file.fields, themes: file.themes, at })
    }

    /// The fields, in order.
    #[must_use]
    pub fn all(&self) -> &[Field] {
        &self.fields
    }

    /// The themes.
    #[must_use]
    pub fn themes(&self) -> &[Theme] {
        &self.themes
    }

    /// A field.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Field> {
        self.at.get(id).and_then(|at| self.fields.get(*at))
    }

    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.at.get(id).copied()
    }

    /// The field that a table heading names.
    #[must_use]
    pub fn of_heading(&self, heading: &str) -> Option<&Field> {
        let bare = heading.split(['（', '(', '/', '：', ':']).next().unwrap_or(heading).trim();
        self.fields.iter().find(|field| {
            field.id == bare
                || field.title == bare
                || field.title_en.eq_ignore_ascii_case(bare)
                || field.words.iter().any(|w| w == bare)
        })
    }

    pub(crate) fn read(&self, id: &str, given: &Given) -> Result<Fact, BadField> {
        let field = self.get(id).ok_or_else(|| BadField::Unknown(id.to_owned()))?;
        field.read(given)
    }
}

impl Field {
    /// The value as a fact of this field.
    pub(crate) fn read(&self, given: &Given) -> Result<Fact, BadField> {
        let fact = match (self.kind, given) {
            (FieldKind::Number, Given::Number(number)) => Some(Fact::Number(*number)),
            (FieldKind::Number, Given::Text(text)) => Number::parse(text).map(Fact::Number),
            (FieldKind::Flag, Given::Flag(flag)) => Some(Fact::Flag(*flag)),
            (FieldKind::One | FieldKind::Many, Given::Text(text)) => self.bit(text).map(Fact::Options),
            (FieldKind::Many, Given::List(list)) => {
                let bits = list.iter().map(|text| self.bit(text)).try_fold(0, |all, bit| Some(all | bit?));
                bits.map(Fact::Options)
            }
            (FieldKind::Region, Given::Text(text)) => region_number(text).map(Fact::Region),
            (FieldKind::Region, Given::Number(number)) => region_number(&number.to_string()).map(Fact::Region),
            (FieldKind::Day, Given::Text(text)) => read_day(text).map(|day| Fact::Day(day_number(day))),
            _ => None,
        };
        fact.ok_or_else(|| BadField::Value(Box::new(self.unfit(given))))
    }

    /// What this field takes, after something else was given.
    pub(crate) fn unfit(&self, given: &Given) -> Wrong {
        let (reason, takes) = match self.kind {
            FieldKind::Number => ("number", "a number".to_owned()),
            FieldKind::Flag => ("flag", "true or false".to_owned()),
            FieldKind::One | FieldKind::Many => {
                ("option", format!("one of {}", self.listed(|option| &option.id, ", ")))
            }
            FieldKind::Region => ("region", "a six-digit division code".to_owned()),
            FieldKind::Day => ("day", "a day, `YYYY-MM-DD`".to_owned()),
        };
        let given = given.to_string();
        let says = format!("`{}` takes {takes}, not `{given}`", self.id);
        self.wrong(reason, says)
            .with("given", given)
            .with("options", self.listed(|option| &option.title, " / "))
            .with("options_en", self.listed(|option| &option.title_en, " / "))
    }

    /// Something wrong with this field, under its names.
    pub(crate) fn wrong(&self, reason: &'static str, says: String) -> Wrong {
        Wrong::new(&self.id, reason, says).with("name", &self.title).with("name_en", &self.title_en)
    }

    /// The value as this field writes it: a division code as a text, digits as a number. What does not fit stays as it is.
    #[must_use]
    pub fn settled(&self, given: &Given) -> Given {
        match (self.kind, given) {
            (FieldKind::Region, Given::Number(number)) => Given::Text(number.to_string()),
            (FieldKind::Region, Given::Text(text)) => Given::Text(text.trim().to_owned()),
            (FieldKind::Number, Given::Text(text)) => Number::parse(text).map_or_else(|| given.clone(), Given::Number),
            _ => given.clone(),
        }
    }

    /// The bit of an option, named by id, title or a word of its own; a word of several options names none.
    pub(crate) fn bit(&self, text: &str) -> Option<u64> {
        let bits = self.mask(text.trim());
        (bits.count_ones() == 1).then_some(bits)
    }

    /// The options that a word names: 小微企业 are two.
    pub(crate) fn mask(&self, text: &str) -> u64 {
        let named = |o: &FieldOption| {
            o.id == text
                || o.title == text
                || o.title_en.eq_ignore_ascii_case(text)
                || o.words.iter().any(|w| w == text)
        };
        (0u32..).zip(&self.options).filter(|(_, option)| named(option)).map(|(at, _)| 1u64 << at).sum()
    }

    /// The options of a set of bits.
    pub(crate) fn options_of(&self, bits: u64) -> impl Iterator<Item = &FieldOption> {
        (0u32..).zip(&self.options).filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, option)| option)
    }

    /// The options by one of their names.
    pub(crate) fn listed(&self, name: fn(&FieldOption) -> &String, between: &str) -> String {
        let names: Vec<&str> = self.options.iter().map(|option| name(option).as_str()).collect();
        names.join(between)
    }
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(", ")),
        }
    }
}

pub(crate) fn region_number(text: &str) -> Option<u32> {
    Region::parse(text.trim()).ok().and_then(|region| region.as_str().parse().ok())
}

/// A day as tables and forms write it: `2019-05-06`, `2019/5/6`, `2019.5.6`, `2019年5月6日`, `20190506`.
#[must_use]
pub fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let text = text.split(['T', ' ']).next()?;
    let mut parts = text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty());
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

pub(crate) fn day_number(day: Date) -> i32 {
    i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day())
}

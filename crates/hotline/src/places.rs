//! Where it happens: the administrative division (行政区划) a text names, and the street, estate and building below it.

use std::collections::{BTreeMap, HashMap};

use kernel::Region;
use serde::{Deserialize, Serialize};

use crate::policy::{BadPolicy, Policy};

/// The divisions of the country with the places of their seats.
const DIVISIONS: &str = include_str!("../data/places.tsv");
/// The longest name of a place, in characters.
const LONGEST: usize = 16;
/// The longest address below the district, in characters.
const LONGEST_DETAIL: usize = 30;

/// A place as a work order names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locality {
    /// The code of the division; absent when no name of one was found.
    pub region: Option<Region>,
    /// The code of the street or town (9 digits), when one was named.
    #[serde(default)]
    pub street: Option<String>,
    /// The name of the division, with those above it in the city.
    pub name: String,
    /// What stands below it: street, estate, building.
    pub detail: String,
}

/// The names of places and their codes.
#[derive(Debug, Clone)]
pub struct Gazetteer {
    home: Region,
    /// Codes by name; a name may stand for several places.
    codes: HashMap<String, Vec<String>>,
    names: HashMap<String, String>,
    seats: HashMap<String, (f64, f64)>,
}

/// A name that was found.
#[derive(Debug, Clone)]
struct Named {
    end: usize,
    code: String,
}

impl Gazetteer {
    /// All divisions, the city's own other names, and its streets (`code<TAB>name` lines).
    pub fn new(home: &Region, aliases: &BTreeMap<String, Region>, streets: &str) -> Result<Self, BadPolicy> {
        let mut new = Self { home: home.clone(), codes: HashMap::new(), names: HashMap::new(), seats: HashMap::new() };
        for line in DIVISIONS.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(code), Some(name)) = (fields.next(), fields.next()) else { continue };
            new.names.insert(code.to_owned(), name.to_owned());
            if let (Some(Ok(lon)), Some(Ok(lat))) = (fields.next().map(str::parse), fields.next().map(str::parse)) {
                new.seats.insert(code.to_owned(), (lon, lat));
            }
            new.add(name, code);
            // Cities, and the districts at home, are called without their last character too.
            let short: String = name.chars().take(name.chars().count().saturating_sub(1)).collect();
            if short.chars().count() > 1 && (code.ends_with("00") || new.is_home(code)) {
                new.add(&short, code);
            }
        }
        for (name, region) in aliases {
            new.codes.insert(name.clone(), vec![region.to_string()]);
            new.names.insert(region.to_string(), name.clone());
        }
        for (n, line) in
            (1..).zip(streets.lines()).filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
        {
            let street = line.split_once('\t').filter(|(code, name)| {
                code.len() == 9 && code.bytes().all(|b| b.is_ascii_digit()) && name.chars().count() > 1
            });
            let Some((code, name)) = street else {
                let problem = format!("line {n}: not a code of nine digits, a tab and a name");
                return Err(BadPolicy { file: "policies/hotline_streets.tsv".to_owned(), problem });
            };
            new.names.insert(code.to_owned(), name.to_owned());
            new.add(name, code);
        }
        Ok(new)
    }

    fn add(&mut self, name: &str, code: &str) {
        let codes = self.codes.entry(name.to_owned()).or_default();
        if !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    }

    fn is_home(&self, code: &str) -> bool {
        lies_in(code, self.home.as_str())
    }

    /// The name of a division or street, with those above it up to the city.
    #[must_use]
    pub fn name(&self, code: &str) -> String {
        let mut parts = Vec::new();
        for above in
            [code.get(..4).map(|stem| format!("{stem}00")), code.get(..6).map(str::to_owned), Some(code.to_owned())]
                .into_iter()
                .flatten()
        {
            if let Some(name) = self.names.get(&above).filter(|name| parts.last() != Some(name)) {
                parts.push(name);
            }
        }
        parts.into_iter().map(String::as_str).collect()
    }

    /// The seat of a division: longitude and latitude.
    #[must_use]
    pub fn seat(&self, region: &Region) -> Option<(f64, f64)> {
        self.seats.get(region.as_str()).copied()
    }

    /// The divisions of the city with their seats, the city itself first.
    #[must_use]
    pub fn home_divisions(&self) -> Vec<(Region, String, (f64, f64))> {
        let mut all: Vec<_> = self
            .seats
            .iter()
            .filter(|(code, _)| self.is_home(code))
            .filter_map(|(code, seat)| Some((Region::parse(code).ok()?, self.names.get(code)?.clone(), *seat)))
            .collect();
        all.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        all
    }

    /// The division that a text names most exactly, inside the city where a name stands for several.
    fn find(&self, text: &str) -> Option<Named> {
        let mut best: Option<Named> = None;
        let mut within: Option<String> = None;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((name, code)) = self.longest(rest, within.as_deref()) else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            at += name.len();
            let named = Named { end: at, code };
            within = Some(named.code.clone());
            let better = best.as_ref().is_none_or(|old| {
                // The most exact one; at home rather than elsewhere; of equals the first.
                (self.is_home(&named.code), stem(&named.code)) > (self.is_home(&old.code), stem(&old.code))
                    && (lies_in(&named.code, &old.code) || self.is_home(&named.code))
            });
            if better {
                best = Some(named);
            }
        }
        best
    }

    fn longest<'t>(&self, rest: &'t str, within: Option<&str>) -> Option<(&'t str, String)> {
        let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(LONGEST);
        let mut best = None;
        for end in ends.skip(1) {
            let Some(name) = rest.get(..end) else { continue };
            let Some(codes) = self.codes.get(name) else { continue };
            // `朝阳` is a city; `朝阳区` is another place.
            if rest.get(end..).is_some_and(|after| after.starts_with(['区', '县', '市', '州'])) {
                continue;
            }
            let one = |inside: &dyn Fn(&str) -> bool| {
                let mut found = codes.iter().filter(|code| inside(code));
                match (found.next(), found.next()) {
                    (Some(code), None) => Some(code.clone()),
                    _ => None,
                }
            };
            let code = within
                .and_then(|within| one(&|code| lies_in(code, within) && code != within))
                .or_else(|| one(&|code| self.is_home(code)))
                .or_else(|| one(&|_| true));
            if let Some(code) = code {
                best = Some((name, code));
            }
        }
        best
    }
}

/// The part of a code that names the division: 0 to 9 digits.
fn stem(code: &str) -> usize {
    if code.len() == 9 {
        return 9;
    }
    let mut stem = code;
    while let Some(shorter) = stem.strip_suffix("00") {
        stem = shorter;
    }
    stem.len()
}

fn lies_in(code: &str, within: &str) -> bool {
    let stem = within.get(..stem(within)).unwrap_or(within);
    code.starts_with(stem)
}

/// Where a text says that it happens. Both parts may be missing.
pub(crate) fn locality(policy: &Policy, text: &str) -> Locality {
    let gazetteer = &policy.gazetteer;
    let found = gazetteer.find(text);
    let detail = match &found {
        Some(named) => {
            let after = text.get(named.end..).unwrap_or_default();
            let clause = after.split(is_boundary).next().unwrap_or_default();
            let own = cut(policy, clause).unwrap_or_default().to_owned();
            if own.is_empty() { anywhere(policy, text, &gazetteer.name(&named.code)) } else { own }
        }
        None => anywhere(policy, text, ""),
    };
    match found {
        None => Locality { detail, ..Locality::default() },
        Some(named) => Locality {
            region: named.code.get(..6).and_then(|code| Region::parse(code).ok()),
            street: (named.code.len() == 9).then(|| named.code.clone()),
            name: gazetteer.name(&named.code),
            detail,
        },
    }
}

/// The longest address anywhere in a text that is not the name already found.
fn anywhere(policy: &Policy, text: &str, known: &str) -> String {
    text.split(is_boundary)
        .filter_map(|clause| cut(policy, clause))
        .filter(|detail| detail.chars().count() > 2 && !known.contains(*detail))
        .max_by_key(|detail| detail.chars().count())
        .unwrap_or_default()
        .to_owned()
}

/// The address in a clause: up to the last word that ends a place, from behind the last word that leads to one.
fn cut<'t>(policy: &Policy, clause: &'t str) -> Option<&'t str> {
    let terms = &policy.settings.places;
    // Far into a sentence the name of a place is the name of something else.
    let limit = clause.char_indices().nth(LONGEST_DETAIL).map_or(clause.len(), |(at, _)| at);
    let clause = clause.get(..limit)?;
    let mut ends: Vec<usize> = terms
        .ends
        .iter()
        .flat_map(|end| clause.match_indices(end.as_str()).map(|(at, found)| at + found.len()))
        .collect();
    ends.sort_unstable();
    // From the last: `…小区的路灯` ends with `路`, which is no place by itself.
    ends.into_iter().rev().find_map(|end| {
        let head = clause.get(..end)?;
        let starts = terms.before.iter().filter_map(|word| {
            let at = head.rfind(word.as_str()).map(|at| at + word.len())?;
            // A leading word at the very end would leave nothing.
            (at < head.len()).then_some(at)
        });
        let detail = head.get(starts.max().unwrap_or(0)..)?.trim();
        (detail.chars().count() > 2).then_some(detail)
    })
}

fn is_boundary(c: char) -> bool {
    matches!(
        c,
        '，' | '。' | '！' | '？' | '；' | '：' | '、' | ',' | '.' | '!' | '?' | ';' | '\n' | '（' | '）' | '(' | ')'
    )
}

#[cfg(test)]
mod tests {
    use super::locality;
    use crate::policy::tests::policy;

    #[test]
    fn places_of_the_city_are_found_with_what_lies_below() {
        let policy = policy();
        let said = |text: &str| {
            let found = locality(&policy, text);
            let code = found.street.clone().or(found.region.map(|r| r.to_string())).unwrap_or_default();
            format!("{code}|{}|{}", found.name, found.detail)
        };
        for (text, wanted) in [
            ("武侯区浆洗街街道某某小区3栋的电梯坏了", "510107"),
            ("我住在锦东区春熙路步行街12号，楼下烧烤摊冒油烟", "510104|锦城市锦东区|春熙路步行街12号"),
            ("我们阳光花园小区3栋电梯坏了", "||阳光花园小区3栋"),
            ("成都市金牛区那边", "510106"),
            ("我在绵阳市，咨询社保", "510700"),
            ("龙泉驿区龙泉街道从昨天停水", "510112001|锦城市龙泉驿区龙泉街道|"),
            ("公积金怎么提取", "||"),
            // Several cities have one; at home there is none of that name.
            ("朝阳区的事", "||"),
        ] {
            let got = said(text);
            assert!(got.starts_with(wanted), "{text}: {got}");
        }
    }
}

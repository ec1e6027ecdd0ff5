//! Laws that were repealed by laws which a collection may not have: a list of facts, made from the repeal clauses of
//! the national and local laws by `cargo xtask successors`.

use std::collections::HashMap;
use std::sync::LazyLock;

use kernel::Date;

/// A law that is gone and what took its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Successor {
    /// The normalised title of the law that is gone.
    pub key: String,
    /// The title of the law that repealed it.
    pub by: String,
    /// The first day it no longer applied.
    pub since: Date,
    /// The first day of a law that was made again under the same name.
    pub again: Option<Date>,
}

static SUCCESSORS: LazyLock<HashMap<String, Vec<Successor>>> = LazyLock::new(|| {
    let mut all: HashMap<String, Vec<Successor>> = HashMap::new();
    for line in include_str!("../../data/successors.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        if let (Some(key), Some(by), Some(since)) =
            (cells.next(), cells.next(), cells.next().and_then(|day| day.parse().ok()))
        {
            let again = cells.next().and_then(|day| day.parse().ok());
            let successor = Successor { key: key.to_owned(), by: by.to_owned(), since, again };
            all.entry(key.to_owned()).or_default().push(successor);
        }
    }
    for list in all.values_mut() {
        list.sort_by_key(|successor| successor.since);
    }
    all
});

/// All of them, in no particular order.
pub fn successors() -> impl Iterator<Item = &'static Successor> {
    SUCCESSORS.values().flatten()
}

/// What took the place of the law with this normalised title that applies from `from`: the first repeal after that day,
/// since a law may have been made again under the same name. [`Date::MIN`] where its first day is not known: then only
/// a law that was not made again is known to be gone.
#[must_use]
pub fn successor(key: &str, from: Date) -> Option<&'static Successor> {
    let mut list = SUCCESSORS.get(key)?.iter();
    list.find(|successor| successor.since > from && (from != Date::MIN || successor.again.is_none()))
}

#[cfg(test)]
mod tests {
    use kernel::Date;

    use super::{successor, successors};

    #[test]
    fn the_civil_code_took_the_place_of_nine_laws() {
        for key in ["婚姻法", "继承法", "民法通则", "收养法", "担保法", "合同法", "物权法", "侵权责任法", "民法总则"]
        {
            let found = successor(key, Date::MIN).unwrap();
            assert_eq!(
                (found.by.as_str(), found.since.to_string().as_str()),
                ("中华人民共和国民法典", "2021-01-01"),
                "{key}"
            );
        }
        assert!(successor("合同法", "2021-01-01".parse().unwrap()).is_none());
        assert!(successor("民法典", Date::MIN).is_none());
        // 国家安全法 of 1993 was repealed, that of 2015 was not.
        assert!(successor("国家安全法", Date::MIN).is_none());
        assert!(successor("国家安全法", "1993-02-22".parse().unwrap()).is_some());
        assert!(successor("国家安全法", "2015-07-01".parse().unwrap()).is_none());
    }

    #[test]
    fn the_list_is_well_formed() {
        let lines = include_str!("../../data/successors.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(successors().count(), lines);
        for one in successors() {
            assert!(crate::validity::title_key(&one.key) == one.key && one.key.chars().count() >= 3, "{one:?}");
            assert_ne!(one.key, crate::validity::title_key(&one.by), "{one:?}");
        }
    }
}

//! `policies/retention.toml`: which entries of the record give up their details, and after how many months.

use std::collections::BTreeSet;

use kernel::event::Deed;
use serde::Deserialize;
use store::RetentionClass;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    class: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    months: u32,
    deeds: Vec<Deed>,
}

/// Reads `text`, the content of `file`. The error names the line, or else the class, and says what is wrong with it.
pub fn parse(file: &str, text: &str) -> Result<Vec<RetentionClass>, String> {
    let parsed: File = toml::from_str(text).map_err(|error| format!("{file}: {}", error.to_string().trim_end()))?;
    let mut seen = BTreeSet::new();
    let mut classes = Vec::with_capacity(parsed.class.len());
    for written in parsed.class {
        if let Some(twice) = written.deeds.iter().find(|deed| !seen.insert(deed.code())) {
            return Err(format!("{file}: class `{}`: `{}` belongs to a class already", written.name, twice.code()));
        }
        let class = RetentionClass::new(&written.name, written.months, written.deeds);
        classes.push(class.map_err(|problem| format!("{file}: {problem}"))?);
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::parse;

    const GOOD: &str = "[[class]]\nname = \"calls\"\nmonths = 12\ndeeds = [\"egress.called\", \"search.done\"]\n";

    #[test]
    fn a_class_has_deeds_and_at_least_six_months() {
        assert!(parse("retention.toml", "").unwrap().is_empty());
        let classes = parse("retention.toml", GOOD).unwrap();
        assert_eq!((classes.len(), classes[0].name(), classes[0].deeds().len()), (1, "calls", 2));
    }

    #[test]
    fn mistakes_are_named() {
        let said = |from: &str, to: &str| parse("retention.toml", &GOOD.replace(from, to)).unwrap_err();
        assert!(said("12", "5").contains("class `calls`: `months` is 5"));
        assert!(said("search.done", "search.did").contains("line 4"));
        assert!(said("search.done", "model.called").contains("always kept"));
        assert!(said("search.done", "egress.called").contains("belongs to a class already"));
        assert!(said("months", "month").contains("line 3"));
    }
}

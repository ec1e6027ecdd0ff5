//! The house rules that no compiler checks. Each rule is one file and one line in the list below; a rule returns what it found.

mod docs;
mod edges;
mod glossary;
mod hygiene;
mod licences;
mod lists;
mod names;
mod records;
mod scenarios;
mod sizes;
mod source;

use anyhow::{Result, bail};

use source::Tree;

/// Reads the tree and gives back one line per violation, each with its way out.
type Rule = fn(&Tree) -> Result<Vec<String>>;

#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("chinese", hygiene::chinese),
    ("docs", docs::docs),
    ("edges", edges::edges),
    ("glossary", glossary::glossary),
    ("hosts", hygiene::hosts),
    ("licences", licences::licences),
    ("lists", lists::lists),
    ("names", names::names),
    ("owners", edges::owners),
    ("records", records::records),
    ("scenarios", scenarios::scenarios),
    ("sizes", sizes::sizes),
];

/// Runs every rule and prints everything they found.
pub(crate) fn tidy() -> Result<()> {
    let tree = Tree::read()?;
    let mut violations = 0;
    for (name, rule) in RULES {
        for found in rule(&tree)? {
            println!("{name}: {found}");
            violations += 1;
        }
    }
    if violations > 0 {
        bail!("{violations} violations of the house rules");
    }
    println!("{} rules hold in {} files", RULES.len(), tree.files.len());
    Ok(())
}

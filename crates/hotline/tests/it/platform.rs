//! The files that ship, as a policy.

use hotline::{Policy, PolicyFiles};

pub(crate) fn policy() -> Policy {
    let read = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let year = |name: &str| (format!("policies/{name}"), read(name));
    Policy::parse(&PolicyFiles {
        settings: read("hotline.toml"),
        categories: read("hotline_categories.jsonl"),
        streets: read("hotline_streets.tsv"),
        holidays: vec![year("holidays_2025.toml"), year("holidays_2026.toml")],
        classifier: None,
    })
    .unwrap()
}

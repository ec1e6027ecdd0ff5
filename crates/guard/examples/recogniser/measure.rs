//! Precision, recall and F on the development sets, by overlap and by exact ends, and speed.

use std::collections::BTreeMap;
use std::path::Path;

use guard::recogniser::{Class, Recogniser};

use crate::dev::{self, Want};

#[derive(Default, Clone, Copy)]
struct Count {
    found: usize,
    right: usize,
    exact: usize,
    wanted: usize,
    met: usize,
}

fn want_of(class: Class) -> Want {
    match class {
        Class::PersonName => Want::Name,
        Class::Organisation | Class::PublicBody => Want::Organisation,
        Class::Address => Want::Address,
        Class::Place => Want::Place,
    }
}

/// Measures every set; with `errors` prints that many of each kind.
pub(crate) fn all(
    model: Option<&Recogniser>,
    shared: &Path,
    second: bool,
    errors: Option<usize>,
) -> anyhow::Result<()> {
    let options = guard::Options { recogniser_score: 0.5, report_public: true, ..guard::Options::default() };
    let sets = dev::sets(shared, second)?;
    println!("set      kind            n     P      R      F1     F2     exact-F1");
    let mut total: BTreeMap<Want, Count> = BTreeMap::new();
    for set in &sets {
        let mut counts: BTreeMap<Want, Count> = BTreeMap::new();
        let mut shown: BTreeMap<(Want, bool), usize> = BTreeMap::new();
        for (case_number, case) in set.cases.iter().enumerate() {
            let mut starts: Vec<usize> = case.text.char_indices().map(|(i, _)| i).collect();
            starts.push(case.text.len());
            let at = |byte: usize| starts.binary_search(&byte).unwrap_or(0);
            let found: Vec<(Want, usize, usize)> = match model {
                Some(model) => {
                    model.find(&case.text).into_iter().map(|s| (want_of(s.class), at(s.start), at(s.end))).collect()
                }
                // The whole guard: rules and the shipped recogniser.
                None => guard::find_personal_data(&case.text, &options)
                    .into_iter()
                    .filter_map(|f| {
                        let want = match (f.kind.as_str(), f.rule.as_str()) {
                            ("person_name", _) => Want::Name,
                            ("organisation", _) => Want::Organisation,
                            ("address", "address.place") => Want::Place,
                            ("address", _) => Want::Address,
                            _ => return None,
                        };
                        Some((want, f.span.start, f.span.end))
                    })
                    .collect(),
            };
            let chars: Vec<char> = case.text.chars().collect();
            for want in &set.covers {
                // An address set that also labels bare places counts them as addresses.
                let same = |w: Want| {
                    w == *want
                        || (w == Want::Place && *want == Want::Address && set.name == "cluener")
                        || (w == Want::Address && *want == Want::Place && set.name != "cluener")
                };
                let count = counts.entry(*want).or_default();
                let wants: Vec<_> = case.wants.iter().filter(|w| w.0 == *want && w.2 - w.1 >= 2).collect();
                let singles: Vec<_> = case.wants.iter().filter(|w| w.0 == *want && w.2 - w.1 < 2).collect();
                let founds: Vec<_> = found.iter().filter(|f| same(f.0)).collect();
                let overlap = |a: &(Want, usize, usize), b: &(Want, usize, usize)| a.1 < b.2 && b.1 < a.2;
                count.wanted += wants.len();
                for f in founds.iter().filter(|f| !singles.iter().any(|s| overlap(s, f))) {
                    count.found += 1;
                    if wants.iter().any(|w| overlap(w, f)) {
                        count.right += 1;
                    } else if let Some(max) = errors {
                        let n = shown.entry((*want, false)).or_default();
                        *n += 1;
                        if *n <= max {
                            show(set.name, *want, "extra", &chars, f, case_number);
                        }
                    }
                    count.exact += usize::from(wants.iter().any(|w| (w.1, w.2) == (f.1, f.2)));
                }
                for w in &wants {
                    if founds.iter().any(|f| overlap(w, f)) {
                        count.met += 1;
                    } else if let Some(max) = errors {
                        let n = shown.entry((*want, true)).or_default();
                        *n += 1;
                        if *n <= max {
                            show(set.name, *want, "missed", &chars, w, case_number);
                        }
                    }
                }
            }
        }
        for (want, count) in counts {
            line(set.name, want, count);
            let sum = total.entry(want).or_default();
            sum.found += count.found;
            sum.right += count.right;
            sum.exact += count.exact;
            sum.wanted += count.wanted;
            sum.met += count.met;
        }
    }
    for (want, count) in total {
        line("ALL", want, count);
    }
    Ok(())
}

fn show(set: &str, want: Want, what: &str, chars: &[char], span: &(Want, usize, usize), _: usize) {
    let text = |a: usize, b: usize| chars[a.min(chars.len())..b.min(chars.len())].iter().collect::<String>();
    println!(
        "{set} {want:?} {what}: …{}【{}】{}…",
        text(span.1.saturating_sub(10), span.1),
        text(span.1, span.2),
        text(span.2, span.2 + 10)
    );
}

fn line(set: &str, want: Want, count: Count) {
    let share = |a: usize, b: usize| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    let (p, r) = (share(count.right, count.found), share(count.met, count.wanted));
    let f = |p: f64, r: f64, b: f64| if p + r == 0.0 { 0.0 } else { (1.0 + b * b) * p * r / (b * b * p + r) };
    let (ep, er) = (share(count.exact, count.found), share(count.exact, count.wanted));
    println!(
        "{set:8} {:13} {:5}  {p:.3}  {r:.3}  {:.3}  {:.3}  {:.3}",
        format!("{want:?}"),
        count.wanted,
        f(p, r, 1.0),
        f(p, r, 2.0),
        f(ep, er, 1.0)
    );
}

/// Megabytes per second of processor time: identifiers alone, the recogniser alone, all of it.
pub(crate) fn speed(model: &Recogniser, shared: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for set in dev::sets(shared, false)? {
        for case in set.cases {
            text.push_str(&case.text);
            text.push('\n');
        }
    }
    let laws = crate::world::read_gz(&shared.join("data/retrieval/statute_articles.jsonl.gz"))?;
    let laws: String = laws.chars().take(1_000_000).collect();
    let numbers: Vec<guard::Kind> = guard::Kind::ALL
        .iter()
        .copied()
        .filter(|k| !matches!(k, guard::Kind::Address | guard::Kind::Organisation | guard::Kind::PersonName))
        .collect();
    let identifiers = guard::Options { kinds: numbers, ..guard::Options::default() };
    for (name, text) in [("news, forms, addresses", &text), ("laws", &laws)] {
        let best = |what: &str, work: &dyn Fn() -> usize| {
            let (mut least, mut n) = (f64::MAX, 0);
            for _ in 0..5 {
                let start = processor_seconds();
                n = work();
                least = least.min(processor_seconds() - start);
            }
            println!("{name}: {what}: {n} found, {:.1} MB/s", text.len() as f64 / least / 1e6);
        };
        best("identifiers", &|| guard::find_personal_data(text, &identifiers).len());
        best("recogniser", &|| model.find(text).len());
        best("everything, replaced", &|| guard::deidentify(text, &guard::Options::default()).findings.len());
    }
    Ok(())
}

/// Processor time of this process, so that a busy machine does not count.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

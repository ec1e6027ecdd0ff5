//! Reads damaged files for some time: `cargo run -p documents --example mutate SECONDS [SEED]`. What breaks a parser is
//! written to `broken.bin` before it is read, so that it is there when the process is not.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool for developers")]

#[path = "../tests/it/mutations.rs"]
mod mutations;

use std::time::{Duration, Instant};

use mutations::{Chance, KINDS, corpus, holds, mutate, packed};

fn main() {
    let mut args = std::env::args().skip(1);
    let secs: u64 = args.next().map_or(10, |secs| secs.parse().unwrap());
    let mut chance = Chance(args.next().map_or(1, |seed| seed.parse().unwrap()));
    let end = Instant::now() + Duration::from_secs(secs);
    let mut pools: Vec<Vec<Vec<u8>>> = KINDS.iter().map(|kind| corpus(kind)).collect();
    let (mut count, mut slowest) = (0u64, (0.0, ""));
    while Instant::now() < end {
        let which = chance.below(KINDS.len());
        let at = chance.below(pools[which].len());
        let mut part = pools[which][at].clone();
        mutate(&mut part, &mut chance);
        let (name, bytes) = packed(KINDS[which], part.clone());
        std::fs::write("broken.bin", &bytes).unwrap();
        let start = Instant::now();
        holds(name, &bytes);
        let took = start.elapsed().as_secs_f64();
        if took > slowest.0 {
            slowest = (took, KINDS[which]);
            std::fs::write("slowest.bin", &bytes).unwrap();
        }
        count += 1;
        // Some of what was read is changed further.
        if chance.below(20) == 0 {
            if pools[which].len() < 200 {
                pools[which].push(part);
            } else {
                let place = 1 + chance.below(pools[which].len() - 1);
                pools[which][place] = part;
            }
        }
    }
    drop(std::fs::remove_file("broken.bin"));
    println!("{count} files, the slowest took {:.3} s ({})", slowest.0, slowest.1);
}

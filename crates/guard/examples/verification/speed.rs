//! How fast claims are verified on one core.

use std::time::Instant;

use guard::verify;

use crate::altered::cases;

pub(crate) fn measure() {
    let cases = cases();
    // An answer of five claims with eight passages.
    let mut times: Vec<f64> = Vec::new();
    let mut pairs = 0;
    let begun = Instant::now();
    for five in cases.chunks_exact(5).take(800) {
        let answer: String = five.iter().map(|c| c.altered.as_str()).collect();
        let evidence: Vec<&str> =
            five.iter().flat_map(|c| c.evidence.iter().take(2)).take(8).map(String::as_str).collect();
        let one = Instant::now();
        let report = verify(&answer, &evidence);
        times.push(one.elapsed().as_secs_f64() * 1_000.0);
        pairs += report.claims.len() * evidence.len();
    }
    let took = begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
    println!("claim–evidence pairs a second on one core: {:.0}", pairs as f64 / took);
    println!(
        "an answer of five claims with eight passages: median {:.2} ms, 99th percentile {:.2} ms",
        at(0.5),
        at(0.99)
    );
}

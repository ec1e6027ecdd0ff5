//! Prints the JSON line of each file named: `cargo run -p documents --example extract FILE…`; with `--bench N` first,
//! reads each file N times and prints the time instead.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

fn main() {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let limits = documents::Limits::default();
    if names.first().is_some_and(|first| first == "--bench") {
        let times: u32 = names.get(1).unwrap().parse().unwrap();
        names.drain(..2);
        let files: Vec<(String, Vec<u8>)> =
            names.into_iter().map(|name| (name.clone(), std::fs::read(name).unwrap())).collect();
        let start = std::time::Instant::now();
        let (mut pages, mut chars) = (0u64, 0usize);
        for _ in 0..times {
            for (name, bytes) in &files {
                let (document, _) = documents::read(name, bytes, &limits);
                pages += u64::from(document.pages);
                chars += document.text.len();
            }
        }
        let secs = start.elapsed().as_secs_f64();
        let documents = f64::from(times) * files.len() as f64;
        println!(
            "{:.0} documents/s · {:.0} pages/s · {:.1} MB of text/s",
            documents / secs,
            pages as f64 / secs,
            chars as f64 / 1e6 / secs
        );
        return;
    }
    for name in names {
        println!("{}", documents::extract_line(&name, &std::fs::read(&name).unwrap(), &limits));
    }
}

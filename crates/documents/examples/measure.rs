//! What reading costs and what it keeps, beside other readers: `cargo xtask bench documents` runs it.
//!
//! `measure make LAWS OUT` writes a docx for each law of the folder; `measure score PDF DOCX LAWS TEXTS` reads the
//! files and scores this crate, and every reader that left texts in `TEXTS/READER/{pdf,docx}/FILE.txt`.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a tool for developers")]

use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Editions differ: only paragraphs that some reader finds in the file word for word are measured, and only files with
/// this share of them.
const SAME_EDITION: f64 = 0.6;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["make", laws, out] => make(Path::new(laws), Path::new(out)),
        ["score", pdf, docx, laws, texts] => {
            score(Path::new(pdf), Path::new(docx), Path::new(laws), Path::new(texts));
        }
        _ => panic!("measure make LAWS OUT | measure score PDF DOCX LAWS TEXTS"),
    }
}

/// The paragraphs of a law in Markdown, without marks and white space; the notes on when it was passed are left out,
/// because every edition sets them differently.
fn paragraphs(law: &str) -> Vec<String> {
    let body = law.split("<!-- INFO END -->").last().unwrap_or(law);
    body.lines().map(|line| squeeze(line.trim_start_matches('#'))).filter(|line| !line.is_empty()).collect()
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}')).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// A docx of one paragraph for each of a law's, for 60 laws.
fn make(laws: &Path, out: &Path) {
    std::fs::create_dir_all(out).unwrap();
    let all = files(laws, "md");
    let step = (all.len() / 60).max(1);
    for path in all.iter().step_by(step) {
        let body: String = paragraphs(&std::fs::read_to_string(path).unwrap())
            .iter()
            .map(|p| {
                let text = p.replace('&', "&amp;").replace('<', "&lt;");
                format!("<w:p><w:pPr><w:ind w:firstLine=\"640\"/></w:pPr><w:r><w:rPr><w:sz w:val=\"32\"/></w:rPr><w:t>{text}</w:t></w:r></w:p>")
            })
            .collect();
        let parts = [
            ("[Content_Types].xml", r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#.to_owned()),
            ("_rels/.rels", r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#.to_owned()),
            ("word/document.xml", format!(r#"<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#)),
        ];
        let mut writer = zip::ZipWriter::new(std::fs::File::create(out.join(format!("{}.docx", stem(path)))).unwrap());
        for (name, content) in parts {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
    }
}

/// What was kept of one text.
#[derive(Default, Clone, Copy)]
struct Kept {
    chars: usize,
    recalled: usize,
    paragraphs: usize,
    intact: usize,
}

impl Kept {
    fn add(&mut self, other: Self) {
        self.chars += other.chars;
        self.recalled += other.recalled;
        self.paragraphs += other.paragraphs;
        self.intact += other.intact;
    }

    fn shown(&self) -> String {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        format!("{:.4} | {:.4}", share(self.recalled, self.chars), share(self.intact, self.paragraphs))
    }
}

fn kept(truth: &[String], text: &str) -> Kept {
    let lines: HashSet<String> = text.lines().map(squeeze).collect();
    let whole: String = truth.concat();
    Kept {
        chars: whole.chars().count(),
        recalled: common(&whole, &squeeze(text)),
        paragraphs: truth.len(),
        intact: truth.iter().filter(|paragraph| lines.contains(*paragraph)).count(),
    }
}

/// The length of the longest common subsequence, in characters, 64 at a time (Hyyrö 2004).
fn common(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let words = a.len().div_ceil(64);
    let mut places: BTreeMap<char, Vec<(usize, u64)>> = BTreeMap::new();
    for (at, c) in a.iter().enumerate() {
        let list = places.entry(*c).or_default();
        match list.last_mut() {
            Some((word, bits)) if *word == at / 64 => *bits |= 1 << (at % 64),
            _ => list.push((at / 64, 1 << (at % 64))),
        }
    }
    let mut row = vec![u64::MAX; words];
    for c in b.chars() {
        let Some(list) = places.get(&c) else { continue };
        let mut next = list.iter().peekable();
        let mut carry = false;
        for (word, bits) in row.iter_mut().enumerate() {
            let matches = next.next_if(|(at, _)| *at == word).map_or(0, |(_, bits)| *bits);
            let hit = *bits & matches;
            let (sum, one) = bits.overflowing_add(hit);
            let (sum, two) = sum.overflowing_add(u64::from(carry));
            carry = one || two;
            *bits = sum | (*bits - hit);
        }
    }
    let zeros: u32 = row.iter().map(|bits| bits.count_zeros()).sum();
    zeros as usize
}

fn score(pdf: &Path, docx: &Path, laws: &Path, texts: &Path) {
    let laws: Vec<(String, Vec<String>)> = files(laws, "md")
        .iter()
        .map(|path| (stem(path), paragraphs(&std::fs::read_to_string(path).unwrap())))
        .collect();
    let limits = documents::Limits::default();
    let time = |paths: &[PathBuf]| {
        let contents: Vec<(String, Vec<u8>)> =
            paths.iter().map(|path| (path.to_string_lossy().into_owned(), std::fs::read(path).unwrap())).collect();
        let (mut best, mut pages) = (f64::MAX, 0u64);
        let mut read = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            read = contents.iter().map(|(name, bytes)| documents::read(name, bytes, &limits).0).collect::<Vec<_>>();
            best = best.min(start.elapsed().as_secs_f64());
            pages = read.iter().map(|document| u64::from(document.pages)).sum();
        }
        (read, pages, best)
    };
    let speeds: BTreeMap<String, f64> = std::fs::read_to_string(texts.join("speeds.json"))
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    // PDF: laws whose edition is that of the file.
    let paths = files(pdf, "pdf");
    let (read, pages, secs) = time(&paths);
    let mut truths: Vec<Option<Vec<String>>> = Vec::new();
    for (path, document) in paths.iter().zip(&read) {
        let name = stem(path).replace("中华人民共和国", "");
        let mut found = vec![squeeze(&document.text)];
        for key in speeds.keys().filter(|key| key.ends_with("pdf")) {
            let file = texts.join(key).join(format!("{}.txt", stem(path)));
            found.extend(std::fs::read_to_string(file).ok().map(|text| squeeze(&text)));
        }
        let best = laws
            .iter()
            .filter(|(law, _)| law.split(['(', '（']).next() == Some(name.as_str()))
            .map(|(_, law)| {
                let here: Vec<String> =
                    law.iter().filter(|part| found.iter().any(|text| text.contains(*part))).cloned().collect();
                (here.len() as f64 / law.len() as f64, here)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        truths.push(best.filter(|(share, _)| *share >= SAME_EDITION).map(|(_, truth)| truth));
    }
    println!("| reader | pages/s | characters recalled in order | paragraphs intact |\n|---|---|---|---|");
    let mut ours = Kept::default();
    for (truth, document) in truths.iter().zip(&read) {
        if let Some(truth) = truth {
            ours.add(kept(truth, &document.text));
        }
    }
    println!("| **documents** | {:.0} | {} |", pages as f64 / secs, ours.shown());
    let peer = |kind: &str, truths: &[(PathBuf, &Vec<String>)]| {
        for (key, speed) in speeds.iter().filter(|(key, _)| key.ends_with(kind)) {
            let mut sum = Kept::default();
            for (path, truth) in truths {
                let file = texts.join(key).join(format!("{}.txt", stem(path)));
                if let Ok(text) = std::fs::read_to_string(file) {
                    sum.add(kept(truth, &text));
                }
            }
            println!("| {} | {speed:.0} | {} |", key.trim_end_matches(kind).trim_end_matches('/'), sum.shown());
        }
    };
    let known: Vec<(PathBuf, &Vec<String>)> =
        paths.iter().cloned().zip(&truths).filter_map(|(path, truth)| Some((path, truth.as_ref()?))).collect();
    peer("pdf", &known);
    println!(
        "\n{} files, {pages} pages; quality over the paragraphs of {} that stand in a law in Markdown word for word.\n",
        paths.len(),
        known.len()
    );
    // docx: made from the laws, so that what they say is known.
    let paths = files(docx, "docx");
    let (read, _, secs) = time(&paths);
    let known: Vec<(PathBuf, &Vec<String>)> = paths
        .iter()
        .filter_map(|path| Some((path.clone(), &laws.iter().find(|(law, _)| *law == stem(path))?.1)))
        .collect();
    let mut ours = Kept::default();
    for (path, document) in paths.iter().zip(&read) {
        if let Some((_, truth)) = known.iter().find(|(known, _)| known == path) {
            ours.add(kept(truth, &format!("{}\n{}", document.title, document.text)));
        }
    }
    println!("| reader | documents/s | characters recalled in order | paragraphs intact |\n|---|---|---|---|");
    println!("| **documents** | {:.0} | {} |", paths.len() as f64 / secs, ours.shown());
    peer("docx", &known);
    println!("\n{} files.", paths.len());
}

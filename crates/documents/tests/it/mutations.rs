//! Files changed at random: every parser reads some hundred damaged files of its own format on each run. The same
//! engine runs for as long as one likes in `cargo run -p documents --example mutate SECONDS`.

use std::io::{Cursor, Read as _, Write as _};

use documents::{Limits, extract_line, read};

/// Pieces that formats trip over.
const PIECES: [&str; 24] = [
    "<",
    ">",
    "</",
    "/>",
    "&#x10FFFF;",
    "&#0;",
    "<![CDATA[",
    "<!--",
    "]]>",
    "\"",
    "99999999999999999999",
    "-1",
    "0",
    "1e308",
    "<<",
    ">>",
    " 0 R ",
    "stream\n",
    "endobj ",
    "第",
    "条",
    "（一）",
    "\u{feff}",
    "\t\t\n",
];

/// A generator of numbers that gives the same ones for the same seed (Knuth's MMIX).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    /// A number below `below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }
}

/// Changes some bytes: flipped, cut, doubled, moved, or a piece put in.
pub(crate) fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + 1 + chance.below(40)).min(bytes.len());
        match chance.below(6) {
            0 if at < bytes.len() => bytes[at] = chance.below(256) as u8,
            1 => drop(bytes.drain(at.min(end)..end)),
            2 => {
                let part: Vec<u8> = bytes[at.min(end)..end].to_vec();
                for _ in 0..=chance.below(200) {
                    bytes.splice(at..at, part.iter().copied());
                }
            }
            3 => {
                let part: Vec<u8> = bytes.drain(at.min(end)..end).collect();
                let to = chance.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            4 if chance.below(10) == 0 => bytes.truncate(at),
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
        bytes.truncate(1 << 18);
    }
}

/// The committed corpus of a format: what its parser gets, without the package around it.
pub(crate) fn corpus(kind: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/corpus/{kind}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Puts what was changed where its parser reads it.
pub(crate) fn packed(kind: &str, part: Vec<u8>) -> (&'static str, Vec<u8>) {
    let text = |text: &str| text.as_bytes().to_vec();
    match kind {
        "docx" => {
            let body = [b"<w:document><w:body>", part.as_slice(), b"</w:body></w:document>"].concat();
            (
                "a.docx",
                zipped(&[
                    ("word/document.xml", body),
                    (
                        "word/numbering.xml",
                        text(
                            "<w:numbering><w:abstractNum w:abstractNumId=\"1\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"chineseCounting\"/><w:lvlText w:val=\"%1、\"/></w:lvl></w:abstractNum><w:num w:numId=\"7\"><w:abstractNumId w:val=\"1\"/></w:num></w:numbering>",
                        ),
                    ),
                    (
                        "word/styles.xml",
                        text(
                            "<w:styles><w:style w:type=\"paragraph\" w:styleId=\"1\"><w:name w:val=\"heading 1\"/></w:style></w:styles>",
                        ),
                    ),
                    (
                        "word/footnotes.xml",
                        text(
                            "<w:footnotes><w:footnote w:id=\"2\"><w:p><w:r><w:t>注</w:t></w:r></w:p></w:footnote></w:footnotes>",
                        ),
                    ),
                ]),
            )
        }
        "ofd" => (
            "a.ofd",
            zipped(&[
                ("OFD.xml", text("<OFD><DocBody><DocRoot>D/Document.xml</DocRoot></DocBody></OFD>")),
                (
                    "D/Document.xml",
                    text(
                        "<Document><CommonData><TemplatePage ID=\"9\" BaseLoc=\"P.xml\"/></CommonData><Pages><Page ID=\"1\" BaseLoc=\"P.xml\"/></Pages></Document>",
                    ),
                ),
                ("D/P.xml", part),
            ]),
        ),
        "sheet" => (
            "a.xlsx",
            zipped(&[
                ("[Content_Types].xml", text("<Types/>")),
                ("xl/workbook.xml", text("<workbook><sheets><sheet name=\"表\" r:id=\"rId1\"/></sheets></workbook>")),
                (
                    "xl/_rels/workbook.xml.rels",
                    text("<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"),
                ),
                ("xl/sharedStrings.xml", text("<sst><si><t>甲</t></si></sst>")),
                ("xl/worksheets/sheet1.xml", part),
            ]),
        ),
        "pdf" => ("a.pdf", part),
        "html" => ("a.html", part),
        "csv" => ("a.csv", part),
        "md" => ("a.md", part),
        _ => ("a.txt", part),
    }
}

fn zipped(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Reads a changed file and demands what holds for every file.
pub(crate) fn holds(name: &str, bytes: &[u8]) {
    let limits = Limits { text_chars: 200_000, unpacked_bytes: 8 << 20, pages: 200, ..Limits::default() };
    let (document, defects) = read(name, bytes, &limits);
    assert!(document.text.chars().count() <= limits.text_chars + document.text.lines().count());
    assert!(!document.text.is_empty() || !defects.is_empty());
    for article in &document.articles {
        assert_eq!(kernel::text::slice(&document.text, article.span), article.text);
    }
    let mut line = String::new();
    extract_line(name, bytes, &limits).as_bytes().read_to_string(&mut line).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
}

/// The formats, one parser each.
pub(crate) const KINDS: [&str; 8] = ["docx", "pdf", "ofd", "html", "sheet", "csv", "md", "txt"];

#[cfg(test)]
#[test]
fn every_parser_reads_damaged_files() {
    let mut chance = Chance(2026);
    for kind in KINDS {
        let corpus = corpus(kind);
        assert!(!corpus.is_empty(), "no corpus for {kind}");
        for round in 0..300 {
            let mut part = corpus[round % corpus.len()].clone();
            // The first reads the corpus as it is.
            if round >= corpus.len() {
                mutate(&mut part, &mut chance);
            }
            let (name, mut bytes) = packed(kind, part);
            if round % 8 == 7 {
                // The package around it too.
                mutate(&mut bytes, &mut chance);
            }
            holds(name, &bytes);
        }
    }
}

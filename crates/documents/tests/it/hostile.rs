//! Hostile and damaged files: defects, never a panic, never more than the limits.

use documents::{DefectCode, Limits, extract_line, read};
use proptest::prelude::*;

use crate::zips::{docx, p, package};

fn codes(name: &str, bytes: &[u8], limits: &Limits) -> Vec<DefectCode> {
    read(name, bytes, limits).1.iter().map(|defect| defect.code).collect()
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let zeros = " ".repeat(8 << 20);
    let bomb = docx(&p(&zeros), &[]);
    assert!(bomb.len() < 64 << 10);
    assert_eq!(codes("a.docx", &bomb, &Limits::default()), [DefectCode::ZipBomb]);
    let tight = Limits { unpacked_bytes: 100, ..Limits::default() };
    assert_eq!(codes("a.docx", &docx(&p(&"字".repeat(100)), &[]), &tight), [DefectCode::ZipBomb]);
}

#[test]
fn too_many_parts_and_paths_that_leave_the_package() {
    let names: Vec<String> = (0..50).map(|n| format!("x/{n}")).collect();
    let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let limits = Limits { entries: 20, ..Limits::default() };
    assert_eq!(codes("a.docx", &package(&parts), &limits), [DefectCode::TooManyParts]);
    let escaping =
        package(&[("../../etc/passwd", "x"), ("word/document.xml", &format!("<w:body>{}</w:body>", p("文")))]);
    assert_eq!(codes("a.docx", &escaping, &Limits::default()), [DefectCode::UnsafePath]);
}

#[test]
fn deep_nesting_and_long_text_are_cut() {
    let deep = format!("{}{}{}", "<w:sdt>".repeat(5000), p("深"), "</w:sdt>".repeat(5000));
    assert!(codes("a.docx", &docx(&(p("文") + &deep), &[]), &Limits::default()).contains(&DefectCode::TooDeep));
    let tables = "<w:tbl><w:tr><w:tc>".repeat(3000);
    assert!(codes("a.docx", &docx(&tables, &[]), &Limits::default()).contains(&DefectCode::TooDeep));
    let limits = Limits { text_chars: 10, ..Limits::default() };
    let (document, defects) = read("a.txt", "一二三四五六七八九十百千".as_bytes(), &limits);
    assert_eq!(document.text.chars().count(), 10);
    assert_eq!(defects[0].code, DefectCode::Truncated);
    assert_eq!(codes("a.txt", &[b'x'; 20], &Limits { input_bytes: 10, ..Limits::default() }), [DefectCode::TooLarge]);
}

#[test]
fn entities_are_not_expanded() {
    let body = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><w:document><w:body><w:p><w:r><w:t>文&b;&f;</w:t></w:r></w:p></w:body></w:document>"#;
    let (document, _) = read("a.docx", &package(&[("word/document.xml", body)]), &Limits::default());
    assert_eq!(document.text, "文");
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let table = "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"9999999\"/><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc/></w:tr></w:tbl>";
    vec![
        ("a.docx", docx(&(p("第一条 甲。") + table + &p("第二条 乙。")), &[("numbering.xml", "<w:numbering/>")])),
        ("a.md", "---\ntitle: \"x\"\n---\n# 标题\n\n第一条 **甲**。\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".as_bytes().to_vec()),
        ("a.html", "<html><head><meta charset=gbk><title>t</title></head><body><table><tr><td rowspan=3>甲<td>乙</table><ol><li>一<li>二</ol></body>".as_bytes().to_vec()),
        ("a.ofd", crate::ofd::sample("http://www.ofdspec.org/2016")),
        ("a.pdf", crate::pdf::pages(&[crate::pdf::line(50, 500, "第一条　甲。"), crate::pdf::line(50, 500, "第二条　乙。")])),
        ("a.csv", "名称,说明\n甲,\"一\"\n".as_bytes().to_vec()),
        ("a.txt", "一、总体要求\n（一）甲。\n二、任务\n附件1\n第一条 乙。\n第二条 丙。".as_bytes().to_vec()),
    ]
}

fn holds(name: &str, bytes: &[u8]) {
    let limits = Limits { text_chars: 100_000, unpacked_bytes: 1 << 22, ..Limits::default() };
    let (document, defects) = read(name, bytes, &limits);
    let mut labels = std::collections::HashSet::new();
    for article in &document.articles {
        assert_eq!(kernel::text::slice(&document.text, article.span), article.text);
        assert!(labels.insert(&article.label), "{} twice", article.label);
        for paragraph in documents::paragraphs(&article.text) {
            assert!(article.text.get(paragraph.range).is_some());
        }
    }
    assert!(!document.text.is_empty() || !defects.is_empty());
    let line: serde_json::Value = serde_json::from_str(&extract_line(name, bytes, &limits)).unwrap();
    assert_eq!(line["articles"].as_array().unwrap().len(), document.articles.len());
    let stored = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<documents::Document>(&stored).unwrap(), document);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..600), which in 0usize..6) {
        holds(["a.docx", "a.md", "a.html", "a.txt", "a.pdf", "a.csv"][which], &bytes);
        holds("a.pdf", &[b"%PDF-1.7\n", bytes.as_slice()].concat());
    }

    #[test]
    fn any_text_of_markers_is_read(text in "[第一二十百条章节编款（）()、。：“”附件目录1-3年月日 \n<>&|#=*-]{0,200}", which in 0usize..3) {
        holds(["a.md", "a.html", "a.txt"][which], text.as_bytes());
    }

    #[test]
    fn damaged_files_are_read(which in 0usize..7, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(), truncate in any::<bool>()) {
        let (name, mut bytes) = samples().swap_remove(which);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if truncate {
            bytes.truncate(cut.index(bytes.len()));
        }
        holds(name, &bytes);
    }

    #[test]
    fn damaged_xml_is_read(at in any::<prop::sample::Index>(), with in "[<>/&\"'a-z:]{0,6}", length in 0usize..20) {
        let table = "<w:tbl><w:tr><w:tc><w:p><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>文</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
        let mut body = p("第一条 甲。") + table + "<w:p><w:r><w:txbxContent><w:p/></w:txbxContent></w:r></w:p>";
        let chars: Vec<usize> = body.char_indices().map(|(at, _)| at).collect();
        let from = chars[at.index(chars.len())];
        let to = body.get(from..).unwrap().char_indices().map(|(at, _)| from + at).nth(length).unwrap_or(body.len());
        body.replace_range(from..to, &with);
        holds("a.docx", &docx(&body, &[]));
    }
}

/// Real files, when the shared samples lie beside the repository, with bytes changed and cut.
#[test]
fn damaged_real_files_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/documents");
    let mut files = Vec::new();
    for kind in ["docx", "ofd"] {
        files.extend(std::fs::read_dir(format!("{folder}/{kind}")).into_iter().flatten().flatten().map(|e| e.path()));
    }
    if files.is_empty() {
        eprintln!("SKIPPED: no shared samples in {folder}");
        return;
    }
    let mut state = 7u64;
    let mut chance = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        let name = path.to_string_lossy();
        holds(&name, &whole);
        for _ in 0..4 {
            let mut bytes = whole.clone();
            for _ in 0..chance(40) {
                let at = chance(bytes.len());
                bytes[at] = chance(256) as u8;
            }
            if chance(4) == 0 {
                bytes.truncate(chance(bytes.len()));
            }
            holds(&name, &bytes);
        }
    }
}

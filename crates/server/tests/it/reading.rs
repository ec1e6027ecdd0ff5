//! Hostile files in a process of their own: each gives a defect, and the one who asked goes on.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use documents::{Defect, DefectCode, Watch};
use server::reading::{Bounds, Reading};

const BINARY: &str = env!("CARGO_BIN_EXE_shuzheng");

#[derive(Default)]
struct Seen {
    pages: Vec<(u32, u32)>,
    defects: Vec<DefectCode>,
}

impl Watch for Seen {
    fn page(&mut self, done: u32, total: u32) {
        self.pages.push((done, total));
    }

    fn defect(&mut self, defect: &Defect) {
        self.defects.push(defect.code);
    }
}

fn read(bounds: Bounds, name: &str, bytes: &[u8]) -> (String, Vec<DefectCode>, Seen) {
    let reading = Reading::with(Some(PathBuf::from(BINARY)), bounds);
    let mut seen = Seen::default();
    let (document, defects) = reading.read(name, bytes, &mut seen);
    (document.text, defects.iter().map(|defect| defect.code).collect(), seen)
}

/// A zip of one compressed part for each pair.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn pdf(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    file.push_str("trailer <</Root 1 0 R>>\n%%EOF");
    file.into_bytes()
}

#[test]
fn a_document_comes_back_whole_with_its_pages() {
    let content = "BT /F 12 Tf 50 400 Td (Article one.) Tj ET";
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[4 0 R 5 0 R 6 0 R]/Count 3/MediaBox[0 0 600 800]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ];
    objects.extend((0..3).map(|_| "<</Type/Page/Parent 2 0 R/Contents 3 0 R>>".to_owned()));
    let file = pdf(&objects);
    let (text, defects, seen) = read(Bounds::default(), "a.pdf", &file);
    assert_eq!((text.matches("Article one.").count(), defects), (3, Vec::new()));
    assert_eq!(seen.pages, [(1, 3), (2, 3), (3, 3)]);
    // The same document as without a process of its own.
    let (here, _) = documents::read("a.pdf", &file, &documents::Limits::default());
    let reading = Reading::with(Some(PathBuf::from(BINARY)), Bounds::default());
    assert_eq!(reading.read("a.pdf", &file, &mut Seen::default()).0, here);
    let (_, defects, seen) = read(Bounds::default(), "a.docx", &file);
    assert_eq!(
        (defects.as_slice(), seen.defects.as_slice()),
        (&[DefectCode::WrongExtension][..], &[DefectCode::WrongExtension][..])
    );
}

#[test]
fn hostile_files_give_defects() {
    let bomb = package(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &vec![b' '; 64 << 20])]);
    let entities =
        (0..20).map(|n| format!("<!ENTITY e{} \"&e{n};&e{n};&e{n};&e{n};&e{n};\">", n + 1)).collect::<String>();
    let laughs = format!(
        "<!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]><w:document><w:body><w:p><w:r><w:t>&e20;</w:t></w:r></w:p></w:body></w:document>"
    );
    let nested = format!("<w:document><w:body>{}</w:body></w:document>", "<w:tbl><w:tr><w:tc>".repeat(200_000));
    let escaping = package(&[("../../etc/passwd", b"x"), ("word/document.xml", b"<w:body/>")]);
    let pages = "3 0 R ".repeat(1_000_000);
    let many = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count 1000000/Kids[{pages}]>>"),
        "<</Type/Page>>".to_owned(),
    ]);
    let million: Vec<String> = ["<</Type/Catalog/Pages 2 0 R>>".to_owned()]
        .into_iter()
        .chain([format!("<</Kids[{}]>>", (3..300_003).map(|n| format!("{n} 0 R ")).collect::<String>())])
        .chain((0..300_000).map(|_| "<<>>".to_owned()))
        .collect();
    let looped = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[2 0 R 3 0 R]>>".to_owned(),
        "<</Kids[2 0 R]/Parent 3 0 R>>".to_owned(),
    ]);
    let endless = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[3 0 R]>>".to_owned(),
        "<</Contents 4 0 R>>".to_owned(),
        "<</Length 99999999999>>\nstream\n".to_owned() + &"q ".repeat(2_000_000),
    ]);
    let broken_xref = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[]>>endobj\nxref\n0 99999\nstartxref\n18446744073709551615\ntrailer<</Prev 7/Root 1 0 R/XRefStm 9>>".to_vec();
    for (name, bytes, wanted) in [
        ("zip bomb.docx", bomb, Some(DefectCode::ZipBomb)),
        ("laughs.docx", package(&[("word/document.xml", laughs.as_bytes())]), Some(DefectCode::NoText)),
        ("nested.docx", package(&[("word/document.xml", nested.as_bytes())]), None),
        ("escaping.docx", escaping, Some(DefectCode::NoText)),
        ("one page a million times.pdf", many, Some(DefectCode::NoText)),
        ("hundreds of thousands of pages.pdf", pdf(&million), Some(DefectCode::TooManyPages)),
        ("loop.pdf", looped, Some(DefectCode::NoText)),
        ("endless.pdf", endless, Some(DefectCode::NoText)),
        ("xref.pdf", broken_xref, Some(DefectCode::NoText)),
        ("cut.ofd", b"PK\x03\x04 and no more".to_vec(), Some(DefectCode::BrokenPackage)),
    ] {
        let (text, defects, _) = read(Bounds::default(), name, &bytes);
        assert!(text.is_empty() && !defects.is_empty(), "{name} {defects:?}");
        assert!(wanted.is_none_or(|wanted| defects.contains(&wanted)), "{name} {defects:?}");
    }
}

#[test]
fn a_reader_that_takes_too_much_memory_is_ended() {
    let page = format!("<html><body>{}", "<p>a".repeat(4 << 20));
    // The program itself takes a part of it: its code and what it maps.
    let bounds = Bounds { memory_mib: 320, ..Bounds::default() };
    let (text, defects, seen) = read(bounds, "a.html", page.as_bytes());
    assert_eq!((text.as_str(), defects.as_slice()), ("", &[DefectCode::TooLarge][..]));
    assert_eq!(seen.defects, [DefectCode::TooLarge]);
    let (text, defects, _) = read(bounds, "a.html", b"<html><body><p>a");
    assert_eq!((text.as_str(), defects), ("a", Vec::new()), "the next file is read");
}

#[test]
fn a_reader_that_says_nothing_is_ended_with_all_it_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (program, started) = (folder.path().join("reader"), folder.path().join("started"));
    let script = format!("#!/bin/sh\nsleep 600 &\necho $! > {}\nwait\n", started.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let bounds = Bounds { stall_secs: 2, ..Bounds::default() };
    let (document, defects) =
        Reading::with(Some(program.clone()), bounds).read("a.pdf", b"%PDF-1.7", &mut Seen::default());
    assert_eq!((document.text.as_str(), defects[0].code), ("", DefectCode::TimedOut));
    let child = std::fs::read_to_string(&started).unwrap();
    let gone = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        // A process that was ended and that nobody waits for has no command line.
        std::fs::read(format!("/proc/{}/cmdline", child.trim())).map_or(true, |line| line.is_empty())
    });
    assert!(gone, "what the reader started still runs");
    // One that breaks, one that talks nonsense, and one that is not there.
    for script in ["#!/bin/sh\nexit 7\n", "#!/bin/sh\necho nonsense\n", "#!/bin/sh\nkill -SEGV $$\n"] {
        std::fs::write(&program, script).unwrap();
        let (_, defects) =
            Reading::with(Some(program.clone()), bounds).read("a.pdf", b"%PDF-1.7", &mut Seen::default());
        assert_eq!(defects[0].code, DefectCode::ReadFailed, "{script}");
    }
    let nobody = Reading::with(Some(folder.path().join("none")), bounds);
    assert_eq!(nobody.read("a.pdf", b"%PDF-1.7", &mut Seen::default()).1[0].code, DefectCode::ReadFailed);
}

#[test]
fn old_office_files_are_read_or_say_what_is_missing() {
    let rtf = br"{\rtf1\ansi\deff0 {\fonttbl{\f0 Times;}} Article one.\par Article two.\par}";
    let (text, defects, _) = read(Bounds::default(), "a.rtf", rtf);
    let installed = ["/usr/bin/soffice", "/usr/bin/libreoffice"].iter().any(|path| std::path::Path::new(path).exists());
    if installed {
        assert_eq!((text.as_str(), defects), ("Article one.\nArticle two.", Vec::new()));
    } else {
        assert_eq!((text.as_str(), defects), ("", vec![DefectCode::NeedsOffice]));
    }
}

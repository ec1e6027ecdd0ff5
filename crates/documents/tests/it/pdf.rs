//! PDFs built in the test: fonts of Chinese files, pages, and what is wrong with hostile ones.

use documents::{DefectCode, Limits, read};
use expect_test::{Expect, expect};

/// A file of the objects given, numbered from 1, the first being the catalogue. No cross-reference table: the
/// reader does not need one.
pub(crate) fn pdf(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    file.push_str("trailer <</Root 1 0 R>>\n%%EOF");
    file.into_bytes()
}

fn stream(content: &str) -> String {
    format!("<</Length {}>>\nstream\n{content}\nendstream", content.len())
}

/// The hexadecimal form of text in GBK, as `GBK-EUC-H` strings are.
fn gbk(text: &str) -> String {
    let (bytes, _, _) = encoding_rs::GBK.encode(text);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A file with a page for each content, set in a font without a map to Unicode.
pub(crate) fn pages(contents: &[String]) -> Vec<u8> {
    let kids: Vec<String> = (0..contents.len()).map(|at| format!("{} 0 R", 5 + 2 * at)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{}]/Count {}/MediaBox[0 0 400 600]/Resources<</Font<</F1 3 0 R>>>>>>", kids.join(" "), kids.len()),
        "<</Type/Font/Subtype/Type0/BaseFont/SimSun/Encoding/GBK-EUC-H/DescendantFonts[4 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>".to_owned(),
    ];
    for (at, content) in contents.iter().enumerate() {
        objects.push(format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R>>", 6 + 2 * at));
        objects.push(stream(content));
    }
    pdf(&objects)
}

pub(crate) fn line(x: u32, y: u32, text: &str) -> String {
    format!("BT /F1 10 Tf {x} {y} Td <{}> Tj ET\n", gbk(text))
}

fn check(bytes: &[u8], want: &Expect) {
    let (document, defects) = read("a.pdf", bytes, &Limits::default());
    want.assert_eq(&format!(
        "{} pages {:?}\n{}\n",
        document.pages,
        defects.iter().map(|d| (d.code, d.page)).collect::<Vec<_>>(),
        document.text
    ));
}

#[test]
fn lines_of_pages_become_paragraphs() {
    let first = line(150, 560, "某市某办法")
        + &line(70, 520, "第一条　为了规范某某工作而把这一行写到版心的右边")
        + &line(50, 500, "然后接着写。")
        + &line(70, 480, "第二条　这是一条写满整行并且在下一页才写完的条文要")
        + &line(190, 30, "- 1 -");
    let second = line(50, 560, "到这里才结束。") + &line(70, 540, "第三条　完。") + &line(190, 30, "- 2 -");
    let bytes = pages(&[first, second]);
    check(
        &bytes,
        &expect![[r#"
        2 pages []
        某市某办法
        第一条　为了规范某某工作而把这一行写到版心的右边然后接着写。
        第二条　这是一条写满整行并且在下一页才写完的条文要到这里才结束。
        第三条　完。
    "#]],
    );
    let (document, _) = read("a.pdf", &bytes, &Limits::default());
    assert_eq!(
        document.articles.iter().map(|a| (a.label.as_str(), a.page)).collect::<Vec<_>>(),
        [("第一条", 1), ("第二条", 1), ("第三条", 2)]
    );
}

#[test]
fn a_font_with_a_map_and_text_replaced_or_slanted() {
    let map = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <7B2C> <0002> <2F00> endbfchar endcmap";
    let content = "BT /F 10 Tf 1 0 0 1 50 500 Tm [<0001> -50 <0002>] TJ ET /Span <</ActualText <FEFF67616B3E>>> BDC BT /F 10 Tf 72 500 Td <00030004> Tj ET EMC
        BT /F 10 Tf 0.7 0.7 -0.7 0.7 50 300 Tm <0001> Tj ET /Artifact <</Type /Pagination>> BDC BT /F 10 Tf 50 590 Td <0001> Tj ET EMC /Fm Do";
    let bytes = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/MediaBox[0 0 400 600]/Contents 7 0 R/Resources<</Font<</F 4 0 R>>/XObject<</Fm 8 0 R>>>>>>"
            .to_owned(),
        "<</Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R/DescendantFonts[5 0 R]>>".to_owned(),
        "<</Subtype/CIDFontType2/W[1[1000 1000]]>>".to_owned(),
        stream(map),
        stream(content),
        format!(
            "<</Subtype/Form/Matrix[1 0 0 1 0 -50]/Length 44>>\nstream\n{:<44}\nendstream",
            "BT /F 10 Tf 50 500 Td <00010002> Tj ET /Fm Do"
        ),
    ]);
    check(
        &bytes,
        &expect![[r#"
        1 pages []
        第一条款第一
    "#]],
    );
}

#[test]
fn pages_to_recognise_and_files_that_are_locked_or_loop() {
    let picture = "q 10 0 0 10 0 0 cm BI /W 1 /H 1 ID x EI Q".to_owned();
    check(
        &pages(&[line(50, 500, "文字"), picture]),
        &expect![[r#"
        2 pages [(NeedsOcr, Some(2))]
        文字
    "#]],
    );
    let locked = pdf(&["<</Type/Catalog/Pages 2 0 R>>".to_owned(), "<</Kids[]>>".to_owned()]);
    let locked = String::from_utf8(locked).unwrap().replace("/Root 1 0 R", "/Root 1 0 R/Encrypt 9 0 R");
    let codes =
        |bytes: &[u8], limits: &Limits| read("a.pdf", bytes, limits).1.iter().map(|d| d.code).collect::<Vec<_>>();
    // A reference to nothing is no encryption; a dictionary is.
    assert_eq!(codes(locked.as_bytes(), &Limits::default()), [DefectCode::Password]);
    let looped = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[2 0 R 3 0 R]>>".to_owned(),
        "<</Kids[2 0 R 3 0 R]>>".to_owned(),
    ]);
    assert_eq!(codes(&looped, &Limits::default()), [DefectCode::NoText]);
    assert_eq!(codes(b"%PDF-1.7 nothing", &Limits::default()), [DefectCode::BrokenPackage]);
    let many: Vec<String> = (0..30).map(|_| line(50, 500, "页")).collect();
    assert_eq!(codes(&pages(&many), &Limits { pages: 20, ..Limits::default() }), [DefectCode::TooManyPages]);
}

#[test]
fn files_that_anybody_may_open_are_decrypted() {
    for (name, bytes) in [
        ("rc4_40", &include_bytes!("../files/open_rc4_40.pdf")[..]),
        ("rc4_128", include_bytes!("../files/open_rc4_128.pdf")),
        ("aes_128", include_bytes!("../files/open_aes_128.pdf")),
        ("aes_256", include_bytes!("../files/open_aes_256.pdf")),
    ] {
        let (document, defects) = read("a.pdf", bytes, &Limits::default());
        assert_eq!(defects, [], "{name}");
        assert_eq!(document.text, "Notice No. 7 of 2026\n第一条 公开。", "{name}");
        assert_eq!(document.metadata.text("file_title"), Some("Notice"), "{name}");
    }
    let (document, defects) = read("a.pdf", include_bytes!("../files/locked_aes_256.pdf"), &Limits::default());
    assert_eq!((document.text.as_str(), defects[0].code), ("", DefectCode::Password));
}

/// Reads every picture as one line, and counts what it was told.
#[derive(Default)]
struct Reader {
    pictures: Vec<(u32, documents::PictureEncoding, usize)>,
    pages: Vec<(u32, u32)>,
    defects: usize,
}

impl documents::Watch for Reader {
    fn page(&mut self, done: u32, total: u32) {
        self.pages.push((done, total));
    }

    fn defect(&mut self, _: &documents::Defect) {
        self.defects += 1;
    }

    fn recognise(&mut self, picture: &documents::Picture<'_>) -> Option<Vec<documents::Word>> {
        self.pictures.push((picture.page, picture.encoding, picture.bytes.len()));
        let word = |text: &str, left: f32, foot: f32| documents::Word {
            text: text.to_owned(),
            left,
            right: left + 10.0 * text.chars().count() as f32,
            foot,
            height: 10.0,
            picture: (200.0, 300.0),
        };
        Some(vec![word("第一条", 20.0, 50.0), word("公开。", 60.0, 50.0), word("第二条 施行。", 20.0, 80.0)])
    }
}

#[test]
fn a_scanned_page_is_read_by_whoever_watches() {
    let image = "<</Subtype/Image/Width 8/Height 2/BitsPerComponent 1/ColorSpace/DeviceGray/Length 2>>\nstream\n\u{1}\u{2}\nendstream";
    let bytes = pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[3 0 R 6 0 R]/MediaBox[0 0 400 600]/Resources<</XObject<</I 5 0 R>>>>>>".to_owned(),
        "<</Contents 4 0 R>>".to_owned(),
        stream("q 400 0 0 600 0 0 cm /I Do Q"),
        image.to_owned(),
        "<</Contents 7 0 R>>".to_owned(),
        stream("q 20 0 0 20 0 0 cm /I Do Q"),
    ]);
    let mut reader = Reader::default();
    let (document, defects) = documents::read_watched("a.pdf", &bytes, &Limits::default(), &mut reader);
    assert_eq!(document.text, "第一条 公开。\n第二条 施行。");
    assert_eq!(reader.pictures, [(1, documents::PictureEncoding::Pnm, "P5\n8 2\n255\n".len() + 16)]);
    assert_eq!(reader.pages, [(1, 2), (2, 2)]);
    let codes: Vec<_> = defects.iter().map(|d| (d.code, d.page)).collect();
    assert_eq!(codes, [(DefectCode::NeedsOcr, Some(2)), (DefectCode::Recognised, None)]);
    assert_eq!(reader.defects, 2);
}

#[test]
fn a_chapter_whose_typist_forgot_its_line_begins_one() {
    let lines = ["第一条　甲。", "第二条　乙。第三条　丙，依照本法第四条　的规定。第五条　丁。", "第四条　戊。"];
    let page: String = (0u32..).zip(lines).map(|(at, text)| line(20, 500 - 20 * at, text)).collect();
    let (document, _) = read("a.pdf", &pages(&[page]), &Limits::default());
    assert_eq!(document.text.lines().count(), 4, "{}", document.text);
}

#[test]
fn each_page_keeps_its_own_text() {
    let first = line(50, 500, "第一条　甲。") + &line(50, 480, "第二条　乙。");
    let third = line(50, 500, "第三条　丙。");
    let (document, _) = read("a.pdf", &pages(&[first, String::new(), third]), &Limits::default());
    assert_eq!(document.pages, 3);
    let texts: Vec<&str> = (0..=4).map(|page| document.page_text(page)).collect();
    assert_eq!(texts, ["", "第一条　甲。\n第二条　乙。", "", "第三条　丙。", ""]);
    let (note, _) = read("a.txt", "第一条 甲。".as_bytes(), &Limits::default());
    assert_eq!(note.page_text(1), note.text, "a format without pages is one page");
}

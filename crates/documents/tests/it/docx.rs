//! docx: what a reader sees once all changes are accepted.

use documents::{DefectCode, Document, Format, Limits, Value, read};
use expect_test::{Expect, expect};

use crate::zips::{docx, p, package};

fn document(bytes: &[u8]) -> Document {
    let (document, defects) = read("a.docx", bytes, &Limits::default());
    assert_eq!(defects, [], "{}", document.text);
    assert_eq!(document.format, Format::Docx);
    document
}

fn check(body: &str, more: &[(&str, &str)], want: &Expect) {
    want.assert_eq(&format!("{}\n", document(&docx(body, more)).text));
}

#[test]
fn changes_are_accepted_and_instructions_left_out() {
    check(
        r#"<w:p><w:r><w:t>甲</w:t></w:r><w:ins><w:r><w:t>乙</w:t></w:r></w:ins><w:del><w:r><w:delText>丙</w:delText></w:r></w:del>
        <w:moveFrom><w:r><w:t>丁</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>戊</w:t></w:r></w:moveTo></w:p>
        <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>合并前</w:t></w:r></w:p><w:p><w:r><w:t>合并后</w:t></w:r></w:p>
        <w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>页</w:t></w:r></w:p>
        <w:p><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>制表 &amp; &#x4E00;</w:t><w:br/><w:t>换行</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r></w:p>
        <w:p><w:r><w:ruby><w:rt><w:r><w:t>zhù</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>注</w:t></w:r></w:rubyBase></w:ruby><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>"#,
        &[],
        &expect![[r#"
            甲乙戊
            合并前合并后
            12页
            链接	制表 & 一
            换行
            注☑
        "#]],
    );
}

#[test]
fn a_law_numbered_by_word() {
    let numbering = r#"<w:numbering><w:abstractNum w:abstractNumId="1">
        <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:pStyle w:val="Chapter"/><w:lvlText w:val="第%1章"/></w:lvl>
        <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlRestart w:val="0"/><w:lvlText w:val="第%2条"/></w:lvl>
        </w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>"#;
    let styles = r#"<w:styles><w:style w:type="paragraph" w:styleId="Chapter"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
        <w:style w:type="paragraph" w:styleId="Main"><w:name w:val="Title"/></w:style></w:styles>"#;
    let item = |style: &str, level: u8, text: &str| {
        let style = if style.is_empty() { String::new() } else { format!(r#"<w:pStyle w:val="{style}"/>"#) };
        let list = if level == 0 {
            String::new()
        } else {
            format!(r#"<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>"#)
        };
        format!("<w:p><w:pPr>{style}{list}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    };
    let body = [
        item("Main", 0, "某办法"),
        item("Chapter", 0, "总则"),
        item("", 1, "为了甲，制定本办法。"),
        item("", 1, "乙适用本办法。"),
        item("Chapter", 0, "附则"),
        item("", 1, "本办法自2024年1月1日起施行。"),
    ]
    .concat();
    let found = document(&docx(&body, &[("numbering.xml", numbering), ("styles.xml", styles)]));
    let labels: Vec<String> = found.articles.iter().map(|a| format!("{} {}", a.path.join("/"), a.label)).collect();
    assert_eq!(labels, ["第一章 总则 第一条", "第一章 总则 第二条", "第二章 附则 第三条"]);
    assert_eq!(found.title, "某办法");
    assert_eq!(found.metadata.text("effective_date"), Some("2024-01-01"));
}

#[test]
fn merged_cells_stand_in_each_place_and_are_said_once() {
    let cell = |text: &str, property: &str| {
        format!("<w:tc><w:tcPr>{property}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>")
    };
    let body = format!(
        "<w:tbl><w:tblGrid/><w:tr>{}{}</w:tr><w:tr>{}{}{}</w:tr><w:tr>{}{}{}</w:tr></w:tbl>",
        cell("表头", r#"<w:gridSpan w:val="2"/>"#),
        cell("丙", ""),
        cell("纵", r#"<w:vMerge w:val="restart"/>"#),
        cell("1", ""),
        cell("1", ""),
        cell("", "<w:vMerge/>"),
        cell("2", ""),
        cell("", ""),
    );
    let found = document(&docx(&(p("前") + &body + &p("后")), &[]));
    assert_eq!(found.tables, [[["表头", "表头", "丙"], ["纵", "1", "1"], ["纵", "2", ""]]]);
    assert_eq!(found.text, "前\n表头\t丙\n纵\t1\t1\n2\n后");
}

#[test]
fn a_table_of_one_column_is_a_frame_around_text() {
    let body = format!("<w:tbl><w:tr><w:tc>{}{}</w:tc></w:tr></w:tbl>", p("第一条 甲。"), p("第二条 乙。"));
    let found = document(&docx(&body, &[]));
    assert_eq!(found.articles.len(), 2);
    assert!(found.tables.is_empty());
}

#[test]
fn text_boxes_notes_and_margins() {
    let body = r#"<w:p><w:r><w:t>正文</w:t><w:footnoteReference w:id="2"/></w:r><w:r><mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><v:textbox><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></v:textbox></mc:Fallback></mc:AlternateContent></w:r></w:p>
        <w:sectPr><w:headerReference w:type="default" r:id="rId2"/><w:footerReference w:type="default" r:id="rId3"/></w:sectPr>"#;
    let note = r#"<w:footnotes><w:footnote w:id="0"><w:p/></w:footnote><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
    let found = document(&docx(
        body,
        &[
            ("footnotes.xml", note),
            ("header1.xml", "<w:hdr><w:p><w:r><w:t>内部资料</w:t></w:r></w:p></w:hdr>"),
            ("footer1.xml", "<w:ftr><w:p><w:r><w:t>— 1 —</w:t></w:r></w:p></w:ftr>"),
        ],
    ));
    assert_eq!(found.text, "正文[1]\n框内\n[1] 脚注");
    assert_eq!(found.metadata.get("headers"), Some(&Value::List(vec!["内部资料".to_owned()])));
    assert_eq!(found.metadata.get("footers"), None);
}

#[test]
fn a_web_page_inside_is_read() {
    let page = "<html><body><p>第一条 甲。</p><p>第二条 乙。</p></body></html>";
    let found = document(&docx(r#"<w:altChunk r:id="rId1"/>"#, &[("chunk1.html", page)]));
    assert_eq!(found.articles.iter().map(|a| a.label.as_str()).collect::<Vec<_>>(), ["第一条", "第二条"]);
}

#[test]
fn what_is_no_docx_says_so() {
    let codes = |name: &str, bytes: &[u8]| -> Vec<DefectCode> {
        let (document, defects) = read(name, bytes, &Limits::default());
        assert!(document.text.is_empty() || !defects.iter().any(documents::Defect::is_fatal));
        defects.iter().map(|defect| defect.code).collect()
    };
    let whole = docx(&p("文字"), &[]);
    let mut locked = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(codes("a.docx", &package(&[("a.txt", "x")])), [DefectCode::NotDocx]);
    assert_eq!(codes("a.docx", &whole[..whole.len() / 2]), [DefectCode::BrokenPackage]);
    assert_eq!(codes("a.docx", &locked), [DefectCode::Password]);
    assert_eq!(codes("a.docx", &[0, 1, 2, 3, 4, 5, 6, 7]), [DefectCode::NotDocx]);
    assert_eq!(codes("a.docx", b""), [DefectCode::EmptyFile]);
    assert_eq!(codes("a.docx", "第一条 甲。".as_bytes()), [DefectCode::WrongExtension]);
    assert_eq!(codes("a.pdf", &whole), [DefectCode::WrongExtension]);
    assert_eq!(codes("a.docx", &docx("", &[])), [DefectCode::NoText]);
}

//! Spreadsheets as tables.

use documents::{Limits, read};

use crate::zips::package;

#[test]
fn a_sheet_with_title_merged_cells_and_dates() {
    let bytes = package(&[
        ("[Content_Types].xml", "<Types/>"),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="补贴" r:id="rId1"/><sheet name="草稿" state="hidden" r:id="rId2"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>补贴标准</t></si><si><r><t>类</t></r><r><t>别</t></r></si><si><t>金额</t></si><si><t>日期</t></si></sst>",
        ),
        ("xl/styles.xml", r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#),
        (
            "xl/worksheets/sheet1.xml",
            r#"<worksheet><sheetData><row r="1"><c r="B1" t="s"><v>0</v></c></row>
            <row r="2"><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="s"><v>3</v></c></row>
            <row r="3"><c r="B3" t="inlineStr"><is><t>甲</t></is></c><c r="C3"><v>100</v></c><c r="D3" s="1"><v>45292</v></c></row>
            <row r="4"><c r="C4"><v>100</v></c></row>
            <row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>
            <mergeCells><mergeCell ref="B1:D1"/><mergeCell ref="B3:B4"/><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>"#,
        ),
    ]);
    let (document, defects) = read("t.xlsx", &bytes, &Limits::default());
    assert_eq!(defects, []);
    assert_eq!(document.title, "补贴标准");
    assert_eq!(document.text, "补贴\n补贴标准\n类别\t金额\t日期\n甲\t100\t2024-01-01\n100");
    assert_eq!(document.tables, [[["类别", "金额", "日期"], ["甲", "100", "2024-01-01"], ["甲", "100", ""]]]);
    assert_eq!(document.articles[0].label, "第1至3行");
}

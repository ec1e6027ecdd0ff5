//! docx: paragraphs, the explicit label also as header and footer of every page, the implicit one as a custom property.

use super::{Block, BlockStyle, Paper, escape, package};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const WORDS: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
/// The format id of custom properties (TC260-PG-20258A names it).
const FORMAT_ID: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";

pub(super) fn write(paper: &Paper) -> std::io::Result<Vec<u8>> {
    let content_type = |name: &str, kind: &str| {
        format!("<Override PartName=\"/{name}\" ContentType=\"application/vnd.openxmlformats-{kind}+xml\"/>")
    };
    let relation = |id: u8, base: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{base}/{kind}\" Target=\"{target}\"/>")
    };
    let margin = |name: &str| {
        format!(
            "{HEAD}<w:{name} xmlns:w=\"{WORDS}\"><w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr>{}</w:p></w:{name}>",
            run(&paper.notice, BlockStyle::Small)
        )
    };
    let body: String = paper.all_blocks().iter().map(paragraphs).collect();
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>{}{}{}{}{}</Types>",
                content_type("word/document.xml", "officedocument.wordprocessingml.document.main"),
                content_type("word/header1.xml", "officedocument.wordprocessingml.header"),
                content_type("word/footer1.xml", "officedocument.wordprocessingml.footer"),
                content_type("docProps/core.xml", "package.core-properties"),
                content_type("docProps/custom.xml", "officedocument.custom-properties"),
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{}{}{}</Relationships>",
                relation(1, RELATIONS, "officeDocument", "word/document.xml"),
                relation(2, &format!("{PACKAGE}/relationships/metadata"), "core-properties", "docProps/core.xml"),
                relation(3, RELATIONS, "custom-properties", "docProps/custom.xml"),
            ),
        ),
        (
            "word/document.xml",
            format!(
                "{HEAD}<w:document xmlns:w=\"{WORDS}\" xmlns:r=\"{RELATIONS}\"><w:body>{body}<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId1\"/>\
             <w:footerReference w:type=\"default\" r:id=\"rId2\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1440\" w:right=\"1440\" w:bottom=\"1440\" \
             w:left=\"1440\" w:header=\"720\" w:footer=\"720\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>"
            ),
        ),
        (
            "word/_rels/document.xml.rels",
            format!(
                "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{}{}</Relationships>",
                relation(1, RELATIONS, "header", "header1.xml"),
                relation(2, RELATIONS, "footer", "footer1.xml"),
            ),
        ),
        ("word/header1.xml", margin("hdr")),
        ("word/footer1.xml", margin("ftr")),
        (
            "docProps/core.xml",
            format!(
                "{HEAD}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>\
             <dc:creator>Shuzheng</dc:creator><dcterms:created xsi:type=\"dcterms:W3CDTF\">{}T00:00:00Z</dcterms:created></cp:coreProperties>",
                escape(&paper.title),
                escape(&paper.date),
            ),
        ),
        (
            "docProps/custom.xml",
            format!(
                "{HEAD}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" \
             xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\"><property fmtid=\"{FORMAT_ID}\" pid=\"2\" name=\"AIGC\">\
             <vt:lpwstr>{}</vt:lpwstr></property></Properties>",
                escape(&paper.label.json()),
            ),
        ),
    ];
    package(&parts.map(|(name, text)| (name.to_owned(), text)))
}

fn paragraphs(block: &Block) -> String {
    let indent = if block.style == BlockStyle::Quote { "<w:ind w:left=\"480\"/>" } else { "" };
    let lines = block.text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines
        .map(|line| {
            format!(
                "<w:p><w:pPr><w:spacing w:after=\"120\" w:line=\"360\" w:lineRule=\"auto\"/>{indent}</w:pPr>{}</w:p>",
                run(line, block.style)
            )
        })
        .collect()
}

fn run(text: &str, style: BlockStyle) -> String {
    // Half points: 15, 12, 11 and 9.
    let (size, bold) = match style {
        BlockStyle::Heading => (30, "<w:b/>"),
        BlockStyle::Body => (24, ""),
        BlockStyle::Quote => (22, ""),
        BlockStyle::Small => (18, ""),
    };
    format!(
        "<w:r><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"宋体\"/>{bold}<w:sz w:val=\"{size}\"/></w:rPr>\
         <w:t xml:space=\"preserve\">{}</w:t></w:r>",
        escape(text)
    )
}

//! Packages built in the test.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

/// A zip archive of the parts given.
pub(crate) fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A docx whose body is `body`, with further parts under `word/`.
pub(crate) fn docx(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let relations = more
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let kind = match name.split('.').next().unwrap().trim_end_matches(char::is_numeric) {
                "chunk" => "aFChunk",
                kind => kind,
            };
            format!(r#"<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{name}"/>"#, at + 1)
        })
        .collect::<String>();
    let relations = format!("<Relationships>{relations}</Relationships>");
    let document = format!(
        r#"<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    let names: Vec<String> = more.iter().map(|(name, _)| format!("word/{name}")).collect();
    let mut parts = vec![
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#,
        ),
        ("word/_rels/document.xml.rels", relations.as_str()),
        ("word/document.xml", document.as_str()),
    ];
    parts.extend(names.iter().map(String::as_str).zip(more.iter().map(|(_, content)| *content)));
    package(&parts)
}

/// A paragraph.
pub(crate) fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

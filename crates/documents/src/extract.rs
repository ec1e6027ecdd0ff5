//! Extraction: from a name and bytes to a document and what is wrong with it.

use serde::Serialize;

use crate::defect::{Defect, DefectCode};
use crate::detect::{Content, Format, content};
use crate::document::Document;
use crate::encoding::decode;
use crate::flow::Flow;
use crate::formats::{md, txt};
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::structure;

/// Reads a document. Its format is what the bytes are; a name that says otherwise is a defect.
///
/// When a defect is fatal (see [`Defect::is_fatal`]), the document is empty.
#[must_use]
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> (Document, Vec<Defect>) {
    let named = Format::of_name(name);
    let fail = |format: Format, code, message: String| (Document::empty(format), vec![Defect::new(code, message)]);
    if bytes.is_empty() {
        return fail(named.unwrap_or(Format::Unknown), DefectCode::EmptyFile, "the file is empty".to_owned());
    }
    if bytes.len() > limits.input_bytes {
        let (size, most) = (bytes.len(), limits.input_bytes);
        let message = format!("the file has {size} bytes, {most} are allowed");
        return fail(named.unwrap_or(Format::Unknown), DefectCode::TooLarge, message);
    }
    let mut flow = Flow::new(limits);
    let format = match content(bytes) {
        Content::Text => read_text(named, bytes, &mut flow),
        _ => {
            let format = named.unwrap_or(Format::Unknown);
            return fail(format, DefectCode::Unsupported, "this format is not read".to_owned());
        }
    };
    finish(format, flow)
}

fn read_text(named: Option<Format>, bytes: &[u8], flow: &mut Flow<'_>) -> Format {
    let decoded = decode(bytes, None);
    if decoded.broken {
        let encoding = decoded.encoding.name();
        flow.defect(
            DefectCode::BrokenEncoding,
            format!("some bytes are no characters in {encoding} and were replaced"),
        );
    }
    if named == Some(Format::Md) {
        md::read(&decoded.text, flow);
        Format::Md
    } else {
        txt::read(&decoded.text, flow);
        Format::Txt
    }
}

fn finish(format: Format, flow: Flow<'_>) -> (Document, Vec<Defect>) {
    let articles = structure::articles(&flow);
    let mut defects = flow.defects;
    if flow.text.is_empty() && !defects.iter().any(Defect::is_fatal) {
        defects.push(Defect::new(DefectCode::NoText, "the document holds no text"));
    }
    let document = Document {
        format,
        title: flow.title,
        metadata: flow.metadata,
        text: flow.text,
        articles,
        tables: flow.tables,
        pages: flow.pages,
    };
    (document, defects)
}

/// Reads a document and writes it as the JSON line of `shuzheng documents extract`, without a line break.
#[must_use]
pub fn extract_line(path: &str, bytes: &[u8], limits: &Limits) -> String {
    #[derive(Serialize)]
    struct Line<'d> {
        path: &'d str,
        format: Format,
        title: &'d str,
        metadata: &'d Metadata,
        text: &'d str,
        articles: Vec<Part<'d>>,
        tables: &'d [Vec<Vec<String>>],
        pages: u32,
        defects: &'d [Defect],
    }
    #[derive(Serialize)]
    struct Part<'d> {
        label: &'d str,
        path: &'d [String],
        text: &'d str,
    }
    let (document, defects) = read(path, bytes, limits);
    let line = Line {
        path,
        format: document.format,
        title: &document.title,
        metadata: &document.metadata,
        text: &document.text,
        articles: document
            .articles
            .iter()
            .map(|article| Part { label: &article.label, path: &article.path, text: &article.text })
            .collect(),
        tables: &document.tables,
        pages: document.pages,
        defects: &defects,
    };
    // Strings, numbers and lists of them always serialise.
    serde_json::to_string(&line).unwrap_or_default()
}

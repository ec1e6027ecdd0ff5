//! Extraction: from a name and bytes to a document and what is wrong with it.

use std::borrow::Cow;

use serde::Serialize;

use crate::defect::{Defect, DefectCode};
use crate::detect::{Content, Format, content};
use crate::document::Document;
use crate::encoding::decode;
use crate::flow::Flow;
use crate::formats::docx::html_of_mime;
use crate::formats::{csv, docx, html, md, ofd, pdf, sheet, txt};
use crate::head;
use crate::limits::Limits;
use crate::metadata::Metadata;
use crate::package::Package;
use crate::structure;
use crate::watch::{Converted, Watch};

/// Reads a document. Its format is what the bytes are; a name that says otherwise is a defect.
///
/// When a defect is fatal (see [`Defect::is_fatal`]), the document is empty.
#[must_use]
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> (Document, Vec<Defect>) {
    read_into(name, bytes, Flow::new(limits))
}

/// As [`read`], with somebody who watches and helps.
#[must_use]
pub fn read_watched(name: &str, bytes: &[u8], limits: &Limits, watch: &mut dyn Watch) -> (Document, Vec<Defect>) {
    read_into(name, bytes, Flow::watched(limits, watch))
}

/// Whether the bytes are plain text, which is read in time and memory linear in its length and by no decoder of a
/// format: nothing that could hurt the process that reads it.
#[must_use]
pub fn is_plain(bytes: &[u8]) -> bool {
    content(bytes) == Content::Text
}

/// Whether the bytes are of an old office format that another program converts first.
#[must_use]
pub fn is_converted(bytes: &[u8]) -> bool {
    matches!(content(bytes), Content::Ole | Content::Rtf)
}

fn read_into(name: &str, bytes: &[u8], mut flow: Flow<'_>) -> (Document, Vec<Defect>) {
    let named = Format::of_name(name);
    let limits = flow.limits;
    let outcome = if bytes.is_empty() {
        let defect = Defect::new(DefectCode::EmptyFile, "the file is empty");
        Err((named.unwrap_or(Format::Unknown), defect))
    } else if bytes.len() > limits.input_bytes {
        let (size, most) = (bytes.len(), limits.input_bytes);
        let defect = Defect::new(DefectCode::TooLarge, format!("the file has {size} bytes, {most} are allowed"));
        return (Document::empty(named.unwrap_or(Format::Unknown)), vec![defect]);
    } else {
        read_content(named, bytes, &mut flow)
    };
    let is = match &outcome {
        Ok(format) | Err((format, _)) => *format,
    };
    let other = named.filter(|named| !bytes.is_empty() && !agrees(*named, is)).map(|named| {
        let (said, is) = (named.as_str(), is.as_str());
        Defect::new(DefectCode::WrongExtension, format!("the name says {said}, the content is {is}"))
    });
    match outcome {
        Ok(format) => {
            other.into_iter().for_each(|defect| flow.note(defect));
            finish(format, flow)
        }
        Err((format, defect)) => (Document::empty(format), std::iter::once(defect).chain(other).collect()),
    }
}

fn read_content(named: Option<Format>, bytes: &[u8], flow: &mut Flow<'_>) -> Result<Format, (Format, Defect)> {
    match content(bytes) {
        Content::Zip => read_package(named, bytes, flow),
        Content::Html => {
            html::read(bytes, flow);
            Ok(Format::Html)
        }
        Content::Mime => {
            html::read(&html_of_mime(bytes).unwrap_or(Cow::Borrowed(bytes)), flow);
            Ok(Format::Html)
        }
        Content::Text => Ok(read_text(named, bytes, flow)),
        Content::Ole => read_ole(bytes, flow),
        Content::Pdf => pdf::read(bytes, flow).map(|()| Format::Pdf).map_err(|defect| (Format::Pdf, defect)),
        Content::Rtf => read_converted(Format::Rtf, bytes, flow),
        Content::Binary => Err(unknown(named)),
    }
}

/// Text formats cannot be told apart by content alone, so a name between them is never wrong; WPS writes the
/// same compound files as Word.
fn agrees(named: Format, is: Format) -> bool {
    let text = |format| matches!(format, Format::Md | Format::Txt | Format::Csv);
    named == is || text(named) && text(is) || (named, is) == (Format::Wps, Format::Doc)
}

fn unsupported(message: &str) -> Defect {
    Defect::new(DefectCode::Unsupported, message)
}

/// Bytes that are nothing we know: the name says what they should have been.
fn unknown(named: Option<Format>) -> (Format, Defect) {
    let format = named.unwrap_or(Format::Unknown);
    let code = match format {
        Format::Docx => DefectCode::NotDocx,
        Format::Ofd => DefectCode::NotOfd,
        Format::Pdf => DefectCode::NotPdf,
        Format::Xlsx => DefectCode::NotXlsx,
        _ => DefectCode::Unsupported,
    };
    (format, Defect::new(code, "the content is no document that is read here"))
}

/// Old Office files, and new ones under a password: both are OLE compound files.
fn read_ole(bytes: &[u8], flow: &mut Flow<'_>) -> Result<Format, (Format, Defect)> {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(bytes, &wide).is_some()
    };
    if has("EncryptedPackage") {
        Err((Format::Docx, Defect::new(DefectCode::Password, "the file is encrypted")))
    } else if has("WordDocument") {
        read_converted(Format::Doc, bytes, flow)
    } else if has("Workbook") || has("Book") {
        read_converted(Format::Xls, bytes, flow)
    } else {
        Err((Format::Unknown, unsupported("this kind of office file is not read; save as docx")))
    }
}

/// Formats that another program turns into docx or xlsx first.
fn read_converted(format: Format, bytes: &[u8], flow: &mut Flow<'_>) -> Result<Format, (Format, Defect)> {
    let fail = |code, message: String| (format, Defect::new(code, message));
    let new = match flow.convert(format, bytes) {
        Converted::Done(new) => new,
        Converted::Failed(why) => return Err(fail(DefectCode::ReadFailed, why)),
        Converted::Nobody => {
            let name = format.as_str();
            let message = format!(
                "{name} files are read with LibreOffice, which is not there: install libreoffice-writer and \
                 libreoffice-calc, or save the file as docx or xlsx"
            );
            return Err(fail(DefectCode::NeedsOffice, message));
        }
    };
    let mut package = Package::open(&new, flow.limits).map_err(|defect| (format, defect))?;
    let read = if package.has("xl/workbook.xml") {
        sheet::read(&mut package, flow)
    } else {
        docx::read(&mut package, flow, 0)
    };
    read.map(|()| format).map_err(|defect| (format, defect))
}

fn read_package(named: Option<Format>, bytes: &[u8], flow: &mut Flow<'_>) -> Result<Format, (Format, Defect)> {
    let expected = named.unwrap_or(Format::Unknown);
    let mut package = Package::open(bytes, flow.limits).map_err(|defect| (expected, defect))?;
    let word = package.has("word/document.xml") || named == Some(Format::Docx);
    // The text part may have any name; then the package's relations lead to it.
    let office = package.has("[Content_Types].xml") && !package.has("ppt/presentation.xml");
    let format = if package.has("OFD.xml") {
        Format::Ofd
    } else if package.has("xl/workbook.xml") {
        Format::Xlsx
    } else if word || office {
        Format::Docx
    } else {
        return Err(unknown(named));
    };
    match format {
        Format::Docx => docx::read(&mut package, flow, 0).map_err(|defect| (Format::Docx, defect))?,
        Format::Ofd => ofd::read(&mut package, flow).map_err(|defect| (Format::Ofd, defect))?,
        Format::Xlsx => sheet::read(&mut package, flow).map_err(|defect| (Format::Xlsx, defect))?,
        _ => return Err((format, unsupported("this format is not read"))),
    }
    Ok(format)
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
    if named == Some(Format::Csv) {
        csv::read(&decoded.text, flow);
        Format::Csv
    } else if named == Some(Format::Md) {
        md::read(&decoded.text, flow);
        Format::Md
    } else {
        txt::read(&decoded.text, flow);
        Format::Txt
    }
}

fn finish(format: Format, mut flow: Flow<'_>) -> (Document, Vec<Defect>) {
    head::read(&mut flow);
    let articles = structure::articles(&flow);
    if flow.text.is_empty() && !flow.defects.iter().any(Defect::is_fatal) {
        flow.defect(DefectCode::NoText, "the document holds no text");
    }
    let page_starts = page_starts(&flow);
    let document = Document {
        format,
        title: flow.title,
        metadata: flow.metadata,
        text: flow.text,
        articles,
        tables: flow.tables,
        pages: flow.pages,
        page_starts,
    };
    (document, flow.defects)
}

/// Where each page begins: at its first block, or where the next page with text begins.
fn page_starts(flow: &Flow<'_>) -> Vec<usize> {
    let mut starts = vec![0];
    let pages = usize::try_from(flow.pages).unwrap_or(usize::MAX);
    for block in &flow.blocks {
        let page = usize::try_from(block.page).unwrap_or(usize::MAX).min(pages);
        while starts.len() < page {
            starts.push(block.start);
        }
    }
    starts.resize(pages.max(1), flow.text.len());
    starts
}

/// Reads a document and writes it as the JSON line of `shuzheng documents extract`, without a line break.
#[must_use]
pub fn extract_line(path: &str, bytes: &[u8], limits: &Limits) -> String {
    let (document, defects) = read(path, bytes, limits);
    line(path, &document, &defects)
}

/// The JSON line of a document that was read.
#[must_use]
pub fn line(path: &str, document: &Document, defects: &[Defect]) -> String {
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
        defects,
    };
    // Strings, numbers and lists of them always serialise.
    serde_json::to_string(&line).unwrap_or_default()
}

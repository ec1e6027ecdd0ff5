//! Reads the labels of a file back: which implicit label its metadata holds, and whether its words carry the explicit one.

use quick_xml::events::Event;
use serde::Serialize;

use super::{AigcLabel, KEY, image, is_explicit_label, parse};
use crate::detect::Format;
use crate::formats::pdf;
use crate::limits::Limits;
use crate::package::Package;
use crate::xml;

/// How many characters at the head and at the tail are looked through for the explicit label (STANDARDS.md §3).
const WINDOW: usize = 64;

/// Where the explicit label of a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExplicitLabel {
    /// At the beginning and at the end.
    Both,
    /// At the beginning.
    Start,
    /// At the end.
    End,
    /// Nowhere near either.
    None,
    /// A picture: what is drawn is not read.
    Unread,
}

/// What a file says of being generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelReport {
    /// What the bytes are: a format of documents, `png` or `jpeg`.
    pub format: &'static str,
    /// The implicit label; absent when there is none or it cannot be read.
    pub implicit: Option<AigcLabel>,
    /// The explicit label.
    pub explicit: ExplicitLabel,
    /// What is wrong, as stable codes: `implicit_missing`, `implicit_twice`, `explicit_missing`, `not_json`,
    /// `unknown_field`, `field_missing`, `label_value`, `producer_code`, `propagator_code`, `produce_id_missing`,
    /// `characters`, `unreadable`.
    pub problems: Vec<&'static str>,
    /// Whether the file is labelled as it must be.
    pub ok: bool,
}

/// Reads the labels of a file.
#[must_use]
pub fn check_label(name: &str, bytes: &[u8], limits: &Limits) -> LabelReport {
    let picture = image::kind(bytes);
    let (document, _) = match picture {
        Some(_) => (crate::Document::empty(Format::Unknown), Vec::new()),
        None => crate::read(name, bytes, limits),
    };
    let format = picture.unwrap_or_else(|| document.format.as_str());
    let found = match (picture, document.format) {
        (Some(_), _) => image::labels(bytes),
        (None, Format::Docx | Format::Xlsx) => in_package(bytes, limits, "docProps/custom.xml", "property", "name"),
        (None, Format::Ofd) => in_package(bytes, limits, "OFD.xml", "CustomData", "Name"),
        (None, Format::Pdf) => pdf::information(bytes, limits, KEY),
        (None, Format::Md | Format::Txt) => front_matter(&String::from_utf8_lossy(bytes)),
        (None, _) => Vec::new(),
    };
    let mut problems = Vec::new();
    let implicit = match found.as_slice() {
        [] => {
            problems.push("implicit_missing");
            None
        }
        [one] => match parse(one) {
            Ok(label) => {
                problems.extend(label.problems());
                Some(label)
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        },
        // Only one implicit label may stand in a file.
        [first, ..] => {
            problems.push("implicit_twice");
            parse(first).ok()
        }
    };
    let explicit = if picture.is_some() { ExplicitLabel::Unread } else { explicit(&document.text) };
    if explicit == ExplicitLabel::None {
        problems.push("explicit_missing");
    }
    if picture.is_none() && document.text.trim().is_empty() {
        problems.push("unreadable");
    }
    LabelReport { format, implicit, explicit, ok: problems.is_empty(), problems }
}

fn explicit(text: &str) -> ExplicitLabel {
    let words: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let head: String = words.iter().take(WINDOW).collect();
    let tail: String = words.iter().skip(words.len().saturating_sub(WINDOW)).collect();
    match (is_explicit_label(&head), is_explicit_label(&tail)) {
        (true, true) => ExplicitLabel::Both,
        (true, false) => ExplicitLabel::Start,
        (false, true) => ExplicitLabel::End,
        (false, false) => ExplicitLabel::None,
    }
}

/// The texts of the elements of that name whose attribute names the label.
fn in_package(bytes: &[u8], limits: &Limits, part: &str, element: &str, attribute: &str) -> Vec<String> {
    let Ok(mut package) = Package::open(bytes, limits) else { return Vec::new() };
    let mut buffer = Vec::new();
    if !package.read(part, &mut buffer).unwrap_or(false) {
        return Vec::new();
    }
    let is_it = |found: &quick_xml::events::BytesStart<'_>| {
        xml::local(found.name().0) == element && xml::attribute(found, attribute).as_deref() == Some(KEY)
    };
    element_texts(&xml::text_of(&buffer), is_it)
}

/// The text inside each element that the test picks.
pub(super) fn element_texts(text: &str, is_it: impl Fn(&quick_xml::events::BytesStart<'_>) -> bool) -> Vec<String> {
    let mut reader = xml::reader(text);
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => match &mut open {
                Some((depth, _)) => *depth += 1,
                None if is_it(&element) => open = Some((0, String::new())),
                None => {}
            },
            Ok(Event::End(_)) => match open.take() {
                Some((0, text)) => found.push(text),
                Some((depth, text)) => open = Some((depth - 1, text)),
                None => {}
            },
            Ok(Event::Text(text)) => {
                if let Some((_, open)) = &mut open {
                    open.push_str(&text.xml10_content());
                }
            }
            Ok(Event::CData(text)) => {
                if let Some((_, open)) = &mut open {
                    open.push_str(&text.xml10_content());
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let (Some((_, open)), Some(c)) = (&mut open, xml::reference(&reference)) {
                    open.push(c);
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The label of a Markdown file's front matter: `AIGC:` with its seven keys below it, or with JSON behind it.
fn front_matter(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}');
    let Some(rest) = text.strip_prefix("---") else { return Vec::new() };
    let mut found = Vec::new();
    let mut fields: Option<serde_json::Map<String, serde_json::Value>> = None;
    for line in rest.lines().skip(1).take(200) {
        if line.trim_end() == "---" {
            break;
        }
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        if line.starts_with([' ', '\t']) {
            if let Some(fields) = &mut fields {
                let value = value.trim_matches(['"', '\'']).to_owned();
                fields.insert(key.trim().to_owned(), value.into());
            }
            continue;
        }
        found.extend(fields.take().map(|fields| serde_json::Value::Object(fields).to_string()));
        if key.trim() == KEY {
            match value {
                "" => fields = Some(serde_json::Map::new()),
                value => found.push(value.trim_matches('\'').to_owned()),
            }
        }
    }
    found.extend(fields.map(|fields| serde_json::Value::Object(fields).to_string()));
    found
}

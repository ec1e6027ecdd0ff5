//! The small parts of an OFD package (lists of pages, resources, attachments) as flat lists of elements.

use quick_xml::events::Event;

use crate::xml;

/// A part with more elements than this is not a list.
const MOST_ELEMENTS: usize = 200_000;

/// An element: its local name, its attributes, and the text directly in it.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
}

/// All elements of a part, in the order of their start tags.
pub(super) fn elements(text: &str) -> Vec<Element> {
    let mut reader = xml::reader(text);
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event();
        match &event {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                if matches!(event, Ok(Event::Start(_))) {
                    open.push(found.len());
                }
                found.push(Element {
                    name: xml::local(element.name().0).to_owned(),
                    attributes: element
                        .attributes()
                        .with_checks(false)
                        .flatten()
                        .map(|a| (xml::local(a.key.0).to_owned(), xml::unescape(&a.value).into_owned()))
                        .collect(),
                    text: String::new(),
                });
            }
            Ok(Event::End(_)) => {
                open.pop();
            }
            Ok(Event::Text(text)) => {
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.text.push_str(&text.xml10_content());
                }
            }
            Ok(Event::CData(text)) => {
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.text.push_str(&text.xml10_content());
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let Some(element) = open.last().and_then(|at| found.get_mut(*at)) {
                    element.text.extend(xml::reference(reference));
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
        if found.len() > MOST_ELEMENTS || open.len() > 1000 {
            return found;
        }
    }
}

//! Paragraph styles: which heading level, table-of-contents line or list a style makes, with what it inherits.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use super::Relation;
use crate::defect::Defect;
use crate::package::Package;
use crate::xml;

/// Chains of styles longer than this are loops.
const MOST_ANCESTORS: usize = 20;

/// What a style says itself.
#[derive(Debug, Default, Clone)]
struct Style {
    name: String,
    parent: Option<String>,
    outline: Option<u8>,
    list: Option<String>,
    list_level: Option<u8>,
}

/// What a paragraph of a style is, inheritance followed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) is_title: bool,
    pub(super) is_contents: bool,
    /// 0 for the first heading level.
    pub(super) outline: Option<u8>,
    pub(super) list: Option<String>,
    pub(super) list_level: Option<u8>,
}

/// The styles that the text uses.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Resolved>);

impl Styles {
    /// What paragraphs of the style `id` are.
    pub(super) fn get(&self, id: &str) -> Option<&Resolved> {
        self.0.get(id)
    }

    /// Whether some style puts its paragraphs into a list.
    pub(super) fn has_lists(&self) -> bool {
        self.0.values().any(|style| style.list.is_some())
    }
}

/// Reads the styles that `document` names. The style part is decompressed only as far as they need: in small
/// documents it is a hundred times larger than the text.
pub(super) fn read(
    package: &mut Package<'_>,
    relations: &[Relation],
    main: &str,
    document: &str,
) -> Result<Styles, Defect> {
    let used = used_styles(document);
    if used.is_empty() {
        return Ok(Styles::default());
    }
    let Some(part) = super::related(package, relations, main, "styles") else { return Ok(Styles::default()) };
    let mut buffer = Vec::new();
    let mut scanned = Scanned::default();
    package.read_until(&part, &mut buffer, |bytes| {
        scanned.more(bytes);
        scanned.knows(&used)
    })?;
    if !scanned.knows(&used) {
        scanned.all(&buffer);
    }
    let resolve = |id: &&str| ((*id).to_owned(), resolve(&scanned.styles, id));
    Ok(Styles(used.iter().map(resolve).collect()))
}

/// The ids in `w:pStyle w:val="…"`.
fn used_styles(document: &str) -> Vec<&str> {
    let mut used: Vec<&str> = Vec::new();
    for at in memchr::memmem::find_iter(document.as_bytes(), b"pStyle ") {
        let rest = document.get(at..).unwrap_or_default();
        let tag = rest.split_once('>').map_or("", |(tag, _)| tag);
        let id = tag.split_once("val=").and_then(|(_, value)| {
            let quote = value.chars().next()?;
            value.get(1..)?.split_once(quote).map(|(id, _)| id)
        });
        if let Some(id) = id.filter(|id| !used.contains(id)) {
            used.push(id);
        }
        if used.len() > 5000 {
            break;
        }
    }
    used
}

#[derive(Default)]
struct Scanned {
    styles: HashMap<String, Style>,
    done: usize,
}

impl Scanned {
    /// Takes in the style elements that are complete in `bytes`.
    fn more(&mut self, bytes: &[u8]) {
        let fresh = bytes.get(self.done..).unwrap_or_default();
        let Some(end) = memchr::memmem::rfind(fresh, b":style>").map(|at| at + b":style>".len()) else { return };
        let part = String::from_utf8_lossy(fresh.get(..end).unwrap_or_default());
        self.parse(&part);
        self.done += end;
    }

    /// Reads all of `bytes` again, for parts whose names have no prefix or another encoding.
    fn all(&mut self, bytes: &[u8]) {
        let text = xml::text_of(bytes);
        self.parse(&text);
    }

    /// Whether all of `used` and what they inherit from is known.
    fn knows(&self, used: &[&str]) -> bool {
        used.iter().all(|id| {
            let mut id = (*id).to_owned();
            for _ in 0..MOST_ANCESTORS {
                match self.styles.get(&id) {
                    None => return false,
                    Some(style) => match &style.parent {
                        None => return true,
                        Some(parent) => id.clone_from(parent),
                    },
                }
            }
            true
        })
    }

    fn parse(&mut self, text: &str) {
        let mut reader = xml::reader(text);
        let mut id: Option<String> = None;
        let mut style = Style::default();
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => {
                    if xml::local(element.name().0) == "style" {
                        let paragraph = xml::attribute(&element, "type").is_none_or(|kind| kind == "paragraph");
                        let named = xml::attribute(&element, "styleId");
                        style = Style::default();
                        if paragraph {
                            id = named;
                        } else {
                            // Character and table styles say nothing here, but a document may name one by mistake.
                            id = None;
                            if let Some(named) = named {
                                self.styles.entry(named).or_default();
                            }
                        }
                    } else if id.is_some() {
                        property(&element, &mut style);
                    }
                }
                Ok(Event::Empty(element)) if id.is_some() => property(&element, &mut style),
                Ok(Event::End(element)) if xml::local(element.name().0) == "style" => {
                    if let Some(id) = id.take() {
                        self.styles.insert(id, std::mem::take(&mut style));
                    }
                }
                Ok(Event::Eof) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

fn property(element: &BytesStart<'_>, style: &mut Style) {
    match xml::local(element.name().0) {
        "name" => style.name = xml::attribute(element, "val").unwrap_or_default().to_lowercase(),
        "basedOn" => style.parent = xml::attribute(element, "val"),
        "outlineLvl" => style.outline = xml::number(element, "val"),
        "numId" => style.list = xml::attribute(element, "val"),
        "ilvl" => style.list_level = xml::number(element, "val"),
        _ => {}
    }
}

fn resolve(styles: &HashMap<String, Style>, id: &str) -> Resolved {
    let mut found = Resolved::default();
    let mut at = Some(id.to_owned());
    for _ in 0..MOST_ANCESTORS {
        let Some(style) = at.as_ref().and_then(|id| styles.get(id)) else { break };
        let heading = ["heading ", "标题 "]
            .iter()
            .find_map(|prefix| style.name.strip_prefix(prefix)?.trim().parse::<u8>().ok())
            .and_then(|level| level.checked_sub(1));
        found.is_title |= matches!(style.name.as_str(), "title" | "标题");
        found.is_contents |= style.name.starts_with("toc ") || style.name.starts_with("目录");
        found.outline = found.outline.or(style.outline).or(heading);
        if found.list.is_none() {
            found.list.clone_from(&style.list);
        }
        found.list_level = found.list_level.or(style.list_level);
        at.clone_from(&style.parent);
    }
    // Level 9 is body text.
    found.outline = found.outline.filter(|level| *level < 9);
    found
}

#[cfg(test)]
mod tests {
    use super::{Scanned, resolve, used_styles};

    #[test]
    fn styles_inherit_and_loops_end() {
        let mut scanned = Scanned::default();
        scanned.parse(
            r#"<w:styles><w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
            <w:style w:type="paragraph" w:styleId="a"><w:name w:val="章标题"/><w:basedOn w:val="1"/></w:style>
            <w:style w:type="paragraph" w:styleId="b"><w:name w:val="B"/><w:basedOn w:val="c"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
            <w:style w:type="paragraph" w:styleId="c"><w:name w:val="C"/><w:basedOn w:val="b"/></w:style></w:styles>"#,
        );
        let chapter = resolve(&scanned.styles, "a");
        assert_eq!((chapter.outline, chapter.list.as_deref()), (Some(0), Some("3")));
        assert_eq!(resolve(&scanned.styles, "c").outline, Some(2));
        assert!(scanned.knows(&["a", "b", "c"]) && !scanned.knows(&["missing"]));
        assert_eq!(used_styles(r#"<w:pStyle w:val="a"/><w:pStyle w:val='b'/><w:pStyle w:val="a"/>"#), ["a", "b"]);
    }
}

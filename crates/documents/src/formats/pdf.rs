//! PDF: the text layer in reading order. Pages without one are reported, for a recogniser to read.
//!
//! A reader of our own, because damaged and hostile files must give defects within limits, and because what
//! matters for Chinese files — predefined character maps, Adobe-GB1, radicals put for characters — is small.

mod cmap;
mod content;
mod crypt;
mod file;
mod filters;
mod font;
mod object;
mod picture;

use std::collections::HashSet;
use std::rc::Rc;

use content::{Fonts, Shown, show};
use file::File;
use object::{Dictionary, Object};

use crate::defect::{Defect, DefectCode};
use crate::flow::Flow;
use crate::layout::{self, Page, Run};
use crate::limits::Limits;

/// Keys that pages inherit from the nodes above them (ISO 32000-1, table 30).
const INHERITED: [&str; 3] = ["Resources", "MediaBox", "CropBox"];

/// Reads a PDF into the flow.
pub(crate) fn read(bytes: &[u8], flow: &mut Flow<'_>) -> Result<(), Defect> {
    let file = File::open(bytes, flow.limits);
    if file.locked {
        return Err(Defect::new(DefectCode::Password, "the file asks for a password"));
    }
    let (tree, information) = file.roots();
    let Some(tree) = tree else {
        return Err(Defect::new(DefectCode::BrokenPackage, "the file has no pages that could be found"));
    };
    if let Some(information) = information {
        for (key, name) in [("Title", "file_title"), ("Author", "author"), ("CreationDate", "file_created")] {
            if let Object::Text(text) = file.value(&information, key) {
                flow.metadata.suggest(name, text_string(&text));
            }
        }
    }
    let mut fonts = Fonts::new();
    let mut pages = Vec::new();
    let mut chars = 0;
    let mut recognised = 0;
    let nodes = page_dictionaries(&file, tree, flow);
    let total = nodes.len();
    for node in nodes {
        let number = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
        let room = flow.limits.text_chars.saturating_sub(chars);
        let (mut page, shown) = page(&file, &node, number, &mut fonts, room);
        chars += shown.readable;
        let scanned = page.runs.is_empty() && shown.pictures;
        if scanned {
            let found = recognise(&file, &node, &shown, &page, flow);
            recognised += usize::from(found.is_some());
            page.runs = found.unwrap_or_default();
        }
        if shown.unreadable > shown.readable {
            let message = "the page's fonts do not say what their characters are";
            flow.note(Defect::on_page(DefectCode::NeedsOcr, message, number));
        } else if scanned && page.runs.is_empty() {
            let message = "the page holds pictures and no text";
            flow.note(Defect::on_page(DefectCode::NeedsOcr, message, number));
        }
        flow.page_read(number, total);
        pages.push(page);
    }
    if file.bomb.get() {
        return Err(Defect::new(DefectCode::ZipBomb, "the file decompresses to more than is allowed"));
    }
    if memchr::memmem::find(bytes, b"/ByteRange").is_some() {
        flow.defect(DefectCode::SignatureUnverified, "the file's signature was not verified");
    }
    if recognised > 0 {
        flow.defect(DefectCode::Recognised, format!("the text of {recognised} pages was recognised in pictures"));
    }
    layout::write(pages, flow);
    Ok(())
}

/// Every value that the file's information holds under that key.
pub(crate) fn information(bytes: &[u8], limits: &Limits, key: &str) -> Vec<String> {
    let file = File::open(bytes, limits);
    let (_, Some(information)) = file.roots() else { return Vec::new() };
    let named = information.0.iter().filter(|(name, _)| name == key.as_bytes());
    named
        .filter_map(|(_, value)| match file.resolve(value) {
            Object::Text(text) => Some(text_string(&text)),
            _ => None,
        })
        .collect()
}

/// The text in the pictures of a page, by whoever watches; `None` when there is nobody, or nothing was found.
fn recognise(file: &File<'_>, node: &PageNode, shown: &Shown, page: &Page, flow: &mut Flow<'_>) -> Option<Vec<Run>> {
    let [left, _, _, top] = media_box(file, &node.inherited);
    let mut runs = Vec::new();
    for (number, map) in &shown.placed {
        let place = picture::place(map, left, top, page.width, page.height);
        // Seals, rules and ornaments are no text; a strip of a page is as wide as the page.
        if place[2] < 0.3 * page.width && place[3] < 0.3 * page.height {
            continue;
        }
        let Some(picture) = picture::read(file, *number, page.number) else { continue };
        runs.extend(layout::scanned::runs(&flow.recognise(&picture)?, place));
    }
    (!runs.is_empty()).then_some(runs)
}

/// The pages of the tree, in order, with what they inherit.
fn page_dictionaries(file: &File<'_>, tree: Dictionary, flow: &mut Flow<'_>) -> Vec<PageNode> {
    let mut pages = Vec::new();
    let mut seen: HashSet<u32> = HashSet::new();
    let mut stack = vec![(None, Some(tree), Rc::new(Dictionary::default()))];
    while let Some((number, dictionary, above)) = stack.pop() {
        let dictionary = dictionary.or_else(|| match number.map(|number| file.get(number)) {
            Some(Object::Dictionary(dictionary)) => Some(dictionary),
            _ => None,
        });
        let Some(dictionary) = dictionary else { continue };
        // A node that adds nothing shares what its parent gave.
        let inherited = if INHERITED.iter().any(|key| dictionary.get(key).is_some()) {
            let own = INHERITED.iter().filter_map(|key| {
                let value = dictionary.get(key).or_else(|| above.get(key))?;
                Some((key.as_bytes().to_vec(), value.clone()))
            });
            Rc::new(Dictionary(own.collect()))
        } else {
            above
        };
        let Object::Array(kids) = file.value(&dictionary, "Kids") else {
            if pages.len() >= flow.limits.pages as usize {
                let most = flow.limits.pages;
                flow.defect(DefectCode::TooManyPages, format!("more than {most} pages; the rest was left out"));
                break;
            }
            pages.push(PageNode { contents: dictionary.get("Contents").cloned(), inherited });
            continue;
        };
        // The last is pushed first, so that the first is taken first.
        for kid in kids.iter().rev() {
            let Object::Reference(number) = kid else { continue };
            // A node that holds itself is a loop.
            if seen.insert(*number) && seen.len() <= flow.limits.pages as usize * 2 {
                stack.push((Some(*number), None, Rc::clone(&inherited)));
            }
        }
    }
    pages
}

/// What is needed of a page.
struct PageNode {
    contents: Option<Object>,
    /// Resources and boxes, its own or those of the nodes above it.
    inherited: Rc<Dictionary>,
}

fn page(file: &File<'_>, node: &PageNode, number: u32, fonts: &mut Fonts, most_chars: usize) -> (Page, Shown) {
    let resources = file.dictionary(&node.inherited, "Resources").unwrap_or_default();
    let content = contents(file, node.contents.as_ref());
    let mut shown = show(file, &resources, &content, fonts, most_chars);
    let [left, bottom, right, top] = media_box(file, &node.inherited);
    let (width, height) = (right - left, top - bottom);
    // Text runs in one direction on a page, whichever way the page is turned; the rest is stamps and margins.
    let size = |runs: &Vec<Run>| runs.iter().map(|run| run.text.len()).sum::<usize>();
    let direction = (0..4).max_by_key(|at| (shown.runs.get(*at).map_or(0, size), 4 - at)).unwrap_or(0);
    let mut runs = std::mem::take(&mut shown.runs).into_iter().nth(direction).unwrap_or_default();
    let (wide, tall, du, dv) = match direction {
        0 => (width, height, -left, top),
        1 => (height, width, -bottom, -left),
        2 => (width, height, right, -bottom),
        _ => (height, width, top, right),
    };
    for run in &mut runs {
        run.x0 += du;
        run.x1 += du;
        run.y += dv;
    }
    runs.retain(|run| run.x1 > -2.0 && run.x0 < wide + 2.0 && run.y > -2.0 && run.y - run.size < tall + 2.0);
    (Page { number, width: wide, height: tall, runs }, shown)
}

/// The page's content streams, one after the other.
fn contents(file: &File<'_>, contents: Option<&Object>) -> Vec<u8> {
    let numbers: Vec<u32> = match contents {
        Some(Object::Reference(number)) => match file.get(*number) {
            Object::Array(items) => references(&items),
            _ => vec![*number],
        },
        Some(Object::Array(items)) => references(items),
        _ => Vec::new(),
    };
    let mut content = Vec::new();
    for number in numbers.into_iter().take(10_000) {
        if let Some(part) = file.stream(number).and_then(|stream| file.decode(&stream)) {
            if content.is_empty() {
                content = part;
            } else {
                content.push(b'\n');
                content.extend_from_slice(&part);
            }
        }
    }
    content
}

fn references(items: &[Object]) -> Vec<u32> {
    items
        .iter()
        .filter_map(|item| match item {
            Object::Reference(number) => Some(*number),
            _ => None,
        })
        .collect()
}

/// Left, bottom, right and top of what is shown of the page.
#[expect(clippy::cast_possible_truncation, reason = "coordinates of a page")]
fn media_box(file: &File<'_>, dictionary: &Dictionary) -> [f32; 4] {
    for key in ["CropBox", "MediaBox"] {
        let Object::Array(items) = file.value(dictionary, key) else { continue };
        let sides: Vec<f32> = items.iter().filter_map(|item| file.resolve(item).number()).map(|n| n as f32).collect();
        if let [a, b, c, d] = sides.as_slice()
            && (a - c).abs() > 1.0
            && (b - d).abs() > 1.0
        {
            return [a.min(*c), b.min(*d), a.max(*c), b.max(*d)];
        }
    }
    [0.0, 0.0, 595.0, 842.0]
}

/// A text string of the file's information: UTF-16, UTF-8, or nearly Latin-1.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, wide @ ..] => cmap::unicode(wide),
        bytes => crate::encoding::decode(bytes, None).text.trim().to_owned(),
    }
}

//! The content of an OFD page: text objects, placed character by character.

use std::collections::HashSet;

use quick_xml::events::{BytesStart, Event};

use crate::layout::Run;
use crate::xml;

/// Fonts whose characters are pictures and no text.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    symbols: HashSet<String>,
}

impl Fonts {
    /// Takes in the fonts of a resource part.
    pub(super) fn add(&mut self, text: &str) {
        for element in super::paths::elements(text) {
            let name = element.attribute("FontName").unwrap_or_default().to_ascii_lowercase();
            if element.name == "Font" && (name.contains("wingdings") || name.contains("webdings")) {
                self.symbols.extend(element.attribute("ID").map(str::to_owned));
            }
        }
    }
}

/// Pictures of a page that are kept.
const MOST_IMAGES: usize = 64;

/// What a page's content part says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) runs: Vec<Run>,
    pub(super) templates: Vec<String>,
    pub(super) size: Option<(f32, f32)>,
    pub(super) pictures: bool,
    /// Pictures: the resource, and its left, top, width and height on the page.
    pub(super) images: Vec<(String, [f32; 4])>,
}

/// An affine map: a b c d e f, as in `CTM`.
#[derive(Debug, Clone, Copy)]
struct Map([f32; 6]);

impl Map {
    const SAME: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

/// A text object that is being read.
#[derive(Debug)]
struct TextObject {
    origin: (f32, f32),
    map: Map,
    size: f32,
    scale: f32,
    hidden: bool,
    direction: i32,
    /// Where the next TextCode begins when it does not say.
    at: (f32, f32),
}

/// The runs of a page, with those of its page blocks.
pub(super) fn page_runs(text: &str, fonts: &Fonts, most_depth: usize) -> Content {
    read(text, fonts, most_depth, false)
}

/// The runs of the annotations of a page, each placed by its appearance.
pub(super) fn annotation_runs(text: &str, fonts: &Fonts, most_depth: usize) -> Vec<Run> {
    read(text, fonts, most_depth, true).runs
}

fn read(text: &str, fonts: &Fonts, most_depth: usize, annotations: bool) -> Content {
    let mut reader = xml::reader(text);
    let mut content = Content::default();
    let mut object: Option<TextObject> = None;
    let mut code: Option<Code> = None;
    let mut shift = (0.0, 0.0);
    let mut in_size = false;
    let mut watermark = false;
    let mut depth = 0usize;
    loop {
        let event = reader.read_event();
        match &event {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                let closed = matches!(event, Ok(Event::Empty(_)));
                depth += usize::from(!closed);
                if depth > most_depth {
                    return content;
                }
                match xml::local(element.name().0) {
                    "PhysicalBox" => in_size = true,
                    "Template" => content.templates.extend(xml::attribute(element, "TemplateID")),
                    "ImageObject" => {
                        content.pictures = true;
                        let place = numbers(&xml::attribute(element, "Boundary").unwrap_or_default());
                        if let (Some(resource), [x, y, width, height]) =
                            (xml::attribute(element, "ResourceID"), place.as_slice())
                            && content.images.len() < MOST_IMAGES
                        {
                            content.images.push((resource, [*x, *y, *width, *height]));
                        }
                    }
                    // A watermark says the same on every page and is no part of the text.
                    "Annot" => watermark = xml::attribute(element, "Type").as_deref() == Some("Watermark"),
                    "Appearance" if annotations => {
                        let place = numbers(&xml::attribute(element, "Boundary").unwrap_or_default());
                        shift = (place.first().copied().unwrap_or(0.0), place.get(1).copied().unwrap_or(0.0));
                    }
                    "TextObject" => object = Some(text_object(element, fonts, shift, watermark)),
                    "TextCode" => code = object.as_ref().map(|object| Code::new(element, object)),
                    _ => {}
                }
            }
            Ok(Event::End(element)) => {
                depth = depth.saturating_sub(1);
                match xml::local(element.name().0) {
                    "PhysicalBox" => in_size = false,
                    "TextObject" => object = None,
                    "TextCode" => {
                        if let (Some(object), Some(code)) = (object.as_mut(), code.take()) {
                            object.at = code.start;
                            if !object.hidden {
                                place(&code, object, &mut content.runs);
                            }
                        }
                    }
                    _ => {}
                }
            }
            Ok(Event::Text(text)) => {
                if let Some(code) = &mut code {
                    code.text.push_str(&text.xml10_content());
                } else if in_size {
                    content.size = box_size(&text.xml10_content()).or(content.size);
                }
            }
            Ok(Event::CData(text)) => {
                if let Some(code) = &mut code {
                    code.text.push_str(&text.xml10_content());
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let Some(code) = &mut code {
                    code.text.extend(xml::reference(reference));
                }
            }
            Ok(Event::Eof) | Err(_) => return content,
            Ok(_) => {}
        }
    }
}

fn text_object(element: &BytesStart<'_>, fonts: &Fonts, shift: (f32, f32), watermark: bool) -> TextObject {
    let boundary = numbers(&xml::attribute(element, "Boundary").unwrap_or_default());
    let mut map = Map::SAME;
    if let Ok(values) = <[f32; 6]>::try_from(numbers(&xml::attribute(element, "CTM").unwrap_or_default())) {
        map = Map(values);
    }
    let symbol = xml::attribute(element, "Font").is_some_and(|font| fonts.symbols.contains(&font));
    let visible = xml::attribute(element, "Visible").as_deref() != Some("false");
    TextObject {
        origin: (boundary.first().copied().unwrap_or(0.0) + shift.0, boundary.get(1).copied().unwrap_or(0.0) + shift.1),
        map,
        size: xml::number(element, "Size").unwrap_or(3.5),
        scale: xml::number(element, "HScale").unwrap_or(1.0),
        hidden: symbol || !visible || watermark,
        direction: xml::number(element, "ReadDirection").unwrap_or(0),
        at: (0.0, 0.0),
    }
}

#[derive(Debug)]
struct Code {
    start: (f32, f32),
    dx: Vec<f32>,
    dy: Vec<f32>,
    text: String,
}

impl Code {
    fn new(element: &BytesStart<'_>, object: &TextObject) -> Self {
        Self {
            start: (xml::number(element, "X").unwrap_or(object.at.0), xml::number(element, "Y").unwrap_or(object.at.1)),
            dx: deltas(&xml::attribute(element, "DeltaX").unwrap_or_default()),
            dy: deltas(&xml::attribute(element, "DeltaY").unwrap_or_default()),
            text: String::new(),
        }
    }
}

/// Places the characters of a TextCode; those that touch each other are one run.
fn place(code: &Code, object: &TextObject, runs: &mut Vec<Run>) {
    let [a, b, c, d, ..] = object.map.0;
    // Text turned by a map is a stamp or watermark, unless the page is set sideways.
    let across = (a * a + b * b).sqrt();
    let down = (c * c + d * d).sqrt();
    if b.abs() > 0.3 * across.max(f32::EPSILON) && a.abs() > 0.3 * across.max(f32::EPSILON) {
        return;
    }
    let size = object.size * if down > 0.0 { down } else { 1.0 };
    let (mut x, mut y) = code.start;
    let mut open: Option<Run> = None;
    let vertical = object.direction == 90 || object.direction == 270;
    let chars: Vec<char> = code.text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let (px, py) = object.map.apply(x, y);
        let (px, py) = (px + object.origin.0, py + object.origin.1);
        let step = if c.is_ascii() { 0.5 } else { 1.0 } * size * object.scale;
        let fits = open.as_ref().is_some_and(|run| {
            (run.y - py).abs() < 0.3 * size && px - run.x1 < 0.35 * size && px + 0.5 * size > run.x1
        });
        match open.as_mut().filter(|_| fits && !vertical) {
            Some(run) => {
                run.text.push(*c);
                run.x1 = px + step;
            }
            None => {
                runs.extend(open.take());
                open = Some(Run { text: c.to_string(), x0: px, x1: px + step, y: py, size });
            }
        }
        if at + 1 == chars.len() {
            break;
        }
        let next = |deltas: &[f32]| deltas.get(at).or(deltas.last()).copied();
        match (next(&code.dx), next(&code.dy)) {
            (None, None) => x += step / across.max(f32::EPSILON),
            (dx, dy) => {
                x += dx.unwrap_or(0.0);
                y += dy.unwrap_or(0.0);
            }
        }
    }
    runs.extend(open);
}

/// `0 0 210 297` → width and height.
pub(super) fn box_size(text: &str) -> Option<(f32, f32)> {
    let numbers = numbers(text);
    let (width, height) = (numbers.get(2)?, numbers.get(3)?);
    (*width > 0.0 && *height > 0.0).then_some((*width, *height))
}

fn numbers(text: &str) -> Vec<f32> {
    text.split_ascii_whitespace().map_while(|word| word.parse().ok()).filter(|n: &f32| n.is_finite()).collect()
}

/// `g 3 4.0 2.5` → 4, 4, 4, 2.5.
fn deltas(text: &str) -> Vec<f32> {
    const MOST: usize = 100_000;
    let mut out = Vec::new();
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        if word == "g" {
            let count = words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or(0).min(MOST);
            let value: f32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
            out.extend(std::iter::repeat_n(value, count.min(MOST.saturating_sub(out.len()))));
        } else if let Ok(value) = word.parse() {
            out.push(value);
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Fonts, deltas, page_runs};

    #[test]
    fn deltas_repeat() {
        assert_eq!(deltas("g 3 4.0 2.5"), [4.0, 4.0, 4.0, 2.5]);
        assert_eq!(deltas("g 999999999 1").len(), 100_000);
        assert_eq!(deltas("x y"), Vec::<f32>::new());
    }

    #[test]
    fn characters_stand_where_the_boundary_and_the_map_put_them() {
        let page = r#"<ofd:Page><ofd:Content><ofd:Layer><ofd:PageBlock><ofd:TextObject Boundary="10 20 100 10" Font="1" Size="4" CTM="1 0 0 1 0 0"><ofd:TextCode X="0" Y="4" DeltaX="g 1 4">你好</ofd:TextCode><ofd:TextCode X="40">远</ofd:TextCode></ofd:TextObject></ofd:PageBlock></ofd:Layer></ofd:Content></ofd:Page>"#;
        let runs = page_runs(page, &Fonts::default(), 50).runs;
        let found: Vec<_> = runs.iter().map(|run| (run.text.as_str(), run.x0, run.y)).collect();
        assert_eq!(found, [("你好", 10.0, 24.0), ("远", 50.0, 24.0)]);
    }
}

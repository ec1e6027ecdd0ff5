//! Page content (ISO 32000-1, 8 and 9.4): the operators that move and show text, everything else passed over.

use std::collections::HashMap;
use std::rc::Rc;

use super::file::File;
use super::font::{Font, Shared};
use super::object::{Dictionary, Lexer, Object, is_space};
use crate::layout::Run;

/// Operators of a page, forms included; pages that people read have some thousands.
const MOST_OPERATORS: u32 = 2_000_000;
const MOST_FORM_DEPTH: usize = 8;
const MOST_STATES: usize = 500;
/// Pictures of a page that are kept; scanners cut a page into strips at most.
const MOST_PICTURES: usize = 64;

/// An affine map: a b c d e f.
#[derive(Debug, Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const SAME: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn of(numbers: &[Object]) -> Option<Self> {
        let mut values = [0.0; 6];
        if numbers.len() < 6 {
            return None;
        }
        for (place, number) in values.iter_mut().zip(numbers) {
            *place = number.number()?;
        }
        Some(Self(values))
    }

    /// This map, then `next`.
    fn then(&self, next: &Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [g, h, i, j, k, l] = next.0;
        Self([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }

    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

#[derive(Clone)]
struct State {
    map: Matrix,
    font: Option<Shared>,
    size: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

/// What marked content says about the text in it.
enum Mark {
    Nothing,
    /// A header, footer or page number.
    Furniture,
    /// Text to be read instead, once.
    Instead(Option<String>),
}

/// The text that a page shows, apart by the direction it runs in: right, up, left, down.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) runs: [Vec<Run>; 4],
    pub(super) pictures: bool,
    /// Pictures with the places they take: the object, and what maps the unit square to the page.
    pub(super) placed: Vec<(u32, [f64; 6])>,
    /// Characters shown in fonts that do not say what they read as.
    pub(super) unreadable: usize,
    pub(super) readable: usize,
}

/// Fonts of the document, read once.
pub(super) type Fonts = HashMap<u32, Shared>;

/// Reads the content of a page.
pub(super) fn show(
    file: &File<'_>,
    resources: &Dictionary,
    content: &[u8],
    fonts: &mut Fonts,
    most_chars: usize,
) -> Shown {
    let mut interpreter = Interpreter {
        file,
        fonts,
        shown: Shown::default(),
        state: State {
            map: Matrix::SAME,
            font: None,
            size: 1.0,
            char_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        },
        states: Vec::new(),
        text: Matrix::SAME,
        line: Matrix::SAME,
        marks: Vec::new(),
        operators: 0,
        open_forms: Vec::new(),
        most_chars,
    };
    interpreter.run(resources, content, 0);
    interpreter.shown
}

struct Interpreter<'i, 'b> {
    file: &'i File<'b>,
    fonts: &'i mut Fonts,
    shown: Shown,
    state: State,
    states: Vec<State>,
    text: Matrix,
    line: Matrix,
    marks: Vec<Mark>,
    operators: u32,
    open_forms: Vec<u32>,
    most_chars: usize,
}

impl Interpreter<'_, '_> {
    fn run(&mut self, resources: &Dictionary, content: &[u8], depth: usize) {
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        let mut named: HashMap<Vec<u8>, Option<Shared>> = HashMap::new();
        let outer = self.states.len();
        while let Some(object) = lexer.object() {
            let Object::Word(word) = object else {
                operands.push(object);
                if operands.len() > 1000 {
                    operands.clear();
                }
                continue;
            };
            self.operators += 1;
            if self.operators > MOST_OPERATORS || self.shown.readable > self.most_chars {
                return;
            }
            match word.as_slice() {
                b"Tf" => {
                    if let [Object::Name(name), size, ..] = operands.as_slice() {
                        self.state.size = size.number().unwrap_or(1.0);
                        if !named.contains_key(name) {
                            let font = self.font(resources, name);
                            named.insert(name.clone(), font);
                        }
                        self.state.font = named.get(name).cloned().flatten();
                    }
                }
                b"Do" => {
                    if let Some(name) = operands.first().and_then(Object::name) {
                        self.form(resources, name, depth);
                    }
                }
                b"BI" => skip_inline_image(&mut lexer, &mut self.shown),
                b"Q" if self.states.len() <= outer => {}
                word => self.operator(word, &operands),
            }
            operands.clear();
        }
        // What a form saved and did not restore must not reach the page.
        if self.states.len() > outer {
            self.states.truncate(outer + 1);
            if let Some(state) = self.states.pop() {
                self.state = state;
            }
        }
    }

    fn operator(&mut self, word: &[u8], operands: &[Object]) {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"q" if self.states.len() < MOST_STATES => self.states.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.states.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(map) = Matrix::of(operands) {
                    self.state.map = map.then(&self.state.map);
                }
            }
            b"BT" => {
                self.text = Matrix::SAME;
                self.line = Matrix::SAME;
            }
            b"Tm" => {
                if let Some(map) = Matrix::of(operands) {
                    self.text = map;
                    self.line = map;
                }
            }
            b"Td" => self.next_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tc" => self.state.char_space = number(0),
            b"Tw" => self.state.word_space = number(0),
            b"Tz" => self.state.scale = number(0) / 100.0,
            b"TL" => self.state.leading = number(0),
            b"Ts" => self.state.rise = number(0),
            b"Tj" => self.text_of(operands.first()),
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.text_of(operands.first());
            }
            b"\"" => {
                self.state.word_space = number(0);
                self.state.char_space = number(1);
                self.next_line(0.0, -self.state.leading);
                self.text_of(operands.get(2));
            }
            b"TJ" => {
                for item in operands.first().and_then(Object::array).unwrap_or_default() {
                    match item {
                        Object::Number(back) => {
                            let x = -back / 1000.0 * self.state.size * self.state.scale;
                            self.text = Matrix([1.0, 0.0, 0.0, 1.0, x, 0.0]).then(&self.text);
                        }
                        item => self.text_of(Some(item)),
                    }
                }
            }
            b"BMC" => self.marks.push(Mark::Nothing),
            b"BDC" => {
                let mark = mark(operands);
                if self.marks.len() < MOST_STATES {
                    self.marks.push(mark);
                }
            }
            b"EMC" => {
                self.marks.pop();
            }
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(&self.line);
        self.text = self.line;
    }

    fn text_of(&mut self, object: Option<&Object>) {
        let (Some(Object::Text(bytes)), Some(font)) = (object, self.state.font.clone()) else { return };
        let map = self.text.then(&self.state.map);
        let [a, b, c, d, ..] = map.0;
        let along = a.hypot(b);
        let size = self.state.size.abs() * c.hypot(d);
        let direction = direction(a * self.state.size.signum(), b * self.state.size.signum());
        let furniture = self.marks.iter().any(|mark| matches!(mark, Mark::Furniture));
        let mut instead = self.marks.iter_mut().rev().find_map(|mark| match mark {
            Mark::Instead(text) => Some(text.take().unwrap_or_default()),
            _ => None,
        });
        let replaced = instead.is_some();
        let mut x = 0.0;
        let mut count = 0;
        let mut unreadable = 0;
        let state = &self.state;
        let runs = direction.and_then(|direction| self.shown.runs.get_mut(direction));
        let mut line = runs.map(|runs| Open { runs, map, size, direction: direction.unwrap_or(0), along });
        font.each(bytes, |text, width, is_space| {
            let own = f64::from(width) / 1000.0 * state.size;
            let spacing = state.char_space + if is_space { state.word_space } else { 0.0 };
            let text = match &mut instead {
                Some(instead) => std::mem::take(instead),
                None => text.to_owned(),
            };
            if !text.is_empty() && text != " " {
                count += 1;
            } else if text.is_empty() && !replaced {
                unreadable += 1;
            }
            if let Some(line) = line.as_mut().filter(|_| !furniture && !text.is_empty()) {
                line.put(&text, x, x + own * state.scale, state.rise);
            }
            x += (own + spacing) * state.scale;
        });
        self.shown.readable += count;
        if !font.is_readable() {
            self.shown.unreadable += unreadable;
        }
        self.text = Matrix([1.0, 0.0, 0.0, 1.0, x, 0.0]).then(&self.text);
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Option<Shared> {
        let fonts = self.file.dictionary(resources, "Font")?;
        let entry = fonts.get(&String::from_utf8_lossy(name))?.clone();
        if let Object::Reference(number) = entry {
            if let Some(known) = self.fonts.get(&number) {
                return Some(Rc::clone(known));
            }
            let Object::Dictionary(dictionary) = self.file.get(number) else { return None };
            let font = Rc::new(Font::read(self.file, &dictionary));
            self.fonts.insert(number, Rc::clone(&font));
            return Some(font);
        }
        entry.dictionary().map(|dictionary| Rc::new(Font::read(self.file, dictionary)))
    }

    /// Shows a form; notes a picture.
    fn form(&mut self, resources: &Dictionary, name: &[u8], depth: usize) {
        let Some(objects) = self.file.dictionary(resources, "XObject") else { return };
        let Some(Object::Reference(number)) = objects.get(&String::from_utf8_lossy(name)) else { return };
        let Some(stream) = self.file.stream(*number) else { return };
        if self.file.value(&stream.dictionary, "Subtype").name() != Some(b"Form") {
            self.shown.pictures = true;
            if self.shown.placed.len() < MOST_PICTURES {
                self.shown.placed.push((*number, self.state.map.0));
            }
            return;
        }
        // A form that shows itself is a loop.
        if depth >= MOST_FORM_DEPTH || self.open_forms.contains(number) {
            return;
        }
        let Some(content) = self.file.decode(&stream) else { return };
        let saved = self.state.clone();
        let (text, line) = (self.text, self.line);
        if let Some(map) = self.file.value(&stream.dictionary, "Matrix").array().and_then(Matrix::of) {
            self.state.map = map.then(&self.state.map);
        }
        let own = self.file.dictionary(&stream.dictionary, "Resources");
        self.open_forms.push(*number);
        self.run(own.as_ref().unwrap_or(resources), &content, depth + 1);
        self.open_forms.pop();
        self.state = saved;
        (self.text, self.line) = (text, line);
    }
}

/// The runs of one direction, while a string is being placed.
struct Open<'r> {
    runs: &'r mut Vec<Run>,
    map: Matrix,
    size: f64,
    direction: usize,
    along: f64,
}

impl Open<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "coordinates of a page")]
    fn put(&mut self, text: &str, from: f64, to: f64, rise: f64) {
        let (x, y) = self.map.apply(from, rise);
        // Coordinates along the direction of the text, and across it downwards.
        let (u, v) = match self.direction {
            0 => (x, -y),
            1 => (y, x),
            2 => (-x, y),
            _ => (-y, -x),
        };
        let (u, v, size) = (u as f32, v as f32, self.size as f32);
        let end = u + ((to - from) * self.along) as f32;
        if let Some(run) = self.runs.last_mut() {
            let near = (run.y - v).abs() < 0.05 * size && (u - run.x1).abs() < 0.15 * size;
            if near && (run.size - size).abs() < 0.1 {
                run.text.push_str(text);
                run.x1 = end;
                return;
            }
        }
        self.runs.push(Run { text: text.to_owned(), x0: u, x1: end, y: v, size });
    }
}

/// Right, up, left or down; `None` for slanting text, which is a watermark.
fn direction(a: f64, b: f64) -> Option<usize> {
    let (x, y) = (a.abs(), b.abs());
    if y < 0.1 * x {
        Some(if a >= 0.0 { 0 } else { 2 })
    } else if x < 0.1 * y {
        Some(if b > 0.0 { 1 } else { 3 })
    } else {
        None
    }
}

fn mark(operands: &[Object]) -> Mark {
    let Some(properties) = operands.get(1).and_then(Object::dictionary) else { return Mark::Nothing };
    if operands.first().and_then(Object::name) == Some(b"Artifact") {
        let pagination = properties.get("Type").and_then(Object::name) == Some(b"Pagination");
        return if pagination { Mark::Furniture } else { Mark::Nothing };
    }
    match properties.get("ActualText") {
        Some(Object::Text(text)) => match text.strip_prefix(&[0xFE, 0xFF]) {
            Some(wide) => Mark::Instead(Some(super::cmap::unicode(wide))),
            None => Mark::Nothing,
        },
        _ => Mark::Nothing,
    }
}

/// Passes over `BI … ID … EI`.
fn skip_inline_image(lexer: &mut Lexer<'_>, shown: &mut Shown) {
    shown.pictures = true;
    let rest = lexer.bytes.get(lexer.at..).unwrap_or_default();
    let data = memchr::memmem::find(rest, b"ID").map_or(rest.len(), |at| at + 2);
    let after = rest.get(data..).unwrap_or_default();
    let end = memchr::memmem::find_iter(after, b"EI").find(|at| {
        let before = at.checked_sub(1).and_then(|i| after.get(i)).is_none_or(|b| is_space(*b));
        before && after.get(at + 2).is_none_or(|b| is_space(*b))
    });
    lexer.at += data + end.map_or(after.len(), |at| at + 2);
}

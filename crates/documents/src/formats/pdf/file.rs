//! The file: where its objects are, found by looking for them and not by its cross-reference table, which is the
//! first thing to be wrong in a damaged or hostile file.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::object::{Dictionary, Lexer, Object, is_space};
use crate::limits::Limits;

/// References followed from one to the next.
const MOST_HOPS: usize = 20;
/// Objects of a file; a thousand pages have some ten thousand.
const MOST_OBJECTS: usize = 2_000_000;

#[derive(Debug, Clone, Copy)]
enum Place {
    /// The object begins at this byte.
    At(usize),
    /// The object is in an object stream: the stream's number, and the byte in its content.
    Inside(u32, usize),
}

/// A file with its objects found.
pub(super) struct File<'b> {
    bytes: &'b [u8],
    places: HashMap<u32, (usize, Place)>,
    /// Contents of object streams.
    inside: HashMap<u32, Rc<Vec<u8>>>,
    /// Bytes that may still be decompressed.
    budget: std::cell::Cell<u64>,
    pub(super) encrypted: bool,
    /// Whether some stream gave more than allowed.
    pub(super) bomb: std::cell::Cell<bool>,
}

/// A stream: its dictionary, and its bytes as they lie in the file.
pub(super) struct Stream<'b> {
    pub(super) dictionary: Dictionary,
    pub(super) raw: &'b [u8],
}

impl<'b> File<'b> {
    /// Finds the objects of a file.
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Self {
        let mut file = Self {
            bytes,
            places: HashMap::new(),
            inside: HashMap::new(),
            budget: std::cell::Cell::new(limits.unpacked_bytes),
            encrypted: false,
            bomb: std::cell::Cell::new(false),
        };
        file.find_objects();
        file.find_object_streams();
        file.encrypted =
            file.trailers().iter().any(|trailer| trailer.get("Encrypt").is_some_and(|e| *e != Object::Null));
        file
    }

    fn find_objects(&mut self) {
        for at in memchr::memmem::find_iter(self.bytes, b"obj") {
            let Some((number, start)) = object_head(self.bytes, at) else { continue };
            if self.places.len() >= MOST_OBJECTS && !self.places.contains_key(&number) {
                continue;
            }
            // Of two objects with one number the later one holds: that is how files are changed.
            self.places.insert(number, (start, Place::At(at + 3)));
        }
    }

    fn find_object_streams(&mut self) {
        let mut starts: Vec<(usize, u32)> = self
            .places
            .iter()
            .filter_map(|(number, (start, place))| matches!(place, Place::At(_)).then_some((*start, *number)))
            .collect();
        starts.sort_unstable();
        let mut seen = HashSet::new();
        for at in memchr::memmem::find_iter(self.bytes, b"/ObjStm") {
            let index = starts.partition_point(|(start, _)| *start <= at);
            let Some((start, number)) = index.checked_sub(1).and_then(|i| starts.get(i)).copied() else { continue };
            if !seen.insert(number) {
                continue;
            }
            let Some(stream) = self.stream(number) else { continue };
            let Some(content) = self.decode(&stream) else { continue };
            let count = stream.dictionary.get("N").and_then(Object::integer).unwrap_or(0).clamp(0, 1 << 20);
            let first = stream.dictionary.get("First").and_then(Object::integer).unwrap_or(0).max(0);
            let mut lexer = Lexer::new(&content, 0);
            let mut found = Vec::new();
            for _ in 0..count {
                let (Some(inner), Some(offset)) = (next_integer(&mut lexer), next_integer(&mut lexer)) else { break };
                found.push((inner, usize::try_from(first + offset).unwrap_or(usize::MAX)));
            }
            for (inner, offset) in found {
                let Ok(inner) = u32::try_from(inner) else { continue };
                if self.places.get(&inner).is_none_or(|(known, _)| *known <= start) {
                    self.places.insert(inner, (start, Place::Inside(number, offset)));
                }
            }
            self.inside.insert(number, Rc::new(content));
        }
    }

    /// The object of a number.
    pub(super) fn get(&self, number: u32) -> Object {
        match self.places.get(&number) {
            Some((_, Place::At(at))) => Lexer::new(self.bytes, *at).object_with_references().unwrap_or(Object::Null),
            Some((_, Place::Inside(stream, at))) => self
                .inside
                .get(stream)
                .and_then(|content| Lexer::new(content, *at).object_with_references())
                .unwrap_or(Object::Null),
            None => Object::Null,
        }
    }

    /// The object itself, references followed.
    pub(super) fn resolve(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..MOST_HOPS {
            match object {
                Object::Reference(number) => object = self.get(number),
                object => return object,
            }
        }
        Object::Null
    }

    /// The value of a key, references followed.
    pub(super) fn value(&self, dictionary: &Dictionary, key: &str) -> Object {
        dictionary.get(key).map_or(Object::Null, |object| self.resolve(object))
    }

    /// The dictionary under a key.
    pub(super) fn dictionary(&self, dictionary: &Dictionary, key: &str) -> Option<Dictionary> {
        match self.value(dictionary, key) {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// The stream of a number.
    pub(super) fn stream(&self, number: u32) -> Option<Stream<'b>> {
        let Some((_, Place::At(at))) = self.places.get(&number) else { return None };
        let mut lexer = Lexer::new(self.bytes, *at);
        let Object::Dictionary(dictionary) = lexer.object()? else { return None };
        lexer.skip_space();
        let rest = self.bytes.get(lexer.at..)?.strip_prefix(b"stream")?;
        let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        let stated = match dictionary.get("Length") {
            Some(Object::Reference(length)) if *length != number => self.get(*length).integer(),
            Some(length) => length.integer(),
            None => None,
        };
        let stated = stated.and_then(|length| usize::try_from(length).ok()).filter(|length| {
            rest.get(*length..).is_some_and(|tail| {
                let spaces = tail.iter().take(3).take_while(|b| is_space(**b)).count();
                tail.get(spaces..).is_some_and(|tail| tail.starts_with(b"endstream"))
            })
        });
        let length = stated.or_else(|| memchr::memmem::find(rest, b"endstream")).unwrap_or(rest.len());
        Some(Stream { dictionary, raw: rest.get(..length)? })
    }

    /// A stream's content, decompressed; what could be read of a damaged one. `None` for filters not read here.
    pub(super) fn decode(&self, stream: &Stream<'_>) -> Option<Vec<u8>> {
        let filters: Vec<Vec<u8>> = match self.value(&stream.dictionary, "Filter") {
            Object::Name(name) => vec![name],
            Object::Array(items) => {
                items.iter().filter_map(|item| self.resolve(item).name().map(<[u8]>::to_vec)).collect()
            }
            _ => Vec::new(),
        };
        let mut content = std::borrow::Cow::Borrowed(stream.raw);
        for filter in filters.iter().take(4) {
            content = std::borrow::Cow::Owned(match filter.as_slice() {
                b"FlateDecode" | b"Fl" => self.inflate(&content),
                b"ASCIIHexDecode" | b"AHx" => super::filters::ascii_hex(&content),
                b"ASCII85Decode" | b"A85" => super::filters::ascii_85(&content),
                b"LZWDecode" | b"LZW" => super::filters::lzw(&content, self.budget.get()),
                b"RunLengthDecode" | b"RL" => super::filters::run_length(&content),
                _ => return None,
            });
        }
        let parameters = match self.value(&stream.dictionary, "DecodeParms") {
            Object::Array(items) => items.first().map_or(Object::Null, |first| self.resolve(first)),
            object => object,
        };
        let parameter = |key| parameters.dictionary().and_then(|p| p.get(key)).and_then(Object::integer).unwrap_or(1);
        let content = content.into_owned();
        Some(if parameter("Predictor") >= 10 {
            super::filters::png_rows(
                &content,
                parameter("Colors"),
                parameter("BitsPerComponent").max(8),
                parameter("Columns"),
            )
        } else {
            content
        })
    }

    fn inflate(&self, raw: &[u8]) -> Vec<u8> {
        use std::io::Read as _;
        let allowed = self.budget.get();
        let mut out = Vec::with_capacity(raw.len().saturating_mul(3).min(1 << 22));
        // A damaged stream gives what stands before the damage.
        let _ = flate2::read::ZlibDecoder::new(raw).take(allowed.saturating_add(1)).read_to_end(&mut out);
        if out.len() as u64 > allowed {
            self.bomb.set(true);
            out.clear();
        }
        self.budget.set(allowed - out.len() as u64);
        out
    }

    /// Trailer dictionaries and those of cross-reference streams, the last first.
    fn trailers(&self) -> Vec<Dictionary> {
        let mut found = Vec::new();
        for at in memchr::memmem::rfind_iter(self.bytes, b"/Root").take(20) {
            // The dictionary begins at the nearest `<<` from which it reaches past the key.
            let from = at.saturating_sub(4096);
            let head = self.bytes.get(from..at).unwrap_or_default();
            for open in memchr::memmem::rfind_iter(head, b"<<").take(6) {
                let mut lexer = Lexer::new(self.bytes, from + open);
                if let Some(Object::Dictionary(dictionary)) = lexer.object()
                    && dictionary.get("Root").is_some()
                {
                    found.push(dictionary);
                    break;
                }
            }
        }
        found
    }

    /// The catalogue's page tree root, and the information dictionary.
    pub(super) fn roots(&self) -> (Option<Dictionary>, Option<Dictionary>) {
        let trailers = self.trailers();
        let information = trailers.iter().find_map(|trailer| self.dictionary(trailer, "Info"));
        let named = trailers.iter().filter_map(|trailer| self.dictionary(trailer, "Root"));
        let tree = named.filter_map(|catalogue| self.dictionary(&catalogue, "Pages")).next();
        let tree = tree.or_else(|| {
            let mut numbers: Vec<u32> = self.places.keys().copied().collect();
            numbers.sort_unstable();
            numbers.into_iter().take(200_000).find_map(|number| {
                let object = self.get(number);
                let catalogue =
                    object.dictionary().filter(|d| d.get("Type").and_then(Object::name) == Some(b"Catalog"))?;
                self.dictionary(catalogue, "Pages")
            })
        });
        (tree, information)
    }
}

/// `12 0 obj` that ends at `obj`: the number, and where it starts.
fn object_head(bytes: &[u8], obj: usize) -> Option<(u32, usize)> {
    let head = bytes.get(obj.saturating_sub(24)..obj)?;
    let trimmed = head.trim_ascii_end();
    let generation = trimmed.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let before = trimmed.get(..trimmed.len() - generation)?;
    let number_part = before.trim_ascii_end();
    if generation == 0 || number_part.len() == before.len() {
        return None;
    }
    let digits = number_part.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let number = std::str::from_utf8(number_part.get(number_part.len() - digits..)?).ok()?.parse().ok()?;
    Some((number, obj))
}

fn next_integer(lexer: &mut Lexer<'_>) -> Option<i64> {
    lexer.object()?.integer()
}

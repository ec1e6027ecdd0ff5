//! The file: where its objects are, found by looking for them and not by its cross-reference table, which is the
//! first thing to be wrong in a damaged or hostile file.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::crypt::Crypt;
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
    crypt: Option<Crypt>,
    /// Whether a password is needed.
    pub(super) locked: bool,
    /// Whether some stream gave more than allowed.
    pub(super) bomb: std::cell::Cell<bool>,
}

/// A stream: its dictionary, and its bytes as they lie in the file.
pub(super) struct Stream<'b> {
    pub(super) dictionary: Dictionary,
    raw: Cow<'b, [u8]>,
}

impl<'b> File<'b> {
    /// Finds the objects of a file.
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Self {
        let mut file = Self {
            bytes,
            places: HashMap::new(),
            inside: HashMap::new(),
            budget: std::cell::Cell::new(limits.unpacked_bytes),
            crypt: None,
            locked: false,
            bomb: std::cell::Cell::new(false),
        };
        file.find_objects();
        file.unlock();
        file.find_object_streams();
        file
    }

    /// Opens an encrypted file with the empty password, with which readers open it too.
    fn unlock(&mut self) {
        let trailers = self.trailers();
        let Some(encrypt) =
            trailers.iter().find_map(|trailer| trailer.get("Encrypt").filter(|encrypt| **encrypt != Object::Null))
        else {
            return;
        };
        let id = trailers.iter().find_map(|trailer| match self.value(trailer, "ID").array()?.first()? {
            Object::Text(id) => Some(id.clone()),
            _ => None,
        });
        self.crypt = match self.resolve(encrypt) {
            Object::Dictionary(dictionary) => {
                let whole = dictionary.0.into_iter().map(|(key, value)| (key, self.resolve(&value))).collect();
                Crypt::open(&Dictionary(whole), &id.unwrap_or_default())
            }
            _ => None,
        };
        self.locked = self.crypt.is_none();
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
            Some((_, Place::At(at))) => {
                let mut object = Lexer::new(self.bytes, *at).object_with_references().unwrap_or(Object::Null);
                if let Some(crypt) = &self.crypt {
                    crypt.object(&mut object, number, generation(self.bytes, at - 3));
                }
                object
            }
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
        let raw = rest.get(..length)?;
        // Cross-reference streams are never encrypted (7.5.8.2).
        let plain = dictionary.get("Type").and_then(Object::name) == Some(b"XRef");
        let raw = match self.crypt.as_ref().filter(|_| !plain) {
            Some(crypt) => Cow::Owned(crypt.stream(raw, number, generation(self.bytes, at - 3))),
            None => Cow::Borrowed(raw),
        };
        Some(Stream { dictionary, raw })
    }

    /// A stream's content, decompressed; what could be read of a damaged one. `None` for filters not read here.
    pub(super) fn decode(&self, stream: &Stream<'_>) -> Option<Vec<u8>> {
        self.decode_to_picture(stream).filter(|(_, picture)| picture.is_none()).map(|(content, _)| content)
    }

    /// As [`Self::decode`], up to a filter that makes pictures: the content, and the filter that is left.
    pub(super) fn decode_to_picture(&self, stream: &Stream<'_>) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let entry = |long: &str, short: &str| match self.value(&stream.dictionary, long) {
            Object::Null => self.value(&stream.dictionary, short),
            value => value,
        };
        let filters: Vec<Vec<u8>> = match entry("Filter", "F") {
            Object::Name(name) => vec![name],
            Object::Array(items) => {
                items.iter().filter_map(|item| self.resolve(item).name().map(<[u8]>::to_vec)).collect()
            }
            _ => Vec::new(),
        };
        let parameters: Vec<Object> = match entry("DecodeParms", "DP") {
            Object::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            object => vec![object],
        };
        let mut content = Cow::Borrowed(&*stream.raw);
        for (at, filter) in filters.iter().take(4).enumerate() {
            let decoded = match filter.as_slice() {
                b"FlateDecode" | b"Fl" => self.inflate(&content),
                b"ASCIIHexDecode" | b"AHx" => super::filters::ascii_hex(&content),
                b"ASCII85Decode" | b"A85" => super::filters::ascii_85(&content),
                b"LZWDecode" | b"LZW" => super::filters::lzw(&content, self.budget.get()),
                b"RunLengthDecode" | b"RL" => super::filters::run_length(&content),
                b"Crypt" => continue,
                b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => {
                    return Some((content.into_owned(), Some(filter.clone())));
                }
                _ => return None,
            };
            let parameter = |key, usual| {
                parameters.get(at).and_then(Object::dictionary).and_then(|p| p.get(key)?.integer()).unwrap_or(usual)
            };
            content = Cow::Owned(if parameter("Predictor", 1) >= 10 {
                super::filters::png_rows(
                    &decoded,
                    parameter("Colors", 1),
                    parameter("BitsPerComponent", 8),
                    parameter("Columns", 1),
                )
            } else {
                decoded
            });
        }
        Some((content.into_owned(), None))
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

/// The generation in `12 0 obj`, where `obj` begins at the place given.
fn generation(bytes: &[u8], obj: usize) -> u32 {
    let head = bytes.get(obj.saturating_sub(8)..obj).unwrap_or_default().trim_ascii_end();
    let digits = head.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let digits = head.get(head.len() - digits..).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn next_integer(lexer: &mut Lexer<'_>) -> Option<i64> {
    lexer.object()?.integer()
}

//! Fonts: how many bytes a character takes, what it reads as, and how wide it is.

use std::rc::Rc;

use encoding_rs::Encoding;
use unicode_normalization::UnicodeNormalization as _;

use super::cmap::CMap;
use super::file::File;
use super::object::{Dictionary, Object};

/// How a string is cut into codes.
#[derive(Debug)]
enum Codes {
    Single,
    Double,
    /// As a legacy encoding has it: one byte below 0x80, else two.
    Legacy(&'static Encoding),
    Utf16,
    /// As the map's code space ranges say.
    Spaces(CMap),
}

/// A font as far as its text goes.
#[derive(Debug)]
pub(super) struct Font {
    codes: Codes,
    to_unicode: Option<CMap>,
    /// What the codes of a simple font read as.
    table: Vec<Option<char>>,
    /// Whether codes are glyph numbers of Adobe-GB1.
    gb1: bool,
    /// Widths by code or glyph number, in thousandths.
    widths: Vec<f32>,
    default_width: f32,
}

impl Font {
    /// Reads a font dictionary.
    pub(super) fn read(file: &File<'_>, dictionary: &Dictionary) -> Self {
        let to_unicode = stream_map(file, dictionary.get("ToUnicode")).filter(CMap::has_text);
        let subtype = file.value(dictionary, "Subtype");
        if subtype.name() == Some(b"Type0") {
            return Self::composite(file, dictionary, to_unicode);
        }
        let mut font = Self {
            codes: Codes::Single,
            to_unicode,
            table: simple_table(file, dictionary),
            gb1: false,
            widths: Vec::new(),
            default_width: 500.0,
        };
        // Type 3 fonts measure in a space of their own.
        let unit = match file.value(dictionary, "FontMatrix").array().and_then(|m| m.first()).and_then(Object::number) {
            Some(scale) if scale > 0.0 => scale * 1000.0,
            _ => 1.0,
        };
        let first = file.value(dictionary, "FirstChar").integer().unwrap_or(0).clamp(0, 255);
        if let Object::Array(widths) = file.value(dictionary, "Widths") {
            font.widths = vec![-1.0; usize::try_from(first).unwrap_or(0)];
            font.widths.extend(
                widths.iter().take(256).map(|width| narrow(file.resolve(width).number().unwrap_or(0.0) * unit)),
            );
        }
        font
    }

    fn composite(file: &File<'_>, dictionary: &Dictionary, to_unicode: Option<CMap>) -> Self {
        let descendant = match file.value(dictionary, "DescendantFonts") {
            Object::Array(items) => items.first().map_or(Object::Null, |first| file.resolve(first)),
            object => object,
        };
        let empty = Dictionary::default();
        let descendant = descendant.dictionary().unwrap_or(&empty).clone();
        let ordering = file
            .dictionary(&descendant, "CIDSystemInfo")
            .map(|system| file.value(&system, "Ordering"))
            .and_then(|ordering| match ordering {
                Object::Text(text) | Object::Name(text) => Some(text),
                _ => None,
            });
        let encoding = file.value(dictionary, "Encoding");
        let codes = match encoding.name() {
            Some(name) => codes_of_name(name),
            None => stream_map(file, dictionary.get("Encoding")).map_or(Codes::Double, Codes::Spaces),
        };
        let identity = matches!(codes, Codes::Double);
        Self {
            codes,
            to_unicode,
            table: Vec::new(),
            gb1: identity && ordering.as_deref() == Some(b"GB1"),
            widths: glyph_widths(file, &descendant),
            default_width: narrow(file.value(&descendant, "DW").number().unwrap_or(1000.0)),
        }
    }

    /// Cuts a string into characters: for each, its text, its width in thousandths, and whether it is the
    /// one-byte space that word spacing widens.
    pub(super) fn each(&self, bytes: &[u8], mut take: impl FnMut(&str, f32, bool)) {
        let mut rest = bytes;
        let mut text = String::new();
        while !rest.is_empty() {
            let (code, length) = self.next_code(rest);
            let (piece, tail) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            rest = tail;
            text.clear();
            self.read_code(code, piece, &mut text);
            take(&text, self.width(code, piece), length == 1 && code == 32);
        }
    }

    fn next_code(&self, rest: &[u8]) -> (u32, usize) {
        let value = |length: usize| rest.iter().take(length).fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        let length = match &self.codes {
            Codes::Single => 1,
            Codes::Double => 2,
            Codes::Utf16 => match rest.first() {
                Some(0xD8..=0xDB) => 4,
                _ => 2,
            },
            Codes::Legacy(_) => match (rest.first(), rest.get(1)) {
                (Some(0..=0x80), _) => 1,
                // Four bytes of GB18030.
                (_, Some(b'0'..=b'9')) => 4,
                _ => 2,
            },
            Codes::Spaces(map) => (1..=4)
                .find(|length| {
                    rest.len() >= *length
                        && map
                            .spaces
                            .iter()
                            .any(|(low, high, of)| of == length && (*low..=*high).contains(&value(*length)))
                })
                .unwrap_or_else(|| map.spaces.iter().map(|(_, _, length)| *length).min().unwrap_or(2)),
        };
        (value(length), length.min(rest.len()))
    }

    fn read_code(&self, code: u32, bytes: &[u8], out: &mut String) {
        if let Some(map) = &self.to_unicode
            && map.write(code, out)
        {
            normalise(out);
            return;
        }
        match &self.codes {
            Codes::Single => out.extend(self.table.get(code as usize).copied().flatten()),
            Codes::Legacy(encoding) => {
                let (text, broken) = encoding.decode_without_bom_handling(bytes);
                if !broken {
                    out.push_str(&text);
                }
            }
            Codes::Utf16 => out.push_str(&super::cmap::unicode(bytes)),
            Codes::Double if self.gb1 => out.extend(gb1_char(code)),
            Codes::Double | Codes::Spaces(_) => {}
        }
    }

    fn width(&self, code: u32, bytes: &[u8]) -> f32 {
        let glyph = match &self.codes {
            Codes::Single | Codes::Double => code,
            Codes::Spaces(map) => map.glyph(code).unwrap_or(code),
            Codes::Legacy(_) => return if bytes.len() == 1 { 500.0 } else { 1000.0 },
            Codes::Utf16 => return if code < 0x80 { 500.0 } else { 1000.0 },
        };
        self.widths.get(glyph as usize).copied().filter(|width| *width >= 0.0).unwrap_or(self.default_width)
    }

    /// Whether anything but widths is known of the font's characters.
    pub(super) fn is_readable(&self) -> bool {
        self.to_unicode.is_some() || self.gb1 || !matches!(self.codes, Codes::Double | Codes::Spaces(_))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "coordinates of a page")]
fn narrow(number: f64) -> f32 {
    number as f32
}

/// Predefined character maps by name (ISO 32000-1, table 118): the code is the character in some encoding.
fn codes_of_name(name: &[u8]) -> Codes {
    let name = String::from_utf8_lossy(name);
    let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if is(&["GBK", "GB-", "GBpc", "GBT"]) {
        Codes::Legacy(encoding_rs::GB18030)
    } else if is(&["ETen", "B5pc", "HKscs", "ETHK"]) {
        Codes::Legacy(encoding_rs::BIG5)
    } else if is(&["90ms", "90pv", "83pv", "RKSJ", "Add-RKSJ", "Ext-RKSJ"]) {
        Codes::Legacy(encoding_rs::SHIFT_JIS)
    } else if is(&["KSC"]) {
        Codes::Legacy(encoding_rs::EUC_KR)
    } else if is(&["UniGB-U", "UniCNS-U", "UniJIS-U", "UniKS-U", "UniJIS2004-U"]) {
        Codes::Utf16
    } else {
        Codes::Double
    }
}

fn stream_map(file: &File<'_>, object: Option<&Object>) -> Option<CMap> {
    let Some(Object::Reference(number)) = object else { return None };
    Some(CMap::parse(&file.decode(&file.stream(*number)?)?))
}

/// `W`: `c [w1 w2 …]` and `c1 c2 w` in turn.
fn glyph_widths(file: &File<'_>, descendant: &Dictionary) -> Vec<f32> {
    const MOST: usize = 1 << 16;
    let Object::Array(items) = file.value(descendant, "W") else { return Vec::new() };
    let mut widths: Vec<f32> = Vec::new();
    let mut put = |at: usize, width: f32| {
        if at < MOST {
            if widths.len() <= at {
                widths.resize(at + 1, -1.0);
            }
            if let Some(place) = widths.get_mut(at) {
                *place = width;
            }
        }
    };
    let mut rest = items.as_slice();
    let index = |object: &Object| object.integer().and_then(|i| usize::try_from(i).ok()).unwrap_or(usize::MAX);
    while let [first, second, tail @ ..] = rest {
        match file.resolve(second) {
            Object::Array(list) => {
                for (offset, width) in list.iter().enumerate() {
                    put(index(first).saturating_add(offset), narrow(file.resolve(width).number().unwrap_or(0.0)));
                }
                rest = tail;
            }
            second => {
                let Some((width, tail)) = tail.split_first() else { break };
                let width = narrow(file.resolve(width).number().unwrap_or(0.0));
                for glyph in index(first)..=index(&second).min(MOST) {
                    put(glyph, width);
                }
                rest = tail;
            }
        }
    }
    widths
}

/// What the codes of a simple font read as: its base encoding with its differences.
fn simple_table(file: &File<'_>, dictionary: &Dictionary) -> Vec<Option<char>> {
    let encoding = file.value(dictionary, "Encoding");
    let base_name = match &encoding {
        Object::Name(name) => Some(name.clone()),
        Object::Dictionary(encoding) => file.value(encoding, "BaseEncoding").name().map(<[u8]>::to_vec),
        _ => None,
    };
    let base = match base_name.as_deref() {
        Some(b"MacRomanEncoding") => encoding_rs::MACINTOSH,
        _ => encoding_rs::WINDOWS_1252,
    };
    let mut table: Vec<Option<char>> = (0..=255u8)
        .map(|byte| {
            let (text, _) = base.decode_without_bom_handling(std::slice::from_ref(&byte));
            text.chars().next().filter(|c| !c.is_control())
        })
        .collect();
    if let Object::Dictionary(encoding) = &encoding
        && let Object::Array(differences) = file.value(encoding, "Differences")
    {
        let mut code = 0usize;
        for item in &differences {
            match file.resolve(item) {
                Object::Number(number) => {
                    code = usize::try_from(Object::Number(number).integer().unwrap_or(0)).unwrap_or(0)
                }
                Object::Name(name) => {
                    if let Some(place) = table.get_mut(code) {
                        *place = glyph_name(&String::from_utf8_lossy(&name));
                    }
                    code += 1;
                }
                _ => {}
            }
        }
    }
    table
}

/// The character of a glyph name (Adobe Glyph List): the names that texts need, and `uniXXXX`.
fn glyph_name(name: &str) -> Option<char> {
    let stem = name.split('.').next().unwrap_or(name);
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    if let Some(digits) = stem.strip_prefix("uni").filter(|digits| digits.len() == 4) {
        return hex(digits);
    }
    if let Some(digits) = stem.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len())) {
        return hex(digits);
    }
    let mut chars = stem.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return Some(only);
    }
    const NAMES: [(&str, char); 62] = [
        ("space", ' '),
        ("exclam", '!'),
        ("quotedbl", '"'),
        ("numbersign", '#'),
        ("dollar", '$'),
        ("percent", '%'),
        ("ampersand", '&'),
        ("quotesingle", '\''),
        ("parenleft", '('),
        ("parenright", ')'),
        ("asterisk", '*'),
        ("plus", '+'),
        ("comma", ','),
        ("hyphen", '-'),
        ("period", '.'),
        ("slash", '/'),
        ("zero", '0'),
        ("one", '1'),
        ("two", '2'),
        ("three", '3'),
        ("four", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("colon", ':'),
        ("semicolon", ';'),
        ("less", '<'),
        ("equal", '='),
        ("greater", '>'),
        ("question", '?'),
        ("at", '@'),
        ("bracketleft", '['),
        ("backslash", '\\'),
        ("bracketright", ']'),
        ("asciicircum", '^'),
        ("underscore", '_'),
        ("grave", '`'),
        ("braceleft", '{'),
        ("bar", '|'),
        ("braceright", '}'),
        ("asciitilde", '~'),
        ("quoteleft", '‘'),
        ("quoteright", '’'),
        ("quotedblleft", '“'),
        ("quotedblright", '”'),
        ("endash", '–'),
        ("emdash", '—'),
        ("bullet", '•'),
        ("ellipsis", '…'),
        ("fi", 'ﬁ'),
        ("fl", 'ﬂ'),
        ("degree", '°'),
        ("multiply", '×'),
        ("section", '§'),
        ("periodcentered", '·'),
        ("copyright", '©'),
        ("registered", '®'),
        ("yen", '¥'),
        ("nbspace", ' '),
        ("minus", '−'),
    ];
    NAMES.iter().find(|(known, _)| *known == stem).map(|(_, c)| *c)
}

/// The character of a glyph number of Adobe-GB1, for ASCII and the Chinese characters of GB 2312 (Adobe
/// Technical Note 5079): rows of 94 from glyph 943, the last of level 1 five short.
fn gb1_char(glyph: u32) -> Option<char> {
    if (1..=95).contains(&glyph) {
        return char::from_u32(glyph + 31);
    }
    let (row, cell) = match glyph {
        96..=189 => (0xA1, glyph - 96),
        262..=355 => (0xA3, glyph - 262),
        943..=4697 => (0xB0 + (glyph - 943) / 94, (glyph - 943) % 94),
        4698..=7705 => (0xD8 + (glyph - 4698) / 94, (glyph - 4698) % 94),
        _ => return None,
    };
    let bytes = [u8::try_from(row).ok()?, u8::try_from(0xA1 + cell).ok()?];
    let (text, broken) = encoding_rs::GBK.decode_without_bom_handling(&bytes);
    text.chars().next().filter(|_| !broken)
}

/// Radicals and compatibility forms that some programs put for the characters they look like (⽅ for 方).
fn normalise(text: &mut String) {
    let odd = |c: char| matches!(c, '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{FB00}'..='\u{FB06}');
    if text.contains(odd) {
        *text = text.chars().flat_map(|c| if odd(c) { c.nfkc().collect::<Vec<char>>() } else { vec![c] }).collect();
    }
}

/// A font that several pages share.
pub(super) type Shared = Rc<Font>;

#[cfg(test)]
mod tests {
    use super::{gb1_char, glyph_name, normalise};

    #[test]
    fn glyphs_read() {
        assert_eq!(glyph_name("uni7B2C"), Some('第'));
        assert_eq!(glyph_name("parenleft.alt"), Some('('));
        assert_eq!(glyph_name("g123"), None);
        // 啊 is the first of level 1, 座 the last; 亍 the first of level 2.
        assert_eq!([943, 4697, 4698].map(gb1_char), [Some('啊'), Some('座'), Some('亍')]);
        let mut text = "⽅ﬁ中".to_owned();
        normalise(&mut text);
        assert_eq!(text, "方fi中");
    }
}

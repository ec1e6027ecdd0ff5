//! Character maps (ISO 32000-1, 9.7.5 and 9.10.3): from the codes of a string to Unicode, or to glyph numbers.

use super::object::{Lexer, Object};

/// Codes past this are not mapped; two bytes are what fonts use.
const MOST_CODES: u32 = 1 << 16;

/// A map read from a stream.
#[derive(Debug, Default)]
pub(super) struct CMap {
    /// Lengths in bytes of the codes in a range: lowest, highest, length.
    pub(super) spaces: Vec<(u32, u32, usize)>,
    /// By code: a character, or its place in `longer` past the range of Unicode; 0 for none.
    chars: Vec<u32>,
    longer: Vec<String>,
    /// By code: the glyph number plus one.
    glyphs: Vec<u32>,
}

const LONGER: u32 = 0x11_0000;

impl CMap {
    /// Reads a map.
    pub(super) fn parse(content: &[u8]) -> Self {
        let mut map = Self::default();
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(object) = lexer.object() {
            let Object::Word(word) = object else {
                operands.push(object);
                if operands.len() > 200_000 {
                    break;
                }
                continue;
            };
            match word.as_slice() {
                b"endcodespacerange" => {
                    for pair in operands.chunks(2) {
                        if let [Object::Text(low), Object::Text(high)] = pair {
                            map.spaces.push((code(low), code(high), low.len().clamp(1, 4)));
                        }
                    }
                }
                b"endbfchar" => {
                    for pair in operands.chunks(2) {
                        if let [Object::Text(from), Object::Text(to)] = pair {
                            map.set(code(from), &unicode(to));
                        }
                    }
                }
                b"endbfrange" => map.ranges(&operands),
                b"endcidrange" => {
                    for triple in operands.chunks(3) {
                        if let [Object::Text(low), Object::Text(high), glyph] = triple
                            && let Some(glyph) = glyph.integer().and_then(|glyph| u32::try_from(glyph).ok())
                        {
                            let (low, high) = (code(low), code(high).min(MOST_CODES - 1));
                            for code in low..=high {
                                map.set_glyph(code, glyph.saturating_add(code - low));
                            }
                        }
                    }
                }
                b"endcidchar" => {
                    for pair in operands.chunks(2) {
                        if let [Object::Text(from), glyph] = pair
                            && let Some(glyph) = glyph.integer().and_then(|glyph| u32::try_from(glyph).ok())
                        {
                            map.set_glyph(code(from), glyph);
                        }
                    }
                }
                _ => {}
            }
            operands.clear();
        }
        map
    }

    fn ranges(&mut self, operands: &[Object]) {
        for triple in operands.chunks(3) {
            let [Object::Text(low), Object::Text(high), to] = triple else { continue };
            let (low, high) = (code(low), code(high).min(MOST_CODES - 1));
            match to {
                Object::Text(to) => {
                    let first = unicode(to);
                    let mut chars: Vec<char> = first.chars().collect();
                    for code in low..=high {
                        self.set(code, &chars.iter().collect::<String>());
                        let Some(next) = chars.last().and_then(|c| char::from_u32(u32::from(*c) + 1)) else { break };
                        if let Some(last) = chars.last_mut() {
                            *last = next;
                        }
                    }
                }
                Object::Array(items) => {
                    for (code, item) in (low..=high).zip(items) {
                        if let Object::Text(to) = item {
                            self.set(code, &unicode(to));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn set(&mut self, code: u32, text: &str) {
        let mut chars = text.chars();
        let (Some(first), rest) = (chars.next(), chars.next()) else { return };
        if code >= MOST_CODES {
            return;
        }
        let value = if rest.is_none() {
            u32::from(first)
        } else {
            self.longer.push(text.to_owned());
            LONGER + u32::try_from(self.longer.len() - 1).unwrap_or(0)
        };
        put(&mut self.chars, code, value);
    }

    fn set_glyph(&mut self, code: u32, glyph: u32) {
        if code < MOST_CODES {
            put(&mut self.glyphs, code, glyph.saturating_add(1));
        }
    }

    /// Writes the text of a code; says whether there was one.
    pub(super) fn write(&self, code: u32, out: &mut String) -> bool {
        let value = self.chars.get(code as usize).copied().unwrap_or(0);
        match value.checked_sub(LONGER) {
            Some(at) => {
                let text = self.longer.get(at as usize).map_or("", String::as_str);
                out.push_str(text);
                !text.is_empty()
            }
            None if value == 0 => false,
            None => match char::from_u32(value) {
                Some(c) => {
                    out.push(c);
                    true
                }
                None => false,
            },
        }
    }

    /// The glyph number of a code.
    pub(super) fn glyph(&self, code: u32) -> Option<u32> {
        self.glyphs.get(code as usize).copied().and_then(|glyph| glyph.checked_sub(1))
    }

    /// Whether any code has a character.
    pub(super) fn has_text(&self) -> bool {
        !self.chars.is_empty()
    }
}

fn put(list: &mut Vec<u32>, code: u32, value: u32) {
    let at = code as usize;
    if list.len() <= at {
        list.resize(at + 1, 0);
    }
    if let Some(place) = list.get_mut(at) {
        *place = value;
    }
}

fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// UTF-16BE as the destination of a map.
pub(super) fn unicode(bytes: &[u8]) -> String {
    if let [single] = bytes {
        return char::from(*single).to_string();
    }
    let units = bytes.chunks_exact(2).map(|pair| pair.iter().fold(0u16, |sum, byte| sum << 8 | u16::from(*byte)));
    char::decode_utf16(units).filter_map(Result::ok).filter(|c| *c != '\0').collect()
}

#[cfg(test)]
mod tests {
    use super::CMap;

    #[test]
    fn maps_of_to_unicode_streams() {
        let map = CMap::parse(
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <7B2C> <0002> <00660069> endbfchar
              2 beginbfrange <0010> <0012> <4E00> <0020> <0021> [<6761> <6B3E>] endbfrange 1 begincidrange <8140> <8142> 5 endcidrange",
        );
        let text = |code| {
            let mut out = String::new();
            map.write(code, &mut out);
            out
        };
        assert_eq!([text(1), text(2), text(0x11), text(0x21), text(99)], ["第", "fi", "丁", "款", ""]);
        assert_eq!((map.glyph(0x8141), map.glyph(1)), (Some(6), None));
        assert_eq!(map.spaces, [(0, 0xFFFF, 2)]);
    }

    #[test]
    fn hostile_ranges_are_bounded() {
        CMap::parse(&b"1 beginbfrange <00000000> <FFFFFFFF> <4E00> endbfrange ".repeat(20));
    }
}

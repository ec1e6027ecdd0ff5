//! Objects of a PDF (ISO 32000-1, 7.3) and the lexer that reads them; content streams use it too.

/// Arrays and dictionaries nested deeper than this are not read.
const MOST_DEPTH: usize = 60;

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    Null,
    Bool(bool),
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(u32),
    /// A bare word: an operator of a content stream, or a keyword of the file.
    Word(Vec<u8>),
}

/// A dictionary; small enough that looking through it is fast.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dictionary(pub(super) Vec<(Vec<u8>, Object)>);

impl Dictionary {
    pub(super) fn get(&self, key: &str) -> Option<&Object> {
        self.0.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "numbers past the range saturate")]
        self.number().map(|number| number as i64)
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }
}

/// Reads objects from bytes.
pub(super) struct Lexer<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) at: usize,
}

impl<'b> Lexer<'b> {
    pub(super) fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// The next object; `None` at the end.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.nested(0)
    }

    /// As [`Self::object`], with `1 0 R` read as a reference.
    pub(super) fn object_with_references(&mut self) -> Option<Object> {
        let object = self.object()?;
        Some(self.maybe_reference(object))
    }

    fn maybe_reference(&mut self, first: Object) -> Object {
        let Some(number) = first.number().filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n < 1e9) else { return first };
        let back = self.at;
        self.skip_space();
        let digits = self.bytes.get(self.at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 && digits <= 5 {
            self.at += digits;
            self.skip_space();
            if self.peek() == Some(b'R') && self.bytes.get(self.at + 1).is_none_or(|b| is_space(*b) || is_delimiter(*b))
            {
                self.at += 1;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
                return Object::Reference(number as u32);
            }
        }
        self.at = back;
        first
    }

    fn nested(&mut self, depth: usize) -> Option<Object> {
        self.skip_space();
        let byte = self.peek()?;
        match byte {
            b'/' => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            b'(' => Some(Object::Text(self.literal())),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                Some(Object::Dictionary(self.dictionary(depth)))
            }
            b'<' => Some(Object::Text(self.hexadecimal())),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip_space();
                    match self.peek() {
                        None => break,
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        Some(_) if depth >= MOST_DEPTH => {
                            self.at += 1;
                        }
                        Some(_) => {
                            let item = self.nested(depth + 1)?;
                            items.push(self.maybe_reference(item));
                        }
                    }
                }
                Some(Object::Array(items))
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => Some(self.number()),
            b')' | b'>' | b']' | b'{' | b'}' => {
                self.at += 1;
                Some(Object::Word(vec![byte]))
            }
            _ => {
                let start = self.at;
                while self.peek().is_some_and(|b| !is_space(b) && !is_delimiter(b)) {
                    self.at += 1;
                }
                self.at = self.at.max(start + 1);
                let word = self.bytes.get(start..self.at).unwrap_or_default();
                Some(match word {
                    b"null" => Object::Null,
                    b"true" => Object::Bool(true),
                    b"false" => Object::Bool(false),
                    word => Object::Word(word.to_vec()),
                })
            }
        }
    }

    fn dictionary(&mut self, depth: usize) -> Dictionary {
        let mut pairs = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None => break,
                Some(b'>') => {
                    self.at += if self.bytes.get(self.at + 1) == Some(&b'>') { 2 } else { 1 };
                    break;
                }
                Some(b'/') if depth < MOST_DEPTH => {
                    self.at += 1;
                    let key = self.name();
                    let Some(value) = self.nested(depth + 1) else { break };
                    let value = self.maybe_reference(value);
                    // A keyword here is the end of a dictionary that was not closed.
                    if matches!(&value, Object::Word(word) if word.as_slice() == b"endobj" || word.as_slice() == b"stream")
                    {
                        break;
                    }
                    pairs.push((key, value));
                }
                Some(_) => self.at += 1,
            }
        }
        Dictionary(pairs)
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|b| !is_space(*b) && !is_delimiter(*b)) {
            self.at += 1;
            let code = if byte == b'#' { self.bytes.get(self.at..self.at + 2).and_then(hex_pair) } else { None };
            match code {
                Some(code) => {
                    name.push(code);
                    self.at += 2;
                }
                None => name.push(byte),
            }
        }
        name
    }

    fn number(&mut self) -> Object {
        let start = self.at;
        let mut value = 0.0f64;
        let mut scale = 0.0f64;
        let mut negative = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'-' => negative = true,
                b'+' => {}
                b'.' if scale == 0.0 => scale = 1.0,
                b'0'..=b'9' => {
                    value = value * 10.0 + f64::from(byte - b'0');
                    scale *= 10.0;
                }
                _ => break,
            }
            self.at += 1;
        }
        if self.at == start {
            self.at += 1;
        }
        let value = if scale > 1.0 { value / scale } else { value };
        Object::Number(if negative { -value } else { value })
    }

    fn literal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0u32;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    depth += 1;
                    if depth > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                    text.push(byte);
                }
                b'\\' => self.escape(&mut text),
                byte => text.push(byte),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|b| (b'0'..=b'7').contains(b)) else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                text.push((code & 0xFF) as u8);
            }
            byte => text.push(byte),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut text = Vec::new();
        let mut high: Option<u8> = None;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            let Some(digit) = hex_digit(byte) else { continue };
            match high.take() {
                Some(high) => text.push(high << 4 | digit),
                None => high = Some(digit),
            }
        }
        if let Some(high) = high {
            text.push(high << 4);
        }
        text
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

pub(super) fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    match pair {
        [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Object};

    #[test]
    fn objects_read() {
        let mut lexer = Lexer::new(b"<</A [1 0 R -2.5 (a\\(b\\051\\n) <48 65 6>]/B#20C/x>> 12 0 obj", 0);
        let object = lexer.object_with_references().unwrap();
        let dictionary = object.dictionary().unwrap();
        assert_eq!(
            dictionary.get("A").unwrap().array().unwrap(),
            [
                Object::Reference(1),
                Object::Number(-2.5),
                Object::Text(b"a(b)\n".to_vec()),
                Object::Text(b"He`".to_vec())
            ]
        );
        assert_eq!(dictionary.get("B C").and_then(Object::name), Some(&b"x"[..]));
        assert_eq!(lexer.object_with_references(), Some(Object::Number(12.0)));
    }

    #[test]
    fn hostile_nesting_ends() {
        let deep = b"[".repeat(100_000);
        assert!(Lexer::new(&deep, 0).object().is_some());
        let deep = b"<</A".repeat(100_000);
        assert!(Lexer::new(&deep, 0).object().is_some());
    }
}

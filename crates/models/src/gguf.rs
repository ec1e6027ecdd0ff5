//! The head of a GGUF file: what it says of itself and where its tensors lie. Read before anything loads the file, so
//! that one that was cut, or belongs to another base, is told apart with words and not by a crash.

mod kinds;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use kinds::bytes_of;

/// More than a model has; a file that counts more is damaged.
const MOST: u64 = 1_000_000;
/// The longest text or list of a head: vocabularies have some hundred thousand entries.
const LONGEST: u64 = 1 << 26;
const CUT: &str = "the GGUF file is cut: it ends inside its header";

/// A value of the head, as far as anybody here reads it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number or a switch.
    Number(u64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// A list of texts, such as the vocabulary.
    Texts(Vec<String>),
    /// A list of whole numbers, such as the kinds of the tokens.
    Numbers(Vec<u64>),
    /// Anything else.
    Other,
}

/// A tensor and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its lengths, the quickest first.
    pub dims: Vec<u64>,
    /// The number of its ggml type.
    pub kind: u32,
    /// Where it begins, behind the head.
    pub offset: u64,
}

/// The head of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    values: BTreeMap<String, Value>,
    tensors: BTreeMap<String, Tensor>,
}

impl Head {
    /// Reads the head of the file at `path`. The error says what is wrong with it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
        let length = file.metadata().map_err(|error| format!("`{}`: {error}", path.display()))?.len();
        Self::read(BufReader::new(file), length).map_err(|problem| format!("`{}`: {problem}", path.display()))
    }

    /// Reads the head of a file of `length` bytes. The error says what is wrong with it.
    pub fn read(input: impl Read, length: u64) -> Result<Self, String> {
        let mut reader = Reader { input, at: 0, length };
        let magic = reader.bytes(4)?;
        if magic != b"GGUF" {
            return Err("this is no GGUF file: it does not begin with `GGUF`".to_owned());
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(format!("the GGUF file has version {version}, which is not read: 2 and 3 are"));
        }
        let (tensors, values) = (reader.u64()?, reader.u64()?);
        if tensors > MOST || values > MOST {
            return Err("the GGUF file counts more than a model can have".to_owned());
        }
        let mut head = Self::default();
        for _ in 0..values {
            let key = reader.text()?;
            let kind = reader.u32()?;
            head.values.insert(key, reader.value(kind, 0)?);
        }
        for _ in 0..tensors {
            let (name, tensor) = reader.tensor()?;
            head.tensors.insert(name, tensor);
        }
        head.check_extents(reader.at, length)?;
        Ok(head)
    }

    /// Every tensor must end within the file.
    fn check_extents(&self, at: u64, length: u64) -> Result<(), String> {
        let alignment = self.number("general.alignment").unwrap_or(32);
        if !alignment.is_power_of_two() || alignment > 1 << 20 {
            return Err("the GGUF file is aligned wrongly".to_owned());
        }
        let data = at.next_multiple_of(alignment);
        for (name, tensor) in &self.tensors {
            let bytes = bytes_of(tensor).ok_or_else(|| format!("tensor `{name}` has an impossible shape"))?;
            let end = data.checked_add(tensor.offset).and_then(|begin| begin.checked_add(bytes));
            if end.is_none_or(|end| end > length) {
                return Err(format!(
                    "the GGUF file is cut: it has {length} bytes and ends before its tensor `{name}` does"
                ));
            }
        }
        Ok(())
    }

    /// A whole number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.values.get(key)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Any value.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The family of the model's build, such as `llama` or `qwen2`.
    #[must_use]
    pub fn architecture(&self) -> &str {
        self.text("general.architecture").unwrap_or_default()
    }

    /// A whole number of the model's own, such as `context_length`.
    #[must_use]
    pub fn own(&self, name: &str) -> Option<u64> {
        self.number(&format!("{}.{name}", self.architecture()))
    }

    /// The tensors by name.
    #[must_use]
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The text of a token by its number.
    #[must_use]
    pub fn token(&self, id: u64) -> Option<&str> {
        match self.value("tokenizer.ggml.tokens")? {
            Value::Texts(tokens) => tokens.get(usize::try_from(id).ok()?).map(String::as_str),
            _ => None,
        }
    }

    /// The texts of tokens that steer and are never content: those of a user must not be read as such.
    #[must_use]
    pub fn control_tokens(&self) -> Vec<&str> {
        /// Control tokens and those that a model's maker defined.
        const STEER: [u64; 2] = [3, 4];
        let (Some(Value::Texts(tokens)), Some(Value::Numbers(kinds))) =
            (self.value("tokenizer.ggml.tokens"), self.value("tokenizer.ggml.token_type"))
        else {
            return Vec::new();
        };
        let steers = tokens.iter().zip(kinds).filter(|(text, kind)| STEER.contains(kind) && !text.is_empty());
        steers.map(|(text, _)| text.as_str()).collect()
    }

    /// Whether this is an adapter that fits `base`. The error names the first thing that does not.
    pub fn check_adapter(&self, base: &Self) -> Result<(), String> {
        if self.text("general.type") != Some("adapter") || self.text("adapter.type") != Some("lora") {
            return Err("this is no LoRA adapter".to_owned());
        }
        if self.architecture() != base.architecture() {
            return Err(format!(
                "the adapter is for another base: it is for `{}`, the base is `{}`",
                self.architecture(),
                base.architecture()
            ));
        }
        let parts = self.tensors.iter().filter_map(|(name, a)| Some((name.strip_suffix(".lora_a")?, a)));
        let mut found = 0;
        for (name, a) in parts {
            found += 1;
            let b = self.tensors.get(&format!("{name}.lora_b"));
            let b = b.ok_or_else(|| format!("the adapter has no second half for `{name}`"))?;
            let weight = base.tensors.get(name);
            let weight = weight.ok_or_else(|| format!("the adapter is for another base: that has no `{name}`"))?;
            if !fits(name, a, b, weight) {
                return Err(format!("the adapter is for another base: `{name}` has another shape there"));
            }
        }
        if found == 0 { Err("the adapter changes nothing".to_owned()) } else { Ok(()) }
    }
}

/// Whether the two halves of an adapter multiply to the shape of a weight.
fn fits(name: &str, a: &Tensor, b: &Tensor, weight: &Tensor) -> bool {
    let at = |tensor: &Tensor, place: usize| tensor.dims.get(place).copied().unwrap_or(1);
    if name == "token_embd.weight" {
        return at(weight, 0) == at(b, 1) && at(weight, 1) == at(a, 1);
    }
    at(weight, 0) == at(a, 0) && at(weight, 1) == at(b, 1) && at(a, 1) == at(b, 0)
}

struct Reader<R> {
    input: R,
    at: u64,
    length: u64,
}

impl<R: Read> Reader<R> {
    /// The next `count` bytes. Never asks for more than the file has.
    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, String> {
        if count > self.length.saturating_sub(self.at) {
            return Err(CUT.to_owned());
        }
        let mut bytes = vec![0; usize::try_from(count).map_err(|_| CUT)?];
        self.input.read_exact(&mut bytes).map_err(|_| CUT)?;
        self.at += count;
        Ok(bytes)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], String> {
        if self.length.saturating_sub(self.at) < N as u64 {
            return Err(CUT.to_owned());
        }
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|_| CUT)?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.fixed().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.fixed().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, String> {
        let length = self.u64()?;
        if length > LONGEST && length <= self.length {
            return Err("the GGUF file has a text that is longer than any".to_owned());
        }
        self.bytes(length).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn tensor(&mut self) -> Result<(String, Tensor), String> {
        let name = self.text()?;
        let count = self.u32()?;
        if count > 8 {
            return Err("the GGUF file has a tensor of more than eight dimensions".to_owned());
        }
        let dims = (0..count).map(|_| self.u64()).collect::<Result<_, _>>()?;
        Ok((name, Tensor { dims, kind: self.u32()?, offset: self.u64()? }))
    }

    /// A value of a kind; numbers below zero are of no interest here.
    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, String> {
        Ok(match kind {
            0 | 7 => Value::Number(u64::from(u8::from_le_bytes(self.fixed()?))),
            1 => whole(i8::from_le_bytes(self.fixed()?).into()),
            2 => Value::Number(u64::from(u16::from_le_bytes(self.fixed()?))),
            3 => whole(i16::from_le_bytes(self.fixed()?).into()),
            4 => Value::Number(u64::from(self.u32()?)),
            5 => whole(i32::from_le_bytes(self.fixed()?).into()),
            6 => Value::Real(f32::from_le_bytes(self.fixed()?).into()),
            8 => Value::Text(self.text()?),
            9 if depth < 4 => self.list(depth)?,
            10 => Value::Number(self.u64()?),
            11 => whole(i64::from_le_bytes(self.fixed()?)),
            12 => Value::Real(f64::from_le_bytes(self.fixed()?)),
            _ => return Err(format!("the GGUF file has a value of the unknown kind {kind}")),
        })
    }

    fn list(&mut self, depth: u32) -> Result<Value, String> {
        let kind = self.u32()?;
        let count = self.u64()?;
        if count > LONGEST && count <= self.length {
            return Err("the GGUF file has a list that is longer than any".to_owned());
        }
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for _ in 0..count {
            match self.value(kind, depth + 1)? {
                Value::Text(text) => texts.push(text),
                Value::Number(number) => numbers.push(number),
                _ => {}
            }
        }
        Ok(match kind {
            8 => Value::Texts(texts),
            0..=5 | 7 | 10 | 11 => Value::Numbers(numbers),
            _ => Value::Other,
        })
    }
}

fn whole(number: i64) -> Value {
    u64::try_from(number).map_or(Value::Other, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::Head;

    /// A head of one list of three texts.
    fn file() -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.push(b'k');
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(8u32.to_le_bytes());
        bytes.extend(3u64.to_le_bytes());
        for text in ["a", "b", "c"] {
            bytes.extend(1u64.to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn no_byte_that_is_wrong_brings_the_reader_down() {
        let whole = file();
        let length = u64::try_from(whole.len()).unwrap();
        assert!(Head::read(whole.as_slice(), length).is_ok());
        for at in 0..whole.len() {
            for byte in [0, 1, 9, 0x7f, 0xff] {
                let mut wild = whole.clone();
                wild[at] = byte;
                // It says something or reads something, and takes no memory for what is not there.
                drop(Head::read(wild.as_slice(), length));
            }
        }
        // A file that is said to be huge is not believed either.
        let mut wild = whole;
        wild[41..49].copy_from_slice(&(1u64 << 40).to_le_bytes());
        assert!(Head::read(wild.as_slice(), u64::MAX).is_err());
    }
}

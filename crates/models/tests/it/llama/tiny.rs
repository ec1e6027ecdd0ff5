//! A small model of the llama build that the tests make themselves: weights from a seed, a byte-level BPE tokenizer
//! with merges, a chat template; and LoRA adapters over it. Written as GGUF files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(crate) const CHATML: &str = "{%- for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content.strip() + '<|im_end|>\n' }}{%- endfor %}{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}";
const STEERING: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

/// The lengths of a model.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) width: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) inner: usize,
    pub(crate) layers: usize,
    pub(crate) context: usize,
}

pub(crate) const TINY: Shape = Shape { width: 64, heads: 4, kv_heads: 2, inner: 128, layers: 2, context: 512 };

/// A tensor: its name, its lengths with the quickest first, its numbers.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

/// Chance that is the same every time (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// About normal, with deviation one.
    pub(crate) fn normal(&mut self) -> f32 {
        let sum: f64 = (0..4).map(|_| (self.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5).sum();
        (sum * 3f64.sqrt()) as f32
    }

    fn tensor(&mut self, name: &str, dims: &[usize], scale: f32) -> Tensor {
        let data = (0..dims.iter().product()).map(|_| self.normal() * scale).collect();
        Tensor { name: name.to_owned(), dims: dims.to_vec(), data }
    }
}

/// The bytes as GPT-2 writes them, each as one character.
fn byte_chars() -> Vec<char> {
    let plain = |b: u32| (33..=126).contains(&b) || (161..=172).contains(&b) || (174..=255).contains(&b);
    let mut next = 256;
    (0..256u32)
        .map(|b| {
            let code = if plain(b) { b } else { next };
            next += u32::from(!plain(b));
            char::from_u32(code).unwrap()
        })
        .collect()
}

/// The vocabulary and its merges.
pub(crate) fn vocabulary() -> (Vec<String>, Vec<String>) {
    let mut tokens: Vec<String> = byte_chars().into_iter().map(String::from).collect();
    let mut merges = Vec::new();
    for word in ["th", "the", "he", "in", "er", "an", "re", "on", "at", "en", "us", "use", "user", "as", "is", "it"] {
        let (first, last) = word.split_at(word.len() - 1);
        if tokens.iter().any(|token| token == first) && !tokens.iter().any(|token| token == word) {
            merges.push(format!("{first} {last}"));
            tokens.push(word.to_owned());
        }
    }
    tokens.extend(STEERING.map(str::to_owned));
    (tokens, merges)
}

/// All weights of a model.
pub(crate) fn weights(shape: &Shape, seed: u64) -> Vec<Tensor> {
    let mut chance = Chance(seed);
    let (tokens, _) = vocabulary();
    let (width, kv) = (shape.width, shape.width / shape.heads * shape.kv_heads);
    let by = |n: usize| 1.0 / (n as f32).sqrt();
    let mut all = vec![chance.tensor("token_embd.weight", &[width, tokens.len()], 1.0)];
    for layer in 0..shape.layers {
        let mut add = |name: &str, dims: &[usize], scale: f32| {
            all.push(chance.tensor(&format!("blk.{layer}.{name}.weight"), dims, scale));
        };
        add("attn_norm", &[width], 0.3);
        add("attn_q", &[width, width], 2.0 * by(width));
        add("attn_k", &[width, kv], 2.0 * by(width));
        add("attn_v", &[width, kv], by(width));
        add("attn_output", &[width, width], by(width));
        add("ffn_norm", &[width], 0.3);
        add("ffn_gate", &[width, shape.inner], by(width));
        add("ffn_up", &[width, shape.inner], by(width));
        add("ffn_down", &[shape.inner, width], by(shape.inner));
    }
    all.push(chance.tensor("output_norm.weight", &[width], 0.3));
    let mut output = chance.tensor("output.weight", &[width, tokens.len()], 4.0 * by(width));
    // Only plain letters are ever likely: answers neither end by chance nor hold broken characters.
    for (token, row) in tokens.iter().zip(output.data.chunks_mut(width)) {
        if !token.bytes().all(|b| b.is_ascii_alphabetic()) {
            row.fill(0.0);
        }
    }
    all.push(output);
    for norm in all.iter_mut().filter(|tensor| tensor.dims.len() == 1) {
        norm.data.iter_mut().for_each(|x| *x += 1.0);
    }
    all
}

/// An adapter of rank 4 over the attention and the inner layer.
pub(crate) fn adapter(shape: &Shape, seed: u64) -> Vec<Tensor> {
    let mut chance = Chance(seed);
    let mut all = Vec::new();
    for layer in 0..shape.layers {
        for (name, from, to) in [("attn_q", shape.width, shape.width), ("ffn_up", shape.width, shape.inner)] {
            let name = format!("blk.{layer}.{name}.weight");
            all.push(chance.tensor(&format!("{name}.lora_a"), &[from, 4], 0.3));
            all.push(chance.tensor(&format!("{name}.lora_b"), &[4, to], 0.3));
        }
    }
    all
}

/// A value of the head.
pub(crate) enum Value<'v> {
    Text(&'v str),
    Number(usize),
    Real(f32),
    Texts(&'v [String]),
    Kinds(Vec<i32>),
    Switch(bool),
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put(out: &mut Vec<u8>, key: &str, value: &Value<'_>) {
    text(out, key);
    match value {
        Value::Text(said) => {
            out.extend(8u32.to_le_bytes());
            text(out, said);
        }
        Value::Number(number) => {
            out.extend(4u32.to_le_bytes());
            out.extend(u32::try_from(*number).unwrap().to_le_bytes());
        }
        Value::Real(number) => {
            out.extend(6u32.to_le_bytes());
            out.extend(number.to_le_bytes());
        }
        Value::Switch(on) => {
            out.extend(7u32.to_le_bytes());
            out.push(u8::from(*on));
        }
        Value::Texts(texts) => {
            out.extend(9u32.to_le_bytes());
            out.extend(8u32.to_le_bytes());
            out.extend((texts.len() as u64).to_le_bytes());
            texts.iter().for_each(|one| text(out, one));
        }
        Value::Kinds(kinds) => {
            out.extend(9u32.to_le_bytes());
            out.extend(5u32.to_le_bytes());
            out.extend((kinds.len() as u64).to_le_bytes());
            kinds.iter().for_each(|kind| out.extend(kind.to_le_bytes()));
        }
    }
}

/// Writes a GGUF file.
pub(crate) fn write(path: &Path, values: &[(&str, Value<'_>)], tensors: &[Tensor]) {
    let mut head = b"GGUF".to_vec();
    head.extend(3u32.to_le_bytes());
    head.extend((tensors.len() as u64).to_le_bytes());
    head.extend((values.len() as u64).to_le_bytes());
    values.iter().for_each(|(key, value)| put(&mut head, key, value));
    let mut offset = 0usize;
    for tensor in tensors {
        text(&mut head, &tensor.name);
        head.extend(u32::try_from(tensor.dims.len()).unwrap().to_le_bytes());
        tensor.dims.iter().for_each(|length| head.extend((*length as u64).to_le_bytes()));
        head.extend(0u32.to_le_bytes());
        head.extend((offset as u64).to_le_bytes());
        offset += (tensor.data.len() * 4).next_multiple_of(32);
    }
    head.resize(head.len().next_multiple_of(32), 0);
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(&head).unwrap();
    for tensor in tensors {
        let mut bytes: Vec<u8> = tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect();
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        file.write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
}

/// Writes a model with its tokenizer and `template`.
pub(crate) fn write_model(path: &Path, shape: &Shape, tensors: &[Tensor], template: &str) {
    let (tokens, merges) = vocabulary();
    let steering = tokens.len() - STEERING.len();
    let kinds = (0..tokens.len()).map(|at| if at < steering { 1 } else { 3 }).collect();
    let values = [
        ("general.architecture", Value::Text("llama")),
        ("general.name", Value::Text("tiny")),
        ("llama.context_length", Value::Number(shape.context)),
        ("llama.embedding_length", Value::Number(shape.width)),
        ("llama.block_count", Value::Number(shape.layers)),
        ("llama.feed_forward_length", Value::Number(shape.inner)),
        ("llama.attention.head_count", Value::Number(shape.heads)),
        ("llama.attention.head_count_kv", Value::Number(shape.kv_heads)),
        ("llama.attention.layer_norm_rms_epsilon", Value::Real(1e-5)),
        ("llama.rope.dimension_count", Value::Number(shape.width / shape.heads)),
        ("llama.rope.freq_base", Value::Real(10_000.0)),
        ("llama.vocab_size", Value::Number(tokens.len())),
        ("tokenizer.ggml.model", Value::Text("gpt2")),
        ("tokenizer.ggml.pre", Value::Text("gpt-2")),
        ("tokenizer.ggml.tokens", Value::Texts(&tokens)),
        ("tokenizer.ggml.token_type", Value::Kinds(kinds)),
        ("tokenizer.ggml.merges", Value::Texts(&merges)),
        ("tokenizer.ggml.bos_token_id", Value::Number(steering)),
        ("tokenizer.ggml.eos_token_id", Value::Number(steering + 2)),
        ("tokenizer.ggml.add_bos_token", Value::Switch(false)),
        ("tokenizer.chat_template", Value::Text(template)),
    ];
    write(path, &values, tensors);
}

/// Writes an adapter for bases of the build `architecture`; it counts twice its rank.
pub(crate) fn write_adapter(path: &Path, architecture: &str, tensors: &[Tensor]) {
    let values = [
        ("general.architecture", Value::Text(architecture)),
        ("general.type", Value::Text("adapter")),
        ("adapter.type", Value::Text("lora")),
        ("adapter.lora.alpha", Value::Real(8.0)),
    ];
    write(path, &values, tensors);
}

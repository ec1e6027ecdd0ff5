//! The llama build computed plainly, in `f64`, one token after the other: what llama.cpp must come to as well.

use std::collections::BTreeMap;

use crate::llama::tiny::{Shape, Tensor};

type Weights = BTreeMap<String, Vec<f64>>;

/// A model on paper.
pub(crate) struct Reference {
    shape: Shape,
    weights: Weights,
}

impl Reference {
    pub(crate) fn new(shape: &Shape, tensors: &[Tensor]) -> Self {
        let wide = |tensor: &Tensor| (tensor.name.clone(), tensor.data.iter().map(|x| f64::from(*x)).collect());
        Self { shape: shape.clone(), weights: tensors.iter().map(wide).collect() }
    }

    /// The same with an adapter multiplied out and added: `W + alpha / rank · B A`.
    pub(crate) fn with_adapter(mut self, adapter: &[Tensor], alpha: f64) -> Self {
        for pair in adapter.chunks(2) {
            let [a, b] = pair else { panic!("halves come in pairs") };
            let name = a.name.strip_suffix(".lora_a").unwrap();
            let (from, rank, to) = (a.dims[0], a.dims[1], b.dims[1]);
            let weight = self.weights.get_mut(name).unwrap();
            for row in 0..to {
                for column in 0..from {
                    let sum: f64 = (0..rank)
                        .map(|r| f64::from(b.data[row * rank + r]) * f64::from(a.data[r * from + column]))
                        .sum();
                    weight[row * from + column] += sum * alpha / rank as f64;
                }
            }
        }
        self
    }

    fn weight(&self, layer: usize, name: &str) -> &[f64] {
        &self.weights[&format!("blk.{layer}.{name}.weight")]
    }

    /// The logits after the last of the tokens.
    pub(crate) fn logits(&self, tokens: &[usize]) -> Vec<f64> {
        product(&self.weights["output.weight"], self.states(tokens).last().unwrap())
    }

    /// The mean of the last states, brought to length one.
    pub(crate) fn vector(&self, tokens: &[usize]) -> Vec<f64> {
        let states = self.states(tokens);
        let mut sum = vec![0.0; self.shape.width];
        states.iter().for_each(|state| add(&mut sum, state));
        let length = dot(&sum, &sum).sqrt();
        sum.iter().map(|x| x / length).collect()
    }

    /// The state after the last layer for each token.
    fn states(&self, tokens: &[usize]) -> Vec<Vec<f64>> {
        let shape = &self.shape;
        let width = shape.width;
        let embedding = &self.weights["token_embd.weight"];
        let mut states: Vec<Vec<f64>> =
            tokens.iter().map(|token| embedding[token * width..(token + 1) * width].to_vec()).collect();
        for layer in 0..shape.layers {
            let normed: Vec<Vec<f64>> = states.iter().map(|x| norm(x, self.weight(layer, "attn_norm"))).collect();
            for (state, more) in states.iter_mut().zip(self.attention(layer, &normed)) {
                add(state, &more);
                let x = norm(state, self.weight(layer, "ffn_norm"));
                let gate = product(self.weight(layer, "ffn_gate"), &x);
                let up = product(self.weight(layer, "ffn_up"), &x);
                let inner: Vec<f64> = gate.iter().zip(&up).map(|(g, u)| g / (1.0 + (-g).exp()) * u).collect();
                add(state, &product(self.weight(layer, "ffn_down"), &inner));
            }
        }
        states.iter().map(|state| norm(state, &self.weights["output_norm.weight"])).collect()
    }

    /// Grouped attention with turned positions; each place sees itself and what is before it.
    fn attention(&self, layer: usize, normed: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let shape = &self.shape;
        let head = shape.width / shape.heads;
        let part = |name: &str, turned: bool| -> Vec<Vec<f64>> {
            let all = normed.iter().enumerate().map(|(at, x)| {
                let mut y = product(self.weight(layer, name), x);
                if turned {
                    y.chunks_mut(head).for_each(|one| turn(one, at));
                }
                y
            });
            all.collect()
        };
        let (q, k, v) = (part("attn_q", true), part("attn_k", true), part("attn_v", false));
        let seen_by = |at: usize| {
            let mut mixed = Vec::new();
            for h in 0..shape.heads {
                let own = &q[at][h * head..(h + 1) * head];
                let group = h / (shape.heads / shape.kv_heads) * head;
                let scores: Vec<f64> =
                    (0..=at).map(|from| dot(own, &k[from][group..group + head]) / (head as f64).sqrt()).collect();
                let most = scores.iter().copied().fold(f64::MIN, f64::max);
                let shares: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
                let all: f64 = shares.iter().sum();
                mixed.extend((0..head).map(|i| {
                    shares.iter().enumerate().map(|(from, share)| share / all * v[from][group + i]).sum::<f64>()
                }));
            }
            product(self.weight(layer, "attn_output"), &mixed)
        };
        (0..normed.len()).map(seen_by).collect()
    }

    /// Goes on with the most likely token, `count` times. Stops early where two tokens are as good as equal.
    pub(crate) fn greedy(&self, tokens: &[usize], count: usize) -> Vec<usize> {
        let mut all = tokens.to_vec();
        for _ in 0..count {
            let logits = self.logits(&all);
            let mut order: Vec<usize> = (0..logits.len()).collect();
            order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
            if logits[order[0]] - logits[order[1]] < 0.05 {
                break;
            }
            all.push(order[0]);
        }
        all.split_off(tokens.len())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// A matrix, row after row, times a vector.
fn product(rows: &[f64], x: &[f64]) -> Vec<f64> {
    rows.chunks(x.len()).map(|row| dot(row, x)).collect()
}

fn add(to: &mut [f64], more: &[f64]) {
    to.iter_mut().zip(more).for_each(|(x, y)| *x += y);
}

fn norm(x: &[f64], weight: &[f64]) -> Vec<f64> {
    let mean = dot(x, x) / x.len() as f64;
    x.iter().zip(weight).map(|(x, w)| x / (mean + 1e-5).sqrt() * w).collect()
}

/// Turns neighbouring pairs by the position.
fn turn(head: &mut [f64], at: usize) {
    let length = head.len() as f64;
    for (i, pair) in head.chunks_mut(2).enumerate() {
        let angle = at as f64 * 10_000f64.powf(-2.0 * i as f64 / length);
        let (sin, cos) = angle.sin_cos();
        (pair[0], pair[1]) = (pair[0] * cos - pair[1] * sin, pair[0] * sin + pair[1] * cos);
    }
}

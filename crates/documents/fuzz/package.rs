//! What the fuzzer gives, in the package its parser reads it from. The engine of the brief run in CI does it.

#[allow(dead_code, reason = "the fuzz targets need a part of it")]
#[path = "../tests/it/mutations.rs"]
mod mutations;

/// Reads it and demands what holds for every file.
pub fn read(kind: &str, bytes: &[u8]) {
    let (name, bytes) = mutations::packed(kind, bytes.to_vec());
    mutations::holds(name, &bytes);
}

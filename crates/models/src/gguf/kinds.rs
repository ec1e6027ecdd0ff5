//! How many bytes tensors of each ggml type take.

use super::Tensor;

/// Numbers in a block and bytes of a block, by the number of the type. Types that are not here are checked for their
/// beginning alone.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        _ => return None,
    })
}

/// The bytes of a tensor; nothing when its shape cannot be.
pub(super) fn bytes_of(tensor: &Tensor) -> Option<u64> {
    let count = tensor.dims.iter().try_fold(1u64, |all, length| all.checked_mul(*length))?;
    match block(tensor.kind) {
        Some((numbers, bytes)) => count.div_ceil(numbers).checked_mul(bytes),
        None => Some(1),
    }
}

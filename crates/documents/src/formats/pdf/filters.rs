//! Filters of streams besides deflate (ISO 32000-1, 7.4).

use super::object::hex_digit;

/// ASCIIHexDecode.
pub(super) fn ascii_hex(raw: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = raw.iter().take_while(|b| **b != b'>').filter_map(|b| hex_digit(*b)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit) << (8 - 4 * pair.len())).collect()
}

/// ASCII85Decode.
pub(super) fn ascii_85(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 5 * 4);
    let mut group: Vec<u8> = Vec::with_capacity(5);
    let mut flush = |group: &mut Vec<u8>| {
        if group.len() > 1 {
            let kept = group.len() - 1;
            group.resize(5, 84);
            let value = group.iter().fold(0u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit)));
            out.extend(value.to_be_bytes().into_iter().take(kept));
        }
        group.clear();
    };
    for byte in raw {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => {
                group.extend([0; 5]);
                flush(&mut group);
            }
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    flush(&mut group);
                }
            }
            _ => {}
        }
    }
    flush(&mut group);
    out
}

/// RunLengthDecode.
pub(super) fn run_length(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = raw;
    while let Some((length, tail)) = rest.split_first() {
        match length {
            128 => break,
            0..=127 => {
                let count = usize::from(*length) + 1;
                out.extend_from_slice(tail.get(..count.min(tail.len())).unwrap_or_default());
                rest = tail.get(count..).unwrap_or_default();
            }
            129..=255 => {
                let Some((byte, tail)) = tail.split_first() else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - usize::from(*length)));
                rest = tail;
            }
        }
    }
    out
}

/// LZWDecode with early change, the only kind met.
pub(super) fn lzw(raw: &[u8], allowed: u64) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    // For each code past 257, where its string stands in the output.
    let mut strings: Vec<(usize, usize)> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    let (mut bits, mut count, mut width) = (0u32, 0u32, 9u32);
    for byte in raw {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        if count < width {
            continue;
        }
        count -= width;
        let code = (bits >> count & ((1 << width) - 1)) as usize;
        bits &= (1 << count) - 1;
        match code {
            256 => {
                strings.clear();
                last = None;
                width = 9;
                continue;
            }
            257 => break,
            _ => {}
        }
        let start = out.len();
        match (code.checked_sub(258), last) {
            (None, _) => out.push((code & 0xFF) as u8),
            (Some(index), last) => {
                let place = strings.get(index).copied().or(last.map(|(from, length)| (from, length + 1)));
                let Some((from, length)) = place else { break };
                for at in from..from + length {
                    let Some(byte) = out.get(at).copied() else { break };
                    out.push(byte);
                }
            }
        }
        if out.len() as u64 > allowed {
            break;
        }
        if let Some((from, length)) = last
            && strings.len() < 3838
        {
            strings.push((from, length + 1));
        }
        last = Some((start, out.len() - start));
        width = match strings.len() + 258 + 2 {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    out
}

/// PNG predictors: each row says how it is derived from its neighbours.
pub(super) fn png_rows(raw: &[u8], colors: i64, bits: i64, columns: i64) -> Vec<u8> {
    let pixel_bits = usize::try_from(colors.clamp(1, 32) * bits.clamp(1, 16)).unwrap_or(8);
    let pixel = pixel_bits.div_ceil(8);
    let width = (usize::try_from(columns.clamp(1, 1 << 20)).unwrap_or(1) * pixel_bits).div_ceil(8);
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    let mut above = vec![0u8; width];
    for row in raw.chunks(width + 1) {
        let Some((kind, data)) = row.split_first() else { break };
        let mut line: Vec<u8> = Vec::with_capacity(width);
        for (at, byte) in data.iter().enumerate() {
            let left = at.checked_sub(pixel).and_then(|i| line.get(i)).copied().unwrap_or(0);
            let up = above.get(at).copied().unwrap_or(0);
            let corner = at.checked_sub(pixel).and_then(|i| above.get(i)).copied().unwrap_or(0);
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            line.push(byte.wrapping_add(guess));
        }
        out.extend_from_slice(&line);
        above = line;
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i32::from(left) + i32::from(up) - i32::from(corner);
    let far = |value: u8| (estimate - i32::from(value)).abs();
    [left, up, corner].into_iter().min_by_key(|value| far(*value)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{ascii_85, ascii_hex, lzw, png_rows, run_length};

    #[test]
    fn filters_of_the_standard() {
        assert_eq!(ascii_hex(b"48 65 6C6C6F7>"), b"Hellop");
        assert_eq!(ascii_85(b"87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(run_length(&[2, b'a', b'b', b'c', 254, b'x', 128]), b"abcxxx");
        // ISO 32000-1, 7.4.4.2, example 2.
        assert_eq!(
            lzw(&[0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01], 1000),
            [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
        );
        assert_eq!(png_rows(&[2, 1, 2, 2, 1, 1], 1, 8, 2), [1, 2, 2, 3]);
    }
}

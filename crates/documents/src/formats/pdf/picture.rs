//! Pictures of a page as files of their own, for a recogniser: what the filters of a PDF leave of JPEG, fax and raw
//! samples (ISO 32000-1, 8.9).

use super::file::File;
use super::object::{Dictionary, Object};
use crate::watch::{Picture, PictureEncoding};

/// Samples of a picture: a page of A3 at 600 dots an inch has 70 million.
const MOST_PIXELS: u64 = 160_000_000;

/// Where a picture lies on the page: left, top, width and height. Turned pictures take the whole page.
#[expect(clippy::cast_possible_truncation, reason = "coordinates of a page")]
pub(super) fn place(map: &[f64; 6], left: f32, top: f32, width: f32, height: f32) -> [f32; 4] {
    let [a, b, c, d, e, f] = map.map(|n| n as f32);
    if a > 1.0 && d > 1.0 && b.abs() < 0.01 * a && c.abs() < 0.01 * d {
        [e - left, top - (f + d), a, d]
    } else {
        [0.0, 0.0, width, height]
    }
}

/// The picture of an object; `None` when its encoding is none that recognisers read.
pub(super) fn read(file: &File<'_>, number: u32, page: u32) -> Option<Picture<'static>> {
    let stream = file.stream(number)?;
    let entry = |long: &str, short: &str| match file.value(&stream.dictionary, long) {
        Object::Null => file.value(&stream.dictionary, short),
        value => value,
    };
    let side = |long, short| entry(long, short).integer().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    let (width, height) = (side("Width", "W")?, side("Height", "H")?);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return None;
    }
    let whole = |encoding, bytes: Vec<u8>| Picture { page, encoding, width, height, bytes: bytes.into() };
    let (content, last) = file.decode_to_picture(&stream)?;
    match last.as_deref() {
        Some(b"DCTDecode" | b"DCT") => Some(whole(PictureEncoding::Jpeg, content)),
        Some(b"JPXDecode") => Some(whole(PictureEncoding::Jpeg2000, content)),
        Some(b"CCITTFaxDecode" | b"CCF") => {
            let parameters = match entry("DecodeParms", "DP") {
                Object::Array(items) => items.last().map_or(Object::Null, |last| file.resolve(last)),
                object => object,
            };
            let parameters = parameters.dictionary().cloned().unwrap_or_default();
            Some(whole(PictureEncoding::Tiff, fax(&content, &parameters, width, height)))
        }
        Some(_) => None,
        None => {
            let bits = match entry("ImageMask", "IM") {
                Object::Bool(true) => 1,
                _ => entry("BitsPerComponent", "BPC").integer().unwrap_or(8),
            };
            let colours = Colours::of(file, &entry("ColorSpace", "CS"), 0);
            let inverted = matches!(entry("Decode", "D"), Object::Array(items)
                if items.first().and_then(Object::number).is_some_and(|first| first > 0.5));
            Some(whole(PictureEncoding::Pnm, netpbm(&content, width, height, bits, &colours, inverted)?))
        }
    }
}

/// How samples become grey.
enum Colours {
    Grey,
    Rgb,
    Cmyk,
    /// The grey of each index.
    Palette(Vec<u8>),
}

impl Colours {
    fn of(file: &File<'_>, space: &Object, depth: usize) -> Self {
        match space {
            Object::Name(name) => match name.as_slice() {
                b"DeviceRGB" | b"RGB" | b"CalRGB" => Self::Rgb,
                b"DeviceCMYK" | b"CMYK" => Self::Cmyk,
                _ => Self::Grey,
            },
            Object::Array(items) if depth < 4 => {
                let item = |at: usize| items.get(at).map_or(Object::Null, |item| file.resolve(item));
                match item(0).name() {
                    Some(b"CalRGB" | b"Lab") => Self::Rgb,
                    Some(b"ICCBased") => {
                        let profile = match items.get(1) {
                            Some(Object::Reference(number)) => file.stream(*number),
                            _ => None,
                        };
                        match profile.and_then(|stream| file.value(&stream.dictionary, "N").integer()) {
                            Some(3) => Self::Rgb,
                            Some(4) => Self::Cmyk,
                            _ => Self::Grey,
                        }
                    }
                    Some(b"Indexed" | b"I") => Self::palette(file, items, depth),
                    _ => Self::Grey,
                }
            }
            _ => Self::Grey,
        }
    }

    fn palette(file: &File<'_>, items: &[Object], depth: usize) -> Self {
        let base = Self::of(file, &items.get(1).map_or(Object::Null, |item| file.resolve(item)), depth + 1);
        let table = match items.get(3) {
            Some(Object::Reference(number)) => match file.get(*number) {
                Object::Text(text) => text,
                _ => file.stream(*number).and_then(|stream| file.decode(&stream)).unwrap_or_default(),
            },
            Some(Object::Text(text)) => text.clone(),
            _ => Vec::new(),
        };
        Self::Palette(table.chunks(base.samples()).map(|samples| base.grey(samples)).collect())
    }

    fn samples(&self) -> usize {
        match self {
            Self::Grey | Self::Palette(_) => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    /// The grey of a pixel's samples, each from 0 to 255.
    fn grey(&self, samples: &[u8]) -> u8 {
        let at = |at: usize| u32::from(samples.get(at).copied().unwrap_or(0));
        let mix = |red: u32, green: u32, blue: u32| ((red * 77 + green * 150 + blue * 29) >> 8).min(255) as u8;
        match self {
            Self::Grey => at(0) as u8,
            Self::Rgb => mix(at(0), at(1), at(2)),
            Self::Cmyk => {
                let part = |ink: u32| (255 - ink) * (255 - at(3)) / 255;
                mix(part(at(0)), part(at(1)), part(at(2)))
            }
            Self::Palette(greys) => greys.get(at(0) as usize).copied().unwrap_or(255),
        }
    }
}

/// Raw samples as a grey picture. `None` for depths that pictures do not have.
fn netpbm(raw: &[u8], width: u32, height: u32, bits: i64, colours: &Colours, inverted: bool) -> Option<Vec<u8>> {
    let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let bits = usize::try_from(bits).ok().filter(|bits| matches!(bits, 1 | 2 | 4 | 8 | 16))?;
    let samples = colours.samples();
    let stride = (columns * samples * bits).div_ceil(8);
    let mut out = format!("P5\n{width} {height}\n255\n").into_bytes();
    out.reserve(columns.saturating_mul(rows.min(raw.len() / stride.max(1) + 1)));
    let scale = |value: u32| match (colours, bits) {
        (Colours::Palette(_), _) | (_, 8 | 16) => value,
        (_, bits) => value * 255 / ((1 << bits) - 1),
    };
    let mut pixel = Vec::with_capacity(samples);
    for row in raw.chunks(stride.max(1)).take(rows) {
        for column in 0..columns {
            pixel.clear();
            for sample in 0..samples {
                let at = (column * samples + sample) * bits;
                let byte = u32::from(row.get(at / 8).copied().unwrap_or(0xFF));
                let value = if bits >= 8 { byte } else { byte >> (8 - bits - at % 8) & ((1 << bits) - 1) };
                pixel.push(scale(value).min(255) as u8);
            }
            let grey = colours.grey(&pixel);
            out.push(if inverted { 255 - grey } else { grey });
        }
    }
    // What is missing of a damaged picture is white.
    let missing = columns * rows.saturating_sub(raw.len().div_ceil(stride.max(1)));
    out.extend(std::iter::repeat_n(255, missing));
    Some(out)
}

/// Fax data in a TIFF of one strip (TIFF 6.0, sections 2 and 10 and 11).
fn fax(data: &[u8], parameters: &Dictionary, width: u32, height: u32) -> Vec<u8> {
    let k = parameters.get("K").and_then(Object::integer).unwrap_or(0);
    let columns = parameters.get("Columns").and_then(Object::integer).and_then(|n| u32::try_from(n).ok());
    let black_is_one = matches!(parameters.get("BlackIs1"), Some(Object::Bool(true)));
    let compression = if k < 0 { 4 } else { 3 };
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    const ENTRIES: u16 = 9;
    let offset = 8 + 2 + u32::from(ENTRIES) * 12 + 4;
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend(ENTRIES.to_le_bytes());
    let mut entry = |tag: u16, value: u32| {
        out.extend(tag.to_le_bytes());
        out.extend(4u16.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    };
    entry(256, columns.unwrap_or(width));
    entry(257, height);
    entry(258, 1);
    entry(259, compression);
    entry(262, u32::from(black_is_one));
    entry(273, offset);
    entry(278, height);
    entry(279, length);
    entry(if k < 0 { 293 } else { 292 }, u32::from(k > 0));
    out.extend(0u32.to_le_bytes());
    out.extend_from_slice(data);
    out
}

#[cfg(test)]
mod tests {
    use super::{Colours, fax, netpbm, place};
    use crate::formats::pdf::object::Dictionary;

    #[test]
    fn samples_become_grey() {
        let grey = |raw: &[u8], width, bits, colours: &Colours| netpbm(raw, width, 1, bits, colours, false).unwrap();
        assert_eq!(grey(&[0b1010_0000], 3, 1, &Colours::Grey), b"P5\n3 1\n255\n\xFF\0\xFF");
        assert_eq!(grey(&[0, 0, 0, 255, 255, 255], 2, 8, &Colours::Rgb), b"P5\n2 1\n255\n\0\xFF");
        assert_eq!(grey(&[0x01], 2, 4, &Colours::Palette(vec![9, 200])), b"P5\n2 1\n255\n\x09\xC8");
        assert_eq!(grey(&[0, 0, 0, 255], 1, 8, &Colours::Cmyk), b"P5\n1 1\n255\n\0");
        assert!(netpbm(&[], 1, 1, 7, &Colours::Grey, false).is_none());
        let tiff = fax(b"data", &Dictionary::default(), 8, 2);
        assert!(tiff.ends_with(b"data") && tiff.len() == 8 + 2 + 9 * 12 + 4 + 4);
    }

    #[test]
    fn pictures_lie_where_their_map_says() {
        assert_eq!(place(&[100.0, 0.0, 0.0, 50.0, 10.0, 20.0], 0.0, 600.0, 400.0, 600.0), [10.0, 530.0, 100.0, 50.0]);
        assert_eq!(place(&[0.0, 100.0, -50.0, 0.0, 0.0, 0.0], 0.0, 600.0, 400.0, 600.0), [0.0, 0.0, 400.0, 600.0]);
    }
}

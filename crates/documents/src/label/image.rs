//! Labels of pictures: an XMP packet with `TC260:AIGC`, in a PNG's `iTXt` chunk or a JPEG's APP1 segment.

use thiserror::Error;

use super::read::element_texts;
use super::{AigcLabel, KEY};
use crate::paper::escape;
use crate::xml;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = &[0xFF, 0xD8];
/// The keyword of XMP in a PNG.
const PNG_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
/// The name of XMP in a JPEG.
const JPEG_NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Why a picture was not labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ImageLabelError {
    /// Neither a PNG nor a JPEG, or a damaged one.
    #[error("only whole PNG and JPEG pictures can be labelled")]
    NotAPicture,
    /// It carries XMP or a label already; nobody may take a label away (标识办法).
    #[error("the picture carries a label or other XMP already")]
    AlreadyLabelled,
}

/// `png` or `jpeg`.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(PNG) {
        Some("png")
    } else if bytes.starts_with(JPEG) {
        Some("jpeg")
    } else {
        None
    }
}

/// The picture with the label in its metadata.
pub fn label_image(bytes: &[u8], label: &AigcLabel) -> Result<Vec<u8>, ImageLabelError> {
    if !packets(bytes).is_empty() {
        return Err(ImageLabelError::AlreadyLabelled);
    }
    let packet = packet(label);
    let (at, part) = match kind(bytes) {
        // After the header chunk: 8 bytes of signature, then length, name, 13 bytes and a check sum.
        Some("png") if bytes.get(12..16) == Some(b"IHDR") => (33, png_chunk(&packet)),
        Some("jpeg") => (after_jfif(bytes), jpeg_segment(&packet)),
        _ => return Err(ImageLabelError::NotAPicture),
    };
    let (head, tail) = bytes.split_at_checked(at).ok_or(ImageLabelError::NotAPicture)?;
    let part = part.ok_or(ImageLabelError::NotAPicture)?;
    Ok([head, &part, tail].concat())
}

/// The labels of a picture as they stand in its XMP.
pub(super) fn labels(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for packet in packets(bytes) {
        found.extend(element_texts(&packet, |element| xml::local(element.name().0) == KEY));
        // The short form of RDF: an attribute of the description.
        let mut reader = xml::reader(&packet);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element)) => {
                    found.extend(xml::attribute(&element, KEY));
                }
                Ok(quick_xml::events::Event::Eof) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
    found
}

fn packet(label: &AigcLabel) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:TC260=\"http://www.tc260.org.cn/ns/AIGC/1.0/\"><TC260:AIGC>{}</TC260:AIGC></rdf:Description></rdf:RDF>\
         </x:xmpmeta><?xpacket end=\"r\"?>",
        escape(&label.json())
    )
}

fn png_chunk(packet: &str) -> Option<Vec<u8>> {
    // Not compressed, no language, no translated keyword.
    let body = [b"iTXt", PNG_KEYWORD, &[0, 0, 0, 0], packet.as_bytes()].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&body);
    let length = u32::try_from(body.len() - 4).ok()?;
    Some([&length.to_be_bytes(), body.as_slice(), &sum.sum().to_be_bytes()].concat())
}

fn jpeg_segment(packet: &str) -> Option<Vec<u8>> {
    let length = u16::try_from(2 + JPEG_NAME.len() + packet.len()).ok()?;
    Some([&[0xFF, 0xE1], &length.to_be_bytes() as &[u8], JPEG_NAME, packet.as_bytes()].concat())
}

/// Where the first segment after the JFIF one begins.
fn after_jfif(bytes: &[u8]) -> usize {
    match bytes.get(2..6) {
        Some([0xFF, 0xE0, high, low]) => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    }
}

/// Every XMP packet of a picture.
fn packets(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    match kind(bytes) {
        Some("png") => {
            let mut rest = bytes.get(PNG.len()..).unwrap_or_default();
            while let Some((length, after)) = rest.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                let Some(body) = after.get(4..length.saturating_add(4)) else { break };
                if after.starts_with(b"iTXt")
                    && let Some(text) = body.strip_prefix(PNG_KEYWORD).and_then(|text| text.strip_prefix(&[0, 0]))
                {
                    // The language and the translated keyword end with a zero each.
                    let text = text.splitn(3, |b| *b == 0).nth(2).unwrap_or_default();
                    found.push(String::from_utf8_lossy(text).into_owned());
                }
                rest = after.get(length.saturating_add(8)..).unwrap_or_default();
            }
        }
        Some("jpeg") => {
            let mut rest = bytes.get(2..).unwrap_or_default();
            while let [0xFF, mark, high, low, ..] = rest {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(body) = rest.get(4..length.saturating_add(2)) else { break };
                if *mark == 0xE1
                    && let Some(text) = body.strip_prefix(JPEG_NAME)
                {
                    found.push(String::from_utf8_lossy(text).into_owned());
                }
                // Pixels follow the start of scan; no metadata does.
                if *mark == 0xDA {
                    break;
                }
                rest = rest.get(length.saturating_add(2)..).unwrap_or_default();
            }
        }
        _ => {}
    }
    found
}

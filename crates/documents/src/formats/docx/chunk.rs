//! altChunk: a document in another format inside a docx, as web editors save them — HTML, MHT, text, docx.

use std::borrow::Cow;

use crate::defect::{Defect, DefectCode};
use crate::detect::{Content, content};
use crate::encoding::decode;
use crate::flow::Flow;
use crate::formats::{html, txt};
use crate::package::Package;

/// Reads the bytes of a chunk into the flow.
pub(super) fn read(bytes: &[u8], flow: &mut Flow<'_>, depth: usize) -> Result<(), Defect> {
    match content(bytes) {
        Content::Zip => {
            let mut inner = Package::open(bytes, flow.limits)?;
            super::read(&mut inner, flow, depth)?;
        }
        Content::Html => html::read(bytes, flow),
        Content::Mime => match html_of_mime(bytes) {
            Some(page) => html::read(&page, flow),
            None => flow.defect(DefectCode::UnsupportedPart, "an embedded web archive holds no page"),
        },
        Content::Text => txt::read(&decode(bytes, None).text, flow),
        Content::Ole | Content::Pdf | Content::Rtf | Content::Binary => {
            flow.defect(DefectCode::UnsupportedPart, "an embedded document of another format was not read");
        }
    }
    Ok(())
}

/// The first HTML part of a MIME message (RFC 2557), decoded from its transfer encoding.
pub(crate) fn html_of_mime(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut at = memchr::memmem::find(bytes, b"text/html")?;
    // The part's headers end with an empty line.
    let head_start = memchr::memmem::rfind(bytes.get(..at)?, b"\n--").unwrap_or(0);
    let (end, gap) = blank_line(bytes.get(at..)?)?;
    let head = String::from_utf8_lossy(bytes.get(head_start..at + end)?).to_ascii_lowercase();
    at += end + gap;
    let body = bytes.get(at..)?;
    let body = body.get(..memchr::memmem::find(body, b"\n--").unwrap_or(body.len()))?;
    if head.contains("quoted-printable") {
        Some(Cow::Owned(quoted_printable(body)))
    } else if head.contains("base64") {
        Some(Cow::Owned(base64(body)))
    } else {
        Some(Cow::Borrowed(body))
    }
}

fn blank_line(bytes: &[u8]) -> Option<(usize, usize)> {
    let unix = memchr::memmem::find(bytes, b"\n\n").map(|at| (at, 2));
    let dos = memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| (at, 4));
    [unix, dos].into_iter().flatten().min()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let hex = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = hex {
            out.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            // A soft line break.
            let skip = if tail.starts_with(b"\r\n") { 2 } else { usize::from(tail.starts_with(b"\n")) };
            rest = tail.get(skip..).unwrap_or_default();
        }
    }
    out
}

fn base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xFF) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{base64, html_of_mime};

    #[test]
    fn the_page_of_a_web_archive_is_found() {
        let message = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>=E7=AC=AC=\r\n=E4=B8=80</p>\r\n--x--";
        assert_eq!(html_of_mime(message.as_bytes()).unwrap().as_ref(), "<p>第一</p>\r".as_bytes());
        assert_eq!(base64(b"5rOV\n5b6L"), "法律".as_bytes());
    }
}

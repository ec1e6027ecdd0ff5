//! Detection: what a file is, by its content first and its name second.

use serde::{Deserialize, Serialize};

/// A format of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma- or tab-separated values.
    Csv,
    /// Word 97–2003.
    Doc,
    /// Word (Office Open XML).
    Docx,
    /// A web page.
    Html,
    /// Markdown.
    Md,
    /// OFD (GB/T 33190).
    Ofd,
    /// PDF.
    Pdf,
    /// Rich Text Format.
    Rtf,
    /// Plain text.
    Txt,
    /// None of the above.
    Unknown,
    /// WPS text.
    Wps,
    /// Excel 97–2003.
    Xls,
    /// Excel (Office Open XML).
    Xlsx,
}

impl Format {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Doc => "doc",
            Self::Docx => "docx",
            Self::Html => "html",
            Self::Md => "md",
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
            Self::Rtf => "rtf",
            Self::Txt => "txt",
            Self::Unknown => "unknown",
            Self::Wps => "wps",
            Self::Xls => "xls",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format that the extension of `name` promises.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let (stem, extension) = file.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Self::Csv,
            "doc" => Self::Doc,
            "docx" | "docm" | "dotx" => Self::Docx,
            "htm" | "html" | "shtml" | "xhtml" | "mht" | "mhtml" => Self::Html,
            "md" | "markdown" => Self::Md,
            "ofd" => Self::Ofd,
            "pdf" => Self::Pdf,
            "rtf" => Self::Rtf,
            "txt" | "text" | "log" => Self::Txt,
            "wps" | "wpt" => Self::Wps,
            "xls" | "et" => Self::Xls,
            "xlsx" | "xlsm" => Self::Xlsx,
            _ => return None,
        })
    }
}

/// What the first bytes say the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A zip archive; which document it is, only its list of parts tells.
    Zip,
    /// An OLE compound file: old Office, or an encrypted new one.
    Ole,
    /// `%PDF-`.
    Pdf,
    /// `{\rtf`.
    Rtf,
    /// Markup that begins like a web page.
    Html,
    /// A MIME message (MHT).
    Mime,
    /// Text of some kind, or nothing we know.
    Text,
    /// Bytes that are no text.
    Binary,
}

/// Looks at the first bytes.
pub(crate) fn content(bytes: &[u8]) -> Content {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") || bytes.starts_with(b"PK\x07\x08") {
        return Content::Zip;
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Content::Ole;
    }
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    // Readers accept `%PDF-` anywhere in the first kilobyte (ISO 32000-1, annex H).
    if find(head, b"%PDF-").is_some() {
        return Content::Pdf;
    }
    if bytes.starts_with(b"{\\rtf") {
        return Content::Rtf;
    }
    let lower: Vec<u8> = plain_ascii(head).to_ascii_lowercase();
    let trimmed = lower.trim_ascii_start();
    if ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| trimmed.starts_with(tag.as_bytes()))
        || (trimmed.starts_with(b"<") && find(trimmed, b"<html").is_some())
    {
        return Content::Html;
    }
    if trimmed.starts_with(b"mime-version:")
        || (trimmed.starts_with(b"from:") && find(trimmed, b"mime-version:").is_some())
    {
        return Content::Mime;
    }
    if looks_binary(head) { Content::Binary } else { Content::Text }
}

/// The ASCII characters of the head, so that UTF-16 markup is recognised too.
fn plain_ascii(head: &[u8]) -> Vec<u8> {
    head.iter().copied().filter(|b| *b != 0 && b.is_ascii()).collect()
}

fn looks_binary(head: &[u8]) -> bool {
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return false;
    }
    let zeros = head.iter().filter(|b| **b == 0).count();
    let controls = head.iter().filter(|b| **b < 32 && !matches!(**b, 0 | 9 | 10 | 12 | 13 | 27)).count();
    if zeros > 0 {
        return crate::encoding::utf16_without_mark(head.get(..head.len() & !1).unwrap_or_default()).is_none();
    }
    controls * 20 > head.len()
}

/// Where `needle` first stands in `haystack`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::{Content, Format, content};

    #[test]
    fn content_is_recognised_by_its_first_bytes() {
        let utf16: Vec<u8> = "<html><body>好</body></html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, want) in [
            (&b"PK\x03\x04rest"[..], Content::Zip),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Content::Ole),
            (b"junk\n%PDF-1.7", Content::Pdf),
            (b"{\\rtf1", Content::Rtf),
            (b"  <!DOCTYPE html><p>", Content::Html),
            (b"<?xml version='1.0'?><html>", Content::Html),
            (utf16.as_slice(), Content::Html),
            ("第一条 为了".as_bytes(), Content::Text),
            (b"", Content::Text),
            (b"\x00\x01\x02\x03\x04\x05\x06\x07", Content::Binary),
        ] {
            assert_eq!(content(bytes), want, "{bytes:?}");
        }
    }

    #[test]
    fn extensions_name_formats_in_any_case() {
        assert_eq!(Format::of_name("a/通知.DOCX"), Some(Format::Docx));
        assert_eq!(Format::of_name("x.y.ofd"), Some(Format::Ofd));
        assert_eq!(Format::of_name(".md"), None);
        assert_eq!(Format::of_name("README"), None);
    }
}

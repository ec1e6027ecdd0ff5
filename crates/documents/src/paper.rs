//! Papers: an answer that leaves the platform as a file, with its labels (GB 45438—2025) in words and in metadata.
//!
//! The explicit label stands at the beginning, at the end and on every page; the implicit one is written once, in the
//! place of its format. The same paper gives the same bytes.

mod docx;
mod lines;
mod md;
mod ofd;
mod pdf;

use crate::label::AigcLabel;

/// What kind of paragraph a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockStyle {
    /// A heading.
    Heading,
    /// Running text.
    Body,
    /// Words of another text.
    Quote,
    /// A remark in small letters.
    Small,
}

/// One paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub style: BlockStyle,
    /// Its words; line breaks begin new lines.
    pub text: String,
}

impl Block {
    /// A paragraph.
    #[must_use]
    pub fn new(style: BlockStyle, text: impl Into<String>) -> Self {
        Self { style, text: text.into() }
    }
}

/// A generated text that leaves as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its title.
    pub title: String,
    /// Its paragraphs.
    pub blocks: Vec<Block>,
    /// The words of the explicit label.
    pub notice: String,
    /// The implicit label.
    pub label: AigcLabel,
    /// The day it is written, `YYYY-MM-DD`.
    pub date: String,
}

/// A format in which a paper leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperFormat {
    /// Word.
    Docx,
    /// Markdown.
    Md,
    /// OFD (GB/T 33190).
    Ofd,
    /// PDF.
    Pdf,
}

impl PaperFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Docx, Self::Md, Self::Ofd, Self::Pdf];

    /// The format of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// Its name and the ending of its files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Md => "md",
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Md => "text/markdown; charset=utf-8",
            Self::Ofd => "application/ofd",
            Self::Pdf => "application/pdf",
        }
    }
}

impl Paper {
    /// The file.
    pub fn write(&self, format: PaperFormat) -> std::io::Result<Vec<u8>> {
        match format {
            PaperFormat::Docx => docx::write(self),
            PaperFormat::Md => Ok(md::write(self).into_bytes()),
            PaperFormat::Ofd => ofd::write(self),
            PaperFormat::Pdf => Ok(pdf::write(self)),
        }
    }

    /// The label, the title, the paragraphs and the label again.
    fn all_blocks(&self) -> Vec<Block> {
        let notice = || Block::new(BlockStyle::Small, self.notice.clone());
        let mut all = vec![notice(), Block::new(BlockStyle::Heading, self.title.clone())];
        all.extend(self.blocks.iter().cloned());
        all.push(notice());
        all
    }
}

/// Text as it stands in XML; characters that XML cannot hold are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A zip package of these parts, in this order.
fn package(parts: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        zip.start_file(name.as_str(), options).map_err(std::io::Error::other)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish().map_err(std::io::Error::other)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{Block, BlockStyle, Paper, PaperFormat};
    use crate::label::{AigcLabel, ExplicitLabel, ImageLabelError, check_label, label_image};
    use crate::{Limits, read};

    fn paper(text: &str) -> Paper {
        Paper {
            title: "产假有多少天？".into(),
            blocks: vec![
                Block::new(BlockStyle::Body, text),
                Block::new(BlockStyle::Heading, "引用"),
                Block::new(BlockStyle::Quote, "女职工生育享受98天产假 <A & B> “引文”。"),
            ],
            notice: "本内容由人工智能生成，仅供参考。".into(),
            label: AigcLabel {
                label: "1".into(),
                content_producer: "001111440106XXXXXXX27510001".into(),
                produce_id: "run_1".into(),
                reserved_code_1: "ab12".into(),
                content_propagator: "001111440106XXXXXXX27510001".into(),
                propagate_id: "run_1".into(),
                reserved_code_2: String::new(),
            },
            date: "2026-11-25".into(),
        }
    }

    #[test]
    fn every_format_says_what_it_holds_and_carries_both_labels_once() {
        let long: String =
            (1..=120).map(|i| format!("第{i}句：女职工生育享受九十八天产假，其中产前可以休假十五天。")).collect();
        for format in PaperFormat::ALL {
            let paper = paper(&long);
            let bytes = paper.write(format).unwrap();
            assert_eq!(bytes, paper.write(format).unwrap(), "the same paper gives the same bytes");
            let name = format!("answer.{}", format.as_str());
            let report = check_label(&name, &bytes, &Limits::default());
            assert_eq!(report.format, format.as_str());
            assert_eq!(report.implicit.as_ref(), Some(&paper.label), "{report:?}");
            assert_eq!(report.explicit, ExplicitLabel::Both, "{report:?}");
            assert!(report.ok, "{report:?}");
            let (document, defects) = read(&name, &bytes, &Limits::default());
            let plain: String = document.text.split_whitespace().collect();
            for words in ["产假有多少天", "第1句：女职工", "第120句：女职工生育享受九十八天产假", "<A&B>“引文”"]
            {
                assert!(plain.contains(words), "{format:?} {words} {defects:?}\n{plain}");
            }
        }
    }

    #[test]
    fn a_file_without_labels_or_with_two_is_found() {
        let bare = check_label("a.md", "# 标题\n\n正文，没有标识。\n".as_bytes(), &Limits::default());
        assert_eq!((bare.ok, bare.problems), (false, vec!["implicit_missing", "explicit_missing"]));
        let bytes = paper("正文。").write(PaperFormat::Md).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let twice = text.replacen("---\n", "---\nAIGC: '{\"Label\":\"1\"}'\n", 1);
        assert_eq!(check_label("a.md", twice.as_bytes(), &Limits::default()).problems, ["implicit_twice"]);
        let odd = text.replace("ReservedCode2", "Reserved2");
        assert_eq!(check_label("a.md", odd.as_bytes(), &Limits::default()).problems, ["unknown_field"]);
    }

    #[test]
    fn pictures_are_labelled_once() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR".to_vec();
        png.extend([0; 17]);
        png.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
        let jpeg =
            [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xDA, 0, 2, 1, 2, 3], &[0xFF, 0xD9_u8] as &[u8]].concat();
        let label = paper("").label;
        for (kind, bytes) in [("png", png), ("jpeg", jpeg)] {
            let labelled = label_image(&bytes, &label).unwrap();
            let report = check_label("picture", &labelled, &Limits::default());
            assert_eq!((report.format, report.explicit), (kind, ExplicitLabel::Unread));
            assert_eq!(report.implicit.as_ref(), Some(&label), "{report:?}");
            assert!(report.ok);
            assert_eq!(label_image(&labelled, &label), Err(ImageLabelError::AlreadyLabelled));
            assert_eq!(check_label("picture", &bytes, &Limits::default()).problems, ["implicit_missing"]);
        }
        assert_eq!(label_image(b"GIF89a", &label), Err(ImageLabelError::NotAPicture));
    }
}

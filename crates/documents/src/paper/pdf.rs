//! PDF: one font that every reader of Chinese knows by name (STSong-Light, Adobe-GB1), so that no font file is needed.
//!
//! The font is not embedded: a reader puts its own Song face in its place. The text is Unicode, so it can be searched
//! and copied.

use super::Paper;
use super::lines::{Line, POINT, pages};

pub(super) fn write(paper: &Paper) -> Vec<u8> {
    let pages = pages(&paper.all_blocks(), &paper.notice);
    let mut objects: Vec<String> = vec![
        "<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) >>".to_owned(),
        {
            let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 7 + 2 * i)).collect();
            format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len())
        },
        format!(
            "<< /Title {} /Creator (Shuzheng) /CreationDate (D:{}) /AIGC ({}) >>",
            hexadecimal(&paper.title, true),
            paper.date.replace('-', ""),
            // JSON of codes has no backslash; a parenthesis is the only sign that a PDF string escapes.
            paper.label.json().replace('(', "\\(").replace(')', "\\)"),
        ),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>"
            .to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) \
         /Supplement 2 >> /DW 1000 /W [1 95 500] /FontDescriptor 6 0 R >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 \
         /Descent -120 /CapHeight 880 /StemV 93 >>"
            .to_owned(),
    ];
    for (i, page) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Resources << /Font << /F1 4 0 R >> >> /Contents {} 0 R >>",
            8 + 2 * i
        ));
        let content: String = page.iter().map(placed).collect();
        objects.push(format!("<< /Length {} >>\nstream\n{content}endstream", content.len()));
    }
    let mut out = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::with_capacity(objects.len());
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    out.extend(format!("trailer\n<< /Size {size} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn placed(line: &Line) -> String {
    let (x, y) = (line.x / POINT, 841.89 - line.y / POINT);
    format!("BT /F1 {} Tf {x:.2} {y:.2} Td {} Tj ET\n", line.size, hexadecimal(&line.text, false))
}

/// UCS-2 in hexadecimal; what does not fit into it becomes a blank square.
fn hexadecimal(text: &str, mark: bool) -> String {
    let mut out = String::from(if mark { "<FEFF" } else { "<" });
    for c in text.chars().filter(|c| !c.is_control()) {
        out.push_str(&format!("{:04X}", u16::try_from(u32::from(c)).unwrap_or(0x25A1)));
    }
    out.push('>');
    out
}

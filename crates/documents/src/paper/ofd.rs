//! OFD (GB/T 33190—2016): a page of placed lines in a Song face by name; the implicit label among the custom data.

use super::lines::{Line, PAGE, POINT, pages, width};
use super::{Paper, escape, package};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

pub(super) fn write(paper: &Paper) -> std::io::Result<Vec<u8>> {
    let pages = pages(&paper.all_blocks(), &paper.notice);
    let last = pages.iter().map(Vec::len).sum::<usize>() + 2 * pages.len() + 10;
    let mut parts = vec![
        (
            "OFD.xml".to_owned(),
            format!(
                "{HEAD}<ofd:OFD {SPACE} Version=\"1.1\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{}</ofd:DocID><ofd:Title>{}</ofd:Title>\
             <ofd:CreationDate>{}</ofd:CreationDate><ofd:Creator>Shuzheng</ofd:Creator><ofd:CustomDatas><ofd:CustomData Name=\"AIGC\">{}</ofd:CustomData>\
             </ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
                escape(&identity(&paper.label.produce_id)),
                escape(&paper.title),
                escape(&paper.date),
                escape(&paper.label.json()),
            ),
        ),
        ("Doc_0/Document.xml".to_owned(), {
            let list: String = (0..pages.len())
                .map(|i| format!("<ofd:Page ID=\"{}\" BaseLoc=\"Pages/Page_{i}/Content.xml\"/>", 2 + i))
                .collect();
            format!(
                "{HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox>\
                 </ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>{list}</ofd:Pages></ofd:Document>",
                PAGE.0, PAGE.1
            )
        }),
        (
            "Doc_0/PublicRes.xml".to_owned(),
            format!(
                "{HEAD}<ofd:Res {SPACE} BaseLoc=\"Res\"><ofd:Fonts><ofd:Font ID=\"1\" FontName=\"宋体\" FamilyName=\"宋体\"/></ofd:Fonts></ofd:Res>"
            ),
        ),
    ];
    let mut units = 2 + pages.len()..;
    let mut unit = || units.next().unwrap_or(last);
    for (i, page) in pages.iter().enumerate() {
        let layer = unit();
        let texts: String = page.iter().map(|line| text_object(unit(), line)).collect();
        parts.push((format!("Doc_0/Pages/Page_{i}/Content.xml"), format!(
            "{HEAD}<ofd:Page {SPACE}><ofd:Area><ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox></ofd:Area><ofd:Content><ofd:Layer ID=\"{layer}\">{texts}\
             </ofd:Layer></ofd:Content></ofd:Page>",
            PAGE.0, PAGE.1
        )));
    }
    package(&parts)
}

fn text_object(id: usize, line: &Line) -> String {
    let size = line.size * POINT;
    let advance: Vec<String> = line.text.chars().map(|c| format!("{:.3}", width(c) * size)).collect();
    let steps = advance.get(..advance.len().saturating_sub(1)).unwrap_or_default().join(" ");
    let long: f32 = line.text.chars().map(|c| width(c) * size).sum();
    let delta = if steps.is_empty() { String::new() } else { format!(" DeltaX=\"{steps}\"") };
    format!(
        "<ofd:TextObject ID=\"{id}\" Boundary=\"{:.3} {:.3} {long:.3} {:.3}\" Font=\"1\" Size=\"{size:.3}\"><ofd:TextCode X=\"0\" Y=\"{size:.3}\"{delta}>{}</ofd:TextCode></ofd:TextObject>",
        line.x,
        line.y - size,
        size * 1.3,
        escape(&line.text),
    )
}

/// A document's id is 32 hexadecimal digits: made from the number of what was generated.
fn identity(number: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(number.as_bytes()).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

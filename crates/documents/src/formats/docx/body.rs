//! The text of a docx, read as a stream: what a reader sees once all changes are accepted.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::numbering::Numbering;
use super::styles::Styles;
use super::table::{Content, Table, deliver, nest};
use crate::defect::DefectCode;
use crate::flow::{BlockKind, Flow};
use crate::limits::Limits;
use crate::xml;

/// What the text refers to in other parts.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Notes in the order of their references: the kind of note, and its id.
    pub(super) notes: Vec<(&'static str, String)>,
    /// Relations of documents in other formats.
    pub(super) chunks: Vec<String>,
    /// Relations of headers (`false`) and footers (`true`).
    pub(super) margins: Vec<(bool, String)>,
    pub(super) pictures: usize,
}

#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    list: Option<String>,
    list_level: Option<u8>,
    outline: Option<u8>,
    /// The paragraph's mark was deleted: the next paragraph goes on in it.
    runs_on: bool,
    /// Text boxes anchored in it; they follow it.
    boxes: Content,
}

/// Reads the text of a document part.
pub(super) struct Body {
    styles: Styles,
    numbering: Numbering,
    found: Found,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Open cells and text boxes, and what they hold so far.
    frames: Vec<Content>,
    /// Open fields; true while in the instruction.
    fields: Vec<bool>,
    /// Open alternatives; true once a choice was taken.
    alternatives: Vec<bool>,
    /// Text of a paragraph that runs on into the next.
    run_on: String,
    in_text: bool,
    in_paragraph_properties: bool,
    in_row_properties: bool,
    hidden: bool,
    checkbox: Option<bool>,
    depth: usize,
    cells: usize,
    breaks_are_rendered: bool,
    /// The element whose content is collected apart (a footnote, a header), and what was collected.
    capture: Option<&'static str>,
    captured: Vec<(String, String)>,
    capture_ids: Vec<String>,
}

impl Body {
    pub(super) fn new(styles: Styles, numbering: Numbering) -> Self {
        Self {
            styles,
            numbering,
            found: Found::default(),
            paragraphs: Vec::new(),
            tables: Vec::new(),
            frames: Vec::new(),
            fields: Vec::new(),
            alternatives: Vec::new(),
            run_on: String::new(),
            in_text: false,
            in_paragraph_properties: false,
            in_row_properties: false,
            hidden: false,
            checkbox: None,
            depth: 0,
            cells: 0,
            breaks_are_rendered: false,
            capture: None,
            captured: Vec::new(),
            capture_ids: Vec::new(),
        }
    }

    /// Reads the part into the flow.
    pub(super) fn read(&mut self, text: &str, flow: &mut Flow<'_>) {
        self.breaks_are_rendered = memchr::memmem::find(text.as_bytes(), b"lastRenderedPageBreak").is_some();
        let mut reader = xml::reader(text);
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => {
                    self.depth += 1;
                    if self.is_past_cells(&element, flow) {
                        self.skip(&mut reader, &element);
                    } else if self.depth > flow.limits.depth {
                        flow.defect(DefectCode::TooDeep, "elements nested deeper than allowed were left out");
                        self.skip(&mut reader, &element);
                    } else if self.skips(&element) {
                        self.skip(&mut reader, &element);
                    } else {
                        self.start(&element, flow);
                    }
                }
                Ok(Event::Empty(element)) => {
                    if !self.skips(&element) && !self.is_past_cells(&element, flow) {
                        self.empty(&element, flow);
                    }
                }
                Ok(Event::End(element)) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.end(xml::local(element.name().0), flow);
                }
                Ok(Event::Text(text)) if self.in_text => self.write(&text.xml10_content()),
                Ok(Event::CData(text)) if self.in_text => self.write(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) if self.in_text => {
                    if let Some(c) = xml::reference(&reference) {
                        self.write(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(_) => {
                    flow.defect(DefectCode::Damaged, "the document's XML is damaged; what stands before was read");
                    break;
                }
            }
            if flow.is_full() {
                break;
            }
        }
        self.close_all(flow);
    }

    pub(super) fn finish(self, _flow: &mut Flow<'_>) -> Found {
        self.found
    }

    /// Ends what a damaged or cut part left open.
    fn close_all(&mut self, flow: &mut Flow<'_>) {
        for _ in 0..self.paragraphs.len() {
            self.end("p", flow);
        }
        while !self.tables.is_empty() || !self.frames.is_empty() {
            let open = (self.tables.len(), self.frames.len());
            if !self.frames.is_empty() {
                self.end("tc", flow);
            }
            self.end("tbl", flow);
            if (self.tables.len(), self.frames.len()) == open {
                break;
            }
        }
        if !self.run_on.is_empty() {
            let text = std::mem::take(&mut self.run_on);
            flow.push(BlockKind::Paragraph, &text);
        }
    }

    /// Content that a reader does not see: deleted, moved away, instructions, phonetic guides, the old form of
    /// something that is given in a new form too.
    fn skips(&self, element: &BytesStart<'_>) -> bool {
        match xml::local(element.name().0) {
            "del" | "moveFrom" => !self.in_paragraph_properties && !self.in_row_properties,
            "delText" | "instrText" | "delInstrText" | "rt" | "tblGrid" | "pPrChange" | "rPrChange"
            | "sectPrChange" | "tblPrChange" | "trPrChange" | "tcPrChange" | "tblGridChange" | "tblPrExChange"
            | "numberingChange" | "style" | "sdtPr" | "sdtEndPr" => true,
            "Fallback" => self.alternatives.last().copied().unwrap_or(false),
            _ => false,
        }
    }

    /// Counts rows and cells; says whether there were more than allowed.
    fn is_past_cells(&mut self, element: &BytesStart<'_>, flow: &mut Flow<'_>) -> bool {
        if !matches!(xml::local(element.name().0), "tr" | "tc") {
            return false;
        }
        self.cells += 1;
        if self.cells <= flow.limits.cells {
            return false;
        }
        let most = flow.limits.cells;
        flow.defect(DefectCode::Truncated, format!("more than {most} table cells; the rest was left out"));
        true
    }

    fn skip(&mut self, reader: &mut Reader<&[u8]>, element: &BytesStart<'_>) {
        self.depth -= 1;
        // An end that never comes is met by the main loop as the end of the part.
        let _ = reader.read_to_end(element.name());
    }

    fn start(&mut self, element: &BytesStart<'_>, flow: &mut Flow<'_>) {
        let name = xml::local(element.name().0);
        match name {
            "p" => self.paragraphs.push(Paragraph::default()),
            "pPr" => self.in_paragraph_properties = true,
            "trPr" => self.in_row_properties = true,
            "r" => self.hidden = false,
            "t" => self.in_text = true,
            "tbl" => self.tables.push(Table::default()),
            "tr" => self.with_table(Table::start_row),
            "tc" => {
                self.with_table(Table::start_cell);
                self.frames.push(Content::new());
            }
            "txbxContent" => self.frames.push(Content::new()),
            "AlternateContent" => self.alternatives.push(false),
            "Choice" => {
                if let Some(taken) = self.alternatives.last_mut() {
                    *taken = true;
                }
            }
            "checkBox" => self.checkbox = Some(false),
            name if Some(name) == self.capture => {
                self.capture_ids.push(xml::attribute(element, "id").unwrap_or_default());
                self.frames.push(Content::new());
            }
            _ => self.empty(element, flow),
        }
    }

    fn empty(&mut self, element: &BytesStart<'_>, flow: &mut Flow<'_>) {
        let name = xml::local(element.name().0);
        match name {
            "tab" if !self.in_paragraph_properties => self.write("\t"),
            "br" => {
                if xml::attribute(element, "type").as_deref() == Some("page") {
                    flow.pages += u32::from(!self.breaks_are_rendered);
                }
                self.write("\n");
            }
            "cr" => self.write("\n"),
            "lastRenderedPageBreak" => flow.pages += 1,
            "noBreakHyphen" => self.write("-"),
            "sym" => self.symbol(element),
            "vanish" if !self.in_paragraph_properties => self.hidden = xml::is_on(element),
            "fldChar" => match xml::attribute(element, "fldCharType").as_deref() {
                Some("begin") => self.fields.push(true),
                Some("separate") => {
                    if let Some(code) = self.fields.last_mut() {
                        *code = false;
                    }
                }
                Some("end") => {
                    self.fields.pop();
                }
                _ => {}
            },
            "checked" | "default" if self.checkbox.is_some() => self.checkbox = Some(xml::is_on(element)),
            "footnoteReference" => self.note("footnote", element),
            "endnoteReference" => self.note("endnote", element),
            "altChunk" => self.found.chunks.extend(xml::attribute(element, "id")),
            "headerReference" | "footerReference" => {
                if let Some(id) = xml::attribute(element, "id") {
                    self.found.margins.push((name == "footerReference", id));
                }
            }
            "blip" | "imagedata" => self.found.pictures += 1,
            "p" => {
                self.paragraphs.push(Paragraph::default());
                self.end_paragraph(flow);
            }
            "del" if self.in_paragraph_properties => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.runs_on = true;
                }
            }
            "del" if self.in_row_properties => self.with_table(Table::delete_row),
            "tc" => self.with_table(Table::start_cell),
            "gridSpan" => {
                let columns = xml::number(element, "val").unwrap_or(1);
                self.with_table(|table| table.span(columns));
            }
            "gridBefore" => {
                let columns = xml::number(element, "val").unwrap_or(0);
                self.with_table(|table| table.skip_columns(columns));
            }
            "vMerge" if xml::attribute(element, "val").as_deref() != Some("restart") => {
                self.with_table(Table::continue_above);
            }
            _ if self.in_paragraph_properties => self.paragraph_property(name, element),
            _ => {}
        }
    }

    fn paragraph_property(&mut self, name: &str, element: &BytesStart<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        match name {
            "pStyle" => paragraph.style = xml::attribute(element, "val"),
            "numId" => paragraph.list = xml::attribute(element, "val"),
            "ilvl" => paragraph.list_level = xml::number(element, "val"),
            "outlineLvl" => paragraph.outline = xml::number(element, "val"),
            _ => {}
        }
    }

    fn end(&mut self, name: &str, flow: &mut Flow<'_>) {
        match name {
            "p" => self.end_paragraph(flow),
            "pPr" => self.in_paragraph_properties = false,
            "trPr" => self.in_row_properties = false,
            "t" => self.in_text = false,
            "tc" => {
                if let Some(content) = self.frames.pop() {
                    self.with_table(|table| table.fill(content));
                }
            }
            "tbl" => {
                if let Some(table) = self.tables.pop() {
                    match self.frames.last_mut() {
                        Some(frame) => nest(table, frame),
                        None => deliver(table, flow),
                    }
                }
            }
            "txbxContent" => {
                if let Some(content) = self.frames.pop() {
                    match self.paragraphs.last_mut() {
                        Some(anchor) => anchor.boxes.extend(content),
                        None => self.emit_all(content, flow),
                    }
                }
            }
            "AlternateContent" => {
                self.alternatives.pop();
            }
            "checkBox" => {
                if let Some(checked) = self.checkbox.take() {
                    self.write_visible(if checked { "☑" } else { "□" });
                }
            }
            name if Some(name) == self.capture => {
                if let (Some(content), Some(id)) = (self.frames.pop(), self.capture_ids.pop()) {
                    let lines: Vec<String> = content.into_iter().map(|(_, text)| text).collect();
                    self.captured.push((id, lines.join("\n")));
                }
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self, flow: &mut Flow<'_>) {
        let Some(mut paragraph) = self.paragraphs.pop() else { return };
        if !self.run_on.is_empty() {
            paragraph.text.insert_str(0, &std::mem::take(&mut self.run_on));
        }
        if paragraph.runs_on {
            self.run_on = paragraph.text;
            self.emit_all(paragraph.boxes, flow);
            return;
        }
        let style = paragraph.style.as_deref().and_then(|id| self.styles.get(id));
        let list = paragraph.list.as_deref().or_else(|| style?.list.as_deref()).filter(|id| *id != "0");
        if let Some(list) = list {
            let level = paragraph
                .list_level
                .or_else(|| self.numbering.level_of_style(list, paragraph.style.as_deref()?))
                .or_else(|| style?.list_level)
                .unwrap_or(0);
            let number = self.numbering.next(list, level);
            if !number.is_empty() && !paragraph.text.trim().is_empty() {
                let text = paragraph.text.trim_start();
                paragraph.text = format!("{number}{text}");
            }
        }
        let outline = paragraph.outline.filter(|level| *level < 9).or_else(|| {
            // A direct level of 9 says body text whatever the style says.
            if paragraph.outline.is_some() { None } else { style?.outline }
        });
        let kind = match style {
            Some(style) if style.is_contents => BlockKind::Contents,
            Some(style) if style.is_title => BlockKind::Title,
            _ => outline.map_or(BlockKind::Paragraph, |level| BlockKind::Heading(level + 1)),
        };
        self.emit(kind, paragraph.text, flow);
        self.emit_all(paragraph.boxes, flow);
    }

    fn emit(&mut self, kind: BlockKind, text: String, flow: &mut Flow<'_>) {
        match self.frames.last_mut() {
            Some(frame) => {
                if !text.trim().is_empty() {
                    frame.push((kind, text));
                }
            }
            None => flow.push(kind, &text),
        }
    }

    fn emit_all(&mut self, content: Content, flow: &mut Flow<'_>) {
        for (kind, text) in content {
            self.emit(kind, text, flow);
        }
    }

    fn write(&mut self, text: &str) {
        if !self.hidden && !self.fields.iter().any(|code| *code) {
            self.write_visible(text);
        }
    }

    fn write_visible(&mut self, text: &str) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.text.push_str(text);
        }
    }

    fn note(&mut self, kind: &'static str, element: &BytesStart<'_>) {
        if let Some(id) = xml::attribute(element, "id").filter(|_| self.capture.is_none()) {
            self.found.notes.push((kind, id));
            let number = self.found.notes.len();
            self.write(&format!("[{number}]"));
        }
    }

    /// Characters of symbol fonts: the boxes of forms; others are pictures and no text.
    fn symbol(&mut self, element: &BytesStart<'_>) {
        let code = xml::attribute(element, "char").and_then(|hex| u32::from_str_radix(&hex, 16).ok()).unwrap_or(0);
        let c = match code {
            0xF0FE | 0xF052 => '☑',
            0xF0FD | 0xF051 => '☒',
            0xF0A8 | 0xF06F | 0xF0A3 => '□',
            0xF0FC => '√',
            0xE000..=0xF8FF => return,
            code => char::from_u32(code).unwrap_or(' '),
        };
        self.write(c.encode_utf8(&mut [0; 4]));
    }

    fn with_table(&mut self, act: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.last_mut() {
            act(table);
        }
    }
}

/// The texts of all elements of a name in a part (footnotes, a header), with their ids.
pub(super) fn texts_of(text: &str, element: &'static str) -> Vec<(String, String)> {
    let limits = Limits::default();
    let mut flow = Flow::new(&limits);
    let mut body = Body::new(Styles::default(), Numbering::default());
    body.capture = Some(element);
    body.read(text, &mut flow);
    body.captured
}

//! xlsx: each visible sheet as a table, dates and percentages as a reader sees them, merged cells in each place.
//!
//! Read from the parts and not through a spreadsheet library, because those allocate the rectangle that a hostile
//! sheet claims to fill.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use crate::defect::{Defect, DefectCode};
use crate::flow::{BlockKind, Cell, Flow};
use crate::package::{Package, resolve};
use crate::xml;

/// A sheet has at most 16,384 columns; tables that people read have few.
const MOST_COLUMNS: usize = 512;
/// Rows without content between two rows are left out; a table ends at this many.
const GAP_ROWS: u32 = 3;
const MOST_STRINGS: usize = 5_000_000;

/// Reads a workbook into the flow.
pub(crate) fn read(package: &mut Package<'_>, flow: &mut Flow<'_>) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    package.read("xl/workbook.xml", &mut buffer)?;
    let (sheets, old_epoch) = sheets(&xml::text_of(&buffer));
    package.read("xl/_rels/workbook.xml.rels", &mut buffer)?;
    let targets = targets(&xml::text_of(&buffer));
    let strings =
        if package.read("xl/sharedStrings.xml", &mut buffer)? { strings(&xml::text_of(&buffer)) } else { Vec::new() };
    package.read("xl/styles.xml", &mut buffer)?;
    let formats = formats(&xml::text_of(&buffer));
    let book = Book { strings, formats, old_epoch };
    let visible: Vec<&Sheet> = sheets.iter().filter(|sheet| !sheet.hidden).collect();
    flow.pages = 0;
    for sheet in &visible {
        let Some(target) = targets.get(&sheet.relation) else { continue };
        if !package.read(target, &mut buffer)? {
            continue;
        }
        flow.pages += 1;
        if visible.len() > 1 || !sheet.name.to_ascii_lowercase().starts_with("sheet") {
            flow.push(BlockKind::Heading(1), &sheet.name);
        }
        book.sheet(&xml::text_of(&buffer), flow);
        if flow.is_full() {
            break;
        }
    }
    flow.pages = flow.pages.max(1);
    package.defects.drain(..).for_each(|defect| flow.note(defect));
    Ok(())
}

struct Sheet {
    name: String,
    relation: String,
    hidden: bool,
}

fn sheets(text: &str) -> (Vec<Sheet>, bool) {
    let mut reader = xml::reader(text);
    let mut found = Vec::new();
    let mut old_epoch = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => match xml::local(element.name().0) {
                "sheet" => found.push(Sheet {
                    name: xml::attribute(&element, "name").unwrap_or_default(),
                    relation: xml::attribute(&element, "id").unwrap_or_default(),
                    hidden: xml::attribute(&element, "state").is_some_and(|state| state != "visible"),
                }),
                "workbookPr" => {
                    old_epoch = matches!(xml::attribute(&element, "date1904").as_deref(), Some("1" | "true"))
                }
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => return (found, old_epoch),
            Ok(_) => {}
        }
    }
}

fn targets(text: &str) -> HashMap<String, String> {
    let mut reader = xml::reader(text);
    let mut found = HashMap::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                if let (Some(id), Some(target)) = (xml::attribute(&element, "Id"), xml::attribute(&element, "Target")) {
                    found.insert(id, resolve("xl/workbook.xml", &target));
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

fn strings(text: &str) -> Vec<String> {
    let mut reader = xml::reader(text);
    let mut found = Vec::new();
    let mut current = String::new();
    // More strings than cells may name are none that anybody reads.
    // Phonetic guides are no part of the string.
    let (mut in_text, mut phonetic) = (false, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => match xml::local(element.name().0) {
                "si" => current.clear(),
                "t" => in_text = !phonetic,
                "rPh" => phonetic = true,
                _ => {}
            },
            Ok(Event::Empty(element)) if xml::local(element.name().0) == "si" && found.len() < MOST_STRINGS => {
                found.push(String::new());
            }
            Ok(Event::End(element)) => match xml::local(element.name().0) {
                "si" if found.len() >= MOST_STRINGS => return found,
                "si" => found.push(std::mem::take(&mut current)),
                "t" => in_text = false,
                "rPh" => phonetic = false,
                _ => {}
            },
            Ok(Event::Text(text)) if in_text => current.push_str(&text.xml10_content()),
            Ok(Event::CData(text)) if in_text => current.push_str(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) if in_text => current.extend(xml::reference(&reference)),
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// How a cell's number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Number,
    Date,
    Time,
    DateTime,
    Percent,
}

/// The way of showing of each cell style, in the order of the styles.
fn formats(text: &str) -> Vec<Shown> {
    let mut reader = xml::reader(text);
    let mut custom: HashMap<u32, Shown> = HashMap::new();
    let mut found = Vec::new();
    let mut in_styles = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => match xml::local(element.name().0) {
                "numFmt" => {
                    let code = xml::attribute(&element, "formatCode").unwrap_or_default();
                    if let Some(id) = xml::number(&element, "numFmtId") {
                        custom.insert(id, shown_by_code(&code));
                    }
                }
                "cellXfs" => in_styles = true,
                "cellStyles" | "dxfs" => in_styles = false,
                "xf" if in_styles => {
                    let id: u32 = xml::number(&element, "numFmtId").unwrap_or(0);
                    found.push(custom.get(&id).copied().unwrap_or_else(|| shown_by_id(id)));
                }
                _ => {}
            },
            Ok(Event::End(element)) if xml::local(element.name().0) == "cellXfs" => in_styles = false,
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// Built-in formats, with those of the Chinese locale (ISO/IEC 29500-1, 18.8.30).
fn shown_by_id(id: u32) -> Shown {
    match id {
        9 | 10 => Shown::Percent,
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shown::Date,
        18..=21 | 32..=35 | 45..=47 | 55 | 56 => Shown::Time,
        22 => Shown::DateTime,
        _ => Shown::Number,
    }
}

fn shown_by_code(code: &str) -> Shown {
    let mut plain = String::new();
    let mut quoted = false;
    let mut bracketed = false;
    for c in code.split(';').next().unwrap_or_default().chars() {
        match c {
            '"' => quoted = !quoted,
            '[' => bracketed = true,
            ']' => bracketed = false,
            c if !quoted && !bracketed => plain.extend(c.to_lowercase()),
            _ => {}
        }
    }
    let date = plain.contains('y') || plain.contains('d') || plain.contains("mmm");
    let time = plain.contains('h') || plain.contains("ss");
    match (date, time) {
        (true, true) => Shown::DateTime,
        (true, false) => Shown::Date,
        (false, true) => Shown::Time,
        (false, false) if plain.contains('%') => Shown::Percent,
        (false, false) if plain == "m" || plain.contains("m月") => Shown::Date,
        (false, false) => Shown::Number,
    }
}

struct Book {
    strings: Vec<String>,
    formats: Vec<Shown>,
    old_epoch: bool,
}

/// Rows and merged ranges of a sheet, as far as there is content.
#[derive(Default)]
struct Grid {
    /// By row number, from 0, the cells by column.
    rows: Vec<(u32, Vec<(usize, Cell)>)>,
    merged: Vec<[u32; 4]>,
    cells: usize,
}

impl Book {
    fn sheet(&self, text: &str, flow: &mut Flow<'_>) {
        let mut grid = self.grid(text, flow);
        spread_merged(&mut grid);
        let mut table: Vec<Vec<Cell>> = Vec::new();
        let mut last: Option<u32> = None;
        for (row, cells) in grid.rows {
            if last.is_some_and(|last| row > last.saturating_add(GAP_ROWS)) {
                deliver(std::mem::take(&mut table), flow);
            }
            last = Some(row);
            let mut line: Vec<Cell> = Vec::new();
            for (column, cell) in cells {
                if line.len() <= column {
                    line.resize(column, Cell::default());
                    line.push(cell);
                }
            }
            table.push(line);
        }
        deliver(table, flow);
    }

    fn grid(&self, text: &str, flow: &mut Flow<'_>) -> Grid {
        let mut reader = xml::reader(text);
        let mut grid = Grid::default();
        let mut row = 0u32;
        let mut column = 0usize;
        let mut cell: Option<(String, usize)> = None;
        let mut value = String::new();
        let (mut in_value, mut in_text) = (false, false);
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => match xml::local(element.name().0) {
                    "row" => {
                        row = xml::number::<u32>(&element, "r").map_or(row, |row| row.saturating_sub(1));
                        column = 0;
                        grid.rows.push((row, Vec::new()));
                    }
                    "c" => {
                        column = place(&element).unwrap_or(column);
                        let style = xml::number(&element, "s").unwrap_or(0);
                        cell = Some((xml::attribute(&element, "t").unwrap_or_default(), style));
                        value.clear();
                    }
                    "v" => in_value = true,
                    "t" => in_text = true,
                    _ => {}
                },
                Ok(Event::Empty(element)) => match xml::local(element.name().0) {
                    "c" => column = place(&element).unwrap_or(column) + 1,
                    "mergeCell" => {
                        if let Some(range) = xml::attribute(&element, "ref").as_deref().and_then(range)
                            && grid.merged.len() < 100_000
                        {
                            grid.merged.push(range);
                        }
                    }
                    _ => {}
                },
                Ok(Event::Text(text)) if in_value || in_text => value.push_str(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) if in_value || in_text => value.extend(xml::reference(&reference)),
                Ok(Event::End(element)) => match xml::local(element.name().0) {
                    "c" => {
                        if let Some((kind, style)) = cell.take() {
                            let shown = self.shown(&kind, style, &value);
                            if !shown.trim().is_empty() && column < MOST_COLUMNS {
                                grid.cells += 1;
                                if let Some((_, cells)) = grid.rows.last_mut() {
                                    cells.push((column, Cell::new(shown)));
                                }
                            }
                        }
                        column += 1;
                    }
                    "row" => {
                        if grid.rows.last().is_some_and(|(_, cells)| cells.is_empty()) {
                            grid.rows.pop();
                        }
                        row = row.saturating_add(1);
                    }
                    "v" => in_value = false,
                    "t" => in_text = false,
                    _ => {}
                },
                Ok(Event::Eof) | Err(_) => return grid,
                Ok(_) => {}
            }
            if grid.cells > flow.limits.cells {
                let most = flow.limits.cells;
                flow.defect(DefectCode::Truncated, format!("more than {most} table cells; the rest was left out"));
                return grid;
            }
        }
    }

    fn shown(&self, kind: &str, style: usize, value: &str) -> String {
        match kind {
            "s" => value.trim().parse().ok().and_then(|at: usize| self.strings.get(at)).cloned().unwrap_or_default(),
            "b" => if value.trim() == "1" { "是" } else { "否" }.to_owned(),
            "e" => String::new(),
            "" | "n" => {
                let Ok(number) = value.trim().parse::<f64>() else { return value.to_owned() };
                match self.formats.get(style).copied().unwrap_or(Shown::Number) {
                    Shown::Number => plain_number(number, value),
                    Shown::Percent => format!("{}%", plain_number(round(number * 100.0), "")),
                    Shown::Date => self.date(number).unwrap_or_else(|| value.to_owned()),
                    Shown::Time => time(number),
                    Shown::DateTime => match self.date(number) {
                        Some(date) => format!("{date} {}", time(number)),
                        None => value.to_owned(),
                    },
                }
            }
            _ => value.to_owned(),
        }
    }

    /// A serial day as a date.
    fn date(&self, serial: f64) -> Option<String> {
        if !(1.0..2_958_466.0).contains(&serial) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
        let mut days = serial.floor() as i64;
        // The calendar of 1900 counts a 29 February that never was.
        days += if self.old_epoch { 1462 } else { 0 } - i64::from(days >= 60 || self.old_epoch);
        // Days since 0000-03-01 in the proleptic calendar; 1899-12-31 is day 693,900 of it.
        let shifted = days + 693_900;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Some(format!("{year:04}-{month:02}-{day:02}"))
    }
}

fn round(number: f64) -> f64 {
    if number.abs() > 1e5 {
        return number;
    }
    (number * 1e10).round() / 1e10
}

/// A number as typed, without the noise of its binary form.
fn plain_number(number: f64, raw: &str) -> String {
    let whole = raw.trim().bytes().all(|b| b.is_ascii_digit());
    let short = raw.bytes().filter(u8::is_ascii_digit).count() <= 15 && !raw.contains(['e', 'E']);
    if !raw.is_empty() && (whole || short) { raw.trim().to_owned() } else { round(number).to_string() }
}

fn time(serial: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of a day in seconds")]
    let secs = (serial.rem_euclid(1.0) * 86_400.0).round() as u32 % 86_400;
    match secs % 60 {
        0 => format!("{:02}:{:02}", secs / 3600, secs / 60 % 60),
        second => format!("{:02}:{:02}:{second:02}", secs / 3600, secs / 60 % 60),
    }
}

/// Writes the text of each merged range into every cell of it that the sheet has a row for.
fn spread_merged(grid: &mut Grid) {
    grid.rows.sort_by_key(|(row, _)| *row);
    let mut budget = grid.cells.saturating_mul(4).saturating_add(10_000);
    for [top, left, bottom, right] in std::mem::take(&mut grid.merged) {
        let left = left as usize;
        let right = (right as usize).min(MOST_COLUMNS - 1);
        let first = grid.rows.partition_point(|(row, _)| *row < top);
        let last = grid.rows.partition_point(|(row, _)| *row <= bottom);
        let Some(rows) = grid.rows.get_mut(first..last) else { continue };
        let anchor = rows
            .first()
            .filter(|(row, _)| *row == top)
            .and_then(|(_, cells)| cells.iter().find(|(column, _)| *column == left).map(|(_, cell)| cell.text.clone()));
        let Some(text) = anchor else { continue };
        for (_, cells) in rows {
            for column in left..=right {
                let Err(at) = cells.binary_search_by_key(&column, |(column, _)| *column) else { continue };
                if budget == 0 {
                    return;
                }
                budget -= 1;
                cells.insert(at, (column, Cell::repeated(&text)));
            }
        }
    }
}

fn deliver(table: Vec<Vec<Cell>>, flow: &mut Flow<'_>) {
    if table.is_empty() {
        return;
    }
    // Columns that no row uses are margins of the sheet.
    let first = table.iter().filter_map(|row| row.iter().position(|cell| !cell.text.is_empty())).min().unwrap_or(0);
    let width = table.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(first);
    let mut table: Vec<Vec<Cell>> = table
        .into_iter()
        .map(|mut row| {
            row.drain(..first.min(row.len()));
            row.resize(width, Cell::default());
            row
        })
        .collect();
    // A first row of one merged cell is the sheet's title.
    let is_title = table.len() > 2
        && width > 1
        && table.first().is_some_and(|row| {
            row.iter().filter(|cell| !cell.text.is_empty() && !cell.repeats).count() == 1
                && row.first().is_some_and(|cell| !cell.text.is_empty())
        });
    if is_title {
        let title = table.remove(0).into_iter().next().map(|cell| cell.text).unwrap_or_default();
        let kind = if flow.title.is_empty() { BlockKind::Title } else { BlockKind::Heading(2) };
        if flow.title.is_empty() {
            flow.title.clone_from(&title);
        }
        flow.push(kind, &title);
    }
    flow.push_table(table);
}

/// The column of a cell: `AB12` → 27.
fn place(element: &BytesStart<'_>) -> Option<usize> {
    let (column, _) = cell_name(&xml::attribute(element, "r")?)?;
    usize::try_from(column).ok()
}

/// `B3` → (1, 2).
fn cell_name(name: &str) -> Option<(u32, u32)> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let column = name
        .get(..letters)?
        .bytes()
        .try_fold(0u32, |sum, b| sum.checked_mul(26)?.checked_add(u32::from(b.to_ascii_uppercase() - b'A') + 1))?;
    let row: u32 = name.get(letters..)?.parse().ok()?;
    Some((column.checked_sub(1)?, row.checked_sub(1)?))
}

/// `A1:C2` → top, left, bottom, right.
fn range(text: &str) -> Option<[u32; 4]> {
    let (from, to) = text.split_once(':')?;
    let ((left, top), (right, bottom)) = (cell_name(from)?, cell_name(to)?);
    Some([top, left, bottom, right])
}

#[cfg(test)]
mod tests {
    use super::{Book, Shown, cell_name, range, shown_by_code, time};

    #[test]
    fn cells_dates_and_formats() {
        assert_eq!(cell_name("AB12"), Some((27, 11)));
        assert_eq!(range("A1:C2"), Some([0, 0, 1, 2]));
        let book = Book {
            strings: vec!["甲".to_owned()],
            formats: vec![Shown::Number, Shown::Date, Shown::Percent],
            old_epoch: false,
        };
        assert_eq!(book.shown("s", 0, "0"), "甲");
        assert_eq!(book.shown("", 1, "45292"), "2024-01-01");
        assert_eq!(book.shown("", 1, "1"), "1900-01-01");
        assert_eq!(book.shown("n", 2, "0.125"), "12.5%");
        assert_eq!(book.shown("", 0, "0.30000000000000004"), "0.3");
        assert_eq!(book.shown("", 0, "510107199001011234"), "510107199001011234");
        assert_eq!(time(0.5), "12:00");
        assert_eq!(shown_by_code("yyyy\"年\"m\"月\"d\"日\""), Shown::Date);
        assert_eq!(shown_by_code("[$-804]0.00%"), Shown::Percent);
        assert_eq!(shown_by_code("#,##0.00"), Shown::Number);
    }
}

//! A table of enterprises, as somebody exported it: headings are recognised, and a broken cell is told by row and column.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::field::{Field, FieldKind, Fields, Given, read_day};
use crate::number::Number;
use crate::profile::{Profile, check_credit_code};

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableProblem {
    /// A stable code: `no_heading`, `unknown_column`, `bad_cell`, `bad_credit_code`, `no_name`, `same_name`, `same_code`,
    /// `short_row`, `two_columns`.
    pub code: String,
    /// The row, from 1, the heading included; absent when it is the whole table.
    pub row: Option<usize>,
    /// The column's heading.
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// What was expected, or the rows it clashes with.
    pub wanted: String,
    /// Whether the row could not be taken.
    pub fatal: bool,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// The profiles that can be used, with their rows.
    pub profiles: Vec<(usize, Profile)>,
    /// What is wrong.
    pub problems: Vec<TableProblem>,
}

/// What a column holds.
enum Column<'f> {
    Name,
    Code,
    Id,
    Fact(&'f Field),
    Unknown,
}

/// The headings that name the enterprise and its code.
const NAMES: &[&str] = &["企业名称", "名称", "单位名称", "公司名称", "市场主体名称", "name"];
const CODES: &[&str] = &["统一社会信用代码", "社会信用代码", "信用代码", "credit_code"];
const IDS: &[&str] = &["编号", "序号", "id"];
/// Rows in which the heading is looked for: exported tables begin with a title and a date.
const HEADING_ROWS: usize = 8;
/// Problems that are told; more are counted in the last one.
const MOST_PROBLEMS: usize = 500;

/// Reads a table.
#[must_use]
pub fn read_table(fields: &Fields, rows: &[Vec<String>]) -> Imported {
    let mut imported = Imported::default();
    let heading = rows
        .iter()
        .take(HEADING_ROWS)
        .position(|row| row.iter().any(|cell| is_one(NAMES, cell) || is_one(CODES, cell)));
    let Some((at, heading)) = heading.and_then(|at| Some((at, rows.get(at)?))) else {
        let value = rows.first().map(|row| row.join(" | ")).unwrap_or_default();
        imported.problems.push(problem("no_heading", None, None, &value, "企业名称 / 统一社会信用代码", true));
        return imported;
    };
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    for cell in heading {
        let column = column(fields, cell);
        match &column {
            Column::Unknown if !cell.trim().is_empty() => {
                imported.problems.push(problem("unknown_column", Some(at + 1), Some(cell.as_str()), "", "", false));
            }
            Column::Fact(field) if taken.contains(&field.id.as_str()) => {
                imported.problems.push(problem(
                    "two_columns",
                    Some(at + 1),
                    Some(cell.as_str()),
                    "",
                    &field.title,
                    false,
                ));
                columns.push(Column::Unknown);
                continue;
            }
            Column::Fact(field) => taken.push(&field.id),
            _ => {}
        }
        columns.push(column);
    }
    for (row, cells) in rows.iter().enumerate().skip(at + 1) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        read_row(row + 1, heading, &columns, cells, &mut imported);
    }
    same(&mut imported);
    let more = imported.problems.len().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        imported.problems.truncate(MOST_PROBLEMS);
        imported.problems.push(problem("more", None, None, &more.to_string(), "", false));
    }
    imported
}

fn column<'f>(fields: &'f Fields, cell: &str) -> Column<'f> {
    if is_one(NAMES, cell) {
        return Column::Name;
    }
    if is_one(CODES, cell) {
        return Column::Code;
    }
    if is_one(IDS, cell) {
        return Column::Id;
    }
    fields.of_heading(cell.trim().trim_start_matches('\u{feff}')).map_or(Column::Unknown, Column::Fact)
}

fn is_one(names: &[&str], cell: &str) -> bool {
    let cell = cell.trim().trim_start_matches('\u{feff}').trim();
    names.iter().any(|name| name.eq_ignore_ascii_case(cell))
}

fn read_row(row: usize, heading: &[String], columns: &[Column<'_>], cells: &[String], imported: &mut Imported) {
    if cells.len() < columns.len() {
        let wanted = columns.len().to_string();
        imported.problems.push(problem("short_row", Some(row), None, &cells.len().to_string(), &wanted, false));
    }
    let mut profile = Profile::default();
    let mut usable = true;
    for ((column, cell), name) in columns.iter().zip(cells).zip(heading) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        match column {
            Column::Name => cell.clone_into(&mut profile.name),
            Column::Id => cell.clone_into(&mut profile.id),
            Column::Code => {
                let code = cell.to_ascii_uppercase();
                if let Err(wrong) = check_credit_code(&code) {
                    imported.problems.push(problem(
                        "bad_credit_code",
                        Some(row),
                        Some(name.as_str()),
                        cell,
                        wrong.as_str(),
                        true,
                    ));
                    usable = false;
                }
                profile.credit_code = Some(code);
            }
            Column::Fact(field) => match cell_value(field, cell, name) {
                Ok(given) => drop(profile.facts.insert(field.id.clone(), given)),
                Err(wanted) => {
                    imported.problems.push(problem("bad_cell", Some(row), Some(name.as_str()), cell, &wanted, true));
                    usable = false;
                }
            },
            Column::Unknown => {}
        }
    }
    if profile.name.is_empty() && profile.credit_code.is_none() {
        imported.problems.push(problem("no_name", Some(row), None, "", "企业名称", true));
        usable = false;
    }
    if profile.id.is_empty() {
        profile.id = profile.credit_code.clone().unwrap_or_else(|| format!("row-{row}"));
    }
    if usable {
        imported.profiles.push((row, profile));
    }
}

/// The words for yes, no and nothing in tables.
const YES: &[&str] = &["是", "有", "√", "true", "yes", "1", "y"];
const NO: &[&str] = &["否", "无", "没有", "×", "false", "no", "0", "n"];

/// A cell as a value of its field, or what was expected.
fn cell_value(field: &Field, cell: &str, heading: &str) -> Result<Given, String> {
    let lower = cell.to_lowercase();
    match field.kind {
        FieldKind::Number => {
            let (text, factor) = scaled(cell, heading);
            let number = Number::parse(text).and_then(|number| number.times(factor));
            number.map(Given::Number).ok_or_else(|| format!("{} ({})", "number", field.unit))
        }
        FieldKind::Flag if YES.contains(&lower.as_str()) => Ok(Given::Flag(true)),
        FieldKind::Flag if NO.contains(&lower.as_str()) => Ok(Given::Flag(false)),
        FieldKind::Flag => Err("是 / 否".to_owned()),
        FieldKind::One => {
            let bit = field.bit(cell).ok_or_else(|| names(field))?;
            Ok(Given::Text(field.options_of(bit).map(|option| option.id.clone()).collect()))
        }
        FieldKind::Many if NO.contains(&lower.as_str()) => Ok(Given::List(Vec::new())),
        FieldKind::Many => {
            let mut list = Vec::new();
            for part in
                cell.split(['、', ',', '，', ';', '；', '|', '/']).map(str::trim).filter(|part| !part.is_empty())
            {
                let bit = field.bit(part).ok_or_else(|| names(field))?;
                list.extend(field.options_of(bit).map(|option| option.id.clone()));
            }
            Ok(Given::List(list))
        }
        FieldKind::Region => match crate::field::region_number(cell) {
            Some(_) => Ok(Given::Text(cell.to_owned())),
            None => Err("GB/T 2260".to_owned()),
        },
        FieldKind::Day => match read_day(cell) {
            Some(day) => Ok(Given::Text(day.to_string())),
            None => Err("YYYY-MM-DD".to_owned()),
        },
    }
}

/// The digits of a cell and what they count, from the cell's own unit or the heading's: `3200万元`, `营业收入（万元）`.
fn scaled<'c>(cell: &'c str, heading: &str) -> (&'c str, i64) {
    for (unit, factor) in UNITS {
        if let Some(digits) = cell.strip_suffix(unit) {
            return (digits.trim_end(), *factor);
        }
    }
    let of_heading = UNITS.iter().find(|(unit, factor)| *factor > 1 && heading.contains(unit));
    (cell, of_heading.map_or(1, |(_, factor)| *factor))
}

pub(crate) const UNITS: &[(&str, i64)] = &[
    ("亿元", 100_000_000),
    ("万元", 10_000),
    ("亿", 100_000_000),
    ("万", 10_000),
    ("元", 1),
    ("%", 1),
    ("％", 1),
    ("人", 1),
    ("件", 1),
    ("项", 1),
];

fn names(field: &Field) -> String {
    field.listed(|option| &option.title, " / ")
}

/// Flags rows with one name, and takes only the first of rows with one code.
fn same(imported: &mut Imported) {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut dropped = BTreeSet::new();
    for (row, profile) in &imported.profiles {
        if let Some(code) = &profile.credit_code {
            if let Some(first) = by_code.get(code.as_str()) {
                problems.push(problem("same_code", Some(*row), None, code, &first.to_string(), true));
                dropped.insert(*row);
                continue;
            }
            by_code.insert(code, *row);
        }
        if !profile.name.is_empty() {
            by_name.entry(&profile.name).or_default().push(*row);
        }
    }
    for (name, rows) in by_name.iter().filter(|(_, rows)| rows.len() > 1) {
        let list: Vec<String> = rows.iter().map(ToString::to_string).collect();
        problems.push(problem("same_name", rows.first().copied(), None, name, &list.join(", "), false));
    }
    imported.profiles.retain(|(row, _)| !dropped.contains(row));
    imported.problems.extend(problems);
}

fn problem(
    code: &str,
    row: Option<usize>,
    column: Option<&str>,
    value: &str,
    wanted: &str,
    fatal: bool,
) -> TableProblem {
    let cut: String = value.chars().take(80).collect();
    TableProblem {
        code: code.to_owned(),
        row,
        column: column.map(|c| c.trim().to_owned()),
        value: cut,
        wanted: wanted.to_owned(),
        fatal,
    }
}

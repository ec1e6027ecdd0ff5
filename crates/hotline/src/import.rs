//! Work orders from a table (CSV) and into one. A broken line is named with its column, and the others come in.

use identity::{Action, Cx, Scope};
use kernel::event::Deed;
use kernel::{Region, Timestamp};
use serde::Serialize;
use serde_json::json;

use crate::Hotline;
use crate::draft::{self, AppealKind, Speaker, Urgency, Utterance};
use crate::error::{Error, Result};
use crate::order::{Channel, NewOrder, Order};
use crate::people::Caller;

/// The most lines of one table.
const MOST_LINES: usize = 5_000;
/// The columns that are read; only `content` must be there.
pub const COLUMNS: [&str; 10] =
    ["received_at", "kind", "summary", "content", "region", "address", "category", "urgency", "name", "phone"];

/// What is wrong with one line of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineProblem {
    /// The line of the file, from 1; the head is line 1.
    pub line: usize,
    /// The column; empty when the whole line is meant.
    pub column: String,
    /// What is wrong, as a code.
    pub code: String,
    /// What exactly, in English.
    pub message: String,
}

/// What came of a table.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// The work orders that were made.
    pub orders: Vec<Order>,
    /// How many would have been made, when nothing was to be kept.
    pub sound: usize,
    /// What was wrong.
    pub problems: Vec<LineProblem>,
}

impl Hotline {
    /// Brings a table in. Fields that a line leaves empty are drafted from its content. With `dry`, nothing is kept.
    pub async fn import(&self, cx: &Cx, bytes: &[u8], dry: bool) -> Result<Imported> {
        let permit = cx.permit(Action::TakeCalls, &Scope::Platform)?;
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|error| {
            Error::BadTable(format!("byte {} is not UTF-8: save the table as UTF-8", error.valid_up_to()))
        })?;
        let mut done = Imported::default();
        let mut new = Vec::new();
        for (line, read) in self.read(text, cx.now(), &mut done.problems)? {
            match read.clone().begin(self.policy(), kernel::ids::OrderId::generate(cx.ids()), cx.now()) {
                Ok(_) => new.push(read),
                Err(Error::BadField { field, problem }) => done.problems.push(LineProblem {
                    line,
                    column: field.to_owned(),
                    code: "bad_field".to_owned(),
                    message: problem,
                }),
                Err(other) => return Err(other),
            }
        }
        done.problems.sort_by_key(|problem| problem.line);
        done.sound = new.len();
        if dry || new.is_empty() {
            return Ok(done);
        }
        done.orders = self.create_all(cx, &permit, new).await?;
        let (count, bad) = (done.orders.len(), done.problems.len());
        let store = cx.store();
        store
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let record = cx.record(
                        Deed::HotlineImported,
                        "orders".to_owned(),
                        json!({ "orders": count, "problems": bad }),
                    );
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(done)
    }

    fn read(&self, text: &str, now: Timestamp, problems: &mut Vec<LineProblem>) -> Result<Vec<(usize, NewOrder)>> {
        let mut rows = rows(text)?.into_iter();
        let (_, head) = rows.next().ok_or_else(|| Error::BadTable("it is empty".to_owned()))?;
        let head: Vec<String> = head.into_iter().map(|name| name.trim().to_owned()).collect();
        if let Some(unknown) = head.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
            return Err(Error::BadTable(format!(
                "line 1: unknown column `{unknown}`; known are {}",
                COLUMNS.join(", ")
            )));
        }
        if !head.iter().any(|name| name == "content") {
            return Err(Error::BadTable("line 1: the column `content` is missing".to_owned()));
        }
        let mut new = Vec::new();
        for (line, fields) in rows {
            if new.len() >= MOST_LINES {
                return Err(Error::BadTable(format!("line {line}: more than {MOST_LINES} lines; split the table")));
            }
            if fields.len() != head.len() {
                problems.push(LineProblem {
                    line,
                    column: String::new(),
                    code: "field_count".to_owned(),
                    message: format!("{} fields, the head names {}", fields.len(), head.len()),
                });
                continue;
            }
            let field = |name: &str| {
                let at = head.iter().position(|known| known == name)?;
                fields.get(at).map(|field| field.trim()).filter(|field| !field.is_empty())
            };
            match self.line(&field, now) {
                Ok(order) => new.push((line, order)),
                Err((column, code, message)) => {
                    problems.push(LineProblem { line, column: column.to_owned(), code: code.to_owned(), message });
                }
            }
        }
        Ok(new)
    }

    fn line<'f>(
        &self,
        field: &dyn Fn(&str) -> Option<&'f str>,
        now: Timestamp,
    ) -> Result<NewOrder, (&'static str, &'static str, String)> {
        let content = field("content").ok_or(("content", "missing", "is empty".to_owned()))?;
        let word = |column: &'static str, value: &str| (column, "unknown_value", format!("`{value}` is not known"));
        let kind: Option<AppealKind> = field("kind").map(|v| named(v).ok_or_else(|| word("kind", v))).transpose()?;
        let urgency: Option<Urgency> =
            field("urgency").map(|v| named(v).ok_or_else(|| word("urgency", v))).transpose()?;
        let region = field("region")
            .map(|v| Region::parse(v).map_err(|_| ("region", "bad_code", format!("`{v}` is not six digits"))))
            .transpose()?;
        if let Some(region) =
            region.as_ref().filter(|region| self.policy().gazetteer().name(region.as_str()).is_empty())
        {
            return Err(("region", "unknown_place", format!("`{region}` is no division")));
        }
        let received_at = field("received_at")
            .map(|v| {
                Timestamp::parse_rfc3339(v)
                    .or_else(|| v.parse::<kernel::Date>().ok().map(|day| Timestamp::of_day(day, 9 * 60)))
                    .ok_or_else(|| ("received_at", "bad_time", format!("`{v}` is not RFC 3339 or YYYY-MM-DD")))
            })
            .transpose()?;
        let said = [Utterance { speaker: Speaker::Caller, text: content.to_owned() }];
        let drafted = draft::draft(self.policy(), &said, received_at.unwrap_or(now));
        let mut place = drafted.place.value;
        if let Some(region) = region {
            place.name = self.policy().gazetteer().name(region.as_str());
            place.region = Some(region);
        }
        if let Some(address) = field("address") {
            place.detail = address.to_owned();
        }
        Ok(NewOrder {
            channel: Channel::Imported,
            call: None,
            received_at,
            kind: kind.unwrap_or(drafted.kind.value),
            summary: field("summary").map_or(drafted.summary, str::to_owned),
            content: content.to_owned(),
            place,
            category: field("category").map(str::to_owned).or(drafted.category.map(|category| category.value.code)),
            urgency: urgency.unwrap_or(drafted.urgency.value),
            caller: Caller {
                name: field("name").map(str::to_owned).or(drafted.caller.name),
                phone: field("phone").map(str::to_owned).or(drafted.caller.phone),
                id_card: None,
                anonymous: drafted.caller.anonymous,
            },
            secrecy: drafted.secrecy.value,
            choices: Vec::new(),
        })
    }
}

/// A word of a closed list, as JSON writes it.
fn named<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// The rows of a table with the lines on which they begin (RFC 4180).
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>> {
    let mut rows = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let (mut line, mut begun) = (1, 1);
    let mut quoted: Option<usize> = None;
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        line += usize::from(sign == '\n');
        match (quoted, sign) {
            (Some(_), '"') if signs.peek() == Some(&'"') => field.extend(signs.next()),
            (Some(_), '"') => quoted = None,
            (Some(_), other) => field.push(other),
            (None, '"') if field.is_empty() => quoted = Some(line),
            (None, ',') => row.push(std::mem::take(&mut field)),
            (None, '\r') if signs.peek() == Some(&'\n') => {}
            (None, '\n') => {
                row.push(std::mem::take(&mut field));
                let whole = std::mem::take(&mut row);
                if whole.iter().any(|field| !field.trim().is_empty()) {
                    rows.push((begun, whole));
                }
                begun = line;
            }
            (None, other) => field.push(other),
        }
    }
    if let Some(line) = quoted {
        return Err(Error::BadTable(format!("line {line}: a quotation mark is opened and never closed")));
    }
    row.push(field);
    if row.iter().any(|field| !field.trim().is_empty()) {
        rows.push((begun, row));
    }
    Ok(rows)
}

/// Fields as one line of a table. A field that a spreadsheet would run as a formula begins with an apostrophe.
#[must_use]
pub fn csv_line(fields: &[&str]) -> String {
    let written: Vec<String> = fields
        .iter()
        .map(|field| {
            let field =
                if field.starts_with(['=', '+', '-', '@', '\t']) { format!("'{field}") } else { (*field).to_owned() };
            if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
        })
        .collect();
    format!("{}\r\n", written.join(","))
}

#[cfg(test)]
mod tests {
    use super::{csv_line, rows};

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let read = rows("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,\n").unwrap();
        assert_eq!(
            read,
            [
                (1, vec!["a".to_owned(), "b".to_owned()]),
                (2, vec!["1".to_owned(), "x, \"y\"\nz".to_owned()]),
                (5, vec!["2".to_owned(), String::new()]),
            ]
        );
        assert!(rows("a\n\"b\nc").unwrap_err().to_string().contains("line 2: a quotation mark"));
        assert_eq!(csv_line(&["=1+1", "a,\"b\"", "x"]), "'=1+1,\"a,\"\"b\"\"\",x\r\n");
    }
}

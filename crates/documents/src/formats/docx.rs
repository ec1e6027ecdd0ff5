//! docx: paragraphs and tables in reading order, numbers as Word shows them, tracked changes as accepted.
//!
//! The parts are read as streams; styles and numbering only when the text uses them, because they are often
//! larger than the text.

mod body;
mod chunk;
mod numbering;
mod styles;
mod table;

pub(crate) use chunk::html_of_mime;

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::defect::{Defect, DefectCode};
use crate::flow::{BlockKind, Flow};
use crate::metadata::Value;
use crate::package::{Package, resolve};
use crate::xml;

/// Documents inside documents are read this deep.
const CHUNK_DEPTH: usize = 2;

/// A relation of a part: its target, and whether that lies outside the package.
struct Relation {
    id: String,
    kind: String,
    target: String,
    external: bool,
}

/// Reads a docx package into the flow.
pub(crate) fn read(package: &mut Package<'_>, flow: &mut Flow<'_>, depth: usize) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    let main = main_part(package, &mut buffer)?;
    let Some(main) = main else {
        return Err(Defect::new(DefectCode::NotDocx, "the package has no word/document.xml"));
    };
    let relations = relations(package, &main, &mut buffer)?;
    package.read(&main, &mut buffer)?;
    let text = xml::text_of(&buffer);
    let styles = styles::read(package, &relations, &main, &text)?;
    let numbering = numbering::read(package, &relations, &main, &text, &styles)?;
    let mut body = body::Body::new(styles, numbering);
    body.read(&text, flow);
    let found = body.finish(flow);
    notes(package, &relations, &main, &found, flow)?;
    chunks(package, &relations, &main, &found.chunks, flow, depth)?;
    margins(package, &relations, &main, &found.margins, flow)?;
    properties(package, flow)?;
    flow.pages = flow.pages.max(1);
    if flow.text.is_empty() && found.pictures > 0 {
        flow.defect(DefectCode::NeedsOcr, "the document holds pictures and no text");
    }
    let embedded = package.names().filter(|name| name.starts_with("word/embeddings/")).count();
    if embedded > 0 {
        flow.defect(DefectCode::UnsupportedPart, format!("{embedded} embedded files were not read"));
    }
    package.defects.drain(..).for_each(|defect| flow.note(defect));
    Ok(())
}

/// Where the text is: what the package's relations say, else the usual name.
fn main_part(package: &mut Package<'_>, buffer: &mut Vec<u8>) -> Result<Option<String>, Defect> {
    let named = relations(package, "", buffer)?
        .into_iter()
        .find(|relation| relation.kind.ends_with("/officeDocument") && !relation.external)
        .map(|relation| relation.target);
    let found = [named.as_deref(), Some("word/document.xml")].into_iter().flatten().find(|name| package.has(name));
    Ok(found.map(str::to_owned))
}

/// The relations of a part, `""` being the package itself.
fn relations(package: &mut Package<'_>, part: &str, buffer: &mut Vec<u8>) -> Result<Vec<Relation>, Defect> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if folder.is_empty() { "" } else { "/" };
    let mut found = Vec::new();
    if !package.read(&format!("{folder}{slash}_rels/{file}.rels"), buffer)? {
        return Ok(found);
    }
    let text = xml::text_of(buffer);
    let mut reader = xml::reader(&text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) if xml::local(element.name().0) == "Relationship" => {
                let mut relation =
                    Relation { id: String::new(), kind: String::new(), target: String::new(), external: false };
                for attribute in element.attributes().with_checks(false).flatten() {
                    let value = xml::unescape(&attribute.value);
                    match attribute.key.0 {
                        "Id" => relation.id = value.into_owned(),
                        "Type" => relation.kind = value.into_owned(),
                        "Target" => relation.target = value.into_owned(),
                        "TargetMode" => relation.external = value == "External",
                        _ => {}
                    }
                }
                if !relation.external {
                    relation.target = resolve(part, &relation.target);
                }
                found.push(relation);
            }
            Ok(Event::Eof) | Err(_) => return Ok(found),
            Ok(_) => {}
        }
    }
}

/// The target of the relation of a kind, else a part of the usual name beside the main one.
fn related(package: &Package<'_>, relations: &[Relation], main: &str, kind: &str) -> Option<String> {
    let usual = resolve(main, &format!("{kind}.xml"));
    relations
        .iter()
        .find(|relation| relation.kind.rsplit('/').next() == Some(kind) && !relation.external)
        .map(|relation| relation.target.clone())
        .or_else(|| package.has(&usual).then_some(usual))
}

/// Footnotes and endnotes that the text refers to, after the text.
fn notes(
    package: &mut Package<'_>,
    relations: &[Relation],
    main: &str,
    found: &body::Found,
    flow: &mut Flow<'_>,
) -> Result<(), Defect> {
    for (kind, element) in [("footnotes", "footnote"), ("endnotes", "endnote")] {
        let wanted: HashMap<&str, usize> = found
            .notes
            .iter()
            .enumerate()
            .filter(|(_, (of, _))| *of == element)
            .map(|(at, (_, id))| (id.as_str(), at + 1))
            .collect();
        let Some(part) = related(package, relations, main, kind).filter(|_| !wanted.is_empty()) else { continue };
        let mut buffer = Vec::new();
        package.read(&part, &mut buffer)?;
        let text = xml::text_of(&buffer);
        let mut texts = body::texts_of(&text, element);
        texts.retain(|(id, _)| wanted.contains_key(id.as_str()));
        texts.sort_by_key(|(id, _)| wanted.get(id.as_str()).copied());
        for (id, text) in texts {
            let number = wanted.get(id.as_str()).copied().unwrap_or(0);
            flow.push(BlockKind::Note, &format!("[{number}] {}", text.replace('\n', " ")));
        }
    }
    Ok(())
}

/// Documents in other formats that are part of this one (altChunk), after its text.
fn chunks(
    package: &mut Package<'_>,
    relations: &[Relation],
    _main: &str,
    ids: &[String],
    flow: &mut Flow<'_>,
    depth: usize,
) -> Result<(), Defect> {
    for id in ids {
        let Some(relation) = relations.iter().find(|relation| relation.id == *id && !relation.external) else {
            continue;
        };
        if depth >= CHUNK_DEPTH {
            flow.defect(DefectCode::TooDeep, "documents inside documents inside documents were left out");
            continue;
        }
        let mut buffer = Vec::new();
        package.read(&relation.target, &mut buffer)?;
        chunk::read(&buffer, flow, depth + 1)?;
    }
    Ok(())
}

/// Headers and footers as metadata: they repeat on every page and are no part of the text.
fn margins(
    package: &mut Package<'_>,
    relations: &[Relation],
    _main: &str,
    ids: &[(bool, String)],
    flow: &mut Flow<'_>,
) -> Result<(), Defect> {
    let mut lists: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    let mut buffer = Vec::new();
    for (is_footer, id) in ids.iter().take(60) {
        let Some(relation) = relations.iter().find(|relation| relation.id == *id && !relation.external) else {
            continue;
        };
        package.read(&relation.target, &mut buffer)?;
        let text = xml::text_of(&buffer);
        let [headers, footers] = &mut lists;
        let list = if *is_footer { footers } else { headers };
        for element in ["hdr", "ftr"] {
            for (_, text) in body::texts_of(&text, element) {
                for line in text.lines().map(str::trim) {
                    let letters = line.chars().any(|c| c.is_alphabetic() && !matches!(c, '第' | '页' | '共'));
                    if letters && !list.iter().any(|known| known == line) {
                        list.push(line.to_owned());
                    }
                }
            }
        }
    }
    for (key, list) in ["headers", "footers"].into_iter().zip(lists) {
        if !list.is_empty() {
            flow.metadata.set(key, Value::List(list));
        }
    }
    Ok(())
}

/// Title and author as the file's properties have them; often left over from a template, so only suggestions.
fn properties(package: &mut Package<'_>, flow: &mut Flow<'_>) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    package.read("docProps/core.xml", &mut buffer)?;
    let text = xml::text_of(&buffer);
    let mut reader = xml::reader(&text);
    let mut key = "";
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                key = match xml::local(element.name().0) {
                    "title" => "file_title",
                    "creator" => "author",
                    "created" => "file_created",
                    _ => "",
                };
            }
            Ok(Event::Text(text)) if !key.is_empty() => {
                flow.metadata.suggest(key, text.xml10_content().trim());
                key = "";
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Ok(())
}

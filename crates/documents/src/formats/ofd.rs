//! OFD (GB/T 33190—2016): pages of placed text, templates and annotations laid over them, attachments listed,
//! signatures reported as not verified.
//!
//! Names are compared without their namespace, because files use two (STANDARDS.md §8); paths are seen from the
//! file that holds them, or from the package's root when they begin with a slash.

mod content;
mod paths;

use std::collections::HashMap;

use content::{Fonts, page_runs};
use paths::{Element, elements};

use crate::defect::{Defect, DefectCode};
use crate::flow::Flow;
use crate::layout::{self, Page};
use crate::metadata::{Link, Value};
use crate::package::{Package, resolve};
use crate::watch::{Picture, PictureEncoding};
use crate::xml;

/// Reads an OFD package into the flow.
pub(crate) fn read(package: &mut Package<'_>, flow: &mut Flow<'_>) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    package.read("OFD.xml", &mut buffer)?;
    let root = elements(&xml::text_of(&buffer));
    if root.iter().any(|element| element.name == "EncryptInfo") || package.has("Encryptions.xml") {
        return Err(Defect::new(DefectCode::Password, "the file is encrypted"));
    }
    let mut pages = Vec::new();
    let mut pictures = false;
    let mut bodies = 0;
    for element in &root {
        match element.name.as_str() {
            "Title" => flow.metadata.suggest("file_title", element.text.trim()),
            "Author" => flow.metadata.suggest("author", element.text.trim()),
            "CreationDate" => flow.metadata.suggest("file_created", element.text.trim()),
            "Creator" => flow.metadata.suggest("creator", element.text.trim()),
            "CustomData" => {
                if let Some(name) = element.attribute("Name") {
                    flow.metadata.suggest(name, element.text.trim());
                }
            }
            "Signatures" if !element.text.trim().is_empty() => {
                signatures(package, &resolve("OFD.xml", element.text.trim()), flow)?
            }
            "DocRoot" => {
                bodies += 1;
                let path = resolve("OFD.xml", element.text.trim());
                pictures |= document(package, &path, &mut pages, flow)?;
            }
            _ => {}
        }
    }
    if bodies == 0 {
        return Err(Defect::new(DefectCode::NotOfd, "OFD.xml names no document"));
    }
    for page in &pages {
        if page.runs.is_empty() {
            let message = if pictures { "the page holds pictures and no text" } else { "the page holds no text" };
            flow.note(Defect::on_page(DefectCode::NeedsOcr, message, page.number));
        }
    }
    for page in &pages {
        let is_private = |c: &char| matches!(c, '\u{E000}'..='\u{F8FF}');
        let chars = || page.runs.iter().flat_map(|run| run.text.chars());
        let private = chars().filter(is_private).count();
        // The dots of a table of contents are no words.
        if private * 5 > chars().filter(|c| c.is_alphanumeric() || is_private(c)).count() {
            let message = "the page's fonts do not say what their characters are";
            flow.note(Defect::on_page(DefectCode::NeedsOcr, message, page.number));
        }
    }
    layout::write(pages, flow);
    package.defects.drain(..).for_each(|defect| flow.note(defect));
    Ok(())
}

/// Reads one document of the package; says whether it holds pictures.
fn document(package: &mut Package<'_>, path: &str, pages: &mut Vec<Page>, flow: &mut Flow<'_>) -> Result<bool, Defect> {
    let mut buffer = Vec::new();
    if !package.read(path, &mut buffer)? {
        flow.defect(DefectCode::Damaged, format!("the part `{path}` is missing"));
        return Ok(false);
    }
    let parts = elements(&xml::text_of(&buffer));
    let mut fonts = Fonts::default();
    let mut media: HashMap<String, String> = HashMap::new();
    let mut templates: HashMap<String, String> = HashMap::new();
    let mut size = (210.0, 297.0);
    let mut list: Vec<(String, String)> = Vec::new();
    let mut annotations = None;
    for part in &parts {
        let target = || resolve(path, part.text.trim());
        match part.name.as_str() {
            "PublicRes" | "DocumentRes" => {
                package.read(&target(), &mut buffer)?;
                let text = xml::text_of(&buffer);
                fonts.add(&text);
                media.extend(images(&text, &target()));
            }
            "TemplatePage" => {
                if let (Some(id), Some(place)) = (part.attribute("ID"), part.attribute("BaseLoc")) {
                    templates.insert(id.to_owned(), resolve(path, place));
                }
            }
            "PhysicalBox" => size = content::box_size(&part.text).unwrap_or(size),
            "Page" => {
                if let Some(place) = part.attribute("BaseLoc") {
                    list.push((part.attribute("ID").unwrap_or_default().to_owned(), resolve(path, place)));
                }
            }
            "Annotations" => annotations = Some(target()),
            "Attachments" => attachments(package, &target(), flow)?,
            _ => {}
        }
    }
    let notes = match annotations {
        Some(part) => annotation_parts(package, &part)?,
        None => HashMap::new(),
    };
    let mut drawn: HashMap<String, Vec<layout::Run>> = HashMap::new();
    let mut pictures = false;
    let mut chars = 0;
    let total = pages.len() + list.len();
    for (id, place) in list {
        if pages.len() >= flow.limits.pages as usize {
            let most = flow.limits.pages;
            flow.defect(DefectCode::TooManyPages, format!("more than {most} pages; the rest was left out"));
            break;
        }
        let number = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
        let mut page = Page { number, width: size.0, height: size.1, runs: Vec::new() };
        let found = package.read(&place, &mut buffer)? || package.read(&format!("{place}/Content.xml"), &mut buffer)?;
        if !found {
            let message = format!("the part `{place}` is missing");
            flow.note(Defect::on_page(DefectCode::Damaged, message, number));
            pages.push(page);
            continue;
        }
        let text = xml::text_of(&buffer).into_owned();
        let content = page_runs(&text, &fonts, flow.limits.depth);
        pictures |= content.pictures;
        if let Some((width, height)) = content.size {
            (page.width, page.height) = (width, height);
        }
        page.runs = content.runs;
        if page.runs.is_empty() && !content.images.is_empty() {
            page.runs = recognise(package, &content.images, &media, number, flow)?;
        }
        flow.page_read(number, total);
        for template in &content.templates {
            let Some(part) = templates.get(template) else { continue };
            if !drawn.contains_key(part) {
                let runs = if package.read(part, &mut buffer)? {
                    page_runs(&xml::text_of(&buffer), &fonts, flow.limits.depth).runs
                } else {
                    Vec::new()
                };
                drawn.insert(part.clone(), runs);
            }
            page.runs.extend(drawn.get(part).into_iter().flatten().cloned());
        }
        if let Some(part) = notes.get(&id)
            && package.read(part, &mut buffer)?
        {
            page.runs.extend(content::annotation_runs(&xml::text_of(&buffer), &fonts, flow.limits.depth));
        }
        chars += page.runs.iter().map(|run| run.text.len()).sum::<usize>();
        pages.push(page);
        if chars > flow.limits.text_chars.saturating_mul(4) {
            let most = flow.limits.text_chars;
            flow.defect(DefectCode::Truncated, format!("more than {most} characters of text; the rest was left out"));
            break;
        }
    }
    Ok(pictures)
}

/// The files of the pictures that a resource part lists, by id.
fn images(text: &str, part: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let (mut base, mut id) = (String::new(), None);
    for element in elements(text) {
        match element.name.as_str() {
            "Res" => base = element.attribute("BaseLoc").unwrap_or_default().trim_matches('/').to_owned(),
            "MultiMedia" => id = element.attribute("ID").map(str::to_owned),
            "MediaFile" => {
                let file = element.text.trim();
                let inside =
                    if base.is_empty() || file.starts_with('/') { file.to_owned() } else { format!("{base}/{file}") };
                if let Some(id) = id.take() {
                    found.insert(id, resolve(part, &inside));
                }
            }
            _ => {}
        }
    }
    found
}

/// The text in the pictures of a page, by whoever watches.
fn recognise(
    package: &mut Package<'_>,
    images: &[(String, [f32; 4])],
    media: &HashMap<String, String>,
    page: u32,
    flow: &mut Flow<'_>,
) -> Result<Vec<layout::Run>, Defect> {
    let mut runs = Vec::new();
    let mut buffer = Vec::new();
    for (resource, place) in images {
        let Some(file) = media.get(resource) else { continue };
        if !package.read(file, &mut buffer)? {
            continue;
        }
        let Some(encoding) = PictureEncoding::of(&buffer) else { continue };
        let picture = Picture { page, encoding, width: 0, height: 0, bytes: buffer.as_slice().into() };
        let Some(words) = flow.recognise(&picture) else { break };
        runs.extend(layout::scanned::runs(&words, *place));
    }
    if !runs.is_empty() {
        flow.defect(DefectCode::Recognised, "text was recognised in pictures");
    }
    Ok(runs)
}

/// The annotation part of each page.
fn annotation_parts(package: &mut Package<'_>, part: &str) -> Result<HashMap<String, String>, Defect> {
    let mut buffer = Vec::new();
    package.read(part, &mut buffer)?;
    let mut found = HashMap::new();
    let mut page = None;
    for element in elements(&xml::text_of(&buffer)) {
        match element.name.as_str() {
            "Page" => page = element.attribute("PageID").map(str::to_owned),
            "FileLoc" => {
                if let Some(page) = page.take() {
                    found.insert(page, resolve(part, element.text.trim()));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn attachments(package: &mut Package<'_>, part: &str, flow: &mut Flow<'_>) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    package.read(part, &mut buffer)?;
    let parts = elements(&xml::text_of(&buffer));
    let mut links: Vec<Link> = Vec::new();
    let mut name = None;
    for element in parts {
        match element.name.as_str() {
            "Attachment" => name = element.attribute("Name").map(str::to_owned),
            "FileLoc" => {
                let url = resolve(part, element.text.trim());
                links.push(Link { name: name.take().unwrap_or_else(|| url.clone()), url });
            }
            _ => {}
        }
    }
    links.truncate(200);
    if !links.is_empty() {
        flow.metadata.set("attachments", Value::Links(links));
    }
    Ok(())
}

/// Counts the signatures; whether they hold is for a verifier of SM2 seals to say (GB/T 38540).
fn signatures(package: &mut Package<'_>, part: &str, flow: &mut Flow<'_>) -> Result<(), Defect> {
    let mut buffer = Vec::new();
    package.read(part, &mut buffer)?;
    let count = elements(&xml::text_of(&buffer)).iter().filter(|element| element.name == "Signature").count();
    if count > 0 {
        flow.metadata.suggest("signatures", count.to_string());
        flow.defect(DefectCode::SignatureUnverified, format!("{count} signatures were not verified"));
    }
    Ok(())
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

//! Pages: a document's file read once more, page by page, with what went wrong on each.

use documents::{Defect, Document};
use identity::{Cx, Permit};
use kernel::ids::DocumentId;

use crate::Result;
use crate::knowledge::Knowledge;

/// One page as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageText {
    /// Its number, from 1.
    pub number: u32,
    /// Its text; empty for a page that is only a picture.
    pub text: String,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
}

/// Some pages of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// How many pages the document has.
    pub total: u32,
    /// The pages asked for.
    pub items: Vec<PageText>,
}

impl Knowledge {
    /// At most `limit` pages of the newest import after page `after`. The file is read again: nothing is kept for it.
    pub async fn document_pages(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &DocumentId,
        after: u32,
        limit: u32,
    ) -> Result<Pages> {
        let (name, bytes) = self.document_file(cx, permit, id).await?;
        let (document, defects) = self.read(&name, bytes).await?;
        Ok(pages(&document, &defects, after, limit))
    }
}

fn pages(document: &Document, defects: &[Defect], after: u32, limit: u32) -> Pages {
    let on = |page| defects.iter().filter(move |defect| defect.page == Some(page)).cloned().collect();
    let total = document.pages.max(1);
    let items = (after.saturating_add(1)..=total)
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|number| PageText { number, text: document.page_text(number).to_owned(), defects: on(number) });
    Pages { total, items: items.collect() }
}

//! Views of a document's pages.

use serde::Serialize;
use utoipa::ToSchema;

use crate::views::knowledge::DefectView;

/// One page as it was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageTextView {
    /// Its number, from 1.
    pub n: u32,
    /// Its text; empty for a page that is only a picture.
    pub text: String,
    /// What is wrong with it.
    pub defects: Vec<DefectView>,
}

/// Some pages of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct PagesView {
    /// How many pages the document has.
    pub pages: u32,
    /// The pages asked for.
    pub items: Vec<PageTextView>,
    /// What to give as `after` for the next ones; `null` at the end.
    pub next: Option<u32>,
}

impl From<knowledge::Pages> for PagesView {
    fn from(pages: knowledge::Pages) -> Self {
        let defect = |defect: documents::Defect| DefectView {
            code: defect.code.as_str().to_owned(),
            message: defect.message,
            page: defect.page,
        };
        let next = pages.items.last().map(|page| page.number).filter(|last| *last < pages.total);
        let items = pages.items.into_iter().map(|page| PageTextView {
            n: page.number,
            text: page.text,
            defects: page.defects.into_iter().map(defect).collect(),
        });
        Self { pages: pages.total, items: items.collect(), next }
    }
}

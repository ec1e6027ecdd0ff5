//! Shapes that several views share.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a longer list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

impl<T: ToSchema> Page<T> {
    /// A page of at most `limit` of the items found, which are one more than that when there is a next page.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// A list that is always whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T: ToSchema> {
    /// What is on it.
    pub items: Vec<T>,
}

/// Something with an id and a name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

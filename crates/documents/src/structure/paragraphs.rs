//! Paragraphs: 款, 项 and 目 inside an article, found when a citation asks for them.

use std::ops::Range;

use super::marker::{Level, marker};

/// A paragraph (款) of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Its number, from 1: 第一款.
    pub number: u32,
    /// Its bytes in the article's text, items included.
    pub range: Range<usize>,
    /// Its items (项).
    pub items: Vec<Item>,
}

/// An item (项, or 目 when nested) of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number: （三） → 3.
    pub number: u32,
    /// Its bytes in the article's text, its own items included.
    pub range: Range<usize>,
    /// Its items (目).
    pub items: Vec<Item>,
}

/// The paragraphs of an article's text, in order. A lead-in and the items after it are one paragraph.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut found: Vec<Paragraph> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        if body.is_empty() {
            continue;
        }
        let range = at..at + body.len();
        match (marker(body).map(|m| (m.level, m.number)), found.last_mut()) {
            (Some((Level::Two, number)), Some(paragraph)) => {
                paragraph.range.end = range.end;
                paragraph.items.push(Item { number, range, items: Vec::new() });
            }
            (Some((Level::Three | Level::Four, number)), Some(paragraph)) => {
                paragraph.range.end = range.end;
                let item = Item { number, range: range.clone(), items: Vec::new() };
                match paragraph.items.last_mut().filter(|above| is_chinese_item(text, above)) {
                    Some(above) => {
                        above.range.end = range.end;
                        above.items.push(item);
                    }
                    None => paragraph.items.push(item),
                }
            }
            _ => {
                let number = u32::try_from(found.len()).unwrap_or(u32::MAX).saturating_add(1);
                found.push(Paragraph { number, range, items: Vec::new() });
            }
        }
    }
    found
}

fn is_chinese_item(text: &str, item: &Item) -> bool {
    text.get(item.range.clone()).and_then(marker).is_some_and(|m| m.level == Level::Two)
}

#[cfg(test)]
mod tests {
    use super::paragraphs;

    #[test]
    fn items_belong_to_the_lead_in_before_them() {
        let text =
            "有下列情形之一的，处罚款：\n（一）甲；\n（二）乙：\n1.子；\n2.丑；\n（三）丙。\n前款所称甲，是指丁。";
        let found = paragraphs(text);
        assert_eq!(found.iter().map(|p| p.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(found[0].items.iter().map(|i| i.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(text.get(found[0].items[1].range.clone()).unwrap(), "（二）乙：\n1.子；\n2.丑；");
        assert_eq!(text.get(found[0].items[1].items[1].range.clone()).unwrap(), "2.丑；");
        assert_eq!(text.get(found[1].range.clone()).unwrap(), "前款所称甲，是指丁。");
    }

    #[test]
    fn an_empty_article_has_no_paragraphs() {
        assert!(paragraphs(" \n").is_empty());
    }
}

//! Scans: recognised words become runs of a page, with one size for all that is nearly of one size.

use super::Run;
use crate::watch::Word;

const PUNCTUATION: [char; 24] = [
    '，', '。', '、', '；', '：', '！', '？', '（', '）', '《', '》', '〈', '〉', '“', '”', ',', '.', ';', ':', '(',
    ')', '?', '!', '"',
];

/// The words of a picture that lies on the page at `left`, `top`, `width`, `height` in the page's units.
pub(crate) fn runs(words: &[Word], [left, top, width, height]: [f32; 4]) -> Vec<Run> {
    // A line's box is as high as its highest character, and a line of low ones is no smaller print.
    let usual = super::median(words.iter().map(|word| word.height));
    let mut before: Option<(f32, f32, bool)> = None;
    words
        .iter()
        .filter(|word| word.picture.0 >= 1.0 && word.picture.1 >= 1.0 && !word.text.trim().is_empty())
        .map(|word| {
            let (across, down) = (width / word.picture.0, height / word.picture.1);
            let text = word.text.trim();
            // Boxes are tight, and punctuation takes half of its square: what stands beside it is not apart.
            let mut start = word.left;
            if let Some((end, foot, after)) = before
                && foot == word.foot
                && (end..end + word.height).contains(&start)
                && (after || text.starts_with(PUNCTUATION))
            {
                start = end;
            }
            before = Some((word.right, word.foot, text.ends_with(PUNCTUATION)));
            let size = if (0.6 * usual..1.4 * usual).contains(&word.height) { usual } else { word.height };
            Run {
                text: text.to_owned(),
                x0: left + start * across,
                x1: left + word.right * across,
                y: top + word.foot * down,
                size: size * down,
            }
        })
        .collect()
}

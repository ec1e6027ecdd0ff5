//! stub
use crate::identifiers::Hit;
pub(crate) fn to_suffix(_: &str) -> String {
    "***".into()
}
pub(crate) fn find(_: &str, _: &mut Vec<Hit>) {}

//! stub
use crate::identifiers::Hit;
pub(crate) fn is_double_surname(_: &str) -> bool {
    false
}
pub(crate) fn find(_: &str, _: &mut Vec<Hit>) {}

//! stub
use crate::identifiers::Hit;
pub(crate) fn to_county(v: &str) -> String {
    v.chars().take(3).collect::<String>() + "***"
}
pub(crate) fn find(_: &str, _: &mut Vec<Hit>) {}

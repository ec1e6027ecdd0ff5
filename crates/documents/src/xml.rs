//! XML as office formats use it: local names, decoded text, nothing external ever fetched.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart};

/// The bytes of a part as text. Parts are UTF-8 or UTF-16; what is broken is replaced.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    crate::encoding::decode(bytes, None).text
}

/// A reader that takes what real files contain and neither checks end names nor trims text.
pub(crate) fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// The local name of a qualified one: `w:p` → `p`.
pub(crate) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The value of the attribute with that local name.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| local(attribute.key.0) == name)
        .map(|attribute| unescape(&attribute.value).into_owned())
}

/// `w:val` and such as a number.
pub(crate) fn number<N: std::str::FromStr>(element: &BytesStart<'_>, name: &str) -> Option<N> {
    attribute(element, name)?.trim().parse().ok()
}

/// Whether an on/off element is on: present without a value, or with one that is not off.
pub(crate) fn is_on(element: &BytesStart<'_>) -> bool {
    !matches!(attribute(element, "val").as_deref(), Some("0" | "false" | "off" | "none"))
}

/// The character of a reference, `&lt;` or `&#x4E00;`. Entities that a file declares itself are not expanded, so
/// none can explode.
pub(crate) fn reference(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

/// Text with its references replaced.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = match after.split_once(';').filter(|(name, _)| name.len() <= 10) {
            Some((name, tail)) => match reference(&BytesRef::new(name)) {
                Some(c) => {
                    out.push(c);
                    tail
                }
                None => {
                    out.push('&');
                    after
                }
            },
            None => {
                out.push('&');
                after
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{local, unescape};

    #[test]
    fn references_are_replaced_and_unknown_ones_kept() {
        assert_eq!(unescape("a &lt; &#x4E00;&#20108; &x; & &amp;"), "a < 一二 &x; & &");
        assert_eq!(local("w:p"), "p");
        assert_eq!(local("p"), "p");
    }
}

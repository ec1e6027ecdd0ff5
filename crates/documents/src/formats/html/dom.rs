//! A web page as a tree, built in one pass without copying: what browsers repair that matters here is repaired,
//! and no page, however broken, takes more than linear time.
//!
//! Not html5ever, because its repair of unclosed formatting elements grows with their number times that of the
//! paragraphs, which a hostile page chooses.

/// An element's kind, as far as reading text needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    A,
    Base,
    Body,
    Br,
    Cell,
    DefinitionPart,
    Division,
    Heading(u8),
    Hr,
    Image,
    Inline,
    Item,
    List,
    Meta,
    Option,
    OrderedList,
    Paragraph,
    Row,
    Skipped,
    Table,
    Text,
    Title,
}

/// A node; links are places in the list of nodes, 0 for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    pub(super) tag: Tag,
    /// Attributes as written, or the text of a text node.
    pub(super) source: &'t str,
    pub(super) parent: usize,
    pub(super) first: usize,
    last: usize,
    pub(super) next: usize,
}

/// The tree; node 0 is the page.
pub(super) struct Dom<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    /// Whether elements were nested deeper than allowed, and flattened there.
    pub(super) too_deep: bool,
}

impl<'t> Dom<'t> {
    /// Builds the tree.
    pub(super) fn parse(text: &'t str, most_depth: usize) -> Self {
        let root = Node { tag: Tag::Division, source: "", parent: 0, first: 0, last: 0, next: 0 };
        let mut builder = Builder { dom: Dom { nodes: vec![root], too_deep: false }, stack: vec![0], most_depth };
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
            let (before, markup) = rest.split_at_checked(at).unwrap_or((rest, ""));
            builder.text(before);
            rest = builder.markup(markup);
        }
        builder.text(rest);
        builder.dom
    }

    /// The children of a node, in order.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.nodes.get(at).map_or(0, |node| node.first);
        std::iter::from_fn(move || {
            let this = next;
            next = self.nodes.get(this).map_or(0, |node| node.next);
            (this != 0).then_some(this)
        })
    }

    /// The value of an attribute, references replaced.
    pub(super) fn attribute(&self, at: usize, name: &str) -> Option<String> {
        let mut rest = self.nodes.get(at).filter(|node| node.tag != Tag::Text)?.source;
        while let Some((key, value, tail)) = next_attribute(rest) {
            if key.eq_ignore_ascii_case(name) {
                return Some(decode(value));
            }
            rest = tail;
        }
        None
    }
}

struct Builder<'t> {
    dom: Dom<'t>,
    /// The open elements.
    stack: Vec<usize>,
    most_depth: usize,
}

impl<'t> Builder<'t> {
    fn text(&mut self, text: &'t str) {
        if !text.is_empty() {
            self.add(Tag::Text, text);
        }
    }

    fn add(&mut self, tag: Tag, source: &'t str) -> usize {
        let parent = self.stack.last().copied().unwrap_or(0);
        let at = self.dom.nodes.len();
        self.dom.nodes.push(Node { tag, source, parent, first: 0, last: 0, next: 0 });
        let before = self.dom.nodes.get_mut(parent).map_or(0, |node| {
            if node.first == 0 {
                node.first = at;
            }
            std::mem::replace(&mut node.last, at)
        });
        if let Some(sibling) = self.dom.nodes.get_mut(before).filter(|_| before != 0) {
            sibling.next = at;
        }
        at
    }

    fn open_tag(&self, at: usize) -> Tag {
        self.dom.nodes.get(at).map_or(Tag::Inline, |node| node.tag)
    }

    /// Takes one piece of markup at the start of `markup`; gives what follows it.
    fn markup(&mut self, markup: &'t str) -> &'t str {
        let inner = markup.get(1..).unwrap_or_default();
        if let Some(comment) = inner.strip_prefix("!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        match inner.bytes().next() {
            Some(b'!' | b'?') => inner.split_once('>').map_or("", |(_, rest)| rest),
            Some(b'/') if inner.get(1..).is_some_and(starts_with_letter) => {
                let (tag, rest) = inner.get(1..).unwrap_or_default().split_once('>').unwrap_or((inner, ""));
                let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
                self.close(kind(name));
                rest
            }
            Some(b) if b.is_ascii_alphabetic() => {
                let name_len = inner
                    .bytes()
                    .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
                    .unwrap_or(inner.len());
                let (name, tail) = inner.split_at_checked(name_len).unwrap_or((inner, ""));
                let end = tag_end(tail);
                let attributes = tail.get(..end).unwrap_or_default();
                let rest = tail.get(end + 1..).unwrap_or_default();
                self.open(name, attributes, rest)
            }
            _ => {
                self.text(markup.get(..1).unwrap_or_default());
                inner
            }
        }
    }

    fn open(&mut self, name: &'t str, attributes: &'t str, rest: &'t str) -> &'t str {
        let tag = kind(name);
        self.close_implied(tag);
        let at = self.add(tag, attributes);
        if tag == Tag::Skipped || tag == Tag::Title {
            // Raw text up to the element's own end tag.
            let raw = ["script", "style", "textarea", "title", "noscript", "iframe", "xmp"];
            if raw.iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
                let (inside, rest) = raw_text(rest, name);
                if tag == Tag::Title && !inside.is_empty() {
                    self.stack.push(at);
                    self.text(inside);
                    self.stack.pop();
                }
                return rest;
            }
        }
        let void = matches!(tag, Tag::Br | Tag::Hr | Tag::Image | Tag::Meta | Tag::Base)
            || ["input", "link", "area", "col", "embed", "param", "source", "wbr"]
                .iter()
                .any(|void| name.eq_ignore_ascii_case(void));
        if void || attributes.ends_with('/') && tag == Tag::Inline {
            return rest;
        }
        if self.stack.len() >= self.most_depth {
            self.dom.too_deep = true;
        } else {
            self.stack.push(at);
        }
        rest
    }

    /// Closes what a new element ends without saying so.
    fn close_implied(&mut self, tag: Tag) {
        let (closes, within): (&[Tag], &[Tag]) = match tag {
            Tag::Item => (&[Tag::Item], &[Tag::List, Tag::OrderedList]),
            Tag::Row => (&[Tag::Row], &[Tag::Table]),
            Tag::Cell => (&[Tag::Cell], &[Tag::Row, Tag::Table]),
            Tag::Option => (&[Tag::Option], &[]),
            Tag::DefinitionPart => (&[Tag::DefinitionPart], &[Tag::List]),
            Tag::Paragraph | Tag::Division | Tag::Table | Tag::List | Tag::OrderedList | Tag::Heading(_) | Tag::Hr => {
                (&[Tag::Paragraph], &[Tag::Division, Tag::Cell, Tag::Table, Tag::Item])
            }
            _ => return,
        };
        for place in (1..self.stack.len()).rev() {
            let open = self.stack.get(place).map_or(Tag::Inline, |at| self.open_tag(*at));
            if closes.contains(&open) {
                self.stack.truncate(place);
                return;
            }
            if within.contains(&open) {
                return;
            }
        }
    }

    /// Closes the nearest open element of a kind, unless a table cell stands between.
    fn close(&mut self, tag: Tag) {
        let across = matches!(tag, Tag::Cell | Tag::Row | Tag::Table | Tag::Body);
        for place in (1..self.stack.len()).rev() {
            let open = self.stack.get(place).map_or(Tag::Inline, |at| self.open_tag(*at));
            let same = match (open, tag) {
                (Tag::Heading(_), Tag::Heading(_)) => true,
                (open, tag) => open == tag,
            };
            if same {
                self.stack.truncate(place);
                return;
            }
            if !across && open == Tag::Cell {
                return;
            }
        }
    }
}

fn starts_with_letter(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
}

/// Where the tag ends: the first `>` outside quotes.
fn tag_end(tail: &str) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in tail.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), b) if b == open => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return at,
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, _) => {}
        }
        after_equals = byte == b'=' || after_equals && byte.is_ascii_whitespace();
    }
    // A quote that nobody closes would swallow the page.
    tail.bytes().position(|b| b == b'>').unwrap_or(tail.len())
}

fn raw_text<'t>(rest: &'t str, name: &str) -> (&'t str, &'t str) {
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|rest| memchr::memmem::find(rest.as_bytes(), b"</")) {
        let at = from + found;
        let after = rest.get(at + 2..).unwrap_or_default();
        if after.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            let tail = after.split_once('>').map_or("", |(_, tail)| tail);
            return (rest.get(..at).unwrap_or_default(), tail);
        }
        from = at + 2;
    }
    ("", "")
}

fn next_attribute(source: &str) -> Option<(&str, &str, &str)> {
    let source = source.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
    let name_len = source.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(source.len());
    let (name, rest) = source.split_at_checked(name_len)?;
    if name.is_empty() {
        // A stray equals sign.
        return source.get(1..).and_then(next_attribute_after_stray);
    }
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else { return Some((name, "", rest)) };
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = value.get(1..)?;
            let (value, tail) = inner.split_once(quote).unwrap_or((inner, ""));
            Some((name, value, tail))
        }
        _ => {
            let len = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
            let (value, tail) = value.split_at_checked(len)?;
            Some((name, value, tail))
        }
    }
}

fn next_attribute_after_stray(source: &str) -> Option<(&str, &str, &str)> {
    Some(("=", "", source))
}

fn kind(name: &str) -> Tag {
    let mut buffer = [0u8; 12];
    let Some(lower) = buffer.get_mut(..name.len()) else { return Tag::Inline };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"a" => Tag::A,
        b"base" => Tag::Base,
        b"body" => Tag::Body,
        b"br" => Tag::Br,
        b"td" | b"th" => Tag::Cell,
        b"dt" | b"dd" => Tag::DefinitionPart,
        b"div" | b"section" | b"article" | b"main" | b"center" | b"form" | b"blockquote" | b"header" | b"pre"
        | b"address" | b"fieldset" | b"figure" | b"html" | b"head" | b"caption" | b"details" | b"summary" => {
            Tag::Division
        }
        b"h1" => Tag::Heading(1),
        b"h2" => Tag::Heading(2),
        b"h3" => Tag::Heading(3),
        b"h4" => Tag::Heading(4),
        b"h5" => Tag::Heading(5),
        b"h6" => Tag::Heading(6),
        b"hr" => Tag::Hr,
        b"img" => Tag::Image,
        b"li" => Tag::Item,
        b"ul" | b"dl" | b"menu" => Tag::List,
        b"ol" => Tag::OrderedList,
        b"meta" => Tag::Meta,
        b"option" => Tag::Option,
        b"p" => Tag::Paragraph,
        b"tr" => Tag::Row,
        b"table" => Tag::Table,
        b"title" => Tag::Title,
        b"script" | b"style" | b"noscript" | b"textarea" | b"iframe" | b"xmp" | b"nav" | b"footer" | b"aside"
        | b"select" | b"button" | b"svg" | b"template" | b"object" | b"audio" | b"video" | b"canvas" => Tag::Skipped,
        _ => Tag::Inline,
    }
}

/// Text with its references replaced; the few names that Chinese pages use.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let len = after.bytes().take(12).position(|b| !b.is_ascii_alphanumeric() && b != b'#').unwrap_or(0);
        let name = after.get(..len).unwrap_or_default();
        match entity(name) {
            Some(c) => {
                out.push(c);
                let tail = after.get(len..).unwrap_or_default();
                rest = tail.strip_prefix(';').unwrap_or(tail);
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "nbsp" => '\u{A0}',
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "emsp" => '\u{3000}',
        "ensp" | "thinsp" => ' ',
        "ldquo" => '“',
        "rdquo" => '”',
        "lsquo" => '‘',
        "rsquo" => '’',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "middot" => '·',
        "bull" => '•',
        "times" => '×',
        "divide" => '÷',
        "deg" => '°',
        "plusmn" => '±',
        "le" => '≤',
        "ge" => '≥',
        "ne" => '≠',
        "permil" => '‰',
        "yen" => '¥',
        "sect" => '§',
        "copy" => '©',
        "reg" => '®',
        "laquo" => '«',
        "raquo" => '»',
        "rarr" => '→',
        "larr" => '←',
        "radic" => '√',
        "zwj" | "zwnj" => '\u{200D}',
        "alpha" => 'α',
        "beta" => 'β',
        "mu" => 'μ',
        "sup2" => '²',
        "sup3" => '³',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Dom, Tag, decode};

    fn outline(html: &str) -> String {
        let dom = Dom::parse(html, 50);
        fn walk(dom: &Dom<'_>, at: usize, out: &mut String) {
            for child in dom.children(at) {
                let node = dom.nodes[child];
                if node.tag == Tag::Text {
                    out.push_str(node.source.trim());
                } else {
                    out.push_str(&format!("{:?}(", node.tag));
                    walk(dom, child, out);
                    out.push(')');
                }
            }
        }
        let mut out = String::new();
        walk(&dom, 0, &mut out);
        out
    }

    #[test]
    fn missing_end_tags_are_implied() {
        assert_eq!(outline("<p>a<p>b<div>c</p>d</div>"), "Paragraph(a)Paragraph(b)Division(cd)");
        assert_eq!(outline("<ul><li>a<li>b</ul>c"), "List(Item(a)Item(b))c");
        assert_eq!(outline("<table><tr><td>a<td>b<tr><td>c</table>d"), "Table(Row(Cell(a)Cell(b))Row(Cell(c)))d");
        assert_eq!(outline("a<br/>b<script>if (a<b) '</p>'</script>c<!-- x --> d"), "aBr()bSkipped()cd");
        assert_eq!(outline("1 < 2 <a title=\"x>y\">z</a>"), "1<2A(z)");
    }

    #[test]
    fn attributes_and_references() {
        let dom = Dom::parse("<a HREF='x?a=1&amp;b=2' class=big = >t</a>", 50);
        assert_eq!(dom.attribute(1, "href").as_deref(), Some("x?a=1&b=2"));
        assert_eq!(dom.attribute(1, "class").as_deref(), Some("big"));
        assert_eq!(decode("&nbsp;&#19968;&#x4E8C;&ldquo &unknown; & b"), "\u{A0}一二“ &unknown; & b");
    }

    #[test]
    fn hostile_nesting_is_flattened() {
        let page = "<div>".repeat(100_000);
        let dom = Dom::parse(&page, 50);
        assert!(dom.too_deep && dom.nodes.len() == 100_001);
        Dom::parse(&"<!--".repeat(100_000), 50);
        Dom::parse(&"<a b=\"".repeat(100_000), 50);
    }
}

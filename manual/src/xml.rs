//! XML files with comments that say what their elements are.

use roxmltree::{Document, Node, ParsingOptions};

use crate::kept::Wrong;

/// Parses `xml` and ignores its DTD. `what` names it in errors.
pub(crate) fn parse<'x>(what: &str, xml: &'x str) -> Result<Document<'x>, Wrong> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(xml, options);
    document.map_err(|error| Wrong::new(format!("{what}: {error}")))
}

/// The comment right above an element, without another element in between.
pub(crate) fn comment_above<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    let mut above = element.prev_siblings().skip(1);
    let nearest = above.find(|node| node.is_comment() || node.is_element());
    nearest
        .filter(Node::is_comment)
        .and_then(|node| node.text())
}

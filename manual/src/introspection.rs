//! A D-Bus interface, as its introspection data and the comments there describe it.
//!
//! Specs: D-Bus specification, "Introspection Data Format"; the comments: [`doc_comment`].
//!
//! [`doc_comment`]: crate::doc_comment

use roxmltree::{Document, Node};

use crate::doc_comment::{Block, Comment, named};
use crate::kept::Wrong;
use crate::roff::{bold, capital_sentence, entry, italic, literal, sentence};
use crate::xml::{self, comment_above};

/// Introspection data.
#[derive(Debug)]
pub struct Introspection<'x> {
    document: Document<'x>,
}

/// The annotation that says whether clients are told when a property changes.
const EMITS_CHANGED: &str = "org.freedesktop.DBus.Property.EmitsChangedSignal";

impl<'x> Introspection<'x> {
    /// Reads `xml`.
    ///
    /// # Errors
    ///
    /// It is not XML.
    pub fn parse(xml: &'x str) -> Result<Self, Wrong> {
        let document = xml::parse("introspection", xml)?;
        Ok(Self { document })
    }

    /// The names of the interfaces.
    pub fn interfaces(&self) -> Vec<&str> {
        let interfaces = self.elements("interface");
        interfaces
            .filter_map(|interface| interface.attribute("name"))
            .collect()
    }

    /// The errors of the comment at the top, and what a caller can do about each.
    pub fn errors(&self) -> Vec<(String, String)> {
        let comment = self.document.root().children().find(Node::is_comment);
        let comment = Comment::parse(comment.and_then(|node| node.text()).unwrap_or_default());
        let entries = comment.blocks.into_iter().filter_map(|block| match block {
            Block::Entry(name, parts) => Some((name, parts.join(" "))),
            Block::Paragraph(_) => None,
        });
        entries.collect()
    }

    /// The methods of `interface`, a section each.
    ///
    /// # Errors
    ///
    /// One has no comment, or its comment does not begin with its name, names no action, or names
    /// an error that is not in the list.
    pub fn methods(&self, interface: &str) -> Result<String, Wrong> {
        let members = self.members(interface, "method");
        members.map(|method| self.method(method)).collect()
    }

    /// The properties of `interface`, an entry each.
    ///
    /// # Errors
    ///
    /// One has no comment.
    pub fn properties(&self, interface: &str) -> Result<String, Wrong> {
        self.members(interface, "property").map(property).collect()
    }

    fn method(&self, method: Node<'_, '_>) -> Result<String, Wrong> {
        let name = method.attribute("name").unwrap_or_default();
        let comment = comment_before(method)?;
        let mut text = format!(".SS {}\n{}", literal(name), signature(name, method));
        let mut blocks = comment.blocks.iter();
        match blocks.next() {
            Some(Block::Paragraph(first)) => {
                let about = first.strip_prefix(&format!("{name}: "));
                let about = about.ok_or_else(|| wrong(name, "its comment is another's"))?;
                text.push_str(&format!(".PP\n{}\n", capital_sentence(about)));
            }
            _ => return Err(wrong(name, "its comment does not begin with a sentence")),
        }
        text.extend(blocks.map(block));
        let action = comment
            .polkit
            .ok_or_else(|| wrong(name, "its comment names no action"))?;
        text.push_str(&format!(".PP\npolkit action: {}.\n", bold(&action)));
        text.push_str(&self.errors_of(name, &comment.errors)?);
        Ok(text)
    }

    fn errors_of(&self, method: &str, errors: &[String]) -> Result<String, Wrong> {
        let all = self.errors();
        for error in errors {
            let is_known = all
                .iter()
                .any(|(known, _)| known.ends_with(&format!(".{error}")));
            if !is_known {
                return Err(wrong(method, &format!("there is no error {error}")));
            }
        }
        let errors: Vec<String> = errors.iter().map(|error| bold(error)).collect();
        Ok(match errors.is_empty() {
            true => String::new(),
            false => format!(".PP\nErrors of its own: {}.\n", errors.join(", ")),
        })
    }

    fn members<'d>(&'d self, interface: &str, kind: &str) -> impl Iterator<Item = Node<'d, 'x>> {
        let interface = self
            .elements("interface")
            .find(|one| one.attribute("name") == Some(interface));
        let members = interface.into_iter().flat_map(|one| one.children());
        members.filter(move |member| member.has_tag_name(kind))
    }

    fn elements(&self, kind: &str) -> impl Iterator<Item = Node<'_, 'x>> {
        let all = self.document.descendants();
        all.filter(move |node| node.has_tag_name(kind))
    }
}

/// Arguments in the order of the call, each with its direction and type.
fn signature(name: &str, method: Node<'_, '_>) -> String {
    let arguments = method.children().filter(|node| node.has_tag_name("arg"));
    let lines = arguments.map(|argument| {
        let direction = argument.attribute("direction").unwrap_or("in");
        let kind = argument.attribute("type").unwrap_or_default();
        let name = argument.attribute("name").unwrap_or_default();
        format!(
            "{direction:<3} {} {}",
            literal(&format!("{kind:<6}")),
            italic(name)
        )
    });
    let lines: Vec<String> = lines.collect();
    format!(
        ".nf\n{}(\n    {})\n.fi\n",
        bold(name),
        lines.join(",\n    ")
    )
}

fn property(property: Node<'_, '_>) -> Result<String, Wrong> {
    let name = property.attribute("name").unwrap_or_default();
    let kind = property.attribute("type").unwrap_or_default();
    let comment = comment_before(property)?;
    let [Block::Paragraph(about)] = comment.blocks.as_slice() else {
        return Err(wrong(name, "its comment is not one paragraph"));
    };
    let is_const = property.children().any(|child| {
        child.attribute("name") == Some(EMITS_CHANGED) && child.attribute("value") == Some("const")
    });
    let change = if is_const {
        " Never changes while the broker runs."
    } else {
        ""
    };
    let tag = format!("{} ({})", bold(name), literal(kind));
    Ok(entry(&tag, &format!("{}{change}", sentence(about))))
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!(".PP\n{}\n", sentence(text)),
        Block::Entry(term, parts) => entry(&term_of(term), parts_of(parts).trim_end()),
    }
}

/// A name in quotes stands in dictionaries; another is an argument.
fn term_of(term: &str) -> String {
    match named(term) {
        Some(_) => bold(term),
        None => italic(term),
    }
}

fn parts_of(parts: &[String]) -> String {
    if !parts.iter().any(|part| named(part).is_some()) {
        return capital_sentence(&parts.join(" "));
    }
    // The first stands right below the term.
    let parts = parts
        .iter()
        .enumerate()
        .map(|(index, part)| match named(part) {
            Some((name, text)) if index == 0 => format!(
                ".PD 0\n{}.PD\n",
                entry(&bold(name), &capital_sentence(text))
            ),
            Some((name, text)) => entry(&bold(name), &capital_sentence(text)),
            None => format!("{}\n", capital_sentence(part)),
        });
    format!(".RS\n{}.RE", parts.collect::<String>())
}

fn comment_before(member: Node<'_, '_>) -> Result<Comment, Wrong> {
    let name = member.attribute("name").unwrap_or_default();
    comment_above(member)
        .map(Comment::parse)
        .ok_or_else(|| wrong(name, "it has no comment"))
}

fn wrong(member: &str, what: &str) -> Wrong {
    Wrong::new(format!("introspection, {member}: {what}"))
}

/// A list of errors, with what a caller can do about each.
pub fn error_entries(errors: &[(String, String)]) -> String {
    let entries = errors
        .iter()
        .map(|(name, advice)| entry(&bold(name), &capital_sentence(advice)));
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<!--\n  Errors:\n    org.x.Error.Gone  look for it\n-->\n\
        <node><interface name=\"org.x\">\n\
        <!--\n  Take: takes one.\n    name  which\n  polkit: take\n  errors: Gone\n-->\n\
        <method name=\"Take\"><arg name=\"name\" type=\"s\" direction=\"in\"/></method>\n\
        <method name=\"Give\"/>\n</interface></node>";

    #[test]
    fn a_method_without_a_comment_of_its_own_is_wrong() {
        let xml = Introspection::parse(XML).unwrap();
        assert!(
            xml.methods("org.x")
                .unwrap_err()
                .to_string()
                .contains("Give")
        );
    }

    #[test]
    fn a_method_has_its_signature_its_arguments_and_its_errors() {
        let xml = XML.replace("<method name=\"Give\"/>", "");
        let text = Introspection::parse(&xml)
            .unwrap()
            .methods("org.x")
            .unwrap();
        for part in [
            "in  s      \\fIname\\fR)",
            ".TP\n\\fIname\\fR\nWhich.\n",
            "\\fBtake\\fR",
            "\\fBGone\\fR",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn an_error_that_is_not_in_the_list_is_wrong() {
        let xml = XML
            .replace("errors: Gone", "errors: Lost")
            .replace("<method name=\"Give\"/>", "");
        assert!(
            Introspection::parse(&xml)
                .unwrap()
                .methods("org.x")
                .is_err()
        );
    }
}

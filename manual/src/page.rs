//! A manual page: a template in which generated parts are put.
//!
//! A template is a page in roff. Its first line is the comment that says where it came from, its
//! second `.TH NAME SECTION`, and each line `.\" insert NAME` is replaced by the part of that name.
//! `@NAME@` within a line is replaced by a value.

use crate::kept::{Wrong, hold};
use crate::roff::literal;

/// The date of all pages. It is written here, and changed with the version, so that pages are the
/// same whenever they are made.
const DATE: &str = "2026-11-30";

/// The version of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a line begins with that a part is put in place of.
const INSERT: &str = ".\\\" insert ";

/// A page in the making.
#[derive(Debug)]
pub struct Page {
    name: &'static str,
    section: u8,
    text: String,
}

impl Page {
    /// The page `name(section)`, from its template.
    pub fn new(name: &'static str, section: u8, template: &str) -> Self {
        let title = literal(name);
        let text = format!(
            ".\\\" Made by `make manual`; to be changed in {name}.{section}.in and in the \
             program.\n\
             .TH {title} {section} {DATE} \"sshtpm {VERSION}\" \"sshtpm\"\n\
             .\\\" No name is hyphenated, and no line stretched.\n.nr HY 0\n.nh\n.ad l\n{template}"
        );
        Self {
            name,
            section,
            text,
        }
    }

    /// Puts `part` in place of the line for `name`.
    ///
    /// # Errors
    ///
    /// The template has no such line, or more than one; or there is nothing to put there.
    pub fn insert(mut self, name: &str, part: &str) -> Result<Self, Wrong> {
        let line = format!("{INSERT}{name}\n");
        if self.text.matches(&line).count() != 1 || part.is_empty() {
            let page = self.name;
            return Err(Wrong::new(format!(
                "{page}: nothing to insert as {name}, or no place for it"
            )));
        }
        self.text = self.text.replace(&line, part);
        Ok(self)
    }

    /// Puts `value` in place of each `@name@`.
    ///
    /// # Errors
    ///
    /// The template has none.
    pub fn value(mut self, name: &str, value: impl std::fmt::Display) -> Result<Self, Wrong> {
        let mark = format!("@{name}@");
        if !self.text.contains(&mark) {
            return Err(Wrong::new(format!("{}: there is no {mark}", self.name)));
        }
        self.text = self.text.replace(&mark, &value.to_string());
        Ok(self)
    }

    /// Holds the page in `docs/man` against this one.
    ///
    /// # Errors
    ///
    /// They are not the same, or a part was not inserted.
    pub fn hold(self) -> Result<(), Wrong> {
        if let Some(left) = self.text.lines().find(|line| line.starts_with(INSERT)) {
            return Err(Wrong::new(format!("{}: left over: {left}", self.name)));
        }
        hold(
            &format!("docs/man/{}.{}", self.name, self.section),
            &self.text,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_a_place_is_wrong() {
        assert!(
            Page::new("x", 1, ".SH NAME\n")
                .insert("options", "-x\n")
                .is_err()
        );
    }

    #[test]
    fn a_place_without_a_part_is_wrong() {
        let page = Page::new("x", 1, ".\\\" insert options\n");
        assert!(page.hold().is_err());
    }

    #[test]
    fn a_part_takes_its_place() {
        let page = Page::new("x", 1, "a\n.\\\" insert options\nb\n");
        let page = page.insert("options", "-x\n").unwrap();
        assert!(page.text.ends_with("a\n-x\nb\n"), "{}", page.text);
    }
}

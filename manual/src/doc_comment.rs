//! The comments of `org.sshtpm.Broker1.xml`, which have a form.
//!
//! A comment is made of paragraphs. A line that begins two columns further in is an entry of a
//! list: a term, two spaces or more, and a text, which goes on in lines further in still. Where
//! such a text has several parts, each begins with `"name" (type)`. A line `polkit:` names an
//! action, and the last lines, from `errors:` on, the errors of a method.

/// A comment, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) blocks: Vec<Block>,
    pub(crate) polkit: Option<String>,
    pub(crate) errors: Vec<String>,
}

/// A part of a comment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Paragraph(String),
    /// What it is about, and the parts of what is said of it.
    Entry(String, Vec<String>),
}

/// How much further in a list is.
const LIST_INDENT: usize = 2;

impl Comment {
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let base = lines.clone().map(indent).filter(|indent| *indent > 0).min();
        let base = base.unwrap_or_default();
        let mut comment = Self::default();
        let mut after_gap = false;
        for line in text.lines() {
            let words = line.trim();
            match indent(line).saturating_sub(base) {
                _ if words.is_empty() => after_gap = true,
                0 => comment.line(words, std::mem::take(&mut after_gap)),
                LIST_INDENT => comment.entry(words),
                _ => comment.go_on(words),
            }
        }
        comment
    }

    fn line(&mut self, words: &str, after_gap: bool) {
        if let Some(action) = words.strip_prefix("polkit: ") {
            self.polkit = Some(action.to_owned());
        } else if let Some(errors) = words.strip_prefix("errors: ") {
            self.add_errors(errors);
        } else {
            match self.blocks.last_mut() {
                Some(Block::Paragraph(text)) if !after_gap => join(text, words),
                _ => self.blocks.push(Block::Paragraph(words.to_owned())),
            }
        }
    }

    fn entry(&mut self, words: &str) {
        let (term, text) = words.split_once("  ").unwrap_or((words, ""));
        let parts = if text.is_empty() {
            Vec::new()
        } else {
            vec![text.trim().to_owned()]
        };
        self.blocks.push(Block::Entry(term.to_owned(), parts));
    }

    fn add_errors(&mut self, words: &str) {
        let names = words.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        self.errors.extend(names.map(str::to_owned));
    }

    fn go_on(&mut self, words: &str) {
        // Errors come last.
        if !self.errors.is_empty() {
            return self.add_errors(words);
        }
        match self.blocks.last_mut() {
            Some(Block::Entry(_, parts)) => match parts.last_mut() {
                Some(part) if named(words).is_none() => join(part, words),
                _ => parts.push(words.to_owned()),
            },
            Some(Block::Paragraph(text)) => join(text, words),
            None => self.blocks.push(Block::Paragraph(words.to_owned())),
        }
    }
}

/// `"name" (type)` at the start of `text`, and what follows it.
pub(crate) fn named(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('"')?.split_once('"')?;
    let kind = in_parentheses(rest.strip_prefix(' ')?)?;
    if name.contains(' ') || kind.contains(' ') {
        return None;
    }
    let (named, rest) = text.split_at_checked(name.len() + kind.len() + "\"\" ()".len())?;
    Some((named, rest.trim_start_matches([':', ',']).trim_start()))
}

/// What is between the parenthesis that begins `text` and its partner. The type of an array of
/// structures has further ones.
fn in_parentheses(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('(')?;
    let mut depth = 1;
    let end = inside.find(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => (),
        }
        depth == 0
    })?;
    inside.get(..end)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn join(text: &mut String, words: &str) {
    text.push(' ');
    text.push_str(words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_has_paragraphs_entries_an_action_and_errors() {
        let comment = Comment::parse(
            "\n      List: the keys,\n      the oldest first.\n        \
             options    \"owner\" (s): that\n                   user's keys\n                   \
             \"bits\" (u): length\n      polkit: list-own-keys\n      \
             errors: NoSuchUser, KeyLost,\n              TpmFailed\n    ",
        );
        assert_eq!(
            comment.blocks,
            [
                Block::Paragraph("List: the keys, the oldest first.".to_owned()),
                Block::Entry(
                    "options".to_owned(),
                    vec![
                        "\"owner\" (s): that user's keys".to_owned(),
                        "\"bits\" (u): length".to_owned()
                    ]
                ),
            ]
        );
        assert_eq!(comment.polkit.as_deref(), Some("list-own-keys"));
        assert_eq!(comment.errors, ["NoSuchUser", "KeyLost", "TpmFailed"]);
    }

    #[test]
    fn a_name_with_its_type_begins_a_part() {
        assert_eq!(
            named("\"bits\" (u): length"),
            Some(("\"bits\" (u)", "length"))
        );
        assert_eq!(
            named("\"destinations\" (a(sa(ayb))): where"),
            Some(("\"destinations\" (a(sa(ayb)))", "where"))
        );
        assert_eq!(named("none"), None);
        assert_eq!(named("\"usable\" or \"lost\" (gone)"), None);
    }
}

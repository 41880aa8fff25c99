//! Text for roff.
//!
//! Specs: groff_char(7), groff_man_style(7) ("Portability").

/// Text as it is, with everything escaped that roff would interpret. What a reader types or copies
/// stays ASCII; roff would make a hyphen of `-`, and an accent of `~`.
pub(crate) fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Bold, for what is typed as it stands.
pub(crate) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", literal(text))
}

/// Italic, for what something else is typed in place of.
pub(crate) fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", literal(text))
}

/// Prose, in which `` `…` `` is typed as it stands. Never begins as a request of roff.
pub(crate) fn prose(text: &str) -> String {
    let mut line = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 0 {
            line.push_str(&literal(part));
        } else {
            line.push_str(&bold(part));
        }
    }
    at_line_start(line)
}

/// A sentence: as [`prose`], with a full stop at its end, which help texts and comments may lack.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.ends_with(['.', ':', '?', '!']);
    let stop = if ends || text.is_empty() { "" } else { "." };
    prose(&format!("{text}{stop}"))
}

/// As [`sentence`], with a capital at its start.
pub(crate) fn capital_sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    sentence(&(first.unwrap_or_default() + chars.as_str()))
}

/// `text` with nothing at its start that would make it a request.
pub(crate) fn at_line_start(text: String) -> String {
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

/// A file as it is.
pub fn verbatim(text: &str) -> String {
    let lines = text.lines().map(|line| at_line_start(literal(line)) + "\n");
    format!(".EX\n{}.EE\n", lines.collect::<String>())
}

/// An entry of a list of what there is: `tag`, and below it `text`, both roff already.
pub(crate) fn entry(tag: &str, text: &str) -> String {
    format!(".TP\n{tag}\n{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stays_as_it_is() {
        assert_eq!(
            literal("~/.ssh -f 'a' \\ ^"),
            "\\(ti/.ssh \\-f \\(aqa\\(aq \\e \\(ha"
        );
    }

    #[test]
    fn prose_is_never_a_request() {
        assert_eq!(prose(".pub is appended"), "\\&.pub is appended");
        assert_eq!(prose("see `ssh -i FILE`"), "see \\fBssh \\-i FILE\\fR");
    }

    #[test]
    fn a_sentence_ends_with_one_full_stop() {
        assert_eq!(sentence("Print JSON"), "Print JSON.");
        assert_eq!(capital_sentence("print JSON"), "Print JSON.");
        assert_eq!(sentence("Print JSON."), "Print JSON.");
    }
}

//! Text of other parties, made harmless for a terminal.
//!
//! Purpose: comments and messages come from the broker, which refuses control characters; what a
//! terminal would obey is nevertheless escaped again where it is printed. Source: Unicode 15,
//! general categories Cc and Cf as far as they move, hide or reorder text (UAX #9).

/// `text` with every character escaped that a terminal might obey or that hides or reorders others.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// The same, line by line, for text of several lines.
pub fn printable_lines(text: &str) -> String {
    text.split('\n')
        .map(printable)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a terminal might obey it, or it hides or reorders others.
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn terminal_escapes_are_escaped() {
        assert_eq!(
            printable("a\u{1b}]0;x\u{7}\u{9b}1m"),
            "a\\u{1b}]0;x\\u{7}\\u{9b}1m"
        );
    }

    #[test]
    fn line_breaks_and_tabs_are_escaped() {
        assert_eq!(printable("a\nb\rc\td\u{2028}"), "a\\nb\\rc\\td\\u{2028}");
    }

    #[test]
    fn text_that_runs_backwards_is_escaped() {
        assert_eq!(printable("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
    }

    #[test]
    fn text_of_all_languages_is_left_alone() {
        let text = "Schlüssel 鍵 ключ 🔑 a\\b \"quoted\" 'c'";
        assert_eq!(printable(text), text);
    }
}

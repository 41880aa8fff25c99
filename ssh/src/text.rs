//! Text of other parties, made safe to show.
//!
//! Purpose: one answer to which characters a terminal obeys, or hide, break or reorder the text
//! around them. The broker refuses them in comments and escapes them in records and questions; the
//! programs escape them again where they print.
//!
//! Specs: Unicode 15, general categories Cc and Cf; UAX #9 (bidirectional text).

/// `text` with every character escaped that [`is_harmful`].
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

/// Whether a terminal may obey `character`, or it hides, breaks or reorders the text around it.
pub fn is_harmful(character: char) -> bool {
    character.is_control() || misleads(character) || matches!(character, SOFT_HYPHEN | MVS)
}

/// Whether `character` hides, breaks or reorders the text around it, and has no place in a name:
/// the directional formatting characters, the zero-width ones, the line separators, and tags.
pub fn misleads(character: char) -> bool {
    matches!(
        character,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Mostly invisible; an owner may write it in a comment.
const SOFT_HYPHEN: char = '\u{ad}';

/// Mongolian vowel separator: mostly invisible; an owner may write it in a comment.
const MVS: char = '\u{180e}';

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

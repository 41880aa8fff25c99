//! Text of other parties, made safe to show.
//!
//! Purpose: one answer to which characters a terminal obeys, or hide, break or reorder the text
//! around them. The broker refuses them in names that it is given to keep, and escapes them in
//! records and questions; the programs escape them again where they print.
//!
//! Specs: Unicode 16, general categories Cc and Cf, property `Default_Ignorable_Code_Point`; UAX #9
//! (bidirectional text).

use super::invisible::{JOINER, belongs_to_emoji, is_ignorable};

/// `text` with every character escaped that does harm where it stands.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (character, does_harm) in examined(text) {
        if does_harm {
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

/// The first character of `text` that does harm where it stands.
pub fn first_harmful(text: &str) -> Option<char> {
    let mut harmful = examined(text).filter(|&(_, does_harm)| does_harm);
    harmful.next().map(|(character, _)| character)
}

/// Each character of `text`, and whether it does harm where it stands: it [`is_harmful`], and is no
/// part of an emoji.
pub fn examined(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut rest = text.chars().peekable();
    let mut before = None;
    std::iter::from_fn(move || {
        let character = rest.next()?;
        let after = rest.peek().copied();
        let does_harm = is_harmful(character) && !belongs_to_emoji(before, character, after);
        before = (!does_harm).then_some(character);
        Some((character, does_harm))
    })
}

/// `text` without the joint to a further emoji that was cut off behind it.
pub fn without_joint(text: &str) -> &str {
    text.trim_end_matches(JOINER)
}

/// Whether a terminal may obey `character`, or it is invisible, or hides, breaks or reorders the
/// text around it: control characters, the default-ignorable ones (the directional formatting
/// characters, those without a width, fillers, variation selectors, tags), the line separators, and
/// what annotates other text.
pub fn is_harmful(character: char) -> bool {
    let breaks_text = matches!(
        character,
        '\u{2028}'..='\u{2029}' | '\u{fff9}'..='\u{fffb}'
    );
    character.is_control() || is_ignorable(character) || breaks_text
}

#[cfg(test)]
mod tests {
    use super::{first_harmful, printable};

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
    fn characters_that_are_shown_as_nothing_are_escaped() {
        for unseen in [
            '\u{ad}',
            '\u{34f}',
            '\u{115f}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200d}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{1d173}',
            '\u{e0100}',
        ] {
            let text = format!("a{unseen}b");
            assert_eq!(printable(&text), format!("a{}b", unseen.escape_unicode()));
            assert_eq!(first_harmful(&text), Some(unseen));
        }
    }

    #[test]
    fn an_emoji_of_several_characters_is_left_alone() {
        // A heart, a person with a computer, one with a skin colour, and the rainbow flag.
        for emoji in [
            "\u{2764}\u{fe0f}",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        ] {
            assert_eq!(printable(emoji), emoji);
            assert_eq!(first_harmful(emoji), None);
        }
    }

    #[test]
    fn what_joins_emoji_joins_nothing_else() {
        for text in [
            "\u{fe0f}",
            "a\u{fe0f}",
            "\u{2764}\u{fe0f}\u{fe0f}",
            "\u{200d}\u{1f4bb}",
            "\u{1f469}\u{200d}",
            "\u{1f469}\u{200d}\u{200d}\u{1f4bb}",
            "\u{1f469}\u{200d}b",
            "a\u{fe0f}\u{200d}\u{1f4bb}",
        ] {
            assert!(printable(text).contains("\\u{"), "{text:?}");
        }
    }

    #[test]
    fn text_of_all_languages_is_left_alone() {
        let text = "Schlüssel 鍵 ключ 🔑 a\\b \"quoted\" 'c'";
        assert_eq!(printable(text), text);
    }
}

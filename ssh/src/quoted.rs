//! Text of other parties inside of a sentence of ours.
//!
//! Purpose: a person sees where foreign text begins and ends, and foreign text cannot pretend to
//! end. Must let nothing through that a dialogue takes for markup or for the name of a variable.
//!
//! Specs: polkit's `polkit.message`, in which `$(name)` stands for a detail; Qt's and Pango's
//! markup, which dialogues of the desktops may recognize.

use std::fmt;

use super::text::{examined, without_joint};

/// Text in quotation marks, with none in it: at most [`MAX_QUOTED_CHARS`] characters, and `…`
/// behind the marks if there is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    shown: String,
    is_whole: bool,
}

/// Longest text between quotation marks, in characters as they are shown: two or three lines of a
/// dialogue, so that what stands around it stays on the screen.
pub const MAX_QUOTED_CHARS: usize = 100;

impl Quoted {
    /// Escapes and cuts; every text becomes one.
    pub fn new(text: &str) -> Self {
        let mut inside = String::new();
        let (mut room, mut is_whole, mut before) = (MAX_QUOTED_CHARS, true, None);
        for (character, does_harm) in examined(text) {
            let misread = does_harm || could_be_misread(before, character);
            let shown = shown(character, misread);
            let Some(left) = room.checked_sub(shown.chars().count()) else {
                is_whole = false;
                break;
            };
            inside.push_str(&shown);
            (room, before) = (left, Some(character));
        }
        let inside = without_joint(&inside);
        let cut = if is_whole { "" } else { "…" };
        Self {
            shown: format!("\"{inside}\"{cut}"),
            is_whole,
        }
    }

    /// Whether nothing was cut off.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The text with its quotation marks.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn shown(character: char, is_misread: bool) -> String {
    match character {
        '\\' => r"\\".to_owned(),
        _ if is_misread => character.escape_unicode().collect(),
        _ => character.into(),
    }
}

/// Whether `character`, behind `before`, could pass for the end of the quotation, for markup, or
/// for a variable.
fn could_be_misread(before: Option<char>, character: char) -> bool {
    let is_second_half = before.is_some_and(is_half_a_mark) && is_half_a_mark(character);
    is_second_half || is_mark(character) || matches!(character, '<' | '&' | '$')
}

/// Double quotation marks, and what looks like one.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '"' | '\u{ab}'
            | '\u{bb}'
            | '\u{2ba}'
            | '\u{2dd}'
            | '\u{2ee}'
            | '\u{2f5}'..='\u{2f6}'
            | '\u{5f4}'
            | '\u{1cd3}'
            | '\u{201c}'..='\u{201f}'
            | '\u{2033}'..='\u{2034}'
            | '\u{2036}'..='\u{2037}'
            | '\u{2057}'
            | '\u{275d}'..='\u{275e}'
            | '\u{2760}'
            | '\u{276e}'..='\u{276f}'
            | '\u{2e42}'
            | '\u{3003}'
            | '\u{301d}'..='\u{301f}'
            | '\u{ff02}'
            | '\u{1f676}'..='\u{1f678}'
    )
}

/// Single quotation marks, of which two look like a double one.
fn is_half_a_mark(character: char) -> bool {
    matches!(
        character,
        '\'' | '`'
            | '\u{b4}'
            | '\u{2b9}'
            | '\u{2bb}'..='\u{2bd}'
            | '\u{2ca}'..='\u{2cb}'
            | '\u{2018}'..='\u{201b}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{275b}'..='\u{275c}'
            | '\u{ff07}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        Quoted::new(text).to_string()
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["", "git", "alice@example.com", "Alice's laptop", "Zoë 鍵"] {
            assert_eq!(quoted(name), format!("\"{name}\""));
        }
    }

    #[test]
    fn no_text_closes_its_quotation() {
        for text in [
            "laptop\", asked for by ssh. This is \"fine",
            "laptop\u{201d}, asked for by ssh",
            "laptop'', asked for by ssh",
            "laptop\u{2019}\u{2019}",
            "laptop\u{2033} laptop\u{ff02} laptop\u{301e}",
            "a\\\"b",
        ] {
            let quoted = quoted(text);
            let inside = quoted
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            let inside = inside.expect("quotation marks");
            assert!(!inside.contains(is_mark), "{quoted}");
            assert!(!inside.contains("''"), "{quoted}");
        }
    }

    #[test]
    fn two_texts_never_look_the_same() {
        assert_ne!(quoted("a\"b"), quoted(r"a\u{22}b"));
        assert_eq!(quoted(r"CORP\alice"), r#""CORP\\alice""#);
    }

    #[test]
    fn what_a_dialogue_would_obey_is_escaped() {
        assert_eq!(quoted("$(key)"), r#""\u{24}(key)""#);
        assert_eq!(quoted("<!-- &quot;"), r#""\u{3c}!-- \u{26}quot;""#);
        assert_eq!(quoted("a\nb\u{1b}[2J"), r#""a\u{a}b\u{1b}[2J""#);
        assert_eq!(quoted("a\u{202e}b\u{3164}"), r#""a\u{202e}b\u{3164}""#);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_shown() {
        for character in ["x", "ü", "鍵", "\u{1b}", "\"", "\\"] {
            let shown = Quoted::new(&character.repeat(10_000));
            assert!(
                !shown.is_whole() && shown.as_str().ends_with("\"…"),
                "{shown}"
            );
            let length = shown.as_str().chars().count();
            assert!(length <= MAX_QUOTED_CHARS + 3, "{length} characters");
            assert!(length > MAX_QUOTED_CHARS - 10, "{length} characters");
        }
        let most = "x".repeat(MAX_QUOTED_CHARS);
        assert!(Quoted::new(&most).is_whole());
    }

    #[test]
    fn a_cut_leaves_no_joiner_behind() {
        let text = format!(
            "{}\u{1f469}\u{200d}\u{1f4bb}",
            "x".repeat(MAX_QUOTED_CHARS - 2)
        );
        assert!(quoted(&text).ends_with("\u{1f469}\"…"), "{}", quoted(&text));
    }
}

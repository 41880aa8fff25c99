//! Names that come with data to be signed, as people may read them.

use sshtpm_ssh::limits::MAX_NAME_BYTES;

/// `text` in a sentence: in quotation marks and escaped, if it is not plainly one word of it. Of
/// one that is longer than any name, the beginning.
pub(super) fn quoted(text: &str) -> String {
    let shown = beginning(text);
    let is_word = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    match (shown == text, !text.is_empty() && text.bytes().all(is_word)) {
        (true, true) => text.to_owned(),
        (true, false) => format!("{text:?}"),
        (false, _) => format!("{shown:?}…"),
    }
}

fn beginning(text: &str) -> &str {
    let fits = |(at, character): &(usize, char)| at + character.len_utf8() <= MAX_NAME_BYTES;
    let last = text.char_indices().take_while(fits).last();
    let end = last.map_or(0, |(at, character)| at + character.len_utf8());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAME_BYTES, quoted};

    #[test]
    fn of_a_text_that_is_longer_than_a_name_there_is_the_beginning() {
        let name = "x".repeat(MAX_NAME_BYTES);
        assert_eq!(quoted(&name), name);
        assert_eq!(quoted(&format!("{name}y")), format!("\"{name}\"…"));
        let most = "ü".repeat(MAX_NAME_BYTES / 2);
        assert_eq!(quoted(&"ü".repeat(200_000)), format!("\"{most}\"…"));
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["git", "alice@example.com", r"CORP\alice"] {
            assert_eq!(quoted(name), name);
        }
    }

    #[test]
    fn what_controls_a_terminal_or_turns_text_around_is_escaped() {
        for name in ["a\nb", "\u{1b}[2J", "a\u{202e}b", "a\0b", "a\u{200b}b"] {
            let quoted = quoted(name);
            assert!(
                quoted.is_ascii() && !quoted.contains(char::is_control),
                "{quoted}"
            );
        }
    }

    #[test]
    fn what_could_be_taken_for_more_than_a_word_is_in_quotation_marks() {
        assert_eq!(quoted(""), r#""""#);
        assert_eq!(quoted("root, as always"), r#""root, as always""#);
        assert_eq!(quoted("a\"b"), r#""a\"b""#);
        assert_eq!(quoted("Zoë"), r#""Zoë""#);
    }
}

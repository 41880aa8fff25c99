//! How wide text is on a terminal, and text cut to a width.
//!
//! Specs: UAX #11 (East Asian width); emoji are two columns wide.

use sshtpm_ssh::text::without_joint;
use unicode_width::UnicodeWidthStr;

/// What stands for the rest of a text; one column wide.
const CUT_OFF: char = '…';

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As much of `text` as `columns` have room for, and `…` for the rest.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let ends = text.char_indices().map(|(end, _)| end).rev();
    let beginnings = ends.filter_map(|end| text.get(..end));
    let longest = beginnings
        .map(|beginning| without_joint(beginning).trim_end())
        .find(|beginning| width(beginning) <= room);
    let mut cut = longest.unwrap_or_default().to_owned();
    cut.push(CUT_OFF);
    cut
}

/// `text` and the spaces that fill `columns`.
pub(crate) fn filled(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

/// The words of `text` in lines of at most `columns`. A longer word has a line of its own.
pub(crate) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{cut, filled, width, wrapped};

    #[test]
    fn wide_characters_and_emoji_take_two_columns() {
        assert_eq!(width("ann"), 3);
        assert_eq!(width("笔记本"), 6);
        assert_eq!(width("🔑"), 2);
        assert_eq!(width("👩‍💻"), 2);
        assert_eq!(filled("本", 4), "本  ");
    }

    #[test]
    fn text_is_cut_where_it_no_longer_fits() {
        assert_eq!(cut("laptop", 6), "laptop");
        assert_eq!(cut("laptop", 5), "lapt…");
        assert_eq!(cut("笔记本", 4), "笔…");
        assert_eq!(cut("a key", 3), "a…");
        for columns in 1..9 {
            assert!(width(&cut("x👩‍💻y笔z", columns)) <= columns, "{columns}");
        }
    }

    #[test]
    fn words_go_on_in_the_next_line() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("/a/long/path x", 4), ["/a/long/path", "x"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}

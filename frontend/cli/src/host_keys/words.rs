//! The words of a line of sshd's configuration.
//!
//! Source: sshd_config(5): name and value are separated by blanks or one `=`; values with blanks
//! are in double quotes; `#` begins a comment.

/// The name of the setting, without quotes, and then its values. A line that sets nothing has none.
pub(crate) fn of(line: &str) -> Vec<String> {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=');
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    if name.is_empty() || name.starts_with('#') {
        return Vec::new();
    }
    let rest = rest.trim_start();
    let values = rest.strip_prefix('=').unwrap_or(rest);
    let mut words = vec![name.trim_matches('"').to_owned()];
    words.extend(values_of(values));
    words
}

fn values_of(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_line_is_a_name_and_values_whatever_is_between_them() {
        for line in [
            "Name a b",
            "\tName\ta  b\t",
            "Name=a b",
            "Name = a b",
            "Name \"a\" 'b' # more",
            "\"Name\" a b",
        ] {
            assert_eq!(of(line), ["Name", "a", "b"], "{line:?}");
        }
        assert_eq!(of("Name \"a b\""), ["Name", "a b"]);
        assert_eq!(of("Name a#b"), ["Name", "a#b"]);
        assert_eq!(of("Name"), ["Name"]);
    }

    #[test]
    fn an_empty_line_and_a_comment_have_no_words() {
        for line in ["", "  \t", "# Name a", "  #Name", "=a"] {
            assert!(of(line).is_empty(), "{line:?}");
        }
    }
}

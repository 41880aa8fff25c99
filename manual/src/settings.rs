//! The settings of a TOML file that is shipped with all of them commented out.
//!
//! Blocks are set apart by empty lines. The first one says what the file is, and is left to the
//! template. Each other one is a comment, lines that begin with `# `, and below it either a setting
//! with its default, `#name = value`, or the head of a table, `[name]` or `#[name]`.

use crate::kept::Wrong;
use crate::roff::{bold, entry, literal, sentence};

/// The settings of `toml`, an entry each.
///
/// # Errors
///
/// A block is of another kind, or a setting has no comment.
pub fn settings(toml: &str) -> Result<String, Wrong> {
    let blocks = toml
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty());
    blocks.skip(1).map(block).collect()
}

fn block(block: &str) -> Result<String, Wrong> {
    let is_comment = |line: &&str| line.starts_with("# ") || *line == "#";
    let (comment, rest): (Vec<&str>, Vec<&str>) = block.lines().partition(is_comment);
    let comment: Vec<&str> = comment
        .iter()
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    let comment = comment.join(" ");
    let mut text = String::new();
    for line in rest {
        let line = line.trim_start_matches('#').trim();
        if let Some(table) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            text.push_str(&format!(".SS [{}]\n", literal(table)));
            continue;
        }
        let (name, default) = line.split_once(" = ").ok_or_else(|| {
            Wrong::new(format!(
                "settings: neither comment, setting nor table: {line}"
            ))
        })?;
        if comment.is_empty() {
            return Err(Wrong::new(format!("settings: {name} has no comment")));
        }
        text.push_str(&entry(
            &bold(name),
            &format!("{}\nDefault: {}.", sentence(&comment), bold(default)),
        ));
    }
    if text.is_empty() {
        return Ok(format!(".PP\n{}\n", sentence(&comment)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# What this is.\n\n# How many there may be,\n# from 1 to 9.\n#most = 3\n\n\
        [limits]\n\n# A name.\n#name = \"x\"\n";

    #[test]
    fn a_setting_has_its_comment_and_its_default() {
        let text = settings(FILE).unwrap();
        let most = ".TP\n\\fBmost\\fR\nHow many there may be, from 1 to 9.\nDefault: \\fB3\\fR.\n";
        assert!(text.starts_with(most), "{text}");
    }

    #[test]
    fn a_table_is_a_section() {
        let text = settings(FILE).unwrap();
        assert!(text.contains(".SS [limits]\n.TP\n\\fBname\\fR\n"), "{text}");
    }

    #[test]
    fn a_setting_without_a_comment_is_wrong() {
        assert!(settings("# What.\n\n#most = 3\n").is_err());
    }
}

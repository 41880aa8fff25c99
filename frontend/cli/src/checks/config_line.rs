//! What to do about a configuration that ssh rejects.
//!
//! ssh names the file and the line in its own words. They are taken for a command only if the file
//! is there and its name is plain.

use std::path::Path;

/// What helps, by what ssh `said`.
pub(super) fn advice(said: &str) -> String {
    let known = said
        .lines()
        .find_map(|line| permissions(line).or_else(|| line_of_file(line)));
    known.unwrap_or_else(|| "Correct the line that ssh names.".to_owned())
}

/// `Bad owner or permissions on FILE`
fn permissions(line: &str) -> Option<String> {
    let (_, file) = line.trim_end().split_once("Bad owner or permissions on ")?;
    plain(file).map(|file| {
        format!(
            "Only you may be able to write the file, and it has to be yours:\n`chmod go-w {file}`"
        )
    })
}

/// `FILE: line 3: Bad configuration option: x`, `FILE line 3: …`
fn line_of_file(line: &str) -> Option<String> {
    let (before, after) = line.split_once(" line ")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    let number: u32 = digits.parse().ok()?;
    let file = plain(before.trim_end_matches(':'))?;
    Some(format!(
        "Correct that line, or turn it into a comment:\n\
         `sed -i --follow-symlinks '{number}s/^/#/' {file}`"
    ))
}

/// The name of a file that is there, if a shell takes it as it is.
fn plain(name: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    (name.starts_with('/') && name.chars().all(is_plain) && Path::new(name).is_file())
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn a_line_that_ssh_rejects_can_be_turned_into_a_comment() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config");
        std::fs::write(&file, "").unwrap();
        let file = file.display();
        for said in [
            format!("{file}: line 3: Bad configuration option: foo\r\n{file}: terminating, 1 bad"),
            format!("{file} line 3: no argument after keyword \"foo\""),
        ] {
            let command = format!("'3s/^/#/' {file}`");
            assert!(advice(&said).contains(&command), "{}", advice(&said));
        }
        let said = format!("Bad owner or permissions on {file}\r");
        assert!(advice(&said).contains(&format!("`chmod go-w {file}`")));
    }

    #[test]
    fn a_file_that_is_not_there_or_has_an_odd_name_is_in_no_command() {
        for said in ["/no/such: line 3: x", "/tmp/a;b: line 1: x", "line 4", ""] {
            assert!(!advice(said).contains('`'), "{said}");
        }
    }
}

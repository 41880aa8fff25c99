//! Which line of sshd's configuration sets something: `sshd -T` says what holds, and not why.
//!
//! May touch: the configuration and what it includes, reading. Must never judge what a value means:
//! sshd is asked for that.
//!
//! Sources: sshd_config(5): the first value counts; `Include` takes patterns as in glob(7), and
//! relative ones are below `/etc/ssh`; a `Match` ends with the file.

use std::fmt::{Display, Formatter};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::drop_in::CONFIG_DIR;
use super::file_pattern;
use super::words;

/// Deepest nesting of includes: `SERVCONF_MAX_DEPTH` of OpenSSH's `servconf.c`.
const MAX_DEPTH: usize = 16;

/// Most files that are read; distributions have a handful.
const MAX_FILES: usize = 256;

/// Largest file that is read, in bytes; configurations by hand have some KiB.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A line of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigLine {
    /// The file that it is in.
    pub(crate) file: PathBuf,
    /// Its number, from 1.
    pub(crate) number: usize,
    /// The line without blanks around it.
    pub(crate) text: String,
    /// Whether it holds for some connections only.
    pub(crate) is_in_match: bool,
}

impl ConfigLine {
    /// The first word after the name of the setting.
    pub(crate) fn value(&self) -> Option<String> {
        words::of(&self.text).into_iter().nth(1)
    }
}

impl Display for ConfigLine {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let (number, file) = (self.number, self.file.display());
        write!(f, "line {number} of {file} says `{}`", self.text)
    }
}

/// All lines of the configuration in `main` that set what has one of these `names`, in the order in
/// which sshd reads them. What cannot be read is left out.
pub(crate) fn setting(main: &Path, names: &[&str]) -> Vec<ConfigLine> {
    let mut reader = Reader {
        names,
        lines: Vec::new(),
        files: 0,
    };
    reader.read(main, false, 0);
    reader.lines
}

/// The line that sets it for all connections, if one does.
pub(crate) fn effective(main: &Path, names: &[&str]) -> Option<ConfigLine> {
    let mut lines = setting(main, names).into_iter();
    lines.find(|line| !line.is_in_match)
}

struct Reader<'a> {
    names: &'a [&'a str],
    lines: Vec<ConfigLine>,
    files: usize,
}

impl Reader<'_> {
    fn read(&mut self, file: &Path, is_in_match: bool, depth: usize) {
        self.files = self.files.saturating_add(1);
        if depth > MAX_DEPTH || self.files > MAX_FILES {
            return;
        }
        let mut is_in_match = is_in_match;
        for (index, line) in content(file).lines().enumerate() {
            let words = words::of(line);
            let Some(name) = words.first() else { continue };
            match name.to_ascii_lowercase().as_str() {
                "match" => is_in_match = true,
                "include" => {
                    for pattern in words.iter().skip(1) {
                        self.include(pattern, is_in_match, depth);
                    }
                }
                name if self.names.contains(&name) => self.lines.push(ConfigLine {
                    file: file.to_owned(),
                    number: index.saturating_add(1),
                    text: line.trim().to_owned(),
                    is_in_match,
                }),
                _ => {}
            }
        }
    }

    fn include(&mut self, pattern: &str, is_in_match: bool, depth: usize) {
        // An absolute path takes the place of the directory.
        let pattern = Path::new(CONFIG_DIR).join(pattern);
        for file in file_pattern::matches(&pattern) {
            self.read(&file, is_in_match, depth.saturating_add(1));
        }
    }
}

fn content(file: &Path) -> String {
    let mut bytes = Vec::new();
    let is_file = fs::metadata(file).is_ok_and(|metadata| metadata.is_file());
    if let (true, Ok(file)) = (is_file, File::open(file)) {
        // What was read of a file that fails half-way still counts.
        let _ = file.take(MAX_FILE_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{ConfigLine, effective, setting};

    const NAMES: [&str; 1] = ["hostkeyalgorithms"];

    fn write(directory: &Path, name: &str, content: &str) {
        let content = content.replace("DIR", &directory.display().to_string());
        fs::write(directory.join(name), content).unwrap();
    }

    fn found(directory: &Path) -> Option<(String, usize)> {
        let line = effective(&directory.join("sshd_config"), &NAMES)?;
        let name = line.file.file_name().unwrap().to_str().unwrap().to_owned();
        Some((name, line.number))
    }

    #[test]
    fn the_first_line_in_reading_order_counts() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let main = "# HostKeyAlgorithms no\nInclude \"DIR/*.conf\" # all\nHostKeyAlgorithms a\n";
        write(directory, "sshd_config", main);
        assert_eq!(found(directory), Some(("sshd_config".to_owned(), 3)));
        write(directory, "b.conf", "\n hostKEYalgorithms=b\n");
        assert_eq!(found(directory), Some(("b.conf".to_owned(), 2)));
        write(directory, "a.conf", "Include DIR/deeper\n");
        write(directory, "deeper", "HostKeyAlgorithms c\n");
        assert_eq!(found(directory), Some(("deeper".to_owned(), 1)));
    }

    #[test]
    fn a_match_holds_until_the_end_of_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let main = "Include DIR/*.conf\nHostKeyAlgorithms a\nMatch all\nHostKeyAlgorithms b\n";
        write(directory, "sshd_config", main);
        write(directory, "a.conf", "Match user x\nHostKeyAlgorithms c\n");
        assert_eq!(found(directory), Some(("sshd_config".to_owned(), 2)));
        let lines = setting(&directory.join("sshd_config"), &NAMES);
        let matches: Vec<bool> = lines.iter().map(|line| line.is_in_match).collect();
        assert_eq!(matches, [true, false, true]);
    }

    #[test]
    fn files_that_include_each_other_are_read_so_often_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        write(
            directory,
            "sshd_config",
            "Include DIR/sshd_config\nInclude DIR/sshd_config\n",
        );
        assert_eq!(found(directory), None);
    }

    #[test]
    fn a_line_is_shown_with_its_place_and_gives_its_value() {
        let line = ConfigLine {
            file: "/etc/ssh/sshd_config".into(),
            number: 7,
            text: "RequiredRSASize \"3072\"".to_owned(),
            is_in_match: false,
        };
        let shown = "line 7 of /etc/ssh/sshd_config says `RequiredRSASize \"3072\"`";
        assert_eq!(line.to_string(), shown);
        assert_eq!(line.value().as_deref(), Some("3072"));
    }
}

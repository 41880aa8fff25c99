//! Where ssh's configuration sets the agent: in a file of the user, or in one of the system.
//!
//! May touch: the system's configuration, for reading.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::setup::user_file::MAX_FILE_BYTES;

/// The name of the setting.
pub(super) const SETTING: &str = "IdentityAgent";

/// Most files of the system's that are looked at; distributions have a handful.
const MAX_SYSTEM_FILES: usize = 256;

/// The first line that names an agent in the system's configuration, and its file. What cannot be
/// read ssh does not read either.
pub(super) fn line_of_system(directory: &Path) -> Option<(PathBuf, usize)> {
    let mut files = vec![directory.join("ssh_config")];
    if let Ok(entries) = fs::read_dir(directory.join("ssh_config.d")) {
        let entries = entries.take(MAX_SYSTEM_FILES).flatten();
        files.extend(entries.map(|entry| entry.path()));
    }
    files.sort();
    files.into_iter().find_map(|path| {
        let mut content = Vec::new();
        let file = path.is_file().then(|| File::open(&path))?.ok()?;
        file.take(MAX_FILE_BYTES).read_to_end(&mut content).ok()?;
        let number = line_with_setting(&content)?;
        Some((path, number))
    })
}

/// The number of the first line that names an agent, for any host. A keyword is of any case,
/// and a blank, an equals sign or quotes may be around it.
pub(super) fn line_with_setting(content: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(content);
    let is_setting = |line: &str| {
        let delimiter = |c: char| c.is_whitespace() || c == '=' || c == '"';
        let mut words = line.split(delimiter).filter(|word| !word.is_empty());
        words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case(SETTING))
    };
    let number = text.lines().position(is_setting)?;
    Some(number + 1)
}

#[cfg(test)]
mod tests {
    use super::line_with_setting;

    #[test]
    fn a_setting_is_found_in_all_its_forms() {
        for line in [
            "IdentityAgent /x",
            "  identityagent=/x",
            "\tIDENTITYAGENT = none",
            "\"IdentityAgent\" /x",
            "IdentityAgent\t/x\r",
        ] {
            let text = format!("Host a\n{line}\n");
            assert_eq!(line_with_setting(text.as_bytes()), Some(2), "{line:?}");
        }
    }

    #[test]
    fn a_comment_or_another_setting_is_none() {
        let text = b"# IdentityAgent /x\nIdentityAgentX y\nIdentityFile IdentityAgent\n\xff";
        assert_eq!(line_with_setting(text), None);
        assert_eq!(line_with_setting(b""), None);
    }
}

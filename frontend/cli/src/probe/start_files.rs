//! Start files of shells and desktops that name an agent or start one.
//!
//! Purpose: tell people which line decides, once it is seen that one does; and know beforehand that
//! a login shell would start an agent, which then stays.
//!
//! May touch: reads these files. It does not follow what they include: what they do in the end is
//! for [`super::login_shell`] to see.
//!
//! Sources: bash(1), zsh(1), fish(1), pam_env(8), Xsession(5); Plasma's `plasma-workspace/env`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::ssh_agent::VARIABLE;

/// Files of shells, in a home directory or of the system.
const BASH: [&str; 6] = [
    "/etc/profile",
    "/etc/bash.bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".bashrc",
];
const ZSH: [&str; 7] = [
    "/etc/zsh/zshenv",
    "/etc/zsh/zprofile",
    "/etc/zsh/zshrc",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
];
const FISH: [&str; 1] = [".config/fish/config.fish"];
const CSH: [&str; 3] = [".cshrc", ".tcshrc", ".login"];

/// Files of PAM and of desktops, and that of sh, which display managers run. Sources: pam_env(8),
/// Xsession(5), lightdm(1).
const OF_ALL: [&str; 7] = [
    "/etc/environment",
    ".pam_environment",
    "/etc/profile",
    ".profile",
    ".xsessionrc",
    ".xsession",
    ".xprofile",
];

/// Directories, all files of which are read: by shells, and by Plasma.
const DIRECTORIES: [&str; 2] = ["/etc/profile.d", ".config/plasma-workspace/env"];

/// Most entries of a directory that are looked at; distributions have a handful.
const MAX_ENTRIES: usize = 64;

/// Most bytes of a file that are read; those by hand have some KiB.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What starts an agent. Sources: ssh-agent(1), keychain(1).
const AGENTS: [&str; 2] = ["ssh-agent", "keychain"];

/// A line that names an agent or starts one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The file.
    pub(crate) path: PathBuf,
    /// The number of the line.
    pub(crate) number: usize,
    /// Whether it starts an agent.
    pub(crate) starts: bool,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of {}", self.number, self.path.display())
    }
}

/// The lines in the files of a user with this shell and home, and of the system.
pub(crate) fn lines(shell: &Path, home: &Path) -> Vec<Line> {
    let of_shell: &[&str] = match shell.file_name().and_then(OsStr::to_str) {
        Some("bash") => &BASH,
        Some("zsh") => &ZSH,
        Some("fish") => &FISH,
        Some("csh" | "tcsh") => &CSH,
        _ => &[],
    };
    let mut names = of_shell.to_vec();
    names.extend(OF_ALL.iter().filter(|name| !of_shell.contains(name)));
    // A path that is absolute stays as it is.
    let mut files: Vec<PathBuf> = names.iter().map(|name| home.join(name)).collect();
    for directory in DIRECTORIES {
        files.extend(entries(&home.join(directory)));
    }
    files.iter().flat_map(|path| lines_of(path)).collect()
}

/// The files of the user's own with this home, for any shell.
pub(crate) fn own(home: &Path) -> Vec<PathBuf> {
    let names = [&BASH[..], &ZSH, &FISH, &CSH, &OF_ALL].concat();
    let names = names.into_iter().filter(|name| !name.starts_with('/'));
    let mut files: Vec<PathBuf> = names.map(|name| home.join(name)).collect();
    let directories = DIRECTORIES.iter().filter(|name| !name.starts_with('/'));
    for directory in directories {
        files.extend(entries(&home.join(directory)));
    }
    files.sort();
    files.dedup();
    files
}

/// Whether the file at `path` seems to include `other` of the same directory.
pub(crate) fn includes(path: &Path, other: &Path) -> bool {
    let (Some(content), Some(name)) = (read(path), other.file_name()) else {
        return false;
    };
    let name = format!("/{}", name.to_string_lossy());
    let content = String::from_utf8_lossy(&content);
    let mut lines = content.lines().map(str::trim_start);
    path != other && lines.any(|line| !line.starts_with('#') && line.contains(&name))
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = directory.read_dir().into_iter().flatten();
    let entries = entries.take(MAX_ENTRIES).flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn lines_of(path: &Path) -> Vec<Line> {
    let content = read(path).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let lines = content
        .lines()
        .zip(1..)
        .filter(|(line, _)| is_of_agent(line));
    let found = lines.map(|(line, number)| Line {
        path: path.to_owned(),
        number,
        starts: starts(line),
    });
    found.collect()
}

fn read(path: &Path) -> Option<Vec<u8>> {
    // A pipe would be waited for.
    let file = path.is_file().then(|| File::open(path))?.ok()?;
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut content).ok()?;
    Some(content)
}

/// Lines about sshtpm's own agent are in nobody's way.
fn is_of_agent(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with('#') && !line.contains("sshtpm") && (line.contains(VARIABLE) || starts(line))
}

fn starts(line: &str) -> bool {
    let part = |c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c));
    line.split(part).any(|word| AGENTS.contains(&word))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Line, is_of_agent, lines, starts};

    #[test]
    fn a_line_that_names_or_starts_an_agent_is_found_with_its_number() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".bashrc");
        fs::write(&path, "# SSH_AUTH_SOCK\nalias a=b\neval $(ssh-agent -s)\n").unwrap();
        let found = lines(Path::new("/bin/bash"), home.path());
        let line = Line {
            path,
            number: 3,
            starts: true,
        };
        assert!(found.contains(&line), "{found:?}");
        let of_zsh = lines(Path::new("/bin/zsh"), home.path());
        assert!(!of_zsh.contains(&line), "zsh does not read it: {of_zsh:?}");
    }

    #[test]
    fn agents_are_told_by_whole_words() {
        for line in [
            "eval $(ssh-agent)",
            "/usr/bin/ssh-agent -s",
            "eval `keychain --eval id`",
        ] {
            assert!(starts(line), "{line}");
        }
        for line in ["eval $(sshtpm-agent -s)", "export A=my-ssh-agents"] {
            assert!(!is_of_agent(line), "{line}");
        }
    }

    #[test]
    fn lines_of_sshtpm_s_own_are_not_in_the_way() {
        let line = "export SSH_AUTH_SOCK=/run/user/1/sshtpm/agent.sock";
        assert!(!is_of_agent(line));
        assert!(is_of_agent("export SSH_AUTH_SOCK=/mine"));
    }
}

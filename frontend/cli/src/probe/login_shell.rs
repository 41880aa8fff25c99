//! The user's login shell, as at a console or by ssh: which agent it names.
//!
//! Purpose: see what start files do instead of guessing it. They can do anything.
//!
//! May touch: runs the shell with a fresh environment; it reads its start files, runs env(1), and
//! is killed if that takes too long. It is not run if a start file starts an agent, which would
//! stay.
//!
//! Sources: the manual pages of bash, dash, zsh, fish and tcsh: all are login shells if their name
//! begins with a hyphen, and take `-c`.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::{User, getuid};
use tokio::process::Command;

use super::agent_socket::runtime_directory;
use super::program;
use super::start_files::{self, Line};
use super::user_manager::variable;

/// How long start files may take; more than a second makes a person impatient.
const MAX_STARTING: Duration = Duration::from_secs(10);

/// Where a login finds programs before start files say more. Source: environ(7), PATH.
pub(crate) const PROGRAMS: &str = "/usr/local/bin:/usr/bin:/bin";

/// What comes before the environment, whatever start files print.
const MARK: &str = "\nThe environment, for sshtpm:\n";

/// A command for any shell that prints [`MARK`] and the environment.
const PRINT: &str = r"printf '\nThe environment, for sshtpm:\n'; exec env -0";

/// The user as the user database has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// Name.
    pub(crate) name: String,
    /// Home directory.
    pub(crate) home: PathBuf,
    /// Login shell.
    pub(crate) shell: PathBuf,
}

/// Which agent a login shell names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AgentOfShell {
    /// None.
    None,
    /// The one at this socket; the start file's line that may say so.
    Named(PathBuf, Option<Line>),
    /// This line of a start file starts one.
    Started(Line),
    /// It could not be asked: why.
    Unasked(String),
}

impl AgentOfShell {
    /// Looks at start files and, if they start no agent, at a shell that starts now.
    pub(crate) async fn look() -> Self {
        let Some(login) = Login::of_user() else {
            return Self::Unasked("you are not in the user database".to_owned());
        };
        let lines = start_files::lines(&login.shell, &login.home);
        if let Some(line) = lines.iter().find(|line| line.starts) {
            return Self::Started(line.clone());
        }
        match login.agent().await {
            Ok(Some(socket)) => Self::Named(socket, lines.into_iter().next()),
            Ok(None) => Self::None,
            Err(error) => Self::Unasked(error.to_string()),
        }
    }
}

impl Login {
    /// That of the user who runs this; `None` for a user without an entry.
    pub(crate) fn of_user() -> Option<Self> {
        let user = User::from_uid(getuid()).ok().flatten()?;
        Some(Self {
            name: user.name,
            home: user.dir,
            shell: user.shell,
        })
    }

    /// The name of the shell, without its directory.
    pub(crate) fn shell_name(&self) -> OsString {
        self.shell.file_name().unwrap_or_default().to_owned()
    }

    /// `SSH_AUTH_SOCK` of a shell that starts now.
    ///
    /// # Errors
    ///
    /// It cannot be run, takes too long, or does not come as far as to print its environment.
    pub(crate) async fn agent(&self) -> io::Result<Option<PathBuf>> {
        let mut named = OsString::from("-");
        named.push(self.shell_name());
        let mut command = Command::new(&self.shell);
        command
            .arg0(named)
            .args(["-c", PRINT])
            .env_clear()
            .env("HOME", &self.home)
            .env("USER", &self.name)
            .env("LOGNAME", &self.name)
            .env("SHELL", &self.shell)
            .env("PATH", PROGRAMS)
            .env("XDG_RUNTIME_DIR", runtime_directory());
        if self.home.is_dir() {
            command.current_dir(&self.home);
        }
        let ended = program::run(command, MAX_STARTING).await?;
        agent_in(&ended.stdout)
    }
}

fn agent_in(output: &[u8]) -> io::Result<Option<PathBuf>> {
    let mark = MARK.as_bytes();
    let start = output.windows(mark.len()).rposition(|part| part == mark);
    let environment = start.and_then(|start| output.get(start + mark.len()..));
    let environment = environment.ok_or_else(|| {
        io::Error::other("it ended before it could be asked: a start file may end it")
    })?;
    Ok(variable(environment, 0))
}

/// The file for a line that a login shell called `shell` is to read: `~/.profile` if it does read
/// that, because display managers do, too.
///
/// Sources: bash(1), INVOCATION: the first of three; zsh(1), STARTUP/SHUTDOWN FILES; sh(1).
pub(crate) fn start_file(shell: &Path, home: &Path) -> Option<PathBuf> {
    let names: &[&str] = match shell.file_name()?.to_str()? {
        "bash" => &[".bash_profile", ".bash_login", ".profile"],
        "zsh" => &[".zprofile"],
        "sh" | "dash" | "ksh" | "mksh" => &[".profile"],
        _ => return None,
    };
    let files: Vec<_> = names.iter().map(|name| home.join(name)).collect();
    let last = files.last()?;
    let there = files.iter().find(|file| file.symlink_metadata().is_ok());
    let read = there.filter(|file| !start_files::includes(file, last));
    read.or(Some(last)).cloned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Login, MARK, agent_in, start_file};

    fn login(home: &Path) -> Login {
        Login {
            name: "ann".to_owned(),
            home: home.to_owned(),
            shell: PathBuf::from("/bin/bash"),
        }
    }

    #[tokio::test]
    async fn a_login_shell_reads_its_start_files_and_nothing_of_this_shell() {
        let home = tempfile::tempdir().unwrap();
        let login = login(home.path());
        assert_eq!(login.agent().await.unwrap(), None);
        let profile = "echo hello\nexport SSH_AUTH_SOCK=\"$HOME/it is mine\"\n";
        fs::write(home.path().join(".profile"), profile).unwrap();
        let mine = home.path().join("it is mine");
        assert_eq!(login.agent().await.unwrap(), Some(mine));
    }

    #[tokio::test]
    async fn a_start_file_that_ends_the_shell_is_noticed() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(".profile"), "exit 0\n").unwrap();
        assert!(login(home.path()).agent().await.is_err());
    }

    #[test]
    fn what_start_files_print_is_not_taken_for_the_environment() {
        let output = format!("SSH_AUTH_SOCK=/no\n{MARK}SSH_AUTH_SOCK=/yes\0A=b\0");
        let found = agent_in(output.as_bytes()).unwrap();
        assert_eq!(found, Some(PathBuf::from("/yes")));
    }

    #[test]
    fn bash_reads_the_first_of_three_files() {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| Some(home.path().join(name));
        let bash = || start_file(Path::new("/bin/bash"), home.path());
        assert_eq!(bash(), file(".profile"));
        fs::write(home.path().join(".bash_login"), "").unwrap();
        assert_eq!(bash(), file(".bash_login"));
        fs::write(home.path().join(".bash_login"), ". ~/.profile\n").unwrap();
        assert_eq!(bash(), file(".profile"));
        assert_eq!(
            start_file(Path::new("/usr/bin/zsh"), home.path()),
            file(".zprofile")
        );
        assert_eq!(start_file(Path::new("/usr/bin/fish"), home.path()), None);
    }
}

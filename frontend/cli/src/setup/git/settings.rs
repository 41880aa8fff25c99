//! git's own configuration of the user, read and written by git.
//!
//! May touch: runs `git config`. Reads what holds outside of any repository, and writes `--global`
//! alone: git decides which file that is. Must never parse or write git's files itself.
//!
//! Source: git-config(1).

use std::io;
use std::process::Command;
use std::time::Duration;

use crate::error::Failure;
use crate::probe::program::{self, Ended};
use crate::setup::record::GitSetting;
use crate::shell_word::shell_word;

/// How long git may take to read or write its configuration; it waits for no lock of another git.
const MAX_GIT: Duration = Duration::from_secs(10);

/// What git names a repository that is none, so that no repository's own settings count.
const NO_REPOSITORY: &str = "--git-dir=/dev/null";

/// Exit status of `git config --get` where there is no such setting.
const NOT_SET: i32 = 1;

/// Exit status of `git config --unset-all` where there is no such setting.
const NOT_THERE: i32 = 5;

/// All settings that setup makes.
pub(in crate::setup) const NAMES: [&str; 6] = [
    "gpg.format",
    "user.signingkey",
    "gpg.ssh.program",
    "gpg.ssh.allowedSignersFile",
    "commit.gpgsign",
    "tag.gpgsign",
];

/// How git is to understand a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is.
    Text,
    /// `true` or `false`.
    Bool,
    /// With a `~` in front expanded.
    Path,
}

impl Kind {
    fn option(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[],
            Self::Bool => &["--type=bool"],
            Self::Path => &["--type=path"],
        }
    }
}

/// A setting that is to have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What it is now, wherever that is set.
    pub(super) before: Option<String>,
    /// What it is now in the file that is written.
    own: Option<String>,
}

impl Setting {
    /// The setting called `name`, which is to be `value`; nothing if it is so already.
    ///
    /// # Errors
    ///
    /// git does not say what it is now.
    pub(super) async fn wanted(
        name: &'static str,
        value: impl Into<String>,
    ) -> Result<Option<Self>, Failure> {
        let (value, before) = (value.into(), read(name, Kind::Text).await?);
        if before.as_deref() == Some(&value) {
            return Ok(None);
        }
        let own = of_user(name).await?;
        Ok(Some(Self {
            name,
            value,
            before,
            own,
        }))
    }

    /// The command that sets it.
    pub(super) fn command(&self) -> String {
        command(self.name, Some(&self.value))
    }

    /// The command that has it as it was.
    pub(super) fn way_back(&self) -> String {
        command(self.name, self.own.as_deref())
    }

    /// Sets it.
    ///
    /// # Errors
    ///
    /// git refuses.
    pub(super) fn set(&self) -> Result<(), Failure> {
        write(self.name, Some(&self.value))
    }

    /// Has it as it was.
    ///
    /// # Errors
    ///
    /// git refuses.
    pub(super) fn take_back(&self) -> Result<(), Failure> {
        write(self.name, self.own.as_deref())
    }

    /// Whether the user's own file has it so. If git does not say, it may.
    pub(super) fn is_made(&self) -> bool {
        let ended = program::run_unbroken(reading(self.name, &["--global"]), MAX_GIT);
        let value = ended.ok().and_then(|ended| value(&ended, "").ok());
        value.is_none_or(|value| value.as_deref() == Some(&self.value))
    }

    /// What is to be noted of it before it is set.
    pub(super) fn noted(&self) -> GitSetting {
        GitSetting {
            name: self.name.to_owned(),
            value: self.value.clone(),
            before: self.own.clone(),
        }
    }

    /// Whether git has it so.
    ///
    /// # Errors
    ///
    /// git does not say.
    pub(super) async fn holds(&self) -> Result<bool, Failure> {
        let now = read(self.name, Kind::Text).await?;
        Ok(now.as_deref() == Some(&self.value))
    }
}

/// The value of the setting called `name` outside of repositories.
///
/// # Errors
///
/// git cannot be run, or rejects its configuration.
pub(super) async fn read(name: &str, kind: Kind) -> Result<Option<String>, Failure> {
    get(name, kind.option()).await
}

async fn get(name: &str, options: &[&str]) -> Result<Option<String>, Failure> {
    let what = format!("cannot read {name} in git's configuration");
    let ended = program::run(reading(name, options).into(), MAX_GIT).await;
    let ended = ended.map_err(|error| not_run(&what, &error))?;
    value(&ended, &what)
}

fn reading(name: &str, options: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args([NO_REPOSITORY, "config", "--null"]);
    command.args(options).args(["--get", name]);
    command
}

fn value(ended: &Ended, what: &str) -> Result<Option<String>, Failure> {
    match ended.status.code() {
        Some(0) => {
            let text = String::from_utf8_lossy(&ended.stdout);
            Ok(Some(text.trim_end_matches('\0').to_owned()))
        }
        Some(NOT_SET) => Ok(None),
        _ => Err(said(what, ended)),
    }
}

/// Gives the setting called `name` this value in the user's file, or none. It is done whole or not
/// at all, whatever ends this program.
///
/// # Errors
///
/// git refuses.
pub(in crate::setup) fn write(name: &str, value: Option<&str>) -> Result<(), Failure> {
    let what = format!("cannot change {name} in git's configuration");
    let mut command = Command::new("git");
    command.args([NO_REPOSITORY, "config", "--global"]);
    match value {
        Some(value) => command.args(["--replace-all", "--", name, value]),
        None => command.args(["--unset-all", "--", name]),
    };
    let ended = program::run_unbroken(command, MAX_GIT);
    let ended = ended.map_err(|error| not_run(&what, &error))?;
    match (ended.status.code(), value) {
        (Some(0), _) | (Some(NOT_THERE), None) => Ok(()),
        _ => Err(said(&what, &ended)),
    }
}

fn not_run(what: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(what, format!("git cannot be run: {error}"));
    failure.and_next("Install it (git), then run `sshtpm setup --git` again.")
}

fn said(what: &str, ended: &Ended) -> Failure {
    let said = String::from_utf8_lossy(&ended.stderr);
    Failure::new(what, said.trim())
}

/// The command that gives the setting called `name` this value, or none.
pub(in crate::setup) fn command(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("git config --global {name} {}", shell_word(value)),
        None => format!("git config --global --unset {name}"),
    }
}

/// The setting called `name` as the user's own file has it.
///
/// # Errors
///
/// git cannot be run, or rejects its configuration.
pub(in crate::setup) async fn of_user(name: &str) -> Result<Option<String>, Failure> {
    get(name, &["--global"]).await
}

#[cfg(test)]
mod tests {
    use super::Setting;

    fn setting(own: Option<&str>) -> Setting {
        Setting {
            name: "user.signingkey",
            value: "/home/o'neill/a b.pub".to_owned(),
            before: Some("the administrator's".to_owned()),
            own: own.map(str::to_owned),
        }
    }

    #[test]
    fn the_commands_to_set_and_to_go_back_can_be_pasted() {
        let command = r#"git config --global user.signingkey "/home/o'neill/a b.pub""#;
        assert_eq!(setting(None).command(), command);
        let unset = "git config --global --unset user.signingkey";
        assert_eq!(setting(None).way_back(), unset);
        let back = "git config --global user.signingkey '0x12 $x'";
        assert_eq!(setting(Some("0x12 $x")).way_back(), back);
    }
}

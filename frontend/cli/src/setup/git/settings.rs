//! git's own configuration of the user, read and written by git.
//!
//! May touch: runs `git config`. Reads what holds outside of any repository, and writes `--global`
//! alone: git decides which file that is. Must never parse or write git's files itself.
//!
//! Source: git-config(1).

use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;

use crate::error::Failure;
use crate::probe::program::{self, Ended};
use crate::shell_word::shell_word;

/// How long git may take to read or write its configuration; it waits for no lock of another git.
const MAX_GIT: Duration = Duration::from_secs(10);

/// What git names a repository that is none, so that no repository's own settings count.
const NO_REPOSITORY: &str = "--git-dir=/dev/null";

/// Exit status of `git config --get` where there is no such setting.
const NOT_SET: i32 = 1;

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
        let own = get(name, &["--global"]).await?;
        Ok(Some(Self {
            name,
            value,
            before,
            own,
        }))
    }

    /// The command that sets it.
    pub(super) fn command(&self) -> String {
        set_command(self.name, &self.value)
    }

    /// The command that has it as it was.
    pub(super) fn way_back(&self) -> String {
        match &self.own {
            Some(own) => set_command(self.name, own),
            None => format!("git config --global --unset {}", self.name),
        }
    }

    /// Sets it.
    ///
    /// # Errors
    ///
    /// git refuses.
    pub(super) async fn set(&self) -> Result<(), Failure> {
        write(self.name, Some(&self.value)).await
    }

    /// Has it as it was.
    ///
    /// # Errors
    ///
    /// git refuses.
    pub(super) async fn take_back(&self) -> Result<(), Failure> {
        write(self.name, self.own.as_deref()).await
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
    let mut command = Command::new("git");
    command.args([NO_REPOSITORY, "config", "--null"]);
    command.args(options).args(["--get", name]);
    let ended = run(command, &what).await?;
    match ended.status.code() {
        Some(0) => {
            let text = String::from_utf8_lossy(&ended.stdout);
            Ok(Some(text.trim_end_matches('\0').to_owned()))
        }
        Some(NOT_SET) => Ok(None),
        _ => Err(said(&what, &ended)),
    }
}

async fn write(name: &str, value: Option<&str>) -> Result<(), Failure> {
    let what = format!("cannot change {name} in git's configuration");
    let mut command = Command::new("git");
    command.args([NO_REPOSITORY, "config", "--global"]);
    match value {
        Some(value) => command.args(["--replace-all", name, value]),
        None => command.args(["--unset-all", name]),
    };
    let ended = run(command, &what).await?;
    match ended.status {
        status if ExitStatus::success(&status) => Ok(()),
        _ => Err(said(&what, &ended)),
    }
}

async fn run(command: Command, what: &str) -> Result<Ended, Failure> {
    let ended = program::run(command, MAX_GIT).await;
    ended.map_err(|error| {
        let failure = Failure::new(what, format!("git cannot be run: {error}"));
        failure.and_next("Install it (git), then run `sshtpm setup --git` again.")
    })
}

fn said(what: &str, ended: &Ended) -> Failure {
    let said = String::from_utf8_lossy(&ended.stderr);
    Failure::new(what, said.trim())
}

fn set_command(name: &str, value: &str) -> String {
    format!("git config --global {name} {}", shell_word(value))
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

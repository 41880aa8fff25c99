//! What ssh makes of its configuration for a host, in its own words.
//!
//! May touch: runs `ssh -G`, which connects to no host. ssh runs the commands that its
//! configuration has in `Match exec`. Must never parse ssh's configuration instead.
//!
//! Source: ssh(1), `-G`: a line for each setting, its name in lower case.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::program;
use crate::accepted_keys::AcceptedKeys;
use crate::restrictions::place::Place;

/// The program, looked up in `PATH`.
const PROGRAM: &str = "ssh";

/// A host for which hardly anyone has settings of its own.
pub(crate) const ANY_HOST: &str = "localhost";

/// How long ssh may take to read its configuration, and to run what `Match exec` says.
const MAX_READING: Duration = Duration::from_secs(10);

/// The settings, as `ssh -G` prints them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshSettings(Vec<u8>);

/// Why ssh does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// There is no ssh, or it cannot be run.
    NotRun(String),
    /// It takes too long.
    Silent,
    /// It does not accept its configuration or the host: what it prints.
    Refused(String),
}

impl std::fmt::Display for Unsaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "ssh cannot be run: {why}"),
            Self::Silent => write!(
                f,
                "`ssh -G` did not end within {} seconds",
                MAX_READING.as_secs()
            ),
            Self::Refused(text) => {
                write!(f, "ssh rejects its configuration: {text}")
            }
        }
    }
}

impl SshSettings {
    /// Asks ssh about `host`, at `port` if one is named.
    ///
    /// # Errors
    ///
    /// ssh does not say.
    pub(crate) async fn ask(host: &str, port: Option<&str>) -> Result<Self, Unsaid> {
        let mut command = Command::new(PROGRAM);
        command.arg("-G");
        if let Some(port) = port {
            command.args(["-p", port]);
        }
        Self::run(command, host).await
    }

    /// Asks ssh about `place`, and about the user there if one is named.
    ///
    /// # Errors
    ///
    /// ssh does not say.
    pub(crate) async fn ask_about(place: &Place) -> Result<Self, Unsaid> {
        let mut command = Command::new(PROGRAM);
        command.arg("-G");
        command.args(place.options());
        Self::run(command, &place.host).await
    }

    /// The same by the configuration in `file` alone.
    ///
    /// # Errors
    ///
    /// ssh does not say.
    pub(crate) async fn ask_by(file: &Path, host: &str) -> Result<Self, Unsaid> {
        let mut command = Command::new(PROGRAM);
        command.arg("-G").arg("-F").arg(file);
        Self::run(command, host).await
    }

    async fn run(mut command: Command, host: &str) -> Result<Self, Unsaid> {
        command.args(["--", host]);
        let ended = program::run(command, MAX_READING).await;
        let ended = ended.map_err(|error| match error.kind() {
            ErrorKind::TimedOut => Unsaid::Silent,
            _ => Unsaid::NotRun(error.to_string()),
        })?;
        if !ended.status.success() {
            let text = String::from_utf8_lossy(&ended.stderr);
            return Err(Unsaid::Refused(text.trim().to_owned()));
        }
        Ok(Self(ended.stdout))
    }

    /// The host keys that ssh takes.
    pub(crate) fn accepted_host_keys(&self) -> AcceptedKeys {
        self.accepted(&["hostkeyalgorithms"])
    }

    /// The keys that ssh offers to log in with.
    pub(crate) fn accepted_user_keys(&self) -> AcceptedKeys {
        // Its name before OpenSSH 8.5 is the second one.
        self.accepted(&["pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"])
    }

    fn accepted(&self, names: &[&str]) -> AcceptedKeys {
        let algorithms = names.iter().find_map(|name| self.text(name));
        AcceptedKeys::new(algorithms, self.text("requiredrsasize").as_deref())
    }

    /// Those of `printed`, for tests.
    #[cfg(test)]
    pub(crate) fn of(printed: &str) -> Self {
        Self(printed.as_bytes().to_vec())
    }

    /// The values of the setting called `name`, in ssh's order. A path may be any bytes.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = OsString> {
        let lines = self.0.split(|byte| *byte == b'\n');
        lines.filter_map(move |line| {
            let value = line.strip_prefix(name.as_bytes())?.strip_prefix(b" ")?;
            Some(OsStr::from_bytes(value).to_owned())
        })
    }

    /// The value of the setting called `name`, if it has one.
    pub(crate) fn value(&self, name: &str) -> Option<OsString> {
        self.values(name).next()
    }

    /// As [`Self::value`], for one that is text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        Some(value.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::SshSettings;
    use crate::accepted_keys::KeyType;
    use crate::key_listing::example_key;

    #[test]
    fn ssh_says_which_keys_it_takes_by_old_and_new_names() {
        let key = KeyType::from(&example_key());
        for name in ["pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"] {
            let settings = SshSettings::of(&format!("{name} ssh-ed25519\nhostkeyalgorithms x\n"));
            assert!(settings.accepted_user_keys().refuse(&key).is_some());
            assert!(settings.accepted_host_keys().refuse(&key).is_some());
        }
        let silent = SshSettings::of("user ann\n");
        assert_eq!(silent.accepted_user_keys().refuse(&key), None);
    }

    #[test]
    fn a_setting_is_found_by_its_whole_name() {
        let settings = SshSettings::of("user ann\nhostname alpha\nhost x y\nhost z\n");
        assert_eq!(settings.text("hostname").as_deref(), Some("alpha"));
        assert_eq!(settings.values("host").count(), 2);
        assert_eq!(settings.value("hos"), None);
    }
}

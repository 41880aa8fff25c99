//! The keys of a host, as the caller's own ssh knows them.
//!
//! Purpose: a destination is defined by the keys of a host, but people know the name of the host.
//! ssh says what a name stands for and which files have its keys; ssh-keygen searches those files,
//! hashed names included.
//!
//! May touch: runs `ssh -G`, which connects to no host, and `ssh-keygen -F`. Must never connect to
//! a host, or take a key from any other place than those files.
//!
//! Sources: ssh(1), `-G`; ssh-keygen(1), `-F`; sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.

mod found;
pub(crate) mod given;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sshtpm_dbus::HostKey;
use tokio::process::Command;

use self::found::Found;
use super::error::Failure;
use super::person;
use super::probe::program::{self, Ended};
use super::probe::ssh_settings::{SshSettings, Unsaid};
use super::restrictions::place::Place;

/// How long ssh-keygen may take to look into a file.
const MAX_LOOK: Duration = Duration::from_secs(10);

/// What ssh has in the place of a file where it is to read none: ssh_config(5),
/// `UserKnownHostsFile`.
const NO_FILE: &str = "none";

/// The port that known_hosts does not mention.
const USUAL_PORT: &str = "22";

/// A host that ssh knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownHost {
    /// Its name in known_hosts.
    pub(crate) name: String,
    /// Its keys, and those of the authorities that certify it. At least one.
    pub(crate) keys: Vec<HostKey>,
}

/// Looks a host up.
///
/// # Errors
///
/// ssh does not know it, or cannot be asked.
pub(crate) async fn look_up(place: &Place) -> Result<KnownHost, Failure> {
    let settings = Settings::of(place).await?;
    for name in &settings.names {
        let keys = keys_of(name, &settings.files).await?;
        if !keys.is_empty() {
            let name = name.clone();
            return Ok(KnownHost { name, keys });
        }
    }
    Err(unknown(place, &settings.files))
}

fn unknown(place: &Place, files: &[PathBuf]) -> Failure {
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let why = match files.is_empty() {
        true => "you have no known_hosts file yet, which has the keys of hosts".to_owned(),
        false => format!(
            "no key of this host of a supported type is in {}",
            files.join(", ")
        ),
    };
    Failure::new(format!("cannot identify the host {place} by its keys"), why).and_next(
        "Connect to it once with ssh and compare the fingerprint with the one from its \
         administrator, or name a file with its public host keys: --host-key FILE.",
    )
}

/// What ssh makes of a name.
#[derive(Debug, PartialEq, Eq)]
struct Settings {
    /// Names by which known_hosts may have it; the first that is there counts.
    names: Vec<String>,
    /// The files that are there.
    files: Vec<PathBuf>,
}

impl Settings {
    async fn of(place: &Place) -> Result<Self, Failure> {
        let settings = SshSettings::ask(&asked(place), place.port.as_deref()).await;
        let settings = settings.map_err(|unsaid| {
            let why = match unsaid {
                Unsaid::Refused(said) => said,
                other => other.to_string(),
            };
            let failure = Failure::new(format!("cannot ask ssh about the host {place}"), why);
            match person::home_that_ssh_rejects() {
                Some(next) => failure.and_next(next),
                None => failure,
            }
        })?;
        let mut settings = Self::read(&settings);
        settings.files.retain(|file| file.exists());
        Ok(settings)
    }

    fn read(settings: &SshSettings) -> Self {
        let host = settings.text("hostname").unwrap_or_default();
        let names = match (settings.text("hostkeyalias"), settings.text("port")) {
            (Some(alias), _) => vec![alias],
            (None, None) => vec![host],
            (None, Some(port)) if port == USUAL_PORT => vec![host],
            // As ssh does it: an authority may be for the host at whatever port.
            (None, Some(port)) => vec![format!("[{host}]:{port}"), host],
        };
        let files = ["userknownhostsfile", "globalknownhostsfile"];
        let files: Vec<String> = files
            .iter()
            .filter_map(|name| settings.text(name))
            .collect();
        let files = files.iter().flat_map(|line| apart(line));
        let files = files.filter(|file| file != NO_FILE);
        Self {
            names,
            files: files.map(PathBuf::from).collect(),
        }
    }
}

/// What ssh is asked about: the host, for the user to log in as if that is one and no pattern.
/// `Match user` in ssh's configuration may say another name or other files for it.
fn asked(place: &Place) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match place.user.as_deref() {
        Some(user) if user.chars().all(is_plain) => format!("{user}@{}", place.host),
        _ => place.host.clone(),
    }
}

/// The files in a line of `ssh -G`, which separates them by blanks, and does not say if a name has
/// one, such as that of the home directory. A file has an absolute path, so that what does not
/// begin like one belongs to the name before.
fn apart(line: &str) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let begins = word.starts_with('/') || word == NO_FILE;
        match files.last_mut() {
            Some(file) if !begins => {
                file.push(' ');
                file.push_str(word);
            }
            _ => files.push(word.to_owned()),
        }
    }
    files
}

async fn run(command: &mut Command, what: &str) -> Result<Ended, Failure> {
    let command = std::mem::replace(command, Command::new("true"));
    let ended = program::run(command, MAX_LOOK).await;
    ended.map_err(|error| Failure::new(what, error))
}

async fn keys_of(name: &str, files: &[PathBuf]) -> Result<Vec<HostKey>, Failure> {
    let mut found = Found::default();
    for file in files {
        found.read(&lines_of(name, file).await?);
    }
    Ok(found.keys())
}

/// What ssh-keygen finds; it ends with 1 where that is nothing.
async fn lines_of(name: &str, file: &Path) -> Result<String, Failure> {
    let what = format!("cannot look for {name} in {}", file.display());
    let mut command = Command::new("ssh-keygen");
    let ended = run(command.args(["-F", name, "-f"]).arg(file), &what).await?;
    match ended.status.code() {
        Some(0 | 1) => Ok(String::from_utf8_lossy(&ended.stdout).into_owned()),
        _ => {
            let said = String::from_utf8_lossy(&ended.stderr);
            Err(Failure::new(what, said.trim()))
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{Settings, SshSettings, unknown};
    use crate::restrictions::place::Place;
    use std::path::PathBuf;

    #[test]
    fn ssh_says_the_name_and_the_files() {
        let printed = "user ann\nhostname alpha.example\nport 22\n\
                       globalknownhostsfile /etc/a /etc/b\n\
                       userknownhostsfile /home/ann/.ssh/known_hosts\n";
        let settings = Settings::read(&SshSettings::of(printed));
        assert_eq!(settings.names, ["alpha.example"]);
        let files = ["/home/ann/.ssh/known_hosts", "/etc/a", "/etc/b"].map(PathBuf::from);
        assert_eq!(settings.files, files);
        let other_port = printed.replace("port 22", "port 2222");
        let names = Settings::read(&SshSettings::of(&other_port)).names;
        assert_eq!(names, ["[alpha.example]:2222", "alpha.example"]);
        let aliased = format!("{other_port}hostkeyalias alpha\n");
        assert_eq!(Settings::read(&SshSettings::of(&aliased)).names, ["alpha"]);
        let without = printed.replace("/home/ann/.ssh/known_hosts", "none");
        assert_eq!(Settings::read(&SshSettings::of(&without)).files, files[1..]);
    }

    #[test]
    fn files_in_a_home_with_a_blank_are_told_apart() {
        let printed = "hostname alpha\nport 22\nuserknownhostsfile \
                       /home/ann  b/.ssh/known_hosts /home/ann  b/.ssh/known_hosts2\n";
        let settings = Settings::read(&SshSettings::of(printed));
        let files = ["known_hosts", "known_hosts2"];
        let files = files.map(|name| PathBuf::from(format!("/home/ann  b/.ssh/{name}")));
        assert_eq!(settings.files, files);
    }

    #[test]
    fn a_user_without_known_hosts_gets_a_whole_sentence() {
        let place = Place::parse("git@alpha").unwrap();
        let text = unknown(&place, &[]).to_string();
        assert!(text.contains("you have no known_hosts file yet"), "{text}");
        assert!(text.contains("--host-key FILE"), "{text}");
        let text = unknown(&place, &["/etc/a".into(), "/etc/b".into()]).to_string();
        assert!(text.contains("in /etc/a, /etc/b\n"), "{text}");
    }
}

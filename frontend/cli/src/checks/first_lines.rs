//! Commands that put lines in front of `~/.ssh/config`. ssh takes the first value that it finds of
//! most settings, so lines in front win over all others.
//!
//! May touch: `~/.ssh`, looking for the file of a public key. Must never print a command that a
//! shell would read otherwise than it is meant.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use crate::public_key_file::files_with_key;
use crate::restrictions::place::Place;

/// The file, as a shell has it.
const CONFIG: &str = "~/.ssh/config";

/// What to do so that ssh offers `place` this key alone.
pub(crate) fn only_this_key(place: &Place, home: Option<&Path>, key: &KeyInfo) -> String {
    let (file, before) = public_half(home, key);
    let lines = [
        format!("IdentityFile {file}"),
        "IdentitiesOnly yes".to_owned(),
    ];
    let what = "Have ssh offer this key alone there:";
    format!("{before}{what}\n{}", command(Some(place), home, &lines))
}

/// What to do so that ssh offers this key as well, if it is to offer named keys only.
pub(crate) fn this_key_too(place: Option<&Place>, home: Option<&Path>, key: &KeyInfo) -> String {
    let (file, before) = public_half(home, key);
    let what = "Have ssh offer it. Name the files of your other keys as well: if one is named, ssh \
                ignores the default files.";
    let lines = [format!("IdentityFile {file}")];
    format!("{before}{what}\n{}", command(place, home, &lines))
}

/// What to do so that ssh asks the agent at `socket`.
pub(crate) fn this_agent(place: Option<&Place>, home: Option<&Path>, socket: &Path) -> String {
    let lines = [format!("IdentityAgent {}", socket.display())];
    format!(
        "Have ssh ask sshtpm-agent:\n{}",
        command(place, home, &lines)
    )
}

/// The file that has the public half of `key`, and the command that writes it if there is none.
fn public_half(home: Option<&Path>, key: &KeyInfo) -> (String, String) {
    let directory = home.map(|home| home.join(".ssh"));
    let files = directory.map(|directory| files_with_key(&directory, "", &key.public_key));
    let file = files.unwrap_or_default().into_iter().next();
    let name = file.as_ref().and_then(|file| file.file_name()?.to_str());
    match name.filter(|name| is_plain(name)) {
        Some(name) => (format!("~/.ssh/{name}"), String::new()),
        None => {
            let name = format!("~/.ssh/id_sshtpm_{}.pub", short(&key.fingerprint));
            let command = format!("`sshtpm show {} >{name}`\n", key.fingerprint);
            (name, format!("Write its public half to a file:\n{command}"))
        }
    }
}

/// So much of a fingerprint that keys of one person can be told apart, for the name of a file.
fn short(fingerprint: &str) -> String {
    let digits = fingerprint.trim_start_matches("SHA256:").chars();
    digits.filter(char::is_ascii_alphanumeric).take(8).collect()
}

/// The command that puts `lines` in front: for `place`, or for all hosts.
fn command(place: Option<&Place>, home: Option<&Path>, lines: &[String]) -> String {
    let lines: Vec<String> = match place {
        None => lines.to_vec(),
        Some(place) => {
            let inner = lines.iter().map(|line| format!("    {line}"));
            let first = format!("Host {}", place.host);
            // What follows was for all hosts.
            std::iter::once(first)
                .chain(inner)
                .chain(["Host *".to_owned()])
                .collect()
        }
    };
    let is_there = home.is_some_and(|home| home.join(".ssh").join("config").exists());
    match (lines.iter().all(|line| is_plain(line)), is_there) {
        (true, true) => format!(
            "`sed -i --follow-symlinks '1i\\{}' {CONFIG}`",
            lines.join("\\n")
        ),
        (true, false) => format!("`printf '{}\\n' >{CONFIG}`", lines.join("\\n")),
        (false, _) => format!("Put this in front of {CONFIG}:\n{}", lines.join("\n")),
    }
}

/// Whether sed, printf and a shell take `text` as it is.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ~/._-+@:,*".contains(c);
    text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::{Place, command, only_this_key, this_agent, this_key_too};
    use crate::key_listing::example_key;

    /// Runs what stands in backticks, for the user with this home.
    fn run(advice: &str, home: &Path) {
        let commands = advice.split('`').skip(1).step_by(2);
        for one in commands.filter(|one| !one.starts_with("sshtpm")) {
            let mut shell = Command::new("sh");
            let status = shell.args(["-c", one]).env("HOME", home).status();
            assert!(status.unwrap().success(), "{one}");
        }
    }

    #[test]
    fn lines_come_first_and_leave_the_others_to_all_hosts() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".ssh/config");
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        let place = Place::parse("ann@alpha").unwrap();
        let socket = Path::new("/run/user/1/sshtpm/agent.sock");
        run(&this_agent(None, Some(home.path()), socket), home.path());
        run(
            &only_this_key(&place, Some(home.path()), &example_key()),
            home.path(),
        );
        let text = std::fs::read_to_string(config).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines[0], "Host alpha", "{text}");
        assert!(
            lines[1].starts_with("IdentityFile ~/.ssh/id_sshtpm_"),
            "{text}"
        );
        assert_eq!(lines[2..4], ["IdentitiesOnly yes", "Host *"], "{text}");
        assert_eq!(
            lines[4], "IdentityAgent /run/user/1/sshtpm/agent.sock",
            "{text}"
        );
    }

    #[test]
    fn a_file_with_the_public_half_is_named() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join(".ssh");
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("mine.pub"), example_key().public_key).unwrap();
        let advice = this_key_too(None, Some(home.path()), &example_key());
        assert!(advice.contains("IdentityFile ~/.ssh/mine.pub"), "{advice}");
        assert!(!advice.contains("sshtpm show"), "{advice}");
    }

    #[test]
    fn what_a_shell_would_read_otherwise_is_no_command() {
        for text in ["a'b", "a`b", "a$b", "a\\b", "a\nb"] {
            let advice = command(None, None, &[text.to_owned()]);
            assert!(advice.starts_with("Put this in front"), "{advice}");
        }
    }
}

//! `IdentityAgent` in `~/.ssh/config`.
//!
//! May touch: that file, by way of [`UserFile`]; reads the system's configuration. Looks in both
//! only for a line that names an agent: everything else that ssh makes of them, ssh is asked for.
//!
//! The lines go to the end, below a `Host *` of their own. ssh takes the first value that it finds.
//! So every setting of the user, in the file or in one that it includes, wins over these lines, and
//! the lines before them stay in their `Host` or `Match` block. ssh reads the system's
//! configuration after the user's, so these lines would win over what it sets for some hosts.
//! Nothing is added then.
//!
//! The path is written out. libssh and net-ssh read this file, too, and expand `~` alone: with
//! `%i`, the user's number, they would look for a socket of that name, and find no agent.
//! `${XDG_RUNTIME_DIR}` would end ssh with an error where that variable is not set, as in a cron
//! job.

mod settings;

use std::path::Path;

use self::settings::{SETTING, line_of_system, line_with_setting};
use super::addition::{Addition, exactly};
use super::effect;
use super::user_file::UserFile;
use super::way::{Standing, Way};
use crate::error::Failure;
use crate::probe::agent;
use crate::probe::agent_socket::{is_named_ours, standard_socket};
use crate::probe::ssh_agent::{AgentOfSsh, By};
use sshtpm_ssh::text::first_harmful;

/// What stands above the setting.
const HEADING: &str = "# Added by `sshtpm setup`: keys in the TPM.\nHost *\n";

/// Where the system's configuration of ssh is.
pub(crate) const SYSTEM: &str = "/etc/ssh";

/// What does not read ssh's configuration.
const OTHER_PROGRAMS: &str =
    "ssh-add, ssh-keygen and git's signatures do not read this file; for them:";

/// How to use the agent for some hosts.
const BY_HAND: &str =
    "It was left as it is. To use sshtpm-agent, set this there, or for the hosts that you choose:";

/// What there is, and what would be added.
///
/// # Errors
///
/// The file cannot be read, or the socket cannot be named in it.
pub(crate) fn examine(home: &Path, system: &Path, asked: &AgentOfSsh) -> Result<Way, Failure> {
    let setting = setting(&standard_socket())?;
    let name = home.join(".ssh").join("config");
    let left = |why: String| {
        let failure = Failure::new("ssh does not ask your agent", why);
        Way::Left(failure.and_next(format!("{BY_HAND}\n    {setting}")))
    };
    if asked.by == By::IdentityAgent {
        let agent = asked.socket.as_ref();
        let agent = agent.map_or("none".to_owned(), |socket| socket.display().to_string());
        return Ok(left(format!("its configuration says {SETTING} {agent}")));
    }
    let file = match UserFile::look(&name) {
        Ok(file) => file,
        Err(failure) => {
            return Ok(Way::Left(
                failure.and_next(format!("{BY_HAND}\n    {setting}")),
            ));
        }
    };
    let users = line_with_setting(file.content()).map(|number| (name.clone(), number));
    if let Some((path, number)) = users.or_else(|| line_of_system(system)) {
        return Ok(left(format!(
            "line {number} of {} sets {SETTING}",
            path.display()
        )));
    }
    let addition = Addition::new(name, file, lines(&setting));
    Ok(Way::Lines(vec![addition]))
}

/// Whether ssh asks the agent now; what to tell, or why not.
///
/// # Errors
///
/// It does not.
pub(crate) async fn verify(asked: AgentOfSsh) -> Result<Standing, String> {
    match asked.socket {
        Some(socket) if agent::is_ours(&socket).await => {
            let (path, by, export) = (socket.display(), asked.by, effect::export(&socket));
            Ok(Standing::now(format!(
                "ssh asks your agent now: {path}, by {by}.\n\
                 {OTHER_PROGRAMS} {export}"
            )))
        }
        Some(socket) => Err(format!("ssh still asks {}", socket.display())),
        None => Err("ssh still asks no agent".to_owned()),
    }
}

fn lines(setting: &str) -> String {
    format!("{HEADING}    {setting}\n")
}

/// How many of `lines` are those that setup adds, for any socket of ours.
pub(super) fn own_lines(lines: &[&str]) -> Option<usize> {
    let heading = exactly(lines, HEADING)?;
    let setting = lines.get(heading)?.strip_prefix("    ")?;
    let socket = setting.strip_prefix(SETTING)?.trim().trim_matches('"');
    is_named_ours(Path::new(socket)).then_some(heading + 1)
}

/// The line. A path of plain characters stands as it is, for every reader of the file; another one
/// as ssh reads it back. Source: ssh_config(5): `"` around values with blanks, `\` before `"`, and
/// TOKENS; there is no way to write a `$` that begins a variable.
///
/// # Errors
///
/// ssh could not read it back.
pub(super) fn setting(socket: &Path) -> Result<String, Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:,".contains(c);
    match socket.to_str() {
        Some(text) if text.chars().all(plain) => Ok(format!("{SETTING} {text}")),
        Some(text) if !text.contains("${") && first_harmful(text).is_none() => {
            let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
            Ok(format!("{SETTING} \"{}\"", escaped.replace('%', "%%")))
        }
        _ => Err(Failure::new(
            format!("cannot name {} in ssh's configuration", socket.display()),
            "XDG_RUNTIME_DIR must be a path in UTF-8 without control characters and ${",
        )),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};

    use super::{AgentOfSsh, By, Way, examine, setting, verify};
    use crate::probe::ssh_settings::SshSettings;

    fn asks(by: By, socket: Option<&str>) -> AgentOfSsh {
        let socket = socket.map(PathBuf::from);
        AgentOfSsh { by, socket }
    }

    fn no_agent() -> AgentOfSsh {
        asks(By::Environment, None)
    }

    #[test]
    fn the_socket_is_named_as_every_reader_of_the_file_takes_it() {
        let path = "/run/user/1000/sshtpm/agent.sock";
        let named = setting(Path::new(path)).unwrap();
        assert_eq!(named, format!("IdentityAgent {path}"));
    }

    #[test]
    fn a_path_that_ssh_could_not_read_back_is_refused() {
        for path in ["/a\nProxyCommand x", "/${X}/y", "/\u{202e}"] {
            assert!(setting(Path::new(path)).is_err(), "{path:?}");
        }
    }

    #[tokio::test]
    async fn ssh_reads_back_the_path_that_is_written() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config");
        for path in [
            "/a b/agent.sock",
            "/50%/%h/x",
            "/a#b $HOME/~x",
            "/o'neill/\"x\"/\\y",
            "/zoë/agent.sock",
        ] {
            let lines = super::lines(&setting(Path::new(path)).unwrap());
            fs::write(&file, &lines).unwrap();
            let read = SshSettings::ask_by(&file, "localhost").await.unwrap();
            assert_eq!(read.text("identityagent").as_deref(), Some(path), "{lines}");
        }
    }

    #[test]
    fn an_agent_that_is_set_already_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let set = [
            asks(By::IdentityAgent, Some("/x")),
            asks(By::IdentityAgent, None),
        ];
        for asked in set {
            let way = examine(home.path(), home.path(), &asked).unwrap();
            assert!(matches!(way, Way::Left(_)), "{way:?}");
        }
        fs::create_dir(home.path().join(".ssh")).unwrap();
        let config = home.path().join(".ssh").join("config");
        fs::write(config, "Host work\n  IdentityAgent /work\n").unwrap();
        let Way::Left(failure) = examine(home.path(), home.path(), &no_agent()).unwrap() else {
            panic!("it was not left");
        };
        assert!(failure.to_string().contains("line 2 of"), "{failure}");
    }

    #[test]
    fn the_lines_are_a_block_of_their_own_for_all_hosts() {
        let home = tempfile::tempdir().unwrap();
        let Way::Lines(additions) = examine(home.path(), home.path(), &no_agent()).unwrap() else {
            panic!("nothing is in the way");
        };
        let mut lines = additions[0]
            .lines()
            .lines()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(lines.next(), Some("Host *"));
        assert!(lines.next().unwrap().starts_with("    IdentityAgent /"));
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn what_the_system_sets_for_some_hosts_is_not_overridden() {
        let home = tempfile::tempdir().unwrap();
        let system = home.path().join("ssh_config.d");
        fs::create_dir(&system).unwrap();
        fs::write(system.join("work.conf"), "Host w\n\nIdentityAgent /x\n").unwrap();
        let Way::Left(failure) = examine(home.path(), home.path(), &no_agent()).unwrap() else {
            panic!("it was not left");
        };
        let line = "line 3 of ";
        assert!(failure.to_string().contains(line), "{failure}");
        assert!(failure.to_string().contains("work.conf"), "{failure}");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_left_with_what_to_put_there() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".ssh")).unwrap();
        let config = home.path().join(".ssh").join("config");
        std::os::unix::fs::symlink("nowhere", config).unwrap();
        let Way::Left(failure) = examine(home.path(), home.path(), &no_agent()).unwrap() else {
            panic!("it was not left");
        };
        assert!(
            failure.to_string().contains("\n    IdentityAgent /"),
            "{failure}"
        );
    }

    #[tokio::test]
    async fn lines_without_effect_are_noticed() {
        assert!(verify(no_agent()).await.is_err());
        assert!(verify(asks(By::Environment, Some("/x"))).await.is_err());
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("sshtpm");
        fs::create_dir(&directory).unwrap();
        let socket = directory.join("agent.sock");
        let ours = asks(By::IdentityAgent, socket.to_str());
        assert!(verify(ours.clone()).await.is_err(), "nothing listens there");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(verify(ours).await.is_ok());
    }
}

//! Which agent ssh would ask, and which of its keys ssh offers, in its own words.
//!
//! May touch: runs `ssh -G localhost`, which connects to nobody; what its configuration has it run for
//! `Match exec` is run. Must never parse ssh's configuration instead.
//!
//! Sources: ssh(1), `-G`; ssh_config(5), `IdentityAgent`: it wins over `SSH_AUTH_SOCK`, unless it says
//! so itself. `-G` shows it only where it is set, with tokens and variables replaced.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;

use super::identity_files::Offered;
use super::program;
use crate::person;

/// The program, looked up in `PATH`.
const PROGRAM: &str = "ssh";

/// The host that is asked about: one for which nobody has settings of its own.
pub(crate) const HOST: &str = "localhost";

/// How long ssh may take to read its configuration, and to run what `Match exec` says.
const MAX_READING: Duration = Duration::from_secs(10);

/// Where ssh finds the agent where its configuration says nothing.
const VARIABLE: &str = "SSH_AUTH_SOCK";

/// What ssh would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The agent that it would ask.
    pub(crate) agent: AgentOfSsh,
    /// Which of the agent's keys it would offer.
    pub(crate) offered: Offered,
}

/// The agent that ssh would ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentOfSsh {
    /// Who says so.
    pub(crate) by: By,
    /// Its socket; `None` if ssh asks nobody.
    pub(crate) socket: Option<PathBuf>,
}

/// What names ssh's agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// ssh's configuration.
    IdentityAgent,
    /// The environment.
    Environment,
}

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::IdentityAgent => "IdentityAgent in ssh's configuration",
            Self::Environment => VARIABLE,
        })
    }
}

/// Why ssh does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// There is no ssh, or it cannot be run.
    NotRun(String),
    /// It takes too long.
    Silent,
    /// It does not accept its configuration: what it says.
    BadConfiguration(String),
}

impl std::fmt::Display for Unsaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "ssh cannot be run: {why}"),
            Self::Silent => write!(
                f,
                "`ssh -G {HOST}` did not end within {} seconds",
                MAX_READING.as_secs()
            ),
            Self::BadConfiguration(text) => {
                write!(f, "ssh does not accept its configuration: {text}")
            }
        }
    }
}

/// Asks ssh.
///
/// # Errors
///
/// It does not say.
pub(crate) async fn ask() -> Result<Settings, Unsaid> {
    let mut command = Command::new(PROGRAM);
    command.args(["-G", HOST]);
    let ended = program::run(command, MAX_READING).await;
    let ended = ended.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => Unsaid::Silent,
        _ => Unsaid::NotRun(error.to_string()),
    })?;
    if !ended.status.success() {
        let text = String::from_utf8_lossy(&ended.stderr);
        return Err(Unsaid::BadConfiguration(text.trim().to_owned()));
    }
    let variable = |name: &OsStr| std::env::var_os(name);
    let home = person::home_directory().ok();
    Ok(Settings {
        agent: agent(&ended.stdout, variable),
        offered: Offered::read(&ended.stdout, home.as_deref()),
    })
}

fn agent(settings: &[u8], variable: impl Fn(&OsStr) -> Option<OsString>) -> AgentOfSsh {
    let of = |name: &OsStr| {
        let value = variable(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let by_environment = || AgentOfSsh {
        by: By::Environment,
        socket: of(OsStr::new(VARIABLE)),
    };
    let mut lines = settings.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"identityagent "));
    let socket = match value {
        None | Some(b"SSH_AUTH_SOCK") => return by_environment(),
        Some(b"none") => None,
        Some([b'$', name @ ..]) if !name.starts_with(b"{") => {
            of(&OsString::from_vec(name.to_vec()))
        }
        Some(path) => Some(PathBuf::from(OsString::from_vec(path.to_vec()))),
    };
    AgentOfSsh {
        by: By::IdentityAgent,
        socket,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::path::PathBuf;

    use super::{AgentOfSsh, By, agent};

    fn of(settings: &str) -> AgentOfSsh {
        agent(settings.as_bytes(), |name: &OsStr| {
            let value = match name.to_str()? {
                "SSH_AUTH_SOCK" => "/env",
                "MINE" => "/mine",
                _ => return None,
            };
            Some(OsString::from(value))
        })
    }

    fn socket(by: By, path: &str) -> AgentOfSsh {
        let socket = Some(PathBuf::from(path));
        AgentOfSsh { by, socket }
    }

    #[test]
    fn without_a_setting_the_environment_decides() {
        let environment = socket(By::Environment, "/env");
        assert_eq!(of("port 22\nuser ann\n"), environment);
        assert_eq!(of("identityagent SSH_AUTH_SOCK\n"), environment);
        let nobody = agent(b"port 22\n", |_| Some(OsString::new()));
        assert_eq!(nobody.socket, None);
    }

    #[test]
    fn a_setting_wins_over_the_environment() {
        let path = "/run/user/1/sshtpm/agent.sock";
        let settings = format!("port 22\nidentityagent {path}\nidentityfile ~/x\n");
        assert_eq!(of(&settings), socket(By::IdentityAgent, path));
    }

    #[test]
    fn a_variable_of_its_own_is_followed() {
        let mine = socket(By::IdentityAgent, "/mine");
        assert_eq!(of("identityagent $MINE\n"), mine);
        assert_eq!(of("identityagent $NOBODYS\n").socket, None);
    }

    #[test]
    fn none_means_that_nobody_is_asked() {
        let nobody = of("identityagent none\n");
        assert_eq!((nobody.by, nobody.socket), (By::IdentityAgent, None));
    }
}

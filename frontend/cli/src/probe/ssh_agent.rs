//! Which agent ssh asks, and whether that is sshtpm-agent.
//!
//! Purpose: if ssh does not find a key, the reason is mostly that it asks another agent.
//!
//! Source: ssh_config(5), `IdentityAgent`: it wins over `SSH_AUTH_SOCK`, unless it says so itself.
//! `ssh -G` shows it only where it is set, with tokens and variables replaced.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::agent_socket::is_named_ours;
use super::ssh_settings::{ANY_HOST, SshSettings};

/// Where ssh finds the agent where its configuration says nothing.
pub(crate) const VARIABLE: &str = "SSH_AUTH_SOCK";

/// The agent that ssh would ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentOfSsh {
    /// What names it.
    pub(crate) by: By,
    /// Its socket; `None` if ssh asks no agent.
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

/// What kind of agent ssh asks; `sshtpm status --json` has it in this form.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "socket")]
pub(crate) enum SshAgent {
    /// The socket of an sshtpm-agent.
    Sshtpm(#[serde(serialize_with = "lossy")] PathBuf),
    /// Another socket. It may still be an sshtpm-agent, started with `-a`.
    Other(#[serde(serialize_with = "lossy")] PathBuf),
    /// Nothing.
    None,
}

/// A path may be any bytes, which JSON cannot hold; what cannot be shown is replaced.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

impl AgentOfSsh {
    /// Asks ssh. Where ssh does not say, the environment decides.
    pub(crate) async fn ask() -> Self {
        match SshSettings::ask(ANY_HOST, None).await {
            Ok(settings) => Self::read(&settings),
            Err(_) => Self::of_environment(),
        }
    }

    /// The agent that ssh's `settings` name.
    pub(crate) fn read(settings: &SshSettings) -> Self {
        read(settings, |name| std::env::var_os(name))
    }

    /// The agent that the environment names.
    pub(crate) fn of_environment() -> Self {
        by_environment(|name| std::env::var_os(name))
    }

    /// Whose it is, as far as the name of its socket tells.
    pub(crate) fn kind(&self) -> SshAgent {
        match &self.socket {
            None => SshAgent::None,
            Some(path) if is_named_ours(path) => SshAgent::Sshtpm(path.clone()),
            Some(path) => SshAgent::Other(path.clone()),
        }
    }
}

fn read(settings: &SshSettings, variable: impl Fn(&OsStr) -> Option<OsString>) -> AgentOfSsh {
    let value = settings.value("identityagent");
    let socket = match value.as_deref().map(OsStr::as_bytes) {
        None | Some(b"SSH_AUTH_SOCK") => return by_environment(variable),
        Some(b"none") => None,
        Some([b'$', name @ ..]) if !name.starts_with(b"{") => {
            path_in(&OsString::from_vec(name.to_vec()), variable)
        }
        Some(path) => Some(PathBuf::from(OsString::from_vec(path.to_vec()))),
    };
    AgentOfSsh {
        by: By::IdentityAgent,
        socket,
    }
}

fn by_environment(variable: impl Fn(&OsStr) -> Option<OsString>) -> AgentOfSsh {
    AgentOfSsh {
        by: By::Environment,
        socket: path_in(OsStr::new(VARIABLE), variable),
    }
}

/// The path in the variable called `name`; an empty one names none.
fn path_in(name: &OsStr, variable: impl Fn(&OsStr) -> Option<OsString>) -> Option<PathBuf> {
    let value = variable(name).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::path::{Path, PathBuf};

    use super::{AgentOfSsh, By, SshAgent, SshSettings, read};

    fn of(settings: &str) -> AgentOfSsh {
        read(&SshSettings::of(settings), |name: &OsStr| {
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
        let none = read(&SshSettings::of("port 22\n"), |_| Some(OsString::new()));
        assert_eq!(none.socket, None);
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
        assert_eq!(of("identityagent $UNSET\n").socket, None);
    }

    #[test]
    fn none_means_that_no_agent_is_asked() {
        let none = of("identityagent none\n");
        assert_eq!((none.by, none.socket), (By::IdentityAgent, None));
    }

    #[test]
    fn a_path_that_is_no_text_can_be_told_in_json() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(OsStr::from_bytes(b"/tmp/\xff/agent"));
        for agent in [SshAgent::Other(path.into()), SshAgent::Sshtpm(path.into())] {
            let json = serde_json::to_value(agent).unwrap();
            assert_eq!(json["socket"], "/tmp/\u{fffd}/agent");
        }
    }

    #[test]
    fn an_agent_is_sshtpm_s_another_or_none() {
        let kind = |path: &str| socket(By::Environment, path).kind();
        let ours = "/run/user/1/sshtpm/agent.sock";
        assert_eq!(kind(ours), SshAgent::Sshtpm(PathBuf::from(ours)));
        assert_eq!(kind("/tmp/x"), SshAgent::Other(PathBuf::from("/tmp/x")));
        assert_eq!(of("identityagent none\n").kind(), SshAgent::None);
    }
}

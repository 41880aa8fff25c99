//! Which agent ssh will talk to.
//!
//! Purpose: a key that ssh does not find is mostly a matter of its agent; so say which one it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::doctor::ssh_settings;
use sshtpm_client::socket::{DIRECTORY, FILE};

/// How to start an agent where there is no [`own_socket`]: it has to be told where to listen.
pub(crate) const START_COMMAND: &str = "eval $(sshtpm-agent -s -a PATH)";

/// How to start an agent by hand.
pub(crate) fn start_command() -> &'static str {
    match own_socket() {
        Some(_) => "eval $(sshtpm-agent -s)",
        None => START_COMMAND,
    }
}

/// The agent that ssh asks.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "socket")]
pub(crate) enum SshAgent {
    /// The socket of an sshtpm-agent.
    Sshtpm(#[serde(serialize_with = "lossy")] PathBuf),
    /// Another socket. It may be an sshtpm-agent nevertheless, started with `-a`.
    Other(#[serde(serialize_with = "lossy")] PathBuf),
    /// Nothing.
    None,
}

impl SshAgent {
    /// As ssh has it: `IdentityAgent` in its configuration wins over the environment. Where ssh does
    /// not say, as the environment has it.
    pub(crate) async fn of_ssh() -> Self {
        match ssh_settings::ask().await {
            Ok(asked) => {
                let socket = asked.agent.socket.map(PathBuf::into_os_string);
                Self::of(socket.as_deref(), own_socket().as_deref())
            }
            Err(_) => Self::from_environment(),
        }
    }

    /// As the environment has it.
    pub(crate) fn from_environment() -> Self {
        let own = own_socket();
        Self::of(std::env::var_os("SSH_AUTH_SOCK").as_deref(), own.as_deref())
    }

    /// The agent at `auth_sock`, where the user's standard agent listens at `own`.
    pub(crate) fn of(auth_sock: Option<&OsStr>, own: Option<&Path>) -> Self {
        match auth_sock.map(Path::new) {
            None => Self::None,
            Some(path) if path.as_os_str().is_empty() => Self::None,
            Some(path) if is_named_by_us(path) || same_file(own, path) => {
                Self::Sshtpm(path.to_owned())
            }
            Some(path) => Self::Other(path.to_owned()),
        }
    }
}

/// Where the agent that systemd starts for this user listens:
/// `$XDG_RUNTIME_DIR/sshtpm/agent.sock`.
pub(crate) fn own_socket() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)?;
    runtime
        .is_absolute()
        .then(|| runtime.join(DIRECTORY).join(FILE))
}

/// sshtpm-agent calls its socket `agent.sock`, in a directory `sshtpm` or `sshtpm-…`, unless it was
/// started with `-a`.
fn is_named_by_us(path: &Path) -> bool {
    let directory = path
        .parent()
        .and_then(Path::file_name)
        .and_then(OsStr::to_str);
    let is_ours = |name: &str| {
        let rest = name.strip_prefix(DIRECTORY);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    path.file_name() == Some(OsStr::new(FILE)) && directory.is_some_and(is_ours)
}

/// A path may be any bytes, which JSON cannot hold; the rest is to be told nevertheless.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

fn same_file(own: Option<&Path>, other: &Path) -> bool {
    let resolved = |path: &Path| path.canonicalize().ok();
    own.and_then(resolved)
        .is_some_and(|own| Some(own) == resolved(other))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::{Path, PathBuf};

    use super::SshAgent;

    const OWN: &str = "/run/user/1000/sshtpm/agent.sock";

    fn of(auth_sock: Option<&str>) -> SshAgent {
        SshAgent::of(auth_sock.map(OsStr::new), Some(Path::new(OWN)))
    }

    #[test]
    fn the_socket_in_the_runtime_directory_is_sshtpm_s() {
        assert_eq!(of(Some(OWN)), SshAgent::Sshtpm(PathBuf::from(OWN)));
    }

    #[test]
    fn a_link_to_the_socket_is_sshtpm_s() {
        let directory = tempfile::tempdir().unwrap();
        let (own, link) = (directory.path().join("own"), directory.path().join("link"));
        std::fs::write(&own, "").unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        assert_eq!(
            SshAgent::of(Some(link.as_os_str()), Some(&own)),
            SshAgent::Sshtpm(link)
        );
    }

    #[test]
    fn the_socket_of_an_agent_started_by_hand_is_sshtpm_s() {
        for path in [
            "/run/user/1000/sshtpm/sshtpm-x1/agent.sock",
            "/tmp/sshtpm-x1/agent.sock",
        ] {
            assert_eq!(of(Some(path)), SshAgent::Sshtpm(PathBuf::from(path)));
        }
    }

    #[test]
    fn another_socket_is_another_agent_s() {
        let path = "/tmp/ssh-x/agent.1";
        assert_eq!(of(Some(path)), SshAgent::Other(PathBuf::from(path)));
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
    fn an_empty_variable_names_no_agent() {
        assert_eq!(of(Some("")), SshAgent::None);
        assert_eq!(of(None), SshAgent::None);
    }
}

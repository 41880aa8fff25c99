//! Which agent ssh will talk to.
//!
//! Purpose: a key that ssh does not find is mostly a matter of `SSH_AUTH_SOCK`; so say what it is.
//! An `IdentityAgent` in ssh's configuration, which would win, is not looked for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What `SSH_AUTH_SOCK` names.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "socket")]
pub(crate) enum SshAgent {
    /// The socket of an sshtpm-agent.
    Sshtpm(PathBuf),
    /// Another socket. It may be an sshtpm-agent nevertheless, started with `-a`.
    Other(PathBuf),
    /// Nothing.
    None,
}

impl SshAgent {
    /// As the environment has it.
    pub(crate) fn from_environment() -> Self {
        let own = own_socket();
        Self::of(std::env::var_os("SSH_AUTH_SOCK").as_deref(), own.as_deref())
    }

    fn of(auth_sock: Option<&OsStr>, own: Option<&Path>) -> Self {
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
        .then(|| runtime.join("sshtpm/agent.sock"))
}

/// sshtpm-agent calls its socket `agent.sock`, in a directory `sshtpm` or `sshtpm-…`, unless it was
/// started with `-a`.
fn is_named_by_us(path: &Path) -> bool {
    let directory = path
        .parent()
        .and_then(Path::file_name)
        .and_then(OsStr::to_str);
    let is_ours = |name: &str| name == "sshtpm" || name.starts_with("sshtpm-");
    path.file_name() == Some(OsStr::new("agent.sock")) && directory.is_some_and(is_ours)
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
    fn an_empty_variable_names_no_agent() {
        assert_eq!(of(Some("")), SshAgent::None);
        assert_eq!(of(None), SshAgent::None);
    }
}

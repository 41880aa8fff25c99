//! Where sshtpm-agent listens, and how to know its socket by its name.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nix::unistd::getuid;
use sshtpm_client::socket::{DIRECTORY, FILE};

/// The variable that names the directory of the user's sockets.
pub(crate) const RUNTIME_DIRECTORY: &str = "XDG_RUNTIME_DIR";

/// How to start an agent by hand.
pub(crate) const START_COMMAND: &str = "eval $(sshtpm-agent -s)";

/// Where the agent that systemd starts for this user listens:
/// `$XDG_RUNTIME_DIR/sshtpm/agent.sock`.
pub(crate) fn own_socket() -> Option<PathBuf> {
    Some(named_directory()?.join(DIRECTORY).join(FILE))
}

fn named_directory() -> Option<PathBuf> {
    let runtime = std::env::var_os(RUNTIME_DIRECTORY).map(PathBuf::from)?;
    runtime.is_absolute().then_some(runtime)
}

/// The directory of the user's sockets; without the variable, as in a cron job, where it would be.
/// Source: pam_systemd(8).
pub(crate) fn runtime_directory() -> PathBuf {
    named_directory().unwrap_or_else(|| Path::new("/run/user").join(getuid().to_string()))
}

/// Where the agent that systemd starts for this user listens, or would.
pub(crate) fn standard_socket() -> PathBuf {
    runtime_directory().join(DIRECTORY).join(FILE)
}

/// Whether `socket` is one of sshtpm-agent's, as far as its name tells.
pub(crate) fn is_named_ours(socket: &Path) -> bool {
    is_ours(socket, &standard_socket())
}

/// As [`is_named_ours`], where the user's standard agent listens at `standard`.
fn is_ours(socket: &Path, standard: &Path) -> bool {
    is_named_by_us(socket) || same_file(standard, socket)
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

fn same_file(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| path.canonicalize().ok();
    resolved(one).is_some_and(|one| Some(one) == resolved(other))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_ours;

    const OWN: &str = "/run/user/1000/sshtpm/agent.sock";

    #[test]
    fn the_socket_in_the_runtime_directory_is_sshtpm_s() {
        assert!(is_ours(Path::new(OWN), Path::new(OWN)));
    }

    #[test]
    fn a_link_to_the_socket_is_sshtpm_s() {
        let directory = tempfile::tempdir().unwrap();
        let (own, link) = (directory.path().join("own"), directory.path().join("link"));
        std::fs::write(&own, "").unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        assert!(is_ours(&link, &own));
    }

    #[test]
    fn the_socket_of_an_agent_started_by_hand_is_sshtpm_s() {
        for path in [
            "/run/user/1000/sshtpm/sshtpm-x1/agent.sock",
            "/tmp/sshtpm-x1/agent.sock",
        ] {
            assert!(is_ours(Path::new(path), Path::new(OWN)), "{path}");
        }
    }

    #[test]
    fn another_socket_is_another_agent_s() {
        assert!(!is_ours(Path::new("/tmp/ssh-x/agent.1"), Path::new(OWN)));
    }
}

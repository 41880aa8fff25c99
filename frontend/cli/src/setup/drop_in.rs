//! A drop-in for `sshtpm-agent.socket`, so that it sets `SSH_AUTH_SOCK` after the sockets of other
//! agents.
//!
//! Purpose: those set the variable while systemd starts them, each time a user logs in, and the
//! last one wins over the others and over environment.d. Decision 101 says why this way.
//!
//! May touch: a file in `~/.config/systemd/user`, by way of [`UserFile`].
//!
//! Only sockets come into `After=`. A service starts after all sockets by default, and an order
//! behind it would be a circle.

use std::path::Path;

use super::addition::{Addition, exactly};
use super::user_file::UserFile;
use crate::error::Failure;
use crate::probe::agent_socket::standard_socket;
use crate::probe::user_manager::{OWN_SOCKET, UserManager};

/// The file, below the home directory.
pub(super) const FILE: &str = ".config/systemd/user/sshtpm-agent.socket.d/50-ssh-auth-sock.conf";

/// Sockets that set the variable on some machine, which may come to this one. Sources: gcr 3.41 and
/// 4, GnuPG 2.4 and OpenSSH 10.0 as Debian has them.
const KNOWN: [&str; 3] = [
    "gcr-ssh-agent.socket",
    "gpg-agent-ssh.socket",
    "ssh-agent.socket",
];

/// What stands above the lines.
const HEADING: &str = "# Added by `sshtpm setup`: SSH_AUTH_SOCK, after other agents set it.\n";

/// What the names of other sockets follow.
const ORDER: &str = "[Unit]\nAfter=";

/// What sets the variable.
const SET: &str = "\
[Socket]
ExecStartPost=-systemctl --user set-environment SSH_AUTH_SOCK=%t/sshtpm/agent.sock
";

/// What has to be added, if anything.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn examine(home: &Path, manager: &UserManager) -> Result<Option<Addition>, Failure> {
    let lines = missing(manager);
    if lines.is_empty() {
        return Ok(None);
    }
    let name = home.join(FILE);
    let file = UserFile::look(&name)?;
    Ok(Some(Addition::new(name, file, lines)))
}

/// The lines that systemd does not have yet.
pub(crate) fn missing(manager: &UserManager) -> String {
    let (after, sets) = (not_waited_for(manager), sets_ours(manager));
    if after.is_empty() && sets {
        return String::new();
    }
    let mut lines = HEADING.to_owned();
    if !after.is_empty() {
        lines.push_str(&format!("{ORDER}{}\n", after.join(" ")));
    }
    if !sets {
        lines.push_str(SET);
    }
    lines
}

/// How many of `lines` are those that setup adds, for any sockets.
pub(super) fn own_lines(lines: &[&str]) -> Option<usize> {
    let heading = exactly(lines, HEADING)?;
    let rest = lines.get(heading..)?;
    let order = match rest {
        [unit, after, ..] if format!("{unit}\n{after}").starts_with(ORDER) => 2,
        _ => 0,
    };
    let set = exactly(rest.get(order..)?, SET).unwrap_or_default();
    (order + set > 0).then_some(heading + order + set)
}

/// Whether our socket sets the variable.
pub(crate) fn sets_ours(manager: &UserManager) -> bool {
    let standard = standard_socket();
    let mut setters = manager.setters.iter();
    setters.any(|setter| setter.unit == OWN_SOCKET && setter.value == standard)
}

fn not_waited_for(manager: &UserManager) -> Vec<&str> {
    let others = manager.setters.iter().map(|setter| setter.unit.as_str());
    let sockets = others.filter(|unit| unit.ends_with(".socket") && *unit != OWN_SOCKET);
    let mut wanted: Vec<&str> = KNOWN.into_iter().chain(sockets).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted.retain(|unit| !manager.own_after.iter().any(|after| after == unit));
    wanted
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, OWN_SOCKET, missing, standard_socket};
    use crate::probe::user_manager::{Setter, UserManager};

    fn setter(unit: &str) -> Setter {
        Setter {
            unit: unit.to_owned(),
            value: "/x".into(),
            file: "/x".into(),
            runs_at_login: true,
        }
    }

    fn ours() -> Setter {
        Setter {
            value: standard_socket(),
            ..setter(OWN_SOCKET)
        }
    }

    #[test]
    fn our_socket_is_set_after_known_and_unknown_sockets_but_no_service() {
        let manager = UserManager {
            setters: vec![setter("a.socket"), setter("b.service")],
            ..UserManager::default()
        };
        let lines = missing(&manager);
        let after = "\nAfter=a.socket gcr-ssh-agent.socket gpg-agent-ssh.socket ssh-agent.socket\n";
        assert!(lines.contains(after), "{lines}");
        assert!(lines.contains("ExecStartPost=-systemctl"), "{lines}");
    }

    #[test]
    fn nothing_is_added_to_what_systemd_has() {
        let manager = UserManager {
            setters: vec![ours(), setter("ssh-agent.socket")],
            own_after: KNOWN.map(str::to_owned).into(),
            ..UserManager::default()
        };
        assert_eq!(missing(&manager), "");
    }

    #[test]
    fn a_socket_that_came_later_is_waited_for_as_well() {
        let manager = UserManager {
            setters: vec![ours(), setter("new.socket")],
            own_after: KNOWN.map(str::to_owned).into(),
            ..UserManager::default()
        };
        let lines = missing(&manager);
        assert!(lines.ends_with("[Unit]\nAfter=new.socket\n"), "{lines}");
    }
}

//! Who asks for something, as far as a connection shows it.
//!
//! Specs: unix(7), `SO_PEERCRED`; proc_pid_comm(5).

use std::rc::Rc;

use sshtpm_dbus::Binding;
use tokio::net::UnixStream;

use crate::origin::Origin;

/// What is known of the connection on which a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asker {
    /// Whose places the request takes.
    pub(crate) origin: Origin,
    /// The SSH sessions that the connection serves, from this machine outwards. The broker decides
    /// by them, and verifies them again.
    pub(crate) sessions: Rc<Vec<Binding>>,
    /// The program at its other end.
    pub(crate) client: Option<ClientName>,
}

/// Name of a program, for people. It chose it itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientName(String);

impl ClientName {
    /// The one at the other end of `stream`: `None` if it cannot be seen, or has no plain name.
    ///
    /// The process may be gone by now, and its number another's; so this is asked when a connection
    /// is new, and believed by nobody.
    pub(super) fn of(stream: &UnixStream) -> Option<Self> {
        // 0 is a process in a PID namespace that is not ours to see.
        let pid = stream.peer_cred().ok()?.pid().filter(|&pid| pid > 0)?;
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Self::new(comm.trim_end_matches('\n'))
    }

    fn new(name: &str) -> Option<Self> {
        // What the broker takes for `client`; the kernel cuts names to 15 bytes.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"$\"'`<>&".contains(&byte);
        (!name.is_empty() && name.bytes().all(is_plain)).then(|| Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ClientName;
    use tokio::net::UnixStream;

    #[tokio::test]
    async fn the_program_at_the_other_end_has_its_name() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let own = std::fs::read_to_string("/proc/self/comm").unwrap();
        let name = ClientName::of(&ours).unwrap();
        assert_eq!(name.as_str(), own.trim_end());
    }

    #[test]
    fn what_could_pass_for_more_than_a_name_is_left_out() {
        for name in ["", "two words", "a\tb", "$(id)", "s\u{455}h"] {
            assert_eq!(ClientName::new(name), None, "{name:?}");
        }
        assert!(ClientName::new("ssh-keygen").is_some());
    }
}

//! The sender of a request, as far as its connection identifies it.
//!
//! Specs: unix(7), `SO_PEERCRED`; proc_pid_comm(5).

use std::rc::Rc;

use sshtpm_ssh::session::Binding;
use tokio::net::UnixStream;

use crate::origin::Origin;

/// What is known of the connection on which a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asker {
    /// Decides which places the request takes.
    pub(crate) origin: Origin,
    /// The SSH sessions that the connection serves, from this machine outwards. The broker verifies
    /// them again and checks the restrictions of the key against them.
    pub(crate) sessions: Rc<Vec<Binding>>,
    /// The program at the other end of the connection, if it can be identified.
    pub(crate) client: Option<ClientName>,
}

/// The name of a program. Programs choose their names, so it proves nothing about a program of this
/// machine. It does tell which program forwards for another machine, which cannot change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientName(String);

impl ClientName {
    /// The name of the program at the other end of `stream`. `None` if the process cannot be seen
    /// or its name is not plain.
    ///
    /// If the process has ended, its ID may belong to another one. The agent therefore reads the
    /// name when the connection is new. The broker shows it to people, and refuses programs that
    /// may forward the agent without a word; it allows nothing because of a name alone.
    pub(super) fn of(stream: &UnixStream) -> Option<Self> {
        // 0 stands for a process in a PID namespace that the agent cannot see.
        let pid = stream.peer_cred().ok()?.pid().filter(|&pid| pid > 0)?;
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Self::new(comm.trim_end_matches('\n'))
    }

    fn new(name: &str) -> Option<Self> {
        // The broker accepts these bytes in `client`. The kernel cuts names to 15 bytes.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"$\"'`<>&".contains(&byte);
        (!name.is_empty() && name.bytes().all(is_plain)).then(|| Self(name.to_owned()))
    }

    /// The name: 1 to 15 graphic ASCII characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ClientName;
    use tokio::net::UnixStream;

    #[tokio::test]
    async fn a_client_has_the_name_of_its_program() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let own = std::fs::read_to_string("/proc/self/comm").unwrap();
        let name = ClientName::of(&ours).unwrap();
        assert_eq!(name.as_str(), own.trim_end());
    }

    #[test]
    fn a_name_that_could_mislead_people_is_left_out() {
        for name in ["", "two words", "a\tb", "$(id)", "s\u{455}h"] {
            assert_eq!(ClientName::new(name), None, "{name:?}");
        }
        assert!(ClientName::new("ssh-keygen").is_some());
    }
}

//! The socket of the agent, where the user's systemd could listen there and does not: a package
//! that is installed while somebody is logged in, or a socket that was stopped.
//!
//! Purpose: one place says what starts it, for all commands that name or run that.
//!
//! May touch: runs `systemctl --user`, which asks it. Must never start anything.
//!
//! Source: systemctl(1), `list-unit-files`, `is-active`, `daemon-reload`, `enable`, `unmask`.

use super::agent::{Answer, ask};
use super::agent_socket::standard_socket;
use super::user_manager::{OWN_SOCKET, systemctl};

/// The sockets that a login starts, that of the agent first.
const SOCKETS: [&str; 3] = [OWN_SOCKET, "sshtpm-askpass.socket", "sshtpm-dialler.socket"];

/// The socket of the agent, which systemd has not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// A login starts it; these of the sockets are started in one.
    UntilLogin(Vec<&'static str>),
    /// No login starts it either.
    Disabled,
    /// Somebody has decided that nothing starts it.
    Masked,
}

impl Stopped {
    /// Looks at what systemd knows. `None` where none runs for the user, it has no such unit, has
    /// started it, or something listens there.
    pub(crate) async fn look() -> Option<Self> {
        match ask(&standard_socket(), false).await {
            Answer::Missing | Answer::Unreachable(_) => {}
            _ => return None,
        }
        // systemctl reads unit files anew for this; systemd itself may not know them yet.
        let list = [&["list-unit-files", "--no-legend"], SOCKETS.as_slice()].concat();
        let stopped = Self::read(&systemctl(&list).await.ok()?)?;
        match systemctl(&["is-active", OWN_SOCKET]).await {
            Ok(_) => None,
            Err(_) => Some(stopped),
        }
    }

    /// What `list-unit-files` says: a line for each unit, with its name and its state.
    fn read(listed: &[u8]) -> Option<Self> {
        let listed = String::from_utf8_lossy(listed);
        let state = |unit: &str| {
            let mut lines = listed.lines().map(str::split_whitespace);
            lines.find_map(|mut words| words.next().filter(|name| *name == unit).and(words.next()))
        };
        match state(OWN_SOCKET)? {
            "enabled" | "enabled-runtime" => {
                let enabled =
                    |unit: &&str| state(unit).is_some_and(|now| now.starts_with("enabled"));
                Some(Self::UntilLogin(
                    SOCKETS.into_iter().filter(enabled).collect(),
                ))
            }
            "disabled" => Some(Self::Disabled),
            "masked" | "masked-runtime" => Some(Self::Masked),
            _ => None,
        }
    }

    /// What starts it, as arguments of `systemctl --user`.
    pub(crate) fn arguments(&self) -> Vec<Vec<&'static str>> {
        // This has systemd read its files anew by itself.
        let enable = vec!["enable", "--now", OWN_SOCKET];
        match self {
            Self::UntilLogin(sockets) => vec![
                vec!["daemon-reload"],
                [&["start"], sockets.as_slice()].concat(),
            ],
            Self::Disabled => vec![enable],
            Self::Masked => vec![vec!["unmask", OWN_SOCKET], enable],
        }
    }

    /// The same, as a person types it.
    pub(crate) fn commands(&self) -> Vec<String> {
        let arguments = self.arguments().into_iter();
        arguments
            .map(|words| format!("systemctl --user {}", words.join(" ")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{OWN_SOCKET, SOCKETS, Stopped};

    fn listed(agent: &str, askpass: &str) -> Option<Stopped> {
        let said = format!(
            "sshtpm-agent.socket   {agent} enabled\nsshtpm-askpass.socket {askpass} enabled\n\
             sshtpm-dialler.socket enabled enabled\n"
        );
        Stopped::read(said.as_bytes())
    }

    #[test]
    fn sockets_that_a_login_starts_are_started_as_in_one() {
        let stopped = listed("enabled", "enabled").unwrap();
        assert_eq!(stopped, Stopped::UntilLogin(SOCKETS.to_vec()));
        let arguments = stopped.arguments();
        assert_eq!(arguments[0], ["daemon-reload"]);
        assert_eq!(arguments[1][..2], ["start", OWN_SOCKET]);
    }

    #[test]
    fn a_socket_that_the_user_disabled_beside_the_agent_stays_off() {
        for state in ["disabled", "masked"] {
            let stopped = listed("enabled", state).unwrap();
            let sockets = vec![OWN_SOCKET, "sshtpm-dialler.socket"];
            assert_eq!(stopped, Stopped::UntilLogin(sockets));
        }
    }

    #[test]
    fn a_disabled_agent_is_enabled_and_a_masked_one_unmasked() {
        let stopped = listed("disabled", "enabled").unwrap();
        let enable = "systemctl --user enable --now sshtpm-agent.socket";
        assert_eq!(stopped.commands(), [enable]);
        let unmask = "systemctl --user unmask sshtpm-agent.socket";
        for state in ["masked", "masked-runtime"] {
            let stopped = listed(state, "enabled").unwrap();
            assert_eq!(stopped.commands(), [unmask, enable]);
        }
        assert_eq!(Stopped::read(b""), None);
        assert_eq!(
            Stopped::read(b"sshtpm-agent@.socket enabled enabled\n"),
            None
        );
    }
}

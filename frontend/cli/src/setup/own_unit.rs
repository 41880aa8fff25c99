//! The socket of the agent, where the user's systemd could start it and has not: a package that is
//! installed while somebody is logged in, or a socket that was stopped.
//!
//! May touch: runs `systemctl --user`. Must never start what is masked, or anything unasked.
//!
//! Source: systemctl(1), `list-unit-files`, `is-active`, `daemon-reload`, `enable`.

use super::consent::Consent;
use crate::checks::agent::ENABLE_COMMAND;
use crate::error::Failure;
use crate::output::Output;
use crate::probe::agent::{Answer, ask};
use crate::probe::agent_socket::standard_socket;
use crate::probe::user_manager::{OWN_SOCKET, systemctl};
use crate::prompt;

/// The sockets that a login starts, that of the agent first.
const SOCKETS: [&str; 3] = [OWN_SOCKET, "sshtpm-askpass.socket", "sshtpm-dialler.socket"];

/// The socket of the agent, which systemd has not started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// A login starts it; these of the sockets are started in one.
    UntilLogin(Vec<&'static str>),
    /// No login starts it either.
    Disabled,
}

impl Stopped {
    /// Looks at what systemd knows. `None` where none runs for the user, it has no such unit that
    /// it may start, has started it, or something listens there.
    pub(super) async fn look() -> Option<Self> {
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
            _ => None,
        }
    }

    /// What starts it, as arguments of `systemctl --user`.
    fn commands(&self) -> Vec<Vec<&'static str>> {
        match self {
            Self::UntilLogin(sockets) => vec![
                vec!["daemon-reload"],
                [&["start"], sockets.as_slice()].concat(),
            ],
            // This has systemd read its files anew by itself.
            Self::Disabled => vec![vec!["enable", "--now", OWN_SOCKET]],
        }
    }

    fn shown(&self) -> String {
        let why = match self {
            Self::UntilLogin(_) => {
                "sshtpm was installed after you logged in, or it was stopped; a login starts it"
            }
            Self::Disabled => "it is disabled, so that no login starts it",
        };
        let commands = self.commands().into_iter();
        let commands = commands.map(|words| format!("    systemctl --user {}", words.join(" ")));
        let commands = commands.collect::<Vec<_>>().join("\n");
        format!("Your systemd has not started the socket of the agent: {why}.\n{commands}")
    }

    /// Has systemd start it, if the person at the terminal wants that. Returns whether it is
    /// started.
    ///
    /// # Errors
    ///
    /// systemd does not start it, or the terminal cannot be used.
    pub(super) async fn start(&self, output: Output, consent: Consent) -> Result<bool, Failure> {
        match consent {
            Consent::Given => output.notice(&self.shown())?,
            Consent::Ask => {
                if !prompt::confirm(&format!("{}\nStart it", self.shown())).await? {
                    return Ok(false);
                }
            }
        }
        for command in self.commands() {
            systemctl(&command).await.map_err(|error| {
                Failure::new("systemd does not start the socket of the agent", error).and_next(
                    format!(
                        "`{ENABLE_COMMAND}`, or log in again. `journalctl --user -u {OWN_SOCKET}` \
                         may say more."
                    ),
                )
            })?;
        }
        Ok(true)
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
        let commands = stopped.commands();
        assert_eq!(commands[0], ["daemon-reload"]);
        assert_eq!(commands[1][..2], ["start", OWN_SOCKET]);
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
    fn a_disabled_agent_is_enabled_and_a_masked_one_left() {
        let stopped = listed("disabled", "enabled").unwrap();
        assert_eq!(stopped.commands(), [["enable", "--now", OWN_SOCKET]]);
        assert_eq!(listed("masked", "enabled"), None);
        assert_eq!(Stopped::read(b""), None);
        assert_eq!(
            Stopped::read(b"sshtpm-agent@.socket enabled enabled\n"),
            None
        );
    }
}

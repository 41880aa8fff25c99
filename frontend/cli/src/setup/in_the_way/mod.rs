//! What keeps `SSH_AUTH_SOCK` from being set, where setup cannot set it later: how to turn it off,
//! and on again.
//!
//! Purpose: name it, with what a person would type; and do that for a person who agrees.

mod keyring;
mod line_off;
mod remedy;
mod unit_off;

use std::path::{Path, PathBuf};

pub(super) use self::keyring::Keyring;
use self::line_off::LineOff;
pub(super) use self::line_off::{OFF, copies, restored};
pub(super) use self::remedy::Remedy;
pub(super) use self::unit_off::{State, state, turn_on};
use crate::error::Failure;
use crate::probe::agent;
use crate::probe::agent_socket::standard_socket;
use crate::probe::start_files::Line;
use crate::probe::user_manager::{OWN_SOCKET, Setter, UserManager};
use crate::shell_word::shell_word;

/// How the socket of GNOME's keyring ends, before it left that to gcr (in release 46).
const KEYRING: &str = "keyring/ssh";

/// How to turn that one off. Source: the Desktop Application Autostart Specification, `Hidden`.
const KEYRING_OFF: &str = "\
GNOME's keyring does so when the desktop starts. Turn that off, and log in again:
    mkdir -p ~/.config/autostart
    cp /etc/xdg/autostart/gnome-keyring-ssh.desktop ~/.config/autostart/
    echo Hidden=true >>~/.config/autostart/gnome-keyring-ssh.desktop
The way back: rm ~/.config/autostart/gnome-keyring-ssh.desktop";

/// What to do where nothing is known of it.
const OTHERS_OFF: &str = "\
Look for it in the start files of your desktop, such as ~/.xsessionrc. Once nothing sets it, run:
    systemctl --user unset-environment SSH_AUTH_SOCK
Or have ssh alone ask your agent, which nothing overrides: sshtpm setup --agent-by ssh-config";

/// What to do where all is written, and this session has another value.
const LATER: &str = "A program has set it since you logged in. Log in again, or run:";

/// What to do where a login shell has the variable and no line is known.
const NO_LINE: &str = "\
No start file of yours says so. Look in what they include, and in what PAM reads (pam_env(8)).";

/// What a value tells that systemd gives to programs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// What comes of a login.
    OfLogin,
    /// Nothing: setup has had systemd forget the variable since.
    Forgotten,
}

/// What is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A unit sets the variable after sshtpm could.
    Unit(Setter),
    /// A program of the session set it, to this value.
    Program(PathBuf),
    /// All is written, and a unit or a program has set it once more since the login.
    SetLater(Option<PathBuf>, Option<Setter>),
    /// This line of a start file starts an agent.
    Starts(Line),
    /// A login shell names this agent; the line that may say so.
    Names(PathBuf, Option<Line>),
}

impl Obstacle {
    /// What systemd gives to programs, if that is no socket's doing: sockets come before ours. If
    /// it gives nothing, or what environment.d says after the variable was forgotten, a service
    /// that runs at each login sets it at the next one.
    pub(crate) async fn of_systemd(manager: &UserManager, told: Value) -> Option<Self> {
        let service = manager.service_of_others();
        let Some(value) = &manager.given else {
            return service.cloned().map(Self::Unit);
        };
        if let (Value::Forgotten, Some(service)) = (told, service) {
            return Some(Self::Unit(service.clone()));
        }
        if agent::is_ours(value).await {
            return None;
        }
        match manager.setter_of(value) {
            Some(setter) if setter.unit.ends_with(".socket") => None,
            Some(setter) => Some(Self::Unit(setter.clone())),
            None => Some(Self::Program(value.clone())),
        }
    }

    /// What set the variable anew in this session.
    pub(crate) fn set_later(manager: &UserManager) -> Self {
        let value = manager.given.clone();
        let setter = value.as_ref().and_then(|value| manager.setter_of(value));
        Self::SetLater(value, setter.cloned())
    }

    /// The socket of the agent that has the variable.
    pub(crate) fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unit(setter) => Some(&setter.value),
            Self::Program(value) | Self::Names(value, _) => Some(value),
            Self::SetLater(value, _) => value.as_deref(),
            Self::Starts(_) => None,
        }
    }

    /// What it is, and how a person turns it off.
    pub(crate) fn failure(&self) -> Failure {
        let next = match self {
            Self::Unit(setter) => of_unit(setter),
            Self::Program(value) if value.ends_with(KEYRING) => KEYRING_OFF.to_owned(),
            Self::Program(_) => OTHERS_OFF.to_owned(),
            Self::SetLater(..) => format!("{LATER}\n    {}", set_again()),
            Self::Starts(_) => {
                "Remove that line, or put a # before it, and run setup again.".to_owned()
            }
            Self::Names(_, Some(line)) => {
                format!("See {line}. Remove that line, or put a # before it, and run setup again.")
            }
            Self::Names(_, None) => NO_LINE.to_owned(),
        };
        Failure::new("ssh does not ask your agent", self.found()).and_next(next)
    }

    /// What was found.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::Unit(setter) => format!(
                "{} sets SSH_AUTH_SOCK to {} after sshtpm could",
                setter.unit,
                setter.value.display()
            ),
            Self::Program(value) => format!(
                "a program of this session set SSH_AUTH_SOCK to {} for what systemd starts",
                value.display()
            ),
            Self::SetLater(value, setter) => {
                let value = value.as_ref();
                let value = value.map_or("nothing".into(), |value| value.display().to_string());
                let by = setter
                    .as_ref()
                    .map(|setter| format!(", by {}", setter.unit));
                let by = by.unwrap_or_default();
                format!("what systemd starts now has {value} in SSH_AUTH_SOCK{by}")
            }
            Self::Starts(line) => format!("{line} starts another agent"),
            Self::Names(value, _) => {
                format!("a login shell sets SSH_AUTH_SOCK to {}", value.display())
            }
        }
    }

    /// How setup can turn it off, if it can.
    pub(crate) fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unit(setter) => Remedy::unit(setter),
            Self::SetLater(_, Some(setter)) if setter.unit != OWN_SOCKET => Remedy::unit(setter),
            Self::Program(value) if value.ends_with(KEYRING) => {
                Keyring::to_turn_off().map(Remedy::Keyring)
            }
            Self::Starts(line) | Self::Names(_, Some(line)) => LineOff::of(line).map(Remedy::Line),
            Self::SetLater(..) | Self::Program(_) | Self::Names(_, None) => None,
        }
    }
}

fn of_unit(setter: &Setter) -> String {
    // Names of units can have backslashes in them.
    let unit = shell_word(&setter.unit);
    let (off, on) = match unit_off::is_of_the_system(setter) {
        true => (
            "mask",
            format!("unmask {unit}; systemctl --user start {unit}"),
        ),
        false => ("disable", format!("enable --now {unit}")),
    };
    format!(
        "Turn it off, and run setup again:\n    \
         systemctl --user {off} --now {unit}\n    \
         systemctl --user unset-environment SSH_AUTH_SOCK\n\
         The way back: systemctl --user {on}"
    )
}

/// The command that has systemd give our agent again.
fn set_again() -> String {
    let assignment = format!("SSH_AUTH_SOCK={}", standard_socket().display());
    format!(
        "systemctl --user set-environment {}",
        shell_word(assignment)
    )
}

#[cfg(test)]
mod tests {
    use super::{Obstacle, Value};
    use crate::probe::user_manager::{Setter, UserManager};

    async fn told(file: Option<&str>, value: &str) -> Option<String> {
        let setters = file.map(|file| Setter {
            unit: file.rsplit('/').next().unwrap().to_owned(),
            value: value.into(),
            file: file.into(),
            runs_at_login: true,
        });
        let manager = UserManager {
            given: Some(value.into()),
            setters: setters.into_iter().collect(),
            own_after: Vec::new(),
        };
        let found = Obstacle::of_systemd(&manager, Value::OfLogin).await;
        found.map(|obstacle| obstacle.failure().to_string())
    }

    #[tokio::test]
    async fn a_socket_is_not_in_the_way_since_ours_comes_after_it() {
        let socket = told(Some("/usr/lib/systemd/user/ssh-agent.socket"), "/a");
        assert_eq!(socket.await, None);
    }

    #[tokio::test]
    async fn a_service_is_named_with_how_to_turn_it_off_and_on() {
        for (file, off, on) in [
            (
                "/usr/lib/systemd/user/a.service",
                "mask --now a.service",
                "unmask a.service",
            ),
            (
                "/home/a/.config/systemd/user/a.service",
                "disable --now a.service",
                "enable --now",
            ),
        ] {
            let told = told(Some(file), "/a").await.unwrap();
            for part in [off, on, "unset-environment SSH_AUTH_SOCK"] {
                assert!(told.contains(part), "{told}");
            }
        }
    }

    /// A unit of a package.
    fn unit(unit: &str, runs_at_login: bool) -> Setter {
        Setter {
            unit: unit.to_owned(),
            value: "/a".into(),
            file: "/usr/lib/systemd/user/a".into(),
            runs_at_login,
        }
    }

    /// What is found while the variable is not set.
    async fn unset(name: &str, runs_at_login: bool) -> Option<Obstacle> {
        let manager = UserManager {
            setters: vec![unit(name, runs_at_login)],
            ..UserManager::default()
        };
        Obstacle::of_systemd(&manager, Value::OfLogin).await
    }

    #[tokio::test]
    async fn a_second_service_is_found_after_the_first_is_turned_off() {
        let found = unset("second.service", true).await.unwrap();
        assert!(found.found().starts_with("second.service sets"));
        assert_eq!(unset("off.service", false).await, None);
        assert_eq!(unset("early.socket", true).await, None);
    }

    #[tokio::test]
    async fn a_second_service_is_found_although_environment_d_names_ours() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("sshtpm-x/agent.sock");
        std::fs::create_dir(socket.parent().unwrap()).unwrap();
        let _agent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let mut manager = UserManager {
            given: Some(socket),
            setters: vec![unit("second.service", true)],
            ..UserManager::default()
        };
        assert_eq!(Obstacle::of_systemd(&manager, Value::OfLogin).await, None);
        let found = Obstacle::of_systemd(&manager, Value::Forgotten).await;
        assert!(found.unwrap().found().starts_with("second.service sets"));
        manager.setters = vec![unit("off.service", false), unit("early.socket", true)];
        assert_eq!(Obstacle::of_systemd(&manager, Value::Forgotten).await, None);
    }

    #[tokio::test]
    async fn a_program_is_named_if_its_socket_is_known() {
        let keyring = told(None, "/run/user/1/keyring/ssh").await.unwrap();
        assert!(keyring.contains("gnome-keyring-ssh.desktop"), "{keyring}");
        let other = told(None, "/tmp/x").await.unwrap();
        assert!(other.contains("start files of your desktop"), "{other}");
    }
}

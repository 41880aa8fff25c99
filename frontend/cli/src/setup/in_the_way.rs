//! What keeps `SSH_AUTH_SOCK` from being set, where setup cannot set it later: how to turn it off,
//! and on again.

use std::path::Path;

use crate::error::Failure;
use crate::probe::agent;
use crate::probe::start_files::Line;
use crate::probe::user_manager::{Setter, UserManager};

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

/// What systemd gives to programs, if that is no socket's doing: sockets come before ours.
pub(crate) async fn of_systemd(manager: &UserManager) -> Option<Failure> {
    let value = manager.given.as_ref()?;
    if agent::is_ours(value).await {
        return None;
    }
    match manager.setter_of(value) {
        Some(setter) if setter.unit.ends_with(".socket") => None,
        Some(setter) => Some(of_unit(setter)),
        None => Some(of_program(value)),
    }
}

fn of_unit(setter: &Setter) -> Failure {
    let (unit, value) = (&setter.unit, setter.value.display());
    let why = format!("{unit} sets SSH_AUTH_SOCK to {value} after sshtpm could");
    // A unit of the user's own cannot be masked, and one of the system's not be disabled for one
    // user.
    let mut places = ["/usr", "/etc", "/run"].iter();
    let (off, on) = match places.any(|place| setter.file.starts_with(place)) {
        true => (
            "mask",
            format!("unmask {unit}; systemctl --user start {unit}"),
        ),
        false => ("disable", format!("enable --now {unit}")),
    };
    Failure::new("ssh does not ask your agent", why).and_next(format!(
        "Turn it off, and run setup again:\n    \
         systemctl --user {off} --now {unit}\n    \
         systemctl --user unset-environment SSH_AUTH_SOCK\n\
         The way back: systemctl --user {on}"
    ))
}

fn of_program(value: &Path) -> Failure {
    let why = format!(
        "a program of this session set SSH_AUTH_SOCK to {} for what systemd starts",
        value.display()
    );
    let next = match value.ends_with(KEYRING) {
        true => KEYRING_OFF,
        false => OTHERS_OFF,
    };
    Failure::new("ssh does not ask your agent", why).and_next(next)
}

/// A line of a start file by which a login shell starts an agent.
pub(crate) fn of_line(line: &Line) -> Failure {
    Failure::new(
        "ssh does not ask your agent",
        format!("{line} starts another agent"),
    )
    .and_next("Remove that line, or put a # before it, and run setup again.")
}

/// What a login shell names.
pub(crate) fn of_shell(value: &Path, line: Option<&Line>) -> Failure {
    let why = format!("a login shell sets SSH_AUTH_SOCK to {}", value.display());
    let next = match line {
        Some(line) => {
            format!("See {line}. Remove that line, or put a # before it, and run setup again.")
        }
        None => "No start file of yours says so. Look in what they include, and in what PAM reads \
                 (pam_env(8))."
            .to_owned(),
    };
    Failure::new("ssh does not ask your agent", why).and_next(next)
}

#[cfg(test)]
mod tests {
    use super::of_systemd;
    use crate::probe::user_manager::{Setter, UserManager};

    async fn told(file: Option<&str>, value: &str) -> Option<String> {
        let setters = file.map(|file| Setter {
            unit: file.rsplit('/').next().unwrap().to_owned(),
            value: value.into(),
            file: file.into(),
        });
        let manager = UserManager {
            given: Some(value.into()),
            setters: setters.into_iter().collect(),
            own_after: Vec::new(),
        };
        of_systemd(&manager)
            .await
            .map(|failure| failure.to_string())
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

    #[tokio::test]
    async fn a_program_is_named_if_its_socket_is_known() {
        let keyring = told(None, "/run/user/1/keyring/ssh").await.unwrap();
        assert!(keyring.contains("gnome-keyring-ssh.desktop"), "{keyring}");
        let other = told(None, "/tmp/x").await.unwrap();
        assert!(other.contains("start files of your desktop"), "{other}");
    }
}

//! Whether the user's sshtpm-agent listens, is the user's own, and offers the user's keys.

use std::path::Path;

use ssh_key::public::KeyData;
use sshtpm_dbus::KeyInfo;

use super::finding::{Advice, Finding};
use crate::probe::agent::{Answer, offers, usable};
use crate::probe::agent_socket;
use crate::probe::keys::Keys;
use crate::probe::own_unit::Stopped;
use crate::shell_word::shell_word;

/// How to have the agent's socket now and after each login.
pub(crate) const ENABLE_COMMAND: &str = "systemctl --user enable --now sshtpm-agent.socket";

/// How to have the socket anew, if one is left that no agent serves.
const RESTART_COMMAND: &str = "systemctl --user restart sshtpm-agent.socket";

/// Whether the agent at `socket` gives a good `answer`, where the user has these keys; its unit may
/// be `stopped`.
pub(crate) fn check(
    socket: &Path,
    answer: &Answer,
    stopped: Option<&Stopped>,
    keys: &Keys,
    is_root: bool,
) -> Finding {
    let path = socket.display();
    match answer {
        Answer::Missing if is_root => {
            Finding::skipped("root has no agent; run this as the user whose agent you mean")
        }
        Answer::Missing => Finding::Fail(missing(socket, stopped)),
        Answer::Unreachable(error) => Finding::fail(
            format!("nothing answers at {path}: {error}"),
            how_to_start(stopped, RESTART_COMMAND),
        ),
        Answer::Foreign(uid) => Finding::fail(
            format!("the process that listens at {path} runs as uid {uid}, not as you"),
            "Do not use it. Find out which program put it there.",
        ),
        Answer::Listens => Finding::ok(format!(
            "your agent listens at {path}; its keys were not checked, because yours cannot be \
             listed"
        )),
        Answer::Refuses(error) => Finding::fail(
            format!("the agent at {path} does not list its keys: {error}"),
            "`systemctl --user restart sshtpm-agent.service`. `journalctl --user -u sshtpm-agent` \
             says more.",
        ),
        Answer::Offers(offered) => compare(socket, offered, keys.as_deref().unwrap_or_default()),
    }
}

/// What to do where there is no agent.
pub(crate) fn missing(socket: &Path, stopped: Option<&Stopped>) -> Advice {
    Advice {
        found: format!("there is no agent at {}", socket.display()),
        next: how_to_start(stopped, ENABLE_COMMAND),
    }
}

/// What starts the unit if it is known to be `stopped`, as setup does; `otherwise` this command.
fn how_to_start(stopped: Option<&Stopped>, otherwise: &str) -> String {
    match stopped {
        Some(stopped) => format!("`{}`.", stopped.commands().join("`, then `")),
        None => format!(
            "`{otherwise}`.\nWithout a systemd user manager: `{}`.",
            agent_socket::START_COMMAND
        ),
    }
}

fn compare(socket: &Path, offered: &[KeyData], keys: &[KeyInfo]) -> Finding {
    let path = socket.display();
    let usable = usable(keys);
    if !offered.iter().all(|key| usable.contains(key)) {
        return Finding::fail(
            format!("the agent at {path} offers keys that the broker does not have"),
            format!("It is not sshtpm-agent. End it, then `{ENABLE_COMMAND}`."),
        );
    }
    let count = usable.len();
    if offered.is_empty() && !offers(offered, keys) {
        return Finding::fail(
            format!("the agent at {path} offers none of your keys; it may be locked"),
            format!(
                "If you locked it, unlock it with its passphrase: `SSH_AUTH_SOCK={} ssh-add \
                 -X`.\nOtherwise: `systemctl --user restart sshtpm-agent.service`, then look \
                 again.",
                shell_word(socket)
            ),
        );
    }
    if !offers(offered, keys) {
        return Finding::fail(
            format!(
                "the agent at {path} offers {} of your {count} keys",
                offered.len()
            ),
            "`systemctl --user restart sshtpm-agent.service`, then look again.",
        );
    }
    match count {
        0 => Finding::ok(format!("your agent at {path} has no key to offer")),
        1 => Finding::ok(format!("your agent at {path} offers your key")),
        _ => Finding::ok(format!("your agent at {path} offers your {count} keys")),
    }
}

#[cfg(test)]
#[path = "agent_tests.rs"]
mod tests;

//! Which agent programs find that do not read ssh's configuration, such as ssh-add and git's
//! signatures; and whether an agent that `ssh -A` brought along is passed over.
//!
//! Purpose: say what was seen, in a unit of the user's systemd and in a login shell. Files tell
//! what is meant, but not what comes of it.
//!
//! May touch: has systemd run a unit that prints its environment, and a login shell the same.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::probe::agent;
use crate::probe::forwarded_agent;
use crate::probe::login_shell::AgentOfShell;
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::probe::ssh_settings::{SshSettings, Unsaid};
use crate::probe::user_manager::{OWN_SOCKET, UserManager};

/// What to do where the variable should name ours, and does not.
const SETUP: &str = "`sshtpm setup --agent-by environment` says what is in the way, or sets it.";

/// What to do where ssh passes over the agent that `ssh -A` brought.
const FORWARDED: &str = "\
To have ssh ask it, for one login: ssh -o IdentityAgent=SSH_AUTH_SOCK HOST
The line that says otherwise is IdentityAgent in ssh's configuration.";

/// What was seen.
#[derive(Debug)]
struct Seen {
    /// What the user's systemd gives to programs; `None` if no systemd runs for the user.
    manager: Option<UserManager>,
    shell: AgentOfShell,
}

/// What was found of the environment of the user's sessions.
pub(crate) async fn check(asked: &Result<SshSettings, Unsaid>, is_root: bool) -> Finding {
    if is_root {
        return Finding::skipped("run this as the user whose sessions you mean, not as root");
    }
    if let (Ok(settings), Some(forwarded)) = (asked, forwarded_agent::socket().await)
        && let Some(finding) = of_forwarded(&AgentOfSsh::read(settings), &forwarded)
    {
        return finding;
    }
    let seen = Seen {
        manager: UserManager::ask().await.ok(),
        shell: AgentOfShell::look().await,
    };
    judge(&seen).await
}

fn of_forwarded(asked: &AgentOfSsh, forwarded: &Path) -> Option<Finding> {
    let passed_over = asked.by == By::IdentityAgent && asked.socket.as_deref() != Some(forwarded);
    passed_over.then(|| {
        let found = format!(
            "`ssh -A` brought an agent here, {}, which ssh does not ask",
            forwarded.display()
        );
        Finding::warn(found, FORWARDED)
    })
}

async fn judge(seen: &Seen) -> Finding {
    let systemd = match &seen.manager {
        Some(manager) => match of_systemd(manager).await {
            Ok(told) => told,
            Err(finding) => return finding,
        },
        None => "no systemd runs for you".to_owned(),
    };
    let shell = match &seen.shell {
        AgentOfShell::None => "a login shell names no agent".to_owned(),
        AgentOfShell::Named(socket, _) => {
            format!("a login shell names {}", told(Some(socket)).await)
        }
        AgentOfShell::Started(line) => {
            format!("{line} starts an agent, so no login shell was asked")
        }
        AgentOfShell::Unasked(why) => format!("a login shell could not be asked: {why}"),
    };
    Finding::ok(format!("{systemd}; {shell}"))
}

/// What systemd gives.
///
/// # Errors
///
/// Our socket should have set the variable, and it names another agent.
async fn of_systemd(manager: &UserManager) -> Result<String, Finding> {
    let given = manager.given.as_ref();
    let found = format!("what systemd starts has {}", told(given).await);
    let is_ours = agent::is_named(given.map(PathBuf::as_path)).await;
    let meant = manager
        .setters
        .iter()
        .any(|setter| setter.unit == OWN_SOCKET);
    if is_ours || !meant {
        return Ok(found);
    }
    let by = given.and_then(|given| manager.setter_of(given));
    let by = by.map_or("a program of this session".to_owned(), |by| by.unit.clone());
    let found = format!("{found}, although {OWN_SOCKET} sets sshtpm-agent: {by} did that later");
    Err(Finding::warn(found, SETUP))
}

async fn told(socket: Option<&PathBuf>) -> String {
    match socket {
        None => "no agent".to_owned(),
        Some(socket) if agent::is_ours(socket).await => "sshtpm-agent".to_owned(),
        Some(socket) => format!("the agent {}", socket.display()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{AgentOfShell, AgentOfSsh, By, Finding, OWN_SOCKET, Seen, judge, of_forwarded};
    use crate::probe::user_manager::{Setter, UserManager};

    async fn look(setters: &[&str], given: &str) -> Finding {
        let setters = setters.iter().map(|unit| Setter {
            unit: (*unit).to_owned(),
            value: format!("/{unit}").into(),
            file: "/x".into(),
            runs_at_login: true,
        });
        let manager = UserManager {
            given: Some(given.into()),
            setters: setters.collect(),
            own_after: Vec::new(),
        };
        let seen = Seen {
            manager: Some(manager),
            shell: AgentOfShell::None,
        };
        judge(&seen).await
    }

    #[tokio::test]
    async fn a_unit_that_sets_another_agent_after_ours_is_named() {
        let units = [OWN_SOCKET, "ssh-agent.socket"];
        let Finding::Warn(advice) = look(&units, "/ssh-agent.socket").await else {
            panic!("it is no warning");
        };
        assert!(advice.found.contains("ssh-agent.socket did"), "{advice:?}");
        let Finding::Warn(advice) = look(&units, "/tmp/x").await else {
            panic!("it is no warning");
        };
        assert!(advice.found.contains("a program of this"), "{advice:?}");
    }

    #[tokio::test]
    async fn another_agent_is_no_fault_if_ours_is_not_meant() {
        let found = look(&["ssh-agent.socket"], "/ssh-agent.socket").await;
        assert!(matches!(found, Finding::Ok(_)), "{found:?}");
    }

    #[test]
    fn a_forwarded_agent_that_ssh_passes_over_is_a_warning() {
        let forwarded = Path::new("/tmp/ssh-x/agent.1");
        let asks = |by, socket: &str| AgentOfSsh {
            by,
            socket: Some(socket.into()),
        };
        let passed_over = asks(By::IdentityAgent, "/run/user/1/sshtpm/agent.sock");
        assert!(of_forwarded(&passed_over, forwarded).is_some());
        for kept in [
            asks(By::Environment, "/tmp/ssh-x/agent.1"),
            asks(By::IdentityAgent, "/tmp/ssh-x/agent.1"),
        ] {
            assert_eq!(of_forwarded(&kept, forwarded), None);
        }
    }
}

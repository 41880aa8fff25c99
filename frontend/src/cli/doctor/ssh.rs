//! Which agent ssh will ask: a key that ssh does not find is mostly a matter of that.
//!
//! May touch: the socket of the agent that ssh asks, with one request for its list.

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use super::agent::{self, Answer};
use super::finding::Finding;
use super::keys::{Keys, is_lost};
use super::ssh_settings::{AgentOfSsh, By, Unsaid};

/// What to do where ssh asks somebody else.
const SETUP: &str = "`sshtpm setup` has ssh ask sshtpm-agent, and says what that changes.";

/// Whether ssh asks sshtpm-agent.
pub(crate) async fn check(
    asked: &Result<AgentOfSsh, Unsaid>,
    keys: &Keys,
    is_root: bool,
) -> Finding {
    if is_root && keys.as_ref().is_ok_and(Vec::is_empty) {
        return Finding::skipped("root has no keys; run it as the user whose ssh you mean");
    }
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => return unsaid(error),
    };
    match &asked.socket {
        None => nobody(asked.by),
        Some(socket) if agent::is_ours(socket) => ours(asked.by, socket, socket.exists()),
        Some(socket) => {
            // Where the keys are not known, asking for them could have a person asked.
            let answer = agent::ask(socket, keys.is_ok()).await;
            other(
                asked.by,
                socket,
                &answer,
                keys.as_deref().unwrap_or_default(),
            )
        }
    }
}

fn unsaid(error: &Unsaid) -> Finding {
    let next = match error {
        Unsaid::NotRun(_) => "Install it (openssh-client).",
        Unsaid::Silent => "A `Match exec` in ssh's configuration may wait for something.",
        Unsaid::BadConfiguration(_) => "Correct the line that it names.",
    };
    Finding::fail(error.to_string(), next)
}

fn nobody(by: By) -> Finding {
    match by {
        By::IdentityAgent => Finding::warn(
            "ssh asks no agent, as IdentityAgent in its configuration says",
            "Remove that line, then run `sshtpm setup`.",
        ),
        By::Environment => Finding::warn("ssh asks no agent, as SSH_AUTH_SOCK is not set", SETUP),
    }
}

fn ours(by: By, socket: &Path, exists: bool) -> Finding {
    let path = socket.display();
    if exists {
        return Finding::ok(format!("ssh asks sshtpm-agent, by {by}"));
    }
    Finding::fail(
        format!("ssh asks sshtpm-agent at {path}, by {by}, and nothing is there"),
        match by {
            By::IdentityAgent => "The agent has to be started: see the line above.",
            By::Environment => "That agent has ended. Log in anew, or `unset SSH_AUTH_SOCK`.",
        },
    )
}

/// It may be an sshtpm-agent nevertheless, started with `-a`.
fn other(by: By, socket: &Path, answer: &Answer, keys: &[KeyInfo]) -> Finding {
    let path = socket.display();
    let offered = match answer {
        Answer::Offers(offered) => offered.as_slice(),
        _ => &[],
    };
    let usable = keys.iter().filter(|key| !is_lost(key)).count();
    if usable > 0 && agent::offers(offered, keys) {
        return Finding::ok(format!("ssh asks {path}, by {by}, which offers your keys"));
    }
    let next = match by {
        By::IdentityAgent => {
            "It is somebody's setting: change it to sshtpm-agent's socket where you want its keys."
        }
        By::Environment => SETUP,
    };
    Finding::warn(format!("ssh asks another agent, {path}, by {by}"), next)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use ssh_key::PublicKey;

    use super::{AgentOfSsh, Answer, By, Unsaid, check, other, ours};
    use crate::cli::doctor::finding::Finding;
    use crate::cli::key_listing::example_key;

    async fn look(by: By, socket: Option<&str>) -> Finding {
        let socket = socket.map(PathBuf::from);
        check(&Ok(AgentOfSsh { by, socket }), &Ok(Vec::new()), false).await
    }

    #[tokio::test]
    async fn an_ssh_that_asks_nobody_or_another_is_a_warning() {
        for by in [By::Environment, By::IdentityAgent] {
            assert!(matches!(look(by, None).await, Finding::Warn(_)));
            let other = look(by, Some("/nonexistent/agent")).await;
            assert!(matches!(other, Finding::Warn(_)));
        }
    }

    #[tokio::test]
    async fn root_without_keys_need_not_care() {
        let unsaid = Err(Unsaid::Silent);
        let finding = check(&unsaid, &Ok(Vec::new()), true).await;
        assert!(matches!(finding, Finding::Skipped(_)), "{finding:?}");
        let finding = check(&unsaid, &Ok(vec![example_key()]), true).await;
        assert!(matches!(finding, Finding::Fail(_)), "{finding:?}");
    }

    #[tokio::test]
    async fn an_agent_of_ours_that_has_ended_fails() {
        let gone = look(By::Environment, Some("/nonexistent/sshtpm/agent.sock")).await;
        assert!(matches!(gone, Finding::Fail(_)), "{gone:?}");
    }

    #[test]
    fn an_agent_of_ours_that_is_there_is_fine() {
        let path = Path::new("/run/user/1/sshtpm/agent.sock");
        let finding = ours(By::IdentityAgent, path, true);
        assert!(matches!(finding, Finding::Ok(_)), "{finding:?}");
    }

    #[test]
    fn an_agent_by_another_name_that_offers_the_keys_is_fine() {
        let key = PublicKey::from_openssh(&example_key().public_key).unwrap();
        let answer = Answer::Offers(vec![key.key_data().clone()]);
        let look = |answer| other(By::Environment, Path::new("/x"), answer, &[example_key()]);
        assert!(matches!(look(&answer), Finding::Ok(_)));
        let empty = Answer::Offers(Vec::new());
        assert!(matches!(look(&empty), Finding::Warn(_)));
    }

    #[tokio::test]
    async fn an_ssh_that_does_not_say_fails_with_its_own_words() {
        let unsaid = Unsaid::BadConfiguration("line 3: bad".to_owned());
        let Finding::Fail(advice) = check(&Err(unsaid), &Ok(Vec::new()), false).await else {
            panic!("it did not fail");
        };
        assert!(advice.found.contains("line 3: bad"), "{advice:?}");
    }
}

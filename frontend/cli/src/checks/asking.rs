//! Whether somebody can be asked, if a key needs its PIN or a confirmation.
//!
//! Purpose: judge what the agent would meet, not this process. The agent says whether it can ask.
//! The one of systemd leaves that to a service, which has the environment of the user's systemd. If
//! neither says anything, this looks at its own environment, and says so.

use std::path::Path;

use sshtpm_client::pin::{Person, Refusal};
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::agent_report::Asks;

use super::finding::Finding;
use crate::key_selector::describe;
use crate::key_state::is_locked;
use crate::nobody::{HOW_TO_CONFIRM, how_to_unlock};
use crate::probe::{agent_report, polkit_agents, user_manager};

/// Whether and by whom the owner can be asked for a PIN.
#[derive(Debug)]
struct Seen {
    result: Result<(), Refusal>,
    by: By,
}

/// Whose environment that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The agent's, as it says itself, or as its service gets it.
    Agent,
    /// That of this process.
    Here,
}

/// Whether the owner of `keys`, whose agent is at `socket`, can be asked what they need. Nothing if
/// they need nothing.
pub(super) async fn check(keys: &[&KeyInfo], socket: &Path) -> Option<Finding> {
    let needs_anybody = keys.iter().any(|key| is_locked(key) || key.confirm);
    if !needs_anybody {
        return None;
    }
    judge(keys, &look(socket).await, polkit_agents::is_there())
}

async fn look(socket: &Path) -> Seen {
    let result = match agent_report::ask(socket).await.map(|report| report.asks) {
        Ok(Asks::Itself) => Some(Ok(())),
        Ok(Asks::NoDesktop) => Some(Err(Refusal::NoDesktop)),
        Ok(Asks::NoAsker) => Some(Err(Refusal::NoAsker)),
        Ok(Asks::ByService) => of_systemd().await,
        Err(_) => None,
    };
    match result {
        Some(result) => Seen {
            result,
            by: By::Agent,
        },
        None => Seen {
            result: Person::of_environment().is_at_desktop(),
            by: By::Here,
        },
    }
}

async fn of_systemd() -> Option<Result<(), Refusal>> {
    let variables = user_manager::environment().await.ok()?;
    let person = Person::of_variables(|name| variables.get(name).cloned());
    Some(person.is_at_desktop())
}

fn judge(keys: &[&KeyInfo], seen: &Seen, asked_to_confirm: bool) -> Option<Finding> {
    let locked = keys.iter().find(|key| is_locked(key));
    let confirmed = keys.iter().find(|key| key.confirm);
    Some(match (locked, &seen.result, confirmed) {
        (Some(key), Err(refusal), _) => Finding::warn(
            match seen.by {
                By::Agent => format!(
                    "your agent cannot ask for the PIN of key {}: {refusal}",
                    describe(key)
                ),
                By::Here => format!(
                    "nobody can be asked from here for the PIN of key {}: {refusal}",
                    describe(key)
                ),
            },
            how_to_unlock(refusal),
        ),
        (_, _, Some(key)) if !asked_to_confirm => Finding::warn(
            format!(
                "no program was found that asks you to confirm uses of key {}",
                describe(key)
            ),
            HOW_TO_CONFIRM,
        ),
        (None, _, None) => return None,
        _ => Finding::ok("you can be asked for what your keys need"),
    })
}

#[cfg(test)]
mod tests {
    use super::{By, Finding, KeyInfo, Refusal, Seen, judge};
    use crate::key_listing::example_key;

    fn look(pin: bool, confirm: bool, asked: Result<(), Refusal>, agent: bool) -> Option<Finding> {
        let key = KeyInfo {
            pin,
            confirm,
            ..example_key()
        };
        let seen = Seen {
            result: asked,
            by: By::Agent,
        };
        judge(&[&key], &seen, agent)
    }

    #[test]
    fn keys_that_need_nobody_are_no_matter() {
        assert_eq!(look(false, false, Err(Refusal::NoDesktop), false), None);
    }

    #[test]
    fn a_locked_key_without_anybody_to_ask_is_a_warning() {
        let finding = look(true, false, Err(Refusal::NoDesktop), false);
        assert!(matches!(finding, Some(Finding::Warn(_))), "{finding:?}");
        let finding = look(true, false, Ok(()), false);
        assert!(matches!(finding, Some(Finding::Ok(_))), "{finding:?}");
    }

    #[test]
    fn a_key_to_confirm_without_a_polkit_agent_is_a_warning() {
        let finding = look(false, true, Ok(()), false);
        assert!(matches!(finding, Some(Finding::Warn(_))), "{finding:?}");
        let finding = look(false, true, Ok(()), true);
        assert!(matches!(finding, Some(Finding::Ok(_))), "{finding:?}");
    }
}

//! Whether somebody can be asked, if a key needs its PIN or a confirmation.
//!
//! This looks at the environment of this process. That of an agent in another session can differ.

use sshtpm_client::pin::{Person, Refusal};
use sshtpm_dbus::KeyInfo;

use super::finding::Finding;
use crate::key_selector::describe;
use crate::key_state::is_locked;
use crate::nobody::{HOW_TO_CONFIRM, how_to_unlock};
use crate::probe::polkit_agents;

/// Whether the owner of `keys` can be asked what they need. Nothing if they need nothing.
pub(super) fn check(keys: &[&KeyInfo]) -> Option<Finding> {
    let asked_for_pin = Person::of_environment().is_at_desktop();
    judge(keys, &asked_for_pin, polkit_agents::is_there())
}

fn judge(
    keys: &[&KeyInfo],
    asked_for_pin: &Result<(), Refusal>,
    asked_to_confirm: bool,
) -> Option<Finding> {
    let locked = keys.iter().find(|key| is_locked(key));
    let confirmed = keys.iter().find(|key| key.confirm);
    Some(match (locked, asked_for_pin, confirmed) {
        (Some(key), Err(refusal), _) => Finding::warn(
            format!(
                "nobody can be asked from here for the PIN of key {}: {refusal}",
                describe(key)
            ),
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
    use super::{Finding, KeyInfo, Refusal, judge};
    use crate::key_listing::example_key;

    fn look(pin: bool, confirm: bool, asked: Result<(), Refusal>, agent: bool) -> Option<Finding> {
        let key = KeyInfo {
            pin,
            confirm,
            ..example_key()
        };
        judge(&[&key], &asked, agent)
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

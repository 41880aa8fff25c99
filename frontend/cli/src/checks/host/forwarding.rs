//! Whether the keys can be used at the host, if ssh forwards the agent there.

use sshtpm_dbus::KeyInfo;

use crate::checks::finding::Finding;
use crate::key_selector::describe;
use crate::probe::ssh_settings::SshSettings;
use crate::restrictions::place::Place;

/// Whether `keys` can be used over the connection to `place`. Nothing if the agent stays here.
pub(super) fn check(place: &Place, settings: &SshSettings, keys: &[&KeyInfo]) -> Option<Finding> {
    let forward = settings.text("forwardagent")?;
    if forward == "no" {
        return None;
    }
    let kept: Vec<&&KeyInfo> = keys.iter().filter(|key| !key.forwarding).collect();
    let names: Vec<String> = kept.iter().map(|key| describe(key)).collect();
    let (count, names) = (keys.len(), names.join(", "));
    Some(match kept.first() {
        Some(first) if kept.len() == count => Finding::warn(
            format!("ssh forwards the agent to {place}, but no key may be used there: {names}"),
            format!(
                "Allow it, which asks for your password: `sshtpm restrict {} --forwarding`.\n\
                 Or set ForwardAgent to no for this host.",
                first.fingerprint
            ),
        ),
        Some(_) => Finding::ok(format!(
            "ssh forwards the agent to {place}; these keys may not be used there: {names}"
        )),
        None => Finding::ok(format!(
            "ssh forwards the agent to {place}: programs there can use your keys while you are \
             logged in"
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::{KeyInfo, Place, SshSettings, check};
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;

    fn look(settings: &str, forwarding: &[bool]) -> Option<Finding> {
        let keys = forwarding.iter().map(|&forwarding| KeyInfo {
            forwarding,
            ..example_key()
        });
        let keys: Vec<KeyInfo> = keys.collect();
        let keys: Vec<&KeyInfo> = keys.iter().collect();
        let place = Place::parse("alpha").unwrap();
        check(&place, &SshSettings::of(settings), &keys)
    }

    #[test]
    fn keys_that_stay_here_are_a_warning_where_the_agent_is_forwarded() {
        let finding = look("forwardagent yes\n", &[false]);
        assert!(matches!(finding, Some(Finding::Warn(_))), "{finding:?}");
        let finding = look("forwardagent yes\n", &[false, true]);
        assert!(matches!(finding, Some(Finding::Ok(_))), "{finding:?}");
    }

    #[test]
    fn an_agent_that_stays_here_is_no_matter() {
        assert_eq!(look("forwardagent no\n", &[false]), None);
        assert_eq!(look("", &[false]), None);
    }
}

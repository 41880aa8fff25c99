//! What ssh would do at one host: whether it knows the host, which keys it offers there and in
//! which order, and whether they may log in there.
//!
//! May touch: the files that ssh's configuration names for the host, and the agent that ssh asks,
//! with one request for its list. Must never contact the host.

mod certificate_file;
mod forwarding;
mod order;
mod rules;

use sshtpm_dbus::{HostKey, KeyInfo};

pub(crate) use self::rules::allow;
use super::finding::{Checked, Finding};
use crate::key_state::is_lost;
use crate::known_hosts;
use crate::person;
use crate::probe::keys::Keys;
use crate::probe::ssh_settings::SshSettings;
use crate::raw;
use crate::restrictions::place::Place;
use crate::shell_word::shell_word;

/// The checks of `place`, for which ssh has these `settings`.
pub(super) async fn checks(place: &Place, settings: &SshSettings, keys: &Keys) -> Vec<Checked> {
    let known = known_hosts::look_up(place).await.map(|host| host.keys);
    let known = known.unwrap_or_default();
    // Agents do not offer raw keys.
    let usable = keys.iter().flatten();
    let usable = usable.filter(|key| !is_lost(key) && !raw::is_raw(key));
    let usable: Vec<&KeyInfo> = usable.collect();
    let home = person::home_directory().ok();
    let mut checks = vec![Checked::new("host key", host_key(place, &known))];
    if usable.is_empty() {
        return checks;
    }
    checks.push(Checked::new(
        "rules",
        rules(place, settings, &known, &usable),
    ));
    let order = order::check(place, settings, home.as_deref(), &usable).await;
    checks.push(Checked::new("order", order));
    let certificates = certificate_file::check(settings, home.as_deref());
    checks.extend(certificates.map(|finding| Checked::new("certificate", finding)));
    let forwarding = forwarding::check(place, settings, &usable);
    checks.extend(forwarding.map(|finding| Checked::new("forwarding", finding)));
    checks
}

/// Whether the rules of `keys` let them log in, where the host is `known` by these keys.
pub(crate) fn rules(
    place: &Place,
    settings: &SshSettings,
    known: &[HostKey],
    keys: &[&KeyInfo],
) -> Finding {
    let user = settings.text("user").unwrap_or_default();
    rules::check(&user, place, known, keys)
}

/// Whether ssh knows the host.
fn host_key(place: &Place, known: &[HostKey]) -> Finding {
    match known.len() {
        0 => Finding::warn(
            format!("ssh does not know the host {place} yet, and will ask whether it is the one"),
            format!(
                "Ask its administrator for the fingerprint, and compare the two at the first \
                 login:\n`{}`",
                at(place, "-o StrictHostKeyChecking=ask")
            ),
        ),
        1 => Finding::ok(format!("ssh knows the host {place} by one key")),
        count => Finding::ok(format!("ssh knows the host {place} by {count} keys")),
    }
}

/// The command that logs in at `place` with these further options and ends.
pub(crate) fn at(place: &Place, options: &str) -> String {
    let mut words = vec!["ssh".to_owned()];
    words.extend((!options.is_empty()).then(|| options.to_owned()));
    words.extend(place.options().into_iter().map(shell_word));
    // What begins with a dash would be an option.
    words.extend(place.host.starts_with('-').then(|| "--".to_owned()));
    words.extend([shell_word(&place.host), "true".to_owned()]);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::HostKey;

    use super::{Place, at, host_key};
    use crate::checks::finding::Finding;

    #[test]
    fn a_host_that_ssh_does_not_know_is_a_warning_with_a_command() {
        let place = Place::parse("git@[alpha]:2222").unwrap();
        let Finding::Warn(advice) = host_key(&place, &[]) else {
            panic!("no warning");
        };
        let command = "`ssh -o StrictHostKeyChecking=ask -l git -p 2222 alpha true`";
        assert!(advice.next.contains(command), "{advice:?}");
        let key = HostKey {
            blob: Vec::new(),
            is_authority: false,
        };
        assert!(matches!(host_key(&place, &[key]), Finding::Ok(_)));
    }

    #[test]
    fn a_login_that_ends_at_once_is_a_command() {
        let place = Place::parse("alpha").unwrap();
        assert_eq!(at(&place, ""), "ssh alpha true");
    }

    #[test]
    fn a_shell_takes_a_host_and_a_user_as_words() {
        let place = Place::parse("$(a)@b;c").unwrap();
        assert_eq!(at(&place, ""), "ssh -l '$(a)' 'b;c' true");
        let place = Place::parse("-oProxyCommand=x").unwrap();
        assert!(at(&place, "-v").starts_with("ssh -v -- "));
    }
}

//! Where a key was let in, as far as this machine knows: from the record of use and from the
//! destinations of the key.

use std::collections::HashMap;

use sshtpm_dbus::{Destination, KeyInfo, KeyUse};
use sshtpm_ssh::purpose::Purpose;
use sshtpm_ssh::text::printable;

use crate::host_names::HostNames;
use crate::shell_word::shell_word;
use crate::use_listing::was_signed;

/// Most places of one key that are told, the latest first.
pub(super) const MAX_PLACES: usize = 32;

/// An account at a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What the caller's ssh calls the host; `None` if it does not know the name.
    pub(super) host: Option<String>,
    /// Fingerprint of the key that the host proved; `None` if only the name is known.
    pub(super) host_key: Option<String>,
    /// The user there; `None` if any may be meant.
    pub(super) user: Option<String>,
    /// When the key logged in there last, in seconds since 1970-01-01 UTC; `None` if that is not
    /// recorded.
    pub(super) last: Option<u64>,
}

/// The places of `key`, the latest first; those of which no use is recorded come last.
pub(super) fn places_of(key: &KeyInfo, uses: &[KeyUse], names: &HostNames) -> Vec<Place> {
    let is_login = |used: &&KeyUse| {
        let purpose = Purpose::parse(&used.purpose);
        used.key == key.fingerprint && was_signed(used) && purpose == Some(Purpose::Auth)
    };
    let mut last = HashMap::new();
    for used in uses.iter().filter(is_login) {
        let account = (used.destination.as_str(), used.user.as_str());
        let time = last.entry(account).or_insert(used.time);
        *time = used.time.max(*time);
    }
    let mut places: Vec<Place> = last
        .into_iter()
        .map(|((host_key, user), time)| Place {
            host: names.name_of(host_key).map(str::to_owned),
            host_key: some(host_key),
            user: some(user),
            last: Some(time),
        })
        .collect();
    places.sort_by(|one, other| {
        let order = |place: &Place| (place.host.clone(), place.user.clone());
        (other.last, order(one)).cmp(&(one.last, order(other)))
    });
    for hop in &key.destinations {
        let place = Place::of_destination(hop);
        if !places.iter().any(|known| known.covers(&place)) {
            places.push(place);
        }
    }
    places
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Place {
    /// A pattern names no user.
    fn of_destination(hop: &Destination) -> Self {
        let is_name = |user: &String| !user.contains(['*', '?', '!', ',']);
        Self {
            host: some(&hop.to_host),
            host_key: None,
            user: some(&hop.to_user).filter(is_name),
            last: None,
        }
    }

    /// Whether `destination` says nothing that this does not say.
    fn covers(&self, destination: &Self) -> bool {
        let user = &destination.user;
        self.host == destination.host && (user.is_none() || *user == self.user)
    }

    /// `user@host`, safe for a terminal; `a host with the key SHA256:…` if there is no name.
    pub(super) fn name(&self) -> String {
        let user = self
            .user
            .as_deref()
            .map(|user| format!("{}@", printable(user)));
        let host = match (&self.host, &self.host_key) {
            (Some(host), _) => printable(host),
            (None, Some(key)) => format!("a host with the key {}", printable(key)),
            (None, None) => "a host that did not prove its key".to_owned(),
        };
        format!("{}{host}", user.unwrap_or_default())
    }

    /// The command that runs `command` there, for a shell; `None` if there is no name to connect
    /// to.
    pub(super) fn ssh(&self, command: &str) -> Option<String> {
        let (host, port) = host_and_port(self.host.as_deref()?)?;
        let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
        let user = self.user.as_deref().map(|user| format!("{user}@"));
        let to = format!("{}{host}", user.unwrap_or_default());
        // A name that another party chose must not be an option.
        Some(format!(
            "ssh {port}-- {} {}",
            shell_word(to),
            shell_word(command)
        ))
    }
}

/// What `known_hosts` has as `host` or `[host]:port`.
fn host_and_port(name: &str) -> Option<(&str, Option<u16>)> {
    let Some(rest) = name.strip_prefix('[') else {
        return Some((name, None));
    };
    let (host, port) = rest.split_once("]:")?;
    Some((host, Some(port.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    fn place(host: &str, user: &str) -> Place {
        Place {
            host: some(host),
            host_key: None,
            user: some(user),
            last: None,
        }
    }

    fn hop(user: &str, host: &str) -> Destination {
        Destination {
            from_host: String::new(),
            from_keys: Vec::new(),
            to_user: user.to_owned(),
            to_host: host.to_owned(),
            to_keys: Vec::new(),
        }
    }

    #[test]
    fn logins_and_destinations_are_places_and_refusals_are_none() {
        let key = KeyInfo {
            destinations: vec![hop("", "alpha"), hop("*-web", "beta")],
            ..example_key()
        };
        let at = |time, user: &str, outcome: &str| KeyUse {
            time,
            user: user.to_owned(),
            outcome: outcome.to_owned(),
            ..example_use()
        };
        let uses = [
            at(1, "git", "signed"),
            at(3, "ann", "signed"),
            at(2, "git", "signed"),
            at(4, "root", "NotAuthorized"),
        ];
        let names = HostNames::of_one(&example_use().destination, "alpha");
        let places = places_of(&key, &uses, &names);
        let told: Vec<_> = places.iter().map(|one| (one.name(), one.last)).collect();
        let expected = [
            ("ann@alpha", Some(3)),
            ("git@alpha", Some(2)),
            ("beta", None),
        ];
        assert_eq!(told, expected.map(|(name, last)| (name.to_owned(), last)));
    }

    #[test]
    fn a_command_has_the_port_of_known_hosts() {
        let ssh = place("[alpha]:2222", "git").ssh("id -un").unwrap();
        assert_eq!(ssh, "ssh -p 2222 -- git@alpha 'id -un'");
        assert_eq!(place("alpha", "").ssh("id").unwrap(), "ssh -- alpha id");
    }

    #[test]
    fn names_that_others_chose_are_neither_options_nor_commands() {
        let ssh = place("alpha", "-oProxyCommand=id;$(id)").ssh("id").unwrap();
        assert_eq!(ssh, "ssh -- '-oProxyCommand=id;$(id)@alpha' id");
        for host in ["[alpha", "[alpha]:x", "[alpha]:99999"] {
            assert_eq!(place(host, "git").ssh("id"), None, "{host}");
        }
        assert!(!place("a\u{1b}[2J", "b\n").name().contains(['\u{1b}', '\n']));
    }
}

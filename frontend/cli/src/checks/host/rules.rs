//! Whether the rules of the user's keys let them log in at the host.
//!
//! The broker decides, by the key that the host proves to have. This looks at the keys by which ssh
//! knows the host, which are the same unless the host has changed.

use sshtpm_dbus::{Destination, HostKey, KeyInfo};
use sshtpm_ssh::pattern::Pattern;
use sshtpm_ssh::purpose::Purpose;

use crate::checks::finding::Finding;
use crate::key_selector::describe;
use crate::raw;
use crate::restrictions::place::Place;
use crate::shell_word::shell_word;

/// Steps for one comparison of a user's name with a pattern: the longest of both, multiplied
/// (`MAX_NAME_BYTES` each).
const MAX_STEPS: usize = 256 * 256;

/// What stands in the way of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// It is not for logging in.
    Purpose,
    /// It may log in at other hosts only, or as other users.
    Elsewhere,
}

/// Whether one of `keys` may log in at `place` as `user`, where the host is `known` by these keys.
pub(super) fn check(user: &str, place: &Place, known: &[HostKey], keys: &[&KeyInfo]) -> Finding {
    let bound = keys.iter().all(|key| !key.destinations.is_empty());
    if bound && known.is_empty() {
        let found = "your keys have destinations, and those are told by the key of the host";
        return Finding::skipped(found);
    }
    let obstacles = keys.iter().map(|key| obstacle(user, known, key));
    let obstacles: Vec<Option<Obstacle>> = obstacles.collect();
    let free = obstacles.iter().filter(|one| one.is_none()).count();
    match (free, keys) {
        (0, [key]) => Finding::fail(
            format!("key {} may not log in to {place} as {user}", describe(key)),
            format!(
                "{}\nOr make another key: `sshtpm keygen`.",
                allow(place, key)
            ),
        ),
        (0, [first, ..]) => Finding::fail(
            format!("none of your keys may log in to {place} as {user}"),
            format!(
                "{}\nOr make another key: `sshtpm keygen`.",
                allow(place, first)
            ),
        ),
        (_, [_]) => Finding::ok(format!("your key may log in to {place} as {user}")),
        (free, _) => Finding::ok(format!(
            "{free} of your {} keys may log in to {place} as {user}",
            keys.len()
        )),
    }
}

/// How to let a key in at `place`. What it may do already stays, and no more is added.
pub(crate) fn allow(place: &Place, key: &KeyInfo) -> String {
    if raw::is_raw(key) {
        return "It is for raw, and agents do not offer it.".into();
    }
    let mut words = vec!["sshtpm restrict".to_owned(), key.fingerprint.clone()];
    if !is_for_logins(key) {
        let purposes = key.purposes.iter().map(String::as_str);
        let purposes: Vec<&str> = purposes.chain([Purpose::Auth.name()]).collect();
        words.push(format!("--for {}", purposes.join(",")));
    }
    if key.destinations.is_empty() {
        return format!(
            "Let it log in, which asks for your password: `{}`.",
            words.join(" ")
        );
    }
    if key.destinations.iter().any(|hop| !hop.from_keys.is_empty()) {
        // One command cannot say hops and destinations that are reached without them.
        return "It is for hops that `sshtpm show` lists, and this host is not among them.".into();
    }
    words.extend(hosts(place, key).map(|host| format!("--to {}", shell_word(host))));
    format!(
        "Let it log in there as well, which asks for your password; ssh has to know all of these \
         hosts: `{}`.",
        words.join(" ")
    )
}

/// Where `key` may log in, and `place`, as `--to` takes them: what it names replaces the former.
fn hosts(place: &Place, key: &KeyInfo) -> impl Iterator<Item = String> {
    let hops = key.destinations.iter();
    let hops = hops.map(|hop| at_host(&hop.to_user, &hop.to_host));
    let here = at_host(place.user.as_deref().unwrap_or_default(), &place.name());
    let mut hosts: Vec<String> = Vec::new();
    for host in hops.chain([here]) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.into_iter()
}

fn at_host(user: &str, host: &str) -> String {
    match user {
        "" => host.to_owned(),
        user => format!("{user}@{host}"),
    }
}

fn obstacle(user: &str, known: &[HostKey], key: &KeyInfo) -> Option<Obstacle> {
    if !is_for_logins(key) {
        return Some(Obstacle::Purpose);
    }
    let mut hops = key.destinations.iter();
    let is_free = key.destinations.is_empty() || hops.any(|hop| leads_to(hop, user, known));
    (!is_free).then_some(Obstacle::Elsewhere)
}

fn is_for_logins(key: &KeyInfo) -> bool {
    let auth = Purpose::Auth.name();
    key.purposes.iter().any(|purpose| purpose == auth)
}

fn leads_to(hop: &Destination, user: &str, known: &[HostKey]) -> bool {
    let mut steps = MAX_STEPS;
    let is_user =
        hop.to_user.is_empty() || Pattern::of(&hop.to_user).matches(user, &mut steps) == Ok(true);
    hop.from_keys.is_empty() && is_user && hop.to_keys.iter().any(|key| known.contains(key))
}

#[cfg(test)]
mod tests {
    use super::{Destination, HostKey, KeyInfo, Place, check};
    use crate::checks::finding::Finding;
    use crate::key_listing::example_key;

    fn host(number: u8) -> HostKey {
        HostKey {
            blob: vec![number],
            is_authority: false,
        }
    }

    fn bound(user: &str, number: u8) -> KeyInfo {
        let hop = Destination {
            from_host: String::new(),
            from_keys: Vec::new(),
            to_user: user.to_owned(),
            to_host: if number == 1 { "alpha" } else { "beta" }.to_owned(),
            to_keys: vec![host(number)],
        };
        KeyInfo {
            purposes: vec!["auth".to_owned()],
            destinations: vec![hop],
            ..example_key()
        }
    }

    fn look(keys: &[KeyInfo]) -> Finding {
        let place = Place::parse("alpha").unwrap();
        let keys: Vec<&KeyInfo> = keys.iter().collect();
        check("git", &place, &[host(1)], &keys)
    }

    #[test]
    fn a_key_for_the_host_and_the_user_is_fine() {
        for key in [bound("", 1), bound("g*", 1)] {
            assert!(matches!(look(&[key]), Finding::Ok(_)));
        }
        let two = [bound("git", 2), bound("git", 1)];
        assert!(matches!(look(&two), Finding::Ok(_)));
    }

    #[test]
    fn a_key_for_another_host_or_user_fails_with_a_command() {
        for (key, hosts) in [
            (bound("", 2), "--to beta --to alpha`"),
            (bound("r*", 1), "--to 'r*@alpha' --to alpha`"),
        ] {
            let Finding::Fail(advice) = look(&[key]) else {
                panic!("it did not fail");
            };
            assert!(advice.next.contains(hosts), "{advice:?}");
            assert!(!advice.next.contains("--anywhere"), "{advice:?}");
        }
    }

    #[test]
    fn a_key_for_hops_is_not_let_in_anywhere_else() {
        let mut key = bound("", 2);
        key.destinations[0].from_keys = vec![host(3)];
        let advice = super::allow(&Place::parse("alpha").unwrap(), &key);
        assert!(!advice.contains("sshtpm restrict"), "{advice}");
    }

    #[test]
    fn a_key_that_only_signs_fails_and_keeps_what_it_may() {
        let key = KeyInfo {
            purposes: vec!["sign".to_owned()],
            ..example_key()
        };
        let Finding::Fail(advice) = look(&[key]) else {
            panic!("it did not fail");
        };
        assert!(advice.next.contains("--for sign,auth`"), "{advice:?}");
    }

    #[test]
    fn a_raw_key_is_not_let_in_by_a_command() {
        let key = KeyInfo {
            purposes: vec!["raw".to_owned()],
            ..example_key()
        };
        let Finding::Fail(advice) = look(&[key]) else {
            panic!("it did not fail");
        };
        assert!(!advice.next.contains("sshtpm restrict"), "{advice:?}");
    }

    #[test]
    fn destinations_are_not_judged_at_an_unknown_host() {
        let (key, place) = (bound("", 1), Place::parse("alpha").unwrap());
        let finding = check("git", &place, &[], &[&key]);
        assert!(matches!(finding, Finding::Skipped(_)), "{finding:?}");
    }
}

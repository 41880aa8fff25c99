//! What the destinations of keys cost: counted, so that a slow machine sees the same.

use super::*;
use crate::restrictions::{UserPattern, View};
use crate::session::OutOfSteps;
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_KEYS_OF_HOST, MAX_NAME_BYTES};

/// Keys of a user, by default.
const KEYS: usize = 64;

/// How many of `keys` are shown for `bindings`, and in how many steps.
fn shown(
    keys: &[Restrictions],
    bindings: impl IntoIterator<Item = Binding>,
) -> (Result<usize, OutOfSteps>, usize) {
    let sessions = sessions(bindings);
    let path = sessions.path();
    let mut view = View::from(of(&sessions), &path, NOW);
    let shown = keys.iter().map(|key| view.shows(key));
    let shown: Result<Vec<_>, _> = shown.collect();
    let count = shown.map(|shown| shown.into_iter().filter(|&is_shown| is_shown).count());
    (count, view.steps_taken())
}

fn from_here(to: Hop) -> Destination {
    Destination {
        from: None,
        user: None,
        to,
    }
}

/// As many destinations as there can be, with as many host keys as fit.
fn at_its_maxima() -> Restrictions {
    let mut number = 0_u32;
    let mut key = || {
        number += 1;
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        HostKey {
            key: KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(bytes)),
            is_authority: false,
        }
    };
    let mut hop = |keys| hop("host", (0..keys).map(|_| key()));
    let destinations = (0..MAX_DESTINATIONS).map(|_| Destination {
        from: Some(hop(MAX_KEYS_OF_HOST)),
        user: None,
        to: hop(MAX_KEYS_OF_HOST - 2),
    });
    key_for(destinations)
}

/// A session with a certificate of host 99 instead of the plain key.
fn certified(principals: &[&str]) -> Binding {
    Binding {
        host_key: host(1).certified(&host(99), principals),
        ..host(1).login(b"s")
    }
}

/// A principal and a name for which it takes the product of their lengths to tell that they do not
/// match.
fn slow() -> (String, String) {
    let pattern = format!("*{}b", "a".repeat(126));
    (pattern, "a".repeat(MAX_NAME_BYTES - 4))
}

#[test]
fn keys_with_all_the_destinations_there_can_be_are_listed() {
    let keys = vec![at_its_maxima(); KEYS];
    let route = (1..16).map(|number| host(number).forward(&[number]));
    let (shown, steps) = shown(&keys, route.chain([host(16).login(b"s")]));
    assert_eq!(shown, Ok(0));
    assert_eq!(
        steps,
        KEYS * MAX_DESTINATIONS * (2 * MAX_KEYS_OF_HOST - 2) * 8
    );
}

#[test]
fn a_list_that_takes_too_many_steps_ends_in_an_error() {
    let (pattern, name) = slow();
    let legs = |key: usize| {
        let names = (0..MAX_DESTINATIONS).map(move |leg| format!("{key:02}{leg:02}"));
        let name = name.clone();
        names.map(move |number| from_here(authority(99, &format!("{name}{number}"))))
    };
    let keys: Vec<_> = (0..20).map(|key| key_for(legs(key))).collect();
    let principals = vec![pattern.as_str(); 16];
    let (shown, steps) = shown(&keys, [certified(&principals)]);
    assert_eq!(shown, Err(OutOfSteps));
    assert_eq!(steps, 512 * 1024);
}

#[test]
fn a_name_is_compared_with_a_certificate_once_for_all_keys() {
    let (pattern, name) = slow();
    let steps_of = |count: usize| {
        let key = key_for([from_here(authority(99, &name))]);
        let (shown, steps) = shown(&vec![key; count], [certified(&[&pattern])]);
        assert_eq!(shown, Ok(0));
        steps
    };
    // Two look-ups: of the authority, and of the answer.
    assert_eq!(steps_of(KEYS) - steps_of(1), (KEYS - 1) * 2 * 8);
}

#[test]
fn a_login_that_takes_too_many_steps_is_refused() {
    let (pattern, name) = slow();
    let of_number = |number: u8| Destination {
        user: Some(UserPattern::new(format!("*{number}{pattern}")).expect("a pattern")),
        ..leg(None, 1)
    };
    let user = format!("{name}0");
    let login = login_as(user.as_bytes(), b"s", None);
    let one = clear(&key_for([of_number(0)]), [host(1).login(b"s")], &login);
    assert!(
        matches!(
            one,
            Err(NotPermitted::Destination(NotThere::Elsewhere { .. }))
        ),
        "{one:?}"
    );

    let many = (0..32).map(|number| Destination {
        user: Some(UserPattern::new(format!("{pattern}{number}")).expect("a pattern")),
        ..leg(None, 1)
    });
    let many = clear(&key_for(many), [host(1).login(b"s")], &login);
    assert_eq!(many, Err(NotPermitted::OutOfSteps(OutOfSteps)));
    let kind = many.expect_err("refused").kind();
    assert_eq!(kind, sshtpm_ssh::error_kind::ErrorKind::LimitsExceeded);
}

//! The hosts that a person is told.

use super::*;
use crate::session::ProvedHost;

fn asking(destinations: impl IntoIterator<Item = Destination>) -> Restrictions {
    Restrictions {
        confirmation: Confirmation::EachUse,
        ..key_for(destinations)
    }
}

/// What a person would be told about a login with `key`.
fn told_by(
    key: &Restrictions,
    bindings: impl IntoIterator<Item = Binding>,
    login: &UserAuth,
) -> Told {
    clear(key, bindings, login).expect("cleared").told().clone()
}

/// Which host of a login a person would be told.
fn told(bindings: impl IntoIterator<Item = Binding>, login: &UserAuth) -> Option<Fingerprint> {
    let host = told_by(&asking([]), bindings, login).login;
    host.map(|host| host.key())
}

fn fingerprint(number: u8) -> Fingerprint {
    Fingerprint::of(&host(number).key())
}

fn named(number: u8, name: &str) -> Option<ProvedHost> {
    Some(ProvedHost::new(fingerprint(number), Some(name)))
}

fn unnamed(number: u8) -> Option<ProvedHost> {
    Some(ProvedHost::new(fingerprint(number), None))
}

#[test]
fn a_person_is_told_the_host_that_proved_to_be_at_the_other_end() {
    let first = Some(fingerprint(1));
    assert_eq!(told([host(1).login(b"s")], &login(b"s", None)), first);
    assert_eq!(told([host(1).login(b"s")], &login(b"other", None)), None);
    let forged = Binding {
        signature: host(2).sign(b"s"),
        ..host(1).login(b"s")
    };
    assert_eq!(told([forged], &login(b"s", None)), None);
}

#[test]
fn beyond_the_first_host_a_person_is_told_one_that_the_login_names() {
    // A host signs whatever it is asked to: its own session, and that of a login elsewhere.
    let way = || [host(1).forward(b"s"), host(1).login(b"elsewhere")];
    assert_eq!(told(way(), &login(b"elsewhere", None)), None);
    let named = login(b"elsewhere", Some(&host(2)));
    assert_eq!(told(way(), &named), None);
    let itself = login(b"elsewhere", Some(&host(1)));
    assert_eq!(told(way(), &itself), Some(fingerprint(1)));
}

#[test]
fn a_person_is_told_the_names_that_the_key_was_made_with() {
    let key = asking([leg(None, 1), leg(Some(1), 2)]);
    let here = told_by(&key, [host(1).login(b"s")], &login(b"s", None));
    assert_eq!((here.login, here.nearest), (named(1, "host1"), None));
    let way = [host(1).forward(b"f"), host(2).login(b"s")];
    let there = told_by(&key, way, &login(b"s", Some(&host(2))));
    assert_eq!(there.login, named(2, "host2"));
    assert_eq!(there.nearest, named(1, "host1"));
}

#[test]
fn a_certified_host_has_the_name_of_the_destination_that_it_fits() {
    let to = |name: &str| Destination {
        from: None,
        user: None,
        to: authority(9, name),
    };
    let key = asking([to("alpha"), to("beta")]);
    let certificate = host(1).certified(&host(9), &["beta"]);
    let binding = Binding {
        host_key: certificate.clone(),
        ..host(1).login(b"s")
    };
    let login = login_as(b"git", b"s", Some(certificate));
    assert_eq!(told_by(&key, [binding], &login).login, named(1, "beta"));
}

#[test]
fn of_another_request_a_person_is_told_the_host_that_is_nearest() {
    let told = |bindings: Vec<Binding>| {
        let cleared = clear_at(NOW, &asking([]), &sessions(bindings), None);
        cleared.expect("cleared").told().clone()
    };
    let way = told(vec![host(1).forward(b"f"), host(2).forward(b"g")]);
    assert_eq!((way.login, way.nearest), (None, unnamed(1)));
    // What is further away may be invented.
    let invented = Binding {
        signature: vec![1],
        ..host(2).forward(b"g")
    };
    let way = told(vec![host(1).forward(b"f"), invented]);
    assert_eq!(way.nearest, unnamed(1));

    let forged = Binding {
        signature: host(2).sign(b"f"),
        ..host(1).forward(b"f")
    };
    assert_eq!(told(vec![forged]).nearest, None);
    assert_eq!(told(vec![Binding::unproven()]).nearest, None);
    assert_eq!(told(vec![host(1).login(b"s")]).nearest, None);
    assert_eq!(told(vec![]).nearest, None);
}

#[test]
fn without_a_question_nothing_is_verified_for_one() {
    let open = Restrictions::only(Purposes::of_users());
    let cleared = clear(&open, [host(1).forward(b"f")], &login(b"s", None));
    assert_eq!(cleared.expect("cleared").told(), &Told::default());
}

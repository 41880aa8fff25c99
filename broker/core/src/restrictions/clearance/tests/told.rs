//! The host that a person is told.

use super::*;

/// Which host a person would be told.
fn told(bindings: impl IntoIterator<Item = Binding>, login: &UserAuth) -> Option<Fingerprint> {
    let key = Restrictions {
        confirmation: Confirmation::EachUse,
        ..Restrictions::only(Purposes::of_users())
    };
    clear(&key, bindings, login).expect("cleared").host()
}

#[test]
fn a_person_is_told_the_host_that_proved_to_be_at_the_other_end() {
    let first = Some(Fingerprint::of(&host(1).key()));
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
    let first = Fingerprint::of(&host(1).key());
    assert_eq!(told(way(), &itself), Some(first));
}

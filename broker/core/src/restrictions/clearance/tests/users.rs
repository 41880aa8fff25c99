//! Keys that log in as certain users.

use super::*;
use crate::restrictions::UserPattern;
use sshtpm_ssh::quoted::Quoted;

fn as_user(pattern: &str, leg: Destination) -> Destination {
    Destination {
        user: Some(UserPattern::new(pattern.to_owned()).expect("a pattern")),
        ..leg
    }
}

#[test]
fn a_user_is_asked_for_at_the_last_host_alone() {
    let key = key_for([
        as_user("git*", leg(None, 1)),
        as_user("git*", leg(Some(1), 2)),
    ]);
    let root = || login_as(b"root", b"s", Some(host(1).blob()));
    assert!(clear(&key, [host(1).login(b"s")], &login(b"s", None)).is_ok());
    let why = refused(&key, [host(1).login(b"s")], &root());
    let expected = NotThere::Elsewhere {
        from: None,
        host: Fingerprint::of(&host(1).key()),
        user: Some(Quoted::new("root")),
    };
    assert_eq!(why, expected);
    assert!(why.to_string().contains("as \"root\""), "{why}");
    // The user name at a forwarding host is not known.
    let route = [host(1).forward(b"f"), host(2).login(b"s")];
    assert!(clear(&key, route, &login(b"s", Some(&host(2)))).is_ok());
}

#[test]
fn a_name_that_a_server_cuts_is_not_compared_with_a_pattern() {
    let key = key_for([as_user("*-web", leg(None, 1))]);
    let at = |key: &Restrictions, user: &[u8]| {
        clear(key, [host(1).login(b"s")], &login_as(user, b"s", None))
    };
    assert!(at(&key, b"deploy-web").is_ok());
    for user in ["root:x-web", "root/x-web"] {
        let refused = at(&key, user.as_bytes());
        assert_eq!(refused, Err(NotThere::UserName(user.to_owned()).into()));
    }
    // A key for every user there is no less for this one.
    assert!(at(&key_for([leg(None, 1)]), b"root:x-web").is_ok());
}

#[test]
fn a_pattern_that_a_server_would_cut_is_none_unless_it_is_stored() {
    for pattern in ["root:*", "root/*", "a\nb"] {
        assert!(UserPattern::new(pattern.to_owned()).is_err(), "{pattern:?}");
    }
    let stored = UserPattern::of_record("root:*".to_owned()).expect("as it is stored");
    let key = key_for([Destination {
        user: Some(stored),
        ..leg(None, 1)
    }]);
    for user in [&b"root"[..], b"root:x"] {
        assert!(clear(&key, [host(1).login(b"s")], &login_as(user, b"s", None)).is_err());
    }
    assert!(UserPattern::of_record("a\nb".to_owned()).is_err());
}

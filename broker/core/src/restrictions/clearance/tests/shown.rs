//! Where a key is shown.

use super::*;
use crate::client::ClientName;
use crate::restrictions::View;
use sshtpm_ssh::purpose::Purpose;

fn is_shown(key: &Restrictions, bindings: impl IntoIterator<Item = Binding>) -> bool {
    let sessions = sessions(bindings);
    let path = sessions.path();
    View::from(of(&sessions), &path, NOW)
        .shows(key)
        .expect("there are steps left")
}

#[test]
fn a_key_is_shown_where_it_may_be_used_and_nowhere_else() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    assert!(is_shown(&key, []));
    assert!(is_shown(&key, [host(1).login(b"s")]));
    assert!(!is_shown(&key, [host(2).login(b"s")]));
    assert!(is_shown(&key, [host(1).forward(b"f"), host(2).login(b"s")]));
    assert!(!is_shown(
        &key,
        [host(1).forward(b"f"), host(3).login(b"s")]
    ));
    assert!(!is_shown(&key, [host(1).login(b"a"), host(2).login(b"s")]));
}

#[test]
fn where_the_agent_is_forwarded_a_key_is_shown_that_may_be_used_beyond() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    assert!(is_shown(&key, [host(1).forward(b"f")]));
    assert!(!is_shown(
        &key,
        [host(1).forward(b"f"), host(2).forward(b"g")]
    ));
    assert!(!is_shown(&key_for([leg(None, 1)]), [host(1).forward(b"f")]));
}

#[test]
fn a_key_that_is_kept_from_forwarded_connections_is_not_shown_there() {
    let key = Restrictions {
        forwarding: Forwarding::Forbidden,
        ..Restrictions::only(Purposes::of_users())
    };
    assert!(is_shown(&key, []) && is_shown(&key, [host(1).login(b"s")]));
    assert!(!is_shown(&key, [host(1).forward(b"f")]));
    assert!(!is_shown(
        &key,
        [host(1).forward(b"f"), host(2).login(b"s")]
    ));
}

#[test]
fn a_key_that_does_not_log_in_is_not_shown_for_a_login() {
    let signs = Purposes::of([Purpose::Sign]).expect("a purpose");
    let key = Restrictions::only(signs);
    assert!(is_shown(&key, []) && is_shown(&key, [host(1).forward(b"f")]));
    assert!(!is_shown(&key, [host(1).login(b"s")]));
}

#[test]
fn unreadable_sessions_show_only_keys_without_destinations() {
    let missing = || Binding {
        host_key: Vec::new(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    };
    assert!(is_shown(
        &Restrictions::only(Purposes::of_users()),
        [missing()]
    ));
    assert!(!is_shown(&key_for([leg(None, 1)]), [missing()]));
}

#[test]
fn a_program_is_not_shown_what_refuses_it_anyway() {
    let kept_local = Restrictions {
        forwarding: Forwarding::Forbidden,
        ..Restrictions::only(Purposes::of_users())
    };
    let open = Restrictions::only(Purposes::of_users());
    let (none, there) = (sessions([]), sessions([host(1).login(b"s")]));
    for (client, key, sessions, is_shown) in [
        ("python3", &kept_local, &none, false),
        ("python3", &kept_local, &there, false),
        ("python3", &key_for([leg(None, 1)]), &none, false),
        ("python3", &key_for([leg(None, 1)]), &there, true),
        ("python3", &open, &none, true),
        ("ssh-add", &kept_local, &none, true),
        ("ssh-add", &key_for([leg(None, 1)]), &none, true),
        ("ssh", &kept_local, &there, true),
    ] {
        let name = ClientName::new(client.to_owned()).expect("a name");
        let origin = Origin {
            client: Some(&name),
            ..of(sessions)
        };
        let path = sessions.path();
        let shown = View::from(origin, &path, NOW).shows(key);
        assert_eq!(shown, Ok(is_shown), "{client} {key:?}");
    }
}

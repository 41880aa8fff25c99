//! Keys that are kept from forwarded connections.

use super::*;
use crate::client::ClientName;

fn kept_local() -> Restrictions {
    Restrictions {
        forwarding: Forwarding::Forbidden,
        ..Restrictions::only(Purposes::of_users())
    }
}

/// What `key` says to a program of this name.
fn asked_by(
    client: &str,
    key: &Restrictions,
    bindings: impl IntoIterator<Item = Binding>,
    login: Option<&UserAuth>,
) -> Result<Cleared, NotPermitted> {
    let client = ClientName::new(client.to_owned()).expect("a name");
    let sessions = sessions(bindings);
    let origin = Origin {
        sessions: &sessions,
        client: Some(&client),
    };
    let turns = Turns::default();
    run(key.clear(origin, login, || NOW, (Uid(1), &turns)))
}

const FORWARDED: Result<Cleared, NotPermitted> =
    Err(NotPermitted::Forwarding(MaybeForwarded::Forwarded));
const UNBOUND: Result<Cleared, NotPermitted> =
    Err(NotPermitted::Forwarding(MaybeForwarded::Unbound));

#[test]
fn over_a_forwarded_connection_it_signs_nothing() {
    let login = login(b"s", Some(&host(2)));
    for route in [
        vec![host(2).forward(b"s")],
        vec![host(1).forward(b"f"), host(2).login(b"s")],
        vec![host(1).login(b"f"), host(2).login(b"s")],
        vec![Binding::unproven()],
    ] {
        for data in [Some(&login), None] {
            let route = sessions(route.clone());
            assert_eq!(clear_at(NOW, &kept_local(), &route, data), FORWARDED);
        }
    }
}

#[test]
fn it_logs_in_where_the_session_of_the_login_is_bound() {
    let key = Restrictions {
        confirmation: Confirmation::EachUse,
        ..kept_local()
    };
    let first = Some(Fingerprint::of(&host(1).key()));
    for login in [login(b"s", None), login(b"s", Some(&host(1)))] {
        let cleared = clear(&key, [host(1).login(b"s")], &login);
        let told = cleared.expect("cleared").told().login.clone();
        assert_eq!(told.map(|host| host.key()), first);
    }
    let forged = Binding {
        signature: host(2).sign(b"s"),
        ..host(1).login(b"s")
    };
    for (route, login) in [
        (vec![], login(b"s", None)),
        (vec![host(1).login(b"s")], login(b"other", None)),
        (vec![host(1).login(b"s")], login(b"s", Some(&host(2)))),
        (vec![forged], login(b"s", None)),
    ] {
        assert_eq!(clear(&key, route, &login), UNBOUND);
    }
}

#[test]
fn with_destinations_it_logs_in_where_both_allow_it() {
    let key = Restrictions {
        forwarding: Forwarding::Forbidden,
        ..key_for([leg(None, 1)])
    };
    assert!(clear(&key, [host(1).login(b"s")], &login(b"s", None)).is_ok());
    assert_eq!(
        refused(&key, [host(2).login(b"s")], &login(b"s", None)),
        elsewhere(None, 2)
    );
    assert_eq!(refused(&key, [], &login(b"s", None)), NotThere::NoSession);
    let route = [host(1).forward(b"f"), host(1).login(b"s")];
    assert_eq!(clear(&key, route, &login(b"s", Some(&host(1)))), FORWARDED);
}

#[test]
fn what_is_no_login_has_no_session_and_is_signed_without() {
    assert!(clear_at(NOW, &kept_local(), &sessions([]), None).is_ok());
    let bound = sessions([host(1).login(b"s")]);
    assert!(clear_at(NOW, &kept_local(), &bound, None).is_ok());
}

#[test]
fn a_program_that_may_forward_without_a_word_has_nothing_signed() {
    let (key, login) = (kept_local(), login(b"s", None));
    let there = || [host(1).login(b"s")];
    for client in ["ssh", "sshtpm"] {
        assert!(
            asked_by(client, &key, there(), Some(&login)).is_ok(),
            "{client}"
        );
    }
    for client in ["ssh-keygen", "sudo"] {
        assert!(asked_by(client, &key, [], None).is_ok(), "{client}");
    }
    for client in ["dbclient", "plink", "python3", "node", "ssh2"] {
        let refused = Err(MaybeForwarded::Client(client.to_owned()).into());
        assert_eq!(asked_by(client, &key, there(), Some(&login)), refused);
        assert_eq!(asked_by(client, &key, [], None), refused);
        let open = Restrictions::only(Purposes::of_users());
        assert!(asked_by(client, &open, [], Some(&login)).is_ok());
    }
}

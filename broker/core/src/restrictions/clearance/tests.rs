//! Tests of where a key may be used: OpenSSH's rules, each kept and broken.

mod certified;
mod local;
mod shown;
mod steps;
mod told;
mod users;

use ssh_key::certificate::CertType;
use ssh_key::public::KeyData;

use super::*;
use crate::restrictions::{Destination, Hop, HostKey};
use crate::session::fixtures::{NOW, TestHost, host, sessions};
use crate::session::tests::run;
use crate::signed_data::SignedData;
use crate::signed_data::fixtures::{Login, ecdsa};
use sshtpm_ssh::purpose::Purposes;
use sshtpm_ssh::session::Binding;

fn signer() -> KeyData {
    ecdsa(ssh_key::EcdsaCurve::NistP256)
}

/// A login as `git` to session `id`, bound to that host if one is named.
fn login(id: &[u8], bound_to: Option<&TestHost>) -> UserAuth {
    login_as(b"git", id, bound_to.map(TestHost::blob))
}

fn login_as(user: &[u8], id: &[u8], host_key: Option<Vec<u8>>) -> UserAuth {
    let mut login = Login::with(&signer(), "ecdsa-sha2-nistp256");
    login.user = user.to_vec();
    login.session_id = id.to_vec();
    if let Some(blob) = host_key {
        login.method = "publickey-hostbound-v00@openssh.com";
        login.host_key = Some(blob);
    }
    match SignedData::parse(&login.data(), &signer()) {
        Ok(SignedData::UserAuth(login)) => login,
        other => panic!("it is no login: {other:?}"),
    }
}

fn hop(name: &str, keys: impl IntoIterator<Item = HostKey>) -> Hop {
    Hop::new(name.to_owned(), keys.into_iter().collect()).expect("a hop")
}

fn plain(number: u8) -> Hop {
    let key = HostKey {
        key: host(number).key(),
        is_authority: false,
    };
    hop(&format!("host{number}"), [key])
}

fn authority(number: u8, name: &str) -> Hop {
    let key = HostKey {
        key: host(number).key(),
        is_authority: true,
    };
    hop(name, [key])
}

/// From this machine, or from a host, to another.
fn leg(from: Option<u8>, to: u8) -> Destination {
    Destination {
        from: from.map(plain),
        user: None,
        to: plain(to),
    }
}

fn key_for(destinations: impl IntoIterator<Item = Destination>) -> Restrictions {
    Restrictions {
        destinations: Destinations::new(destinations).expect("destinations"),
        ..Restrictions::only(Purposes::of_users())
    }
}

fn clear(
    key: &Restrictions,
    bindings: impl IntoIterator<Item = Binding>,
    login: &UserAuth,
) -> Result<Cleared, NotPermitted> {
    let sessions = sessions(bindings);
    clear_at(NOW, key, &sessions, Some(login))
}

/// A program that calls the broker itself.
fn of(sessions: &Sessions) -> Origin<'_> {
    Origin {
        sessions,
        client: None,
    }
}

fn clear_at(
    now: u64,
    key: &Restrictions,
    sessions: &Sessions,
    login: Option<&UserAuth>,
) -> Result<Cleared, NotPermitted> {
    let turns = Turns::default();
    run(key.clear(of(sessions), login, || now, (Uid(1), &turns)))
}

fn refused(
    key: &Restrictions,
    bindings: impl IntoIterator<Item = Binding>,
    login: &UserAuth,
) -> NotThere {
    match clear(key, bindings, login) {
        Err(NotPermitted::Destination(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn elsewhere(from: Option<u8>, to: u8) -> NotThere {
    NotThere::Elsewhere {
        from: from.map(|from| Fingerprint::of(&host(from).key())),
        host: Fingerprint::of(&host(to).key()),
        user: None,
    }
}

#[test]
fn a_key_logs_in_where_it_may_and_nowhere_else() {
    let key = key_for([leg(None, 1)]);
    assert!(clear(&key, [host(1).login(b"s")], &login(b"s", None)).is_ok());
    assert!(clear(&key, [host(1).login(b"s")], &login(b"s", Some(&host(1)))).is_ok());
    let other = refused(&key, [host(2).login(b"s")], &login(b"s", Some(&host(2))));
    assert_eq!(other, elsewhere(None, 2));
}

#[test]
fn a_key_without_destinations_is_not_asked_about_sessions() {
    let key = Restrictions::only(Purposes::of_users());
    let forged = Binding {
        signature: Vec::new(),
        ..host(1).forward(b"s")
    };
    let login = login(b"other", None);
    assert!(clear(&key, [], &login).is_ok());
    assert!(clear(&key, [forged], &login).is_ok());
}

#[test]
fn what_is_no_login_and_what_is_bound_to_no_session_is_refused() {
    let key = key_for([leg(None, 1)]);
    let bound = sessions([host(1).login(b"s")]);
    let other = clear_at(NOW, &key, &bound, None);
    assert_eq!(other, Err(NotThere::NoLogin.into()));
    assert_eq!(refused(&key, [], &login(b"s", None)), NotThere::NoSession);
}

#[test]
fn a_session_that_its_host_did_not_sign_is_refused() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    let forged = |binding: Binding| Binding {
        signature: host(3).sign(&binding.session_id),
        ..binding
    };
    let login = login(b"s", Some(&host(1)));
    let refused_first = refused(&key, [forged(host(1).login(b"s"))], &login);
    assert_eq!(refused_first, NotThere::Unverified);

    let login = login_as(b"git", b"s", Some(host(2).blob()));
    for route in [
        [forged(host(1).forward(b"f")), host(2).login(b"s")],
        [host(1).forward(b"f"), forged(host(2).login(b"s"))],
    ] {
        assert_eq!(refused(&key, route, &login), NotThere::Unverified);
    }
}

#[test]
fn a_login_to_another_session_than_the_last_is_refused() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    let one = refused(
        &key,
        [host(1).login(b"s")],
        &login(b"other", Some(&host(1))),
    );
    assert_eq!(one, NotThere::OtherSession);
    let route = [host(1).forward(b"f"), host(2).login(b"s")];
    let first = refused(&key, route, &login(b"f", Some(&host(2))));
    assert_eq!(first, NotThere::OtherSession);
}

#[test]
fn a_login_that_names_another_host_than_the_last_is_refused() {
    let key = key_for([leg(None, 1), leg(None, 2), leg(Some(1), 2)]);
    let one = refused(&key, [host(1).login(b"s")], &login(b"s", Some(&host(2))));
    assert_eq!(one, NotThere::OtherHost);
    let route = [host(1).forward(b"f"), host(2).login(b"s")];
    let first = refused(&key, route, &login(b"s", Some(&host(1))));
    assert_eq!(first, NotThere::OtherHost);
}

#[test]
fn beyond_the_first_host_a_login_has_to_name_its_host() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    let route = || [host(1).forward(b"f"), host(2).login(b"s")];
    assert_eq!(
        refused(&key, route(), &login(b"s", None)),
        NotThere::NotHostbound
    );
    assert!(clear(&key, route(), &login(b"s", Some(&host(2)))).is_ok());
}

#[test]
fn each_hop_has_to_be_allowed_from_the_one_before_it() {
    let key = key_for([leg(None, 1), leg(Some(1), 2), leg(Some(2), 3)]);
    let to = |last: u8| login(b"s", Some(&host(last)));
    let by_two = [
        host(1).forward(b"f"),
        host(2).forward(b"g"),
        host(3).login(b"s"),
    ];
    assert!(clear(&key, by_two, &to(3)).is_ok());

    let without_the_second = [host(1).forward(b"f"), host(3).login(b"s")];
    assert_eq!(
        refused(&key, without_the_second, &to(3)),
        elsewhere(Some(1), 3)
    );
    assert_eq!(
        refused(&key, [host(2).login(b"s")], &to(2)),
        elsewhere(None, 2)
    );
    let from_elsewhere = [host(4).forward(b"f"), host(2).login(b"s")];
    assert_eq!(refused(&key, from_elsewhere, &to(2)), elsewhere(None, 4));
    let backwards = [
        host(1).forward(b"f"),
        host(2).forward(b"g"),
        host(1).login(b"s"),
    ];
    assert_eq!(refused(&key, backwards, &to(1)), elsewhere(Some(2), 1));
}

#[test]
fn no_login_is_signed_on_a_session_that_forwards() {
    let key = key_for([leg(None, 1), leg(Some(1), 2)]);
    let direct = refused(&key, [host(1).forward(b"s")], &login(b"s", Some(&host(1))));
    assert_eq!(direct, NotThere::Forwarding);
    let route = [host(1).forward(b"f"), host(2).forward(b"s")];
    let further = refused(&key, route, &login(b"s", Some(&host(2))));
    assert_eq!(further, NotThere::Forwarding);
}

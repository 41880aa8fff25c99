//! Tests of what is believed of sessions.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::fixtures::{TestHost, host, sessions};
use super::*;

/// Polls what pauses, but waits for nothing.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("it waits for something");
}

fn verified(bindings: impl IntoIterator<Item = Binding>) -> Result<(), Forged> {
    let sessions = sessions(bindings);
    let path = sessions.path()?.expect("there are sessions");
    run(path.verify())
}

#[test]
fn sessions_that_their_hosts_signed_are_believed() {
    assert_eq!(verified([host(1).login(b"a")]), Ok(()));
    assert_eq!(verified([host(1).forward(b"a")]), Ok(()));
    let route = [
        host(1).forward(b"a"),
        host(2).forward(b"b"),
        host(3).login(b"c"),
    ];
    assert_eq!(verified(route), Ok(()));
}

#[test]
fn a_host_may_be_passed_twice_in_two_sessions() {
    assert_eq!(
        verified([host(1).forward(b"a"), host(1).login(b"b")]),
        Ok(())
    );
}

#[test]
fn without_sessions_there_is_no_path() {
    assert!(matches!(Sessions::default().path(), Ok(None)));
}

#[test]
fn one_signature_of_another_host_or_session_is_enough_to_believe_none() {
    let forged = |of: &TestHost, id: &[u8]| Binding {
        signature: of.sign(id),
        ..host(1).forward(b"a")
    };
    for binding in [forged(&host(2), b"a"), forged(&host(1), b"b")] {
        assert_eq!(verified([binding.clone()]), Err(Forged));
        assert_eq!(
            verified([binding.clone(), host(3).login(b"c")]),
            Err(Forged)
        );
        assert_eq!(verified([host(3).forward(b"c"), binding]), Err(Forged));
    }
}

#[test]
fn nothing_follows_a_session_for_logging_in() {
    assert_eq!(
        verified([host(1).login(b"a"), host(2).login(b"b")]),
        Err(Forged)
    );
    assert_eq!(
        verified([host(1).login(b"a"), host(2).forward(b"b")]),
        Err(Forged)
    );
}

#[test]
fn the_same_session_twice_is_none() {
    assert_eq!(
        verified([host(1).forward(b"a"), host(1).login(b"a")]),
        Err(Forged)
    );
    assert_eq!(
        verified([host(1).forward(b"a"), host(2).login(b"a")]),
        Err(Forged)
    );
}

#[test]
fn an_unproven_session_counts_as_forwarded_and_is_not_believed() {
    let missing = || Binding {
        host_key: Vec::new(),
        session_id: Vec::new(),
        signature: Vec::new(),
        is_forwarding: true,
    };
    assert_eq!(verified([missing()]), Err(Forged));
    assert_eq!(verified([host(1).forward(b"a"), missing()]), Err(Forged));
    assert!(sessions([missing()]).are_forwarded());
}

#[test]
fn bytes_left_over_anywhere_are_not_believed() {
    let longer = |bytes: Vec<u8>| [bytes, vec![0]].concat();
    let good = host(1).login(b"a");
    let key = Binding {
        host_key: longer(good.host_key.clone()),
        ..good.clone()
    };
    let signature = Binding {
        signature: longer(good.signature.clone()),
        ..good
    };
    assert_eq!(verified([key]), Err(Forged));
    assert_eq!(verified([signature]), Err(Forged));
}

#[test]
fn a_session_has_an_identifier_of_at_most_128_bytes() {
    assert_eq!(verified([host(1).login(&[7; 128])]), Ok(()));
    assert_eq!(verified([host(1).login(&[7; 129])]), Err(Forged));
    assert_eq!(verified([host(1).login(b"")]), Err(Forged));
}

#[test]
fn only_what_is_bound_to_one_session_for_logging_in_is_local() {
    assert!(!Sessions::default().are_forwarded());
    assert!(!sessions([host(1).login(b"a")]).are_forwarded());
    assert!(sessions([host(1).forward(b"a")]).are_forwarded());
    let lying = [host(1).login(b"a"), host(2).login(b"b")];
    assert!(sessions(lying).are_forwarded());
}

/// A session with a certificate instead of the plain key.
fn with(host_key: Vec<u8>, binding: Binding) -> Binding {
    Binding {
        host_key,
        ..binding
    }
}

#[test]
fn a_certificate_is_believed_if_its_authority_signed_it() {
    let blob = host(1).certified(&host(9), &["alpha"]);
    assert_eq!(verified([with(blob.clone(), host(1).login(b"a"))]), Ok(()));
    // Of another host, who does not have the certified key.
    assert_eq!(
        verified([with(blob.clone(), host(2).login(b"a"))]),
        Err(Forged)
    );
    // The nonce, behind two lengths and the type.
    let mut forged = blob;
    forged[4 + 32 + 4] ^= 1;
    assert_eq!(verified([with(forged, host(1).login(b"a"))]), Err(Forged));
}

#[test]
fn a_certificate_for_users_makes_no_host() {
    let kind = ssh_key::certificate::CertType::User;
    let blob = host(1).certified_as(&host(9), &["alpha"], kind, |_| {});
    assert_eq!(verified([with(blob, host(1).login(b"a"))]), Err(Forged));
}

#[test]
fn no_more_than_16_signatures_are_verified() {
    let path = |hops: u8| {
        let hops = (1..=hops).map(|number| {
            let blob = host(number).certified(&host(99), &["alpha"]);
            with(blob, host(number).forward(&[number]))
        });
        verified(hops)
    };
    assert_eq!(path(8), Ok(()));
    assert_eq!(path(9), Err(Forged));
    let plain = (1..=16).map(|number| host(number).forward(&[number]));
    assert_eq!(verified(plain), Ok(()));
    assert_eq!(Sessions::new(vec![host(1).login(b"a"); 17]), None);
}

//! Tests of where keys may be used: before anybody is asked, and in lists.

use super::people::{
    alice, bob, call_of, comment, host, kept_to, key, p256, ready, record, signature_of, usual,
};
use super::*;
use crate::algorithm::Wanted;
use crate::client::ClientName;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::restrictions::{
    Destination, Destinations, Forwarding, Hop, HostKey, MaybeForwarded, NotPermitted, NotThere,
    Restrictions,
};
use crate::session::fixtures::{host as session_host, sessions};
use crate::session::tests::run as run_to_end;
use crate::signature::Scheme;
use crate::signed_data::fixtures::{Login, sshsig};
use sshtpm_ssh::session::Binding;

/// A key of alice's that logs in at host 1 alone.
pub(super) fn for_one_host() -> KeyRecord {
    let key = HostKey {
        key: session_host(1).key(),
        is_authority: false,
    };
    let destination = Destination {
        from: None,
        user: None,
        to: Hop::new("host1".to_owned(), vec![key]).expect("a hop"),
    };
    let destinations = Destinations::new([destination]).expect("a destination");
    kept_to(
        &alice(),
        Restrictions {
            destinations,
            ..usual(&alice())
        },
    )
}

pub(super) fn kept_local() -> KeyRecord {
    kept_to(
        &alice(),
        Restrictions {
            forwarding: Forwarding::Forbidden,
            ..usual(&alice())
        },
    )
}

fn login(id: &[u8]) -> Vec<u8> {
    let mut login = Login::with(&key().public, "ecdsa-sha2-nistp256");
    login.session_id = id.to_vec();
    login.data()
}

fn sign(
    service: &Service<Fakes>,
    data: &[u8],
    bindings: impl IntoIterator<Item = Binding>,
) -> Result<Vec<u8>, Error> {
    let asked = Asked {
        sessions: sessions(bindings),
        ..asking(data, 0)
    };
    run_to_end(service.sign(call_of(&alice()), record(&alice()).fingerprint(), asked))
}

#[test]
fn a_key_signs_a_login_to_its_destination() {
    let service = service();
    service.ports.store(for_one_host());
    let (data, fingerprint) = (login(b"s"), record(&alice()).fingerprint());
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    service.ports.expect([
        found(&alice(), fingerprint),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint),
        (
            Call::Sign(scheme.to_sign(&data)),
            Answer::Signed(Ok(signature_of(&data))),
        ),
    ]);
    sign(&service, &data, [session_host(1).login(b"s")]).expect("a signature");
}

#[test]
fn other_destinations_are_refused_without_a_prompt() {
    let elsewhere = session_host(2).login(b"s");
    let forged = Binding {
        host_key: session_host(1).blob(),
        ..elsewhere.clone()
    };
    let refusals = [
        (login(b"s"), vec![], NotThere::NoSession),
        (
            login(b"s"),
            vec![elsewhere],
            NotThere::Elsewhere {
                from: None,
                host: Fingerprint::of(&session_host(2).key()),
                user: None,
            },
        ),
        (login(b"s"), vec![forged], NotThere::Unverified),
        (
            login(b"x"),
            vec![session_host(1).login(b"s")],
            NotThere::OtherSession,
        ),
        (
            sshsig("file"),
            vec![session_host(1).login(b"s")],
            NotThere::NoLogin,
        ),
    ];
    for (data, bindings, why) in refusals {
        let service = service();
        service.ports.store(for_one_host());
        let fingerprint = record(&alice()).fingerprint();
        service.ports.expect([found(&alice(), fingerprint)]);
        let refused = sign(&service, &data, bindings);
        assert_eq!(refused, Err(NotPermitted::from(why).into()));
    }
}

#[test]
fn a_forbidden_forwarded_use_is_refused_without_a_prompt() {
    for data in [login(b"s"), sshsig("file")] {
        let service = service();
        service.ports.store(kept_local());
        let fingerprint = record(&alice()).fingerprint();
        service.ports.expect([found(&alice(), fingerprint)]);
        let refused = sign(&service, &data, [session_host(1).forward(b"s")]);
        let why = NotPermitted::from(MaybeForwarded::Forwarded);
        assert_eq!(refused, Err(why.into()));
    }
}

#[test]
fn a_program_that_may_forward_the_agent_is_refused_without_a_prompt() {
    let service = service();
    service.ports.store(kept_local());
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect([found(&alice(), fingerprint)]);
    let data = login(b"s");
    let asked = Asked {
        sessions: sessions([session_host(1).login(b"s")]),
        client: ClientName::new("dbclient".to_owned()),
        ..asking(&data, 0)
    };
    let refused = run_to_end(service.sign(call_of(&alice()), fingerprint, asked));
    let why = MaybeForwarded::Client("dbclient".to_owned());
    assert_eq!(refused, Err(NotPermitted::from(why).into()));
}

#[test]
fn destinations_given_during_the_prompt_are_enforced() {
    let fingerprint = record(&alice()).fingerprint();
    for (now, route, why) in [
        (
            for_one_host(),
            session_host(1).login(b"other"),
            NotPermitted::from(NotThere::OtherSession),
        ),
        (
            kept_local(),
            session_host(1).forward(b"s"),
            MaybeForwarded::Forwarded.into(),
        ),
    ] {
        let service = service();
        service.ports.store(record(&alice()));
        let replaced = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(now));
        service.ports.expect([
            found(&alice(), fingerprint),
            asked(Action::UseOwnKey, &alice(), &alice(), replaced),
            found(&alice(), fingerprint),
        ]);
        assert_eq!(sign(&service, &login(b"s"), [route]), Err(why.into()));
    }
}

/// A key that the TPM makes for `caller`, or for `named`.
fn generated(service: &Service<Fakes>, caller: &Owner, named: Option<Owner>, expected: KeyRecord) {
    let owner = expected.owner.clone();
    let action = match named {
        None => Action::CreateOwnKey,
        Some(_) => Action::ManageHostKeys,
    };
    service.ports.expect([
        allowed(action, caller, &owner),
        listed(&owner),
        (Call::Create(p256()), Answer::Created(Ok(key()))),
        (Call::Now, Answer::Time(1_700_000_000)),
        (Call::Add(expected), Answer::Changed(Ok(()))),
    ]);
    let wanted = Wanted::parse("", None).expect("the default");
    let made = run(service.generate(call_of(caller), named, wanted, comment("laptop")));
    made.expect("a key");
}

#[test]
fn new_keys_of_users_are_forwarded_or_not_as_the_administrator_says() {
    let service = service();
    service.ports.set_status(ready());
    generated(&service, &alice(), None, record(&alice()));
    service.set_forwarding_of_new_keys(Forwarding::Forbidden);
    let bobs = KeyRecord {
        restrictions: kept_local().restrictions,
        ..record(&bob())
    };
    generated(&service, &bob(), None, bobs);
    generated(&service, &alice(), Some(host()), record(&host()));
}

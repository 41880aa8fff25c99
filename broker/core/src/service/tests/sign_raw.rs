//! Tests of data that raw keys sign unread, for agents whose sockets were made for them.

use super::people::{alice, call_of, signature_of};
use super::*;
use crate::client::ClientName;
use crate::key::KeyRecord;
use crate::restrictions::{MaybeForwarded, NotPermitted, Restrictions};
use crate::signature::Scheme;
use crate::signed_data::fixtures::{login, sshsig};
use crate::uses::Subject;
use sshtpm_ssh::purpose::{Purpose, Purposes};
use sshtpm_ssh::session::Binding;

fn raw() -> KeyRecord {
    let purposes = Purposes::of([Purpose::Raw]).expect("one");
    people::kept_to(&alice(), Restrictions::only(purposes))
}

fn meant<'a>(data: &'a [u8], client: Option<&str>) -> Asked<'a> {
    Asked {
        what: What::Data(Data {
            bytes: data,
            flags: 0,
            raw_keys: RawKeys::Meant,
        }),
        client: client.map(|name| ClientName::new(name.to_owned()).expect("a name")),
        ..asking(data, 0)
    }
}

fn sign(asked: Asked<'_>, further: Vec<(Call, Answer)>) -> (Result<Vec<u8>, Error>, Subject) {
    let (service, record) = (service(), raw());
    service.ports.store(record.clone());
    let mut steps = vec![found(&alice(), record.fingerprint())];
    steps.extend(further);
    service.ports.expect(steps);
    let answer = run(service.sign(call_of(&alice()), record.fingerprint(), asked));
    let used = service.ports.noted().pop().expect("a use");
    (answer, used.asked.subject)
}

/// What follows if the request is served.
fn served(data: &[u8]) -> Vec<(Call, Answer)> {
    let to_sign = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256).to_sign(data);
    let signed = Answer::Signed(Ok(signature_of(data)));
    vec![
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), raw().fingerprint()),
        (Call::Sign(to_sign), signed),
    ]
}

#[test]
fn a_raw_key_signs_anything_for_an_agent_that_means_it() {
    for data in [&b"data"[..], &sshsig("git"), &[7; 32]] {
        for client in ["ssh-keygen", "sudo"] {
            let (answer, subject) = sign(meant(data, Some(client)), served(data));
            answer.expect("a signature");
            assert_eq!(subject, Subject::Raw);
        }
    }
}

#[test]
fn a_raw_key_signs_nothing_for_an_agent_that_does_not_mean_it() {
    let own_login = login(&raw().key.public);
    for data in [&b"data"[..], &sshsig("git"), &[7; 32], &own_login] {
        let (answer, subject) = sign(asking(data, 0), Vec::new());
        assert_eq!(answer, Err(NotPermitted::Raw.into()));
        assert_eq!(subject, Subject::Raw);
    }
}

#[test]
fn a_raw_key_signs_nothing_for_a_program_that_the_agent_does_not_see() {
    for data in [&b"data"[..], &sshsig("git"), &[7; 32]] {
        let (answer, subject) = sign(meant(data, None), Vec::new());
        let refused = NotPermitted::from(MaybeForwarded::Unseen);
        assert_eq!(answer, Err(refused.into()));
        assert_eq!(subject, Subject::Raw);
    }
}

#[test]
fn a_raw_key_is_used_for_no_other_machine() {
    let forwarded = Sessions::new(vec![Binding::unproven()]).expect("one");
    let own_login = login(&raw().key.public);
    let from = |sessions: &Sessions, asked| Asked {
        sessions: sessions.clone(),
        ..asked
    };
    for asked in [
        from(&forwarded, meant(b"data", None)),
        from(&forwarded, meant(b"data", Some("ssh"))),
        meant(b"data", Some("dbclient")),
        // ssh before 8.9 does not say that it forwards.
        meant(b"data", Some("ssh")),
        meant(&own_login, Some("ssh")),
        meant(&own_login, None),
    ] {
        let (answer, _) = sign(asked, Vec::new());
        let refused = NotPermitted::from(MaybeForwarded::Raw);
        assert_eq!(answer, Err(refused.into()));
    }
}

#[test]
fn what_is_meant_for_raw_keys_changes_nothing_for_others() {
    let service = service();
    let record = people::record(&alice());
    service.ports.store(record.clone());
    service
        .ports
        .expect([found(&alice(), record.fingerprint())]);
    let asked = meant(b"data", None);
    let answer = run(service.sign(call_of(&alice()), record.fingerprint(), asked));
    let kind = answer.expect_err("it is nothing of SSH's").kind();
    assert_eq!(kind, sshtpm_ssh::error_kind::ErrorKind::UnknownData);
}

//! Tests of what a key signs, and for what it is not.

use super::people::{alice, call_of, kept_to, key, signature_of};
use super::*;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::requests::RequestError;
use crate::restrictions::{Namespaces, NotPermitted, Restrictions};
use crate::signature::Scheme;
use crate::signed_data::UnknownData;
use crate::signed_data::fixtures::{
    Cert, Login, Vouching, ed25519, hostkeys_prove, login, rsa, sshsig, sshsig_of,
};
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::purpose::{Purpose, Purposes};

const ALL: [Purpose; 5] = Purpose::OF_SSH;

fn only_for(purposes: impl IntoIterator<Item = Purpose>) -> Restrictions {
    Restrictions::only(Purposes::of(purposes).expect("at least one"))
}

fn key_for(purposes: impl IntoIterator<Item = Purpose>) -> KeyRecord {
    kept_to(&alice(), only_for(purposes))
}

/// One that signs in namespace `git` alone.
fn key_for_git() -> KeyRecord {
    let git = Namespaces::new(["git".to_owned()]);
    let restrictions = Restrictions {
        namespaces: git.expect("a namespace"),
        ..only_for(ALL)
    };
    kept_to(&alice(), restrictions)
}

/// Data for each purpose, by one key.
fn data_of(purpose: Purpose) -> Vec<Vec<u8>> {
    let own = key().public;
    let bound = Login::with(&own, "ecdsa-sha2-nistp256").bound_to(&ed25519());
    match purpose {
        Purpose::Auth => vec![login(&own), bound.data()],
        Purpose::Sign => vec![sshsig("git"), sshsig("file")],
        Purpose::Ca => vec![Cert::of(&ed25519(), &own).data()],
        Purpose::Host => vec![vec![0xa7; 32], vec![0xa7; 64], hostkeys_prove(&own)],
        Purpose::Sudo => vec![Vouching::with(&own).data()],
        Purpose::Raw => Vec::new(),
    }
}

fn sign(record: &KeyRecord, data: &[u8], steps: Vec<(Call, Answer)>) -> Result<Vec<u8>, Error> {
    let service = service();
    service.ports.store(record.clone());
    service.ports.expect(steps);
    let asked = asking(data, 0);
    run(service.sign(call_of(&alice()), record.fingerprint(), asked))
}

/// The one look at the key that comes before the data is understood.
fn looked_up(record: &KeyRecord) -> Vec<(Call, Answer)> {
    vec![found(&alice(), record.fingerprint())]
}

#[track_caller]
fn signs(record: &KeyRecord, data: &[u8]) {
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let steps = vec![
        found(&alice(), record.fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), record.fingerprint()),
        (
            Call::Sign(scheme.to_sign(data)),
            Answer::Signed(Ok(signature_of(data))),
        ),
    ];
    sign(record, data, steps).expect("a signature");
}

#[test]
fn a_key_signs_for_its_purposes_and_prompts_for_no_other() {
    for purpose in ALL {
        let record = key_for([purpose]);
        for asked in ALL {
            for data in data_of(asked) {
                if asked == purpose {
                    signs(&record, &data);
                    continue;
                }
                let refused = NotPermitted::Purpose {
                    key: record.restrictions.purposes,
                    asked,
                };
                let answer = sign(&record, &data, looked_up(&record));
                assert_eq!(answer, Err(refused.into()), "{purpose:?} {asked:?}");
            }
        }
    }
}

#[test]
fn unrestricted_keys_are_for_what_users_and_hosts_do() {
    let purposes = Restrictions::before_they_were_named(&alice()).purposes;
    let purposes: Vec<_> = purposes.iter().collect();
    assert_eq!(purposes, [Purpose::Auth, Purpose::Sign]);
    let purposes = Restrictions::before_they_were_named(&people::host()).purposes;
    assert_eq!(purposes.iter().collect::<Vec<_>>(), [Purpose::Host]);
}

#[test]
fn namespaces_limit_sshsigs_and_nothing_else() {
    let record = key_for_git();
    signs(&record, &sshsig("git"));
    signs(&record, &login(&key().public));
    for namespace in ["file", "Git", "git "] {
        let answer = sign(&record, &sshsig(namespace), looked_up(&record));
        let Err(Error::NotPermitted(NotPermitted::Namespace { key, .. })) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(key, ["git"]);
    }
}

#[test]
fn no_key_signs_data_that_is_not_understood() {
    let record = key_for(ALL);
    for data in [&b"data"[..], &[7; 1024], &login(&rsa())] {
        let answer = sign(&record, data, looked_up(&record));
        assert_eq!(
            answer,
            Err(RequestError::Data(UnknownData::NotOfSsh).into())
        );
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_signed_by_no_key() {
    let data = sshsig_of(b"file", b"", "sha256", &[6; 32]);
    for record in [
        key_for(ALL),
        key_for([Purpose::Sign]),
        key_for([Purpose::Host]),
    ] {
        let answer = sign(&record, &data, looked_up(&record));
        let refused = matches!(
            answer,
            Err(Error::Request(RequestError::Data(
                UnknownData::Ambiguous { .. }
            )))
        );
        assert!(refused, "{answer:?}");
    }
}

#[test]
fn flags_that_contradict_the_data_are_refused() {
    let mut record = key_for(ALL);
    record.algorithm = Algorithm::Rsa(RsaBits::B2048);
    record.key.public = rsa();
    for (algorithm, wrong) in [("rsa-sha2-256", [0, 4, 6]), ("rsa-sha2-512", [2, 2, 2])] {
        let data = Login::with(&record.key.public, algorithm).data();
        for flags in wrong {
            let service = service();
            service.ports.store(record.clone());
            service.ports.expect(looked_up(&record));
            let asked = asking(&data, flags);
            let answer = run(service.sign(call_of(&alice()), record.fingerprint(), asked));
            let refused = RequestError::FlagsOfOtherData(flags);
            assert_eq!(answer, Err(refused.into()), "{algorithm} {flags}");
        }
    }
}

#[test]
fn a_key_that_was_restricted_while_a_person_was_asked_keeps_to_it() {
    let before = key_for(ALL);
    let (other, git) = (key_for([Purpose::Auth]), key_for_git());
    for after in [other, git] {
        let changed = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(after));
        let steps = vec![
            found(&alice(), before.fingerprint()),
            asked(Action::UseOwnKey, &alice(), &alice(), changed),
            found(&alice(), before.fingerprint()),
        ];
        let answer = sign(&before, &sshsig("file"), steps);
        let refused = matches!(answer, Err(Error::NotPermitted(_)));
        assert!(refused, "{answer:?}");
    }
}

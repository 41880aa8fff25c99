//! Tests of which certificates are kept, and which of them make room.

use ssh_key::certificate::CertType;
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::KeyData;

use super::extent::{MAX_OF_KEY, MAX_OF_USER, MAX_USER_BYTES};
use super::fixtures::{END, NOW, Said, USUAL, blob, certificate};
use super::*;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::utc::Utc;

fn key() -> KeyData {
    KeyData::Ed25519(Ed25519Keypair::from_seed(&[9; 32]).public)
}

fn taken(said: Said) -> Result<(UserCertificate, Fingerprint), NotKept> {
    UserCertificate::of_caller(&blob(&key(), said), NOW)
}

fn kept(all: &[Said]) -> Certificates {
    all.iter().fold(Certificates::default(), |before, said| {
        let new = certificate(&key(), *said);
        let after = before.with(new, said.from, Extent::default());
        after.expect("there is room")
    })
}

fn blobs(certificates: &Certificates) -> Vec<Vec<u8>> {
    certificates.iter().map(|one| one.blob().to_vec()).collect()
}

#[test]
fn a_certificate_names_the_key_that_it_is_for() {
    let (one, key_of_it) = taken(USUAL).expect("a certificate");
    assert_eq!(key_of_it, Fingerprint::of(&key()));
    assert_eq!(one.blob(), blob(&key(), USUAL));
}

#[test]
fn a_certificate_of_a_host_is_refused() {
    let host = Said {
        kind: CertType::Host,
        ..USUAL
    };
    assert_eq!(taken(host).err(), Some(NotKept::ForHosts));
}

#[test]
fn an_expired_certificate_is_refused_and_says_since_when() {
    let blob = blob(&key(), USUAL);
    let at = |now| UserCertificate::of_caller(&blob, now).err();
    assert_eq!(at(END - 1), None);
    assert_eq!(at(END), Some(NotKept::Expired(Utc(END))));
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_taken_and_not_in_force() {
    let later = Said {
        from: NOW + 50,
        ..USUAL
    };
    let (one, _) = taken(later).expect("a certificate");
    assert!(!one.is_in_force(NOW) && !one.has_expired(NOW));
    assert!(one.is_in_force(NOW + 50) && !one.is_in_force(END));
}

#[test]
fn a_certificate_that_was_changed_after_it_was_signed_is_refused() {
    let mut forged = blob(&key(), USUAL);
    let at = forged.windows(6).position(|part| part == b"deploy");
    forged[at.expect("a principal")] = b'D';
    let refused = UserCertificate::of_caller(&forged, NOW).err();
    assert_eq!(refused, Some(NotKept::NotSigned));
}

#[test]
fn a_certificate_that_is_cut_off_anywhere_is_refused() {
    let whole = blob(&key(), USUAL);
    for end in 0..whole.len() {
        let refused = UserCertificate::of_caller(&whole[..end], NOW).err();
        assert_eq!(refused, Some(NotKept::Malformed), "{end}");
    }
}

#[test]
fn a_certificate_that_is_too_long_is_refused_unread() {
    let long = vec![0; 16 * 1024 + 1];
    let refused = UserCertificate::of_caller(&long, NOW).err();
    assert_eq!(refused, Some(NotKept::TooLong(long.len())));
}

#[test]
fn a_renewed_certificate_takes_the_place_of_the_earlier_one() {
    let renewed = Said {
        principals: &["deploy", "alice"],
        from: NOW,
        until: END + 1000,
        ..USUAL
    };
    let after = kept(&[USUAL, renewed]);
    assert_eq!(blobs(&after), [blob(&key(), renewed)]);
}

#[test]
fn a_certificate_that_says_something_else_stands_beside_the_others() {
    let other_authority = Said {
        authority: 2,
        ..USUAL
    };
    let other_id = Said {
        key_id: "other",
        ..USUAL
    };
    let other_users = Said {
        principals: &["alice"],
        ..USUAL
    };
    let other_command = Said {
        command: Some("true"),
        ..USUAL
    };
    let all = [USUAL, other_authority, other_id, other_users, other_command];
    assert_eq!(blobs(&kept(&all)), all.map(|said| blob(&key(), said)));
}

#[test]
fn what_has_expired_makes_room() {
    let after = kept(&[USUAL]).with(
        certificate(
            &key(),
            Said {
                key_id: "other",
                until: END + 1000,
                ..USUAL
            },
        ),
        END,
        Extent::default(),
    );
    assert_eq!(after.expect("there is room").iter().count(), 1);
}

#[test]
fn only_what_is_in_force_is_offered() {
    let later = Said {
        key_id: "later",
        from: NOW + 50,
        until: END + 50,
        ..USUAL
    };
    let both = kept(&[USUAL, later]);
    let offered = |now| {
        let offered = both.in_force(now).map(|one| one.blob().to_vec());
        offered.collect::<Vec<_>>()
    };
    let [usual, later] = [USUAL, later].map(|said| blob(&key(), said));
    let both_of_them = [usual, later];
    assert_eq!(offered(NOW), both_of_them[..1]);
    assert_eq!(offered(NOW + 60), both_of_them);
    assert_eq!(offered(END), both_of_them[1..]);
    assert!(offered(END + 50).is_empty());
}

#[test]
fn a_certificate_is_removed_by_what_it_is() {
    let other = Said {
        authority: 2,
        ..USUAL
    };
    let both = kept(&[USUAL, other]);
    let left = both.without(&blob(&key(), USUAL)).expect("it is there");
    assert_eq!(blobs(&left), [blob(&key(), other)]);
    assert_eq!(left.without(&blob(&key(), USUAL)), None);
}

const IDS: [&str; MAX_OF_KEY + 1] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

/// As many as a key can have, and one more.
fn too_many() -> [Said; MAX_OF_KEY + 1] {
    IDS.map(|key_id| Said { key_id, ..USUAL })
}

#[test]
fn a_key_takes_so_many_certificates_and_no_more() {
    let all = too_many();
    let full = kept(&all[..MAX_OF_KEY]);
    let last = certificate(&key(), all[MAX_OF_KEY]);
    let refused = full.with(last, NOW, Extent::default());
    assert_eq!(refused, Err(TooManyCertificates::OfKey));
    let renewed = certificate(&key(), all[0]);
    assert!(full.with(renewed, NOW, Extent::default()).is_ok());
}

#[test]
fn a_user_takes_so_many_certificates_and_no_more() {
    let new = || certificate(&key(), USUAL);
    let length = new().blob().len();
    let with_others = |count, bytes| {
        let others = Extent { count, bytes };
        Certificates::default().with(new(), NOW, others).err()
    };
    let refused = Some(TooManyCertificates::OfUser);
    assert_eq!(with_others(MAX_OF_USER - 1, 0), None);
    assert_eq!(with_others(MAX_OF_USER, 0), refused);
    assert_eq!(with_others(0, MAX_USER_BYTES - length), None);
    assert_eq!(with_others(0, MAX_USER_BYTES - length + 1), refused);
}

#[test]
fn a_record_gives_its_certificates_without_those_that_do_not_fit() {
    let of_other_key = KeyData::Ed25519(Ed25519Keypair::from_seed(&[8; 32]).public);
    let mut damaged = blob(&key(), USUAL);
    damaged.truncate(100);
    let host = Said {
        kind: CertType::Host,
        ..USUAL
    };
    let wrong = [damaged, blob(&of_other_key, USUAL), blob(&key(), host)];
    let good = too_many().map(|said| blob(&key(), said));
    let all = wrong.iter().chain(&good).cloned();
    let (read, left_out) = Certificates::of_record(all, &key());
    assert_eq!(blobs(&read), good[..MAX_OF_KEY]);
    assert_eq!(left_out, wrong.len() + 1);
}

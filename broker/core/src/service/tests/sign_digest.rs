//! Tests of digests that raw keys sign.

use sha2::{Digest as _, Sha256};
use ssh_key::PublicKey;

use super::people::{alice, call_of, kept_to, key, parent, signature_of};
use super::*;
use crate::client::ClientName;
use crate::key::KeyRecord;
use crate::ports::TpmError;
use crate::requests::RequestError;
use crate::restrictions::{NotPermitted, Restrictions};
use crate::signature::{Digested, Form, NotADigest, RawSignature};
use crate::uses::{Outcome, Subject};
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::digest_scheme::{DigestHash, DigestScheme};
use sshtpm_ssh::purpose::{Purpose, Purposes};

const ECDSA: DigestScheme = DigestScheme::Ecdsa;
const PSS: DigestScheme = DigestScheme::RsaPss(DigestHash::Sha256);
const PKCS1: DigestScheme = DigestScheme::RsaPkcs1(DigestHash::Sha256);

fn raw(key: KeyRecord) -> KeyRecord {
    let purposes = Purposes::of([Purpose::Raw]).expect("one");
    KeyRecord {
        restrictions: Restrictions::only(purposes).into(),
        ..key
    }
}

fn p256() -> KeyRecord {
    raw(people::record(&alice()))
}

/// The key of the signatures that OpenSSL made of the digest of "sample".
fn rsa() -> KeyRecord {
    let blob = include_bytes!("../../signature/testdata/rsa.key");
    let mut record = p256();
    record.algorithm = Algorithm::Rsa(RsaBits::B2048);
    record.key.public = PublicKey::from_bytes(blob).expect("a key").into();
    record
}

fn digest(data: &str) -> [u8; 32] {
    Sha256::digest(data).into()
}

fn sign(
    service: &Service<Fakes>,
    record: &KeyRecord,
    what: (DigestScheme, &[u8]),
    steps: Vec<(Call, Answer)>,
) -> Result<Vec<u8>, Error> {
    service.ports.expect(steps);
    let client = ClientName::new("curl".to_owned());
    let key = record.fingerprint();
    run(service.sign_digest(call_of(&alice()), key, what, client))
}

/// The steps of a request that comes to the TPM, which answers so.
fn all_steps(
    record: &KeyRecord,
    (scheme, digest): (DigestScheme, &[u8]),
    signed: Result<RawSignature, TpmError>,
) -> Vec<(Call, Answer)> {
    let digested = Digested::new(scheme, digest, record.algorithm).expect("fitting");
    let to_sign = Form::Digest(digested).to_sign();
    vec![
        found(&alice(), record.fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), record.fingerprint()),
        (Call::Sign(to_sign), Answer::Signed(signed)),
    ]
}

fn service_with(record: &KeyRecord) -> Service<Fakes> {
    let service = service();
    service.ports.store(record.clone());
    service
}

#[test]
fn a_digest_is_signed_as_it_is_and_recorded_as_raw() {
    let (record, digest) = (p256(), digest("data"));
    let service = service_with(&record);
    let steps = all_steps(&record, (ECDSA, &digest), Ok(signature_of(b"data")));
    let signature = sign(&service, &record, (ECDSA, &digest), steps).expect("a signature");
    assert_eq!(signature.len(), 64);
    let used = service.ports.noted().pop().expect("a use");
    assert_eq!(used.asked.subject, Subject::Raw);
    assert_eq!(used.outcome, Outcome::Signed);
}

#[test]
fn a_signature_of_another_digest_does_not_leave() {
    let (record, digest) = (p256(), digest("data"));
    let service = service_with(&record);
    let steps = all_steps(&record, (ECDSA, &digest), Ok(signature_of(b"other")));
    let answer = sign(&service, &record, (ECDSA, &digest), steps);
    assert_eq!(answer, Err(TpmError::BadSignature.into()));
}

#[test]
fn a_key_that_is_not_raw_is_refused_before_anybody_is_asked() {
    for purpose in Purpose::OF_SSH {
        let purposes = Purposes::of([purpose]).expect("one");
        let record = kept_to(&alice(), Restrictions::only(purposes));
        let service = service_with(&record);
        let steps = vec![found(&alice(), record.fingerprint())];
        let answer = sign(&service, &record, (ECDSA, &[7; 32]), steps);
        assert_eq!(answer, Err(NotPermitted::NotRaw(purposes).into()));
        let used = service.ports.noted().pop().expect("a use");
        assert_eq!(used.asked.subject, Subject::Raw);
    }
}

#[test]
fn what_the_key_does_not_sign_is_refused_before_anybody_is_asked() {
    let record = p256();
    for (scheme, length, why) in [
        (
            PSS,
            32,
            NotADigest::OtherKeys {
                scheme: PSS,
                algorithm: record.algorithm,
            },
        ),
        (
            ECDSA,
            33,
            NotADigest::Length {
                got: 33,
                wanted: 32,
            },
        ),
    ] {
        let service = service_with(&record);
        let steps = vec![found(&alice(), record.fingerprint())];
        let answer = sign(&service, &record, (scheme, &vec![7; length]), steps);
        assert_eq!(answer, Err(RequestError::from(why).into()));
    }
}

#[test]
fn a_tpm_with_the_longest_salt_is_found_out_by_one_signature() {
    let longest = include_bytes!("../../signature/testdata/rsa-pss-sha256-longest.sig");
    let short = include_bytes!("../../signature/testdata/rsa-pss-sha256.sig");
    let pkcs1 = include_bytes!("../../signature/testdata/rsa-pkcs1-sha256.sig");
    let signed = |bytes: &[u8]| Ok(RawSignature::Rsa(bytes.to_vec()));
    let (record, digest) = (rsa(), digest("sample"));
    let service = service_with(&record);
    let refused: Result<_, Error> = Err(RequestError::from(NotADigest::LongestSalt).into());

    let steps = all_steps(&record, (PSS, &digest), signed(longest));
    assert_eq!(sign(&service, &record, (PSS, &digest), steps), refused);
    let steps = vec![found(&alice(), record.fingerprint())];
    assert_eq!(sign(&service, &record, (PSS, &digest), steps), refused);
    let steps = all_steps(&record, (PKCS1, &digest), signed(pkcs1));
    let other_scheme = sign(&service, &record, (PKCS1, &digest), steps);
    assert_eq!(other_scheme, Ok(pkcs1.to_vec()));

    let mut in_another_tpm = record.clone();
    in_another_tpm.key.parent = parent(8);
    assert_ne!(key().parent, parent(8));
    let service_of_another = service_with(&in_another_tpm);
    let steps = all_steps(&in_another_tpm, (PSS, &digest), signed(short));
    let answer = sign(&service_of_another, &in_another_tpm, (PSS, &digest), steps);
    assert_eq!(answer, Ok(short.to_vec()));
}

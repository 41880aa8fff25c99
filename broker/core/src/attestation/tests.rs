//! What is released of what a chip states, and what is taken for an attestation key.

use super::fixtures::{Attester, attestable, statement};
use super::{Attestation, AttestationKey, MAX_PRIVATE_BYTES, Stated, claims, release};
use crate::identity::{Owner, Uid, UserName};
use crate::key::KeyRecord;
use crate::signature::{BadSignature, RawSignature};
use sshtpm_ssh::claims::{Claims, Nonce, qualifying_data};

fn attested() -> KeyRecord {
    let name = UserName::new("alice").expect("a user name");
    attestable(&Owner::new(Uid(1000), name))
}

fn nonce() -> Nonce {
    Nonce::new([3; 16]).expect("a nonce")
}

fn claimed() -> Vec<u8> {
    claims(&attested(), nonce()).expect("claims")
}

fn released(stated: &Stated) -> Result<Attestation, BadSignature> {
    release(stated, &Attester::new(1).key(), &attested(), &claimed())
}

fn honest() -> Stated {
    Attester::new(1).state(&attested(), &qualifying_data(&claimed()))
}

#[test]
fn an_honest_statement_is_released_as_it_is() {
    let stated = honest();
    let released = released(&stated).expect("an attestation");
    assert_eq!(released.statement, stated.statement);
    assert_eq!(released.claims, claimed());
    assert_eq!(released.signature.len(), 4 + 2 * (2 + 32));
    assert_eq!(released.key_public, attested().key.blob.public_area());
}

#[test]
fn the_claims_are_what_the_record_says() {
    let claims = Claims::parse(&claimed()).expect("claims");
    let record = attested();
    assert_eq!(claims.nonce, nonce());
    assert_eq!(claims.owner.uid, record.owner.uid().0);
    assert_eq!(claims.owner.name, record.owner.name().as_str());
    assert_eq!(claims.fingerprint, record.fingerprint());
    assert_eq!(claims.purposes, record.restrictions.purposes);
    assert_eq!(claims.created, record.created);
}

#[test]
fn a_statement_with_any_byte_changed_is_not_released() {
    let stated = honest();
    for at in 0..stated.statement.len() {
        let mut changed = stated.clone();
        changed.statement[at] ^= 1;
        assert_eq!(released(&changed), Err(BadSignature), "byte {at}");
    }
}

#[test]
fn a_statement_of_another_attestation_key_is_not_released() {
    let stated = Attester::new(2).state(&attested(), &qualifying_data(&claimed()));
    assert_eq!(released(&stated), Err(BadSignature));
}

#[test]
fn a_statement_about_other_claims_is_not_released() {
    let stated = Attester::new(1).state(&attested(), &qualifying_data(b"{}"));
    assert_eq!(released(&stated), Err(BadSignature));
}

#[test]
fn a_statement_about_another_key_is_not_released() {
    let mut other = attested();
    other.key.blob.public = [&[0, 6, 0, 0x23, 0, 0x0b][..], &[2; 2]].concat().into();
    let stated = Attester::new(1).state(&other, &qualifying_data(&claimed()));
    assert_eq!(released(&stated), Err(BadSignature));
}

#[test]
fn a_signature_of_something_else_is_not_released() {
    let whole = statement(&attested(), &qualifying_data(&claimed()));
    let mut quote = whole.clone();
    quote[5] = 0x18;
    let longer = [&whole[..], &[0]].concat();
    let shorter = whole[..whole.len() - 1].to_vec();
    for wrong in [quote, longer, shorter, Vec::new()] {
        let stated = Attester::new(1).sign(wrong);
        assert_eq!(released(&stated), Err(BadSignature));
    }
}

#[test]
fn a_signature_of_another_kind_is_not_released() {
    let stated = Stated {
        signature: RawSignature::Rsa(vec![1; 256]),
        ..honest()
    };
    assert_eq!(released(&stated), Err(BadSignature));
}

#[test]
fn no_other_shape_is_taken_for_an_attestation_key() {
    let key = Attester::new(1).key();
    let public = key.blob().public.clone();
    let read = |public: Vec<u8>, private: Vec<u8>| {
        AttestationKey::new(public.into(), private.into(), key.parent().clone())
    };
    assert_eq!(read(public.to_vec(), vec![0, 2, 7, 7]), Some(key.clone()));
    for at in 0..super::key::SHAPE.len() + 4 {
        let mut changed = public.to_vec();
        changed[at] ^= 1;
        assert_eq!(read(changed, vec![0, 2, 7, 7]), None, "byte {at}");
    }
    assert_eq!(read(public.to_vec(), vec![0, 3, 7, 7]), None);
    let length = u16::try_from(MAX_PRIVATE_BYTES).expect("a length");
    let long = [&length.to_be_bytes()[..], &[1; MAX_PRIVATE_BYTES]].concat();
    assert_eq!(read(public.to_vec(), long), None);
}

//! Each check fails alone: of a statement that is proved, one thing is altered.

use sshtpm_ssh::claims::{Nonce, NotClaims};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::origin::Holding;
use sshtpm_tpm2::{NotAStorageKey, Public, ids};

use crate::examples::{Example, NOW, area, endorsement, nonce, root};
use crate::{AttestationFile, Endorsement, NotProved, Proved, Statement, TpmKnownBy};

fn proved(file: &AttestationFile) -> Result<Proved, NotProved> {
    let verified = Statement::read(file)?.verify(&nonce(), None)?;
    let hash = endorsement().hash()?;
    let verified = verified.bind_by_hash(&Example::new().enrolment(), &[hash])?;
    Ok(verified.proved())
}

fn refused(file: &AttestationFile) -> NotProved {
    let verified = Statement::read(file).and_then(|one| one.verify(&nonce(), None));
    verified.expect_err("it is refused")
}

fn altered(alter: impl FnOnce(&mut Example)) -> NotProved {
    let mut example = Example::new();
    alter(&mut example);
    refused(&example.file())
}

#[test]
fn a_statement_of_an_enrolled_tpm_is_proved() {
    let proved = proved(&Example::new().file()).unwrap();
    assert_eq!(proved.claims, Example::new().claims);
    assert_eq!(Fingerprint::of(&proved.key), proved.claims.fingerprint);
    assert_eq!(proved.tpm_known_by, TpmKnownBy::Hash);
    assert_eq!(proved.not_proved().len(), 2);
}

#[test]
fn what_no_tpm_made_is_refused() {
    let error = altered(|one| one.magic = 0xff54_4346);
    assert_eq!(error, NotProved::NotOfATpm);
}

#[test]
fn a_statement_about_something_else_is_refused() {
    // A quote of PCRs.
    let error = altered(|one| one.kind = 0x8018);
    assert_eq!(error, NotProved::AnotherStatement(0x8018));
}

#[test]
fn each_part_that_is_cut_off_or_goes_on_is_refused() {
    let whole = Example::new().file();
    type Part = fn(&mut AttestationFile) -> &mut Vec<u8>;
    let parts: [Part; 4] = [
        |file| &mut file.statement.0,
        |file| &mut file.signature.0,
        |file| &mut file.key_public.0,
        |file| &mut file.attestation_key.0,
    ];
    for part in parts {
        let length = part(&mut whole.clone()).len();
        for cut in 0..length {
            let mut file = whole.clone();
            part(&mut file).truncate(cut);
            assert!(matches!(refused(&file), NotProved::Malformed(_)), "{cut}");
        }
        for longer in [length + 1, 4096] {
            let mut file = whole.clone();
            part(&mut file).resize(longer, 0);
            assert!(matches!(refused(&file), NotProved::Malformed(_)));
        }
    }
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let mut file = Example::new().file();
    let mut other = Example::new();
    other.attestation_scalar = 3;
    file.attestation_key = other.attestation_area().into();
    assert_eq!(refused(&file), NotProved::Signature);
}

#[test]
fn a_signature_in_another_scheme_than_the_keys_is_refused() {
    let mut file = Example::new().file();
    // The hash that the signature names.
    file.signature.0[3] = 0x0c;
    assert_eq!(refused(&file), NotProved::Signature);
}

#[test]
fn a_statement_that_was_altered_is_refused() {
    let whole = Example::new().file();
    // The first bytes have checks of their own.
    for place in 6 + 2..whole.statement.0.len() {
        let mut file = whole.clone();
        file.statement.0[place] ^= 1;
        let error = refused(&file);
        let is_refused = matches!(error, NotProved::Signature | NotProved::Malformed(_));
        assert!(is_refused, "{place}: {error}");
    }
}

#[test]
fn an_attestation_key_whose_algorithm_is_not_verified_is_refused() {
    let error = altered(|one| one.attestation_hash = ids::SHA384);
    assert_eq!(error, NotProved::AttestationKeyAlgorithm);
}

#[test]
fn claims_that_the_tpm_did_not_sign_are_refused() {
    let mut file = Example::new().file();
    file.claims.0.push(b' ');
    assert_eq!(refused(&file), NotProved::OtherClaims);
}

#[test]
fn claims_that_cannot_be_read_are_refused() {
    let error = altered(|one| one.other_claims = Some(vec![b' '; 70_000]));
    assert_eq!(error, NotProved::Claims(NotClaims::TooLong));
    let error = altered(|one| one.other_claims = Some(br#"{"version":2}"#.to_vec()));
    assert_eq!(error, NotProved::Claims(NotClaims::Version(2)));
}

#[test]
fn a_statement_for_another_nonce_is_refused() {
    let error = altered(|one| one.claims.nonce = Nonce::new([8; 32]).unwrap());
    assert_eq!(error, NotProved::OtherNonce);
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let other = area(5, Example::new().key_attributes, &[], Some(ids::SHA256));
    let error = altered(|one| one.certified = Some(other));
    assert_eq!(error, NotProved::OtherKeyCertified);
}

#[test]
fn a_key_that_the_caller_did_not_mean_is_refused() {
    let other = area(5, 0, &[], Some(ids::SHA256));
    let other = Fingerprint::of(&Public::read(&other).unwrap().ssh_key().unwrap());
    let statement = Statement::read(&Example::new().file()).unwrap();
    let error = statement.verify(&nonce(), Some(&other)).unwrap_err();
    assert_eq!(error, NotProved::OtherKey);
    let own = Example::new().claims.fingerprint;
    let statement = Statement::read(&Example::new().file()).unwrap();
    statement.verify(&nonce(), Some(&own)).unwrap();
}

#[test]
fn claims_about_another_key_are_refused() {
    let other = area(5, 0, &[], Some(ids::SHA256));
    let other = Public::read(&other).unwrap().ssh_key().unwrap();
    let error = altered(|one| one.claims.fingerprint = Fingerprint::of(&other));
    assert_eq!(error, NotProved::OtherFingerprint);
}

#[test]
fn each_attribute_of_the_key_counts() {
    for (bit, expected) in [
        (ids::FIXED_TPM, NotProved::NotFixedToTheTpm),
        (ids::FIXED_PARENT, NotProved::NotFixedToItsParent),
        (ids::SENSITIVE_DATA_ORIGIN, NotProved::NotGeneratedByTheTpm),
        (ids::SIGN, NotProved::CannotSign),
        (ids::RESTRICTED, NotProved::Restricted),
        (ids::DECRYPT, NotProved::Decrypts),
        (ids::USER_WITH_AUTH, NotProved::OtherAuthorization),
    ] {
        let error = altered(|one| one.key_attributes ^= bit);
        assert_eq!(error, expected);
    }
}

#[test]
fn a_policy_is_there_if_pcrs_are_claimed_and_only_then() {
    let error = altered(|one| one.key_policy = vec![7; 32]);
    assert_eq!(error, NotProved::OtherAuthorization);
    let error = altered(|one| one.claims.pcrs = Some("7".parse().unwrap()));
    assert_eq!(error, NotProved::OtherAuthorization);
    let mut bound = Example::new();
    bound.claims.pcrs = Some("7".parse().unwrap());
    bound.key_policy = vec![7; 32];
    bound.key_attributes &= !ids::USER_WITH_AUTH;
    proved(&bound.file()).unwrap();
}

#[test]
fn a_pin_is_guarded_by_the_tpm() {
    let error = altered(|one| one.claims.pin = true);
    assert_eq!(error, NotProved::PinUnguarded);
    let mut guarded = Example::new();
    guarded.claims.pin = true;
    guarded.key_attributes &= !ids::NO_DA;
    proved(&guarded.file()).unwrap();
}

#[test]
fn a_key_that_the_broker_signs_with_is_refused() {
    let error = altered(|one| one.claims.holding = Holding::Sealed);
    assert_eq!(error, NotProved::ClaimedSealed);
}

#[test]
fn each_attribute_of_the_attestation_key_counts() {
    for bit in [
        ids::RESTRICTED,
        ids::SIGN,
        ids::FIXED_TPM,
        ids::FIXED_PARENT,
        ids::SENSITIVE_DATA_ORIGIN,
        ids::DECRYPT,
    ] {
        let error = altered(|one| one.attestation_attributes ^= bit);
        assert!(
            matches!(error, NotProved::NotAnAttestationKey(_)),
            "{bit:#x}"
        );
    }
}

#[test]
fn an_attestation_key_that_is_not_enrolled_is_refused() {
    let mut other = Example::new();
    other.attestation_scalar = 3;
    assert_eq!(proved(&other.file()).unwrap_err(), NotProved::NotEnrolled);
}

#[test]
fn claims_of_another_owner_than_the_enrolled_one_are_refused() {
    let mut other = Example::new();
    other.claims.owner.name = "bob".to_owned();
    assert_eq!(proved(&other.file()).unwrap_err(), NotProved::OtherOwner);
    let verified = Statement::read(&other.file()).unwrap();
    let verified = verified.verify(&nonce(), None).unwrap();
    let bound = verified.bind_by_chain(&other.enrolment(), &[root()], NOW);
    assert_eq!(bound.unwrap_err(), NotProved::OtherOwner);
}

#[test]
fn an_endorsement_key_that_was_not_given_is_named() {
    let own = endorsement().hash().unwrap();
    let other = "0".repeat(64).parse().unwrap();
    let error = endorsement().known_by_hash(&[other]).unwrap_err();
    assert_eq!(error, NotProved::UnknownEndorsementKey(own));
    assert!(error.to_string().contains(&own.to_string()), "{error}");
}

#[test]
fn an_endorsement_key_of_another_tpm_is_refused() {
    let verified = Statement::read(&Example::new().file()).unwrap();
    let verified = verified.verify(&nonce(), None).unwrap();
    let other = "0".repeat(64).parse().unwrap();
    let error = verified.bind_by_hash(&Example::new().enrolment(), &[other]);
    assert_eq!(error.unwrap_err(), NotProved::OtherEndorsementKey);
}

fn by_chain(endorsement: &Endorsement, root: &[u8], now: u64) -> Result<(), NotProved> {
    endorsement.known_by_chain(&[root.to_vec()], now).map(drop)
}

#[test]
fn a_chain_to_a_root_proves_it_too_and_says_what_it_does_not() {
    let statement = Statement::read(&Example::new().file()).unwrap();
    let verified = statement.verify(&nonce(), None).unwrap();
    let enrolment = Example::new().enrolment();
    let verified = verified.bind_by_chain(&enrolment, &[root()], NOW).unwrap();
    let proved = verified.proved();
    assert_eq!(proved.tpm_known_by, TpmKnownBy::Chain);
    assert!(
        proved
            .not_proved()
            .iter()
            .any(|one| one.contains("revoked"))
    );
}

#[test]
fn a_root_of_another_vendor_is_not_enough() {
    let other = include_bytes!("testdata/other-root.der");
    let error = by_chain(&endorsement(), other, NOW).unwrap_err();
    assert!(matches!(error, NotProved::Chain(_)), "{error}");
}

#[test]
fn a_chain_with_a_gap_is_not_enough() {
    let mut gap = endorsement();
    gap.chain.clear();
    let error = by_chain(&gap, &root(), NOW).unwrap_err();
    assert!(matches!(error, NotProved::Chain(_)), "{error}");
}

#[test]
fn a_certificate_is_valid_at_its_time_alone() {
    for (now, word) in [(NOW + 20 * 31_557_600, "expired"), (1_600_000_000, "yet")] {
        let error = by_chain(&endorsement(), &root(), now).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_missing_certificate_is_said() {
    let mut none = endorsement();
    none.certificate = None;
    let error = by_chain(&none, &root(), NOW).unwrap_err();
    assert_eq!(error, NotProved::NoCertificate);
}

#[test]
fn a_certificate_of_another_endorsement_key_is_refused() {
    let mut other = endorsement();
    other.certificate = Some(root().into());
    let error = by_chain(&other, &root(), NOW).unwrap_err();
    assert_eq!(error, NotProved::OtherCertificate);
}

#[test]
fn a_certificate_for_something_else_is_refused() {
    for leaf in [
        &include_bytes!("testdata/no-usage.der")[..],
        include_bytes!("testdata/tls.der"),
    ] {
        let mut other = endorsement();
        other.certificate = Some(leaf.into());
        let error = by_chain(&other, &root(), NOW).unwrap_err();
        assert_eq!(error, NotProved::NotForEndorsement);
    }
}

#[test]
fn a_critical_extension_that_nobody_knows_is_refused() {
    let mut other = endorsement();
    other.certificate = Some(include_bytes!("testdata/critical.der").to_vec().into());
    let error = by_chain(&other, &root(), NOW).unwrap_err();
    assert!(matches!(
        error,
        NotProved::Chain(_) | NotProved::MalformedCertificate
    ));
}

#[test]
fn damaged_certificates_and_too_many_are_refused() {
    let mut cut = endorsement();
    cut.certificate = Some(vec![0x30, 0x82, 0x7f].into());
    let error = by_chain(&cut, &root(), NOW).unwrap_err();
    assert_eq!(error, NotProved::MalformedCertificate);
    let error = by_chain(&endorsement(), &[0x30], NOW).unwrap_err();
    assert_eq!(error, NotProved::MalformedRoot);
    let mut long = endorsement();
    long.chain = vec![root().into(); 9];
    let error = by_chain(&long, &root(), NOW).unwrap_err();
    assert_eq!(error, NotProved::LongChain);
}

#[test]
fn an_endorsement_key_that_could_leave_its_tpm_is_refused() {
    let mut loose = endorsement();
    // fixedTPM, in the last byte of the attributes.
    loose.public.0[7] &= !2;
    let error = loose.hash().unwrap_err();
    assert_eq!(error, NotProved::EndorsementKey(NotAStorageKey::NotFixed));
}

//! Keys that the TPM is to seal.

use super::*;

#[test]
fn where_sealed_keys_are_forbidden_none_is_imported() {
    let service = service_with_tpm(LIMITS);
    service.set_sealed_keys(crate::sealed_keys::SealedKeys::Forbidden);
    let refused = error_of(import_of(&service, &alice(), None, sealed_one()));
    assert_eq!(refused, RequestError::SealedKeysForbidden.into());
}

#[test]
fn no_sealed_key_is_imported_that_was_forbidden_meanwhile() {
    let service = service_with_tpm(LIMITS);
    let mut status = ready();
    if let Some(facts) = &mut status.facts {
        facts.algorithms.push(Algorithm::Ed25519);
    }
    service.ports.set_status(status);
    let fingerprint = Fingerprint::of(sealed_one().wrapped.public_key());
    service.ports.expect([
        found(&alice(), fingerprint),
        allowed(Action::ImportOwnKey, &alice(), &alice()),
        listed(&alice()),
        found(&alice(), fingerprint),
    ]);
    let begun = run(service.begin_import(call_of(&alice()), None, sealed_one()));
    service.set_sealed_keys(crate::sealed_keys::SealedKeys::Forbidden);
    let finished = run(service.finish_import(begun.expect("allowed"), pending()));
    assert_eq!(error_of(finished), RequestError::SealedKeysForbidden.into());
}

#[test]
fn a_seed_of_another_public_key_is_the_callers_mistake() {
    let service = service_with_tpm(LIMITS);
    expect_agreement(&service, &alice());
    service.ports.expect([failing(TpmError::NotItsSeed)]);
    let refused = error_of(import(&service, &alice()));
    let expected = RequestError::Import(crate::import::NotImportable::OtherSeed);
    assert_eq!(refused, expected.into());
}

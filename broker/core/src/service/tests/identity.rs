//! Tests of showing the identity of the TPM, and of enrolling the machine with it.

use zeroize::Zeroizing;

use super::people::{alice, bob, call_of};
use super::*;
use crate::attestation::fixtures::Attester;
use crate::endorsement::{Credential, EndorsementKey, MachineIdentity};
use crate::ports::TpmError;
use crate::requests::RequestError;

fn identity() -> MachineIdentity {
    let key = EndorsementKey {
        public: [1].into(),
        certificate: None,
    };
    MachineIdentity {
        endorsement_keys: vec![key],
        chain: Vec::new(),
    }
}

fn credential() -> Credential {
    Credential::read(&[0, 1, 7], &[0, 1, 8]).expect("a credential")
}

/// Whether alice may, with the attestation key of `about`.
fn identify(about: Option<&Owner>, decision: Decision) -> (Call, Answer) {
    let call = Call::Ask {
        action: Action::IdentifyTpm,
        caller: alice(),
        about: about.map(|owner| owner.name().clone()),
    };
    (call, Answer::Decided(decision))
}

/// With the attestation key of bob.
fn activate(service: &Service<Fakes>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let caller = call_of(&alice());
    run(service.activate_credential(caller, Some(bob()), None, credential()))
}

fn activated(result: Result<&[u8], TpmError>) -> (Call, Answer) {
    let key = Attester::new(1).key();
    let secret = result.map(|secret| Zeroizing::new(secret.to_vec()));
    (Call::Activate(bob(), key), Answer::Activated(secret))
}

/// bob has an attestation key.
fn ready_service() -> Service<Fakes> {
    let service = service();
    let key = Attester::new(1).key();
    service.ports.store_attestation_key(&bob(), key);
    service
}

#[test]
fn an_allowed_caller_sees_the_identity_of_the_tpm() {
    let service = service();
    service.ports.expect([
        identify(None, Decision::Allowed),
        (Call::Identity, Answer::Identified(Ok(identity()))),
    ]);
    assert_eq!(run(service.get_identity(call_of(&alice()))), Ok(identity()));
}

#[test]
fn a_refused_caller_sees_no_identity_and_the_tpm_is_not_asked() {
    for why in REFUSALS {
        let service = service();
        service
            .ports
            .expect([identify(None, Decision::Refused(why))]);
        let refused = run(service.get_identity(call_of(&alice())));
        assert_eq!(refused, Err(why.into()));
    }
}

#[test]
fn an_allowed_caller_gets_the_secret_for_the_named_user() {
    let service = ready_service();
    service.ports.expect([
        identify(Some(&bob()), Decision::Allowed),
        activated(Ok(b"secret")),
    ]);
    assert_eq!(activate(&service).expect("a secret")[..], *b"secret");
}

#[test]
fn a_refused_caller_does_not_learn_who_has_an_attestation_key() {
    for why in REFUSALS {
        for service in [service(), ready_service()] {
            let refusal = identify(Some(&bob()), Decision::Refused(why));
            service.ports.expect([refusal]);
            assert_eq!(activate(&service), Err(why.into()));
        }
    }
}

#[test]
fn a_user_without_an_attestation_key_or_with_a_lost_one_is_not_enrolled() {
    let none = Err(RequestError::NoAttestationKey("bob".to_owned()).into());
    let service = service();
    let allowed = || identify(Some(&bob()), Decision::Allowed);
    service.ports.expect([allowed()]);
    assert_eq!(activate(&service), none);
    let lost = ready_service();
    lost.ports
        .expect([allowed(), activated(Err(TpmError::KeyLost))]);
    assert_eq!(activate(&lost), none);
}

#[test]
fn a_credential_for_other_keys_is_refused_in_the_words_of_the_tpm() {
    let service = ready_service();
    service.ports.expect([
        identify(Some(&bob()), Decision::Allowed),
        activated(Err(TpmError::BadCredential)),
    ]);
    assert_eq!(activate(&service), Err(TpmError::BadCredential.into()));
}

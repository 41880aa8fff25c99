//! How many keys a user may import, and which imports count.

use super::*;

#[test]
fn an_import_that_cannot_be_stored_fails_and_gives_its_place_back() {
    let limits = Limits {
        keys_per_user: 1,
        ..LIMITS
    };
    let service = service_with_tpm(limits);
    expect_agreement(&service, &alice());
    service.ports.expect([
        proved(Some(signature_of(TRIAL_DATA))),
        (Call::Now, Answer::Time(1_700_000_000)),
        (
            Call::Add(imported_record(&alice())),
            Answer::Changed(Err(StoreError::Full)),
        ),
    ]);
    assert_eq!(
        error_of(import(&service, &alice())),
        StoreError::Full.into()
    );
    expect_import(&service, &alice());
    assert!(import(&service, &alice()).is_ok());
}

#[test]
fn imports_count_with_the_keys_that_are_generated_in_an_hour() {
    let limits = Limits {
        keys_generated_per_hour: 1,
        ..LIMITS
    };
    let service = service_with_tpm(limits);
    // The TPM worked at it.
    expect_agreement(&service, &alice());
    service.ports.expect([failing(TpmError::NotOfThisTpm)]);
    assert!(import(&service, &alice()).is_err());
    expect_agreement(&service, &alice());
    let refused = error_of(import(&service, &alice()));
    assert!(matches!(
        refused,
        Error::Limit(LimitError::GeneratedPerHour { at_most: 1, .. })
    ));
    expect_import(&service, &bob());
    assert!(import(&service, &bob()).is_ok());
}

#[test]
fn an_import_that_did_not_reach_the_tpm_does_not_count() {
    let limits = Limits {
        keys_generated_per_hour: 1,
        ..LIMITS
    };
    let service = service_with_tpm(limits);
    expect_agreement(&service, &alice());
    let gone = TpmError::Unavailable("gone".to_owned());
    service.ports.expect([failing(gone)]);
    assert!(import(&service, &alice()).is_err());
    expect_import(&service, &alice());
    assert!(import(&service, &alice()).is_ok());
}

#[test]
fn a_user_with_the_most_keys_imports_no_more() {
    let service = service_with_tpm(Limits {
        keys_per_user: 0,
        ..LIMITS
    });
    let fingerprint = record(&alice()).fingerprint();
    service.ports.expect([
        found(&alice(), fingerprint),
        allowed(Action::ImportOwnKey, &alice(), &alice()),
        listed(&alice()),
    ]);
    let refused = error_of(import(&service, &alice()));
    assert_eq!(refused, LimitError::Keys(0).into());
}

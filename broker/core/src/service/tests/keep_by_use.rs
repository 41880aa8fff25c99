//! Tests of having the TPM keep keys by their use.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::people::{
    alice, another_key, bob, call_of, parent, ready, record, signature_of, with_pin,
};
use super::*;
use crate::by_use::{Changes, KeptChanges, PersistentKeys, Room, Why};
use crate::key::{KeyRecord, TpmKey};
use crate::persistent::{AUTH_BYTES, HandleAuth, OwnHandle, Persistent};
use crate::ports::{StoreError, TpmError};
use crate::signature::Scheme;
use crate::signed_data::fixtures::login;
use crate::tpm_facts::TpmStatus;
use sshtpm_ssh::kept_by::KeptBy;

fn fingerprint() -> Fingerprint {
    record(&alice()).fingerprint()
}

fn place(by: KeptBy) -> Persistent {
    Persistent {
        handle: OwnHandle::new(0x8153_5300).expect("one of ours"),
        auth: HandleAuth::new(Zeroizing::new([7; AUTH_BYTES])).expect("a value"),
        by,
    }
}

fn there(record: KeyRecord, by: KeptBy) -> KeyRecord {
    KeyRecord {
        key: TpmKey {
            persistent: Some(Arc::new(place(by))),
            ..record.key
        },
        ..record
    }
}

/// A broker that may choose, of a TPM that is ready.
fn service_with(records: impl IntoIterator<Item = KeyRecord>) -> Service<Fakes> {
    let service = service();
    for record in records {
        service.ports.store(record);
    }
    service.ports.set_status(ready());
    service.set_persistent_keys(PersistentKeys::Auto);
    run(service.keeping_has_work());
    service
}

/// Has a key used so often.
fn use_often(service: &Service<Fakes>, record: &KeyRecord, times: usize) {
    for _ in 0..times {
        service.by_use.count(record, Duration::ZERO);
    }
}

/// The TPM has room for so many more, and an object at the first handle.
fn free(places: u32) -> (Call, Answer) {
    room(places, OwnHandle::all().take(1).collect())
}

fn room(free: u32, taken: Vec<OwnHandle>) -> (Call, Answer) {
    (Call::Room, Answer::Room(Ok(Room { free, taken })))
}

fn kept(result: Result<(), TpmError>) -> (Call, Answer) {
    let result = result.map(|()| place(KeptBy::Use));
    (Call::Keep(fingerprint(), Vec::new()), Answer::Kept(result))
}

fn stored(result: Result<(), StoreError>) -> (Call, Answer) {
    let place = Arc::new(place(KeptBy::Use));
    let call = Call::SetKept(alice(), fingerprint(), place);
    (call, Answer::Changed(result))
}

fn given_back(why: Why, result: Result<(), TpmError>) -> (Call, Answer) {
    (Call::GiveBack(fingerprint(), why), Answer::Evicted(result))
}

fn stored_given_back() -> (Call, Answer) {
    let call = Call::SetGivenBack(alice(), fingerprint());
    (call, Answer::Changed(Ok(())))
}

fn keep(service: &Service<Fakes>) {
    while run(service.keep_by_use()) {}
}

#[test]
fn a_key_is_kept_from_its_twentieth_use_on() {
    let service = service_with([record(&alice())]);
    use_often(&service, &record(&alice()), 19);
    assert!(service.keeping_has_work().now_or_never().is_none());
    keep(&service);
    use_often(&service, &record(&alice()), 1);
    run(service.keeping_has_work());
    service.ports.expect([
        free(16),
        found(&alice(), fingerprint()),
        kept(Ok(())),
        stored(Ok(())),
        // Nothing more is to be done.
        free(15),
    ]);
    keep(&service);
    assert_eq!(service.ports.changes().all().len(), 1);
    // Further uses say nothing new.
    use_often(&service, &service.ports.stored()[0], 100);
    assert!(service.keeping_has_work().now_or_never().is_none());
}

#[test]
fn a_signature_counts_as_a_use() {
    let service = service_with([record(&alice())]);
    let data = login(&record(&alice()).key.public);
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let sign = Call::Sign(scheme.to_sign(&data));
    use_often(&service, &record(&alice()), 19);
    service.ports.expect([
        found(&alice(), fingerprint()),
        allowed(Action::UseOwnKey, &alice(), &alice()),
        found(&alice(), fingerprint()),
        (sign, Answer::Signed(Ok(signature_of(&data)))),
    ]);
    let signed = run(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)));
    assert!(signed.is_ok());
    run(service.keeping_has_work());
}

#[test]
fn nothing_is_kept_without_the_administrators_word() {
    let service = service_with([record(&alice())]);
    service.set_persistent_keys(PersistentKeys::Manual);
    use_often(&service, &record(&alice()), 100);
    keep(&service);
    assert_eq!(service.ports.changes(), Changes::default());
}

#[test]
fn keys_that_an_administrator_could_not_have_kept_are_not() {
    let service = service_with([with_pin(&alice())]);
    use_often(&service, &with_pin(&alice()), 100);
    keep(&service);
    // It may have got one since it was used.
    use_often(&service, &record(&alice()), 100);
    service
        .ports
        .expect([free(16), found(&alice(), fingerprint())]);
    keep(&service);
}

#[test]
fn a_lost_key_is_not_kept() {
    let service = service_with([record(&alice())]);
    use_often(&service, &record(&alice()), 100);
    service.ports.set_status(TpmStatus {
        parent: Some(parent(8)),
        ..ready()
    });
    service
        .ports
        .expect([free(16), found(&alice(), fingerprint())]);
    keep(&service);
}

#[test]
fn the_administrators_choice_is_neither_counted_nor_given_back() {
    let mine = there(record(&alice()), KeptBy::Administrator);
    let service = service_with([mine.clone()]);
    use_often(&service, &mine, 100);
    keep(&service);
    service.set_persistent_keys(PersistentKeys::Manual);
    keep(&service);
}

#[test]
fn turned_off_gives_everything_back_and_then_rests() {
    let service = service_with([there(record(&alice()), KeptBy::Use)]);
    service.set_persistent_keys(PersistentKeys::Manual);
    service.ports.expect([
        found(&alice(), fingerprint()),
        given_back(Why::TurnedOff, Ok(())),
        stored_given_back(),
    ]);
    keep(&service);
    keep(&service);
}

#[test]
fn others_that_need_room_get_it() {
    let service = service_with([there(record(&alice()), KeptBy::Use)]);
    service.ports.expect([
        free(1),
        found(&alice(), fingerprint()),
        given_back(Why::Room, Ok(())),
        stored_given_back(),
    ]);
    keep(&service);
}

#[test]
fn the_record_of_a_key_that_another_program_took_out_is_set_right() {
    let service = service_with([there(record(&alice()), KeptBy::Use)]);
    service.ports.expect([
        room(16, Vec::new()),
        found(&alice(), fingerprint()),
        given_back(Why::Lost, Ok(())),
        stored_given_back(),
    ]);
    keep(&service);
}

#[test]
fn a_change_that_cannot_be_counted_is_not_made() {
    let service = service_with([record(&alice())]);
    use_often(&service, &record(&alice()), 20);
    service.ports.set_disk(false);
    service
        .ports
        .expect([free(16), found(&alice(), fingerprint())]);
    keep(&service);
}

#[test]
fn what_cannot_be_recorded_is_taken_out_and_counts() {
    let service = service_with([record(&alice())]);
    use_often(&service, &record(&alice()), 20);
    service.ports.expect([
        free(16),
        found(&alice(), fingerprint()),
        kept(Ok(())),
        stored(Err(StoreError::Full)),
        given_back(Why::NotRecorded, Ok(())),
    ]);
    keep(&service);
    assert_eq!(service.ports.changes().all().len(), 1);
}

#[test]
fn a_refusal_of_the_tpm_counts_for_no_change_and_any_other_failure_does() {
    for (failure, count) in [
        (TpmError::NoRoom("full"), 1),
        (TpmError::OwnerHasPassword, 0),
        (TpmError::Failed, 1),
        (TpmError::Unavailable("away".to_owned()), 1),
    ] {
        let service = service_with([record(&alice())]);
        use_often(&service, &record(&alice()), 20);
        service
            .ports
            .expect([free(16), found(&alice(), fingerprint()), kept(Err(failure))]);
        keep(&service);
        assert_eq!(service.ports.changes().all().len(), count);
    }
}

#[test]
fn after_a_failure_the_broker_rests_longer_each_time() {
    let service = service_with([there(record(&alice()), KeptBy::Use)]);
    let fails = || (Call::Room, Answer::Room(Err(TpmError::Failed)));
    for minutes in [10, 20, 40] {
        service.ports.expect([fails()]);
        keep(&service);
        service.ports.pass(Duration::from_secs(minutes * 60 - 1));
        keep(&service);
        service.ports.pass(Duration::from_secs(1));
    }
    // What an administrator changes is followed at once.
    service.ports.expect([fails()]);
    keep(&service);
    service.set_persistent_keys(PersistentKeys::Auto);
    service.ports.expect([free(16)]);
    keep(&service);
}

#[test]
fn a_tpm_that_is_away_is_left_alone() {
    let service = service_with([there(record(&alice()), KeptBy::Use)]);
    service.ports.set_status(TpmStatus {
        state: sshtpm_ssh::tpm::TpmState::Absent,
        ..ready()
    });
    keep(&service);
}

#[test]
fn what_was_done_before_a_restart_counts() {
    let service = service_with([record(&alice())]);
    let changes = (0..3).fold(Changes::default(), |changes, _| changes.with(&alice(), 0));
    run(service.restore_changes(KeptChanges::Changes(changes)));
    use_often(&service, &record(&alice()), 100);
    service.ports.expect([free(16)]);
    keep(&service);

    let service = service_with([record(&alice())]);
    run(service.restore_changes(KeptChanges::Unreadable));
    assert_eq!(
        service.ports.changes().all().len(),
        12,
        "for the next start"
    );
    use_often(&service, &record(&alice()), 100);
    service.ports.expect([free(16)]);
    keep(&service);
}

#[test]
fn a_key_that_is_put_there_meanwhile_signs_all_the_same() {
    let service = service_with([record(&alice())]);
    let data = login(&record(&alice()).key.public);
    let scheme = Scheme::Ecdsa(ssh_key::EcdsaCurve::NistP256);
    let kept_now = there(record(&alice()), KeptBy::Use);
    let decided = Answer::DecidedAndReplaced(Decision::Allowed, Box::new(kept_now));
    service.ports.expect([
        found(&alice(), fingerprint()),
        asked(Action::UseOwnKey, &alice(), &alice(), decided),
        found(&alice(), fingerprint()),
        (
            Call::Sign(scheme.to_sign(&data)),
            Answer::Signed(Ok(signature_of(&data))),
        ),
    ]);
    let signed = run(service.sign(call_of(&alice()), fingerprint(), asking(&data, 0)));
    assert!(signed.is_ok(), "{signed:?}");
}

/// Keys of bob and carol that the TPM keeps, and one of sshd's that is used much, in a full chip
/// whose keys have stayed for an hour.
fn full_with_a_host_key() -> (Service<Fakes>, KeyRecord, Fingerprint) {
    let of = |owner: &Owner| KeyRecord {
        key: another_key(),
        ..record(owner)
    };
    let carol = people::owner(1002, "carol");
    let others = of(&bob()).fingerprint();
    let kept = [of(&bob()), of(&carol)].map(|one| there(one, KeptBy::Use));
    let service = service_with(kept);
    let hosts = record(&people::host());
    service.ports.store(hosts.clone());
    service.ports.expect([free(2)]);
    keep(&service);
    let hour = Duration::from_secs(60 * 60);
    service.ports.pass(hour);
    for _ in 0..20 {
        service.by_use.count(&hosts, hour);
    }
    (service, hosts, others)
}

#[test]
fn a_chip_that_counts_no_place_free_loses_one_key_for_that() {
    let (service, hosts, others) = full_with_a_host_key();
    service.ports.expect([
        free(2),
        found(&hosts.owner, hosts.fingerprint()),
        found(&bob(), others),
        (
            Call::GiveBack(others, Why::UsedLess),
            Answer::Evicted(Ok(())),
        ),
        (Call::SetGivenBack(bob(), others), Answer::Changed(Ok(()))),
        (
            // carol's is still there.
            Call::Keep(hosts.fingerprint(), vec![others]),
            Answer::Kept(Err(TpmError::NoRoom("full"))),
        ),
        free(2),
    ]);
    keep(&service);
    assert_eq!(service.ports.changes().all().len(), 1, "it counts");
}

#[test]
fn a_key_that_was_deleted_displaces_no_other() {
    let (service, hosts, _) = full_with_a_host_key();
    service.ports.forget(&hosts);
    service
        .ports
        .expect([free(2), found(&hosts.owner, hosts.fingerprint()), free(2)]);
    keep(&service);
    assert_eq!(service.ports.changes(), Changes::default());
}

#[test]
fn a_user_whose_key_cannot_be_kept_holds_up_nobody_else() {
    let bobs = KeyRecord {
        key: another_key(),
        ..record(&bob())
    };
    let service = service_with([record(&alice()), bobs.clone()]);
    use_often(&service, &record(&alice()), 100);
    use_often(&service, &bobs, 20);
    let fails = |service: &Service<Fakes>| {
        service.ports.expect([
            free(16),
            found(&alice(), fingerprint()),
            kept(Err(TpmError::NoRoom("full"))),
        ]);
    };
    fails(&service);
    service.ports.expect([
        free(16),
        found(&bob(), bobs.fingerprint()),
        (
            Call::Keep(bobs.fingerprint(), Vec::new()),
            Answer::Kept(Err(TpmError::Failed)),
        ),
    ]);
    keep(&service);
    // alice's rest has not ended.
    use_often(&service, &record(&alice()), 100);
    keep(&service);
    service.ports.pass(Duration::from_secs(10 * 60));
    fails(&service);
    keep(&service);
}

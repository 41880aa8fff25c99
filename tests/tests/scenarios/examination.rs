//! When the TPM is asked about itself: after requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;
use sshtpm_tests::call::none;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{World, wait};

/// TPM 2.0 Part 2, "TPM_CC Constants".
const SIGN: u32 = 0x15d;
const TEST_PARMS: u32 = 0x18a;

#[test]
fn a_request_goes_before_what_a_tpm_is_asked_about_itself() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let asked = tap.commands(TEST_PARMS);
    world.stop_broker();
    // It stands still while it is opened, so that a request is there by then.
    world.freeze_tpm();
    world.start_broker();
    let before = tap.all_commands();
    thread::scope(|scope| {
        let signed = scope.spawn(|| alice.sign(&key, &sshsig("data"), 0, none()));
        wait::until("a request", wait::EFFECT, || {
            let queue = alice.queue(none()).ok()?;
            (queue["Waiting"] == 1).then_some(())
        });
        world.thaw_tpm();
        let signed = signed.join().expect("no panic");
        signed.expect("a signature of a TPM that was just opened");
    });
    world.wait_for_tpm("ready");
    let signed = tap.places(SIGN).pop().expect("a signature");
    assert!(tap.places(TEST_PARMS)[asked] > signed, "it was asked first");
    assert_eq!(tap.all_commands() - before, 3 + 2 + 8);
}

#[test]
fn a_tpm_that_is_never_quiet_tells_what_it_offers() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let sign = || alice.sign(&key, &sshsig("data"), 0, none());
    let is_told = AtomicBool::new(false);
    world.restart_broker();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_told.load(Ordering::Relaxed) {
                sign().expect("a signature");
            }
        });
        let offered = world.alice().tpm("Algorithms");
        is_told.store(true, Ordering::Relaxed);
        let offered = offered.expect("a property");
        assert_eq!(offered[0], json!(["ecdsa-sha2-nistp256", 256]));
    });
}

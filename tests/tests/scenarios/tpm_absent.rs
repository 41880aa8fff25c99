//! A TPM that is absent, goes away, hangs, or has an owner password.

use std::time::{Duration, Instant};

use sshtpm_tests::call::{bits, none, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Request, World, wait};

/// The watchdog's time in these worlds, in seconds.
const WATCHDOG: &str = "watchdog-seconds = 2";

/// By when a request has an answer though the TPM has none: the watchdog's time, and as much again
/// for a loaded machine.
const ANSWERED: Duration = Duration::from_secs(12);

#[test]
fn without_a_tpm_the_broker_runs_says_so_and_finds_it_when_it_appears() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_broker();
    world.wait_for_tpm("absent");
    let alice = world.alice();
    assert_eq!(refused(alice.generate("", "", none())), "TpmUnavailable");
    assert_eq!(alice.list(none()), Ok(serde_json::json!([])));
    let reason = alice.tpm("StateReason").expect("a reason");
    assert!(
        reason
            .as_str()
            .is_some_and(|text| text.contains("127.0.0.1")),
        "{reason}"
    );

    world.start_tpm();
    world.wait_for_tpm("ready");
    world.alice().key("laptop");
    assert_eq!(world.alice().tpm("StateReason"), Ok(serde_json::json!("")));
}

#[test]
fn without_a_device_the_broker_runs_and_says_so() {
    let world = World::without_a_device();
    world.wait_for_tpm("absent");
    assert_eq!(
        refused(world.alice().generate("", "", none())),
        "TpmUnavailable"
    );
}

#[test]
fn a_tpm_that_is_pulled_out_and_put_back_serves_the_same_key() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let listed = world.alice().list(none()).expect("a list");

    world.kill_tpm();
    let answer = world.alice().sign(&key, &sshsig("data"), 0, none());
    assert_eq!(refused(answer), "TpmUnavailable");
    world.wait_for_tpm("absent");
    let now = world.alice().list(none()).expect("a list");
    assert_eq!(now[0]["State"], "unknown");

    world.start_tpm();
    world.wait_for_tpm("ready");
    let signature = world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
    verify(&listed[0], &sshsig("data"), &signature);
}

#[test]
fn a_tpm_that_was_off_between_requests_is_found_again() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.power_off_tpm();
    world.start_tpm();
    let alice = world.alice();
    wait::until("a signature", wait::EFFECT, || {
        alice.sign(&key, &sshsig("data"), 0, none()).ok()
    });
}

#[test]
fn the_watchdog_gives_up_a_hung_tpm_and_takes_it_when_it_answers() {
    let world = World::with_config(WATCHDOG);
    let key = world.alice().key("laptop");
    world.freeze_tpm();

    let start = Instant::now();
    let answer = world.alice().sign(&key, &sshsig("data"), 0, none());
    assert_eq!(refused(answer), "TpmUnavailable");
    assert!(start.elapsed() < ANSWERED, "it took {:?}", start.elapsed());
    world.wait_for_tpm("hung");

    let start = Instant::now();
    assert_eq!(
        refused(world.bob().generate("", "", none())),
        "TpmUnavailable"
    );
    assert!(start.elapsed() < ANSWERED, "it took {:?}", start.elapsed());
    assert_eq!(world.alice().fingerprints(), std::slice::from_ref(&key));

    world.thaw_tpm();
    world.wait_for_tpm("ready");
    world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
}

#[test]
fn a_tpm_pulled_out_in_the_middle_of_a_generation_ends_it() {
    let world = World::new();
    let alice = world.alice();
    let generate = Request::keys("Generate")
        .with("ssh-rsa")
        .with("never")
        .with(bits(3072));
    let generate = serde_json::to_vec(&generate).expect("JSON");
    for _ in 0..3 {
        // One that stands still is not done with it before it is pulled out.
        world.freeze_tpm();
        let running = alice.command("bus-call").stdin(&generate).start();
        wait::until("the generation", wait::EFFECT, || {
            let queue = alice.queue(none()).expect("an answer");
            (queue["Generating"] == true).then_some(())
        });
        world.kill_tpm();
        let answer = running.finish(wait::COMMAND).ok().stdout;
        assert!(answer.contains("TpmUnavailable"), "{answer}");
        world.start_tpm();
        wait::until("a key", wait::EFFECT, || {
            alice.generate("", "after", none()).ok()
        });
    }
    let keys = alice.list(none()).expect("a list");
    assert!(!keys.to_string().contains("never"), "{keys}");
}

#[test]
fn a_tpm_that_hangs_in_the_middle_of_many_requests_leaves_none_unanswered() {
    const REQUESTS: usize = 12;
    let world = World::with_config(WATCHDOG);
    let alice = world.alice();
    let key = alice.generate("ssh-rsa", "", bits(3072)).expect("a key");
    let fingerprint = text(&key, "Fingerprint");
    let sign = Request::keys("Sign")
        .with(fingerprint.as_str())
        .with(sshsig("data").as_slice())
        .with(2_u32)
        .with(none());
    let sign = serde_json::to_vec(&sign).expect("JSON");
    let running: Vec<_> = (0..REQUESTS)
        .map(|_| alice.command("bus-call").stdin(&sign).start())
        .collect();
    wait::until("the first signature", wait::EFFECT, || {
        running.iter().find(|one| one.stdout().contains("Ok"))
    });
    world.freeze_tpm();
    for one in running {
        let answer = one.finish(ANSWERED).ok().stdout;
        let answered = answer.contains("TpmUnavailable") || answer.contains("Ok");
        assert!(answered, "{answer}");
    }
    world.thaw_tpm();
    world.wait_for_tpm("ready");
    alice
        .sign(&fingerprint, &sshsig("data"), 2, none())
        .expect("a signature");
}

#[test]
fn a_tpm_that_hangs_from_the_start_does_not_keep_the_broker_from_starting() {
    let world = World::with_config(WATCHDOG);
    world.stop_broker();
    world.freeze_tpm();
    world.start_broker();
    world.wait_for_tpm("hung");
    assert_eq!(
        refused(world.alice().generate("", "", none())),
        "TpmUnavailable"
    );
    world.thaw_tpm();
    world.wait_for_tpm("ready");
}

#[test]
fn a_broker_ends_in_time_though_the_tpm_hangs() {
    let world = World::with_config(WATCHDOG);
    let key = world.alice().key("laptop");
    world.freeze_tpm();
    refused(world.alice().sign(&key, &sshsig("data"), 0, none()));
    world.stop_broker();
}

//! Users beside each other: how much each may have, how they take turns, and what remains of a
//! caller that leaves.

use serde_json::{Value, json};
use sshtpm_tests::call::{none, owner};
use sshtpm_tests::load::on_the_bus;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::user::Running;
use sshtpm_tests::{Request, User, World, wait};

/// Requests of one user that can be under way, by default.
const REQUESTS: usize = 64;

/// A TPM that stands still is not given up in these worlds before a test is over.
const PATIENT: &str = "watchdog-seconds = 300";

/// What waits for the TPM, as `user` is told.
fn queue(user: User<'_>) -> Value {
    user.queue(none()).expect("an answer")
}

/// Waits until so many requests wait for the TPM, one being with it.
fn wait_for_waiting(world: &World, count: usize) {
    wait::until("requests that wait", wait::EFFECT, || {
        (queue(world.root())["Waiting"] == count).then_some(())
    });
}

/// One signature, for which `user` waits.
fn start_signing(user: User<'_>, key: &str) -> Running {
    start_signing_of(user, key, &sshsig("data"))
}

fn start_signing_of(user: User<'_>, key: &str, data: &[u8]) -> Running {
    let sign = Request::keys("Sign")
        .with(key)
        .with(data)
        .with(0_u32)
        .with(none());
    start(user, &sign)
}

/// The TPM stands still, with a key that was used just now: one that it would have to fetch first
/// would occupy it before a request of a test does.
fn stand_still(world: &World, user: User<'_>, key: &str, data: &[u8]) {
    user.sign(key, data, 0, none()).expect("a signature");
    world.freeze_tpm();
}

/// Two signatures for `user` of a TPM that stands still: one is with the TPM, and one waits.
fn occupy(world: &World, user: User<'_>, key: &str) -> [Running; 2] {
    stand_still(world, user, key, &sshsig("data"));
    let both = [start_signing(user, key), start_signing(user, key)];
    wait_for_waiting(world, 1);
    both
}

/// Has the TPM go on, and sees all of them answered.
fn release(world: &World, waiting: impl IntoIterator<Item = Running>) {
    world.thaw_tpm();
    for one in waiting {
        let answer = one.finish(wait::COMMAND).ok().stdout;
        assert!(answer.contains("Ok"), "{answer}");
    }
}

fn start_generating(user: User<'_>, algorithm: &str) -> Running {
    let generate = Request::keys("Generate")
        .with(algorithm)
        .with("waits")
        .with(none());
    start(user, &generate)
}

fn start(user: User<'_>, request: &Request) -> Running {
    let request = serde_json::to_vec(request).expect("JSON");
    user.command("bus-call").stdin(request).start()
}

#[test]
fn deleted_keys_count_for_the_hourly_limit_of_generations() {
    let world = World::with_config("[limits]\nkeys-generated-per-hour = 2");
    let (root, alice) = (world.root(), world.alice());
    for _ in 0..2 {
        let key = alice.key("short-lived");
        root.delete(&key, owner("alice")).expect("deleted");
    }
    let refusal = alice.generate("", "one more", none()).expect_err("refused");
    assert_eq!(refusal.kind(), "LimitsExceeded", "{refusal:?}");
    for figure in ["2 keys", "60 minutes"] {
        assert!(refusal.text.contains(figure), "{refusal:?}");
    }
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    world.bob().key("of another user");
    root.generate("", "host key", owner("sshtpm-host"))
        .expect("a host key");
}

#[test]
fn the_queue_shows_ones_own_requests_and_to_root_those_of_all() {
    let world = World::with_config(PATIENT);
    let (alice, bob) = (world.alice(), world.bob());
    let (alices, bobs) = (alice.key("alice's"), bob.key("bob's"));
    let nothing = json!({"Waiting": 0, "Own": 0, "Generations": 0, "Generating": false});
    assert_eq!(queue(alice), nothing);

    let of_alice = occupy(&world, alice, &alices);
    let of_bob = [start_signing(bob, &bobs), start_generating(bob, "ssh-rsa")];
    wait_for_waiting(&world, 3);
    let said = |waiting, own, generations| {
        let counts = json!({"Waiting": waiting, "Own": own, "Generations": generations});
        let mut said = nothing.clone();
        for (name, count) in counts.as_object().expect("counts") {
            said[name] = count.clone();
        }
        said
    };
    assert_eq!(queue(alice), said(1, 1, 0));
    assert_eq!(queue(bob), said(2, 2, 1));
    assert_eq!(queue(world.root()), said(3, 0, 1));
    let line = bob.run("sshtpm status").ok().stdout;
    let expected = "Queue: 2 waiting, all yours, 1 for an RSA key\n";
    assert!(line.contains(expected), "{line}");
    let json = alice.run("sshtpm status --json").ok().json();
    assert_eq!(json["queue"]["waiting"], 1);

    release(&world, of_alice.into_iter().chain(of_bob));
    assert_eq!(queue(alice), nothing);
}

#[test]
fn a_second_rsa_key_of_one_user_cannot_wait_and_one_of_another_can() {
    let world = World::with_config(PATIENT);
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    let occupied = occupy(&world, alice, &key);
    let of_alice = start_generating(alice, "ssh-rsa");
    wait::until("alice's generation", wait::EFFECT, || {
        (queue(alice)["Generations"] == 1).then_some(())
    });
    let refusal = alice.generate("ssh-rsa", "", none()).expect_err("refused");
    assert_eq!(refusal.kind(), "LimitsExceeded", "{refusal:?}");
    assert!(refusal.text.contains("1 RSA key "), "{refusal:?}");

    let of_bob = start_generating(bob, "ssh-rsa");
    wait::until("bob's generation", wait::EFFECT, || {
        (queue(world.root())["Generations"] == 2).then_some(())
    });
    release(&world, occupied.into_iter().chain([of_alice, of_bob]));
}

#[test]
fn a_caller_that_disappears_takes_its_waiting_requests_along() {
    let world = World::with_config(PATIENT);
    let (alice, bob) = (world.alice(), world.bob());
    let (alices, bobs) = (alice.key("alice's"), bob.key("bob's"));
    let of_bob = occupy(&world, bob, &bobs);
    let crowd = on_the_bus(alice, REQUESTS, &alices);
    wait_for_waiting(&world, 1 + REQUESTS);
    let refusal = alice.list(none()).expect_err("refused");
    assert_eq!(refusal.kind(), "LimitsExceeded", "{refusal:?}");
    let figure = format!("{REQUESTS} requests ");
    assert!(refusal.text.contains(&figure), "{refusal:?}");
    crowd.kill();
    wait_for_waiting(&world, 1);

    let again = start_signing(alice, &alices);
    wait_for_waiting(&world, 2);
    release(&world, of_bob.into_iter().chain([again]));
}

#[test]
fn a_generation_whose_caller_leaves_early_does_not_count() {
    let world = World::with_config(&format!("{PATIENT}\n[limits]\nkeys-generated-per-hour = 2"));
    let alice = world.alice();
    let key = alice.key("laptop");
    let occupied = occupy(&world, alice, &key);
    let leaves = start_generating(alice, "ssh-rsa");
    wait::until("the generation", wait::EFFECT, || {
        (queue(alice)["Generations"] == 1).then_some(())
    });
    leaves.kill();
    wait_for_waiting(&world, 1);
    release(&world, occupied);
    alice.key("the second within an hour");
    assert_eq!(alice.fingerprints().len(), 2);
}

#[test]
fn a_user_with_one_request_does_not_wait_behind_all_of_another_user() {
    const OF_ALICE: usize = 12;
    let world = World::with_config(PATIENT);
    let (alice, bob) = (world.alice(), world.bob());
    let (alices, bobs) = (alice.key("alice's"), bob.key("bob's"));
    stand_still(&world, alice, &alices, &sshsig("data"));
    let before = served(&world).len();
    let crowd: Vec<_> = (0..OF_ALICE)
        .map(|_| start_signing(alice, &alices))
        .collect();
    wait_for_waiting(&world, OF_ALICE - 1);
    let one = start_signing(bob, &bobs);
    wait_for_waiting(&world, OF_ALICE);
    release(&world, crowd.into_iter().chain([one]));
    let served = served(&world).split_off(before);
    assert_eq!(served.len(), OF_ALICE + 1, "{served:?}");
    let place = served.iter().position(|line| line.contains("bob"));
    // Its turn is the second; neighbours may overtake each other on their way from the TPM to the
    // log.
    assert!(
        place.is_some_and(|place| place < OF_ALICE / 2),
        "{served:?}"
    );
}

#[test]
fn a_user_does_not_wait_behind_host_keys_that_are_over_their_rate() {
    const OF_HOST: usize = 3;
    const EXCHANGE_HASH: &[u8] = &[7; 32];
    let world = World::with_config(&format!(
        "{PATIENT}\n[limits]\nhost-signatures-per-second = 1"
    ));
    let (alice, host) = (world.alice(), world.host_user());
    let (alices, hosts) = (alice.key("alice's"), host.key("host's"));
    stand_still(&world, host, &hosts, EXCHANGE_HASH);
    let before = served(&world).len();
    let crowd: Vec<_> = (0..OF_HOST)
        .map(|_| start_signing_of(host, &hosts, EXCHANGE_HASH))
        .collect();
    wait_for_waiting(&world, OF_HOST - 1);
    let one = start_signing(alice, &alices);
    wait_for_waiting(&world, OF_HOST);
    release(&world, crowd.into_iter().chain([one]));
    let served = served(&world).split_off(before);
    assert_eq!(served.len(), OF_HOST + 1, "{served:?}");
    let place = served.iter().position(|line| line.contains("alice"));
    assert!(place.is_some_and(|place| place <= 1), "{served:?}");
}

/// The broker's lines about signatures that were served, in their order.
fn served(world: &World) -> Vec<String> {
    let log = world.broker_log();
    let served = |line: &&str| line.contains("served") && line.contains("Sign");
    log.lines().filter(served).map(str::to_owned).collect()
}

//! What the first signatures tell of the TPM's speed: the property `SignatureTime`, and `doctor`.

use std::time::Duration;

use sshtpm_tests::bench::chips::{Chip, DISCRETE};
use sshtpm_tests::bench::kind::Kind;
use sshtpm_tests::bench::stage;
use sshtpm_tests::call::none;
use sshtpm_tests::load::Signer;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Agent, User, World};

/// So many signatures give a figure.
const ENOUGH: usize = 15;

/// As fast as others.
const USUAL: Chip = Chip {
    sign_p256: Duration::from_millis(40),
    ..DISCRETE
};

/// Slower than each chip of which figures were published.
const SLOW: Chip = Chip {
    sign_p256: Duration::from_millis(300),
    ..DISCRETE
};

/// What every user may read, in microseconds.
fn told(user: User<'_>) -> u64 {
    let told = user.tpm("SignatureTime").expect("every user may read it");
    told.as_u64().expect("a number")
}

fn sign(signer: &mut Signer, times: usize) {
    for _ in 0..times {
        signer.sign().expect("the broker signs");
    }
}

/// A number of signatures by a key, without an agent.
fn sign_with(user: User<'_>, key: &str, times: usize) {
    for _ in 0..times {
        let signed = user.sign(key, &sshsig("data"), 0, none());
        signed.expect("a signature");
    }
}

#[test]
fn the_time_of_a_signature_is_told_after_fifteen_and_stays() {
    let (world, proxy) = stage::behind_proxy("");
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let (_, key) = Kind::P256.generate(world.alice());
    let mut signer = Signer::new(&agent, &key);
    proxy.be(Some(USUAL));
    sign(&mut signer, ENOUGH - 1);
    assert_eq!(told(world.bob()), 0, "too few");
    // The first one does not count if it had to load the key.
    sign(&mut signer, 2);
    let time = told(world.bob());
    assert!(time >= 40_000, "{time}");

    proxy.be(Some(SLOW));
    sign(&mut signer, 2);
    proxy.be(None);
    sign(&mut signer, 2 * ENOUGH);
    assert_eq!(told(world.bob()), time);
    let doctor = world.bob().run("sshtpm doctor").stdout;
    let expected = format!("; signs in {} ms", time / 1000);
    assert!(doctor.contains(&expected), "{expected}: {doctor}");

    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(told(world.bob()), 0, "another broker knows nothing yet");
}

#[test]
fn signatures_that_take_other_commands_tell_no_time() {
    const PIN: &str = "correct horse";
    let world = World::new();
    let alice = world.alice();
    let with_pin = alice.key_with_pin("locked", PIN);
    alice.unlock(&with_pin, PIN).expect("unlocked");
    let (of_another_curve, _) = Kind::P384.generate(alice);
    for key in [&with_pin, &of_another_curve] {
        sign_with(alice, key, ENOUGH + 1);
    }
    assert_eq!(told(alice), 0);
    sign_with(alice, &alice.key("plain"), ENOUGH + 1);
    assert_ne!(told(alice), 0);
}

#[test]
fn doctor_warns_of_a_chip_that_is_slower_than_all_others() {
    let (world, proxy) = stage::behind_proxy("");
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let (_, key) = Kind::P256.generate(world.alice());
    let mut signer = Signer::new(&agent, &key);
    sign(&mut signer, 1);
    proxy.be(Some(SLOW));
    sign(&mut signer, ENOUGH);
    let time = told(world.alice());
    assert!(time >= 300_000, "{time}");
    let doctor = world.alice().run("sshtpm doctor").stdout;
    let slow = format!("it is slow: a P-256 signature takes {} ms", time / 1000);
    for part in [slow.as_str(), "sshtpm tpm bench"] {
        assert!(doctor.contains(part), "{part}: {doctor}");
    }
}

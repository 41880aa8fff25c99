//! A broker that is not root's: a bus policy lets bob have the broker's name.

use sshtpm_tests::bus::wait_for_owner;
use sshtpm_tests::user::Running;
use sshtpm_tests::{World, wait};

use crate::import_files::keygen;

const NAME: &str = "org.sshtpm.Broker1";

/// Everything is up, but bob's false broker has taken the place of the real one. It shows the
/// parent key of the TPM.
fn world_with_false_broker() -> (World, Running) {
    let world = World::empty();
    let policy =
        format!("<busconfig><policy user='bob'><allow own='{NAME}'/></policy></busconfig>");
    let root = world.root();
    root.write("/etc/dbus-1/system.d/zz-bob.conf", policy);
    world.start_all();
    let public = root.tpm("ParentPublic").expect("the property");
    let public: Vec<u8> = serde_json::from_value(public).expect("bytes");
    let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = root.tpm("ParentName").expect("the property");
    let name = name.as_str().expect("a name");
    world.stop_broker();
    let command = world.bob().command("false-broker").args(&[&public, name]);
    let broker = command.start();
    wait_for_owner(world.machine(), NAME, true);
    (world, broker)
}

/// What the false broker was told, once it was told all of it.
fn calls(world: &World, broker: &Running) -> String {
    let last = format!("dbus-send --system --print-reply --dest={NAME} / {NAME}.Keys.Last");
    world.alice().run(&last).fails_with(1);
    wait::until("the last call", wait::EFFECT, || {
        let calls = broker.stdout();
        calls.contains("Last\n").then_some(calls)
    })
}

#[test]
fn no_private_key_is_sent_to_a_broker_that_is_not_roots() {
    let (world, broker) = world_with_false_broker();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    let output = alice.run("sshtpm import key");
    let calls = calls(&world, &broker);
    assert!(!calls.contains("Import\n"), "{calls}");
    output.fails_with(1).complains("which only root may");
    alice.run("test -e key").ok();
}

#[test]
fn no_keys_are_believed_of_a_broker_that_is_not_roots() {
    let (world, _broker) = world_with_false_broker();
    let output = world.alice().run("sshtpm list");
    output.fails_with(1).complains("which only root may");
}

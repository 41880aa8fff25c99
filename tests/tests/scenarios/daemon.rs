//! The broker as a service: its configuration, its start and its end.

use sshtpm_tests::broker::CONFIG;
use sshtpm_tests::call::refused;
use sshtpm_tests::{Request, World};

#[test]
fn a_configuration_that_is_not_understood_is_refused_with_file_and_reason() {
    let world = World::empty();
    world.start_bus();
    let root = world.root();
    for (content, named) in [
        ("tpn = \"device:/dev/tpmrm0\"\n", "line 1: tpn"),
        ("tpm = \"/dev/tpmrm0\"\n", "/dev/tpmrm0"),
        ("tpm = \"swtpm:path=/run/swtpm\"\n", "swtpm:path"),
        ("state-directory = \"relative\"\n", "state-directory"),
        (
            "[limits]\nkeys-per-user = 0\n",
            "line 2: limits.keys-per-user",
        ),
        ("[limits]\nkeys-per-user = -1\n", "keys-per-user"),
        ("[limits]\nkeys = 7\n", "keys"),
        ("not toml at all", "line 1"),
    ] {
        root.write(CONFIG, content);
        let failed = root.run("sshtpm-broker");
        // EX_CONFIG of sysexits.h, by which systemd knows that starting again does not help.
        assert_eq!(failed.code(), 78, "{content}: {failed}");
        assert!(failed.stderr.contains(CONFIG), "{content}: {failed}");
        assert!(failed.stderr.contains(named), "{content}: {failed}");
    }
}

#[test]
fn another_configuration_file_can_be_named() {
    let world = World::new();
    world.stop_broker();
    let root = world.root();
    root.run("mv /etc/sshtpm/broker.toml /root/other.toml").ok();
    let _broker = root
        .command("sshtpm-broker --config /root/other.toml")
        .daemon();
    world.wait_for_tpm("ready");
}

#[test]
fn a_second_broker_ends_and_leaves_the_first_alone() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let second = world.root().run("sshtpm-broker");
    assert_ne!(second.code(), 0, "{second}");
    assert!(
        second.stderr.contains("another sshtpm-broker uses it"),
        "it does not say why: {second}"
    );
    assert_eq!(world.alice().fingerprints(), [key]);
}

#[test]
fn a_broker_without_a_bus_ends_and_says_so() {
    let world = World::empty();
    let failed = world.root().run("sshtpm-broker");
    assert_ne!(failed.code(), 0, "{failed}");
    assert_ne!(failed.stderr, "");
}

#[test]
fn a_broker_whose_bus_ends_ends_with_it() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.stop_bus();
    assert!(!world.broker_ended(), "systemd shall start it again");

    world.start_bus();
    world.start_polkit();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(world.alice().fingerprints(), [key]);
}

#[test]
fn properties_are_there_for_everybody_and_cannot_be_set() {
    let world = World::new();
    let alice = world.alice();
    for (property, expected) in [
        ("State", "ready"),
        ("StateReason", ""),
        ("Device", "swtpm:host=127.0.0.1,port=2321"),
        ("Manufacturer", "IBM"),
        ("Version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(alice.tpm(property), Ok(expected.into()), "{property}");
    }
    assert_eq!(alice.tpm("ParentHandle"), Ok(0x8100_0001_u32.into()));
    let mut set = Request::property("State");
    "Set".clone_into(&mut set.member);
    refused(alice.call(&set));
    refused(world.root().call(&set));
}

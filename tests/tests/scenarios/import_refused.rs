//! What `sshtpm import` refuses: nothing of it is stored, and the message says why.

use sshtpm_tests::call::none;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{User, World};

use crate::import_files::{PASSPHRASE, import, keygen};

/// How many tries the TPM counts towards its lockout.
fn counted(world: &World) -> String {
    let shown = tool(world.machine(), "tpm2_getcap properties-variable").ok();
    let mut lines = shown.stdout.lines();
    let line = lines.find(|line| line.contains("TPM2_PT_LOCKOUT_COUNTER"));
    line.expect("a counter").to_owned()
}

fn nothing_is_stored(alice: User<'_>) {
    assert_eq!(alice.list(none()).expect("a list"), serde_json::json!([]));
}

#[test]
fn files_with_other_keys_or_none_are_refused_with_the_reason() {
    let world = World::new();
    let alice = world.alice();
    let before = counted(&world);
    keygen(alice, "dsa", "-t dsa", "");
    keygen(alice, "odd", "-t rsa -b 2560", "");
    keygen(alice, "pem", "-t ecdsa -m PEM", PASSPHRASE);
    keygen(alice, "ours", "-t ecdsa", "");
    alice.write("/home/alice/empty", "\n");
    for (file, reason) in [
        ("dsa", "DSA"),
        ("odd", "2560 bits"),
        ("pem", "`ssh-keygen -p -f pem`"),
        ("ours.pub", "the file without .pub"),
        ("empty", "no private key"),
        ("/dev/zero", "at most 65536 bytes"),
        ("/home/alice", "directory"),
        ("missing", "No such file"),
    ] {
        let refused = import(alice, file, PASSPHRASE).fails_with(1);
        refused
            .complains(&format!("cannot import {file}"))
            .complains(reason);
    }
    nothing_is_stored(alice);
    assert_eq!(counted(&world), before);
}

#[test]
fn files_that_are_cut_off_anywhere_leave_nothing() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    let file = alice.read("/home/alice/key");
    for length in (0..file.len() - 2).step_by(file.len() / 12) {
        alice.write("/home/alice/part", &file[..length]);
        alice.run("sshtpm import part").fails_with(1);
    }
    nothing_is_stored(alice);
}

#[test]
fn a_wrong_passphrase_on_standard_input_is_not_asked_for_again() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa -a 2", PASSPHRASE);
    let refused = import(alice, "key", "wrong").fails_with(1);
    refused.complains("the passphrase is wrong");
    nothing_is_stored(alice);
    alice
        .run("sshtpm import key")
        .fails_with(1)
        .complains("--passphrase-stdin");
}

#[test]
fn a_key_that_is_in_the_tpm_already_is_not_asked_about() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    alice.run("sshtpm import key").ok();
    let again = alice.run("sshtpm import key").fails_with(1);
    again.complains("in the TPM already");
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn a_file_that_others_can_read_is_imported_with_a_warning() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    alice.run("chmod 644 key").ok();
    let imported = alice.run("sshtpm import key").ok();
    imported.complains("its permissions are 0644");
    assert_eq!(alice.fingerprints().len(), 1);
}

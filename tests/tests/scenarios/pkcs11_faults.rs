//! The PKCS #11 module in programs that have no broker, or too many rights.

use sshtpm_tests::World;
use sshtpm_tests::token::MODULE;

#[test]
fn without_a_bus_or_a_broker_there_is_nothing_and_no_word() {
    let world = World::empty();
    let alice = world.alice();
    let listed = || alice.command("p11tool --list-tokens").run().ok();
    let silent = listed();
    assert!(!silent.stdout.contains("sshtpm"), "{silent}");
    assert_eq!(silent.stderr, "");
    world.start_bus();
    let silent = listed();
    assert!(!silent.stdout.contains("sshtpm"), "{silent}");
    assert_eq!(silent.stderr, "");
    assert_eq!(alice.run("ls -A").ok().stdout, "");
}

#[test]
fn a_program_with_the_rights_of_two_users_has_no_module() {
    let world = World::new();
    let root = world.root();
    world.alice().raw_key("ec");
    let list = format!("pkcs11-tool --module {MODULE} --list-slots");
    let as_both = format!("setpriv --ruid 1002 --euid 1001 --clear-groups {list}");
    let refused = root.run(&as_both).fails_with(1);
    refused.complains("CKR_FUNCTION_FAILED");
    let as_one = format!("setpriv --reuid 1001 --regid 1001 --clear-groups {list}");
    assert!(root.run(&as_one).ok().stdout.contains("sshtpm"));
}

#[test]
fn a_program_with_capabilities_of_its_file_has_no_module() {
    let world = World::new();
    let (alice, root) = (world.alice(), world.root());
    alice.raw_key("ec");
    root.run("cp /usr/bin/pkcs11-tool /home/alice/capable").ok();
    let list = format!("/home/alice/capable --module {MODULE} --list-slots");
    assert!(alice.run(&list).ok().stdout.contains("sshtpm"));
    root.run("setcap cap_net_bind_service+ep /home/alice/capable")
        .ok();
    let refused = alice.run(&list).fails_with(1);
    refused.complains("CKR_FUNCTION_FAILED");
}

#[test]
fn a_tpm_that_is_away_is_an_error_and_comes_back() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    alice.write("/home/alice/note", "note");
    world.power_off_tpm();
    let signed = alice.sign_note("ec", "ECDSA-SHA256").run();
    signed.fails_with(1).complains("CKR_DEVICE_ERROR");
    world.start_tpm();
    world.wait_for_tpm("ready");
    alice.sign_note("ec", "ECDSA-SHA256").run().ok();
}

//! Derived keys: the same words give the same key, for as long as the seed is the same.

use serde_json::Value;
use sshtpm_tests::call::{Answer, Options, none, option, owner, refused, text};
use sshtpm_tests::persistent::{kept, promote, sign};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::{Request, User, World};

const P256: &str = "";
const RSA: &str = "ssh-rsa";

fn words(hierarchy: &str, label: &str) -> Options {
    let mut options = option("derived", hierarchy);
    options.extend(option("label", label));
    options
}

fn derive(user: User<'_>, algorithm: &str, hierarchy: &str, label: &str) -> Answer {
    user.generate(algorithm, "derived", words(hierarchy, label))
}

/// The fingerprint of a derived key of `user`.
#[track_caller]
fn key(user: User<'_>, hierarchy: &str, label: &str) -> String {
    let key = derive(user, P256, hierarchy, label).expect("a key");
    assert_eq!(text(&key, "Origin"), "derived");
    assert_eq!(text(&key, "Hierarchy"), hierarchy);
    assert_eq!(text(&key, "Label"), label);
    text(&key, "Fingerprint")
}

/// The states of the keys of `user`, in the order in which they were made.
fn state(user: User<'_>, key: &str) -> String {
    let keys = user.list(none()).expect("a list");
    let keys = keys.as_array().expect("a list");
    let found = keys.iter().find(|one| one["Fingerprint"] == key);
    text(found.expect("it is listed"), "State")
}

fn try_to_sign(user: User<'_>, key: &str) -> Answer {
    user.sign(key, &sshsig("data"), 0, none())
}

/// How many commands the TPM gets for a signature.
#[track_caller]
fn cost(tap: &Tap<'_>, user: User<'_>, key: &str) -> usize {
    tap.cost(|| sign(user, key))
}

#[test]
fn the_same_words_give_the_same_key_after_the_disk_was_wiped() {
    let world = World::to_tap("");
    let (alice, bob, tap) = (world.alice(), world.bob(), world.tap());
    let mut first = None;
    let to_derive = tap.cost(|| first = Some(key(alice, "owner", "work")));
    assert_eq!(to_derive, 2, "CreatePrimary, FlushContext");
    let first = first.expect("a key");
    assert_eq!(cost(&tap, alice, &first), 2, "CreatePrimary, Sign");
    assert_eq!(cost(&tap, alice, &first), 1, "Sign");
    let all = [
        key(bob, "owner", "work"),
        key(alice, "owner", "play"),
        key(alice, "endorsement", "work"),
        key(alice, "null", "work"),
    ];
    assert!(!all.contains(&first), "{all:?}");
    assert_eq!(refused(derive(alice, P256, "owner", "work")), "InvalidArgs");

    world.stop_broker();
    world.root().run("rm -r /var/lib/sshtpm/keys").ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert!(alice.fingerprints().is_empty());
    assert_eq!(key(alice, "owner", "work"), first);
    sign(alice, &first);
}

#[test]
fn a_clear_ends_keys_of_the_owner_and_none_of_the_chip() {
    let world = World::new();
    let alice = world.alice();
    let owners = key(alice, "owner", "work");
    let chips = key(alice, "endorsement", "work");
    sign(alice, &owners);
    tool(world.machine(), "tpm2_clear -c platform").ok();
    assert_eq!(refused(try_to_sign(alice, &owners)), "KeyLost");
    assert_eq!(state(alice, &owners), "lost");
    sign(alice, &chips);
    // The TPM has no parent at this moment, as others of its objects are gone, too.
    world.restart_broker();
    world.wait_for_tpm("ready");
    for one in [&owners, &chips] {
        assert_eq!(state(alice, one), "unknown", "nobody tried");
    }
    let again = key(alice, "owner", "work");
    assert_ne!(again, owners);
    sign(alice, &again);
    sign(alice, &chips);
    assert_eq!(state(alice, &chips), "usable");
    assert_eq!(refused(try_to_sign(alice, &owners)), "KeyLost");
    assert_eq!(state(alice, &owners), "lost");
}

#[test]
fn a_power_cycle_ends_keys_of_the_null_hierarchy_alone() {
    let world = World::new();
    let alice = world.alice();
    let brief = key(alice, "null", "");
    let lasting = key(alice, "owner", "");
    assert_eq!(state(alice, &brief), "usable");
    sign(alice, &brief);
    world.stop_broker();
    world.power_off_tpm();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(state(alice, &brief), "unknown");
    assert_eq!(state(alice, &lasting), "usable");
    assert_eq!(refused(try_to_sign(alice, &brief)), "KeyLost");
    assert_eq!(state(alice, &brief), "lost");
    sign(alice, &lasting);
}

#[test]
fn a_derived_key_that_the_tpm_keeps_needs_no_password_of_its_hierarchy() {
    let world = World::to_tap("");
    let (alice, tap) = (world.alice(), world.tap());
    for (hierarchy, cost) in [("owner", 7), ("endorsement", 8)] {
        let key = key(alice, hierarchy, "kept");
        let to_keep = tap.cost(|| promote(&world, &key));
        assert_eq!(to_keep, cost, "as docs/internals/tpm.md has it");
    }
    let keys = alice.fingerprints();
    assert_eq!(kept(&world).len(), 2);
    let lone = key(alice, "endorsement", "lone");
    for hierarchy in ["owner", "endorsement"] {
        let set = format!("tpm2_changeauth -c {hierarchy} secret");
        tool(world.machine(), &set).ok();
        let refusal = derive(alice, P256, hierarchy, "more").expect_err("there is a password");
        assert_eq!(refusal.kind(), "TpmOwnerPassword");
        let advice = format!("tpm2_changeauth -c {hierarchy} -p");
        assert!(refusal.text.contains(&advice), "{refusal:?}");
    }
    assert_eq!(refused(try_to_sign(alice, &lone)), "TpmOwnerPassword");
    for key in &keys {
        assert_eq!(cost(&tap, alice, key), 2, "ReadPublic, Sign");
        assert_eq!(cost(&tap, alice, key), 1, "Sign");
    }
    let null = key(alice, "null", "");
    let set = Request::keys("SetPersistent")
        .with(null.as_str())
        .with(true);
    let set = world.root().call(&set.with(owner("alice")));
    assert_eq!(refused(set), "InvalidArgs");
}

#[test]
fn two_signatures_at_once_by_an_rsa_key_that_is_not_ready_are_made() {
    let world = World::new();
    let alice = world.alice();
    let key = derive(alice, RSA, "owner", "").expect("a key");
    let key = text(&key, "Fingerprint");
    // What waits for its turn to derive is not refused as a second generation would be.
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| sign_rsa(alice, &key)));
        for one in both {
            one.join().expect("no panic").expect("a signature");
        }
    });
}

fn sign_rsa(user: User<'_>, key: &str) -> Result<Value, sshtpm_tests::call::Refusal> {
    const SHA_256: u32 = 2;
    user.sign(key, &sshsig("data"), SHA_256, none())
}

#[test]
fn the_command_line_derives_a_key_of_a_user_and_of_the_host_again() {
    let world = World::new();
    let alice = world.alice();
    let keygen = "sshtpm keygen --derived owner --label work -f /tmp/derived.pub --force";
    let told = alice.run(keygen).ok();
    assert!(told.stdout.contains("group tss"), "{told}");
    let first = alice.fingerprints();
    let listed = alice.run("sshtpm list --wide").ok().stdout;
    assert!(listed.contains("  derived,owner,work  "), "{listed}");
    let remove = format!("sshtpm rm --force --owner alice {}", first[0]);
    world.root().run(&remove).ok();
    alice.run(keygen).ok();
    assert_eq!(alice.fingerprints(), first);

    let generate = "sshtpm host-keys generate --derived endorsement -C host";
    let host = world.root().run(generate).ok().stdout;
    let remove = "sshtpm host-keys rm --force host";
    let removed = world.root().run(remove).ok().stdout;
    let again = "sshtpm host-keys generate --derived endorsement -t ecdsa-sha2-nistp256 -b 256";
    assert!(removed.contains(again), "{removed}");
    assert_eq!(world.root().run(generate).ok().stdout, host);
}

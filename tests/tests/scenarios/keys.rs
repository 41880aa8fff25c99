//! The life of a key, over D-Bus.

use serde_json::json;
use sshtpm_tests::call::{bits, none, owner, refused, text};
use sshtpm_tests::signed_data::{blob, sshsig};
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Request, World};

#[test]
fn a_user_in_no_special_group_generates_lists_and_signs() {
    let world = World::new();
    let alice = world.alice();

    let key = alice.generate("", "laptop", none()).expect("a key");
    assert_eq!(key["Algorithm"], "ecdsa-sha2-nistp256");
    assert_eq!(key["Bits"], 256);
    assert_eq!(key["Comment"], "laptop");
    assert_eq!(key["Owner"], "alice");
    assert_eq!(key["State"], "usable");

    let keys = alice.list(none()).expect("a list");
    assert_eq!(keys, serde_json::json!([key]));

    let fingerprint = text(&key, "Fingerprint");
    let signature = alice
        .sign(&fingerprint, &sshsig("data"), 0, none())
        .expect("a signature");
    assert_eq!(
        verify(&key, &sshsig("data"), &signature),
        "ecdsa-sha2-nistp256"
    );
}

#[test]
fn every_offered_algorithm_makes_keys_whose_signatures_verify() {
    let world = World::new();
    let alice = world.alice();

    let offered = alice.tpm("Algorithms").expect("the algorithms");
    let offered = offered.as_array().expect("a list");
    for expected in [
        ("ecdsa-sha2-nistp256", 256),
        ("ecdsa-sha2-nistp384", 384),
        ("ecdsa-sha2-nistp521", 521),
        ("ssh-rsa", 2048),
        ("ssh-rsa", 3072),
    ] {
        let expected = serde_json::json!(expected);
        assert!(
            offered.contains(&expected),
            "{expected} is not in {offered:?}"
        );
    }
    for algorithm in offered {
        let name = algorithm[0].as_str().expect("a name");
        let length = algorithm[1]
            .as_u64()
            .and_then(|bits| u32::try_from(bits).ok());
        let length = length.expect("a length");
        let options = if name == "ssh-rsa" {
            bits(length)
        } else {
            none()
        };
        let key = alice.generate(name, "", options).expect("a key");
        assert_eq!(key["Algorithm"], name);
        assert_eq!(key["Bits"], length);
        let fingerprint = text(&key, "Fingerprint");
        let schemes: &[(u32, &str)] = match name {
            "ssh-rsa" => &[(2, "rsa-sha2-256"), (4, "rsa-sha2-512")],
            _ => &[(0, name)],
        };
        for (flags, scheme) in schemes {
            let signature = alice
                .sign(&fingerprint, &sshsig("data"), *flags, none())
                .expect("a signature");
            assert_eq!(verify(&key, &sshsig("data"), &signature), *scheme);
        }
    }
}

#[test]
fn rsa_never_signs_with_sha_1() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("ssh-rsa", "", bits(2048)).expect("a key");
    let fingerprint = text(&key, "Fingerprint");

    let signature = alice
        .sign(&fingerprint, &sshsig("data"), 0, none())
        .expect("a signature");
    assert_eq!(verify(&key, &sshsig("data"), &signature), "rsa-sha2-512");
}

#[test]
fn the_fingerprint_is_the_one_that_ssh_keygen_prints() {
    let world = World::new();
    let alice = world.alice();
    let key = alice
        .generate("ecdsa-sha2-nistp384", "work", none())
        .expect("a key");

    let line = format!("{} work\n", text(&key, "PublicKey"));
    let printed = alice.command("ssh-keygen -l -f -").stdin(line).run().ok();
    let expected = format!("384 {} work (ECDSA)\n", text(&key, "Fingerprint"));
    assert_eq!(printed.stdout, expected);
}

#[test]
fn an_agent_offers_blob_and_comment_of_the_users_own_keys() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.generate("", "laptop", none()).expect("a key");
    bob.key("bob's");
    let asked = Request::keys("ListIdentities").with(none());
    let offered = alice.call(&asked).expect("identities");
    assert_eq!(offered, json!([[[blob(&key), "laptop"]]]));
}

#[test]
fn a_user_is_not_offered_keys_of_others() {
    let world = World::new();
    world.alice().key("laptop");
    let asked = Request::keys("ListIdentities").with(owner("alice"));
    for user in [world.bob(), world.root()] {
        assert_eq!(refused(user.call(&asked)), "InvalidArgs");
    }
}

#[test]
fn a_renamed_key_is_listed_by_its_new_name() {
    let world = World::new();
    let alice = world.alice();
    let fingerprint = alice.key("old");

    alice
        .set_comment(&fingerprint, "new", none())
        .expect("renamed");
    let keys = alice.list(none()).expect("a list");
    assert_eq!(keys[0]["Comment"], "new");
    assert_eq!(keys[0]["Fingerprint"], fingerprint);
}

#[test]
fn keys_outlive_the_broker_and_its_murder() {
    let world = World::new();
    let fingerprint = world.alice().key("laptop");
    let before = world.alice().list(none());

    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(world.alice().list(none()), before);

    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    let alice = world.alice();
    assert_eq!(alice.list(none()), before);
    let signature = alice
        .sign(&fingerprint, &sshsig("data"), 0, none())
        .expect("a signature");
    verify(&before.expect("a list")[0], &sshsig("data"), &signature);
}

#[test]
fn a_user_has_as_many_keys_as_the_administrator_says() {
    let world = World::with_config("[limits]\nkeys-per-user = 2");
    let alice = world.alice();
    alice.key("one");
    alice.key("two");

    let refusal = alice.generate("", "three", none()).expect_err("refused");
    assert_eq!(refusal.kind(), "LimitsExceeded", "{refusal:?}");
    assert!(refusal.text.contains("2 keys "), "{refusal:?}");
    assert_eq!(alice.fingerprints().len(), 2);
    world.bob().key("another user's own quota");
}

#[test]
fn keys_of_one_user_made_at_the_same_time_are_all_there() {
    const AT_ONCE: usize = 12;
    let world = World::new();
    std::thread::scope(|scope| {
        for number in 0..AT_ONCE {
            let alice = world.alice();
            scope.spawn(move || alice.key(&format!("key {number}")));
        }
    });
    let mut fingerprints = world.alice().fingerprints();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), AT_ONCE);
}

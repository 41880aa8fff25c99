//! Keys that the TPM keeps because they are used much (`persistent = "auto"`): what that saves,
//! which keys are chosen, and what bounds it.

use sshtpm_tests::broker::write_config;
use sshtpm_tests::call::{none, owner, text};
use sshtpm_tests::persistent::{FIRST, kept, promote, sign};
use sshtpm_tests::signed_data::{exchange_hash, sshsig};
use sshtpm_tests::{User, World, wait};

/// The broker may choose.
pub(crate) const AUTO: &str = "persistent = \"auto\"";

/// So many uses are enough, also when some time has passed since.
const OFTEN: usize = 22;

/// Signs so often that the key is used enough, and waits for nothing.
pub(crate) fn use_often(user: User<'_>, key: &str) {
    for _ in 0..OFTEN {
        let signature = user.sign(key, &sshsig("data"), 0, none());
        signature.expect("a signature");
    }
}

/// Who decided that the TPM keeps a key, as its owner sees it.
pub(crate) fn kept_by(user: User<'_>, key: &str) -> String {
    let keys = user.list(none()).expect("a list");
    let mut keys = keys.as_array().expect("a list").iter();
    let listed = keys.find(|one| one["Fingerprint"] == key);
    text(listed.expect("it is listed"), "PersistentBy")
}

/// Waits until the TPM keeps a key by its use.
#[track_caller]
pub(crate) fn wait_until_kept(user: User<'_>, key: &str) {
    wait::until("a place for the key", wait::EFFECT, || {
        (kept_by(user, key) == "use").then_some(())
    });
}

/// Waits until the TPM no longer keeps a key.
#[track_caller]
pub(crate) fn wait_until_given_back(user: User<'_>, key: &str) {
    wait::until("the return of a place", wait::EFFECT, || {
        kept_by(user, key).is_empty().then_some(())
    });
}

fn turn(world: &World, setting: &str) {
    write_config(world.machine(), setting);
    world.reload_broker();
}

#[test]
fn a_key_that_is_used_often_signs_with_one_command() {
    let world = World::to_tap(AUTO);
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    sign(alice, &key);
    let cost = tap.cost(|| {
        use_often(alice, &key);
        wait_until_kept(alice, &key);
        sign(alice, &key);
    });
    assert!(cost >= OFTEN + 12, "it was put there: {cost}");
    assert_eq!(tap.cost(|| sign(alice, &key)), 1, "Sign");
    let listed = alice.run("sshtpm list --json").ok().json();
    assert_eq!(listed[0]["persistent_by"], "use");
    let whole = alice.run("sshtpm list --wide").ok().stdout;
    assert!(whole.contains("generated,persistent-by-use"), "{whole}");
    let log = world.broker_log();
    assert!(log.contains("the TPM keeps a key"), "{log}");

    // It stays there without being counted again.
    world.restart_broker();
    world.wait_for_tpm("ready");
    sign(alice, &key);
    assert_eq!(tap.cost(|| sign(alice, &key)), 1, "Sign");
    assert_eq!(kept_by(alice, &key), "use");
}

#[test]
fn without_the_administrators_word_no_key_is_kept_by_use() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    use_often(alice, &key);
    turn(&world, AUTO);
    // What was done before the word does not count.
    let other = alice.key("other");
    use_often(alice, &other);
    wait_until_kept(alice, &other);
    assert_eq!(kept_by(alice, &key), "");
}

#[test]
fn sshds_keys_are_kept_and_a_user_has_two_at_most() {
    let world = World::with_config(AUTO);
    let (alice, bob) = (world.alice(), world.bob());
    let keys = ["one", "two", "three"].map(|comment| alice.key(comment));
    for key in &keys {
        use_often(alice, key);
    }
    let bobs = bob.key("laptop");
    use_often(bob, &bobs);
    world
        .root()
        .run("sshtpm -q host-keys generate -C host")
        .ok();
    let host = world.host_user();
    let hosts = text(&host.list(none()).expect("a list")[0], "Fingerprint");
    for _ in 0..OFTEN {
        let signature = host.sign(&hosts, &exchange_hash(), 0, none());
        signature.expect("a signature");
    }
    wait_until_kept(bob, &bobs);
    wait_until_kept(host, &hosts);
    let kept_of_alice = keys.iter().filter(|key| kept_by(alice, key) == "use");
    assert_eq!(kept_of_alice.count(), 2);
    assert_eq!(kept(&world).len(), 4);
    // However much it is used: the others have been there for less than an hour.
    for _ in 0..4 {
        use_often(alice, &keys[2]);
    }
    turn(&world, AUTO);
    let carols = bob.key("second");
    use_often(bob, &carols);
    wait_until_kept(bob, &carols);
    assert_eq!(kept_by(alice, &keys[2]), "");
    assert_eq!(kept_by(bob, &bobs), "use");
}

#[test]
fn keys_with_a_pin_and_sealed_ones_are_not_kept_by_use() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let with_pin = alice.key_with_pin("prod", "1234");
    alice.unlock(&with_pin, "1234").expect("the PIN is right");
    let sealed = alice.generate("ssh-ed25519", "sealed", none());
    let sealed = text(&sealed.expect("a key"), "Fingerprint");
    let plain = alice.key("plain");
    for key in [&with_pin, &sealed, &plain] {
        use_often(alice, key);
    }
    wait_until_kept(alice, &plain);
    assert_eq!(kept_by(alice, &with_pin), "");
    assert_eq!(kept_by(alice, &sealed), "");
    assert_eq!(kept(&world), [FIRST]);
}

#[test]
fn turned_off_the_broker_gives_back_what_it_chose_and_nothing_else() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let (by_hand, by_use) = (alice.key("by hand"), alice.key("by use"));
    promote(&world, &by_hand);
    use_often(alice, &by_use);
    wait_until_kept(alice, &by_use);
    turn(&world, "");
    wait_until_given_back(alice, &by_use);
    assert_eq!(kept_by(alice, &by_hand), "administrator");
    assert_eq!(kept(&world), [FIRST]);
    let log = world.broker_log();
    assert!(log.contains("persistent is no longer"), "{log}");

    // The same at the next start.
    turn(&world, AUTO);
    wait_until_kept(alice, &by_use);
    world.stop_broker();
    write_config(world.machine(), "");
    world.start_broker();
    wait_until_given_back(alice, &by_use);
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &by_use);
}

#[test]
fn what_an_administrator_takes_over_stays_when_the_rest_goes() {
    let world = World::with_config(AUTO);
    let alice = world.alice();
    let key = alice.key("laptop");
    use_often(alice, &key);
    wait_until_kept(alice, &key);
    promote(&world, &key);
    assert_eq!(kept_by(alice, &key), "administrator");
    let other = alice.key("other");
    use_often(alice, &other);
    wait_until_kept(alice, &other);
    turn(&world, "");
    wait_until_given_back(alice, &other);
    assert_eq!(kept_by(alice, &key), "administrator");
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &key);
}

#[test]
fn a_user_causes_three_changes_a_day_whatever_becomes_of_the_broker() {
    let world = World::with_config(AUTO);
    let (alice, bob) = (world.alice(), world.bob());
    for number in 0..3 {
        let key = alice.key(&format!("key {number}"));
        use_often(alice, &key);
        wait_until_kept(alice, &key);
        world.kill_broker();
        world.start_broker();
        world.wait_for_tpm("ready");
        world.root().delete(&key, owner("alice")).expect("deleted");
    }
    assert!(kept(&world).is_empty());
    let fourth = alice.key("fourth");
    let bobs = bob.key("laptop");
    use_often(alice, &fourth);
    use_often(bob, &bobs);
    wait_until_kept(bob, &bobs);
    assert_eq!(kept_by(alice, &fourth), "");
    assert_eq!(kept(&world), [FIRST]);
}

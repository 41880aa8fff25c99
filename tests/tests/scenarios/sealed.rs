//! Ed25519 keys, which the TPM seals and the broker signs with.

use serde_json::Value;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;
use sshtpm_tests::call::{Answer, none, owner, refused, text};
use sshtpm_tests::persistent::set;
use sshtpm_tests::pin::{Step, last};
use sshtpm_tests::process_memory::count;
use sshtpm_tests::sealed::{record, unseal};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{User, World};

use super::pin::world_with_tries;

pub(crate) const PIN: &str = "correct-horse";

pub(crate) fn sealed_key(user: User<'_>) -> Value {
    let key = user.generate("ssh-ed25519", "sealed", none());
    key.expect("a key")
}

pub(crate) fn sealed_key_with_pin(user: User<'_>) -> Value {
    let generate = Step::Generate {
        algorithm: "ssh-ed25519".to_owned(),
        comment: "sealed".to_owned(),
        pin: 0,
    };
    let steps = [Step::Open(PIN.to_owned()), generate];
    last(user.pins(&steps)).expect("a key")
}

pub(crate) fn sign(user: User<'_>, key: &Value) -> Answer {
    user.sign(&text(key, "Fingerprint"), &sshsig("data"), 0, none())
}

#[track_caller]
pub(crate) fn signs(user: User<'_>, key: &Value) {
    let signature = sign(user, key).expect("a signature");
    verify(key, &sshsig("data"), &signature);
}

/// How many commands the TPM gets for a signature.
#[track_caller]
fn cost(tap: &Tap<'_>, user: User<'_>, key: &Value) -> usize {
    tap.cost(|| signs(user, key))
}

#[test]
fn a_sealed_key_costs_five_commands_once_and_none_from_then_on() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let mut made = None;
    let to_make = tap.cost(|| made = Some(sealed_key(alice)));
    let makes = "GetRandom, StartAuthSession, Create, and what unseals it once";
    assert_eq!(to_make, 3 + 5, "{makes}");
    let key = made.expect("a key");
    let cold = "Load, StartAuthSession, Unseal, ReadPublic, FlushContext";
    assert_eq!(cost(&tap, alice, &key), 5, "{cold}");
    for _ in 0..5 {
        assert_eq!(cost(&tap, alice, &key), 0, "the seed is ready");
    }
}

#[test]
fn a_sealed_key_with_a_pin_is_unsealed_at_each_use() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = sealed_key_with_pin(alice);
    assert_eq!(refused(sign(alice, &key)), "PinRequired");
    let fingerprint = text(&key, "Fingerprint");
    alice.unlock(&fingerprint, PIN).expect("unlocked");
    for _ in 0..3 {
        let each = "Load, StartAuthSession, Unseal, ReadPublic, FlushContext";
        assert_eq!(cost(&tap, alice, &key), 5, "{each}");
    }
}

/// The seed of alice's only key, which is that of `key`.
pub(crate) fn seed_of(world: &World, key: &Value, pin: Option<&str>) -> Vec<u8> {
    let machine = world.machine();
    let seed = unseal(machine, &record(machine, world.alice()), pin);
    let bytes = seed.as_slice().try_into().expect("32 bytes");
    let public = PrivateKey::from(Ed25519Keypair::from_seed(bytes));
    let public = public.public_key().to_openssh().expect("a text");
    assert_eq!(
        public.trim_end(),
        text(key, "PublicKey"),
        "the seed of the key"
    );
    seed
}

/// How often the broker's memory has a seed, or the half of it that freed memory keeps longest: the
/// C library writes its own lists over the beginning.
pub(crate) fn count_of(pid: u32, seed: &[u8]) -> usize {
    count(pid, seed) + count(pid, &seed[seed.len() / 2..])
}

#[test]
fn a_wrong_pin_of_a_sealed_key_counts_at_the_tpm() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = text(&sealed_key_with_pin(alice), "Fingerprint");
    let tries = || alice.lockout(none()).expect("a lockout state")["Counter"].clone();
    let before = tries().as_u64().expect("a number");
    assert_eq!(refused(alice.unlock(&key, "wrong")), "WrongPin");
    assert_eq!(tries(), before + 1);
    alice.unlock(&key, PIN).expect("unlocked");
}

#[test]
fn the_pin_of_a_sealed_key_can_be_changed() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = sealed_key_with_pin(alice);
    let fingerprint = text(&key, "Fingerprint");
    let changed = alice.set_pin(&fingerprint, PIN, Some("another"));
    changed.expect("changed");
    assert_eq!(refused(alice.unlock(&fingerprint, PIN)), "WrongPin");
    alice.unlock(&fingerprint, "another").expect("unlocked");
    signs(alice, &key);
}

/// Gives the record of one key the sealed object of another.
fn mix_up(world: &World, user: User<'_>) {
    let directory = format!("/var/lib/sshtpm/keys/{}", user.uid());
    let root = world.root();
    let files = root.run(&format!("ls {directory}")).ok().stdout;
    let files = files.lines().map(|name| format!("{directory}/{name}"));
    let files: Vec<_> = files.filter(|name| name.ends_with(".json")).collect();
    let read =
        |file: &String| -> Value { serde_json::from_str(&root.read(file)).expect("a record") };
    let mut records: Vec<_> = files.iter().map(read).collect();
    let first = records[0]["key"].clone();
    records[0]["key"] = records[1]["key"].clone();
    records[1]["key"] = first;
    for (file, record) in files.iter().zip(records) {
        root.write(file, record.to_string());
    }
}

#[test]
fn a_sealed_seed_does_not_sign_for_another_public_key() {
    let world = World::new();
    let alice = world.alice();
    let keys = [sealed_key(alice), sealed_key(alice)];
    world.stop_broker();
    mix_up(&world, alice);
    world.start_broker();
    world.wait_for_tpm("ready");
    for key in &keys {
        assert_eq!(refused(sign(alice, key)), "TpmFailed");
    }
}

#[test]
fn a_sealed_key_is_lost_after_a_clear() {
    let world = World::new();
    let alice = world.alice();
    let key = sealed_key(alice);
    signs(alice, &key);
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(refused(sign(alice, &key)), "KeyLost");
    let listed = alice.list(none()).expect("a list");
    assert_eq!(listed[0]["State"], "lost");
}

#[test]
fn a_sealed_key_is_not_kept_by_the_tpm() {
    let world = World::new();
    let key = text(&sealed_key(world.alice()), "Fingerprint");
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("it is sealed");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains("seals"), "{refusal:?}");
}

#[test]
fn a_sealed_key_survives_restarts_of_broker_and_tpm() {
    let world = World::new();
    let alice = world.alice();
    let key = sealed_key(alice);
    world.restart_broker();
    signs(alice, &key);
    world.stop_broker();
    world.power_off_tpm();
    world.start_tpm();
    world.start_broker();
    signs(alice, &key);
}

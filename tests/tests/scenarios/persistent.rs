//! Keys that the TPM itself keeps: what that saves, who may have it, and that nobody notices when
//! they are not there any more.

use serde_json::Value;
use sshtpm_tests::call::{Answer, none, owner, refused, text};
use sshtpm_tests::output::Output;
use sshtpm_tests::signed_data::{exchange_hash, sshsig};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::tap::Tap;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Request, User, World, wait};

/// Our handles, as the broker has them.
const FIRST: u32 = 0x8153_5300;
const MOST: u32 = 16;

/// A handle of nobody's.
const FILLER: u32 = 0x8120_0000;

fn set(
    user: User<'_>,
    key: &str,
    persistent: bool,
    options: sshtpm_tests::call::Options,
) -> Answer {
    let request = Request::keys("SetPersistent").with(key).with(persistent);
    user.call(&request.with(options))
}

/// Has the TPM keep a key of alice's.
#[track_caller]
fn promote(world: &World, key: &str) {
    set(world.root(), key, true, owner("alice")).expect("root may");
}

#[track_caller]
fn demote(world: &World, key: &str) {
    set(world.root(), key, false, owner("alice")).expect("root may");
}

#[track_caller]
fn sign(user: User<'_>, key: &str) {
    let keys = user.list(none()).expect("a list");
    let keys = keys.as_array().expect("a list");
    let listed = keys.iter().find(|one| one["Fingerprint"] == key);
    let signature = user.sign(key, &sshsig("data"), 0, none());
    let signature = signature.expect("a signature");
    verify(listed.expect("it is listed"), &sshsig("data"), &signature);
}

/// What is at our handles, as any program sees it.
fn kept(world: &World) -> Vec<u32> {
    let told = tool(world.machine(), "tpm2_getcap handles-persistent").ok();
    let handles = told.stdout.lines();
    handles
        .filter_map(|line| u32::from_str_radix(line.strip_prefix("- 0x")?, 16).ok())
        .filter(|handle| (FIRST..FIRST + MOST).contains(handle))
        .collect()
}

fn evict(world: &World, handle: u32) {
    tool(
        world.machine(),
        &format!("tpm2_evictcontrol -Q -C o -c {handle:#x}"),
    )
    .ok();
}

/// Another program makes a key of its own, which has no password.
fn others_key(world: &World) {
    let create = "tpm2_createprimary -Q -G ecc256:ecdsa-sha256 -c /tmp/others \
                  -a sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth";
    tool(world.machine(), create).ok();
    tool(world.machine(), "tpm2_flushcontext -t").ok();
}

/// It puts it at a handle.
fn others_put(world: &World, handle: u32) -> Output {
    let machine = world.machine();
    let keep = format!("tpm2_evictcontrol -Q -C o -c /tmp/others {handle:#x}");
    let kept = tool(machine, &keep);
    tool(machine, "tpm2_flushcontext -t").ok();
    kept
}

fn others_keep(world: &World, handle: u32) {
    others_key(world);
    others_put(world, handle).ok();
}

/// Whether a program that has the TPM, and nothing else, can have it sign with what is at a handle.
fn anybody_signs(world: &World, handle: u32) -> bool {
    let machine = world.machine();
    machine.root().write("/tmp/data", "data");
    let signed = tool(
        machine,
        &format!("tpm2_sign -Q -c {handle:#x} -g sha256 -o /tmp/signature /tmp/data"),
    );
    signed.code() == 0
}

/// The value of a key of alice's, in the record that root alone can read.
fn auth(world: &World) -> Vec<u8> {
    let uid = world.alice().uid();
    let files = format!("cat /var/lib/sshtpm/keys/{uid}/*.json");
    let record = world.root().command("sh -c").arg(files).run().ok().stdout;
    let record: Value = serde_json::from_str(&record).expect("one record");
    let auth = text(&record["persistent"], "auth");
    let digits = auth.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16))
        .map(|byte| byte.expect("a byte"))
        .collect()
}

/// How many commands the TPM gets for a signature.
#[track_caller]
fn cost(tap: &Tap<'_>, user: User<'_>, key: &str) -> usize {
    tap.cost(|| sign(user, key))
}

#[test]
fn a_persistent_key_signs_with_one_command_from_its_second_use() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    let cost_to_promote = tap.cost(|| promote(&world, &key));
    assert_eq!(cost_to_promote, 10, "as ARCHITECTURE has it");
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");
    for _ in 0..5 {
        assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    }
    // Others that are used meanwhile, and stay loaded, are not in its way.
    let others: Vec<_> = (0..4)
        .map(|number| alice.key(&number.to_string()))
        .collect();
    for other in &others {
        sign(alice, other);
        assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    }
    sign(alice, &key);
    let cost_to_demote = tap.cost(|| demote(&world, &key));
    assert_eq!(cost_to_demote, 2, "ReadPublic, EvictControl");
}

#[test]
fn a_key_is_kept_over_a_restart_of_the_broker_and_a_power_cycle() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], true);
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");

    world.stop_broker();
    world.power_off_tpm();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(cost(&tap, alice, &key), 2, "ReadPublic, Sign");
    assert_eq!(cost(&tap, alice, &key), 1, "Sign");
    sign(alice, &key);
}

#[test]
fn a_tpm_that_is_pulled_out_and_put_back_serves_a_kept_key() {
    let world = World::new();
    let key = world.alice().key("laptop");
    promote(&world, &key);
    sign(world.alice(), &key);
    world.kill_tpm();
    world.start_tpm();
    wait::until("a signature", wait::EFFECT, || {
        let alice = world.alice();
        alice.sign(&key, &sshsig("data"), 0, none()).ok()
    });
    assert_eq!(kept(&world), [FIRST]);
}

#[test]
fn a_persistent_key_that_was_evicted_signs_from_its_blob_and_logs_it_once() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    sign(alice, &key);
    evict(&world, FIRST);
    for _ in 0..3 {
        sign(alice, &key);
    }
    let log = world.broker_log();
    assert_eq!(
        log.matches("the TPM no longer keeps this key").count(),
        1,
        "{log}"
    );
    world.restart_broker();
    world.wait_for_tpm("ready");
    sign(alice, &key);

    // And it can be kept again.
    promote(&world, &key);
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &key);
}

#[test]
fn what_another_program_put_in_the_place_of_a_kept_key_is_not_used() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    sign(alice, &key);
    for restart in [false, true] {
        evict(&world, FIRST);
        others_keep(&world, FIRST);
        if restart {
            world.restart_broker();
            world.wait_for_tpm("ready");
        }
        sign(alice, &key);
        sign(alice, &key);
    }
    // It is not ours to take out, either.
    demote(&world, &key);
    assert_eq!(kept(&world), [FIRST]);
    assert!(anybody_signs(&world, FIRST));
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], false);
}

#[test]
fn who_has_the_tpm_and_not_the_value_cannot_sign_with_a_kept_key() {
    let world = World::new();
    let key = world.alice().key("laptop");
    promote(&world, &key);
    others_keep(&world, FIRST + 1);
    assert_eq!(kept(&world), [FIRST, FIRST + 1]);
    assert!(anybody_signs(&world, FIRST + 1), "that one has no value");
    assert!(!anybody_signs(&world, FIRST));
    // Trying does not lock the TPM.
    assert_eq!(
        world.alice().lockout(none()).expect("an answer")["Counter"],
        0
    );
    sign(world.alice(), &key);
}

#[test]
fn the_value_is_not_on_the_bus_to_the_chip_until_it_is_used_and_in_no_log() {
    let world = World::to_tap("");
    let tap = world.tap();
    let key = world.alice().key("laptop");
    promote(&world, &key);
    let auth = auth(&world);
    assert_eq!(auth.len(), 32);
    assert!(!tap.has_heard(&auth), "it was sent in clear");
    sign(world.alice(), &key);
    assert!(tap.has_heard(&auth), "this is how THREAT-MODEL has it");
    let hex: String = auth.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!world.broker_log().contains(&hex));

    // Each time it is another one.
    demote(&world, &key);
    promote(&world, &key);
    assert_ne!(self::auth(&world), auth);
}

#[test]
fn a_key_is_kept_no_longer_and_is_there_all_the_same() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for _ in 0..2 {
        promote(&world, &key);
        promote(&world, &key);
        assert_eq!(kept(&world), [FIRST]);
        sign(alice, &key);
        demote(&world, &key);
        demote(&world, &key);
        assert!(kept(&world).is_empty());
        sign(alice, &key);
    }
}

#[test]
fn a_kept_key_that_is_deleted_or_renamed_is_so_in_the_tpm_too() {
    let world = World::new();
    let alice = world.alice();
    let (one, other) = (alice.key("one"), alice.key("other"));
    promote(&world, &one);
    promote(&world, &other);
    alice.set_comment(&one, "first", none()).expect("renamed");
    sign(alice, &one);
    world.root().delete(&one, owner("alice")).expect("deleted");
    assert_eq!(kept(&world), [FIRST + 1]);
    sign(alice, &other);
}

#[test]
fn the_rest_of_a_key_deleted_without_a_tpm_goes_when_room_is_needed() {
    let world = World::new();
    let alice = world.alice();
    let (gone, other) = (alice.key("gone"), alice.key("other"));
    promote(&world, &gone);
    world.kill_tpm();
    world.root().delete(&gone, owner("alice")).expect("deleted");
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&other));
    world.start_tpm();
    world.wait_for_tpm("ready");
    assert_eq!(kept(&world), [FIRST]);
    assert!(!anybody_signs(&world, FIRST), "nobody knows its value");

    for handle in FIRST + 1..FIRST + MOST {
        others_keep(&world, handle);
    }
    promote(&world, &other);
    assert_eq!(kept(&world).len(), 16);
    sign(alice, &other);
    assert!(!anybody_signs(&world, FIRST));
    assert!(
        anybody_signs(&world, FIRST + 1),
        "that of others has stayed"
    );
}

#[test]
fn a_promotion_without_a_free_handle_names_the_way_out() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    for handle in FIRST..FIRST + MOST {
        others_keep(&world, handle);
    }
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("no room");
    assert_eq!(refusal.kind(), "LimitsExceeded");
    assert!(refusal.text.contains("--undo"), "{refusal:?}");
    assert_eq!(alice.list(none()).expect("a list")[0]["Persistent"], false);
    sign(alice, &key);

    evict(&world, FIRST + 7);
    promote(&world, &key);
    assert!(!anybody_signs(&world, FIRST + 7));
}

#[test]
fn a_chip_whose_memory_is_full_says_so_and_keeps_nothing_halfway() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let machine = world.machine();
    // For persistent objects a TPM keeps room that indices do not get, so it takes both to fill it.
    for number in 0..1000 {
        let define = format!("tpm2_nvdefine -Q {:#x} -C o -s 2048", 0x150_0000 + number);
        if tool(machine, &define).code() != 0 {
            break;
        }
    }
    others_key(&world);
    let full = (0..1000).find_map(|number| {
        let kept = others_put(&world, FILLER + number);
        (kept.code() != 0).then_some(kept)
    });
    let full = full.expect("there is an end to it");
    assert!(full.stderr.contains("0x14B"), "{full}");
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("no room");
    assert_eq!(refusal.kind(), "LimitsExceeded");
    assert!(refusal.text.contains("memory"), "{refusal:?}");
    assert!(kept(&world).is_empty());
    sign(alice, &key);
    evict(&world, FILLER);
    promote(&world, &key);
    sign(alice, &key);
}

#[test]
fn a_password_of_the_owner_hierarchy_is_in_the_way_and_said_to_be() {
    let world = World::new();
    let alice = world.alice();
    let (kept_key, other) = (alice.key("kept"), alice.key("other"));
    promote(&world, &kept_key);
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    for (key, persistent) in [(&other, true), (&kept_key, false)] {
        let refusal = set(world.root(), key, persistent, owner("alice")).expect_err("no owner");
        assert_eq!(refusal.kind(), "TpmOwnerPassword");
        assert!(refusal.text.contains("tpm2_changeauth"), "{refusal:?}");
    }
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &kept_key);
    sign(alice, &other);

    // What the text says.
    tool(world.machine(), "tpm2_changeauth -c owner -p secret").ok();
    promote(&world, &other);
    demote(&world, &kept_key);
    assert_eq!(kept(&world), [FIRST + 1]);

    // A key can be deleted in any case.
    tool(world.machine(), "tpm2_changeauth -c owner secret").ok();
    world
        .root()
        .delete(&other, owner("alice"))
        .expect("deleted");
    assert!(!anybody_signs(&world, FIRST + 1));
}

#[test]
fn a_key_is_taken_out_of_the_tpm_although_who_deletes_it_leaves_meanwhile() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    let bobs = world.bob().key("bob's");
    // One that has to be fetched first would be with the TPM by itself, and not wait in line.
    sign(world.bob(), &bobs);
    world.freeze_tpm();
    let start = |user: User<'_>, request: Request| {
        let request = serde_json::to_vec(&request).expect("JSON");
        user.command("bus-call").stdin(&request).start()
    };
    let _signing = [(); 2].map(|()| {
        let request = Request::keys("Sign").with(bobs.as_str());
        let request = request.with(&sshsig("data")[..]).with(0_u32);
        start(world.bob(), request.with(none()))
    });
    let waiting = |number: u32| {
        wait::until("the queue", wait::EFFECT, || {
            let queue = world.root().queue(none()).expect("an answer");
            (queue["Waiting"] == number).then_some(())
        });
    };
    waiting(1);
    let delete = Request::keys("Delete").with(key.as_str());
    let deleting = start(world.root(), delete.with(owner("alice")));
    waiting(2);
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    deleting.kill();
    world.thaw_tpm();
    wait::until("the handle's end", wait::EFFECT, || {
        kept(&world).is_empty().then_some(())
    });
}

#[test]
fn what_cannot_be_stored_is_not_left_in_the_tpm() {
    let world = World::empty();
    let root = world.root();
    world.put_state_on_a_disk("");
    world.start_all();
    let alice = world.alice();
    let key = alice.key("laptop");
    root.run("mount -o remount,ro /var/lib/sshtpm").ok();
    let answer = set(world.root(), &key, true, owner("alice"));
    assert_eq!(refused(answer), "StorageUnavailable");
    assert!(kept(&world).is_empty());
    root.run("mount -o remount,rw /var/lib/sshtpm").ok();
    sign(alice, &key);
    promote(&world, &key);
}

#[test]
fn a_user_has_no_key_kept_and_an_unknown_one_is_unknown() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    let asks = "InteractiveAuthorizationRequired";
    assert_eq!(refused(set(alice, &key, true, none())), asks);
    assert_eq!(refused(set(bob, &key, true, owner("alice"))), asks);
    assert_eq!(refused(set(bob, &key, true, none())), "NoSuchKey");
    let root = world.root();
    assert_eq!(refused(set(root, &key, true, owner("bob"))), "NoSuchKey");
    assert!(kept(&world).is_empty());
}

#[test]
fn a_key_with_a_pin_is_not_kept() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("prod", "1234");
    let refusal = set(world.root(), &key, true, owner("alice")).expect_err("it has a PIN");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains("PIN"), "{refusal:?}");
    assert!(kept(&world).is_empty());
}

#[test]
fn a_kept_key_of_a_tpm_that_was_cleared_is_lost_as_others_are() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    promote(&world, &key);
    sign(alice, &key);
    tool(world.machine(), "tpm2_clear -c platform").ok();
    wait::until("the loss of the key", wait::EFFECT, || {
        let refusal = alice.sign(&key, &sshsig("data"), 0, none());
        let refusal = refusal.expect_err("its parent is gone");
        (refusal.kind() == "KeyLost").then_some(())
    });
    assert!(kept(&world).is_empty());
    assert_eq!(
        refused(set(world.root(), &key, true, owner("alice"))),
        "KeyLost"
    );
    world
        .root()
        .delete(&key, owner("alice"))
        .expect("it can go");

    // The place is free for another one.
    world.wait_for_tpm("ready");
    let new = wait::until("a new key", wait::EFFECT, || {
        alice.generate("", "new", none()).ok()
    });
    let new = text(&new, "Fingerprint");
    promote(&world, &new);
    assert_eq!(kept(&world), [FIRST]);
    sign(alice, &new);
}

#[test]
fn an_administrator_has_a_host_key_kept_and_sees_which_are() {
    let world = World::new();
    let root = world.root();
    root.run("sshtpm -q host-keys generate -C host").ok();
    let persist = "sshtpm tpm persist host --owner sshtpm-host";
    let said = root.run(persist).ok();
    assert!(said.stdout.contains("The TPM keeps key"), "{said}");
    let list = |root: User<'_>| -> Value {
        let listed = root.run("sshtpm host-keys list --json").ok();
        serde_json::from_str(&listed.stdout).expect("JSON")
    };
    assert_eq!(list(root)[0]["persistent"], true);
    assert_eq!(kept(&world), [FIRST]);
    let host = world.host_user();
    let key = text(&host.list(none()).expect("a list")[0], "Fingerprint");
    let signature = host.sign(&key, &exchange_hash(), 0, none());
    signature.expect("a signature");

    root.run(&format!("{persist} --undo")).ok();
    assert_eq!(list(root)[0]["persistent"], false);
    assert!(kept(&world).is_empty());
}

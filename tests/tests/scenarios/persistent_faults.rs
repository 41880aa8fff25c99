//! Persistent keys when the TPM goes away, is cleared, or the broker cannot store what it did.

use sshtpm_tests::call::{none, owner, refused, text};
use sshtpm_tests::persistent::{FIRST, kept, promote, set, sign};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Request, User, World, wait};

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
fn a_deleted_key_leaves_the_tpm_though_its_caller_has_left() {
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
fn a_change_that_cannot_be_stored_leaves_no_key_in_the_tpm() {
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

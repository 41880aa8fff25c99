//! Disks that are full or read-only, and damaged records.

use sshtpm_tests::call::{none, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{User, World};

/// Where alice's records are.
const RECORDS: &str = "/var/lib/sshtpm/keys/1001";

#[test]
fn a_full_disk_refuses_a_new_key_and_keeps_the_old_ones() {
    let world = World::empty();
    world.put_state_on_a_disk(",size=128k");
    world.start_all();
    let alice = world.alice();
    let key = alice.key("before");

    fill(world.root());
    let refusal = alice
        .generate("", "too much", none())
        .expect_err("there is no room");
    assert_eq!(refusal.kind(), "StorageUnavailable");
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&key));
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("the old key still works");
    assert_eq!(
        records(world.root()).len(),
        1,
        "nothing half-written is left"
    );

    world.root().run("rm /var/lib/sshtpm/filler").ok();
    alice.key("after");
    assert_eq!(alice.fingerprints().len(), 2);
}

#[test]
fn a_read_only_disk_refuses_every_change_and_nothing_else() {
    let world = World::empty();
    world.put_state_on_a_disk("");
    world.start_all();
    let key = world.alice().key("before");

    let root = world.root();
    root.run("mount -o remount,ro /var/lib/sshtpm").ok();
    let alice = world.alice();
    assert_eq!(
        refused(alice.generate("", "", none())),
        "StorageUnavailable"
    );
    assert_eq!(
        refused(alice.set_comment(&key, "other", none())),
        "StorageUnavailable"
    );
    let owner = sshtpm_tests::call::owner("alice");
    assert_eq!(refused(root.delete(&key, owner)), "StorageUnavailable");
    assert_eq!(alice.list(none()).expect("a list")[0]["Comment"], "before");
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");

    root.run("mount -o remount,rw /var/lib/sshtpm").ok();
    alice.set_comment(&key, "other", none()).expect("renamed");
}

#[test]
fn the_broker_sets_damaged_records_aside_and_goes_on() {
    // How a record is damaged, by sh, with $1 as its path.
    let damages = [
        ("emptied", ": >\"$1\""),
        ("truncated", "truncate -s 300 \"$1\""),
        ("overwritten", "head -c 1000 /dev/urandom >\"$1\""),
        (
            "too long",
            "head -c 100000 /dev/zero | tr '\\0' ' ' >>\"$1\"",
        ),
        (
            "with another comment's bytes",
            "sed -i 's/\"comment\": \"/&\\x1b/' \"$1\"",
        ),
        (
            "named otherwise",
            "mv \"$1\" \"${1%/*}/$(echo \"$1\" | sha256sum | cut -c1-64).json\"",
        ),
        ("readable by all", "chmod 644 \"$1\""),
        ("owned by a user", "chown 1001 \"$1\""),
        (
            "a symbolic link",
            "mv \"$1\" /root/record && ln -s /root/record \"$1\"",
        ),
        ("a directory", "rm \"$1\" && mkdir \"$1\""),
        ("a fifo", "rm \"$1\" && mkfifo -m 600 \"$1\""),
    ];
    for (what, damage) in damages {
        let world = World::new();
        let healthy = world.alice().key("healthy");
        let healthy_record = records(world.root());
        let damaged = world.alice().key("damaged");
        world.stop_broker();
        let record = records(world.root())
            .into_iter()
            .find(|path| !healthy_record.contains(path));
        let record = record.expect("a record for the second key");
        world
            .root()
            .command("sh -c")
            .arg(damage)
            .arg("sh")
            .arg(&record)
            .run()
            .ok();

        world.start_broker();
        world.wait_for_tpm("ready");
        let alice = world.alice();
        assert_eq!(alice.fingerprints(), [healthy.as_str()], "{what}");
        alice
            .sign(&healthy, &sshsig("data"), 0, none())
            .expect("the other key works");
        assert_eq!(
            refused(alice.sign(&damaged, &sshsig("data"), 0, none())),
            "NoSuchKey",
            "{what}"
        );
        let log = world.broker_log();
        assert!(
            log.contains(RECORDS),
            "{what}: the log does not name the record:\n{log}"
        );
        assert!(
            records(world.root()).len() > 1,
            "{what}: the record was deleted"
        );
        alice.key("new");
    }
}

#[test]
fn a_record_of_a_newer_broker_is_left_as_it_is() {
    let world = World::new();
    world.alice().key("laptop");
    world.stop_broker();
    let record = records(world.root()).pop().expect("a record");
    world
        .root()
        .command("sed -i -E")
        .arg("s/(\"version\": *)[0-9]+/\\1999/")
        .arg(&record)
        .run()
        .ok();
    let before = world.root().read(&record);
    assert!(
        before.contains("999"),
        "the version was not found in {before}"
    );

    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(world.alice().fingerprints(), Vec::<String>::new());
    assert_eq!(world.root().read(&record), before);
    assert!(
        world.broker_log().contains("999"),
        "the log says nothing of version 999"
    );
    world.alice().key("new");
}

#[test]
fn a_record_in_the_directory_of_another_user_serves_no_user() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.bob().key("bob's own");
    world.stop_broker();
    let copy = format!("cp -a {RECORDS}/. /var/lib/sshtpm/keys/1002/");
    world.root().run(&copy).ok();

    world.start_broker();
    world.wait_for_tpm("ready");
    let bob = world.bob();
    assert_eq!(bob.fingerprints().len(), 1);
    assert_eq!(
        refused(bob.sign(&key, &sshsig("data"), 0, none())),
        "NoSuchKey"
    );
    world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("alice still has it");
}

#[test]
fn a_record_edited_to_another_owner_serves_no_user() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.bob().key("bob's own");
    world.stop_broker();
    let root = world.root();
    let record = records(root).pop().expect("a record");
    let name = record.rsplit('/').next().expect("a name").to_owned();
    let copy = format!("/var/lib/sshtpm/keys/1002/{name}");
    root.command("cp -a").arg(&record).arg(&copy).run().ok();
    root.command("sed -i")
        .arg("s/\"alice\"/\"bob\"/")
        .arg(&copy)
        .run()
        .ok();

    world.start_broker();
    world.wait_for_tpm("ready");
    let bob = world.bob();
    assert_eq!(bob.fingerprints().len(), 1);
    assert_eq!(
        refused(bob.sign(&key, &sshsig("data"), 0, none())),
        "NoSuchKey"
    );
    world
        .alice()
        .sign(&key, &sshsig("data"), 0, none())
        .expect("alice still has it");
}

#[test]
fn a_uid_that_belongs_to_another_user_now_gets_nothing() {
    let world = World::new();
    let key = world.alice().key("laptop");
    rename_alice(&world, "mallory");
    // Whether the broker runs on or is started anew makes no difference.
    for restart in [false, true] {
        if restart {
            world.restart_broker();
            world.wait_for_tpm("ready");
        }
        let mallory = world.alice();
        assert_eq!(mallory.fingerprints(), Vec::<String>::new());
        assert_eq!(
            refused(mallory.sign(&key, &sshsig("data"), 0, none())),
            "NoSuchKey"
        );
        assert_eq!(refused(mallory.delete(&key, none())), "NoSuchKey");
    }
    let log = world.broker_log();
    assert!(
        log.contains("alice"),
        "the log does not name the former owner:\n{log}"
    );
    let new = world.alice().generate("", "mine", none()).expect("a key");
    assert_eq!(new["Owner"], "mallory");
}

#[test]
fn a_user_who_no_longer_exists_is_no_owner() {
    let world = World::new();
    let key = world.alice().key("laptop");
    world.root().run("sed -i /^alice:/d /etc/passwd").ok();
    let answer = world.alice().sign(&key, &sshsig("data"), 0, none());
    assert!(answer.is_err(), "{answer:?}");
    let listed = world.root().list(sshtpm_tests::call::owner("alice"));
    assert_eq!(refused(listed), "NoSuchUser");
}

fn rename_alice(world: &World, name: &str) {
    let edit = format!("s/^alice:/{name}:/");
    world
        .root()
        .command("sed -i")
        .arg(&edit)
        .arg("/etc/passwd")
        .run()
        .ok();
    world
        .root()
        .command("sed -i")
        .arg(&edit)
        .arg("/etc/group")
        .run()
        .ok();
}

/// The files in alice's directory, whatever they are.
fn records(root: User<'_>) -> Vec<String> {
    let listed = root.run(&format!("find {RECORDS} -mindepth 1")).ok();
    listed.stdout.lines().map(str::to_owned).collect()
}

/// Writes until there is no byte left.
fn fill(root: User<'_>) {
    let full = root.run("dd if=/dev/zero of=/var/lib/sshtpm/filler bs=512");
    full.fails_with(1).complains("No space left");
}

#[test]
fn a_store_that_others_could_change_is_not_used() {
    for (what, damage) in [
        ("writable by a group", "chmod 770 /var/lib/sshtpm/keys"),
        ("of a user", "chown 1001 /var/lib/sshtpm/keys"),
        (
            "a link",
            "mv /var/lib/sshtpm/keys /home/alice/keys; ln -s /home/alice/keys /var/lib/sshtpm/",
        ),
    ] {
        let world = World::new();
        world.alice().key("laptop");
        world.stop_broker();
        world.root().command("sh -c").arg(damage).run().ok();
        let failed = world.root().run("sshtpm-broker");
        assert_ne!(failed.code(), 0, "{what}: {failed}");
        assert!(
            failed.stderr.contains("/var/lib/sshtpm/keys"),
            "{what}: {failed}"
        );
    }
}

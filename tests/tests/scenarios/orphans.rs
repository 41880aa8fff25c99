//! Keys of users who are gone.

use serde_json::Value;
use sshtpm_tests::call::{none, option, refused};
use sshtpm_tests::persistent::{kept, promote};
use sshtpm_tests::{Request, World};

use crate::recover::new_board;

fn list_orphans(world: &World) -> Vec<Value> {
    let listed = world.root().run("sshtpm list --orphans --json").ok();
    serde_json::from_str(&listed.stdout).expect("JSON")
}

/// Deletes alice, and gives bob's uid to another user.
fn change_users(world: &World) {
    let change = "sed -i -e /^alice:/d -e s/^bob:/bertha:/ /etc/passwd";
    world.root().run(change).ok();
}

#[test]
fn keys_of_users_who_are_gone_are_listed_and_deleted_and_no_others() {
    let world = World::new();
    let (root, alice, bob) = (world.root(), world.alice(), world.bob());
    let (alices, bobs) = (alice.key("alice's"), bob.key("bob's"));
    promote(&world, &alices);
    assert_eq!(list_orphans(&world), Vec::<Value>::new());
    change_users(&world);
    // The uid is bob's, and the user is bertha now.
    let berthas = bob.key("bertha's");

    let orphans = list_orphans(&world);
    let told: Vec<_> = orphans
        .iter()
        .map(|key| (&key["owner"], &key["present_owner"], &key["fingerprint"]))
        .collect();
    let bertha = Value::from("bertha");
    let expected = [
        (&"alice".into(), &Value::Null, &alices.into()),
        (&"bob".into(), &bertha, &bobs.into()),
    ];
    assert_eq!(told, expected);

    let none_asked = root.run("sshtpm rm --uid 1001").fails_with(1);
    none_asked.complains("--force");
    for uid in [1001, 1002] {
        root.run(&format!("sshtpm rm --uid {uid} --force")).ok();
    }
    assert_eq!(list_orphans(&world), Vec::<Value>::new());
    assert_eq!(kept(&world), Vec::<u32>::new());
    assert_eq!(bob.fingerprints(), [berthas]);
    root.run("sshtpm rm --uid 1002 --force")
        .fails_with(1)
        .complains("no key is left");
}

#[test]
fn archived_keys_of_users_who_are_gone_are_listed_and_deleted() {
    let world = World::new();
    let (root, alice, bob) = (world.root(), world.alice(), world.bob());
    let (alices, bobs) = (alice.key("alice's"), bob.key("bob's"));
    new_board(&world);
    for user in ["alice", "bob"] {
        let archive = format!("sshtpm rm --lost --force --owner {user}");
        root.run(&archive).ok();
    }
    assert_eq!(list_orphans(&world), Vec::<Value>::new());
    change_users(&world);
    let orphans = list_orphans(&world);
    let told: Vec<_> = orphans
        .iter()
        .map(|key| (&key["fingerprint"], &key["archived"]))
        .collect();
    let is_archived = Value::from(true);
    assert_eq!(
        told,
        [
            (&alices.into(), &is_archived),
            (&bobs.as_str().into(), &is_archived)
        ]
    );
    root.run("sshtpm rm --uid 1001 --force").ok();
    root.run(&format!("sshtpm rm --uid 1002 --force {bobs}"))
        .ok();
    assert_eq!(list_orphans(&world), Vec::<Value>::new());
    let left = root.run("find /var/lib/sshtpm/archive -type f").ok();
    assert_eq!(left.stdout, "");
}

#[test]
fn ordinary_users_neither_list_nor_delete_keys_of_users_who_are_gone() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    alice.key("alice's");
    let delete = || {
        Request::keys("DeleteOrphans")
            .with(1001_u32)
            .with("alice")
            .with(none())
    };
    let list = || Request::keys("ListOrphans").with(option("uid", 1001_u32));
    // Of a user who is there root deletes nothing so, and bob is told nothing.
    assert_eq!(refused(world.root().call(&delete())), "InvalidArgs");
    for is_there in [true, false] {
        if !is_there {
            change_users(&world);
        }
        for request in [delete(), list()] {
            let why = refused(bob.call(&request));
            assert_eq!(why, "InteractiveAuthorizationRequired", "{request:?}");
        }
    }
    assert!(world.root().call(&delete()).is_ok());
}

//! The record of use, read: each user sees their own, and each key has its count.

use serde_json::{Value, json};
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::use_record::{USES, listed, outcomes};
use sshtpm_tests::{Request, World};

#[test]
fn a_user_does_not_see_the_uses_of_another() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    refused(bob.sign(&key, &sshsig("text"), 0, none()));
    assert_eq!(
        outcomes(alice),
        ["signed"],
        "what bob tried is not about a key of his"
    );
    assert_eq!(outcomes(bob), Vec::<String>::new());
    assert_eq!(outcomes(world.root()), Vec::<String>::new());
    for user in [bob, world.root()] {
        let asked = Request::keys("GetUses").with(option("key", key.as_str()));
        assert_eq!(user.call(&asked), Ok(json!([[]])));
        let shown = user.command("sshtpm log --json --key").arg(&key).run().ok();
        assert_eq!(shown.stdout, "");
    }
    let owner = Request::keys("GetUses").with(option("owner", "alice"));
    assert_eq!(refused(world.root().call(&owner)), "InvalidArgs");
    for path in [USES.to_owned(), format!("{USES}/1001.jsonl")] {
        bob.command("cat")
            .arg(&path)
            .run()
            .fails_with(1)
            .complains("Permission denied");
    }
}

#[test]
fn one_key_and_the_last_ones_can_be_asked_for() {
    let world = World::new();
    let alice = world.alice();
    let (laptop, server) = (alice.key("laptop"), alice.key("server"));
    for key in [&laptop, &server, &laptop] {
        alice
            .sign(key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    let keys = |words: &str| {
        let shown = alice.run(&format!("sshtpm log --json {words}")).ok();
        shown
            .json_lines()
            .iter()
            .map(|used| text(used, "key"))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("--key server"), [server.as_str()]);
    assert_eq!(keys("-n 2"), [server.as_str(), &laptop]);
    assert_eq!(keys("--key laptop -n 1"), [laptop.as_str()]);
    let nothing = alice.run("sshtpm log --key desktop");
    nothing.fails_with(1).complains("sshtpm list");
}

#[test]
fn a_list_says_how_often_a_key_was_used_and_when_last() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let never = listed(alice, &key);
    assert_eq!(
        (&never["uses"], &never["last_used"]),
        (&json!(0), &Value::Null)
    );
    assert!(alice.run("sshtpm list").ok().stdout.contains("  never  "));
    for _ in 0..3 {
        alice
            .sign(&key, &sshsig("text"), 0, none())
            .expect("a signature");
    }
    let used = listed(alice, &key);
    assert_eq!(used["uses"], 3);
    let created = used["created"].as_u64();
    assert!(used["last_used"].as_u64() >= created, "{used}");

    world.restart_broker();
    assert_eq!(
        listed(world.alice(), &key),
        used,
        "the broker was started again"
    );
    assert_eq!(outcomes(world.alice()), ["signed"; 3]);
}

#[test]
fn a_deleted_key_leaves_its_uses_and_not_its_count() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice
        .sign(&key, &sshsig("text"), 0, none())
        .expect("a signature");
    let owner = sshtpm_tests::call::owner("alice");
    world.root().delete(&key, owner).expect("deleted");
    world.restart_broker();
    let shown = world
        .alice()
        .command("sshtpm log --json --key")
        .arg(&key)
        .run()
        .ok();
    assert_eq!(shown.json_lines()[0]["outcome"], "signed");
    // It was the only count, so the file went with it.
    let counts = format!("test ! -e {USES}/1001.counts.json");
    world.root().run(&counts).ok();
}

//! After `tpm2_clear` or on a new board: `sshtpm recover`, keys that come back, and the archive.

use serde_json::Value;
use sshtpm_tests::call::none;
use sshtpm_tests::host::Host;
use sshtpm_tests::{Agent, User, World};

use crate::destinations::acquaint;
use crate::import_files::{keygen, logs_in};

/// A new board: the disk of the old one, and another TPM.
pub(crate) fn new_board(world: &World) {
    world.stop_broker();
    world.power_off_tpm();
    world.root().run("rm -r /var/lib/swtpm").ok();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
}

fn json(user: User<'_>, words: &str) -> Value {
    let printed = user.run(words).ok().stdout;
    serde_json::from_str(&printed).expect("JSON")
}

#[test]
fn a_lost_key_comes_back_from_its_file_and_logs_in_by_its_old_rules() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    let made = keygen(alice, "work", "-t ecdsa", "");
    let rules = "sshtpm import work --keep-file -C laptop --for auth --no-forwarding";
    alice.run(rules).ok();
    alice.run("mv work backup").ok();
    logs_in(alice, &agent, "work.pub");
    new_board(&world);

    let plan = alice.run("sshtpm recover").ok();
    for told in [
        &made,
        "laptop",
        "sshtpm import BACKUP",
        "ssh -- alice@alpha ",
    ] {
        assert!(plan.stdout.contains(told), "{told}: {plan}");
    }
    let lost = json(alice, "sshtpm recover --json")["lost"][0].clone();
    assert_eq!(
        (&lost["fingerprint"], &lost["backed_up"]),
        (&made.into(), &true.into())
    );
    let remove = lost["remove"].as_str().expect("a command");
    let before = alice.read("/home/alice/.ssh/authorized_keys");
    alice.command("sh -c").arg(remove).run().ok();
    assert_eq!(alice.read("/home/alice/.ssh/authorized_keys"), "");
    alice.write("/home/alice/.ssh/authorized_keys", before);

    alice.run("sshtpm import backup").ok();
    let key = json(alice, "sshtpm list --json")[0].clone();
    assert_eq!(
        (&key["fingerprint"], &key["state"]),
        (&lost["fingerprint"], &"usable".into())
    );
    assert_eq!(
        (&key["comment"], &key["forwarding"]),
        (&"laptop".into(), &false.into())
    );
    assert_eq!(
        (&key["purposes"][1], &key["uses"]),
        (&Value::Null, &1.into())
    );
    logs_in(alice, &agent, "work.pub");
    let plan = alice.run("sshtpm recover").ok();
    assert_eq!(plan.stdout, "No key of yours is lost.\n");
}

#[test]
fn records_of_lost_keys_are_archived_where_root_reads_them() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    let key = alice.key("laptop");
    let early = root.run("sshtpm rm --lost --owner alice --force").ok();
    assert!(early.stdout.contains("No key is lost."), "{early}");
    new_board(&world);
    alice
        .run("sshtpm rm --lost --force")
        .fails_with(1)
        .complains("polkit wants a password");
    let done = root.run("sshtpm rm --lost --owner alice --force").ok();
    assert!(done.stdout.contains(&key), "{done}");
    assert_eq!(
        alice.list(none()).expect("a list"),
        Value::Array(Vec::new())
    );
    let archived = root
        .command("sh -c")
        .arg("cat /var/lib/sshtpm/archive/1001/*.json");
    let archived = archived.run().ok();
    assert!(
        archived.stdout.contains("\"comment\": \"laptop\""),
        "{archived}"
    );
    alice.run("ls /var/lib/sshtpm/archive").fails_with(2);
}

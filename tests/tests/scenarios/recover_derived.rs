//! `sshtpm recover --derived`: keys that the TPM derives again, without a record.

use sshtpm_tests::call::none;
use sshtpm_tests::persistent::sign;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Output, User, World};

const RECOVER: &str = "sshtpm recover --derived owner --label work";

/// Makes a derived key of alice's, with its public half where she keeps it.
fn derived(alice: User<'_>, hierarchy: &str) -> String {
    alice.run("mkdir -p -m 700 .ssh").ok();
    let keygen = format!("sshtpm keygen -q --derived {hierarchy} --label work -f .ssh/{hierarchy}");
    alice.run(&keygen).ok();
    // A list does not tell which of two keys of one second came later.
    let shown = alice.run(&format!("ssh-keygen -l -f .ssh/{hierarchy}.pub"));
    let shown = shown.ok().stdout;
    shown.split(' ').nth(1).expect("a fingerprint").to_owned()
}

fn tells(output: &Output, text: &str) {
    assert!(output.stdout.contains(text), "{text}: {output}");
}

#[test]
fn a_derived_key_comes_back_to_a_machine_whose_disk_was_wiped() {
    let world = World::new();
    let alice = world.alice();
    let key = derived(alice, "owner");
    world.stop_broker();
    world.root().run("rm -r /var/lib/sshtpm/keys").ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert!(alice.fingerprints().is_empty());
    let recovered = alice.run(RECOVER).ok();
    tells(&recovered, &key);
    tells(&recovered, "the one whose public half is in");
    assert_eq!(alice.fingerprints(), [key.as_str()]);
    sign(alice, &key);
    let again = alice.run(RECOVER).ok();
    tells(&again, &format!("The key is here: {key}"));
    assert_eq!(alice.fingerprints(), [key]);
    let other = alice
        .run("sshtpm recover --derived owner --label play")
        .ok();
    tells(&other, "No file in ~/.ssh has its public half");
    alice.run("sshtpm recover --label work").fails_with(2);
}

#[test]
fn after_a_clear_the_key_of_the_chip_is_here_and_the_owners_is_another() {
    let world = World::new();
    let alice = world.alice();
    let (owners, chips) = (derived(alice, "owner"), derived(alice, "endorsement"));
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.restart_broker();
    world.wait_for_tpm("ready");
    let chip = alice.run("sshtpm recover --derived endorsement --label work");
    tells(&chip.ok(), &format!("The key is here: {chips}"));
    let owner = alice.run(RECOVER).ok();
    assert_eq!(alice.fingerprints().len(), 3);
    assert!(
        !owner.stdout.contains("the one whose public half is in"),
        "{owner}"
    );
    let plan = alice.run("sshtpm recover").ok();
    assert!(!plan.stdout.contains(&chips), "{plan}");
    sign(alice, &chips);
    assert!(alice.fingerprints().contains(&owners));
}

#[test]
fn what_deletes_a_derived_key_says_that_it_can_come_back() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    let key = derived(alice, "owner");
    let removed = root.run(&format!("sshtpm rm --force --owner alice {key}"));
    tells(
        &removed.ok(),
        "its owner, with sshtpm recover --derived owner --label work -t",
    );
    alice.run(RECOVER).ok();
    alice.generate("", "random", none()).expect("a key");
    root.run("sed -i -e /^alice:/d /etc/passwd").ok();
    let removed = root.run("sshtpm rm --uid 1001 --force").ok();
    tells(&removed, "the same uid and name");
}

#[test]
fn a_rule_that_forbids_derived_keys_holds_for_recovery() {
    let rule = "polkit.addRule(function(action, subject) {\n\
        if (action.id == \"org.sshtpm.Broker1.create-own-key\" &&\n\
            action.lookup(\"origin\") == \"derived\") {\n\
            return polkit.Result.NO;\n\
        }\n\
    });\n";
    let world = World::with_rule(rule);
    let alice = world.alice();
    alice.run(RECOVER).fails_with(1);
    assert!(alice.fingerprints().is_empty());
}

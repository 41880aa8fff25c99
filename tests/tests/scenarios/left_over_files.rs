//! Public key files whose key is gone, or whose agent is not asked.

use sshtpm_tests::answers::Person;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Output, User, World};

use super::setup::standard_agent;

/// Where keygen writes alice's public key.
const FILE: &str = "/home/alice/.ssh/id_sshtpm_ecdsa.pub";

/// What OpenSSH says of a public key that it takes for a private one.
const ALARM: &str = "UNPROTECTED PRIVATE KEY FILE";

/// No password is asked for, so that all questions are sshtpm's.
const UNASKED: &str = "polkit.addRule(function(action, subject) {
    if (action.id == 'org.sshtpm.Broker1.delete-own-key') return polkit.Result.YES;
});";

/// A login by that file alone.
const LOGIN: &str = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no localhost true";

/// `sshtpm rm` at a terminal, to whose questions these answers are given.
fn rm_at_a_terminal(alice: User<'_>, answers: [&str; 2]) -> Output {
    let [first, second] = answers;
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm rm laptop
        expect {{
            "(y/n)? " {{ send "{first}\r" }}
            timeout {{ exit 90 }}
        }}
        expect {{
            "(y/n)? " {{ send "{second}\r" }}
            timeout {{ exit 92 }}
        }}
        expect {{
            eof {{ }}
            timeout {{ exit 94 }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
    "#
    );
    alice.command("expect -c").arg(script).run()
}

/// The result of doctor's check of the files: its verdict, what it found, and what is next.
fn checked(alice: User<'_>) -> (String, String, String) {
    let doctor = alice.run("sshtpm doctor --json").json();
    let checks = doctor["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["check"] == "key files");
    let check = check.expect("the check of the files");
    let part = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
    (part("result"), part("found"), part("next"))
}

/// alice, whose key a server takes, and whose ssh is told of its file.
fn alice_with_a_server(world: &World) -> (User<'_>, Sshd) {
    let alice = world.alice();
    alice.run("sshtpm keygen -C laptop").ok();
    alice.write("/home/alice/.ssh/authorized_keys", alice.read(FILE));
    let config = format!("IdentityFile {FILE}\n");
    alice.write("/home/alice/.ssh/config", config);
    world.root().run("ssh-keygen -A").ok();
    (alice, Sshd::start(world.machine()))
}

#[test]
fn rm_asks_whether_the_file_of_the_public_key_goes_too() {
    for (answer, is_there) in [("y", 1), ("n", 0)] {
        let world = World::with_rule(UNASKED);
        let alice = world.alice();
        alice.run("sshtpm keygen -C laptop").ok();
        let removed = rm_at_a_terminal(alice, ["y", answer]).ok();
        assert!(
            removed.stdout.contains("Delete that file, too"),
            "{removed}"
        );
        alice.run(&format!("test -e {FILE}")).fails_with(is_there);
    }
}

#[test]
fn rm_deletes_a_file_unasked_only_if_told_to() {
    let world = World::new();
    let alice = world.alice();
    for (option, is_there) in [("", 0), (" --keep-file", 0), (" --delete-file", 1)] {
        alice.run("sshtpm keygen --force -C laptop").ok();
        let rm = format!("sshtpm rm --force{option} laptop");
        alice.with(Person::Accepts, &rm).run().ok();
        alice.run(&format!("test -e {FILE}")).fails_with(is_there);
    }
}

#[test]
fn rm_keeps_a_file_that_holds_more_than_the_key() {
    let world = World::new();
    let alice = world.alice();
    alice.run("sshtpm keygen -C laptop").ok();
    let content = format!("# mine\n{}", alice.read(FILE));
    alice.write(FILE, &content);
    let rm = alice.with(Person::Accepts, "sshtpm rm --force --delete-file laptop");
    let kept = rm.run().ok();
    assert!(kept.stdout.contains("holds more than that"), "{kept}");
    assert_eq!(alice.read(FILE), content);
}

#[test]
fn doctor_explains_what_ssh_calls_an_unprotected_private_key() {
    let world = World::new();
    let (alice, _sshd) = alice_with_a_server(&world);
    let _agent = standard_agent(alice);
    alice.run(LOGIN).fails_with(255).complains(ALARM);
    let (result, found, next) = checked(alice);
    assert_eq!(result, "warn", "{found}");
    assert!(found.contains("ssh does not ask the agent"), "{found}");
    assert!(found.contains(ALARM), "{found}");
    assert!(next.contains("`sshtpm setup`"), "{next}");

    alice.run("sshtpm setup --yes").ok();
    alice.run(LOGIN).ok();
    assert_eq!(checked(alice).0, "ok");
}

#[test]
fn doctor_names_the_file_of_a_key_that_is_gone_and_how_to_remove_it() {
    let world = World::new();
    let (alice, _sshd) = alice_with_a_server(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let rm = alice.with(Person::Accepts, "sshtpm rm --force laptop");
    rm.run().ok();
    alice.run(LOGIN).fails_with(255).complains(ALARM);
    let (result, found, next) = checked(alice);
    assert_eq!(result, "warn", "{found}");
    assert!(found.contains("no agent has the key"), "{found}");
    let mend = next.lines().find(|line| line.starts_with("    rm "));
    let mend = mend.expect(&next).trim();
    alice.run(mend).ok();
    assert_eq!(checked(alice).0, "ok");
}

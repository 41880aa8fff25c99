//! `sshtpm`, as people type it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, text};
use sshtpm_tests::{World, wait};

#[test]
fn keygen_makes_a_key_and_writes_its_public_half_once() {
    let world = World::new();
    let alice = world.alice();
    let made = alice.run("sshtpm keygen -C laptop").ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    assert!(
        format!("{}{}", made.stdout, made.stderr).contains(&text(&key, "Fingerprint")),
        "{made}"
    );
    let file = "/home/alice/.ssh/id_sshtpm_ecdsa.pub";
    assert_eq!(
        alice.read(file),
        format!("{} laptop\n", text(&key, "PublicKey"))
    );
    let modes = alice.run("stat -c %a:%U /home/alice/.ssh").ok();
    assert_eq!(modes.stdout, "700:alice\n");

    // keygen looks at the file before it makes a key, which the user could not find otherwise.
    alice.run("sshtpm keygen").fails_with(1).complains(file);
    assert_eq!(alice.fingerprints().len(), 1);
    assert_eq!(
        alice.read(file),
        format!("{} laptop\n", text(&key, "PublicKey"))
    );

    alice.run("sshtpm keygen --force -C other").ok();
    assert!(alice.read(file).ends_with(" other\n"));
    assert_eq!(alice.fingerprints().len(), 2);
}

#[test]
fn keygen_makes_what_it_is_asked_for() {
    let world = World::new();
    let alice = world.alice();
    for (options, algorithm, bits) in [
        ("-t ecdsa -b 384", "ecdsa-sha2-nistp384", 384),
        ("-t ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", 521),
        ("-t rsa -b 2048", "ssh-rsa", 2048),
        ("-t rsa", "ssh-rsa", 3072),
    ] {
        alice
            .run(&format!(
                "sshtpm keygen {options} -f /home/alice/key --force"
            ))
            .ok();
        let public = alice.read("/home/alice/key.pub");
        let keys = alice.list(none()).expect("a list");
        let key = keys.as_array().into_iter().flatten();
        let key = key
            .into_iter()
            .find(|key| public.starts_with(&text(key, "PublicKey")));
        let key = key.expect("the key in the file is in the TPM");
        assert_eq!(
            (&key["Algorithm"], &key["Bits"]),
            (&algorithm.into(), &bits.into())
        );
    }
    for (other, advice) in [
        ("ed25519-sk", "ssh-keygen -t ed25519-sk"),
        ("ecdsa-sk", "security token"),
        ("dsa", "DSA"),
    ] {
        let refused = alice.run(&format!("sshtpm keygen -t {other}"));
        refused.fails_with(2).complains(advice);
    }
    let refused = alice
        .run("sshtpm keygen -t rsa -b 4096 -f /home/alice/large")
        .fails_with(1);
    assert!(
        refused.stderr.contains("3072"),
        "it does not say what there is: {refused}"
    );
    alice.run("test -e /home/alice/large.pub").fails_with(1);
}

#[test]
fn nothing_but_what_was_asked_for_goes_where_there_is_no_terminal() {
    let world = World::new();
    let made = world
        .alice()
        .run("sshtpm --quiet keygen -t rsa -b 2048")
        .ok();
    assert_eq!(made.stdout, "");
    assert_eq!(made.stderr, "");
}

#[test]
fn keys_are_listed_for_people_and_for_programs() {
    let world = World::new();
    let alice = world.alice();
    assert_eq!(
        alice.run("sshtpm list --json").ok().json(),
        serde_json::json!([])
    );
    let key = alice.generate("", "my laptop", none()).expect("a key");
    let table = alice.run("sshtpm list").ok();
    assert!(table.stdout.contains(&text(&key, "Fingerprint")), "{table}");
    assert!(table.stdout.contains("my laptop"), "{table}");

    let listed = alice.run("sshtpm list --json").ok().json();
    assert_eq!(listed[0]["fingerprint"], key["Fingerprint"]);
    assert_eq!(listed[0]["comment"], "my laptop");
    assert_eq!(listed[0]["state"], "usable");
}

#[test]
fn a_key_is_found_by_fingerprint_beginning_of_it_and_comment() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "my laptop", none()).expect("a key");
    alice.key("other");
    alice.key("twin");
    alice.key("twin");
    let fingerprint = text(&key, "Fingerprint");
    let line = format!("{} my laptop\n", text(&key, "PublicKey"));
    for name in [fingerprint.as_str(), &fingerprint[..20], "my laptop"] {
        let shown = alice.command("sshtpm show").arg(name).run().ok();
        assert_eq!(shown.stdout, line, "{name}");
    }
    alice.run("sshtpm show twin").fails_with(1);

    // What one key is called is how the fingerprint of another one begins.
    let beginning = &fingerprint["SHA256:".len()..][..8];
    alice.key(beginning);
    let both = alice.command("sshtpm show").arg(beginning).run();
    both.fails_with(1).complains(&fingerprint);
    let shown = alice.command("sshtpm show").arg(&fingerprint).run().ok();
    assert_eq!(shown.stdout, line);
    alice
        .run("sshtpm show nothing")
        .fails_with(1)
        .complains("sshtpm list");
}

#[test]
fn a_key_is_renamed() {
    let world = World::new();
    let alice = world.alice();
    alice.key("old");
    alice
        .command("sshtpm comment old")
        .arg("new name")
        .run()
        .ok();
    assert_eq!(
        alice.list(none()).expect("a list")[0]["Comment"],
        "new name"
    );
    alice
        .command("sshtpm comment")
        .args(&["new name", "two\nlines"])
        .run()
        .fails_with(1);
    assert_eq!(
        alice.list(none()).expect("a list")[0]["Comment"],
        "new name"
    );
}

#[test]
fn a_key_is_removed_with_the_users_password_and_not_without() {
    let world = World::new();
    let alice = world.alice();
    alice.key("one");
    let kept = alice.key("two");
    alice.run("sshtpm rm one").fails_with(1);
    alice
        .run("sshtpm --no-ask-password rm --force one")
        .fails_with(1);
    assert_eq!(alice.fingerprints().len(), 2);

    alice
        .with(Person::Accepts, "sshtpm rm --force one")
        .run()
        .ok();
    assert_eq!(alice.fingerprints(), [kept]);
    alice
        .with(Person::Dismisses, "sshtpm rm --force two")
        .run()
        .fails_with(1);
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn an_administrator_lists_and_removes_the_keys_of_a_user() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    let listed = world
        .root()
        .run("sshtpm list --owner alice --json")
        .ok()
        .json();
    assert_eq!(listed[0]["fingerprint"], key);
    world
        .root()
        .run("sshtpm rm --force --owner alice laptop")
        .ok();
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    world
        .bob()
        .run("sshtpm --no-ask-password list --owner alice")
        .fails_with(1);
    world
        .root()
        .run("sshtpm list --owner nosuchuser")
        .fails_with(1)
        .complains("nosuchuser");
}

#[test]
fn status_says_what_is_wrong_and_ends_with_3() {
    let world = World::new();
    let alice = world.alice();
    let status = alice.run("sshtpm status").ok();
    assert!(status.stdout.contains("ready"), "{status}");
    let json = alice.run("sshtpm status --json").ok().json();
    assert!(json.to_string().contains("ready"), "{json}");

    let odd = OsStr::from_bytes(b"/tmp/\xff/agent.sock");
    let json = alice.command("sshtpm status --json");
    let json = json.env("SSH_AUTH_SOCK", odd).run().ok().json();
    assert_eq!(json["ssh_agent"]["socket"], "/tmp/\u{fffd}/agent.sock");

    world.kill_tpm();
    alice.run("sshtpm keygen").fails_with(1).complains("TPM");
    let absent = alice.run("sshtpm status").fails_with(3);
    assert!(absent.stdout.contains("absent"), "{absent}");
}

#[test]
fn without_a_broker_every_command_says_so() {
    let world = World::empty();
    world.start_bus();
    let alice = world.alice();
    for command in ["keygen", "list", "show x", "host-keys list"] {
        let failed = alice.run(&format!("sshtpm {command}")).fails_with(1);
        assert!(
            failed.stderr.contains("sshtpm-broker"),
            "{command}: {failed}"
        );
    }
    alice
        .run("test -e /home/alice/.ssh/id_sshtpm_ecdsa.pub")
        .fails_with(1);
}

#[test]
fn without_a_system_bus_it_says_so() {
    let world = World::empty();
    let failed = world.alice().run("sshtpm list").fails_with(1);
    assert!(failed.stderr.contains("bus"), "{failed}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let world = World::empty();
    for words in ["sshtpm nonsense", "sshtpm rm", "sshtpm list --nonsense"] {
        world.alice().run(words).fails_with(2);
    }
    world.alice().run("sshtpm --help").ok();
    world.alice().run("sshtpm --version").ok();
}

/// A terminal, a password typed by a person, pkttyagent, PAM: nothing is played here.
#[test]
fn at_a_terminal_polkit_asks_for_the_password_there() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let script = r#"
        set timeout 60
        spawn sshtpm rm --force laptop
        expect {
            "assword:" { }
            timeout { exit 90 }
            eof { exit 91 }
        }
        # What is typed before the terminal is silent would be thrown away.
        while {![string match "* -echo *" [exec stty -a <$spawn_out(slave,name)]]} { after 5 }
        send "the password of alice\r"
        expect {
            eof { }
            timeout { exit 92 }
        }
        lassign [wait] pid spawnid os_error code
        exit $code
    "#;
    let typed = alice
        .command("expect -c")
        .arg(script)
        .within(wait::COMMAND)
        .run()
        .ok();
    assert!(typed.stdout.contains("to delete the SSH key"), "{typed}");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

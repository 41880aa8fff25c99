//! PINs on the command line: `keygen --pin`, `passwd`, `unlock`, `lock`, `tpm lockout`.

use sshtpm_tests::answers::Person;
use sshtpm_tests::call::none;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, Output, User, World};

use crate::pin::world_with_tries;

/// What a user is asked by a program instead of a terminal: each line of the file is an answer.
const ASKPASS: &str = "#!/bin/sh
printf '%s\\n' \"$1\" >>/home/alice/asked
head -n 1 /home/alice/answers
sed -i 1d /home/alice/answers
";

/// Runs a command of alice's, in which she gives these answers, and returns the questions.
pub(crate) fn asking(alice: User<'_>, words: &str, answers: &[&str]) -> (Output, Vec<String>) {
    alice.write("/home/alice/askpass", ASKPASS);
    alice.run("chmod 700 /home/alice/askpass").ok();
    alice.write("/home/alice/asked", "");
    alice.write("/home/alice/answers", answers.join("\n"));
    let command = alice
        .command(words)
        .env("SSH_ASKPASS", "/home/alice/askpass");
    let output = command.env("SSH_ASKPASS_REQUIRE", "force").run();
    let asked = alice.read("/home/alice/asked");
    (output, asked.lines().map(str::to_owned).collect())
}

/// The state of alice's only key, as `sshtpm list` shows it.
fn state(alice: User<'_>) -> &'static str {
    let listed = alice.run("sshtpm list").ok();
    let states = ["unlocked", "locked", "usable"];
    let state = states.into_iter().find(|state| {
        let word = format!("  {state}  ");
        listed.stdout.contains(&word)
    });
    assert!(state.is_some(), "{listed}");
    state.unwrap_or_default()
}

/// Whether an agent without a person to ask can sign with the key of that file.
fn can_sign(agent: &Agent<'_>, file: &str) -> bool {
    let script =
        format!("rm -f note.sig; echo >note; ssh-keygen -q -Y sign -n file -f {file} note");
    agent.command("sh -c").arg(script).run().code() == 0
}

#[test]
fn a_key_is_generated_with_a_pin_that_is_asked_for_twice() {
    let world = World::new();
    let alice = world.alice();
    let keygen = "sshtpm keygen --pin -f /home/alice/key";
    let (output, asked) = asking(alice, keygen, &["1234", "1234"]);
    output.ok();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(state(alice), "locked");
    let agent = Agent::start(alice);
    assert!(!can_sign(&agent, "key.pub"));
    let (output, asked) = asking(alice, "sshtpm unlock", &["1234"]);
    output.ok();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(state(alice), "unlocked");
    assert!(can_sign(&agent, "key.pub"));
    alice.run("sshtpm lock").ok();
    assert_eq!(state(alice), "locked");
    assert!(!can_sign(&agent, "key.pub"));
}

#[test]
fn two_pins_that_differ_or_one_that_is_none_make_no_key() {
    let world = World::new();
    let alice = world.alice();
    let long = "x".repeat(33);
    for answers in [["1234", "4321"], ["", ""], [&long, &long]] {
        let (output, _) = asking(alice, "sshtpm keygen --pin -f key", &answers);
        output.fails_with(1);
    }
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    alice.run("test -e key.pub").fails_with(1);
}

#[test]
fn commands_without_a_terminal_name_the_option_for_a_pin() {
    let world = World::new();
    let alice = world.alice();
    let keygen = alice.run("sshtpm keygen --pin -f key").fails_with(1);
    keygen.complains("--pin-stdin");
    let keygen = alice.command("sshtpm keygen --pin-stdin -f key");
    keygen.stdin("1234\n").run().ok();
    alice
        .run("sshtpm unlock")
        .fails_with(1)
        .complains("--pin-stdin");
    let unlock = alice.command("sshtpm unlock --pin-stdin");
    unlock.stdin("1234\n").run().ok();
    assert_eq!(state(alice), "unlocked");
}

#[test]
fn a_pin_is_typed_at_the_terminal_and_not_shown() {
    let world = World::new();
    let alice = world.alice();
    let script = r#"
        set timeout 60
        spawn sshtpm keygen --pin -f /home/alice/key
        foreach question {"New PIN of the new key: " "The same PIN again: "} {
            expect {
                $question { }
                timeout { exit 90 }
                eof { exit 91 }
            }
            send "xyzzy-4711\r"
        }
        expect {
            eof { }
            timeout { exit 92 }
        }
        lassign [wait] pid spawnid os_error code
        if {$code != 0} { exit $code }
        spawn sh -c {trap : INT; sshtpm unlock; stty -a}
        expect {
            "Enter PIN for SSH key " { }
            timeout { exit 93 }
        }
        send "\003"
        expect {
            eof { }
            timeout { exit 94 }
        }
    "#;
    let typed = alice.command("expect -c").arg(script).run().ok();
    assert!(
        !typed.stdout.contains("xyzzy"),
        "the PIN was shown: {typed}"
    );
    // After Ctrl-C as before.
    let settings = typed
        .stdout
        .rsplit("PIN for SSH key")
        .next()
        .expect("a part");
    assert!(settings.contains(" echo "), "{typed}");
    assert_eq!(state(alice), "locked");
}

#[test]
fn a_wrong_pin_is_asked_for_again_and_three_times_at_most() {
    let world = world_with_tries();
    let alice = world.alice();
    alice.key_with_pin("laptop", "1234");
    let (output, asked) = asking(alice, "sshtpm unlock laptop", &["1", "1234"]);
    output.ok().complains("the PIN is wrong");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(state(alice), "unlocked");

    alice.run("sshtpm lock").ok();
    let (output, asked) = asking(alice, "sshtpm unlock", &["1", "2", "3", "1234"]);
    output.fails_with(1);
    assert!((1..=3).contains(&asked.len()), "{asked:?}");
    assert_eq!(state(alice), "locked");
}

#[test]
fn a_key_is_unlocked_for_as_long_as_it_is_said() {
    let world = World::new();
    let alice = world.alice();
    alice.key_with_pin("laptop", "1234");
    let unlock = |time: &str| {
        let command = alice.command(&format!("sshtpm unlock --for {time} --pin-stdin"));
        command.stdin("1234\n").run()
    };
    unlock("1s").ok();
    sshtpm_tests::wait::until("the end of the second", sshtpm_tests::wait::EFFECT, || {
        (state(alice) == "locked").then_some(())
    });
    unlock("8h").ok();
    assert_eq!(state(alice), "unlocked");
    for wrong in ["never", "0s", "-1h", "8"] {
        unlock(wrong).fails_with(2);
    }
}

#[test]
fn only_the_keys_that_are_named_are_locked() {
    let world = World::new();
    let alice = world.alice();
    let keys = ["one", "two"].map(|comment| alice.key_with_pin(comment, "1234"));
    let plain = alice.key("plain");
    for key in &keys {
        alice.unlock(key, "1234").expect("the right PIN");
    }
    alice.run("sshtpm lock one").ok();
    let unlocked = |name: &str| {
        let keys = alice.list(none()).expect("a list");
        let keys = keys.as_array().expect("a list").clone();
        let key = keys.into_iter().find(|key| key["Comment"] == name);
        key.expect("the key")["Unlocked"] == true
    };
    assert!(!unlocked("one") && unlocked("two"));
    for verb in ["lock", "unlock"] {
        let refused = alice.run(&format!("sshtpm {verb} {plain}")).fails_with(1);
        refused.complains("has no PIN");
    }
    let none = alice.run("sshtpm lock nonsense").fails_with(1);
    none.complains("nonsense");
}

#[test]
fn a_pin_is_changed_and_removed() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "1234");
    let passwd = "sshtpm passwd laptop";
    let (output, asked) = asking(alice, passwd, &["1234", "5678", "5678"]);
    output.ok();
    assert_eq!(asked.len(), 3, "{asked:?}");
    alice.unlock(&key, "5678").expect("the right PIN");

    // A wrong one is asked for again, and the new one is not.
    let (output, _) = asking(alice, passwd, &["1234", "1234", "1234", "5678"]);
    output.ok();
    alice.unlock(&key, "1234").expect("the right PIN");

    remove_pin(alice, Person::Accepts).ok();
    assert_eq!(state(alice), "usable");
    let (output, _) = asking(alice, passwd, &["1234"]);
    output.fails_with(1).complains("has no PIN");
}

/// Removes a PIN, 1234, beside a person whom polkit can ask.
fn remove_pin(alice: User<'_>, person: Person) -> Output {
    alice.write("/home/alice/pin", "1234\n");
    let remove = "exec sshtpm passwd --remove --pin-stdin laptop <pin";
    let command = alice
        .with(person, "sh -c")
        .arg(format!("cd /home/alice; {remove}"));
    command.run()
}

#[test]
fn removing_a_pin_takes_a_password() {
    let world = World::new();
    let alice = world.alice();
    alice.key_with_pin("laptop", "1234");
    remove_pin(alice, Person::Dismisses).fails_with(1);
    assert_eq!(alice.prompts().len(), 1);
    assert_eq!(state(alice), "locked");
}

#[test]
fn no_log_has_the_pin_and_no_argument_can() {
    let world = World::new();
    let alice = world.alice();
    let keygen = alice.command("sshtpm keygen --pin-stdin -f key");
    keygen.stdin("xyzzy-4711\n").run().ok();
    let unlock = alice.command("sshtpm unlock --pin-stdin");
    unlock.stdin("xyzzy-4711\n").run().ok();
    let log = world.broker_log();
    assert!(!log.contains("xyzzy"), "{log}");
    // There is no option that would take one.
    for words in [
        "unlock --pin 1234",
        "keygen --pin=1234",
        "passwd x --pin 1234",
    ] {
        alice.run(&format!("sshtpm {words}")).fails_with(2);
    }
}

/// On a bus where each user may own the broker's name: there alice's own broker answers.
#[test]
fn sshtpm_gives_a_pin_only_to_a_broker_that_runs_as_root() {
    let world = World::empty();
    world.start_tpm();
    let (root, alice) = (world.root(), world.alice());
    let config = root.read("/etc/sshtpm/broker.toml");
    let state = "state-directory = \"/home/alice/state\"\n";
    root.write("/etc/sshtpm/broker.toml", format!("{config}{state}"));
    alice.run("mkdir -m 700 /home/alice/state").ok();
    let script = "
        export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
        sshtpm-broker &
        until dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetNameOwner string:org.sshtpm.Broker1 >&2
        do
            kill -0 $! || exit 90
            sleep 0.1
        done
        status=0
        echo 1234 | sshtpm keygen --pin-stdin -f key || status=$?
        kill $!
        exit $status";
    let command = alice.command("dbus-run-session -- sh -c").arg(script);
    let refused = command.run().fails_with(1);
    refused.complains("user 1001 answers in the name of sshtpm-broker, which only root may");
}

#[test]
fn an_administrator_ends_a_lockout_with_the_password_that_there_is() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    tool(
        world.machine(),
        "tpm2_dictionarylockout -Q --setup-parameters --max-tries 5",
    )
    .ok();
    let shown = alice.run("sshtpm tpm lockout").ok();
    assert!(shown.stdout.contains("0 of 5"), "{shown}");
    alice.run("sshtpm tpm lockout --reset").fails_with(1);
    root.run("sshtpm tpm lockout --reset").ok();

    tool(world.machine(), "tpm2_changeauth -c lockout secret").ok();
    root.write("/root/askpass", "#!/bin/sh\necho secret\n");
    root.run("chmod 700 /root/askpass").ok();
    let reset = root.command("sshtpm tpm lockout --reset --password");
    let reset = reset.env("SSH_ASKPASS", "/root/askpass");
    reset.env("SSH_ASKPASS_REQUIRE", "force").run().ok();
    root.run("sshtpm tpm lockout --reset").fails_with(1);
}

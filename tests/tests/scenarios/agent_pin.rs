//! How an agent gets the PIN of a key: it asks a person if it can.

use sshtpm_tests::{Agent, Output, User, World};

use crate::pin::world_with_tries;

/// A PIN that nothing else looks like.
pub(crate) const PIN: &str = "xyzzy-4711";

/// Where the agent listens.
pub(crate) const SOCKET: &str = "/run/user/1001/agent.sock";

/// The program that asks, and what it was asked: a line for each question.
pub(crate) const ASKPASS: &str = "/home/alice/askpass";

const ASKED: &str = "/home/alice/asked";

/// Writes alice's program that asks: it notes the question, and then does this.
pub(crate) fn askpass(alice: User<'_>, then: &str) {
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>{ASKED}\n{then}\n");
    alice.write(ASKPASS, script);
    alice.run("chmod 700 /home/alice/askpass").ok();
    alice.write(ASKED, "");
}

/// What alice was asked.
pub(crate) fn asked(alice: User<'_>) -> Vec<String> {
    let asked = alice.read(ASKED);
    asked.lines().map(str::to_owned).collect()
}

/// An agent of alice's that asks by her program.
pub(crate) fn agent_with_askpass(alice: User<'_>) -> Agent<'_> {
    let variables = [("SSH_ASKPASS", ASKPASS), ("SSH_ASKPASS_REQUIRE", "force")];
    Agent::start_with(alice, SOCKET, &variables)
}

/// Writes the public half of a key to where [`sign`] looks for it.
pub(crate) fn choose(alice: User<'_>, fingerprint: &str) {
    let shown = alice.run(&format!("sshtpm show {fingerprint}")).ok();
    alice.write("/home/alice/key.pub", shown.stdout);
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
}

pub(crate) const SIGN: &str = "ssh-keygen -q -Y sign -n file -f key.pub note";

/// Has the chosen key sign a file.
pub(crate) fn sign(agent: &Agent<'_>) -> Output {
    let script = format!("rm -f note.sig; exec {SIGN}");
    agent.command("sh -c").arg(script).run()
}

#[track_caller]
fn refuses(agent: &Agent<'_>) {
    let signed = sign(agent);
    assert_ne!(signed.code(), 0, "{signed}");
}

#[test]
fn the_agent_asks_once_by_the_askpass_program() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    choose(alice, &key);
    askpass(alice, &format!("echo {PIN}"));
    let agent = agent_with_askpass(alice);
    sign(&agent).ok();
    let questions = asked(alice);
    let [question] = questions.as_slice() else {
        panic!("{questions:?}");
    };
    for part in ["PIN", "\"laptop\"", &key, "itself \"ssh-keygen\"."] {
        assert!(question.contains(part), "{question}");
    }
    sign(&agent).ok();
    assert_eq!(asked(alice).len(), 1);
}

#[test]
fn the_first_signature_is_the_check_of_the_pin_and_costs_five_commands() {
    let world = World::to_tap("");
    let tap = world.tap();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    // The first try since a TPM's start is sent again, after it has noted that one was made.
    alice.unlock(&key, PIN).expect("unlocked");
    alice.run("sshtpm lock").ok();
    choose(alice, &key);
    askpass(alice, &format!("echo {PIN}"));
    let agent = agent_with_askpass(alice);
    let expected = "GetCapability, Load, StartAuthSession, Sign, FlushContext";
    assert_eq!(tap.cost(|| drop(sign(&agent).ok())), 5, "{expected}");
    assert_eq!(asked(alice).len(), 1);
    assert_eq!(tap.cost(|| drop(sign(&agent).ok())), 4, "remembered");
}

#[test]
fn an_agent_without_a_person_to_ask_says_what_to_do() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    choose(alice, &key);
    let agent = Agent::start(alice);
    refuses(&agent);
    let log = agent.daemon.log();
    assert!(log.contains(&format!("`sshtpm unlock {key}`")), "{log}");

    let unlock = alice.command(&format!("sshtpm unlock --pin-stdin {key}"));
    unlock.stdin(format!("{PIN}\n")).run().ok();
    sign(&agent).ok();
}

#[test]
fn an_askpass_program_that_fails_or_is_missing_refuses() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    let agent = agent_with_askpass(alice);
    for then in [
        &format!("echo {PIN}; exit 1"),
        &format!("echo {PIN}; kill -9 $$"),
        "exit 0",
        "echo",
    ] {
        askpass(alice, then);
        refuses(&agent);
        assert_eq!(asked(alice).len(), 1, "{then}");
    }
    alice.run("rm /home/alice/askpass").ok();
    refuses(&agent);
    askpass(alice, &format!("echo {PIN}"));
    sign(&agent).ok();
}

#[test]
fn the_askpass_program_is_run_where_ssh_would_run_it() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    choose(alice, &key);
    let askpass_is = ("SSH_ASKPASS", ASKPASS);
    let (x11, wayland) = (("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0"));
    let requires = |how| ("SSH_ASKPASS_REQUIRE", how);
    for (number, (variables, is_asked)) in [
        (vec![askpass_is], false),
        (vec![askpass_is, x11], true),
        (vec![askpass_is, wayland], true),
        (vec![askpass_is, x11, requires("never")], false),
        (vec![askpass_is, requires("prefer")], false),
        (vec![askpass_is, x11, requires("prefer")], true),
        (vec![askpass_is, requires("force")], true),
    ]
    .into_iter()
    .enumerate()
    {
        alice.run("sshtpm lock").ok();
        askpass(alice, &format!("echo {PIN}"));
        let socket = format!("/run/user/1001/{number}.sock");
        let agent = Agent::start_with(alice, &socket, &variables);
        assert_eq!(sign(&agent).code() == 0, is_asked, "{variables:?}");
        assert_eq!(asked(alice).len() == 1, is_asked, "{variables:?}");
    }
}

#[test]
fn a_wrong_pin_is_asked_for_again() {
    let world = world_with_tries();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    let second = format!("[ \"$(wc -l <{ASKED})\" -ge 2 ] && echo {PIN} || echo wrong");
    askpass(alice, &second);
    let agent = agent_with_askpass(alice);
    sign(&agent).ok();
    let questions = asked(alice);
    assert_eq!(questions.len(), 2, "{questions:?}");
    assert!(
        questions[1].contains(" again (the PIN is wrong"),
        "{questions:?}"
    );
}

#[test]
fn wrong_pins_are_asked_for_three_times_at_most() {
    let world = world_with_tries();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    askpass(alice, "echo wrong");
    let agent = agent_with_askpass(alice);
    refuses(&agent);
    let questions = asked(alice);
    assert!((1..=3).contains(&questions.len()), "{questions:?}");
    let log = agent.daemon.log();
    assert!(log.contains("cannot sign with"), "{log}");
}

#[test]
fn an_agent_in_a_terminal_asks_there() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm-agent -D -a {SOCKET}
        expect {{
            "PIN for SSH key" {{ }}
            timeout {{ exit 90 }}
            eof {{ exit 91 }}
        }}
        send "{PIN}\r"
        expect {{
            timeout {{ exit 92 }}
            eof {{ }}
        }}
    "#
    );
    let terminal = alice.command("expect -c").arg(script).start();
    alice.wait_for_listener(SOCKET);
    let sign = alice.command(SIGN).env("SSH_AUTH_SOCK", SOCKET);
    sign.run().ok();
    let shown = terminal.stdout();
    terminal.kill();
    assert!(shown.contains("\"laptop\""), "{shown}");
    let after = shown.split("PIN for SSH key").nth(1).expect("a question");
    assert!(!after.contains(PIN), "the PIN was shown: {shown}");
}

#[test]
fn an_agent_with_a_command_leaves_the_terminal_to_that() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm-agent sh -c "{SIGN} || echo refused"
        expect {{
            "PIN for SSH key" {{ exit 90 }}
            timeout {{ exit 91 }}
            "refused"
        }}
    "#
    );
    alice.command("expect -c").arg(script).run().ok();
}

#[test]
fn no_log_has_the_pin() {
    let world = world_with_tries();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("laptop", PIN));
    askpass(
        alice,
        &format!("[ \"$(wc -l <{ASKED})\" -ge 2 ] && echo {PIN} || echo {PIN}-wrong"),
    );
    let agent = agent_with_askpass(alice);
    sign(&agent).ok();
    let bytes: Vec<String> = PIN.bytes().map(|byte| byte.to_string()).collect();
    for log in [agent.daemon.log(), world.broker_log()] {
        assert!(!log.contains("xyzzy"), "{log}");
        assert!(!log.contains(&bytes.join(", ")), "{log}");
    }
}

//! Notifications of the desktop: what they say, when they go, and that nothing waits for them.

use serde_json::Value;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, text};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::host::Host;
use sshtpm_tests::{Output, User, World, wait};

use crate::destinations::{acquaint, keygen};

/// Where alice's agent, her session bus and her askpass service listen.
const SOCKET: &str = "/run/user/1001/agent.sock";
const BUS: &str = "/run/user/1001/bus";
const ASKPASS_SOCKET: &str = "/run/user/1001/askpass.sock";
pub(crate) const BUS_ADDRESS: &str = "unix:path=/run/user/1001/bus";

/// What the notification server was asked to do, a line for each.
const RECORD: &str = "/home/alice/notifications";

/// A session bus of alice's, with a notification server.
pub(crate) struct Desktop {
    _bus: Daemon,
    pub(crate) server: Daemon,
}

impl Desktop {
    pub(crate) fn start(alice: User<'_>) -> Self {
        let bus = format!("dbus-daemon --session --nofork --nopidfile --address={BUS_ADDRESS}");
        let bus = alice.command(&bus).daemon();
        alice.wait_for_listener(BUS);
        alice.write(RECORD, "");
        let server = alice.command(&format!("notification-record {RECORD}"));
        let server = server.env("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS).daemon();
        let owned = "busctl --user call org.freedesktop.DBus /org/freedesktop/DBus \
                     org.freedesktop.DBus GetNameOwner s org.freedesktop.Notifications";
        wait::until("the notification server", wait::START, || {
            let asked = alice.command(owned);
            let asked = asked.env("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS).run();
            asked.status.success().then_some(())
        });
        Self { _bus: bus, server }
    }
}

/// An agent of alice's with these options, on her session bus.
fn agent(alice: User<'_>, options: &str) -> Daemon {
    let command = format!("sshtpm-agent -D -a {SOCKET} {options}");
    let command = alice.command(command.trim_end());
    let agent = command.env("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS);
    let agent = agent.daemon();
    alice.wait_for_listener(SOCKET);
    agent
}

/// What was shown and closed until now.
fn record(alice: User<'_>) -> Vec<Value> {
    let record = alice.read(RECORD);
    let lines = record
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The same as soon as there are so many lines.
fn record_of(alice: User<'_>, lines: usize) -> Vec<Value> {
    wait::until("a notification", wait::EFFECT, || {
        let record = record(alice);
        (record.len() >= lines).then_some(record)
    })
}

/// A key of alice's, in `key.pub`, and a note that [`sign`] signs with it.
fn choose(alice: User<'_>, fingerprint: &str) {
    let shown = alice.run(&format!("sshtpm show {fingerprint}")).ok();
    alice.write("/home/alice/key.pub", shown.stdout);
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
}

const SIGN: &str = "ssh-keygen -q -Y sign -n file -f key.pub note";

fn sign(alice: User<'_>) -> Output {
    alice.run("rm -f note.sig").ok();
    alice.command(SIGN).env("SSH_AUTH_SOCK", SOCKET).run()
}

#[test]
fn a_use_is_shown_with_its_purpose_program_and_host() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    let alice = world.alice();
    let key = text(&keygen(&world, ""), "Fingerprint");
    let _desktop = Desktop::start(alice);
    let _agent = agent(alice, "--notify used");
    let login = alice.command("ssh alpha true").env("SSH_AUTH_SOCK", SOCKET);
    login.run().ok();
    let shown = record_of(alice, 1).remove(0);
    assert_eq!(shown["program"], "sshtpm");
    assert_eq!(shown["summary"], "An SSH key in the TPM was used");
    let body = text(&shown, "body");
    let told = format!(
        "SSH key {key} was used to log in as the user \"alice\", asked for by a program that calls \
         itself \"ssh\", connected to a host (\"alpha\" in known_hosts, SHA256:"
    );
    assert!(body.starts_with(&told), "{body}");
}

#[test]
fn nothing_is_shown_unless_the_user_asks_for_it() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "key", none()).expect("a key");
    choose(alice, &text(&key, "Fingerprint"));
    let _desktop = Desktop::start(alice);
    {
        let _agent = agent(alice, "");
        sign(alice).ok();
    }
    alice.run("rm -f /run/user/1001/agent.sock").ok();
    let _agent = agent(alice, "--notify used,waiting");
    sign(alice).ok();
    // The first use is not among them.
    let shown = record_of(alice, 1);
    assert_eq!(shown.len(), 1, "{shown:?}");
}

#[test]
fn uses_that_come_too_soon_are_told_without_a_further_one() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "key", none()).expect("a key");
    choose(alice, &text(&key, "Fingerprint"));
    let _desktop = Desktop::start(alice);
    let _agent = agent(alice, "--notify used");
    for _ in 0..3 {
        sign(alice).ok();
    }
    let told = wait::until("a notification of each use", wait::EFFECT, || {
        let record = record(alice);
        (record.iter().map(uses_told).sum::<u64>() >= 3).then_some(record)
    });
    // The first use is told at once, and so alone.
    assert_eq!(uses_told(&told[0]), 1, "{told:?}");
    assert_eq!(told.iter().map(uses_told).sum::<u64>(), 3, "{told:?}");
}

/// How many uses a notification tells.
fn uses_told(shown: &Value) -> u64 {
    let body = text(shown, "body");
    let times = body.split_once(" times ").map(|(before, _)| before);
    let count = times.and_then(|before| before.rsplit(' ').next());
    count.map_or(1, |count| count.parse().expect("a number"))
}

#[test]
fn a_confirmation_that_is_waited_for_is_shown_until_it_is_given() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "careful", option("confirm", true));
    choose(alice, &text(&key.expect("a key"), "Fingerprint"));
    let _desktop = Desktop::start(alice);
    let signing = alice.with(Person::NeverAnswers, "sshtpm-agent --notify waiting sh -c");
    let signing = signing.arg(format!("cd; exec {SIGN}"));
    let signing = signing.env("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS).start();
    let shown = record_of(alice, 1).remove(0);
    assert_eq!(shown["summary"], "An SSH key in the TPM waits for you");
    let body = text(&shown, "body");
    let told = "needs your confirmation to sign in the namespace \"file\"";
    assert!(body.contains(told), "{body}");
    assert_eq!(shown["expires"], 0);
    // The person leaves.
    signing.kill();
    let record = record_of(alice, 2);
    assert_eq!(record[1]["closed"], shown["shown"]);
}

#[test]
fn a_pin_that_is_waited_for_is_shown_until_it_is_given() {
    let world = World::new();
    let alice = world.alice();
    choose(alice, &alice.key_with_pin("locked", "1234"));
    let _desktop = Desktop::start(alice);
    let askpass = "#!/bin/sh\nuntil [ -e answer ]; do sleep 0.01; done\necho 1234\n";
    alice.write("/home/alice/askpass", askpass);
    alice.run("chmod 700 askpass").ok();
    let agent = alice.command(&format!("sshtpm-agent -D -a {SOCKET} --notify waiting"));
    let _agent = agent
        .env("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS)
        .env("SSH_ASKPASS", "/home/alice/askpass")
        .env("SSH_ASKPASS_REQUIRE", "force")
        .daemon();
    alice.wait_for_listener(SOCKET);
    let signing = alice.command(SIGN).env("SSH_AUTH_SOCK", SOCKET).start();
    let shown = record_of(alice, 1).remove(0);
    let body = text(&shown, "body");
    let told = "needs its PIN to sign in the namespace \"file\"";
    assert!(body.contains(told), "{body}");
    alice.write("/home/alice/answer", "now");
    signing.finish(wait::COMMAND).ok();
    let record = record_of(alice, 2);
    assert_eq!(record[1]["closed"], shown["shown"]);
}

#[test]
fn the_agent_of_systemd_has_notifications_shown_through_a_socket() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "key", none()).expect("a key");
    choose(alice, &text(&key, "Fingerprint"));
    // A sandbox in which the agent sees no session bus.
    let options = format!("--notify used --askpass-socket {ASKPASS_SOCKET}");
    let command = format!("sshtpm-agent -D -a {SOCKET} {options}");
    let agent = alice.command(&command).daemon();
    alice.wait_for_listener(SOCKET);
    sign(alice).ok();
    wait::until("a line in the log", wait::EFFECT, || {
        let log = agent.log();
        log.contains("a notification was not shown").then_some(())
    });

    let _desktop = Desktop::start(alice);
    let service = format!(
        "systemd-socket-activate --accept --inetd --listen={ASKPASS_SOCKET} \
         --setenv=DBUS_SESSION_BUS_ADDRESS={BUS_ADDRESS} sshtpm-agent --askpass"
    );
    let _service = alice.command(&service).daemon();
    alice.wait_for_listener(ASKPASS_SOCKET);
    let shown = wait::until("a notification", wait::EFFECT, || {
        sign(alice).ok();
        record(alice).first().cloned()
    });
    let body = text(&shown, "body");
    assert!(body.contains("to sign in the namespace \"file\""), "{body}");
}

#[test]
fn a_key_signs_where_no_desktop_shows_notifications() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "key", none()).expect("a key");
    choose(alice, &text(&key, "Fingerprint"));
    let agent = agent(alice, "--notify used,waiting");
    for _ in 0..3 {
        sign(alice).ok();
    }
    wait::until("a line in the log", wait::EFFECT, || {
        let log = agent.log();
        log.contains("the desktop does not show").then_some(())
    });
    assert_eq!(agent.log().matches("was not shown").count(), 1);
}

//! Raw keys and agents: none is offered or used, except at a socket that was made for it.

use serde_json::{Value, json};
use sshtpm_ssh::session::Binding;
use sshtpm_tests::agent::Connection;
use sshtpm_tests::call::{Options, none, option, refused, text};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{blob, login, string};
use sshtpm_tests::use_record::log;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Output, User, World};

use crate::destinations::{acquaint, denied};
use crate::raw::key;

const P256: &str = "ecdsa-sha2-nistp256";

/// Number of a message (RFC 9987).
const FAILURE: u8 = 5;

/// Where an agent with some of the keys listens.
const SOCKET: &str = "/home/alice/some";

/// An agent of alice's with the keys that `only` names.
fn agent(alice: User<'_>, only: &str) -> Daemon {
    let words = format!("sshtpm-agent -D -a {SOCKET} --only {only}");
    let daemon = alice.command(&words).daemon();
    alice.wait_for_listener(SOCKET);
    daemon
}

/// Runs a command that asks that agent.
fn with_agent(alice: User<'_>, words: &str) -> Output {
    alice.command(words).env("SSH_AUTH_SOCK", SOCKET).run()
}

/// What an agent answers to a request to sign `data` with `key`.
fn asked_to_sign(world: &World, socket: &str, key: &Value, data: &[u8]) -> Vec<u8> {
    let request = [vec![13], string(blob(key)), string(data), vec![0; 4]];
    let mut connection = Connection::to(world.machine(), socket);
    connection.ask(&request.concat()).expect("an answer")
}

/// A raw key of alice's, with its public half in `~/key.pub`.
fn raw_key(alice: User<'_>) -> Value {
    let key = key(alice, P256, none());
    let line = text(&key, "PublicKey");
    alice.write("/home/alice/key.pub", format!("{line}\n"));
    key
}

#[test]
fn no_usual_agent_offers_or_uses_a_raw_key() {
    let world = World::new();
    let alice = world.alice();
    let key = raw_key(alice);
    let agent = Agent::start(alice);
    let listed = agent.command("ssh-add -L").run().fails_with(1);
    assert!(listed.stdout.contains("no identities"), "{listed}");
    let answer = asked_to_sign(&world, agent.socket(), &key, b"data");
    assert_eq!(answer, [FAILURE]);
    agent.command("ssh-add -T key.pub").run().fails_with(1);
    let uses = log(alice);
    assert_eq!(uses[0]["purpose"], "raw");
    assert_eq!(uses[0]["outcome"], "PurposeNotPermitted");
}

#[test]
fn a_socket_for_a_raw_key_offers_and_uses_it() {
    let world = World::new();
    let alice = world.alice();
    let key = raw_key(alice);
    for only in [text(&key, "Fingerprint"), "purpose:raw".to_owned()] {
        let _agent = agent(alice, &only);
        let listed = with_agent(alice, "ssh-add -L").ok();
        assert!(
            listed.stdout.starts_with(&text(&key, "PublicKey")),
            "{listed}"
        );
        // It asks for a signature of random bytes, and verifies that.
        with_agent(alice, "ssh-add -T key.pub").ok();
        let used = log(alice).pop().expect("a use");
        assert_eq!(used["purpose"], "raw");
        assert_eq!(used["client"], "ssh-add");
        assert_eq!(used["outcome"], "signed");
    }
}

#[test]
fn a_program_without_a_plain_name_has_no_use_of_a_raw_key() {
    let world = World::new();
    let alice = world.alice();
    raw_key(alice);
    let _agent = agent(alice, "purpose:raw");
    let copy = alice
        .command("sh -c")
        .arg("cp \"$(command -v ssh-add)\" 'ssh add'");
    copy.run().ok();
    let named = |name: &str| {
        let add = alice.command("sh -c").arg(format!("'{name}' -T key.pub"));
        add.env("SSH_AUTH_SOCK", SOCKET).run()
    };
    assert_ne!(named("./ssh add").code(), 0);
    let used = log(alice).pop().expect("a use");
    assert_eq!(used["outcome"], "ForwardingNotPermitted");
    named("ssh-add").ok();
}

#[test]
fn a_comment_or_another_purpose_makes_no_socket_for_a_raw_key() {
    let world = World::new();
    let alice = world.alice();
    let key = raw_key(alice);
    for only in ["raw", "purpose:auth"] {
        let _agent = agent(alice, only);
        with_agent(alice, "ssh-add -L").fails_with(1);
        assert_eq!(asked_to_sign(&world, SOCKET, &key, b"data"), [FAILURE]);
    }
}

#[test]
fn a_raw_key_logs_in_from_its_socket_and_is_not_forwarded() {
    let world = World::new();
    let alice = world.alice();
    let (alpha, beta) = (
        Host::start(world.machine(), "alpha", 1),
        Host::start(world.machine(), "beta", 2),
    );
    acquaint(&world, &[&alpha, &beta]);
    let key = raw_key(alice);
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    let _agent = agent(alice, "purpose:raw");
    let there = with_agent(alice, "ssh alpha id -un").ok();
    assert_eq!(there.stdout, "alice\n");
    let ssh = |command: &str| {
        let ssh = alice.command("ssh -A alpha").arg(command);
        ssh.env("SSH_AUTH_SOCK", SOCKET).run()
    };
    let listed = ssh("ssh-add -l");
    assert!(listed.stdout.contains("no identities"), "{listed}");
    denied(ssh("ssh beta true"));
    assert_ne!(ssh("ssh-add -T key.pub").code(), 0);
}

#[test]
fn the_broker_refuses_a_raw_key_to_other_machines() {
    let world = World::new();
    let alice = world.alice();
    let key = raw_key(alice);
    let host = Host::start(world.machine(), "alpha", 1);
    let meant = |mut further: Options| {
        further.extend(option("raw", true));
        further
    };
    let asked =
        |data: &[u8], further| alice.sign(&text(&key, "Fingerprint"), data, 0, meant(further));
    let forwarded: Vec<Binding> = vec![host.session(b"s", true)];
    let login = login(&key, "alice");
    for (data, options) in [
        (&b"data"[..], option("sessions", forwarded.clone())),
        (&login, option("sessions", forwarded)),
        (b"data", option("client", "dbclient")),
        // Before 8.9, ssh forwards the agent without saying so.
        (b"data", option("client", "ssh")),
        (&login, option("client", "ssh")),
        (&login, none()),
        // The agent does not see the program.
        (b"data", none()),
    ] {
        let refusal = asked(data, options).expect_err("it is refused");
        assert_eq!(refusal.kind(), "ForwardingNotPermitted", "{refusal:?}");
        assert!(refusal.text.contains("another machine"), "{refusal:?}");
    }
    let signature = asked(b"data", option("client", "ssh-keygen")).expect("a signature");
    verify(&key, b"data", &signature);
}

#[test]
fn raw_keys_are_listed_if_they_are_asked_for_alone() {
    let world = World::new();
    let alice = world.alice();
    raw_key(alice);
    let list = |purposes: &[&str]| {
        let request = sshtpm_tests::Request::keys("ListIdentities");
        let options = match purposes {
            [] => none(),
            named => sshtpm_tests::call::purposes(named),
        };
        let answer = alice.call(&request.with(options)).expect("a list");
        answer[0].as_array().expect("identities").len()
    };
    assert_eq!(list(&[]), 0);
    assert_eq!(list(&["auth", "sign", "ca", "host", "sudo"]), 0);
    assert_eq!(list(&["raw"]), 1);
    assert_eq!(list(&["auth", "raw"]), 1);
    let nobody = alice.call(
        &sshtpm_tests::Request::keys("ListIdentities").with(sshtpm_tests::call::purposes(&[])),
    );
    assert_eq!(refused(nobody), "InvalidArgs");
    assert_eq!(json!(log(alice).len()), json!(0));
}

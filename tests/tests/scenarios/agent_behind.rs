//! An agent in front of OpenSSH's: one socket for the keys of the TPM and for all others.

use std::os::unix::net::UnixStream;

use nix::sys::signal::Signal;
use ssh_key::PrivateKey;
use sshtpm_tests::call::none;
use sshtpm_tests::host::Host;
use sshtpm_tests::other_agent::open_ssh;
use sshtpm_tests::process_memory::count;
use sshtpm_tests::{Agent, Output, User, World, wait};

use crate::destinations::{acquaint, denied, ssh};

/// Where an agent of OpenSSH listens that is behind.
pub(crate) const BEHIND: &str = "/run/user/1001/other.sock";

/// Where alice's own agent listens.
fn socket(alice: User<'_>) -> String {
    format!("{}/agent.sock", alice.runtime_directory())
}

/// An agent of alice's in front of those at `behind`.
pub(crate) fn in_front_of<'m>(alice: User<'m>, behind: &[&str]) -> Agent<'m> {
    Agent::start_before(alice, &socket(alice), behind, &[])
}

/// An ordinary key of alice's in a file.
pub(crate) fn ordinary_key(alice: User<'_>, name: &str) {
    let words = format!("ssh-keygen -q -t ed25519 -N  -C {name} -f /home/alice/{name}");
    alice.run(&words).ok();
}

/// The comments of the keys that an agent offers, in order.
pub(crate) fn offered(agent: &Agent<'_>) -> Vec<String> {
    let listed = agent.command("ssh-add -L").run();
    // Without keys it is one sentence.
    let lines = listed.stdout.lines();
    let lines = lines.filter(|_| listed.status.success());
    let comments = lines.filter_map(|line| line.split(' ').nth(2));
    comments.map(str::to_owned).collect()
}

/// Logs in with the key whose public half is in this file, and no other.
fn log_in(agent: &Agent<'_>, file: &str, host: &str) -> Output {
    let options = format!("-o IdentityFile=/home/alice/{file}.pub {host}");
    let known = "-F none -o BatchMode=yes -o IdentitiesOnly=yes \
                 -o UserKnownHostsFile=/home/alice/.ssh/known_hosts";
    ssh(agent, &format!("{known} {options}"), "true")
}

/// A key `tpm` in the TPM, and one host that lets alice in with it and with the key `disk`.
fn one_host(world: &World) -> Host {
    let alice = world.alice();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(world, &[&alpha]);
    alice.run("sshtpm keygen -C tpm -f /home/alice/tpm").ok();
    ordinary_key(alice, "disk");
    let keys = ["tpm", "disk"].map(|name| alice.read(&format!("/home/alice/{name}.pub")));
    alice.write("/home/alice/.ssh/authorized_keys", keys.concat());
    alpha
}

#[test]
fn one_socket_lists_and_uses_keys_of_the_tpm_and_of_another_agent() {
    let world = World::new();
    let alice = world.alice();
    let _alpha = one_host(&world);
    let _other = open_ssh(alice, BEHIND);
    let add = alice.command("ssh-add -q disk");
    add.env("SSH_AUTH_SOCK", BEHIND).run().ok();
    let agent = in_front_of(alice, &[BEHIND]);
    assert_eq!(offered(&agent), ["tpm", "disk"]);
    log_in(&agent, "disk", "alpha").ok();
    log_in(&agent, "tpm", "alpha").ok();
    // Without a list before it.
    agent.command("ssh-add -T disk.pub").run().ok();
}

#[test]
fn agents_behind_are_there_in_the_background_and_beside_a_command() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let _other = open_ssh(alice, BEHIND);
    let add = alice.command("ssh-add -q disk");
    add.env("SSH_AUTH_SOCK", BEHIND).run().ok();
    let background = format!(
        "eval $(sshtpm-agent -A {BEHIND} -s) >/dev/null; ssh-add -L; status=$?; \
         eval $(sshtpm-agent -k) >/dev/null; exit $status"
    );
    let in_the_background = alice.command("sh -c").arg(background).run().ok();
    // No shell replaces the variable.
    let command = "sshtpm-agent -A $XDG_RUNTIME_DIR/other.sock ssh-add -L";
    let beside = alice.run(command).ok();
    for listed in [in_the_background, beside] {
        assert!(listed.stdout.ends_with(" disk\n"), "{listed}");
    }
}

#[test]
fn a_key_that_two_agents_have_is_offered_once() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let second = "/run/user/1001/second.sock";
    let _others = [BEHIND, second].map(|socket| {
        let other = open_ssh(alice, socket);
        let add = alice.command("ssh-add -q disk");
        add.env("SSH_AUTH_SOCK", socket).run().ok();
        other
    });
    let agent = in_front_of(alice, &[BEHIND, second]);
    assert_eq!(offered(&agent), ["disk"]);
}

#[test]
fn ssh_add_keeps_ordinary_keys_in_an_agent_of_openssh() {
    let world = World::new();
    let alice = world.alice();
    let _alpha = one_host(&world);
    let agent = Agent::start(alice);
    assert_eq!(offered(&agent), ["tpm"]);
    agent.command("ssh-add -q disk").run().ok();
    assert_eq!(offered(&agent), ["tpm", "disk"]);
    log_in(&agent, "disk", "alpha").ok();
    agent.command("ssh-add -q -d disk.pub").run().ok();
    assert_eq!(offered(&agent), ["tpm"]);
    agent.command("ssh-add -q disk").run().ok();
    agent.command("ssh-add -q -D").run().ok();
    assert_eq!(offered(&agent), ["tpm"]);
    agent.command("ssh-add -q -t 1 disk").run().ok();
    wait::until("the end of the key's lifetime", wait::EFFECT, || {
        (offered(&agent) == ["tpm"]).then_some(())
    });
}

#[test]
fn an_ordinary_key_is_confirmed_by_the_agent_that_keeps_it() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let answer = |status: u8| {
        alice.write("/home/alice/ask", format!("#!/bin/sh\nexit {status}\n"));
        alice.run("chmod 700 /home/alice/ask").ok();
    };
    answer(0);
    let variables = [
        ("SSH_ASKPASS", "/home/alice/ask"),
        ("SSH_ASKPASS_REQUIRE", "force"),
        ("DISPLAY", ":0"),
    ];
    let agent = Agent::start_before(alice, &socket(alice), &[], &variables);
    agent.command("ssh-add -q -c disk").run().ok();
    agent.command("ssh-add -T disk.pub").run().ok();
    answer(1);
    let refused = agent.command("ssh-add -T disk.pub").run();
    assert_ne!(refused.code(), 0, "{refused}");
}

#[test]
fn a_key_of_the_tpm_is_hidden_until_the_agent_restarts() {
    let world = World::new();
    let alice = world.alice();
    let _alpha = one_host(&world);
    let mut agent = Agent::start(alice);
    agent.command("ssh-add -q -d tpm.pub").run().ok();
    assert_eq!(offered(&agent), [""; 0]);
    denied(log_in(&agent, "tpm", "alpha"));
    let log = agent.daemon.log();
    assert!(log.contains("run `sshtpm rm SHA256:"), "{log}");
    agent.daemon.stop();
    drop(agent);
    assert_eq!(offered(&Agent::start(alice)), ["tpm"]);
}

#[test]
fn removing_all_keys_has_the_broker_forget_pins() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "1234");
    alice.unlock(&key, "1234").expect("the right PIN");
    let agent = Agent::start(alice);
    agent.command("ssh-add -q -D").run().ok();
    let keys = alice.list(none()).expect("keys can be listed");
    assert_eq!(keys[0]["Unlocked"], false);
    assert_eq!(offered(&agent), ["laptop"]);
}

#[test]
fn no_private_key_that_ssh_add_sends_stays_in_the_agents_memory() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let key = PrivateKey::from_openssh(alice.read("/home/alice/disk")).expect("a key");
    let seed = key
        .key_data()
        .ed25519()
        .expect("its type")
        .private
        .to_bytes();
    let agent = Agent::start(alice);
    agent.command("ssh-add -q disk").run().ok();
    agent.command("ssh-add -T disk.pub").run().ok();
    let agent = agent.daemon.pid();
    assert!(count(agent, b"SSH_AUTH_SOCK") > 0, "its memory can be read");
    assert_eq!(count(agent, &seed), 0);
}

#[test]
fn the_agent_for_ordinary_keys_ends_with_its_agent() {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let world = World::new();
        let alice = world.alice();
        ordinary_key(alice, "disk");
        let mut agent = Agent::start(alice);
        agent.command("ssh-add -q disk").run().ok();
        let runs = || alice.run("pgrep -x ssh-agent").status.success();
        assert!(runs());
        agent.daemon.signal(signal);
        agent.daemon.wait();
        wait::until("the end of ssh-agent", wait::EFFECT, || {
            (!runs()).then_some(())
        });
        if signal == Signal::SIGTERM {
            let left = alice.run("ls -A /run/user/1001").ok();
            assert_eq!(left.stdout, "", "{left}");
        }
    }
}

#[test]
fn without_an_agent_of_openssh_the_refusal_names_the_package() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let command = alice.command("/opt/sshtpm/bin/sshtpm-agent -D -a");
    // No other program is found there.
    let command = command.arg(socket(alice)).env("PATH", "/opt/sshtpm/bin");
    let daemon = command.daemon();
    wait::until("sshtpm-agent", wait::START, || {
        let at = socket(alice);
        alice.machine().enter(|| UnixStream::connect(at)).ok()
    });
    let add = alice.command("ssh-add -q disk");
    let refused = add.env("SSH_AUTH_SOCK", socket(alice)).run();
    assert_ne!(refused.code(), 0, "{refused}");
    let log = daemon.log();
    assert!(log.contains("install the package openssh-client"), "{log}");
}

#[test]
fn constraints_of_an_ordinary_key_hold_through_two_hops() {
    let world = World::new();
    let alice = world.alice();
    let machine = world.machine();
    let hosts = [("alpha", 1), ("beta", 2), ("gamma", 3)];
    let hosts = hosts.map(|(name, number)| Host::start(machine, name, number));
    acquaint(&world, &hosts.each_ref());
    ordinary_key(alice, "key");
    let public = alice.read("/home/alice/key.pub");
    alice.write("/home/alice/.ssh/authorized_keys", public);
    let agent = Agent::start(alice);
    let add = "ssh-add -q -h alpha -h alpha>beta -h beta>gamma key";
    agent.command(add).run().ok();
    // Only the agent has it now.
    alice.run("rm /home/alice/key").ok();
    let there = ssh(&agent, "-A alpha", "ssh -A beta ssh gamma id -un").ok();
    assert_eq!(there.stdout, "alice\n");
    denied(ssh(&agent, "-A alpha", "ssh gamma true"));
    denied(ssh(&agent, "beta", "true"));
}

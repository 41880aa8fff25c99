//! An agent that is locked, in front of OpenSSH's, which is locked with it.

use nix::sys::signal::Signal;
use sshtpm_tests::other_agent::open_ssh;
use sshtpm_tests::{Agent, User, World, wait};

use crate::agent_behind::{BEHIND, in_front_of, offered, ordinary_key};

/// `ssh-add -x` or `-X` with a passphrase that is always the same.
fn with_passphrase(alice: User<'_>, agent: &Agent<'_>, option: &str) {
    alice.write("/home/alice/passphrase", "#!/bin/sh\necho sesame\n");
    alice.run("chmod 700 /home/alice/passphrase").ok();
    let command = agent.command(&format!("setsid -w ssh-add {option}"));
    let command = command.env("SSH_ASKPASS", "/home/alice/passphrase");
    command.env("SSH_ASKPASS_REQUIRE", "force").run().ok();
}

#[test]
fn a_signal_empties_agents_that_are_locked_once_they_are_unlocked() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let _other = open_ssh(alice, BEHIND);
    let agent = in_front_of(alice, &[BEHIND]);
    alice.key("tpm");
    agent
        .command("ssh-add -q disk")
        .env("SSH_AUTH_SOCK", BEHIND)
        .run()
        .ok();
    with_passphrase(alice, &agent, "-x");
    agent.daemon.signal(Signal::SIGUSR1);
    wait::until("the signal", wait::EFFECT, || {
        let log = agent.daemon.log();
        log.contains("agents behind are locked").then_some(())
    });
    assert_eq!(offered(&agent), [""; 0], "it stays locked");
    with_passphrase(alice, &agent, "-X");
    assert_eq!(offered(&agent), ["tpm"]);
    let theirs = alice
        .command("ssh-add -l")
        .env("SSH_AUTH_SOCK", BEHIND)
        .run();
    assert!(theirs.stdout.contains("no identities"), "{theirs}");
}

#[test]
fn locking_the_agent_locks_those_behind_it() {
    let world = World::new();
    let alice = world.alice();
    ordinary_key(alice, "disk");
    let _other = open_ssh(alice, BEHIND);
    let agent = in_front_of(alice, &[BEHIND]);
    let direct = |words: &str| alice.command(words).env("SSH_AUTH_SOCK", BEHIND).run();
    direct("ssh-add -q disk").ok();
    with_passphrase(alice, &agent, "-x");
    direct("ssh-add -l").fails_with(1);
    assert_eq!(offered(&agent), [""; 0]);
    agent.command("ssh-add -q disk").run().fails_with(1);
    with_passphrase(alice, &agent, "-X");
    direct("ssh-add -l").ok();
    assert_eq!(offered(&agent), ["disk"]);
}

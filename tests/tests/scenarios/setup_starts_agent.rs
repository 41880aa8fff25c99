//! `sshtpm setup` where alice's systemd has not started the agent's socket, as after an
//! installation while she is logged in.
//!
//! No systemd runs for her here. In its place a program answers to the name systemctl: it says what
//! systemd would say, and starts the real agent. `tests/vm` has the same with systemd.

use sshtpm_tests::{User, World};

use super::git::at_a_terminal;
use super::setup::{SOCKET, files, identity_agent};

/// With the program that stands in for systemctl.
const PATH: &str = "/home/alice/bin:/opt/sshtpm/bin:/usr/bin:/bin";

/// What alice's systemd was told to do.
const TOLD: &str = "/run/user/1001/told";

/// Has systemctl say that the agent's socket has this `state`.
fn systemctl_says(alice: User<'_>, state: &str) {
    let script = format!(
        r#"#!/bin/sh
        [ "$1" = --user ] || exit 64
        shift
        case $1 in
            list-unit-files) echo "sshtpm-agent.socket {state} enabled" ;;
            is-active) test -S {SOCKET} ;;
            daemon-reload) echo "$*" >>{TOLD} ;;
            start | enable)
                echo "$*" >>{TOLD}
                mkdir -p -m 700 /run/user/1001/sshtpm
                exec sshtpm-agent -a {SOCKET} >/dev/null ;;
            *) exit 1 ;;
        esac
        "#
    );
    alice.run("mkdir -p /home/alice/bin").ok();
    alice.write("/home/alice/bin/systemctl", script);
    alice.run("chmod 755 /home/alice/bin/systemctl").ok();
}

/// What alice's systemd was told to do, a line each.
fn told(alice: User<'_>) -> String {
    alice.run(&format!("cat {TOLD}")).stdout
}

#[test]
fn setup_starts_a_socket_that_was_installed_after_the_login() {
    let world = World::new();
    let alice = world.alice();
    systemctl_says(alice, "enabled");
    let setup = alice.command("sshtpm setup --yes").env("PATH", PATH);
    let done = setup.run().ok();
    for part in [
        "    systemctl --user daemon-reload\n    systemctl --user start sshtpm-agent.socket\n",
        "Everything is set up",
    ] {
        assert!(done.stdout.contains(part), "{part}: {done}");
    }
    assert_eq!(told(alice), "daemon-reload\nstart sshtpm-agent.socket\n");
    assert_eq!(identity_agent(alice), SOCKET);
}

#[test]
fn setup_starts_it_for_a_person_who_agrees() {
    let world = World::new();
    let alice = world.alice();
    systemctl_says(alice, "disabled");
    let setup = format!("env PATH={PATH} sshtpm setup");
    let done = at_a_terminal(alice, &setup, "y").ok();
    assert!(done.stdout.contains("Start it (y/n)?"), "{done}");
    assert_eq!(told(alice), "enable --now sshtpm-agent.socket\n");
}

#[test]
fn setup_starts_nothing_for_a_person_who_declines() {
    let world = World::new();
    let alice = world.alice();
    systemctl_says(alice, "enabled");
    let before = files(alice);
    let setup = format!("env PATH={PATH} sshtpm setup");
    let declined = at_a_terminal(alice, &setup, "n").fails_with(1);
    let asked = "    systemctl --user start sshtpm-agent.socket";
    let named =
        "`systemctl --user daemon-reload`, then `systemctl --user start sshtpm-agent.socket`.";
    for part in [asked, named, "Nothing was changed."] {
        assert!(declined.stdout.contains(part), "{part}: {declined}");
    }
    let doctor = alice.command("sshtpm doctor").env("PATH", PATH);
    let found = doctor.run().fails_with(1);
    assert!(found.stdout.contains(named), "{found}");
    assert_eq!(told(alice), "");
    assert_eq!(files(alice), before);
}

#[test]
fn setup_starts_nothing_unasked_or_masked() {
    let world = World::new();
    let alice = world.alice();
    for (state, setup, command) in [
        ("enabled", "sshtpm setup", "start"),
        ("masked", "sshtpm setup --yes", "unmask"),
    ] {
        systemctl_says(alice, state);
        let refused = alice.command(setup).env("PATH", PATH).run().fails_with(1);
        let command = format!("systemctl --user {command} sshtpm-agent.socket");
        assert!(refused.stderr.contains(&command), "{refused}");
        assert_eq!(told(alice), "");
    }
}

//! `sshtpm host-keys` where something is in the way: it refuses, and everything is as it was.

use sshtpm_tests::answers::Person;
use sshtpm_tests::{Agent, World, sshd, wait};

use crate::host_keys::{DROP_IN, accepted, configuration};

#[test]
fn enable_needs_a_tpm_that_signs() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let before = configuration(root);
    world.kill_tpm();
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains("sshtpm status");
    assert_eq!(configuration(root), before);

    world.start_tpm();
    world.wait_for_tpm("ready");
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    root.run("sshtpm host-keys enable").ok();
}

/// The real systemctl, which finds no systemd to have it done.
#[test]
fn enable_needs_an_agent_that_a_reboot_brings_back() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let before = configuration(root);
    root.run("mkdir -p /run/systemd/system").ok();
    for command in ["enable", "ensure"] {
        root.run(&format!("sshtpm host-keys {command}"))
            .fails_with(1)
            .complains("systemctl enable --now sshtpm-host-agent.socket");
        assert_eq!(configuration(root), before);
    }
}

#[test]
fn a_user_who_locks_sshds_directory_does_not_stop_root() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let holding = world
        .alice()
        .command("flock -n /etc/ssh sh -c")
        .arg("echo locked; exec sleep 600")
        .start();
    wait::until("alice's lock", wait::EFFECT, || {
        holding.stdout().contains("locked").then_some(())
    });
    root.run("sshtpm host-keys ensure").ok();
    root.run("sshtpm host-keys enable").ok();
    // What it was that they locked instead.
    world
        .alice()
        .run("flock -n /run/sshtpm-host-keys.lock true")
        .complains("Permission denied");
    root.run("sshtpm host-keys disable").ok();
    holding.kill();
}

#[test]
fn a_lock_of_roots_keeps_a_second_command_out() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    root.command("flock -n /run/sshtpm-host-keys.lock sshtpm host-keys")
        .arg("enable")
        .run()
        .fails_with(1)
        .complains("another command");
}

#[test]
fn enable_finds_another_agent_in_sshds_configuration_before_it_writes() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    sshd::add_config(
        world.machine(),
        "40-other",
        "HostKeyAgent /run/other.sock\n",
    );
    let changed = || {
        root.run("stat -c %z /etc/ssh /etc/ssh/sshd_config.d")
            .ok()
            .stdout
    };
    let before = changed();
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains("/run/other.sock");
    assert_eq!(changed(), before);
}

#[test]
fn enable_is_taken_back_where_sshd_does_not_accept_it() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    sshd::add_config(world.machine(), "90-broken", "NoSuchOption yes\n");
    let before = configuration(root);
    let enabled = root.run("sshtpm host-keys enable").fails_with(1);
    assert!(
        enabled.stderr.contains("NoSuchOption"),
        "sshd's own words are missing: {enabled}"
    );
    assert_eq!(configuration(root), before);
}

#[test]
fn enable_without_host_keys_or_without_their_agent_changes_nothing() {
    let world = World::new();
    let root = world.root();
    let before = configuration(root);
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains("sshtpm host-keys generate");
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains("/run/sshtpm-host/agent.sock");
    assert_eq!(configuration(root), before);
}

/// It accepts none without the keys in the TPM, whatever there is besides.
#[test]
fn disable_is_taken_back_where_it_is_what_sshd_does_not_accept() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    root.run("touch /etc/ssh/ssh_host_rsa_key").ok();
    let before = configuration(root);
    root.run("sshtpm host-keys disable")
        .fails_with(1)
        .complains("no hostkeys available");
    assert_eq!(configuration(root), before);
}

#[test]
fn files_of_others_are_not_overwritten() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    root.write(DROP_IN, "# mine\n");
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains(DROP_IN);
    root.run("sshtpm host-keys disable")
        .fails_with(1)
        .complains(DROP_IN);
    assert_eq!(root.read(DROP_IN), "# mine\n");
}

#[test]
fn a_user_needs_an_administrator_for_host_keys() {
    let world = World::new();
    let alice = world.alice();
    let refused = alice
        .run("sshtpm --no-ask-password host-keys generate")
        .fails_with(1);
    assert_ne!(refused.stderr, "");
    assert_eq!(world.host_user().fingerprints(), Vec::<String>::new());

    alice
        .with(Person::Accepts, "sshtpm host-keys generate")
        .run()
        .ok();
    let prompts = alice.prompts();
    assert_eq!(prompts.len(), 1, "{prompts:?}");
    assert_eq!(prompts[0]["action"], "org.sshtpm.Broker1.manage-host-keys");
    assert_eq!(world.host_user().fingerprints().len(), 1);

    let before = configuration(world.root());
    alice
        .run("sshtpm --no-ask-password host-keys enable")
        .fails_with(1);
    assert_eq!(configuration(world.root()), before);
}

/// The host key files that come back are of a type that sshd's configuration rules out by now.
#[test]
fn disable_is_taken_back_where_nobody_could_log_in() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    let generate = root.command("ssh-keygen -q -t rsa -f /etc/ssh/ssh_host_rsa_key -N");
    generate.arg("").run().ok();
    root.run("sshtpm host-keys ensure").ok();
    let only = "HostKeyAlgorithms ssh-ed25519,ecdsa-sha2-nistp256\n";
    sshd::add_config(world.machine(), "90-hardened", only);
    let before = configuration(root);
    root.run("sshtpm host-keys disable")
        .fails_with(1)
        .complains("line 1 of /etc/ssh/sshd_config.d/90-hardened.conf");
    assert_eq!(configuration(root), before);

    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys disable").ok();
    accepted(root);
}

#[test]
fn without_an_ssh_to_try_it_with_enable_refuses() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let before = configuration(root);
    root.run("mount --bind /dev/null /usr/bin/ssh").ok();
    root.run("sshtpm host-keys enable")
        .fails_with(1)
        .complains("openssh-client");
    assert_eq!(configuration(root), before);
}

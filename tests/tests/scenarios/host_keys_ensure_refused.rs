//! `sshtpm host-keys ensure` where it cannot do its work, and what it leaves then.

use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, World, sshd};

use crate::host_keys_ensure::{CONFIG, DROP_IN, ensure, files, served};

#[test]
fn no_key_is_made_that_sshd_would_never_offer() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let hardened = "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n";
    sshd::add_config(world.machine(), "10-hardening", hardened);
    ensure(root)
        .fails_with(5)
        .complains("line 1 of /etc/ssh/sshd_config.d/10-hardening.conf");
    assert_eq!(world.host_user().fingerprints(), Vec::<String>::new());
    root.run("sshtpm host-keys ensure --type ecdsa,rsa:2048")
        .ok();
}

#[test]
fn beside_a_key_that_sshd_never_offers_no_other_such_key_is_made() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    let before = world.host_user().fingerprints();
    sshd::add_config(
        world.machine(),
        "10-hardening",
        "HostKeyAlgorithms ssh-ed25519\n",
    );
    ensure(root)
        .fails_with(5)
        .complains("sshd's configuration was not changed");
    assert_eq!(world.host_user().fingerprints(), before);
}

#[test]
fn without_a_tpm_it_fails_and_sshd_starts_with_its_host_key_files() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let before = files(root);
    world.kill_tpm();
    world.restart_broker();
    world.wait_for_tpm("absent");
    ensure(root)
        .fails_with(1)
        .complains("the TPM is absent")
        .complains("sshtpm status");
    assert_eq!(files(root), before);
    let _sshd = Sshd::start(world.machine());
    assert!(served(root, "ed25519").contains("ssh-ed25519"));
}

#[test]
fn keys_of_which_the_tpm_cannot_be_asked_are_not_made_anew() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    ensure(root).ok();
    let (before, keys) = (files(root), world.host_user().fingerprints());
    world.kill_tpm();
    world.restart_broker();
    ensure(root).fails_with(1);
    assert_eq!(files(root), before);
    world.start_tpm();
    world.wait_for_tpm("ready");
    assert_eq!(world.host_user().fingerprints(), keys);
}

#[test]
fn a_wrong_configuration_is_refused_with_its_line_and_makes_no_key() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    let before = files(root);
    for (text, line, key) in [
        ("\nkey-dir = \"/etc/ssh\"\n", "line 2", "key-dir"),
        ("types = [\"ed25519-sk\"]\n", "line 1", "types"),
        ("types = []\n", "line 1", "types"),
        ("replace-existing = \"yes\"\n", "line 1", "replace-existing"),
        ("key-directory = \"keys\"\n", "line 1", "key-directory"),
    ] {
        root.write(CONFIG, text);
        let refused = ensure(root).fails_with(1);
        refused.complains(CONFIG).complains(line).complains(key);
    }
    root.run("sshtpm host-keys ensure --config /nonexistent --type ecdsa,ecdsa")
        .fails_with(2)
        .complains("ecdsa");
    assert_eq!(files(root), before);
    assert_eq!(world.host_user().fingerprints(), Vec::<String>::new());
}

#[test]
fn no_key_is_made_where_sshd_could_not_be_told_of_it() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.write(DROP_IN, "# mine\n");
    ensure(root).fails_with(1).complains(DROP_IN);
    root.run("rm -r /etc/ssh/sshd_config.d").ok();
    ensure(root).fails_with(1).complains("Include");
    assert_eq!(world.host_user().fingerprints(), Vec::<String>::new());
}

#[test]
fn a_change_that_sshd_does_not_accept_is_taken_back() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    sshd::add_config(world.machine(), "90-broken", "NoSuchOption yes\n");
    let before = files(root);
    let directory =
        |line: &&str| !line.contains("sshd_config.d ") && !line.starts_with("/etc/ssh ");
    root.run("sshtpm host-keys ensure --replace-existing")
        .fails_with(1)
        .complains("NoSuchOption");
    let after = files(root);
    // The directories were written to, and back.
    let left: Vec<&str> = after.lines().filter(directory).collect();
    let right: Vec<&str> = before.lines().filter(directory).collect();
    assert_eq!(left, right);
}

#[test]
fn only_root_may() {
    let world = World::new();
    let before = files(world.root());
    world
        .alice()
        .run("sshtpm --no-ask-password host-keys ensure")
        .fails_with(1)
        .complains("you are not root");
    assert_eq!(files(world.root()), before);
}

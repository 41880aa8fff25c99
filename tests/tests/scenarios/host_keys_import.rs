//! `sshtpm host-keys import`: sshd's own keys move into the TPM, and clients notice nothing.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, World};

const ECDSA: &str = "/etc/ssh/ssh_host_ecdsa_key";
const ED25519: &str = "/etc/ssh/ssh_host_ed25519_key";
const RSA: &str = "/etc/ssh/ssh_host_rsa_key";

/// A client that knows this host by one key, and accepts no other.
pub(crate) const LOGIN: &str = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes \
                                -o UpdateHostKeys=no localhost true";

/// Has alice know this host by the key in `file` alone, and gives an agent with which she logs in.
pub(crate) fn acquainted<'w>(world: &'w World, file: &str) -> Agent<'w> {
    let alice = world.alice();
    let key = alice.generate("", "login", none()).expect("a key");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    let known = format!("localhost {}", world.root().read(&format!("{file}.pub")));
    alice.write("/home/alice/.ssh/known_hosts", known);
    Agent::start(alice)
}

#[test]
fn clients_that_know_an_ecdsa_key_log_in_before_and_after() {
    clients_log_in_before_and_after("ecdsa", ECDSA);
}

#[test]
fn clients_that_know_an_ed25519_key_log_in_before_and_after() {
    clients_log_in_before_and_after("ed25519", ED25519);
}

fn clients_log_in_before_and_after(kind: &str, file: &str) {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    // One type alone, because an old sshd cannot prove another one.
    let make = format!("ssh-keygen -q -t {kind} -C host -f {file}");
    root.command(&make).args(&["-N", ""]).run().ok();
    let agent = acquainted(&world, file);
    {
        let _sshd = Sshd::start(world.machine());
        agent.command(LOGIN).run().ok();
    }
    let imported = root.run("sshtpm host-keys import").ok();
    assert!(imported.stdout.contains("--replace-existing"), "{imported}");
    root.run(&format!("test -e {file}")).ok();
    root.run("sshtpm host-keys enable --replace-existing").ok();
    root.run(&format!("test -e {file}")).fails_with(1);
    {
        let _sshd = Sshd::start(world.machine());
        agent.command(LOGIN).run().ok();
    }
    root.run("sshtpm host-keys disable").ok();
    root.run(&format!("test -e {file}")).ok();
    let _sshd = Sshd::start(world.machine());
    agent.command(LOGIN).run().ok();
}

#[test]
fn keys_that_sshd_has_are_imported_once() {
    let world = World::new();
    let root = world.root();
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys import").ok();
    let keys = world.host_user().fingerprints();
    assert!(keys.len() >= 3, "{keys:?}");
    let again = root.run("sshtpm host-keys import").ok();
    assert!(again.stdout.contains("Already in the TPM"), "{again}");
    assert_eq!(world.host_user().fingerprints(), keys);
}

#[test]
fn a_named_file_that_cannot_be_imported_is_a_failure() {
    let world = World::new();
    let root = world.root();
    root.run("ssh-keygen -A").ok();
    let make = "ssh-keygen -q -t dsa -f /etc/ssh/odd";
    root.command(make).args(&["-N", ""]).run().ok();
    let import = format!("sshtpm host-keys import {RSA} /etc/ssh/odd");
    root.run(&import).fails_with(1).complains("DSA");
    assert_eq!(world.host_user().fingerprints().len(), 1);
    let alice = world.alice();
    alice
        .run(&format!("sshtpm host-keys import {RSA}"))
        .fails_with(1);
}

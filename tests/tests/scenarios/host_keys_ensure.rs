//! `sshtpm host-keys ensure`: what a machine runs at each boot before sshd.

use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, Output, User, World, sshd, wait};

/// The drop-in.
pub(crate) const DROP_IN: &str = "/etc/ssh/sshd_config.d/50-sshtpm.conf";

/// The file of the first ECDSA host key.
const KEY_FILE: &str = "/etc/ssh/sshtpm_host_ecdsa_key.pub";

/// The configuration of the host keys.
pub(crate) const CONFIG: &str = "/etc/sshtpm/host-keys.toml";

pub(crate) fn ensure(root: User<'_>) -> Output {
    root.run("sshtpm host-keys ensure")
}

/// Everything below `/etc/ssh`: name, inode, mode, time of the last change.
pub(crate) fn files(root: User<'_>) -> String {
    let found = root.command("find /etc/ssh -printf").arg("%p %i %m %T@\n");
    found.run().ok().stdout
}

/// The base64 of the key in a public key file.
fn key_in(root: User<'_>, file: &str) -> String {
    let text = root.read(file);
    let mut words = text.split_whitespace();
    words.nth(1).expect("a key in the file").to_owned()
}

/// The host keys with which sshd answers, of the type `ssh-keyscan` calls so.
pub(crate) fn served(root: User<'_>, kind: &str) -> String {
    let scan = format!("ssh-keyscan -T 20 -t {kind} 127.0.0.1");
    // It fails where there is none.
    root.run(&scan).stdout
}

#[test]
fn on_a_fresh_machine_a_key_is_made_and_sshd_serves_it() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("/usr/sbin/sshd -t").fails_with(1);
    let said = ensure(root).ok();
    let fingerprints = world.host_user().fingerprints();
    assert_eq!(fingerprints.len(), 1);
    assert!(said.stdout.contains(&fingerprints[0]), "{said}");
    assert!(said.stdout.contains("systemctl reload ssh"), "{said}");

    let _sshd = Sshd::start(world.machine());
    let key = key_in(root, KEY_FILE);
    assert!(served(root, "ecdsa").contains(&key));
    assert_eq!(served(root, "rsa,ed25519"), "");
}

#[test]
fn once_more_changes_no_file_and_no_key() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    ensure(root).ok();
    let (before, keys) = (files(root), world.host_user().fingerprints());
    let said = ensure(root).ok();
    assert!(said.stdout.starts_with("Nothing to do"), "{said}");
    assert!(!said.stdout.contains("reload"), "{said}");
    assert_eq!(files(root), before);
    assert_eq!(world.host_user().fingerprints(), keys);

    let said = root.run("sshtpm host-keys enable").ok();
    assert!(said.stdout.starts_with("Nothing to do"), "{said}");
    assert_eq!(files(root), before);
}

#[test]
fn of_each_type_that_is_asked_for_there_is_a_key_afterwards() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.write(CONFIG, "types = [\"ecdsa\", \"rsa:2048\"]\n");
    root.run("sshtpm host-keys generate").ok();
    ensure(root).ok();
    assert_eq!(world.host_user().fingerprints().len(), 2);
    let before = files(root);
    root.run("sshtpm host-keys ensure --type rsa,ecdsa-sha2-nistp256")
        .ok();
    assert_eq!(files(root), before);
    root.run("sshtpm host-keys ensure --type ecdsa-sha2-nistp384")
        .ok();
    assert_eq!(world.host_user().fingerprints().len(), 3);

    let _sshd = Sshd::start(world.machine());
    let rsa = key_in(root, "/etc/ssh/sshtpm_host_rsa_key.pub");
    assert!(served(root, "rsa").contains(&rsa));
    let ecdsa = served(root, "ecdsa");
    match sshd::proves_ecdsa_keys_of_an_agent() {
        true => assert!(ecdsa.contains(&key_in(root, KEY_FILE)), "{ecdsa}"),
        false => assert_eq!(
            ecdsa, "",
            "the session of a client that knows RSA would end"
        ),
    }
}

#[test]
fn key_files_go_where_the_configuration_says_and_all_commands_agree() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    ensure(root).ok();
    root.write(CONFIG, "key-directory = \"/var/lib/host-keys\"\n");
    ensure(root).ok();
    let moved = "/var/lib/host-keys/sshtpm_host_ecdsa_key.pub";
    let drop_in = root.read(DROP_IN);
    let named = "HostKey /var/lib/host-keys/sshtpm_host_ecdsa_key\n";
    assert!(drop_in.contains(named), "{drop_in}");
    root.run(&format!("test -e {KEY_FILE}")).fails_with(1);

    let said = root.run("sshtpm host-keys enable").ok();
    assert!(said.stdout.starts_with("Nothing to do"), "{said}");
    {
        let _sshd = Sshd::start(world.machine());
        assert!(served(root, "ecdsa").contains(&key_in(root, moved)));
    }
    root.write(CONFIG, "no longer TOML");
    let said = root.run("sshtpm host-keys disable").ok();
    assert!(said.stdout.contains(&format!("rm {moved}\n")), "{said}");

    root.run("sshtpm host-keys ensure").fails_with(1);
    root.run("sshtpm host-keys enable --config /nonexistent --key-dir /run/keys")
        .ok();
    root.run("test -e /run/keys/sshtpm_host_ecdsa_key.pub").ok();
}

#[test]
fn a_right_drop_in_on_a_read_only_file_system_is_accepted() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.write(CONFIG, "key-directory = \"/run/host-keys\"\n");
    ensure(root).ok();
    let key = key_in(root, "/run/host-keys/sshtpm_host_ecdsa_key.pub");
    root.run("rm -r /run/host-keys").ok();
    root.run("mount --bind /etc/ssh /etc/ssh").ok();
    root.run("mount -o remount,bind,ro /etc/ssh").ok();
    ensure(root).ok();
    let again = key_in(root, "/run/host-keys/sshtpm_host_ecdsa_key.pub");
    assert_eq!(again, key);
}

#[test]
fn host_key_files_are_left_alone() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let before = files(root);
    ensure(root).ok();
    let after = files(root);
    let own = before.lines().filter(|line| line.contains("/ssh_host_"));
    let own: Vec<&str> = own.collect();
    assert_eq!(own.len(), 6, "{before}");
    for line in own {
        assert!(after.contains(line), "{line} is not in\n{after}");
    }
}

#[test]
fn a_lost_key_is_left_and_reported_and_a_new_one_takes_its_place() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    ensure(root).ok();
    let old = key_in(root, KEY_FILE);
    let lost = world.host_user().fingerprints().remove(0);
    world.stop_broker();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.start_broker();
    world.wait_for_tpm("ready");

    let said = ensure(root).ok();
    let why = "this key is lost (the TPM was cleared or replaced)";
    let reported = format!("Left out, because {why}: {lost}");
    assert!(said.stdout.contains(&reported), "{said}");
    assert_eq!(world.host_user().fingerprints().len(), 2);
    let new = key_in(root, KEY_FILE);
    assert_ne!(new, old);
    let _sshd = Sshd::start(world.machine());
    assert!(served(root, "ecdsa").contains(&new));
}

#[test]
fn a_tpm_that_is_starting_is_waited_for() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    world.stop_broker();
    world.freeze_tpm();
    world.start_broker();
    world.wait_for_tpm("starting");
    let running = root.command("sshtpm host-keys ensure").start();
    wait::until("that it waits", wait::EFFECT, || {
        let said = running.stdout();
        said.contains("Waiting for the TPM").then_some(())
    });
    world.thaw_tpm();
    running.finish(wait::COMMAND).ok();
    root.run("/usr/sbin/sshd -t").ok();
}

/// The driver may find it when everything else is up already.
#[test]
fn a_tpm_that_is_not_there_yet_is_waited_for() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    world.kill_tpm();
    world.restart_broker();
    world.wait_for_tpm("absent");
    let running = root.command("sshtpm host-keys ensure").start();
    wait::until("that it waits", wait::EFFECT, || {
        let said = running.stdout();
        said.contains("Waiting for the TPM").then_some(())
    });
    world.start_tpm();
    running.finish(wait::COMMAND).ok();
    root.run("/usr/sbin/sshd -t").ok();
}

/// `ssh.service` makes it when it starts, and removes it when it stops.
#[test]
fn the_directory_that_sshd_has_only_while_it_runs_is_not_missed() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("rmdir /run/sshd").ok();
    ensure(root).ok();
    let _sshd = Sshd::start(world.machine());
    assert!(served(root, "ecdsa").contains(&key_in(root, KEY_FILE)));
}

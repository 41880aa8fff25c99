//! sshd's host key files: put away by `ensure --replace-existing`, brought back by `disable`.

use std::path::Path;

use nix::sys::signal::Signal;
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, User, World, sshd, wait};

/// The drop-in.
const DROP_IN: &str = "/etc/ssh/sshd_config.d/50-sshtpm.conf";

/// The number of the sshd that runs, where the configuration says so.
const PID_FILE: &str = "/run/sshd.pid";

const REPLACE: &str = "sshtpm host-keys ensure --replace-existing";

/// sshd's host key files, under whatever name: name, inode, mode.
fn host_key_files(root: User<'_>) -> Vec<String> {
    let found = root
        .command("find /etc/ssh -name ssh_host_* -printf")
        .arg("%f %i %m\n")
        .run();
    let mut lines: Vec<String> = found.ok().stdout.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The host keys with which sshd answers, of the type `ssh-keyscan` calls so.
fn served(root: User<'_>, kind: &str) -> String {
    let scan = format!("ssh-keyscan -T 20 -t {kind} 127.0.0.1");
    // It fails where there is none.
    root.run(&scan).stdout
}

#[test]
fn host_key_files_are_put_away_and_disable_brings_them_back() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("chmod 400 /etc/ssh/ssh_host_rsa_key").ok();
    let before = host_key_files(root);
    assert_eq!(before.len(), 6);

    let said = root.run(REPLACE).ok();
    let renamed = "Renamed /etc/ssh/ssh_host_rsa_key to /etc/ssh/ssh_host_rsa_key.before-sshtpm";
    assert!(said.stdout.contains(renamed), "{said}");
    let away = host_key_files(root);
    let expected = before
        .iter()
        .map(|line| line.replacen(' ', ".before-sshtpm ", 1));
    assert_eq!(away, expected.collect::<Vec<_>>());
    root.run("/usr/sbin/sshd -t").ok();
    let said = root.run(REPLACE).ok();
    assert!(said.stdout.starts_with("Nothing to do"), "{said}");

    root.run("sshtpm host-keys disable").ok();
    assert_eq!(host_key_files(root), before);
    let _sshd = Sshd::start(world.machine());
    assert!(served(root, "ed25519").contains("ssh-ed25519"));
}

#[test]
fn the_configuration_can_ask_for_it_and_may_name_the_files_itself() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.write("/etc/sshtpm/host-keys.toml", "replace-existing = true\n");
    let named = "HostKey /etc/ssh/ssh_host_ed25519_key\n";
    sshd::add_config(world.machine(), "60-named", named);
    root.run("sshtpm host-keys ensure").ok();
    {
        let _sshd = Sshd::start(world.machine());
        assert!(served(root, "ecdsa").contains("ecdsa"));
        assert_eq!(served(root, "ed25519"), "");
    }
    root.run("sshtpm host-keys disable").ok();
    let _sshd = Sshd::start(world.machine());
    assert!(served(root, "ed25519").contains("ssh-ed25519"));
}

#[test]
fn neither_an_earlier_copy_nor_a_newer_key_is_overwritten() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run(REPLACE).ok();
    root.run("ssh-keygen -A").ok();
    let both = host_key_files(root);
    assert_eq!(both.len(), 12);
    let said = root.run(REPLACE).ok();
    assert!(
        said.stdout.contains("Left /etc/ssh/ssh_host_rsa_key "),
        "{said}"
    );
    assert_eq!(host_key_files(root), both);
    let said = root.run("sshtpm host-keys disable").ok();
    let left = "Left /etc/ssh/ssh_host_rsa_key.before-sshtpm ";
    assert!(said.stdout.contains(left), "{said}");
    assert_eq!(host_key_files(root), both);
}

#[test]
fn an_sshd_that_was_not_reloaded_keeps_its_host_key_files() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    // The first value counts.
    sshd::add_config(world.machine(), "40-pid", &format!("PidFile {PID_FILE}\n"));
    let sshd = Sshd::start(world.machine());
    let before = host_key_files(root);
    let said = root.run(REPLACE).ok();
    assert!(said.stdout.contains("stay for now"), "{said}");
    assert_eq!(host_key_files(root), before);
    assert!(served(root, "ed25519").contains("ssh-ed25519"));

    reload(root, &sshd.daemon);
    let said = root.run(REPLACE).ok();
    assert!(!said.stdout.contains("reload"), "{said}");
    assert_ne!(host_key_files(root), before);
    assert!(served(root, "ecdsa").contains("ecdsa"));
    assert_eq!(served(root, "ed25519"), "");

    // And back.
    root.run("sshtpm host-keys disable").ok();
    assert!(served(root, "ecdsa").contains("ecdsa"));
    reload(root, &sshd.daemon);
    assert!(served(root, "ed25519").contains("ssh-ed25519"));
}

/// OpenSSH up to 9.7 loads for each connection what was named when it was started.
#[test]
fn an_sshd_that_was_not_reloaded_keeps_its_public_key_files() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    sshd::add_config(world.machine(), "40-pid", &format!("PidFile {PID_FILE}\n"));
    let sshd = Sshd::start(world.machine());
    let old = Path::new("/etc/ssh/sshtpm_host_ecdsa_key.pub");
    let is_there = || root.machine().enter(|| old.exists());
    let moved = "sshtpm host-keys enable --key-dir /run/keys";
    root.run(moved).ok();
    assert!(is_there());
    assert!(served(root, "ecdsa").contains("ecdsa"));
    root.run(moved).ok();
    assert!(is_there(), "it was not reloaded yet");

    reload(root, &sshd.daemon);
    let said = root.run(moved).ok();
    assert!(!said.stdout.contains("reload"), "{said}");
    assert!(!is_there());
    assert!(served(root, "ecdsa").contains("ecdsa"));
}

/// Has sshd read its configuration again, and waits until it has.
fn reload(root: User<'_>, sshd: &Daemon) {
    let changed = || root.run(&format!("stat -c %z {PID_FILE}")).stdout;
    let before = changed();
    sshd.signal(Signal::SIGHUP);
    wait::until("sshd with its new configuration", wait::EFFECT, || {
        let now = changed();
        let listens = root.run("ssh-keyscan -T 5 127.0.0.1").stdout;
        (!now.is_empty() && now != before && !listens.is_empty()).then_some(())
    });
}

/// No file says which process that sshd is, so `ensure` looks among all processes.
#[test]
fn an_sshd_without_a_pid_file_keeps_its_host_key_files() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let before = host_key_files(root);
    let sshd = Sshd::start(world.machine());
    root.run(REPLACE).ok();
    assert_eq!(host_key_files(root), before);
    assert!(served(root, "ed25519").contains("ssh-ed25519"));
    drop(sshd);
    root.run(REPLACE).ok();
    assert_ne!(host_key_files(root), before);
}

#[test]
fn a_power_failure_on_the_way_leaves_an_sshd_that_starts() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    let before = host_key_files(root);
    let copy = |name: &str| format!("/etc/ssh/ssh_host_{name}.before-sshtpm");
    let (first, last) = (copy("rsa_key.pub"), copy("ed25519_key"));
    for step in ["/etc/ssh/sshtpm_host_ecdsa_key.pub", DROP_IN, &first, &last] {
        killed_when(root, REPLACE, || Path::new(step).exists());
        root.run("/usr/sbin/sshd -t").ok();
        root.run(REPLACE).ok();
        for step in [first.as_str(), &last, DROP_IN] {
            killed_when(root, "sshtpm host-keys disable", || {
                !Path::new(step).exists()
            });
            root.run("/usr/sbin/sshd -t").ok();
        }
        root.run("sshtpm host-keys disable").ok();
        assert_eq!(host_key_files(root), before, "after {step}");
        root.run("rm -f /etc/ssh/sshtpm_host_ecdsa_key.pub").ok();
    }
}

/// Runs `command` and ends it at once when `condition` holds; or it is done already.
fn killed_when(root: User<'_>, command: &str, condition: impl Fn() -> bool + Send) {
    let mut running = root.command(command).start();
    let has_ended = || running.has_ended();
    root.machine()
        .enter(|| wait_for_either(condition, has_ended));
    running.kill();
}

fn wait_for_either(one: impl Fn() -> bool, mut other: impl FnMut() -> bool) {
    wait::until("a step", wait::COMMAND, || (one() || other()).then_some(()));
}

#[test]
fn disable_without_any_host_key_file_refuses_and_says_what_to_do() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    let drop_in = || root.run(&format!("stat -c %i,%z {DROP_IN}")).ok().stdout;
    let before = drop_in();
    let refuses = || {
        root.run("sshtpm host-keys disable")
            .fails_with(4)
            .complains("ssh-keygen -A");
        assert_eq!(drop_in(), before, "it went, if only for a moment");
    };
    refuses();
    drop(agent);
    refuses();
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys disable").ok();
    root.run("/usr/sbin/sshd -t").ok();
}

#[test]
fn disable_needs_neither_agent_nor_broker_nor_tpm_nor_bus() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run(REPLACE).ok();
    drop(agent);
    world.stop_broker();
    world.kill_tpm();
    world.stop_bus();
    root.run("/usr/sbin/sshd -t").fails_with(1);
    root.run("sshtpm host-keys disable").ok();
    root.run("/usr/sbin/sshd -t").ok();
    let said = root.run("sshtpm host-keys disable").ok();
    assert!(said.stdout.contains("there is nothing to do"), "{said}");
}

#[test]
fn disable_without_sshd_removes_what_the_next_sshd_would_read() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    drop(agent);
    root.run("mount --bind /dev/null /usr/sbin/sshd").ok();
    root.run("sshtpm host-keys disable").ok();
    root.run(&format!("test -e {DROP_IN}")).fails_with(1);
}

#[test]
fn a_host_key_file_elsewhere_is_enough_for_disable() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    let generate = root.command("ssh-keygen -q -t ed25519 -f /root/host_key -N");
    generate.arg("").run().ok();
    sshd::add_config(world.machine(), "60-elsewhere", "HostKey /root/host_key\n");
    root.run("sshtpm host-keys ensure --type rsa:2048").ok();
    drop(agent);
    root.run("sshtpm host-keys disable").ok();
    root.run("/usr/sbin/sshd -t").ok();
}

//! `sshtpm host-keys`: sshd gets its host keys, or everything is as it was.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, Output, User, World, sshd};

/// The drop-in.
pub(crate) const DROP_IN: &str = "/etc/ssh/sshd_config.d/50-sshtpm.conf";

/// The file of the first ECDSA host key.
const KEY_FILE: &str = "/etc/ssh/sshtpm_host_ecdsa_key.pub";

/// The files of two RSA host keys: every sshd takes several of them.
const RSA_FILE: &str = "/etc/ssh/sshtpm_host_rsa_key.pub";
const SECOND_RSA_FILE: &str = "/etc/ssh/sshtpm_host_rsa_2_key.pub";

/// The public key files that there are, one a line.
fn key_files(root: User<'_>) -> String {
    let list = root.command("sh -c").arg("ls /etc/ssh/sshtpm_host_*");
    list.run().ok().stdout
}

/// Everything below `/etc/ssh`, with content.
pub(crate) fn configuration(root: User<'_>) -> String {
    let script = "cd /etc/ssh && find . -type f | sort | xargs sha256sum";
    root.command("sh -c").arg(script).run().ok().stdout
}

#[test]
fn host_keys_are_generated_listed_and_removed() {
    let world = World::new();
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys generate -t ecdsa-sha2-nistp384 -C other")
        .ok();
    let listed = root.run("sshtpm host-keys list --json").ok().json();
    let keys = listed
        .as_array()
        .or_else(|| listed["keys"].as_array())
        .expect("a list")
        .clone();
    assert_eq!(keys.len(), 2, "{listed}");
    assert_eq!(world.host_user().fingerprints().len(), 2);

    root.run("sshtpm host-keys rm --force other").ok();
    assert_eq!(world.host_user().fingerprints().len(), 1);
    assert_eq!(
        root.fingerprints(),
        Vec::<String>::new(),
        "they are not root's own"
    );
}

/// A login of alice's with a key in her TPM; the host key does not matter.
fn login(agent: &Agent<'_>) -> Output {
    let words = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
                 -o LogLevel=ERROR localhost";
    agent.command(words).arg("echo logged in").run()
}

/// alice's agent, with a key with which she may log in.
fn agent_of_alice(world: &World) -> Agent<'_> {
    let alice = world.alice();
    let key = alice.generate("", "login", none()).expect("a key");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    Agent::start(alice)
}

/// sshd accepts its configuration.
pub(crate) fn accepted(root: User<'_>) {
    root.run("/usr/sbin/sshd -t").ok();
    root.run("/usr/sbin/sshd -T").ok();
}

#[test]
fn enable_and_disable_leave_no_trace_of_each_other() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    let before = configuration(root);
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    let drop_in = root.read(DROP_IN);
    assert!(
        drop_in.contains("HostKeyAgent /run/sshtpm-host/agent.sock\n"),
        "{drop_in}"
    );
    assert!(
        drop_in.contains("HostKey /etc/ssh/sshtpm_host_ecdsa_key"),
        "{drop_in}"
    );
    accepted(root);

    let once = configuration(root);
    root.run("sshtpm host-keys enable").ok();
    assert_eq!(configuration(root), once, "enabling twice changes nothing");

    let disabled = root.run("sshtpm host-keys disable").ok();
    accepted(root);
    root.command("test -e").arg(DROP_IN).run().fails_with(1);
    // A running sshd needs it until it is reloaded.
    assert!(
        disabled.stdout.contains(&format!("rm {KEY_FILE}\n")),
        "{disabled}"
    );
    root.run(&format!("rm {KEY_FILE}")).ok();
    assert_eq!(configuration(root), before);
    root.run("sshtpm host-keys disable").ok();
}

#[test]
fn logins_go_on_after_disable_until_sshd_is_reloaded() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    let agent = agent_of_alice(&world);
    let sshd = Sshd::start(world.machine());
    login(&agent).ok();

    root.run("sshtpm host-keys disable").ok();
    login(&agent).ok();
    drop(sshd);
    let _sshd = Sshd::start(world.machine());
    login(&agent).ok();
}

#[test]
fn enable_after_disable_replaces_the_files_that_stayed() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate -C old").ok();
    root.run("sshtpm host-keys generate -C second").ok();
    root.run("sshtpm host-keys enable").ok();
    let old = root.read(KEY_FILE);
    root.run("sshtpm host-keys disable").ok();

    root.run("sshtpm host-keys rm --force old second").ok();
    root.run("sshtpm host-keys generate -C new").ok();
    root.run("sshtpm host-keys enable").ok();
    accepted(root);
    let new = root.read(KEY_FILE);
    assert_ne!(new, old);
    assert!(new.contains(" new "), "{new}");
    assert_eq!(key_files(root), format!("{KEY_FILE}\n"));
}

#[test]
fn files_of_lost_keys_go_only_if_sshd_accepts_the_new_configuration() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate -t rsa -b 2048 -C first")
        .ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048 -C second")
        .ok();
    root.run("sshtpm host-keys enable").ok();
    let agent = agent_of_alice(&world);
    let sshd = Sshd::start(world.machine());
    let removed = root.run("sshtpm host-keys rm --force first").ok();
    assert!(removed.stderr.contains("warning"), "{removed}");

    sshd::add_config(world.machine(), "90-broken", "NoSuchOption yes\n");
    let before = configuration(root);
    root.run("sshtpm host-keys enable").fails_with(1);
    assert_eq!(configuration(root), before);

    root.run("rm /etc/ssh/sshd_config.d/90-broken.conf").ok();
    root.run("sshtpm host-keys enable").ok();
    accepted(root);
    let both = format!("{SECOND_RSA_FILE}\n{RSA_FILE}\n");
    assert_eq!(key_files(root), both, "the sshd that runs may need both");
    login(&agent).ok();

    drop(sshd);
    let enabled = root.run("sshtpm host-keys enable").ok();
    assert!(!enabled.stdout.contains("reload"), "{enabled}");
    assert_eq!(key_files(root), format!("{RSA_FILE}\n"));
    let _sshd = Sshd::start(world.machine());
    login(&agent).ok();
}

#[test]
fn a_host_key_that_sshd_is_told_to_use_is_removed_by_force_only() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate -C used").ok();
    root.run("sshtpm host-keys enable").ok();
    root.run("sshtpm host-keys rm used")
        .fails_with(1)
        .complains("sshtpm host-keys disable");
    assert_eq!(world.host_user().fingerprints().len(), 1);
    root.run("sshtpm host-keys rm --force used")
        .ok()
        .complains(DROP_IN);
    assert_eq!(world.host_user().fingerprints(), Vec::<String>::new());
}

#[test]
fn disable_goes_on_where_sshds_configuration_is_wrong_for_another_reason() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    sshd::add_config(world.machine(), "90-broken", "NoSuchOption yes\n");
    root.run("sshtpm host-keys disable").fails_with(4);
    root.command("test -e").arg(DROP_IN).run().ok();

    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys disable")
        .ok()
        .complains("warning: sshd rejects its configuration");
    root.command("test -e").arg(DROP_IN).run().fails_with(1);
    root.run("rm /etc/ssh/sshd_config.d/90-broken.conf").ok();
    accepted(root);
}

#[test]
fn a_trial_leaves_neither_a_process_nor_a_file_behind() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let left = || {
        let script = "cat /proc/[0-9]*/comm 2>/dev/null | grep -x -e ssh -e sshd -e sshd-session; \
                      find /tmp /run /root /home -newer /etc/passwd -type f -not -name '*.log'";
        root.command("sh -c").arg(script).run().stdout
    };
    let before = left();
    root.run("sshtpm host-keys enable").ok();
    let after = left();
    let is_new = |line: &&str| !before.lines().any(|known| known == *line);
    let new = after.lines().filter(is_new);
    let new: Vec<&str> = new.filter(|line| !line.ends_with(".lock")).collect();
    assert_eq!(new, Vec::<&str>::new());
}

/// `ssh.service` makes it, and takes it away when it ends.
#[test]
fn enable_makes_the_directory_without_which_sshd_does_not_run() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    root.run("rmdir /run/sshd").ok();
    root.run("sshtpm host-keys enable").ok();
}

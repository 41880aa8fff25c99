//! `sshtpm host-keys`: sshd gets its host keys, or everything is as it was.

use sshtpm_tests::answers::Person;
use sshtpm_tests::{Agent, User, World, sshd};

/// The drop-in.
const DROP_IN: &str = "/etc/ssh/sshd_config.d/50-sshtpm.conf";

/// Everything below `/etc/ssh`, with content.
fn configuration(root: User<'_>) -> String {
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
        drop_in.contains("HostKey /etc/ssh/ssh_host_sshtpm_ecdsa_key"),
        "{drop_in}"
    );
    root.run("/usr/sbin/sshd -t").ok();

    let once = configuration(root);
    root.run("sshtpm host-keys enable").ok();
    assert_eq!(configuration(root), once, "enabling twice changes nothing");
    root.run("sshtpm host-keys disable").ok();
    assert_eq!(configuration(root), before);
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

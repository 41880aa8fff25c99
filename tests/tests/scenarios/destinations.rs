//! Keys that log in at certain hosts alone: with OpenSSH's client and server, and in the words of
//! its agent protocol.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::host::{self, Host};
use sshtpm_tests::{Agent, Output, User, World};

/// Alice knows `hosts` by their keys, and they let her in with what `~/key.pub` has.
pub(crate) fn acquaint(world: &World, hosts: &[&Host]) {
    let alice = world.alice();
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    let known: String = hosts
        .iter()
        .map(|host| format!("{} {}\n", host.name(), host.public_key()))
        .collect();
    alice.write("/home/alice/.ssh/known_hosts", known);
    alice.write(
        "/home/alice/.ssh/config",
        "BatchMode yes\nIdentitiesOnly yes\nIdentityFile ~/key.pub\n\
         StrictHostKeyChecking yes\nUpdateHostKeys no\n",
    );
}

/// Makes alice's key with `flags`, and has all hosts let her in with it.
pub(crate) fn keygen(world: &World, flags: &str) -> serde_json::Value {
    let alice = world.alice();
    let words = format!("sshtpm keygen -C test -f /home/alice/key --force {flags}");
    alice.run(words.trim_end()).ok();
    let public = alice.read("/home/alice/key.pub");
    alice.write("/home/alice/.ssh/authorized_keys", &public);
    let keys = alice.list(none()).expect("a list");
    let mut keys = keys.as_array().expect("keys").iter();
    let key = keys.find(|key| public.starts_with(&text(key, "PublicKey")));
    key.expect("the key of the file").clone()
}

pub(crate) fn ssh(agent: &Agent<'_>, options: &str, command: &str) -> Output {
    agent.command(&format!("ssh {options}")).arg(command).run()
}

#[track_caller]
pub(crate) fn denied(output: Output) {
    output.fails_with(255).complains("Permission denied");
}

#[test]
fn a_key_logs_in_where_it_may_and_is_offered_nowhere_else() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    keygen(&world, "--to alpha");
    let agent = Agent::start(world.alice());

    assert_eq!(ssh(&agent, "alpha", "id -un").ok().stdout, "alice\n");
    denied(ssh(&agent, "beta", "id -un"));
    // Without a file that names it, it is known from the agent alone.
    let any_key = "-F none -v -o BatchMode=yes -o UserKnownHostsFile=/home/alice/.ssh/known_hosts";
    let offered = ssh(&agent, &format!("{any_key} alpha"), "true").ok();
    assert!(offered.stderr.contains("Offering public key"), "{offered}");
    let offered = ssh(&agent, &format!("{any_key} beta"), "true").fails_with(255);
    assert!(!offered.stderr.contains("Offering public key"), "{offered}");
    // The agent lists it even so.
    agent.command("ssh-add -l").run().ok();
}

#[test]
fn a_key_without_destinations_logs_in_everywhere() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    keygen(&world, "");
    let agent = Agent::start(world.alice());
    ssh(&agent, "alpha", "true").ok();
    ssh(&agent, "beta", "true").ok();
    ssh(&agent, "-A alpha", "ssh beta true").ok();
}

#[test]
fn a_key_logs_in_as_the_user_for_whom_it_is() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    keygen(&world, "--to b*@alpha");
    let bob = world.bob();
    bob.run("mkdir -m 700 /home/bob/.ssh").ok();
    let public = world.alice().read("/home/alice/key.pub");
    bob.write("/home/bob/.ssh/authorized_keys", public);
    let agent = Agent::start(world.alice());
    assert_eq!(ssh(&agent, "bob@alpha", "id -un").ok().stdout, "bob\n");
    ssh(&agent, "alice@alpha", "true").fails_with(255);
}

#[test]
fn a_name_that_sshd_cuts_does_not_make_a_key_that_of_another_user() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    let agent = Agent::start(world.alice());
    let as_root = |name: &str| ssh(&agent, &format!("-l {name} alpha"), "id -un");
    let let_root_in = || {
        let root = world.root();
        root.run("mkdir -p -m 700 /root/.ssh").ok();
        let public = world.alice().read("/home/alice/key.pub");
        root.write("/root/.ssh/authorized_keys", public);
    };
    keygen(&world, "");
    let_root_in();
    assert_eq!(as_root("root:x-web").ok().stdout, "root\n", "sshd cuts it");

    keygen(&world, "--to *-web@alpha");
    let_root_in();
    denied(as_root("root:x-web"));
    denied(as_root("root/x-web"));
    let refused = world
        .alice()
        .run("sshtpm keygen -f other --to root:*@alpha");
    refused
        .fails_with(1)
        .complains("sshd takes what is before `:`");
}

#[test]
fn a_jump_host_is_a_destination_like_any_other() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    let agent = Agent::start(world.alice());

    keygen(&world, "--to alpha --to beta");
    ssh(&agent, "-J alpha beta", "true").ok();
    keygen(&world, "--to beta");
    let without = ssh(&agent, "-J alpha beta", "true").fails_with(255);
    assert!(
        without.stderr.contains("alice@alpha: Permission denied"),
        "{without}"
    );
}

#[test]
fn a_host_with_a_certificate_is_known_by_its_authority() {
    let world = World::new();
    let root = world.root();
    root.run("ssh-keygen -q -t ed25519 -N  -f /root/authority")
        .ok();
    let certificate = |name: &str| {
        let lines = format!("HostCertificate {}/key-cert.pub\n", host::directory(name));
        let certify = format!(
            "mkdir -p {0} && ssh-keygen -q -t ed25519 -N '' -f {0}/other && \
             ssh-keygen -q -s /root/authority -I {name} -h -n {name} {0}/other.pub",
            host::directory(name)
        );
        root.command("sh -c").arg(certify).run().ok();
        lines.replace("key-cert", "other-cert")
            + &format!("HostKey {}/other\n", host::directory(name))
    };
    let _alpha = Host::start_with(world.machine(), "alpha", 1, &certificate("alpha"));
    let _beta = Host::start_with(world.machine(), "beta", 2, &certificate("beta"));
    acquaint(&world, &[]);
    let alice = world.alice();
    let authority = root.read("/root/authority.pub");
    let known = format!("@cert-authority alpha,beta {authority}");
    alice.write("/home/alice/.ssh/known_hosts", known);
    keygen(&world, "--to alpha");
    let agent = Agent::start(alice);

    ssh(&agent, "alpha", "true").ok();
    denied(ssh(&agent, "beta", "true"));
    let keys = alice.run("sshtpm list --json").ok().json();
    assert_eq!(
        keys[0]["destinations"][0]["to"]["keys"][0]["authority"],
        true
    );
}

/// What `sshtpm keygen` says when it does not find out what a host is.
#[track_caller]
fn unknown(alice: User<'_>, flags: &str, text: &str) {
    let words = format!("sshtpm keygen -f /home/alice/other {flags}");
    alice.run(&words).fails_with(1).complains(text);
    assert_eq!(alice.fingerprints(), Vec::<String>::new(), "no key is made");
}

#[test]
fn hosts_are_found_as_ssh_finds_them() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    let alice = world.alice();
    acquaint(&world, &[&alpha]);
    unknown(alice, "--to beta", "--host-key FILE");
    unknown(alice, "--to alpha --via beta", "Connect to it once");
    let missing = "--to beta --host-key /home/alice/none";
    unknown(alice, missing, "No such file");
    unknown(
        alice,
        "--to beta --host-key /home/alice/.ssh/known_hosts",
        "its lines are for other hosts than beta",
    );

    alice.write("/home/alice/beta.pub", beta.public_key());
    let system = format!("gamma {}\n", beta.public_key());
    world.root().write("/etc/ssh/ssh_known_hosts", system);
    let more = format!(
        "[alpha]:2222 {0}\nalpha {0}\nalpha {1}\n@revoked alpha {1}\n",
        alpha.public_key(),
        beta.public_key()
    );
    alice.write("/home/alice/.ssh/known_hosts", more);
    alice
        .run("ssh-keygen -q -H -f /home/alice/.ssh/known_hosts")
        .ok();
    let config = "Host a\nHostName alpha\nPort 2222\n";
    alice.write("/home/alice/.ssh/config", config);
    for (flags, host, key) in [
        ("--to alpha", "alpha", &alpha),
        ("--to [alpha]:2222", "[alpha]:2222", &alpha),
        ("--to a", "[alpha]:2222", &alpha),
        ("--to gamma", "gamma", &beta),
        ("--to beta --host-key /home/alice/beta.pub", "beta", &beta),
    ] {
        let words = format!("sshtpm keygen --force -f /home/alice/key -C {host} {flags}");
        alice.run(&words).ok();
        let public = alice.read("/home/alice/key.pub");
        let made = alice.run("sshtpm list --json").ok().json();
        let mut made = made.as_array().expect("a list").iter();
        let made = made.find(|key| public.starts_with(key["public_key"].as_str().expect("a text")));
        let to = &made.expect("the key of the file")["destinations"][0]["to"];
        assert_eq!(to["host"], host, "{flags}");
        let keys = to["keys"].as_array().expect("keys");
        assert_eq!(keys.len(), 1, "{flags}: {to}");
        let public = keys[0]["public_key"].as_str().expect("a text");
        assert!(key.public_key().starts_with(public), "{flags}: {to}");
    }
}

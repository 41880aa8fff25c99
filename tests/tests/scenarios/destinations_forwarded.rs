//! Keys and forwarded agents: hop by hop with OpenSSH, and kept from it altogether.

use sshtpm_ssh::session::Binding;
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{SESSION, login, sshsig};
use sshtpm_tests::{Agent, World, wait};

use crate::destinations::{acquaint, denied, keygen, ssh};

/// The hosts alpha, beta, gamma and delta, which alice knows.
pub(crate) fn hosts(world: &World) -> [Host; 4] {
    let machine = world.machine();
    let hosts = [
        Host::start(machine, "alpha", 1),
        Host::start(machine, "beta", 2),
        Host::start(machine, "gamma", 3),
        Host::start(machine, "delta", 4),
    ];
    acquaint(world, &hosts.each_ref());
    hosts
}

#[test]
fn one_hop_is_taken_from_the_host_from_which_it_may_be() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());

    keygen(&world, "--to beta --via alpha");
    let there = ssh(&agent, "-A alpha", "ssh beta id -un").ok();
    assert_eq!(there.stdout, "alice\n");
    denied(ssh(&agent, "-A alpha", "ssh gamma true"));
    denied(ssh(&agent, "beta", "true"));
    ssh(&agent, "alpha", "true").ok();
}

#[test]
fn a_destination_from_this_machine_does_not_serve_forwarded_hosts() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    keygen(&world, "--to alpha --to beta");
    ssh(&agent, "alpha", "true").ok();
    ssh(&agent, "beta", "true").ok();
    denied(ssh(&agent, "-A alpha", "ssh beta true"));
    let listed = ssh(&agent, "-A alpha", "ssh-add -l").fails_with(1);
    assert!(listed.stdout.contains("no identities"), "{listed}");
}

#[test]
fn two_hops_are_taken_in_their_order() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    keygen(&world, "--to gamma --via alpha --via beta");

    let there = ssh(&agent, "-A alpha", "ssh -A beta ssh gamma id -un").ok();
    assert_eq!(there.stdout, "alice\n");
    ssh(&agent, "-A alpha", "ssh beta true").ok();
    denied(ssh(&agent, "-A alpha", "ssh gamma true"));
    denied(ssh(&agent, "-A alpha", "ssh -A beta ssh delta true"));
    denied(ssh(&agent, "-A alpha", "ssh -A beta ssh alpha true"));
    denied(ssh(&agent, "-A beta", "ssh gamma true"));
}

#[test]
fn beyond_the_first_host_a_login_has_to_be_bound_to_its_host() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    keygen(&world, "--to beta --via alpha");
    // As clients and servers before OpenSSH 8.9 do it.
    let old = "-o PubkeyAuthentication=unbound";
    ssh(&agent, &format!("{old} alpha"), "true").ok();
    denied(ssh(&agent, "-A alpha", &format!("ssh {old} beta true")));
    ssh(&agent, "-A alpha", "ssh beta true").ok();
}

#[test]
fn a_jump_from_a_host_to_which_the_agent_is_forwarded_is_taken_from_there() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    keygen(&world, "--to beta --to gamma --via alpha");
    ssh(&agent, "-A alpha", "ssh -J beta gamma true").ok();
    ssh(&agent, "-A alpha", "ssh -J beta delta true").fails_with(255);
}

#[test]
fn a_key_is_kept_from_forwarded_connections() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    let sign = "ssh-keygen -q -Y sign -n file -f key.pub";

    keygen(&world, "--no-forwarding");
    ssh(&agent, "-A alpha", "true").ok();
    agent.command(sign).stdin("content").run().ok();
    denied(ssh(&agent, "-A alpha", "ssh beta true"));
    ssh(&agent, "-A alpha", "ssh-add -l").fails_with(1);
    let signed = ssh(&agent, "-A alpha", &format!("{sign} <.ssh/config"));
    assert_ne!(signed.code(), 0, "{signed}");
    ssh(&agent, "-J alpha beta", "true").ok();

    keygen(&world, "");
    ssh(&agent, "-A alpha", "ssh beta true").ok();
    ssh(&agent, "-A alpha", &format!("{sign} <.ssh/config")).ok();
}

#[test]
fn the_broker_tells_forwarded_requests_from_local_ones() {
    let world = World::new();
    let [alpha, beta, ..] = hosts(&world);
    let key = keygen(&world, "--no-forwarding");
    let (alice, name) = (world.alice(), text(&key, "Fingerprint"));
    let ask = |data: &[u8], route: &[Binding]| {
        alice.sign(&name, data, 0, option("sessions", route.to_vec()))
    };
    let (login, file) = (login(&key, "alice"), sshsig("content"));
    let local = [alpha.session(&SESSION, false)];
    ask(&login, &local).expect("a login on its own session");
    ask(&file, &local).expect("a signature");
    ask(&file, &[]).expect("a signature without a session");

    let mut forged = beta.session(&SESSION, false);
    forged.host_key = alpha.blob();
    for route in [vec![], vec![forged], vec![alpha.session(b"other", false)]] {
        assert_eq!(refused(ask(&login, &route)), "ForwardingNotPermitted");
    }
    for route in [
        vec![alpha.session(b"f", true)],
        vec![alpha.session(b"f", true), beta.session(&SESSION, false)],
        vec![alpha.session(b"f", false), beta.session(&SESSION, false)],
    ] {
        for data in [&login, &file] {
            assert_eq!(refused(ask(data, &route)), "ForwardingNotPermitted");
        }
    }
}

/// dbclient, plink and others forward the agent without binding the connection, so the far end can
/// bind it as if it were here. OpenSSH's programs under other names stand for them: the broker
/// knows them by nothing else.
#[test]
fn a_program_that_may_forward_unbound_has_no_use_of_a_key_kept_local() {
    let world = World::new();
    let [alpha, ..] = hosts(&world);
    let agent = Agent::start(world.alice());
    for (program, name) in [
        ("ssh", "dbclient"),
        ("ssh-keygen", "signer"),
        ("ssh-add", "lister"),
    ] {
        let copy = format!("cp /usr/bin/{program} {name}");
        world.alice().run(&copy).ok();
    }
    let there = || agent.command("./dbclient alpha true").run();
    let signed = || {
        let sign = agent.command("./signer -q -Y sign -n file -f key.pub");
        sign.stdin("content").run()
    };

    let key = keygen(&world, "--no-forwarding");
    denied(there());
    assert_ne!(signed().code(), 0);
    // Many a program gives up at a key that refuses, so it is not offered to one that it refuses.
    let listed = agent.command("./lister -l").run().fails_with(1);
    assert!(listed.stdout.contains("no identities"), "{listed}");
    agent.command("ssh-add -l").run().ok();
    ssh(&agent, "alpha", "true").ok();
    let mut options = option("client", "dbclient");
    options.extend(option("sessions", vec![alpha.session(&SESSION, false)]));
    let name = text(&key, "Fingerprint");
    let refusal = world.alice().sign(&name, &login(&key, "alice"), 0, options);
    let refusal = refusal.expect_err("refused");
    assert_eq!(refusal.kind(), "ForwardingNotPermitted");
    assert!(refusal.text.contains("dbclient may forward"), "{refusal:?}");

    keygen(&world, "");
    there().ok();
    signed().ok();
}

#[test]
fn the_administrator_says_what_new_keys_are_for() {
    let world = World::with_config("[new-keys]\nforwarding = false\n");
    let alice = world.alice();
    let is_forwarded = |comment: &str| {
        let keys = alice.list(none()).expect("a list");
        let mut keys = keys.as_array().expect("a list").iter();
        let key = keys.find(|key| key["Comment"] == comment);
        key.expect("a key")["Forwarding"] == true
    };
    alice.run("sshtpm keygen -f one -C one").ok();
    assert!(!is_forwarded("one"));
    // A client that asks for the other value gets it.
    let asked = option("forwarding", true);
    alice.generate("", "two", asked).expect("a key");
    assert!(is_forwarded("two"));

    let root = world.root();
    let config = root.read("/etc/sshtpm/broker.toml");
    let changed = config.replace("forwarding = false", "forwarding = true");
    root.write("/etc/sshtpm/broker.toml", changed);
    world.reload_broker();
    wait::until("the new default", wait::EFFECT, || {
        let log = world.broker_log();
        log.contains("the configuration was read again")
            .then_some(())
    });
    alice.run("sshtpm keygen -f three -C three").ok();
    assert!(is_forwarded("three"));
    // What is there stays as it is.
    assert!(!is_forwarded("one"));
}

#[test]
fn a_forwarded_connection_changes_neither_keys_nor_the_agent() {
    let world = World::new();
    let _hosts = hosts(&world);
    let agent = Agent::start(world.alice());
    keygen(&world, "");
    let alice = world.alice();
    alice
        .run("ssh-keygen -q -t ed25519 -N  -f /home/alice/software")
        .ok();
    for command in [
        "ssh-add -D",
        "ssh-add -d key.pub",
        "ssh-add -q software",
        "ssh-add -s /usr/lib/none.so",
        "SSH_ASKPASS=/bin/echo SSH_ASKPASS_REQUIRE=force ssh-add -x",
        "SSH_ASKPASS=/bin/echo SSH_ASKPASS_REQUIRE=force ssh-add -X",
    ] {
        let changed = ssh(&agent, "-A alpha", command);
        assert_ne!(changed.code(), 0, "{changed}");
        let listed = agent.command("ssh-add -l").run().ok();
        assert_eq!(listed.stdout.lines().count(), 1, "{command}: {listed}");
    }
    ssh(&agent, "-A alpha", "ssh beta true").ok();
}

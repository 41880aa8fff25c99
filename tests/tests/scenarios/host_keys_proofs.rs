//! Clients that know one host key and ask sshd to prove another one (`UpdateHostKeys`): sshd before
//! OpenSSH 10.0 ends the session of a user where the other one is an ECDSA key of an agent.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::{self, Sshd};
use sshtpm_tests::{Agent, Output, User, World};

/// Public halves of the host keys.
const RSA_FILE: &str = "/etc/ssh/sshtpm_host_rsa_key.pub";
const ECDSA_FILE: &str = "/etc/ssh/sshtpm_host_ecdsa_key.pub";
const SEALED_FILE: &str = "/etc/ssh/sshtpm_host_ed25519_key.pub";
const ED25519_FILE: &str = "/etc/ssh/ssh_host_ed25519_key.pub";

/// What alice's ssh knows of hosts.
const KNOWN: &str = "/home/alice/.ssh/known_hosts";

/// alice's agent, with a key with which she may log in.
fn agent_of_alice(world: &World) -> Agent<'_> {
    let alice = world.alice();
    let key = alice.generate("", "login", none()).expect("a key");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    Agent::start(alice)
}

/// Has alice's ssh know the key in this file, and no other.
fn knows(alice: User<'_>, file: &str) {
    let line = alice.read(file);
    let key: Vec<&str> = line.split_whitespace().take(2).collect();
    alice.write(KNOWN, format!("localhost {}\n", key.join(" ")));
}

/// A session long enough for the client to ask, and for sshd to answer.
fn session(agent: &Agent<'_>) -> Output {
    let words = "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes \
                 -o UpdateHostKeys=yes localhost";
    agent.command(words).arg("sleep 1; echo stayed").run()
}

#[test]
fn a_client_that_knows_the_rsa_key_alone_keeps_its_session() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    let agent = agent_of_alice(&world);
    let ensured = root
        .run("sshtpm host-keys ensure --type ecdsa,rsa:2048")
        .ok();
    let _sshd = Sshd::start(world.machine());
    knows(world.alice(), RSA_FILE);
    assert_eq!(session(&agent).ok().stdout, "stayed\n");
    if sshd::proves_ecdsa_keys_of_an_agent() {
        assert!(world.alice().read(KNOWN).contains("ecdsa-sha2-nistp256"));
    } else {
        assert!(ensured.stdout.contains("Left out"), "{ensured}");
    }
}

#[test]
fn a_client_that_knows_the_key_file_alone_keeps_its_session() {
    let world = World::new();
    let root = world.root();
    root.run("ssh-keygen -A").ok();
    let named = "HostKey /etc/ssh/ssh_host_ed25519_key\n";
    sshd::add_config(world.machine(), "60-named", named);
    let _host_agent = Agent::start(world.host_user());
    let agent = agent_of_alice(&world);
    let ensured = root.run("sshtpm host-keys ensure");
    if !sshd::proves_ecdsa_keys_of_an_agent() {
        ensured
            .fails_with(5)
            .complains("line 1 of /etc/ssh/sshd_config.d/60-named.conf");
        root.run("sshtpm host-keys ensure --type rsa:2048").ok();
    }
    let _sshd = Sshd::start(world.machine());
    knows(world.alice(), ED25519_FILE);
    assert_eq!(session(&agent).ok().stdout, "stayed\n");
}

#[test]
fn an_ed25519_key_that_clients_know_stays_when_an_rsa_key_is_added() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    let agent = agent_of_alice(&world);
    root.run("sshtpm host-keys ensure --type ed25519").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());
    knows(world.alice(), SEALED_FILE);
    assert_eq!(session(&agent).ok().stdout, "stayed\n");
    assert!(
        world.alice().read(KNOWN).contains("ssh-rsa"),
        "it was proved"
    );
}

#[test]
fn a_client_that_knows_the_rsa_key_keeps_its_session_beside_a_sealed_one() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    let agent = agent_of_alice(&world);
    root.run("sshtpm host-keys ensure --type ed25519,rsa:2048")
        .ok();
    let _sshd = Sshd::start(world.machine());
    knows(world.alice(), RSA_FILE);
    assert_eq!(session(&agent).ok().stdout, "stayed\n");
    if sshd::proves_ecdsa_keys_of_an_agent() {
        assert!(world.alice().read(KNOWN).contains("ssh-ed25519"));
    }
}

#[test]
fn an_ecdsa_key_that_clients_know_stays_when_an_rsa_key_is_added() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    let agent = agent_of_alice(&world);
    root.run("sshtpm host-keys ensure").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    let enabled = root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());
    knows(world.alice(), ECDSA_FILE);
    assert_eq!(session(&agent).ok().stdout, "stayed\n");
    assert!(
        world.alice().read(KNOWN).contains("ssh-rsa"),
        "it was proved"
    );
    if !sshd::proves_ecdsa_keys_of_an_agent() {
        enabled.complains("OpenSSH 10.0");
        let doctor = root.run("sshtpm doctor");
        assert!(doctor.stdout.contains("OpenSSH 10.0"), "{doctor}");
    }
}

//! OpenSSH with raw keys, by way of the PKCS #11 module.

use sshtpm_tests::host::Host;
use sshtpm_tests::token::MODULE;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{User, World};

/// A host that lets alice in with all of her raw keys.
fn host(world: &World) -> Host {
    let alpha = Host::start(world.machine(), "alpha", 1);
    let alice = world.alice();
    alice.run("mkdir -m 700 .ssh").ok();
    let known = format!("alpha {}\n", alpha.public_key());
    alice.write("/home/alice/.ssh/known_hosts", known);
    let listed = alice.run(&format!("ssh-keygen -D {MODULE}")).ok().stdout;
    alice.write("/home/alice/.ssh/authorized_keys", listed);
    alpha
}

/// That alice's last signature was for ssh, or for its helper.
#[track_caller]
fn signed_for_ssh(alice: User<'_>) {
    let used = log(alice);
    let client = &used.last().expect("a use")["client"];
    let client = client.as_str().unwrap_or_default();
    assert!(client.starts_with("ssh"), "{client}");
}

#[test]
fn ssh_logs_in_with_a_raw_key_of_each_kind() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    alice.raw_rsa_key("rsa");
    let _alpha = host(&world);
    let types = ["ecdsa-sha2-nistp256", "rsa-sha2-512,rsa-sha2-256"];
    for kind in types {
        let options = format!("-o PKCS11Provider={MODULE} -o PubkeyAcceptedAlgorithms={kind}");
        let login = format!("ssh -o BatchMode=yes {options} alpha id -un");
        assert_eq!(alice.run(&login).ok().stdout, "alice\n");
    }
    signed_for_ssh(alice);
}

#[test]
fn an_ssh_agent_has_the_module_and_bears_a_new_broker() {
    let world = World::new();
    let alice = world.alice();
    alice.raw_key("ec");
    let _alpha = host(&world);
    let socket = "/run/user/1001/other.sock";
    let agent = alice
        .command("ssh-agent -D -P /opt/sshtpm/lib/* -a")
        .arg(socket);
    let _agent = agent.daemon();
    alice.wait_for_listener(socket);
    let with_agent = |words: &str| alice.command(words).env("SSH_AUTH_SOCK", socket);
    let add = with_agent(&format!("ssh-add -s {MODULE}"));
    add.env("SSH_ASKPASS", "/bin/true")
        .env("SSH_ASKPASS_REQUIRE", "force")
        .run()
        .ok();
    let login = || with_agent("ssh -o BatchMode=yes alpha id -un").run();
    assert_eq!(login().ok().stdout, "alice\n");
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(login().ok().stdout, "alice\n");
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    assert_eq!(login().ok().stdout, "alice\n");
}

//! `sshtpm doctor` on what ssh and sshd would do, and on a login that it tries.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, World, wait};

use super::doctor::{Diagnosis, healthy};

#[test]
fn keys_that_ssh_does_not_offer_are_a_warning_until_they_are_named() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let only = format!("IdentitiesOnly yes\n{}", alice.read(config));
    alice.write(config, &only);
    let diagnosis = Diagnosis::of(alice);
    diagnosis.says("ssh", "warn", "IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub");
    let named = format!("{only}    IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub\n");
    alice.write(config, named);
    Diagnosis::of(alice).says("ssh", "ok", "");
}

#[test]
fn a_child_that_match_exec_leaves_behind_is_not_waited_for() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let content = alice.read(config);
    alice.write(
        config,
        format!("Match exec \"sleep 600 >/dev/null &\"\n{content}"),
    );
    Diagnosis::of(alice).says("ssh", "ok", "");
}

#[test]
fn a_key_type_that_ssh_never_offers_is_a_warning() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let setting = format!(
        "PubkeyAcceptedAlgorithms sk-ssh-ed25519@openssh.com\n{}",
        alice.read(config)
    );
    alice.write(config, setting);
    Diagnosis::of(alice).says("ssh", "warn", "PubkeyAcceptedAlgorithms");
    let made = alice.run("sshtpm keygen -f /home/alice/other").ok();
    let made = made.complains("ssh never offers ECDSA 256");
    made.complains("no type that a TPM can make");
    let setup = alice.run("sshtpm setup --yes").fails_with(1);
    setup.complains("ssh never offers ECDSA 256");
}

#[test]
fn a_host_is_contacted_only_if_doctor_is_told_to() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    world.root().run("ssh-keygen -A").ok();
    let sshd = Sshd::start(world.machine());
    let scan = "ssh-keyscan localhost >/home/alice/.ssh/known_hosts";
    alice.command("sh -c").arg(scan).run().ok();
    let logins = || {
        sshd.daemon
            .log()
            .matches("authenticating user alice")
            .count()
    };

    let looked = alice.run("sshtpm doctor alice@localhost").ok();
    assert!(looked.stdout.contains("ok       host key"), "{looked}");
    assert!(!looked.stdout.contains(" login   "), "{looked}");

    let tried = alice.run("sshtpm doctor --connect alice@localhost");
    let tried = tried.fails_with(1);
    assert!(tried.stdout.contains("fail     login"), "{tried}");
    // sshd tells a moment later, and would tell of both.
    wait::until("a login", wait::EFFECT, || (logins() > 0).then_some(()));
    assert_eq!(logins(), 1);
    alice.run("sshtpm doctor --connect").fails_with(2);
    alice.run("sshtpm doctor @").fails_with(2);
}

/// A disconnect in plain text, as anyone can send it who answers for a host. Its reason has lines
/// such as ssh writes.
fn disconnect() -> Vec<u8> {
    let reason = b"x\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
        debug1: Server host key: ssh-ed25519 SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\r\n\
        Authenticated to alpha ([::1]:22) using \"publickey\".\r";
    let mut payload = vec![1, 0, 0, 0, 2];
    payload.extend(u32::try_from(reason.len()).expect("short").to_be_bytes());
    payload.extend(reason);
    payload.extend([0; 4]);
    let padding = 16 - (payload.len() + 5) % 8;
    let length = u32::try_from(payload.len() + padding + 1).expect("short");
    let mut packet = b"SSH-2.0-x: Permission denied (publickey).\r\n".to_vec();
    packet.extend(length.to_be_bytes());
    packet.push(u8::try_from(padding).expect("short"));
    packet.extend(payload);
    packet.extend(vec![0; padding]);
    packet
}

#[test]
fn a_host_does_not_write_what_doctor_says() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    let listener = world.machine().enter(|| TcpListener::bind("127.0.0.1:22"));
    let listener = listener.expect("port 22 is free");
    let host = std::thread::spawn(move || {
        let (mut ssh, _) = listener.accept().expect("ssh connects");
        ssh.write_all(&disconnect()).expect("ssh listens");
        let mut said = Vec::new();
        ssh.read_to_end(&mut said).map(|_| said)
    });
    let tried = alice.run("sshtpm doctor --connect alice@localhost");
    let tried = tried.fails_with(1);
    // If ssh did not connect, the host still waits for someone.
    drop(world.machine().enter(|| TcpStream::connect("127.0.0.1:22")));
    let _said = host.join().expect("the host ends");
    assert!(
        tried.stdout.contains("before a login was complete"),
        "{tried}"
    );
    for forged in ["SHA256:47DEQ", "ssh-keygen -R", "logs in to"] {
        assert!(!tried.stdout.contains(forged), "{forged}: {tried}");
    }
}

#[test]
fn sshds_host_keys_are_looked_at_where_sshd_has_some() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    Diagnosis::of(root).says("sshd", "ok", "serves sshd");
    Diagnosis::of(world.alice()).says("sshd", "skipped", "as root");

    drop(agent);
    Diagnosis::of(root).says("sshd", "fail", "does not answer");
}

#[test]
fn doctor_names_the_line_with_which_nobody_can_log_in() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    let write = |text: &str| root.write("/etc/ssh/sshd_config.d/90-later.conf", text);
    write("PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512\n");
    let diagnosis = Diagnosis::of(root);
    diagnosis.says(
        "sshd",
        "warn",
        "line 1 of /etc/ssh/sshd_config.d/90-later.conf",
    );
    diagnosis.says("sshd", "warn", "sshtpm keygen -t rsa");

    write("Match User alice\nPubkeyAcceptedAlgorithms rsa-sha2-512\n");
    Diagnosis::of(root).says("sshd", "ok", "");
    let sudo = Diagnosis::in_environment(root, &[("SUDO_USER", "alice")]);
    sudo.says("sshd", "warn", "alice cannot log in");

    write("\nHostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n");
    let diagnosis = Diagnosis::of(root);
    diagnosis.says("sshd", "fail", "nobody can log in");
    diagnosis.says(
        "sshd",
        "fail",
        "line 2 of /etc/ssh/sshd_config.d/90-later.conf",
    );
    diagnosis.says("sshd", "fail", "sshtpm host-keys generate -t rsa");
}

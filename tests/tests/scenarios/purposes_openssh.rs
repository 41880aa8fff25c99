//! What a key is for, by OpenSSH's programs and git: what they have signed, and what is refused.

use serde_json::{Value, json};
use sshtpm_tests::call::{bits, none, option, purposes, refused, text};
use sshtpm_tests::signed_data::{login, sshsig_in};
use sshtpm_tests::sshd::{Sshd, add_config};
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Output, World};

use crate::purposes::{NOT_IN_THAT_NAMESPACE, assert_signs_only, key, sign, sign_file};

/// An sshd that alice trusts, with a host key in a file.
fn sshd(world: &World) -> Sshd {
    let root = world.root();
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    trust(world, &root.read("/etc/ssh/ssh_host_ed25519_key.pub"));
    Sshd::start(world.machine())
}

fn trust(world: &World, host_key: &str) {
    let alice = world.alice();
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    let line = format!("localhost {host_key}");
    alice.write("/home/alice/.ssh/known_hosts", line);
}

fn authorize(world: &World, key: &Value) {
    let line = text(key, "PublicKey");
    world
        .alice()
        .write("/home/alice/.ssh/authorized_keys", line);
}

fn ssh(agent: &Agent<'_>, options: &str) -> Output {
    let words = format!("ssh -o BatchMode=yes -o IdentitiesOnly=yes {options} localhost id -un");
    agent.command(&words).run()
}

#[test]
fn ssh_logs_in_with_a_key_for_that_and_with_no_other() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let _sshd = sshd(&world);
    authorize(&world, &key(alice, "login", purposes(&["auth"])));
    assert_eq!(ssh(&agent, "-i login.pub").ok().stdout, "alice\n");

    for purpose in ["sign", "ca", "host", "sudo"] {
        authorize(&world, &key(alice, purpose, purposes(&[purpose])));
        let refused = ssh(&agent, &format!("-i {purpose}.pub")).fails_with(255);
        refused.complains("Permission denied");
    }
}

#[test]
fn rsa_logs_in_with_both_algorithms_and_only_with_their_own_flags() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let _sshd = sshd(&world);
    let key = alice.generate("ssh-rsa", "rsa", bits(2048)).expect("a key");
    alice.write("/home/alice/rsa.pub", text(&key, "PublicKey"));
    authorize(&world, &key);
    for name in ["rsa-sha2-256", "rsa-sha2-512"] {
        ssh(
            &agent,
            &format!("-i rsa.pub -o PubkeyAcceptedAlgorithms={name}"),
        )
        .ok();
    }
    // The data names rsa-sha2-512.
    let (fingerprint, data) = (text(&key, "Fingerprint"), login(&key, "alice"));
    for flags in [0, 4] {
        let signature = alice.sign(&fingerprint, &data, flags, none());
        verify(&key, &data, &signature.expect("a signature"));
    }
    assert_eq!(
        refused(alice.sign(&fingerprint, &data, 2, none())),
        "InvalidArgs"
    );
}

#[test]
fn a_key_for_one_namespace_signs_in_no_other() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let git: &[&str] = &["git"];
    let limited = key(alice, "limited", option("namespaces", git));
    alice.write("/home/alice/note", "I owe bob a coffee.\n");

    sign_file(&agent, "limited", "git", "").ok();
    let signers = format!("alice {}\n", text(&limited, "PublicKey"));
    alice.write("/home/alice/signers", signers);
    let verify = "ssh-keygen -Y verify -n git -f signers -I alice -s note.sig";
    alice
        .command(verify)
        .stdin("I owe bob a coffee.\n")
        .run()
        .ok();

    let other = sign_file(&agent, "limited", "file", "");
    assert_ne!(other.code(), 0, "{other}");
    let refusal = sign(alice, &limited, &sshsig_in("file", "x")).expect_err("another namespace");
    assert_eq!(refusal.name, NOT_IN_THAT_NAMESPACE);
    assert!(refusal.text.contains("sshtpm restrict"), "{refusal:?}");
    // It does all else that it is for.
    sign(alice, &limited, &login(&limited, "alice")).expect("a signature");
}

#[test]
fn git_signs_a_commit_with_a_key_for_that_alone() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let git: &[&str] = &["git"];
    let mut only_commits = purposes(&["sign"]);
    only_commits.extend(option("namespaces", git));
    key(alice, "commits", only_commits);
    let script = "set -e
        git init -q work
        cd work
        git config user.name Alice
        git config user.email alice@example.org
        git config gpg.format ssh
        git config user.signingKey ~/commits.pub
        git commit -q -S --allow-empty -m 'Signed in the TPM'
        git cat-file commit HEAD";
    let commit = agent.command("sh -c").arg(script).run().ok();
    assert!(commit.stdout.contains("SSH SIGNATURE"), "{commit}");
}

#[test]
fn only_a_ca_key_issues_certificates_that_ssh_logs_in_with() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let users = key(alice, "user", none());
    let ca = key(alice, "ca", purposes(&["ca"]));
    let issue = |ca: &str| {
        let words = format!("ssh-keygen -q -s {ca}.pub -U -I test -n alice user.pub");
        agent.command(&words).run()
    };
    let refused = issue("user");
    assert_ne!(refused.code(), 0, "{refused}");
    issue("ca").ok();
    let shown = alice.run("ssh-keygen -L -f user-cert.pub").ok();
    assert!(shown.stdout.contains(&text(&ca, "Fingerprint")), "{shown}");

    // The user's key signs for its certificate.
    let root = world.root();
    root.write("/etc/ssh/user_ca.pub", text(&ca, "PublicKey"));
    let trusted = "TrustedUserCAKeys /etc/ssh/user_ca.pub\n";
    add_config(world.machine(), "40-ca", trusted);
    let sshd = sshd(&world);
    let login = "-i user.pub -o CertificateFile=user-cert.pub";
    assert_eq!(ssh(&agent, login).ok().stdout, "alice\n");
    let log = sshd.daemon.log();
    assert!(log.contains(&text(&users, "Fingerprint")), "{log}");
    assert!(log.contains("CA ECDSA"), "{log}");
}

#[test]
fn sshd_proves_itself_by_host_keys_and_has_nothing_else_signed_by_them() {
    let world = World::new();
    let _host_agent = Agent::start(world.host_user());
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());
    let alice = world.alice();
    let agent = Agent::start(alice);
    authorize_after_trust(&world, &key(alice, "login", none()));

    // By the hash of a key exchange; then, of the other key, by hostkeys-prove-00@openssh.com.
    ssh(
        &agent,
        "-i login.pub -o StrictHostKeyChecking=yes -o UpdateHostKeys=yes",
    )
    .ok();
    let known = alice.read("/home/alice/.ssh/known_hosts");
    let rsa = root.read("/etc/ssh/sshtpm_host_rsa_key.pub");
    let blob = rsa.split(' ').nth(1).expect("a public key");
    assert!(known.contains(blob), "{known}");

    let host = world.host_user();
    let keys = host.list(none()).expect("a list");
    for key in keys.as_array().expect("a list") {
        assert_eq!(key["Purposes"], json!(["host"]));
        assert_signs_only(host, key, &["host"]);
    }
}

/// alice trusts the ECDSA host key in the TPM, and it trusts her `key`.
fn authorize_after_trust(world: &World, key: &Value) {
    trust(
        world,
        &world.root().read("/etc/ssh/sshtpm_host_ecdsa_key.pub"),
    );
    authorize(world, key);
}

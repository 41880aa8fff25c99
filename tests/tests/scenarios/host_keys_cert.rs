//! `sshtpm host-keys cert`: sshd shows certificates of its host keys.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, Authority, Output, User, World, wait};

const DROP_IN: &str = "/etc/ssh/sshd_config.d/50-sshtpm.conf";

/// The file of the certificate of the ECDSA host key.
const FILE: &str = "/etc/ssh/sshtpm_host_ecdsa_key-cert.pub";

/// Where the authority's answer is.
const ISSUED: &str = "/root/host-cert.pub";

/// What an authority says of this machine.
const FOR_HOST: &str = "-I machine -h -n localhost -z 3 -V -1m:+1h";

/// A machine whose sshd has an ECDSA host key in the TPM.
fn enabled(world: &World) -> Agent<'_> {
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    agent
}

/// Has an authority certify the host key, and sshd get the certificate.
fn certify(world: &World, authority: Authority<'_>, words: &str) -> Output {
    let keys = world.host_user().list(none()).expect("a list");
    let line = authority.certify(&text(&keys[0], "PublicKey"), words);
    world.root().write(ISSUED, line);
    world.root().run(&format!("sshtpm host-keys cert {ISSUED}"))
}

/// Everything below `/etc/ssh`, with content.
fn configuration(root: User<'_>) -> String {
    let script = "cd /etc/ssh && find . -type f | sort | xargs sha256sum";
    root.command("sh -c").arg(script).run().ok().stdout
}

/// alice, who believes the authority about hosts, and knows no host key, logs in.
fn login(agent: &Agent<'_>) -> Output {
    let words = "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes localhost";
    agent.command(words).arg("echo logged in").run()
}

fn believe(world: &World, authority: Authority<'_>) {
    let alice = world.alice();
    let key = alice.generate("", "login", none()).expect("a key");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    let line = format!("@cert-authority localhost {}\n", authority.public_key());
    alice.write("/home/alice/.ssh/known_hosts", line);
}

#[test]
fn a_client_that_knows_the_authority_alone_logs_in() {
    let world = World::new();
    let _host_agent = enabled(&world);
    let authority = Authority::new(world.root(), "ca");
    believe(&world, authority);
    let agent = Agent::start(world.alice());
    let before = Sshd::start(world.machine());
    login(&agent).fails_with(255);
    drop(before);

    let told = certify(&world, authority, FOR_HOST).ok();
    assert!(
        told.stdout
            .contains("certificate \"machine\" with serial 3, valid until "),
        "{told}"
    );
    let drop_in = world.root().read(DROP_IN);
    assert!(
        drop_in.ends_with(&format!("HostCertificate {FILE}\n")),
        "{drop_in}"
    );
    let _after = Sshd::start(world.machine());
    assert_eq!(login(&agent).ok().stdout, "logged in\n");
}

#[test]
fn enabling_again_keeps_the_certificate_and_disabling_takes_it_away() {
    let world = World::new();
    let root = world.root();
    root.run("ssh-keygen -A").ok();
    let before = configuration(root);
    let _agent = enabled(&world);
    let authority = Authority::new(root, "ca");
    root.run("mv /etc/ssh/ca /etc/ssh/ca.pub /root").ok();
    root.run("ln -s /root/ca /etc/ssh/ca").ok();
    certify(&world, authority, FOR_HOST).ok();
    let once = configuration(root);
    for again in ["enable", "ensure", &format!("cert {ISSUED}")] {
        root.run(&format!("sshtpm host-keys {again}")).ok();
        assert_eq!(configuration(root), once, "{again} changes nothing");
    }
    let disabled = root.run("sshtpm host-keys disable").ok();
    root.command("test -e").arg(DROP_IN).run().fails_with(1);
    // A running sshd needs both until it is reloaded.
    assert!(disabled.stdout.contains(FILE), "{disabled}");
    root.command("sh -c")
        .arg("rm /etc/ssh/sshtpm_host_*")
        .run()
        .ok();
    assert_eq!(configuration(root), before);
}

#[test]
fn a_certificate_that_no_client_would_take_changes_nothing() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    let authority = Authority::new(root, "ca");
    let before = configuration(root);
    for (words, why) in [
        ("-I user -n alice", "it is for users"),
        ("-I old -h -n localhost -V -2h:-1h", "it is expired"),
        ("-I new -h -n localhost -V +1h:+2h", "it is not valid until"),
    ] {
        let refused = certify(&world, authority, words).fails_with(1);
        assert!(refused.stderr.contains(why), "{refused}");
        assert_eq!(configuration(root), before, "{words}");
    }
    let other = world.alice().generate("", "", none()).expect("a key");
    let line = authority.certify(&text(&other, "PublicKey"), FOR_HOST);
    root.write(ISSUED, line);
    let refused = root.run(&format!("sshtpm host-keys cert {ISSUED}"));
    refused.fails_with(1).complains("it is of another key");
    assert_eq!(configuration(root), before);
}

#[test]
fn a_certificate_that_a_client_cannot_read_is_taken_back() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    certify(&world, Authority::new(root, "ca"), FOR_HOST).ok();
    let before = configuration(root);
    let line = root.read(ISSUED);
    let mut words = line.split(' ');
    let (kind, base64) = words.next().zip(words.next()).expect("a line");
    let base64 = base64.trim_end();
    let (start, _) = base64.split_at(base64.len() - 12);
    root.write(ISSUED, format!("{kind} {start}AAAAAAAAAAA=\n"));
    let refused = root.run(&format!("sshtpm host-keys cert {ISSUED}"));
    refused
        .fails_with(1)
        .complains("no client is shown the certificate");
    assert_eq!(configuration(root), before);
}

#[test]
fn a_setting_that_hides_the_certificate_is_named() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    let line = "HostKeyAlgorithms ecdsa-sha2-nistp256\n";
    sshtpm_tests::sshd::add_config(world.machine(), "60-hardened", line);
    let before = configuration(root);
    let authority = Authority::new(root, "ca");
    root.run("mv /etc/ssh/ca /etc/ssh/ca.pub /root").ok();
    root.run("ln -s /root/ca /etc/ssh/ca").ok();
    let refused = certify(&world, authority, FOR_HOST).fails_with(1);
    assert!(refused.stderr.contains("60-hardened.conf"), "{refused}");
    assert_eq!(configuration(root), before);
}

#[test]
fn a_certificate_that_has_expired_is_left_out() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    let authority = Authority::new(root, "ca");
    certify(&world, authority, "-I short -h -n localhost -V -1m:+15s").ok();
    let told = wait::until("its end", wait::EFFECT, || {
        let told = root.run("sshtpm host-keys ensure").ok();
        let is_named = root.read(DROP_IN).contains("HostCertificate");
        (!is_named).then_some(told)
    });
    let why = "sshd no longer gets the certificate";
    assert!(told.stderr.contains(why), "{told}");
    root.command("test -e").arg(FILE).run().fails_with(1);
}

#[test]
fn without_host_keys_in_the_tpm_there_is_nothing_to_certify() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let refused = certify(&world, Authority::new(root, "ca"), FOR_HOST).fails_with(1);
    assert!(
        refused.stderr.contains("sshtpm host-keys enable"),
        "{refused}"
    );
    root.command("test -e").arg(FILE).run().fails_with(1);
}

#[test]
fn a_certificate_that_is_removed_stays_away_and_the_key_stays() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    let authority = Authority::new(root, "ca");
    root.run("mv /etc/ssh/ca /etc/ssh/ca.pub /root").ok();
    root.run("ln -s /root/ca /etc/ssh/ca").ok();
    let before = configuration(root);
    let keys = world.host_user().list(none()).expect("a list");
    for word in [ISSUED.to_owned(), text(&keys[0], "Fingerprint")] {
        certify(&world, authority, FOR_HOST).ok();
        let told = root.run(&format!("sshtpm host-keys cert --remove {word}"));
        let told = told.ok();
        let named = "no longer show clients\n  certificate \"machine\"";
        assert!(told.stdout.contains(named), "{told}");
        assert_eq!(configuration(root), before, "{word}");
    }
    let again = root.run(&format!("sshtpm host-keys cert --remove {ISSUED}"));
    again
        .fails_with(1)
        .complains("does not show the certificate in");
    assert_eq!(configuration(root), before);
}

/// It reads the drop-in for each connection, and so the certificate.
#[test]
fn enable_does_not_bring_back_what_a_running_sshd_still_uses() {
    let world = World::new();
    let root = world.root();
    let _agent = enabled(&world);
    certify(&world, Authority::new(root, "ca"), FOR_HOST).ok();
    let _sshd = Sshd::start(world.machine());
    root.run(&format!("sshtpm host-keys cert --remove {ISSUED}"))
        .ok();
    root.run(&format!("test -e {FILE}")).ok();
    root.run("sshtpm host-keys enable").ok();
    let drop_in = root.read(DROP_IN);
    assert!(!drop_in.contains("HostCertificate"), "{drop_in}");
}

//! OpenSSH and git, as people use them, with keys in the TPM.

use serde_json::Value;
use sshtpm_tests::call::{Options, bits, none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, Output, User, World, sshd};

/// Every kind of key that swtpm can make or seal.
fn kinds() -> [(&'static str, Options); 6] {
    [
        ("ecdsa-sha2-nistp256", none()),
        ("ecdsa-sha2-nistp384", none()),
        ("ecdsa-sha2-nistp521", none()),
        ("ssh-rsa", bits(2048)),
        ("ssh-rsa", bits(3072)),
        ("ssh-ed25519", none()),
    ]
}

/// Makes a key, and writes its public half to `~/key.pub`.
fn key_with_file(user: User<'_>, algorithm: &str, options: Options) -> Value {
    let key = user.generate(algorithm, "test", options).expect("a key");
    user.write(
        &format!("{}/key.pub", user.home()),
        format!("{} test\n", text(&key, "PublicKey")),
    );
    key
}

/// An sshd with a host key in a file, which alice trusts and which trusts alice's `key`.
fn sshd_for(world: &World, key: &Value) -> Sshd {
    let root = world.root();
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    let host = root.read("/etc/ssh/ssh_host_ed25519_key.pub");
    trust_host(world.alice(), &host);
    world
        .alice()
        .write("/home/alice/.ssh/authorized_keys", text(key, "PublicKey"));
    Sshd::start(world.machine())
}

fn trust_host(user: User<'_>, public_key: &str) {
    user.command("mkdir -p -m 700")
        .arg(format!("{}/.ssh", user.home()))
        .run()
        .ok();
    user.write(
        &format!("{}/.ssh/known_hosts", user.home()),
        format!("localhost {public_key}"),
    );
}

fn ssh(agent: &Agent<'_>, options: &str, command: &str) -> Output {
    let words = format!(
        "ssh -o BatchMode=yes -i /home/alice/key.pub -o IdentitiesOnly=yes{options} localhost"
    );
    agent.command(&words).arg(command).run()
}

#[test]
fn ssh_keygen_signs_a_file_and_verifies_it_with_every_kind_of_key() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    for (algorithm, options) in kinds() {
        let key = key_with_file(alice, algorithm, options);
        alice.write(
            "/home/alice/signers",
            format!("alice {}\n", text(&key, "PublicKey")),
        );
        alice.write("/home/alice/note", "I owe bob a coffee.\n");
        alice.run("rm -f /home/alice/note.sig").ok();
        agent
            .command("ssh-keygen -q -Y sign -n file -f /home/alice/key.pub /home/alice/note")
            .run()
            .ok();

        let verify = "ssh-keygen -Y verify -n file -f signers -I alice -s note.sig";
        let verified = alice
            .command(verify)
            .stdin("I owe bob a coffee.\n")
            .run()
            .ok();
        assert!(
            verified.stdout.contains(&text(&key, "Fingerprint")),
            "{verified}"
        );
        let tampered = alice.command(verify).stdin("I owe bob a house.\n").run();
        assert_ne!(tampered.code(), 0, "{tampered}");
    }
}

#[test]
fn ssh_logs_in_with_every_kind_of_key() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let sshd = sshd_for(&world, &alice.generate("", "", none()).expect("a key"));
    for (algorithm, options) in kinds() {
        let key = key_with_file(alice, algorithm, options);
        alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
        let signed_as: &[&str] = match algorithm {
            "ssh-rsa" => &["rsa-sha2-256", "rsa-sha2-512"],
            other => &[other],
        };
        for name in signed_as {
            let option = format!(" -o PubkeyAcceptedAlgorithms={name}");
            let login = ssh(&agent, &option, "id -un").ok();
            assert_eq!(login.stdout, "alice\n", "{algorithm}");
        }
        let accepted = format!(
            "ssh2: {} {}",
            display_name(algorithm),
            text(&key, "Fingerprint")
        );
        assert!(
            sshd.daemon.log().contains(&accepted),
            "{}",
            sshd.daemon.log()
        );
    }
}

#[test]
fn a_key_that_is_not_authorized_does_not_log_in() {
    let world = World::new();
    let alice = world.alice();
    let authorized = alice.generate("", "", none()).expect("a key");
    let _sshd = sshd_for(&world, &authorized);
    let agent = Agent::start(alice);
    key_with_file(alice, "", none());
    ssh(&agent, "", "true")
        .fails_with(255)
        .complains("Permission denied");

    let bob = world.bob();
    bob.key("bob's");
    let bobs = Agent::start(bob);
    let login =
        bobs.command("ssh -o BatchMode=yes -o StrictHostKeyChecking=no alice@localhost true");
    login.run().fails_with(255).complains("Permission denied");
}

#[test]
fn scp_copies_a_file_both_ways() {
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    let _sshd = sshd_for(&world, &key);
    let agent = Agent::start(alice);
    alice.write("/home/alice/here", "content\n");
    let scp = "scp -q -B -i key.pub";
    agent
        .command(&format!("{scp} here localhost:there"))
        .run()
        .ok();
    agent
        .command(&format!("{scp} localhost:there back"))
        .run()
        .ok();
    assert_eq!(alice.read("/home/alice/back"), "content\n");
}

#[test]
fn git_signs_a_commit_and_verifies_it() {
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    let agent = Agent::start(alice);
    alice.write(
        "/home/alice/signers",
        format!("alice@example.org {}\n", text(&key, "PublicKey")),
    );
    let script = "set -e
        git init -q work
        cd work
        git config user.name Alice
        git config user.email alice@example.org
        git config gpg.format ssh
        git config gpg.ssh.allowedSignersFile ~/signers
        git config user.signingKey ~/key.pub
        git commit -q -S --allow-empty -m 'Signed in the TPM'
        git log --show-signature -1
        git verify-commit HEAD";
    let signed = agent.command("sh -c").arg(script).run().ok();
    let good = format!(
        "Good \"git\" signature for alice@example.org with ECDSA key {}",
        text(&key, "Fingerprint")
    );
    assert!(
        format!("{}{}", signed.stdout, signed.stderr).contains(&good),
        "{signed}"
    );
}

#[test]
fn a_forwarded_agent_logs_in_from_the_second_machine() {
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    let _sshd = sshd_for(&world, &key);
    let agent = Agent::start(alice);
    let hop = "ssh -o BatchMode=yes localhost id -un";
    let login = ssh(&agent, " -A", hop).ok();
    assert_eq!(login.stdout, "alice\n");
}

#[test]
fn many_logins_at_once_all_succeed() {
    const AT_ONCE: usize = 8;
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    sshd::add_config(world.machine(), "40-many", "MaxStartups 100\n");
    let _sshd = sshd_for(&world, &key);
    let agent = Agent::start(alice);
    std::thread::scope(|scope| {
        let agent = &agent;
        for _ in 0..AT_ONCE {
            scope.spawn(move || ssh(agent, "", "true").ok());
        }
    });
}

#[test]
fn both_keys_of_a_login_are_in_the_tpm() {
    let world = World::new();
    let _host_agent = Agent::start(world.host_user());
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    root.run("sshtpm host-keys enable").ok();
    let sshd = Sshd::start(world.machine());
    let private = root
        .command("sh -c")
        .arg("grep -rl PRIVATE /etc/ssh /home /root")
        .run();
    assert_eq!(private.stdout, "", "a private key is in a file");

    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    let agent = Agent::start(alice);
    let scan = alice
        .run("cat /etc/ssh/sshtpm_host_ecdsa_key.pub /etc/ssh/sshtpm_host_rsa_key.pub")
        .ok();
    let known: String = scan
        .stdout
        .lines()
        .map(|line| format!("localhost {line}\n"))
        .collect();
    trust_host(alice, "");
    alice.write("/home/alice/.ssh/known_hosts", known);
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    for host_algorithm in ["ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"] {
        // Or ssh would forget the keys of other algorithms.
        let fixed = "-o StrictHostKeyChecking=yes -o UpdateHostKeys=no";
        let option = format!(" -v {fixed} -o HostKeyAlgorithms={host_algorithm}");
        let login = ssh(&agent, &option, "echo logged in").ok();
        assert_eq!(login.stdout, "logged in\n");
        assert!(
            login
                .stderr
                .contains(&format!("host key algorithm: {host_algorithm}")),
            "{login}"
        );
    }
    assert!(
        sshd.daemon.log().contains(&text(&key, "Fingerprint")),
        "{}",
        sshd.daemon.log()
    );

    // The broker is started anew, the TPM is switched off and on: the next login works.
    world.kill_broker();
    world.start_broker();
    world.wait_for_tpm("ready");
    ssh(&agent, "", "true").ok();
    world.kill_tpm();
    assert_ne!(ssh(&agent, "", "true").code(), 0, "there is no TPM");
    world.start_tpm();
    world.wait_for_tpm("ready");
    ssh(&agent, "", "true").ok();
}

#[test]
fn a_client_that_knows_one_host_key_learns_the_others_with_proof() {
    let world = World::new();
    let _host_agent = Agent::start(world.host_user());
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    root.run("sshtpm host-keys generate -t rsa -b 2048").ok();
    root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());

    let alice = world.alice();
    let key = key_with_file(alice, "", none());
    let agent = Agent::start(alice);
    trust_host(alice, &root.read("/etc/ssh/sshtpm_host_ecdsa_key.pub"));
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    ssh(
        &agent,
        " -o StrictHostKeyChecking=yes -o UpdateHostKeys=yes",
        "true",
    )
    .ok();
    let known = alice.read("/home/alice/.ssh/known_hosts");
    let rsa = root.read("/etc/ssh/sshtpm_host_rsa_key.pub");
    let blob = rsa.split(' ').nth(1).expect("a public key");
    assert!(known.contains(blob), "{known}");
}

/// How sshd's log calls a kind of key.
fn display_name(algorithm: &str) -> &'static str {
    match algorithm {
        "ssh-rsa" => "RSA",
        "ssh-ed25519" => "ED25519",
        _ => "ECDSA",
    }
}

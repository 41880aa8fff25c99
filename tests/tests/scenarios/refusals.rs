//! Refusals that people are told the reason of.

use sshtpm_tests::call::{bits, none, text};
use sshtpm_tests::sshd::{Sshd, add_config};
use sshtpm_tests::{Agent, World, use_record, wait};

/// `SSH_AGENTC_ADD_IDENTITY` without a key, and `SSH_AGENT_FAILURE`.
const ADD_NOTHING: [u8; 1] = [17];
const FAILURE: [u8; 1] = [5];

/// A login that names SHA-1 reaches the agent with flags 0.
#[test]
fn a_login_with_sha1_is_called_what_it_is() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    let key = alice.generate("ssh-rsa", "old", bits(2048)).expect("a key");
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    add_config(
        world.machine(),
        "old.conf",
        "PubkeyAcceptedAlgorithms ssh-rsa\n",
    );
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
    let agent = Agent::start(alice);
    let _sshd = Sshd::start(world.machine());
    let login = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no \
                 -o PubkeyAcceptedAlgorithms=ssh-rsa localhost true";
    agent.command(login).run().fails_with(255);
    agent.command(login).run().fails_with(255);

    let log = agent.log();
    assert_eq!(log.matches("RSA with SHA-1").count(), 1, "{log}");
    assert!(log.contains("rsa-sha2-256"), "{log}");
    let used = &use_record::log(alice)[0];
    assert_eq!(used["outcome"], "UnsupportedAlgorithm");
    assert_eq!(
        (&used["purpose"], &used["user"]),
        (&"auth".into(), &"alice".into())
    );
}

#[test]
fn a_key_that_is_not_added_or_removed_has_its_reason_in_the_log() {
    let world = World::new();
    let alice = world.alice();
    alice.generate("", "laptop", none()).expect("a key");
    let agent = Agent::start(alice);
    alice
        .run("ssh-keygen -q -t ed25519 -N  -f /home/alice/file")
        .ok();
    for _ in 0..2 {
        let answer = agent.connect().ask(&ADD_NOTHING).expect("an answer");
        assert_eq!(answer, FAILURE);
        agent
            .command("ssh-add -d /home/alice/file.pub")
            .run()
            .fails_with(1);
    }
    let lines = wait::until("both reasons", wait::COMMAND, || {
        let log = agent.log();
        let refusals: Vec<String> = log
            .lines()
            .filter(|line| line.contains("WARN refused to "))
            .map(str::to_owned)
            .collect();
        (refusals.len() >= 2).then_some(refusals)
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("refused to add or remove an ordinary key"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("neither the TPM nor an agent behind has it"),
        "{lines:?}"
    );
}

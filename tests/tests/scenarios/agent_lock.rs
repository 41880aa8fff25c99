//! `ssh-add -x` and `-X`: an agent that shows and uses no key for a while.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::user::Invocation;
use sshtpm_tests::{Agent, Output, User, World};

/// Numbers of messages (RFC 9987).
const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const REQUEST_IDENTITIES: u8 = 11;
const LOCK: u8 = 22;
const UNLOCK: u8 = 23;
const EXTENSION: u8 = 27;

const SIGN: &str = "ssh-keygen -q -Y sign -n file -f key.pub note";

/// `ssh-add -x` or `-X`, which asks for a passphrase and gets this one.
fn ssh_add<'m>(
    agent: &Agent<'m>,
    alice: User<'m>,
    option: &str,
    passphrase: &str,
) -> Invocation<'m> {
    alice.write(
        "/home/alice/passphrase",
        format!("#!/bin/sh\necho '{passphrase}'\n"),
    );
    alice.run("chmod 700 /home/alice/passphrase").ok();
    agent
        .command(&format!("setsid -w ssh-add {option}"))
        .env("SSH_ASKPASS", "/home/alice/passphrase")
        .env("SSH_ASKPASS_REQUIRE", "force")
}

/// A key, and a file that it can sign.
fn key_with_file(alice: User<'_>) -> serde_json::Value {
    let key = alice.generate("", "laptop", none()).expect("a key");
    alice.write("/home/alice/key.pub", text(&key, "PublicKey"));
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    key
}

fn sign(agent: &Agent<'_>) -> Output {
    let script = format!("rm -f note.sig; exec {SIGN}");
    agent.command("sh -c").arg(script).run()
}

#[track_caller]
fn is_locked(agent: &Agent<'_>) {
    let listed = agent.command("ssh-add -l").run();
    assert!(listed.stdout.contains("no identities"), "{listed}");
    let signed = sign(agent);
    assert_ne!(signed.code(), 0, "{signed}");
}

#[track_caller]
fn is_open(agent: &Agent<'_>) {
    agent.command("ssh-add -l").run().ok();
    sign(agent).ok();
}

#[test]
fn a_locked_agent_shows_and_uses_no_key_until_it_is_unlocked() {
    let world = World::new();
    let alice = world.alice();
    key_with_file(alice);
    let agent = Agent::start(alice);
    is_open(&agent);
    ssh_add(&agent, alice, "-x", "sesame").run().ok();
    is_locked(&agent);
    let again = ssh_add(&agent, alice, "-x", "sesame").run();
    assert_ne!(again.code(), 0, "{again}");

    for _ in 0..3 {
        let wrong = ssh_add(&agent, alice, "-X", "simsim").run();
        assert_ne!(wrong.code(), 0, "{wrong}");
        is_locked(&agent);
    }
    ssh_add(&agent, alice, "-X", "sesame").run().ok();
    is_open(&agent);
    let again = ssh_add(&agent, alice, "-X", "sesame").run();
    assert_ne!(again.code(), 0, "{again}");
}

#[test]
fn an_agent_that_waits_after_a_wrong_passphrase_still_answers_others() {
    let world = World::new();
    let alice = world.alice();
    key_with_file(alice);
    let agent = Agent::start(alice);
    let mut hostile = agent.connect();
    let message = |number: u8, text: &str| [&[number][..], &string(text)].concat();
    let locked = hostile.ask(&message(LOCK, "sesame"));
    assert_eq!(locked.expect("an answer"), [SUCCESS]);
    for _ in 0..3 {
        let guessed = hostile.ask(&message(UNLOCK, "simsim"));
        assert_eq!(guessed.expect("an answer"), [FAILURE]);
    }
    // Still waiting for its turn.
    let wrong = message(UNLOCK, "simsim");
    let length = u32::try_from(wrong.len()).expect("it is short");
    let framed = [&length.to_be_bytes()[..], &wrong].concat();
    hostile.send(&framed).expect("it is open");
    let listed = agent.connect().ask(&[REQUEST_IDENTITIES]);
    assert_eq!(listed.expect("an answer"), [12, 0, 0, 0, 0]);
    assert_eq!(hostile.receive().expect("an answer"), [FAILURE]);
    ssh_add(&agent, alice, "-X", "sesame").run().ok();
    is_open(&agent);
}

#[test]
fn locking_the_agent_has_the_broker_forget_pins() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "1234");
    alice.unlock(&key, "1234").expect("the right PIN");
    let is_unlocked = || {
        let keys = alice.list(none()).expect("keys can be listed");
        keys[0]["Unlocked"] == true
    };
    assert!(is_unlocked());
    let agent = Agent::start(alice);
    ssh_add(&agent, alice, "-x", "sesame").run().ok();
    assert!(!is_unlocked());
}

#[test]
fn a_connection_is_bound_to_its_session_while_the_agent_is_locked() {
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice);
    let _sshd = sshd_for(&world, &text(&key, "PublicKey"));
    let agent = Agent::start(alice);
    ssh_add(&agent, alice, "-x", "sesame").run().ok();
    let login = ssh(&agent, "", "true");
    assert_ne!(login.code(), 0, "{login}");
    let log = agent.daemon.log();
    assert!(
        log.contains("bound a connection to its SSH session"),
        "{log}"
    );
    // A malformed one is refused as ever.
    let mut connection = agent.connect();
    let bind = [&[EXTENSION][..], &string("session-bind@openssh.com")].concat();
    assert_eq!(connection.ask(&bind).expect("an answer"), [28]);

    ssh_add(&agent, alice, "-X", "sesame").run().ok();
    ssh(&agent, "", "true").ok();
}

#[test]
fn another_host_can_neither_lock_nor_unlock_the_agent() {
    let world = World::new();
    let alice = world.alice();
    let key = key_with_file(alice);
    let _sshd = sshd_for(&world, &text(&key, "PublicKey"));
    let agent = Agent::start(alice);
    alice.write("/home/alice/passphrase", "#!/bin/sh\necho sesame\n");
    alice.run("chmod 700 /home/alice/passphrase").ok();
    let there = "export SSH_ASKPASS=/home/alice/passphrase SSH_ASKPASS_REQUIRE=force; \
                 setsid -w ssh-add -x; echo $?";
    let tried = ssh(&agent, " -A", there).ok();
    assert_eq!(tried.stdout, "1\n", "{tried}");
    is_open(&agent);
    let log = agent.daemon.log();
    assert!(log.contains("over a forwarded connection"), "{log}");

    // Nor unlock one that was locked after the session had begun.
    let there = format!(
        "{}; {}",
        "touch begun; until [ -e locked ]; do sleep 0.01; done",
        { there.replace("-x", "-X") }
    );
    let session = std::thread::scope(|scope| {
        let session = scope.spawn(|| ssh(&agent, " -A", &there).ok());
        sshtpm_tests::wait::until("the session", sshtpm_tests::wait::EFFECT, || {
            let test = alice.run("test -e /home/alice/begun");
            test.status.success().then_some(())
        });
        ssh_add(&agent, alice, "-x", "sesame").run().ok();
        alice.write("/home/alice/locked", "");
        session.join().expect("a thread that ends")
    });
    assert_eq!(session.stdout, "1\n", "{session}");
    is_locked(&agent);
}

#[test]
fn no_log_has_the_passphrase() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    ssh_add(&agent, alice, "-x", "xyzzy-sesame").run().ok();
    let wrong = ssh_add(&agent, alice, "-X", "xyzzy-simsim").run();
    assert_ne!(wrong.code(), 0, "{wrong}");
    let log = agent.daemon.log();
    assert!(!log.contains("xyzzy"), "{log}");
}

fn ssh(agent: &Agent<'_>, options: &str, command: &str) -> Output {
    let words = format!(
        "ssh -o BatchMode=yes -i /home/alice/key.pub -o IdentitiesOnly=yes{options} localhost"
    );
    agent.command(&words).arg(command).run()
}

/// An sshd with a host key in a file, which alice trusts and which trusts this key.
pub(crate) fn sshd_for(world: &World, key: &str) -> Sshd {
    let (root, alice) = (world.root(), world.alice());
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    let host = root.read("/etc/ssh/ssh_host_ed25519_key.pub");
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/known_hosts", format!("localhost {host}"));
    alice.write("/home/alice/.ssh/authorized_keys", key);
    Sshd::start(world.machine())
}

fn string(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("a short string");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

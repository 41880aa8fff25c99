//! An agent in front of one that lists keys for which OpenSSH's client refuses a whole list.

use ssh_key::PublicKey;
use sshtpm_ssh::certificate;
use sshtpm_tests::other_agent::odd;
use sshtpm_tests::signed_data::string;
use sshtpm_tests::{Agent, User, World};

/// Where the odd agent listens.
const ODD: &str = "/run/user/1001/odd.sock";

/// What it lists.
const LISTED: &str = "/home/alice/listed";

/// Changed keys in a list, which fit into a message.
const AT_A_TIME: usize = 400;

/// Keys that `ssh-keygen` made.
struct Made {
    ecdsa: Vec<u8>,
    certificate: Vec<u8>,
}

impl Made {
    fn by(alice: User<'_>) -> Self {
        for words in [
            "ssh-keygen -q -t ecdsa -N '' -f ecdsa",
            "ssh-keygen -q -t ed25519 -N '' -f authority",
            "ssh-keygen -q -s authority -I id -n alice ecdsa.pub",
        ] {
            alice.command("sh -c").arg(words).run().ok();
        }
        let ecdsa = alice.read("/home/alice/ecdsa.pub");
        let ecdsa = PublicKey::from_openssh(&ecdsa).expect("a key");
        let line = alice.read("/home/alice/ecdsa-cert.pub");
        Self {
            ecdsa: ecdsa.to_bytes().expect("a blob"),
            certificate: certificate::from_line(line.trim()).expect("a certificate"),
        }
    }

    /// The ECDSA key with another point.
    fn with_point(&self, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let (start, point) = self.ecdsa.split_at(self.ecdsa.len() - 65);
        let start = &start[..start.len() - 4];
        [start, &string(change(point))].concat()
    }

    /// The certificate of another authority: its first bytes stand in place of the real ones.
    fn with_issuer(&self, first: &[u8]) -> Vec<u8> {
        let mut blob = self.certificate.clone();
        let real = string(b"ssh-ed25519");
        let at = blob.windows(real.len()).position(|bytes| bytes == real);
        let at = at.expect("the authority") + 4;
        blob[at..at + first.len()].copy_from_slice(first);
        blob
    }
}

/// The key of a token for this application.
fn token(application: &[u8]) -> Vec<u8> {
    let fields = [
        string(b"sk-ssh-ed25519@openssh.com"),
        string([1; 32]),
        string(application),
    ];
    fields.concat()
}

/// `blob` with each byte changed in turn, in each of these ways, and cut off before each byte.
fn changed(blob: &[u8]) -> Vec<Vec<u8>> {
    let with = |at: usize, bits: u8| {
        let mut changed = blob.to_vec();
        changed[at] ^= bits;
        changed
    };
    let positions = 0..blob.len();
    let changed = positions.flat_map(|at| [with(at, 1), with(at, 0x80), blob[..at].to_vec()]);
    changed.collect()
}

fn flipped(blob: &[u8]) -> Vec<u8> {
    let mut flipped = blob.to_vec();
    *flipped.last_mut().expect("a byte") ^= 1;
    flipped
}

/// Keys for which every OpenSSH from 9.2 on refuses a list, and why.
fn refused(made: &Made) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("a short key", [string(b"ssh-ed25519"), string("")].concat()),
        ("off the curve", flipped(&made.ecdsa)),
        (
            "compressed",
            made.with_point(|point| [&[2], &point[1..33]].concat()),
        ),
        ("at infinity", made.with_point(|_| vec![0])),
        (
            "a point of another form",
            made.with_point(|point| [&[6], &point[1..]].concat()),
        ),
        ("a zero byte in a name", string(b"ssh-\0ed25519")),
        ("a zero byte behind a name", string(b"ssh-ed25519\0")),
        ("a name of signatures", string(b"rsa-sha2-256")),
        ("a zero byte in an application", token(b"ss\0h")),
        ("a false signature", flipped(&made.certificate)),
        ("an unknown authority", made.with_issuer(b"ssh-ed25518")),
        ("a DSA authority", made.with_issuer(b"ssh-dss\0\0\0\0")),
        (
            "a certificate cut off",
            made.certificate[..made.certificate.len() - 1].to_vec(),
        ),
    ]
}

fn list(alice: User<'_>, keys: &[&[u8]]) {
    let digits = |key: &&[u8]| key.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = keys.iter().map(digits).collect();
    alice.write(LISTED, format!("{}\n", lines.join("\n")));
}

#[test]
fn a_key_that_clients_refuse_hides_no_other_key() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let made = Made::by(alice);
    let _odd = odd(alice, ODD, &format!("listing {LISTED}"));
    let agent = Agent::start_before(alice, "/run/user/1001/agent.sock", &[ODD], &[]);
    for (why, key) in refused(&made) {
        list(alice, &[&key, &made.ecdsa, &made.certificate]);
        let direct = alice.command("ssh-add -l").env("SSH_AUTH_SOCK", ODD).run();
        assert_eq!(direct.code(), 1, "{why}: {direct}");
        assert_eq!(direct.stdout, "", "{why}: {direct}");
        let listed = agent.command("ssh-add -l").run().ok();
        assert!(listed.stdout.contains("laptop"), "{why}: {listed}");
        assert_eq!(listed.stdout.lines().count(), 3, "{why}: {listed}");
    }
    let log = agent.daemon.log();
    assert!(log.contains("left out a key of the agent behind"), "{log}");
}

#[test]
fn the_key_of_the_tpm_signs_beside_keys_that_clients_refuse() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let made = Made::by(alice);
    let _odd = odd(alice, ODD, &format!("listing {LISTED}"));
    let agent = Agent::start_before(alice, "/run/user/1001/agent.sock", &[ODD], &[]);
    list(alice, &[&flipped(&made.certificate)]);
    let listed = agent.command("ssh-add -L").run().ok();
    alice.write("/home/alice/key.pub", &listed.stdout);
    alice.write("/home/alice/note", "I owe bob a coffee.\n");
    let sign = "ssh-keygen -q -Y sign -n file -f key.pub note";
    agent.command(sign).run().ok();
}

#[test]
fn no_byte_that_is_changed_in_a_key_hides_the_others() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let made = Made::by(alice);
    let _odd = odd(alice, ODD, &format!("listing {LISTED}"));
    let agent = Agent::start_before(alice, "/run/user/1001/agent.sock", &[ODD], &[]);
    for key in [made.ecdsa, made.certificate, token(b"ssh:")] {
        for keys in changed(&key).chunks(AT_A_TIME) {
            list(alice, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let listed = agent.command("ssh-add -l").run().ok();
            assert!(listed.stdout.contains("laptop"), "{listed}");
        }
    }
    // A point of Ed25519 is not looked at, so those keys are listed.
    let listed = agent.command("ssh-add -l").run().ok();
    assert!(listed.stdout.lines().count() > 32, "{listed}");
}

//! Messages of any client, or of the root of a host to which the agent is forwarded.
//!
//! LOCK and UNLOCK are left out: each may take 32 MiB and a tenth of a second by intention, and how
//! many do so at a time has a bound of its own (`lock/agent_lock.rs`).

use sshtpm_dbus::Identity;
use sshtpm_fuzz::{Budget, Line, Target};
use sshtpm_ssh::frame::{Incoming, frame};
use sshtpm_ssh::session::Binding;

use super::client::Client;
use super::dispatch::answer;
use super::fake_keys::{FakeKeys, blob, certificate_blob, host_certificate_blob, string};
use super::session_bind;
use super::verifier::verify;

/// Each failed binding is logged, each good one is kept. A signature of RSA with a long exponent
/// takes longest to verify.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 4096,
        per_byte: 16,
    },
    memory: Line {
        fixed: 256 * 1024,
        per_byte: 16,
    },
    time: std::time::Duration::from_secs(2),
};

const LOCK: u8 = 22;
const UNLOCK: u8 = 23;

const WORDS: [&str; 5] = [
    session_bind::NAME,
    "loop@sshtpm.org",
    "query",
    "ssh-rsa",
    "rsa-sha2-512",
];

fn framed(number: u8, content: &[u8]) -> Vec<u8> {
    frame(&[&[number], content].concat()).unwrap()
}

fn bind(content: &[u8]) -> Vec<u8> {
    framed(
        27,
        &[string(session_bind::NAME.as_bytes()), content.to_vec()].concat(),
    )
}

fn seeds() -> Vec<Vec<u8>> {
    let bindings: [&[u8]; 3] = [
        include_bytes!("testdata/session-bind-rsa-sha2-256.bin"),
        include_bytes!("testdata/session-bind-rsa-sha2-512.bin"),
        include_bytes!("testdata/session-bind-ssh-rsa.bin"),
    ];
    let sign = |key: Vec<u8>| {
        let fields = [string(&key), string(b"data to be signed"), vec![0; 4]];
        framed(13, &fields.concat())
    };
    let all = [
        framed(11, b""),
        sign(blob()),
        sign(certificate_blob()),
        sign(host_certificate_blob()),
        framed(18, &string(&blob())),
        framed(19, b""),
        framed(27, &string(b"query")),
        framed(27, &[string(b"loop@sshtpm.org"), string(&[7; 16])].concat()),
        bind(bindings[0]),
        bind(bindings[1]),
        bind(bindings[2]),
    ];
    let session = [bind(bindings[0]), framed(11, b""), sign(blob())].concat();
    all.into_iter().chain([session]).collect()
}

/// The first byte of each answer.
async fn talk(keys: &FakeKeys, bytes: &[u8]) -> Vec<u8> {
    let (mut incoming, mut client) = (Incoming::default(), Client::default());
    incoming.push(bytes);
    let mut kinds = Vec::new();
    while let Ok(Some(message)) = incoming.next_message() {
        if matches!(message.first(), Some(&(LOCK | UNLOCK))) || client.failed_too_often() {
            break;
        }
        let answer = answer(&message, &mut client, keys).await;
        kinds.push(*answer.first().expect("an answer"));
    }
    kinds.truncate(6);
    kinds
}

#[test]
fn messages_of_anybody_cost_little_to_answer() {
    let identity = Identity {
        blob: blob(),
        comment: "laptop".to_owned(),
    };
    let keys = FakeKeys::answering(vec![identity], b"signature".to_vec()).and_pins();
    let target = Target::new("agent-messages").seeds(seeds()).words(WORDS);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().expect("a runtime");
    target.budget(BUDGET).run(|bytes| {
        let kinds = runtime.block_on(talk(&keys, bytes));
        keys.forget_asked();
        kinds
    });
}

/// On this thread, so that it is counted.
#[test]
fn a_proof_of_anybody_costs_little_to_verify() {
    let seeds = seeds().into_iter();
    let start = framed(27, &string(session_bind::NAME.as_bytes())).len();
    let seeds = seeds.filter_map(|seed| seed.get(start..).map(<[u8]>::to_vec));
    let target = Target::new("proofs").seeds(seeds).words(WORDS);
    target.budget(BUDGET).run(|bytes| {
        let claim = Binding::parse(bytes).ok()?;
        Some(verify(&claim).map_err(|why| why.to_string()))
    });
}

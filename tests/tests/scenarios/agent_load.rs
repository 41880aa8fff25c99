//! An agent that its clients load: many at once, dear ones, and those of other hosts.

use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::signal::Signal;
use signature::Signer;
use ssh_key::private::EcdsaKeypair;
use ssh_key::rand_core::OsRng;
use ssh_key::{EcdsaCurve, PrivateKey, Signature};
use sshtpm_tests::agent::Connection;
use sshtpm_tests::call::none;
use sshtpm_tests::process_memory::resident_kb;
use sshtpm_tests::signed_data::{blob, sshsig, string};
use sshtpm_tests::{Agent, World, use_record, wait};

/// Numbers of messages (RFC 9987).
const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const LOCK: u8 = 22;
const UNLOCK: u8 = 23;
const EXTENSION: u8 = 27;

/// Clients that come at once: as many as OpenSSH's agent serves within a second.
const CROWD: usize = 400;

/// How much larger the agent may be after passphrases were checked: half of what one takes.
const MOST_GROWTH_KB: usize = 16 * 1024;

#[test]
fn four_hundred_signatures_at_once_are_all_made() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let agent = Agent::start(alice);
    let sign = sign_request(&blob(&key), &sshsig("data"));
    let mut crowd: Vec<_> = (0..CROWD).map(|_| agent.connect()).collect();
    for client in &mut crowd {
        client.send(&string(&sign)).expect("it is open");
    }
    for (number, client) in crowd.iter_mut().enumerate() {
        let answer = client.receive().expect("an answer");
        assert_eq!(answer[0], SIGN_RESPONSE, "client {number}");
    }
}

#[test]
fn those_who_leave_the_queue_do_not_delay_those_who_stay() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let agent = Agent::start(alice);
    let sign = sign_request(&blob(&key), &sshsig("data"));
    for _ in 0..CROWD {
        agent.connect().send(&string(&sign)).expect("it is open");
    }
    let answer = agent.connect().ask(&sign).expect("an answer");
    assert_eq!(answer[0], SIGN_RESPONSE);
    let made = use_record::outcomes(alice).len();
    assert!(made < CROWD / 2, "{made} signatures were made");
}

#[test]
fn a_local_list_comes_before_a_flood_of_forwarded_proofs() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = Agent::start(alice);
    let mut local = agent.connect();
    lists_one(&mut local);
    let bind = dear_binding();
    let mut flood: Vec<_> = (0..CROWD).map(|_| agent.connect()).collect();
    for client in &mut flood {
        client.send(&bind).expect("it is open");
    }
    let verified = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for client in &mut flood {
                let answer = client.receive().expect("an answer");
                assert_eq!(answer, [SUCCESS]);
                verified.fetch_add(1, Ordering::SeqCst);
            }
        });
        lists_one(&mut local);
        let before = verified.load(Ordering::SeqCst);
        assert!(before < CROWD / 2, "{before} proofs were verified first");
    });
}

#[test]
fn fifty_passphrases_leave_no_memory_behind() {
    let world = World::new();
    let agent = Agent::start(world.alice());
    let mut connection = agent.connect();
    let mut say = |number: u8| {
        let message = [&[number][..], &string(b"sesame")].concat();
        let answer = connection.ask(&message).expect("an answer");
        assert_eq!(answer, [SUCCESS]);
    };
    let before = resident_kb(agent.daemon.pid());
    for _ in 0..25 {
        say(LOCK);
        say(UNLOCK);
    }
    let after = resident_kb(agent.daemon.pid());
    let message = format!("{before} KB before, {after} KB after");
    assert!(after < before + MOST_GROWTH_KB, "{message}");
}

#[test]
fn sigusr1_has_pins_forgotten_and_the_agent_goes_on() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "1234");
    alice.unlock(&key, "1234").expect("the right PIN");
    let mut agent = Agent::start(alice);
    agent.daemon.signal(Signal::SIGUSR1);
    wait::until("the end of the PIN", wait::EFFECT, || {
        let keys = alice.list(none()).expect("keys can be listed");
        (keys[0]["Unlocked"] == false).then_some(())
    });
    lists_one(&mut agent.connect());
    assert!(agent.daemon.ended().is_none());
    wait::until("the line in the log", wait::EFFECT, || {
        agent.daemon.log().contains("SIGUSR1").then_some(())
    });
}

#[test]
fn signals_without_a_meaning_do_not_end_the_agent() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let mut agent = Agent::start(alice);
    for signal in [Signal::SIGUSR2, Signal::SIGPIPE, Signal::SIGUSR2] {
        agent.daemon.signal(signal);
        lists_one(&mut agent.connect());
        assert!(agent.daemon.ended().is_none(), "{signal}");
    }
}

#[test]
fn sighup_ends_the_agent_as_it_ends_that_of_openssh() {
    let world = World::new();
    let alice = world.alice();
    let mut agent = Agent::start(alice);
    agent.daemon.signal(Signal::SIGHUP);
    assert!(agent.daemon.wait().success());
    let socket = alice.command("test -e").arg(agent.socket()).run();
    socket.fails_with(1);
}

#[test]
fn each_reason_for_a_refusal_has_a_line_of_its_own() {
    let world = World::new();
    let alice = world.alice();
    let [one, other] = ["one", "other"].map(|name| {
        let key = alice.generate("", name, none());
        key.expect("a key")
    });
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    let bobs = world.bob().generate("", "", none()).expect("a key");
    for _ in 0..3 {
        for refused in [
            sign_request(&blob(&one), b"what nobody signs"),
            sign_request(&blob(&other), b"what nobody signs"),
            sign_request(&blob(&bobs), &sshsig("data")),
        ] {
            let answer = connection.ask(&refused).expect("an answer");
            assert_eq!(answer, [FAILURE]);
        }
    }
    let log = agent.daemon.log();
    let lines = log.lines().filter(|line| line.contains("cannot sign"));
    assert_eq!(lines.count(), 3, "{log}");
}

#[track_caller]
fn lists_one(connection: &mut Connection) {
    let answer = connection.ask(&[REQUEST_IDENTITIES]).expect("an answer");
    assert_eq!(answer[..5], [IDENTITIES_ANSWER, 0, 0, 0, 1]);
}

fn sign_request(blob: &[u8], data: &[u8]) -> Vec<u8> {
    [&[SIGN_REQUEST][..], &string(blob), &string(data), &[0; 4]].concat()
}

/// The frame that binds a connection to a host whose proof is dear to verify, for forwarding.
fn dear_binding() -> Vec<u8> {
    let pair = EcdsaKeypair::random(&mut OsRng, EcdsaCurve::NistP521);
    let key = PrivateKey::from(pair.expect("a key"));
    let signature: Signature = key.try_sign(b"session").expect("a signature");
    let signature = Vec::try_from(signature).expect("a blob");
    let host = key.public_key().to_bytes().expect("a blob");
    let fields = [string(host), string(b"session"), string(signature)];
    let name = string(b"session-bind@openssh.com");
    string([vec![EXTENSION], name, fields.concat(), vec![1]].concat())
}

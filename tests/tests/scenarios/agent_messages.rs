//! Messages to sshtpm-agent, byte by byte: good ones, broken ones, and those of hostile clients.
//!
//! Specs: RFC 9987; OpenSSH's PROTOCOL.agent.

use sshtpm_tests::call::{bits, none, purposes};
use sshtpm_tests::signed_data::{blob, certificate, sshsig, string, user_auth};
use sshtpm_tests::{Agent, World};

/// Longest message, in bytes (`AGENT_MAX_LEN` of OpenSSH).
const LONGEST: usize = 256 * 1024;

/// Numbers of messages (RFC 9987).
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const EXTENSION: u8 = 27;
const EXTENSION_RESPONSE: u8 = 29;

#[test]
fn each_kind_of_key_signs_without_flags() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    for (algorithm, options) in [
        ("ecdsa-sha2-nistp256", none()),
        ("ecdsa-sha2-nistp384", none()),
        ("ecdsa-sha2-nistp521", none()),
        ("ssh-rsa", bits(2048)),
    ] {
        let key = alice.generate(algorithm, "", options).expect("a key");
        let sign = sign_request(&blob(&key), &sshsig("data"), 0);
        let answer = connection.ask(&sign).expect("an answer");
        assert_eq!(answer[0], SIGN_RESPONSE, "{algorithm}");
    }
}

#[test]
fn messages_of_unknown_type_get_failure_and_the_connection_lives_on() {
    let world = World::new();
    world.alice().key("laptop");
    let agent = Agent::start(world.alice());
    let mut connection = agent.connect();
    for number in (0..=u8::MAX).filter(|number| ![11, 13, 27].contains(number)) {
        let answer = connection.ask(&[number, 0, 1, 2]).expect("an answer");
        assert_eq!(answer, [FAILURE], "{number}");
    }
    assert_serves(&mut connection);
}

#[test]
fn a_message_of_the_wrong_length_gets_failure_and_keeps_the_connection() {
    let world = World::new();
    let alice = world.alice();
    let fingerprint = alice.key("laptop");
    let blob = public_blob(&world, &fingerprint);
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    let sign = sign_request(&blob, &sshsig("data"), 0);
    for cut in 1..sign.len() {
        let answer = connection.ask(&sign[..cut]).expect("an answer");
        assert_eq!(answer, [FAILURE], "cut at {cut}");
    }
    let mut extra = sign.clone();
    extra.push(0);
    assert_eq!(connection.ask(&extra).expect("an answer"), [FAILURE]);
    let inner_too_long = [&[SIGN_REQUEST, 0xff, 0xff, 0xff, 0xff][..], &sign[5..]].concat();
    assert_eq!(
        connection.ask(&inner_too_long).expect("an answer"),
        [FAILURE]
    );
    let identities = connection.ask(&[REQUEST_IDENTITIES, 0]).expect("an answer");
    assert_eq!(identities, [FAILURE]);

    let signed = connection.ask(&sign).expect("an answer");
    assert_eq!(signed[0], SIGN_RESPONSE);
    assert_serves(&mut connection);
}

#[test]
fn a_sign_request_that_fails_keeps_the_connection() {
    let world = World::new();
    let alice = world.alice();
    let blob = public_blob(&world, &alice.key("laptop"));
    let bobs = public_blob(&world, &world.bob().key("bob's"));
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    for request in [
        sign_request(&blob, b"", 0),
        sign_request(&blob, &sshsig("data"), 1),
        sign_request(&blob, &sshsig("data"), u32::MAX),
        sign_request(&bobs, &sshsig("data"), 0),
        sign_request(b"", &sshsig("data"), 0),
        sign_request(b"no key", &sshsig("data"), 0),
    ] {
        assert_eq!(
            connection.ask(&request).expect("an answer"),
            [FAILURE],
            "{request:?}"
        );
    }
    assert_serves(&mut connection);
}

#[test]
fn the_longest_message_is_signed() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "ca", purposes(&["ca"])).expect("a key");
    let blob = blob(&key);
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    let around = sign_request(&blob, b"", 0).len();
    let data = certificate(&key, LONGEST - around);
    let request = sign_request(&blob, &data, 0);
    assert_eq!(request.len(), LONGEST);
    assert_eq!(
        connection.ask(&request).expect("an answer")[0],
        SIGN_RESPONSE
    );
}

#[test]
fn frames_that_are_none_end_their_connection_and_no_other() {
    let world = World::new();
    world.alice().key("laptop");
    let agent = Agent::start(world.alice());
    let mut other = agent.connect();
    assert_serves(&mut other);
    let too_long = u32::try_from(LONGEST + 1).expect("it fits").to_be_bytes();
    for length in [[0; 4], too_long, [0xff; 4]] {
        let mut connection = agent.connect();
        assert_serves(&mut connection);
        connection.send(&length).expect("it is still open");
        let answer = connection.receive();
        let ended = answer.as_ref().map_or(true, |answer| answer == &[FAILURE]);
        assert!(ended, "{length:?}: {answer:?}");
        assert_serves(&mut other);
    }
}

#[test]
fn a_client_that_disappears_midway_does_not_disturb_others() {
    let world = World::new();
    let alice = world.alice();
    let blob = public_blob(&world, &alice.key("laptop"));
    let agent = Agent::start(alice);
    let sign = sign_request(&blob, &sshsig("data"), 0);
    let framed = [
        &u32::try_from(sign.len()).expect("it fits").to_be_bytes(),
        &sign[..],
    ]
    .concat();
    for cut in [1, 4, 5, 20, framed.len()] {
        let mut connection = agent.connect();
        connection.send(&framed[..cut]).expect("it is open");
        drop(connection);
        let mut half_closed = agent.connect();
        half_closed.send(&framed[..cut]).expect("it is open");
        half_closed.finish().expect("it is open");
    }
    assert_serves(&mut agent.connect());
}

#[test]
fn query_names_the_extensions() {
    let world = World::new();
    let agent = Agent::start(world.alice());
    let mut connection = agent.connect();
    let query = [&[EXTENSION][..], &string(b"query")].concat();
    let answer = connection.ask(&query).expect("an answer");
    let names: [&[u8]; 4] = [
        b"query",
        b"session-bind@openssh.com",
        b"loop@sshtpm.org",
        b"report@sshtpm.org",
    ];
    let names = names.map(string).concat();
    let expected = [&[EXTENSION_RESPONSE][..], &string(b"query"), &names].concat();
    assert_eq!(answer, expected);
}

#[test]
fn a_forged_session_bind_is_refused_and_the_connection_lives_on() {
    let world = World::new();
    let alice = world.alice();
    let blob = public_blob(&world, &alice.key("laptop"));
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    let mut bind = [&[EXTENSION][..], &string(b"session-bind@openssh.com")].concat();
    bind.extend(string(&blob));
    bind.extend(string([1; 32]));
    bind.extend(string([2; 100]));
    bind.push(0);
    let answer = connection.ask(&bind).expect("an answer");
    assert!([28, FAILURE].contains(&answer[0]), "{answer:?}");
    assert_serves(&mut connection);
}

#[test]
fn no_log_has_what_was_signed() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.generate("", "laptop", none()).expect("a key");
    let agent = Agent::start(alice);
    let secret = b"xyzzy-this-is-to-be-signed";
    let data = user_auth(&key, "alice", secret, None);
    let answer = agent
        .connect()
        .ask(&sign_request(&blob(&key), &data, 0))
        .expect("an answer");
    assert_eq!(answer[0], SIGN_RESPONSE);
    for log in [agent.daemon.log(), world.broker_log()] {
        assert!(!log.contains("xyzzy"), "{log}");
        let numbers = format!("{}, {}, {}", secret[0], secret[1], secret[2]);
        assert!(!log.contains(&numbers), "{log}");
    }
}

#[test]
fn a_tpm_that_goes_away_costs_a_failure_and_not_the_connection() {
    let world = World::new();
    let alice = world.alice();
    let blob = public_blob(&world, &alice.key("laptop"));
    let agent = Agent::start(alice);
    let mut connection = agent.connect();
    let sign = sign_request(&blob, &sshsig("data"), 0);
    assert_eq!(connection.ask(&sign).expect("an answer")[0], SIGN_RESPONSE);
    world.kill_tpm();
    assert_eq!(connection.ask(&sign).expect("an answer"), [FAILURE]);
    world.start_tpm();
    world.wait_for_tpm("ready");
    assert_eq!(connection.ask(&sign).expect("an answer")[0], SIGN_RESPONSE);
}

/// Asks for the keys, and expects exactly one.
#[track_caller]
fn assert_serves(connection: &mut sshtpm_tests::agent::Connection) {
    let answer = connection.ask(&[REQUEST_IDENTITIES]).expect("an answer");
    assert_eq!(answer[..5], [IDENTITIES_ANSWER, 0, 0, 0, 1]);
}

fn sign_request(blob: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
    [
        &[SIGN_REQUEST][..],
        &string(blob),
        &string(data),
        &flags.to_be_bytes(),
    ]
    .concat()
}

/// The public key blob of a key that root can see.
fn public_blob(world: &World, fingerprint: &str) -> Vec<u8> {
    let keys = ["alice", "bob"].map(|name| world.root().list(sshtpm_tests::call::owner(name)));
    let key = keys
        .iter()
        .flatten()
        .flat_map(|keys| keys.as_array().into_iter().flatten());
    let key = key
        .clone()
        .find(|key| key["Fingerprint"] == fingerprint)
        .expect("the key");
    blob(key)
}

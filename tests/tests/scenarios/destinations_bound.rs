//! Keys that log in at certain hosts alone, in the words of the agent protocol and of the bus: what
//! a session binding is worth, and what is listed.

use sshtpm_tests::call::{Options, option, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{sshsig, string, user_auth};
use sshtpm_tests::{Agent, Request, World};

use crate::destinations::{acquaint, keygen};

/// Numbers of messages (RFC 9987).
const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const EXTENSION: u8 = 27;
const EXTENSION_FAILURE: u8 = 28;

/// A connection to the agent, as ssh would have it after a key exchange with a host.
fn bind(
    connection: &mut sshtpm_tests::agent::Connection,
    session: &sshtpm_ssh::session::Binding,
) -> u8 {
    let fields = [&session.host_key, &session.session_id, &session.signature];
    let fields: Vec<u8> = fields.into_iter().flat_map(string).collect();
    let message = [
        &[EXTENSION][..],
        &string("session-bind@openssh.com"),
        &fields,
        &[session.is_forwarding.into()],
    ];
    connection.ask(&message.concat()).expect("an answer")[0]
}

fn sign(
    connection: &mut sshtpm_tests::agent::Connection,
    key: &serde_json::Value,
    data: &[u8],
) -> u8 {
    let blob = sshtpm_tests::signed_data::blob(key);
    let message = [&[SIGN_REQUEST][..], &string(blob), &string(data), &[0; 4]];
    connection.ask(&message.concat()).expect("an answer")[0]
}

#[test]
fn a_binding_is_of_no_use_for_another_session_or_host() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    let key = keygen(&world, "--to alpha");
    let agent = Agent::start(world.alice());
    let login = |session: &[u8], host: &Host| user_auth(&key, "alice", session, Some(&host.blob()));

    // A client that knows an old session of alpha's can bind to it, and no more.
    let mut connection = agent.connect();
    assert_eq!(
        bind(&mut connection, &alpha.session(b"old", false)),
        SUCCESS
    );
    assert_eq!(
        sign(&mut connection, &key, &login(b"old", &alpha)),
        SIGN_RESPONSE
    );
    assert_eq!(sign(&mut connection, &key, &login(b"new", &alpha)), FAILURE);
    assert_eq!(sign(&mut connection, &key, &login(b"old", &beta)), FAILURE);
    let unbound = user_auth(&key, "alice", b"new", None);
    assert_eq!(sign(&mut connection, &key, &unbound), FAILURE);

    // Another host cannot sign for alpha.
    let mut forged = beta.session(b"new", false);
    forged.host_key = alpha.blob();
    let mut connection = agent.connect();
    assert_eq!(bind(&mut connection, &forged), EXTENSION_FAILURE);
    assert_eq!(sign(&mut connection, &key, &login(b"new", &alpha)), FAILURE);
    // And it does not help to do better afterwards.
    let better = bind(&mut connection, &alpha.session(b"new", false));
    assert_eq!(better, EXTENSION_FAILURE);
    assert_eq!(sign(&mut connection, &key, &login(b"new", &alpha)), FAILURE);
}

#[test]
fn an_unbound_session_is_served_by_unrestricted_keys_alone() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&alpha]);
    let agent = Agent::start(world.alice());
    for (flags, answer) in [
        ("", SIGN_RESPONSE),
        ("--to alpha", FAILURE),
        ("--no-forwarding", FAILURE),
    ] {
        let key = keygen(&world, flags);
        let mut connection = agent.connect();
        let mut unsigned = alpha.session(b"s", false);
        unsigned.signature.clear();
        assert_eq!(bind(&mut connection, &unsigned), EXTENSION_FAILURE);
        let login = user_auth(&key, "alice", b"s", Some(&alpha.blob()));
        assert_eq!(sign(&mut connection, &key, &login), answer, "{flags}");
    }
}

#[test]
fn nothing_is_bound_once_a_session_is_there_for_a_login() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    let key = keygen(&world, "--to beta --via alpha");
    let agent = Agent::start(world.alice());
    let login = |session: &[u8], host: &Host| user_auth(&key, "alice", session, Some(&host.blob()));

    let mut connection = agent.connect();
    assert_eq!(
        bind(&mut connection, &alpha.session(b"one", false)),
        SUCCESS
    );
    let further = bind(&mut connection, &beta.session(b"two", false));
    assert_eq!(further, EXTENSION_FAILURE);
    assert_eq!(sign(&mut connection, &key, &login(b"two", &beta)), FAILURE);
    assert_eq!(
        sign(&mut connection, &key, &login(b"one", &alpha)),
        SIGN_RESPONSE
    );

    let mut connection = agent.connect();
    assert_eq!(bind(&mut connection, &alpha.session(b"one", true)), SUCCESS);
    assert_eq!(bind(&mut connection, &beta.session(b"two", false)), SUCCESS);
    assert_eq!(
        sign(&mut connection, &key, &login(b"two", &beta)),
        SIGN_RESPONSE
    );
}

fn sessions(sessions: Vec<sshtpm_ssh::session::Binding>) -> Options {
    option("sessions", sessions)
}

/// What the broker says to a program of alice's that asks it without her agent.
#[test]
fn the_broker_itself_believes_nothing_that_no_host_signed() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    let key = keygen(&world, "--to beta --via alpha");
    let (alice, name) = (world.alice(), text(&key, "Fingerprint"));
    let bound = |session: &[u8], host: &Host| user_auth(&key, "alice", session, Some(&host.blob()));
    let ask = |data: &[u8], route: Vec<_>| alice.sign(&name, data, 0, sessions(route));
    let (first, last) = (alpha.session(b"f", true), beta.session(b"s", false));

    let route = || vec![first.clone(), last.clone()];
    ask(&bound(b"s", &beta), route()).expect("the way that it was given");
    ask(&bound(b"f", &alpha), vec![alpha.session(b"f", false)]).expect("its first hop");

    let mut forged = alpha.session(b"f", true);
    forged.signature = beta.session(b"f", true).signature;
    let not_a_login = sshsig("content");
    let plain = user_auth(&key, "alice", b"s", None);
    let refusals = [
        ("no session", bound(b"s", &beta), vec![]),
        ("no first hop", bound(b"s", &beta), vec![last.clone()]),
        ("forged", bound(b"s", &beta), vec![forged, last.clone()]),
        (
            "the wrong way round",
            bound(b"f", &alpha),
            vec![last.clone(), first.clone()],
        ),
        ("another session", bound(b"f", &beta), route()),
        ("another host", bound(b"s", &alpha), route()),
        ("not bound to its host", plain, route()),
        ("no login", not_a_login, route()),
        ("forwarding", bound(b"f", &alpha), vec![first.clone()]),
    ];
    for (what, data, route) in refusals {
        let answer = alice.sign(&name, &data, 0, sessions(route));
        assert_eq!(refused(answer), "DestinationNotPermitted", "{what}");
    }
}

#[test]
fn a_key_is_listed_where_it_can_be_used() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    keygen(&world, "--to alpha");
    let alice = world.alice();
    let number = |route: Vec<_>| {
        let keys = alice.list(sessions(route)).expect("a list");
        keys.as_array().expect("a list").len()
    };
    assert_eq!(number(vec![]), 1);
    assert_eq!(number(vec![alpha.session(b"s", false)]), 1);
    assert_eq!(number(vec![beta.session(b"s", false)]), 0);
    assert_eq!(number(vec![alpha.session(b"f", true)]), 0);
    let offered = |route: Vec<_>| {
        let asked = Request::keys("ListIdentities").with(sessions(route));
        let offered = alice.call(&asked).expect("identities");
        offered[0].as_array().expect("a list").len()
    };
    assert_eq!(offered(vec![alpha.session(b"s", false)]), 1);
    assert_eq!(offered(vec![beta.session(b"s", false)]), 0);
}

//! sshtpm-agent, as OpenSSH's tools and as hostile clients see it.

use sshtpm_tests::call::{bits, none, purposes, text};
use sshtpm_tests::signed_data::{blob, certificate, sshsig, string, user_auth};
use sshtpm_tests::{Agent, World, wait};

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
fn ssh_add_lists_the_keys_in_both_forms() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    agent.command("ssh-add -l").run().fails_with(1);

    let one = alice.generate("", "laptop", none()).expect("a key");
    let other = alice
        .generate("ecdsa-sha2-nistp521", "work laptop", none())
        .expect("a key");
    let short = agent.command("ssh-add -l").run().ok();
    let expected = format!(
        "256 {} laptop (ECDSA)\n521 {} work laptop (ECDSA)\n",
        text(&one, "Fingerprint"),
        text(&other, "Fingerprint")
    );
    assert_eq!(sorted(&short.stdout), sorted(&expected));
    let long = agent.command("ssh-add -L").run().ok();
    let expected = format!(
        "{} laptop\n{} work laptop\n",
        text(&one, "PublicKey"),
        text(&other, "PublicKey")
    );
    assert_eq!(sorted(&long.stdout), sorted(&expected));
}

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

/// It has random bytes signed.
#[test]
fn ssh_add_cannot_test_a_key() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start(alice);
    for (algorithm, options) in [("ecdsa-sha2-nistp256", none()), ("ssh-rsa", bits(2048))] {
        let key = alice.generate(algorithm, "", options).expect("a key");
        alice.write("/home/alice/key.pub", text(&key, "PublicKey"));
        let test = agent.command("ssh-add -T /home/alice/key.pub").run();
        test.fails_with(1).complains("agent refused operation");
    }
    agent.command("ssh-add -l").run().ok();
}

#[test]
fn what_the_agent_does_not_do_is_refused_and_the_next_request_served() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = Agent::start(alice);
    alice
        .run("ssh-keygen -q -t ed25519 -N  -f /home/alice/file")
        .ok();
    agent
        .command("ssh-add -q /home/alice/file")
        .run()
        .fails_with(1);
    agent.command("ssh-add -q -D").run().fails_with(1);
    let listed = agent.command("ssh-add -l").run().ok();
    assert_eq!(listed.stdout.lines().count(), 1, "{listed}");
}

#[test]
fn an_agent_in_front_of_no_broker_says_so_and_serves_when_there_is_one() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    let agent = Agent::start(world.alice());
    agent.command("ssh-add -l").run().fails_with(1);
    world.start_broker();
    world.wait_for_tpm("ready");
    world.alice().key("laptop");
    agent.command("ssh-add -l").run().ok();

    // The agent lives on when the broker is started anew.
    world.kill_broker();
    agent.command("ssh-add -l").run().fails_with(1);
    world.start_broker();
    world.wait_for_tpm("ready");
    agent.command("ssh-add -l").run().ok();
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
fn a_client_that_disappears_in_the_middle_disturbs_nobody() {
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
fn ten_thousand_silent_connections_keep_nobody_out() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = Agent::start(alice);
    let hold = alice
        .command("hold-connections")
        .arg(agent.socket())
        .arg("10000");
    let held = hold.start();
    let said = wait::until("the connections", wait::COMMAND, || {
        held.stdout().trim().parse::<usize>().ok()
    });
    assert_eq!(said, 10_000);
    let listed = agent.command("ssh-add -l").run().ok();
    assert_eq!(listed.stdout.lines().count(), 1);
    held.kill();
    agent.command("ssh-add -l").run().ok();
}

#[test]
fn an_agent_that_may_open_few_files_lives_on() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let socket = "/run/user/1001/few.sock";
    let limited = alice.command("prlimit --nofile=40:40 sshtpm-agent -D -a");
    let mut daemon = limited.arg(socket).daemon();
    wait::until("the socket", wait::START, || {
        let test = alice.command("test -S").arg(socket).run();
        test.status.success().then_some(())
    });
    let hold = alice.command("hold-connections").arg(socket).arg("1000");
    let held = hold.start();
    wait::until("the connections", wait::COMMAND, || {
        held.stdout().trim().parse::<usize>().ok()
    });
    // It may have to refuse, but neither hangs nor ends.
    let list = || alice.command("ssh-add -l").env("SSH_AUTH_SOCK", socket);
    list().run();
    held.kill();
    wait::until("the keys", wait::EFFECT, || {
        list().run().status.success().then_some(())
    });
    assert!(daemon.ended().is_none(), "{}", daemon.log());
}

#[test]
fn query_names_the_extensions() {
    let world = World::new();
    let agent = Agent::start(world.alice());
    let mut connection = agent.connect();
    let query = [&[EXTENSION][..], &string(b"query")].concat();
    let answer = connection.ask(&query).expect("an answer");
    let names = [&string(b"query")[..], &string(b"session-bind@openssh.com")].concat();
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
fn the_default_socket_is_private_and_gone_when_the_agent_ends() {
    let world = World::new();
    let alice = world.alice();
    let mut daemon = alice.command("sshtpm-agent -D").daemon();
    let socket = "/run/user/1001/sshtpm/agent.sock";
    wait::until("the socket", wait::START, || {
        alice
            .command("test -S")
            .arg(socket)
            .run()
            .status
            .success()
            .then_some(())
    });
    let modes = alice
        .command("stat -c %a /run/user/1001/sshtpm")
        .arg(socket)
        .run()
        .ok();
    assert_eq!(modes.stdout, "700\n600\n");
    assert!(daemon.stop().success());
    alice.command("test -e").arg(socket).run().fails_with(1);
}

#[test]
fn a_second_agent_takes_the_socket_of_a_dead_agent_alone() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let mut first = Agent::start(alice);
    let second = alice
        .command("sshtpm-agent -D -a")
        .arg(first.socket())
        .run();
    assert_ne!(second.code(), 0, "{second}");
    first.command("ssh-add -l").run().ok();

    first.daemon.kill();
    let third = Agent::start_at(alice, first.socket());
    third.command("ssh-add -l").run().ok();
}

#[test]
fn the_agent_runs_a_command_and_ends_with_it() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let script = "ssh-add -l && echo \"$SSH_AUTH_SOCK $SSH_AGENT_PID\" && exit 7";
    let run = alice
        .command("sshtpm-agent -- sh -c")
        .arg(script)
        .run()
        .fails_with(7);
    let mut words = run.stdout.lines().last().expect("a line").split(' ');
    let socket = words.next().expect("a socket");
    alice.command("test -e").arg(socket).run().fails_with(1);
}

#[test]
fn eval_starts_an_agent_in_the_background_and_k_ends_it() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let script = "set -e
        eval \"$(sshtpm-agent -s)\" >started
        ssh-add -l
        socket=$SSH_AUTH_SOCK pid=$SSH_AGENT_PID
        eval \"$(sshtpm-agent -k)\" >ended
        test -z \"${SSH_AUTH_SOCK:-}\" -a -z \"${SSH_AGENT_PID:-}\"
        echo $socket $pid";
    let run = alice.command("sh -c").arg(script).run().ok();
    let (socket, pid) = run
        .stdout
        .lines()
        .last()
        .and_then(|line| line.split_once(' '))
        .expect("two");
    wait::until("the end of the agent", wait::EFFECT, || {
        let gone = alice.command("test -e").arg(socket).run().code() == 1;
        let state = alice
            .command("cat")
            .arg(format!("/proc/{pid}/stat"))
            .run()
            .stdout;
        (gone && (state.is_empty() || state.contains(") Z "))).then_some(())
    });
}

#[test]
fn systemd_hands_the_agent_its_socket() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let socket = "/run/user/1001/activated.sock";
    let activate = "systemd-socket-activate --listen=/run/user/1001/activated.sock sshtpm-agent -D";
    let _daemon = alice.command(activate).daemon();
    wait::until("the socket", wait::START, || {
        alice
            .command("test -S")
            .arg(socket)
            .run()
            .status
            .success()
            .then_some(())
    });
    for _ in 0..2 {
        alice
            .command("ssh-add -l")
            .env("SSH_AUTH_SOCK", socket)
            .run()
            .ok();
    }
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

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

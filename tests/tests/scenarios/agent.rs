//! sshtpm-agent as OpenSSH's tools see it, with a broker and without, and with many connections.

use sshtpm_tests::call::{bits, none, text};
use sshtpm_tests::{Agent, World, wait};

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
fn the_agent_for_host_keys_refuses_ordinary_keys_and_serves_on() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    // As systemd does it for that agent.
    let socket = format!("{}/agent.sock", alice.runtime_directory());
    let command = alice.command("systemd-socket-activate -l").arg(&socket);
    let _activated = command
        .args(&["/opt/sshtpm/bin/sshtpm-agent", "-D", "--no-load"])
        .daemon();
    alice.wait_for_listener(&socket);
    alice
        .run("ssh-keygen -q -t ed25519 -N  -f /home/alice/file")
        .ok();
    let ask = |words: &str| alice.command(words).env("SSH_AUTH_SOCK", &socket).run();
    ask("ssh-add -q /home/alice/file").fails_with(1);
    ask("ssh-add -q -D").ok();
    let listed = ask("ssh-add -l").ok();
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
fn ten_thousand_silent_connections_do_not_keep_others_out() {
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
    alice.wait_for_listener(socket);
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

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

//! How sshtpm-agent starts and ends, and where its socket is.

use sshtpm_tests::{Agent, World, wait};

#[test]
fn the_default_socket_is_private_and_gone_when_the_agent_ends() {
    let world = World::new();
    let alice = world.alice();
    let mut daemon = alice.command("sshtpm-agent -D").daemon();
    let socket = "/run/user/1001/sshtpm/agent.sock";
    alice.wait_for_listener(socket);
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
    alice.wait_for_listener(socket);
    for _ in 0..2 {
        alice
            .command("ssh-add -l")
            .env("SSH_AUTH_SOCK", socket)
            .run()
            .ok();
    }
}

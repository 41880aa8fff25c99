//! The dialler, which connects an agent in a sandbox to the agents behind it.
//! systemd-socket-activate hands it its socket, as systemd does.

use std::io::Read;
use std::os::unix::net::UnixStream;

use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::{User, World, wait};

const DIALLER: &str = "/run/user/1001/sshtpm/dialler.sock";
const AGENT: &str = "/run/user/1001/sshtpm/agent.sock";

/// The agent behind that alice's file names.
const BEHIND: &str = "/run/user/1001/behind/agent.sock";

/// Where the unit of OpenSSH's agent listens.
const SSH_AGENT: &str = "/run/user/1001/sshtpm/ssh-agent.sock";

fn configure(alice: User<'_>, text: &str) {
    let directories = "mkdir -p /home/alice/.config/sshtpm /run/user/1001/sshtpm";
    alice.run(directories).ok();
    alice.run("chmod 700 /run/user/1001/sshtpm").ok();
    alice.write("/home/alice/.config/sshtpm/agent.toml", text);
}

/// The dialler, and an agent that reaches others through it alone.
fn start(alice: User<'_>) -> [Daemon; 2] {
    let activate = "systemd-socket-activate --setenv=XDG_RUNTIME_DIR --setenv=SSHTPM_LOG";
    let dialler = alice
        .command(activate)
        .env("SSHTPM_LOG", "debug")
        .arg(format!("--listen={DIALLER}"))
        .args(&["sshtpm-agent", "--dialler"]);
    let dialler = dialler.daemon();
    alice.wait_for_listener(DIALLER);
    let agent = alice.command("sshtpm-agent -D --dialler-socket");
    let agent = agent.arg(DIALLER).env("SSHTPM_LOG", "debug").daemon();
    alice.wait_for_listener(AGENT);
    [dialler, agent]
}

/// OpenSSH's agent at `socket`.
fn ssh_agent(alice: User<'_>, socket: &str) -> Daemon {
    let daemon = alice.command("ssh-agent -D -a").arg(socket).daemon();
    alice.wait_for_listener(socket);
    daemon
}

/// Makes a key in a file, and runs `script` in alice's shell with the agent.
fn run(alice: User<'_>, script: &str) -> sshtpm_tests::Output {
    let make = "test -e key || ssh-keygen -q -t ed25519 -N '' -C ordinary -f key; ";
    let command = alice.command("sh -c").arg(make.to_owned() + script);
    command.env("SSH_AUTH_SOCK", AGENT).run()
}

/// The agent's log says what to do after a change of the file.
fn asks_for_a_restart(agent: &Daemon) {
    let log = agent.log();
    assert!(
        log.contains("systemctl --user restart sshtpm-agent.service"),
        "{log}"
    );
}

#[test]
fn an_agent_reaches_those_behind_it_through_the_dialler() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.run("mkdir /run/user/1001/behind").ok();
    let _behind = ssh_agent(alice, BEHIND);
    run(alice, &format!("SSH_AUTH_SOCK={BEHIND} ssh-add -q key")).ok();
    configure(alice, "agents = [\"%t/behind/agent.sock\"]\n");
    let _running = start(alice);
    let list = run(alice, "ssh-add -L").ok().stdout;
    assert!(
        list.contains(" laptop\n") && list.contains(" ordinary\n"),
        "{list}"
    );
    let sign = "mv key hidden; echo data | ssh-keygen -q -Y sign -n file -f key.pub";
    let signed = run(alice, sign).ok().stdout;
    assert!(signed.contains("BEGIN SSH SIGNATURE"), "{signed}");
}

#[test]
fn an_agent_that_is_no_longer_in_the_file_is_not_reached() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.run("mkdir /run/user/1001/behind").ok();
    let _behind = ssh_agent(alice, BEHIND);
    run(alice, &format!("SSH_AUTH_SOCK={BEHIND} ssh-add -q key")).ok();
    configure(alice, "agents = [\"%t/behind/agent.sock\"]\n");
    let [_dialler, agent] = start(alice);
    configure(alice, "agents = false\n");
    let list = run(alice, "ssh-add -L").ok().stdout;
    assert!(
        list.contains(" laptop\n") && !list.contains(" ordinary\n"),
        "{list}"
    );
    asks_for_a_restart(&agent);
}

#[test]
fn no_key_goes_to_an_agent_that_took_the_place_of_another() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    alice.run("mkdir /run/user/1001/behind").ok();
    let _behind = ssh_agent(alice, BEHIND);
    configure(
        alice,
        "agents = [\"%t/mine.sock\"]\nordinary-keys = \"%t/mine.sock\"\n",
    );
    let [_dialler, agent] = start(alice);
    configure(
        alice,
        "agents = [\"%t/behind/agent.sock\", \"%t/mine.sock\"]\n\
         ordinary-keys = \"%t/mine.sock\"\n",
    );
    run(alice, "ssh-add -q key").fails_with(1);
    let theirs = alice.command("ssh-add -l").env("SSH_AUTH_SOCK", BEHIND);
    theirs.run().fails_with(1);
    asks_for_a_restart(&agent);
}

#[test]
fn ordinary_keys_go_to_the_unit_of_openssh() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    configure(alice, "");
    let _running = start(alice);
    let _ssh_agent = ssh_agent(alice, SSH_AGENT);
    let list = run(alice, "ssh-add -q key; ssh-add -L").ok().stdout;
    assert!(
        list.contains(" laptop\n") && list.contains(" ordinary\n"),
        "{list}"
    );
    let theirs = alice.command("ssh-add -L").env("SSH_AUTH_SOCK", SSH_AGENT);
    assert!(theirs.run().ok().stdout.contains(" ordinary\n"));
}

#[test]
fn the_log_says_why_the_unit_of_openssh_did_not_start() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    configure(alice, "");
    let [_dialler, agent] = start(alice);
    run(alice, "ssh-add -q key").fails_with(1);
    let log = agent.log();
    assert!(log.contains("sshtpm-ssh-agent.service"), "{log}");
    assert!(run(alice, "ssh-add -L").ok().stdout.contains(" laptop\n"));
}

#[test]
fn the_dialler_serves_its_own_user_alone() {
    let world = World::new();
    let alice = world.alice();
    configure(alice, "agents = [\"%t/behind/agent.sock\"]\n");
    let _running = start(alice);
    let connected = world.machine().enter(|| UnixStream::connect(DIALLER));
    let mut connection = connected.expect("it listens");
    connection
        .set_read_timeout(Some(wait::EFFECT))
        .expect("a bound");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("another user"), "{answer}");
}

//! `sshtpm doctor` where there is no agent, or another one.

use serde_json::Value;
use sshtpm_tests::{Agent, World, wait};

use super::doctor::{Diagnosis, SOCKET, healthy, standard_agent};

#[test]
fn an_agent_that_is_not_there_is_named_with_the_unit_that_starts_it() {
    let world = World::new();
    let agent = healthy(&world);
    drop(agent);
    world.alice().run(&format!("rm -f {SOCKET}")).ok();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["agent", "ssh"]);
    diagnosis.says(
        "agent",
        "fail",
        "systemctl --user enable --now sshtpm-agent.socket",
    );
}

#[test]
fn an_agent_that_died_without_removing_its_socket_is_named() {
    let world = World::new();
    let mut agent = healthy(&world);
    agent.daemon.kill();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["agent", "ssh"]);
    diagnosis.says("agent", "fail", "Connection refused");
    diagnosis.says("ssh", "fail", "Connection refused");
}

#[test]
fn another_users_agent_in_the_place_of_ones_own_is_not_trusted() {
    let world = World::new();
    let alice = world.alice();
    alice.run("mkdir -m 711 /run/user/1001/sshtpm").ok();
    let root = world.root();
    let _foreign = root.command("sshtpm-agent -D -a").arg(SOCKET).daemon();
    wait::until("root's agent", wait::START, || {
        root.run(&format!("chown alice {SOCKET}"))
            .code()
            .eq(&0)
            .then_some(())
    });
    let variables = [("SSH_AUTH_SOCK", SOCKET)];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("agent", "fail", "uid 0, not as you");
    diagnosis.says("ssh", "fail", "uid 0, not as you");
}

#[test]
fn another_agent_in_ssh_auth_sock_is_a_warning() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.key("laptop");
    let variables = [("SSH_AUTH_SOCK", "/run/user/1001/other")];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    diagnosis.says("ssh", "warn", "/run/user/1001/other");
    diagnosis.says("ssh", "warn", "sshtpm setup");
    diagnosis.says("agent", "ok", "");
}

#[test]
fn an_agent_by_any_name_that_offers_the_keys_is_good_enough() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.key("laptop");
    let other = Agent::start_at(alice, "/run/user/1001/mine");
    let variables = [("SSH_AUTH_SOCK", other.socket())];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("ssh", "ok", "/run/user/1001/mine");
}

#[test]
fn an_agent_that_was_started_by_hand_anywhere_is_the_users_agent() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = Agent::start_at(alice, "/run/user/1001/mine");
    let variables = [("SSH_AUTH_SOCK", agent.socket())];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("agent", "ok", "/run/user/1001/mine");
    diagnosis.says("ssh", "ok", "/run/user/1001/mine");
}

#[test]
fn doctor_judges_what_the_agent_meets_and_not_its_own_environment() {
    let desktop = [("DISPLAY", ":0"), ("SSH_ASKPASS", "/bin/true")];
    let world = World::new();
    let alice = world.alice();
    alice.key_with_pin("laptop", "xyzzy-4711");
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    let away = Agent::start_at(alice, SOCKET);
    let diagnosis = Diagnosis::in_environment(alice, &desktop);
    diagnosis.says("asking", "warn", "your agent cannot ask for the PIN");
    diagnosis.says("asking", "warn", "there is no desktop");
    drop(away);
    let _at_desktop = Agent::start_with(alice, SOCKET, &desktop);
    Diagnosis::of(alice).says("asking", "ok", "");
}

#[test]
fn status_tells_why_ssh_add_was_refused() {
    let world = World::new();
    let alice = world.alice();
    let agent = standard_agent(alice);
    let refusals = || alice.run("sshtpm status --json").ok().json()["agent_refusals"].clone();
    assert_eq!(refusals(), Value::Array(Vec::new()));
    alice.run("ssh-keygen -q -t ed25519 -N  -f file").ok();
    for command in ["ssh-add -q -d file.pub", "ssh-add -q -d file.pub"] {
        assert_ne!(agent.command(command).run().code(), 0, "it was refused");
    }
    let told = refusals();
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    let reason = "neither the TPM nor an agent behind has it";
    assert!(told.to_string().contains(reason), "{told}");
    let status = alice.run("sshtpm status").ok();
    let line = format!("     ssh-add: just now: refused to remove a key: {reason}");
    assert!(status.stdout.contains(&line), "{status}");
    // Not to others.
    let bob = world.bob().command("sshtpm status --json");
    let bob = bob.env("SSH_AUTH_SOCK", SOCKET).run();
    assert!(bob.json()["agent_refusals"].is_null(), "{bob}");
}

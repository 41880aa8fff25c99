//! `sshtpm doctor` looks at `agent.toml`, and at what it names.

use sshtpm_tests::{Agent, User, World};

use crate::doctor::{Diagnosis, healthy};
use crate::notifications::{BUS_ADDRESS, Desktop};

const FILE: &str = "/home/alice/.config/sshtpm/agent.toml";

/// Where systemd's user manager has links to the sockets that alice enabled.
const ENABLED: &str = "/home/alice/.config/systemd/user/sockets.target.wants";

/// Where the agent with the name `work` listens.
const WORK: &str = "/run/user/1001/sshtpm/work.sock";

fn write(alice: User<'_>, text: &str) {
    alice.run("mkdir -p -m 700 .config/sshtpm").ok();
    alice.write(FILE, text);
}

/// Holds that `sshtpm doctor` comes to `result` about the file, and says `text`.
#[track_caller]
fn says(alice: User<'_>, result: &str, text: &str) {
    Diagnosis::of(alice).says("agent.toml", result, text);
}

#[test]
fn a_mistake_in_agent_toml_is_told_with_its_line() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    write(alice, "# mine\nagent = 7\n");
    Diagnosis::of(alice).fails_only(&["agent.toml"]);
    says(alice, "fail", "agent.toml: line 2: agent: ");
    write(alice, "notification = true\n");
    says(alice, "fail", "unknown field `notification`");
    write(alice, "agents = [\"$NOWHERE/agent.sock\"]\n");
    says(alice, "fail", "NOWHERE, which is not set");
    write(alice, "");
    says(alice, "ok", "in order");
}

#[test]
fn an_agent_toml_that_others_can_write_is_a_failure() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    write(alice, "");
    alice.run("chmod 666 .config/sshtpm/agent.toml").ok();
    says(alice, "fail", "chmod go-w");
    alice.run("chmod 600 .config/sshtpm/agent.toml").ok();
    world
        .root()
        .run("chown bob /home/alice/.config/sshtpm/agent.toml")
        .ok();
    world
        .root()
        .run("chmod 644 /home/alice/.config/sshtpm/agent.toml")
        .ok();
    says(alice, "fail", "1002");
}

#[test]
fn an_agent_behind_that_does_not_answer_is_a_warning() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    write(alice, "agents = [\"%t/other.sock\"]\n");
    says(
        alice,
        "warn",
        "not reached at /run/user/1001/other.sock: nothing is there",
    );
    // As in a cron job.
    let without = Diagnosis::in_environment(alice, &[("XDG_RUNTIME_DIR", "")]);
    let path = "not reached at /run/user/1001/other.sock";
    without.says("agent.toml", "warn", path);
    let other = alice
        .command("ssh-agent -D -a /run/user/1001/other.sock")
        .daemon();
    alice.wait_for_listener("/run/user/1001/other.sock");
    says(alice, "ok", "in order");
    drop(other);
    says(alice, "warn", "Connection refused");
}

#[test]
fn a_table_and_the_socket_that_systemd_enables_belong_together() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    write(alice, "[agent.work]\nonly = [\"purpose:auth\"]\n");
    says(alice, "warn", "enable --now sshtpm-agent@work.socket");
    let work = Agent::start_at(alice, WORK);
    says(alice, "ok", "with one agent of its own socket");
    drop(work);

    alice.run(&format!("mkdir -p {ENABLED}")).ok();
    let unit = "/usr/lib/systemd/user/sshtpm-agent@.socket";
    alice
        .run(&format!("ln -s {unit} {ENABLED}/sshtpm-agent@home.socket"))
        .ok();
    Diagnosis::of(alice).fails_only(&["agent.toml"]);
    says(alice, "fail", "has no [agent.home]");
}

#[test]
fn agents_that_are_behind_each_other_are_a_warning() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    let _work = Agent::start_at(alice, WORK);
    write(
        alice,
        "agents = [\"%t/sshtpm/work.sock\"]\n[agent.work]\nagents = [\"%t/sshtpm/agent.sock\"]\n",
    );
    says(alice, "warn", "[agent.work] is behind itself");
}

#[test]
fn notifications_that_no_program_shows_are_a_warning() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    write(alice, "[notifications]\nused = true\n");
    let look = || {
        let session_bus = ("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS);
        Diagnosis::in_environment(alice, &[session_bus])
    };
    look().says("agent.toml", "warn", "there is no session bus");
    let desktop = Desktop::start(alice);
    look().says("agent.toml", "ok", "in order");
    drop(desktop.server);
    look().says(
        "agent.toml",
        "warn",
        "no program on the session bus shows them",
    );
}

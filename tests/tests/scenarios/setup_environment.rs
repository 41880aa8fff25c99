//! `sshtpm setup` where a variable of the environment says which agent ssh asks.

use sshtpm_tests::{Agent, World};

use super::setup::{CONFIG, SOCKET, files, identity_agent, standard_agent};

#[test]
fn a_variable_that_only_this_shell_has_is_not_enough() {
    let world = World::new();
    let alice = world.alice();
    let agent = standard_agent(alice);
    agent.command("sshtpm setup --yes").run().ok();
    assert_eq!(identity_agent(alice), SOCKET);
}

#[test]
fn a_variable_that_each_session_gets_is_enough() {
    let world = World::new();
    let alice = world.alice();
    let agent = standard_agent(alice);
    let setup = "sshtpm setup --yes --agent-by environment";
    agent.command(setup).run().ok();
    alice.read("/home/alice/.config/environment.d/50-sshtpm.conf");
    let done = agent.command("sshtpm setup --yes").run().ok();
    assert!(done.stdout.contains("by SSH_AUTH_SOCK"), "{done}");
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);
}

#[test]
fn the_environment_can_be_set_where_ssh_finds_the_agent_already() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let setup = "sshtpm setup --yes --agent-by environment";
    alice.run(setup).ok();
    alice.read("/home/alice/.config/environment.d/50-sshtpm.conf");
}

#[test]
fn an_agent_that_was_started_by_hand_is_enough_for_setup() {
    let world = World::new();
    let alice = world.alice();
    let agent = Agent::start_at(alice, "/run/user/1001/mine");
    let done = agent.command("sshtpm setup --yes").run().ok();
    assert!(done.stdout.contains("in this shell only"), "{done}");
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);
}

#[test]
fn the_environment_of_sessions_can_be_used_instead() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let setup = "sshtpm setup --yes --agent-by environment";
    let done = alice.run(setup).ok();
    let export = format!("export SSH_AUTH_SOCK={SOCKET}");
    assert!(done.stdout.contains(&export), "{done}");
    let content = alice.read("/home/alice/.config/environment.d/50-sshtpm.conf");
    let setting = "\nSSH_AUTH_SOCK=${XDG_RUNTIME_DIR}/sshtpm/agent.sock\n";
    assert!(content.ends_with(setting), "{content}");
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);

    let before = files(alice);
    alice.run(setup).ok();
    assert_eq!(files(alice), before);

    // A setting of the user stays, and the file with the later name would win.
    alice.write(
        "/home/alice/.config/environment.d/90-mine.conf",
        "SSH_AUTH_SOCK=/mine\n",
    );
    let before = files(alice);
    alice.run(setup).fails_with(1).complains("/mine");
    assert_eq!(files(alice), before);
}

#[test]
fn setup_notices_what_a_later_environment_generator_sets() {
    for script in [
        "#!/bin/sh\necho SSH_AUTH_SOCK=/mine\n",
        // As soon as the lines are there.
        "#!/bin/sh\n[ -z \"$SSH_AUTH_SOCK\" ] || echo SSH_AUTH_SOCK=/mine\n",
    ] {
        let world = World::new();
        let alice = world.alice();
        let _agent = standard_agent(alice);
        let root = world.root();
        let generator = "/run/systemd/user-environment-generators/90gpg-agent";
        root.run("mkdir -p /run/systemd/user-environment-generators")
            .ok();
        root.write(generator, script);
        root.run(&format!("chmod 755 {generator}")).ok();
        alice
            .run("sshtpm setup --yes --agent-by environment")
            .fails_with(1);
        alice
            .run("test -e /home/alice/.config/environment.d/50-sshtpm.conf")
            .fails_with(1);
    }
}

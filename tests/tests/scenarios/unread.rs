//! A user who calls the broker and never reads an answer. Each scenario costs some two seconds.

use sshtpm_tests::call::none;
use sshtpm_tests::neighbours::{self, CONNECTIONS, Load};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::user::Running;
use sshtpm_tests::{Agent, User, World, wait};

/// Calls after which many answers wait for bob.
const MANY: usize = 2000;

fn start(bob: User<'_>, connections: usize) -> Running {
    bob.key("bob's");
    neighbours::start(bob, Load::UnreadAnswers, connections, &[])
}

/// The agent of alice, who has a key.
fn agent(alice: User<'_>) -> Agent<'_> {
    alice.key("laptop");
    let agent = Agent::start(alice);
    let public = agent.command("ssh-add -L").run().ok().stdout;
    alice.write("key.pub", &public);
    agent
}

fn sign(agent: &Agent<'_>) {
    let sign = "rm -f note.sig; echo text > note; ssh-keygen -q -Y sign -n file -f key.pub note";
    agent.command("sh -c").arg(sign).run().ok();
}

#[test]
fn answers_that_are_not_read_keep_no_agent_from_signing() {
    let world = World::new();
    let agent = agent(world.alice());
    let flood = start(world.bob(), CONNECTIONS);
    wait::until("bob's calls", wait::COMMAND, || {
        (flood.stdout().lines().count() >= MANY).then_some(())
    });
    for _ in 0..5 {
        sign(&agent);
    }
    flood.kill();
}

/// How much of the broker's is unread before the bus takes nothing more from it, for a test. An
/// installation has 127 MiB, which a user fills with refusals within minutes.
const LITTLE_ROOM: &str = "<!DOCTYPE busconfig PUBLIC
 \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"
 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
<busconfig><limit name=\"max_incoming_bytes\">500000</limit></busconfig>";

/// Connections that get the answers. What is in their sockets is no longer the bus daemon's. How
/// many calls are made before the bus is full is not waited for: a connection makes none once the
/// bus does not take one.
const FEW: usize = 4;

fn with_little_room() -> World {
    let world = World::empty();
    let config = "/etc/dbus-1/system-local.conf";
    world.root().write(config, LITTLE_ROOM);
    world.start_all();
    world
}

fn has_new_connection(world: &World) -> Option<()> {
    let log = world.broker_log();
    log.contains("serving over the new connection")
        .then_some(())
}

#[test]
fn a_bus_that_takes_no_more_answers_gets_a_new_connection() {
    let world = with_little_room();
    let alice = world.alice();
    let key = alice.key("laptop");
    let flood = start(world.bob(), FEW);
    wait::until("a new connection", wait::COMMAND, || {
        has_new_connection(&world)
    });
    wait::until("a signature", wait::COMMAND, || {
        alice.sign(&key, &sshsig("data"), 0, none()).ok()
    });
    flood.kill();
}

#[test]
fn calls_end_with_the_connection_over_which_they_came() {
    let world = with_little_room();
    let bob = world.bob();
    bob.key("bob's");
    // Lists wait for polkit, and what is known of the bus is sent without it.
    world.freeze_polkit();
    let flood = neighbours::start(bob, Load::UnreadAnswers, FEW, &[]);
    wait::until("a new connection", wait::COMMAND, || {
        has_new_connection(&world)
    });
    wait::until("the end of bob's lists", wait::COMMAND, || {
        let log = world.broker_log();
        let is_end = |line: &str| line.contains("the caller has left") && line.contains("List");
        log.lines().any(is_end).then_some(())
    });
    assert!(!world.broker_log().contains("polkit did not answer"));
    flood.kill();
    world.thaw_polkit();
}

#[test]
fn a_channel_outlives_the_connection_to_the_bus() {
    let world = with_little_room();
    let agent = agent(world.alice());
    let flood = start(world.bob(), FEW);
    wait::until("a new connection", wait::COMMAND, || {
        sign(&agent);
        has_new_connection(&world)
    });
    flood.kill();
}

//! A user who calls the broker and never reads an answer.

use sshtpm_tests::call::none;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::user::Running;
use sshtpm_tests::{Agent, User, World, wait};

/// As many connections as a user may have on the bus, less some for other programs.
const CONNECTIONS: usize = 200;

fn start(bob: User<'_>, connections: usize, calls: usize, member: &str) -> Running {
    let (connections, calls) = (connections.to_string(), calls.to_string());
    let flood = bob
        .command("unread-calls")
        .args(&[&connections, &calls, member]);
    let flood = flood.start();
    wait::until("bob's calls", wait::COMMAND, || {
        flood.stdout().contains("sent").then_some(())
    });
    flood
}

fn assert_alice_signs(member: &str, calls: usize) {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    bob.key("bob's");
    let flood = start(bob, CONNECTIONS, calls, member);
    for _ in 0..5 {
        alice
            .sign(&key, &sshsig("data"), 0, none())
            .expect("a signature");
    }
    flood.kill();
}

#[test]
fn introspections_that_are_not_read_keep_nobody_from_signing() {
    assert_alice_signs("Introspect", 150);
}

#[test]
fn lists_that_are_not_read_keep_nobody_from_signing() {
    assert_alice_signs("List", 120);
}

/// How much of the broker's is unread before the bus takes nothing more from it, for a test. With
/// the 127 MiB of an installation, it takes many users at once.
const LITTLE_ROOM: &str = "<!DOCTYPE busconfig PUBLIC
 \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"
 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
<busconfig><limit name=\"max_incoming_bytes\">1000000</limit></busconfig>";

#[test]
fn a_bus_that_takes_no_more_answers_gets_a_new_connection() {
    let world = World::empty();
    world
        .root()
        .write("/etc/dbus-1/system-local.conf", LITTLE_ROOM);
    world.start_all();
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.key("laptop");
    let flood = start(bob, 8, 100, "Introspect");
    wait::until("a new connection", wait::COMMAND, || {
        let log = world.broker_log();
        log.contains("serving over the new connection")
            .then_some(())
    });
    wait::until("a signature", wait::COMMAND, || {
        alice.sign(&key, &sshsig("data"), 0, none()).ok()
    });
    flood.kill();
}

#[test]
fn a_channel_outlives_the_connection_to_the_bus() {
    let world = World::empty();
    world
        .root()
        .write("/etc/dbus-1/system-local.conf", LITTLE_ROOM);
    world.start_all();
    let (alice, bob) = (world.alice(), world.bob());
    alice.key("laptop");
    let agent = Agent::start(alice);
    let public = agent.command("ssh-add -L").run().ok().stdout;
    alice.write("key.pub", &public);
    let flood = start(bob, 8, 100, "Introspect");
    wait::until("a new connection", wait::COMMAND, || {
        alice.write("note", "text");
        agent.command("rm -f note.sig").run().ok();
        let sign = "ssh-keygen -q -Y sign -n file -f key.pub note";
        agent.command(sign).run().ok();
        let log = world.broker_log();
        log.contains("serving over the new connection")
            .then_some(())
    });
    flood.kill();
}

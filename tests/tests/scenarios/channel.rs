//! A channel: a connection to the broker that no other user shares.

use sshtpm_dbus::CHANNELS_INTERFACE;
use sshtpm_tests::call::{Answer, Argument, none, option, refused};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::process_memory::resident_kb;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, User, World, wait};

const SIGN: &str = "ssh-keygen -q -Y sign -n file -f key.pub note";

/// Memory of the broker for one channel: buffers, a task, and the interfaces.
const MOST_KB_OF_CHANNEL: usize = 64;

fn sign(key: &str) -> Request {
    Request::keys("Sign")
        .with(key)
        .with(sshsig("data").as_slice())
        .with(0_u32)
        .with(none())
}

fn list(user: User<'_>, request: Request) -> usize {
    let answer = user.call(&request.with(none())).expect("a list");
    answer[0].as_array().expect("keys").len()
}

fn open_channel(user: User<'_>) -> Answer {
    let mut request = Request::keys("OpenChannel");
    CHANNELS_INTERFACE.clone_into(&mut request.interface);
    user.call(&request.with(none()))
}

#[test]
fn a_channel_serves_keys_and_tpm_to_its_owner() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("laptop");
    alice.call(&sign(&key).in_channel()).expect("a signature");
    assert_eq!(list(alice, Request::keys("List").in_channel()), 1);
    let state = alice.call(&Request::property("State").in_channel());
    assert_eq!(state.expect("a property")[0], "ready");
}

#[test]
fn on_a_channel_a_user_has_no_more_than_on_the_bus() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let bob = world.bob();
    assert_eq!(refused(bob.call(&sign(&key).in_channel())), "NoSuchKey");
    assert_eq!(list(bob, Request::keys("List").in_channel()), 0);
    let others = Request::keys("List").with(option("owner", "alice"));
    assert_eq!(
        bob.call(&others.clone().in_channel()),
        bob.call(&others),
        "polkit wants a password"
    );
}

#[test]
fn a_call_on_a_channel_is_its_owners_whatever_sender_it_names() {
    let world = World::new();
    let key = world.alice().key("laptop");
    for sender in [":1.0", ":1.1", "org.freedesktop.DBus"] {
        let call = sign(&key).in_channel().from(sender);
        assert_eq!(refused(world.bob().call(&call)), "NoSuchKey", "{sender}");
    }
}

#[test]
fn polkits_rules_hold_on_a_channel() {
    let world = World::with_rule(
        "polkit.addRule(function(action, subject) {
            if (action.id == 'org.sshtpm.Broker1.use-own-key' && subject.user == 'alice')
                return polkit.Result.NO;
        });",
    );
    let key = world.alice().key("laptop");
    let call = sign(&key).in_channel();
    assert_eq!(refused(world.alice().call(&call)), "NotAuthorized");
}

#[test]
fn what_a_channel_does_not_serve_is_an_error_and_not_its_end() {
    let world = World::new();
    let alice = world.alice();
    let mut nested = Request::keys("OpenChannel").with(none()).in_channel();
    CHANNELS_INTERFACE.clone_into(&mut nested.interface);
    assert_eq!(refused(alice.call(&nested)), "UnknownInterface");
    let large = Argument::Bytes(vec![0; 4096]);
    let set = Request::set_property("State").with(large).in_channel();
    assert_eq!(refused(alice.call(&set)), "InvalidArgs");
}

#[test]
fn channels_that_are_not_used_take_no_place_of_others() {
    let world = World::new();
    // Each of these ends with its connection to the bus, and leaves its place.
    for _ in 0..8 {
        open_channel(world.bob()).expect("a channel");
    }
    let key = world.alice().key("laptop");
    let signed = world.alice().call(&sign(&key).in_channel());
    signed.expect("a signature");
}

/// Channels that `user` holds, as `hold-channels` is told.
fn hold(user: User<'_>, options: &str) -> Daemon {
    let held = user.command(&format!("hold-channels {options}")).daemon();
    let count = options.split(' ').next();
    wait::until("the channels", wait::COMMAND, || {
        let log = held.log();
        count.filter(|count| log.trim() == *count).map(drop)
    });
    held
}

#[test]
fn ends_of_channels_that_a_process_keeps_afterwards_take_no_place() {
    let world = World::new();
    let bob = world.bob();
    // As many as a user may have on which nothing was said.
    let _held = hold(bob, "2 orphaned");
    wait::until("a place", wait::EFFECT, || open_channel(bob).ok());
}

#[test]
fn a_hundred_idle_channels_take_little_memory() {
    let world = World::new();
    let broker = world.broker_pid();
    let names = [
        "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
    ];
    let mut users = names.iter().map(|name| world.machine().user(name));
    // What the first one takes is not the channel's alone.
    let _first = users.next().map(|user| hold(user, "1"));
    let before = resident_kb(broker);
    let _held: Vec<_> = users.map(|user| hold(user, "15")).collect();
    let growth = resident_kb(broker).saturating_sub(before);
    assert!(
        growth < 105 * MOST_KB_OF_CHANNEL,
        "{before} KB, then {growth} KB more"
    );
}

#[test]
fn an_agent_signs_over_a_channel_and_finds_a_restarted_broker() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = sshtpm_tests::Agent::start(alice);
    let public = agent.command("ssh-add -L").run().ok().stdout;
    alice.write("key.pub", &public);
    let sign = || {
        alice.write("note", "text");
        agent.command("rm -f note.sig").run().ok();
        agent.command(SIGN).run().ok();
    };
    sign();
    let log = || world.broker_log();
    wait::until("a channel of the agent", wait::START, || {
        log().contains("a channel was opened").then_some(())
    });
    world.restart_broker();
    sign();
}

#[test]
fn an_agent_that_met_no_broker_gets_a_channel_when_there_is_one() {
    let world = World::new();
    world.alice().key("laptop");
    let agent = sshtpm_tests::Agent::start(world.alice());
    world.kill_broker();
    agent.command("ssh-add -l").run().fails_with(1);
    world.start_broker();
    world.wait_for_tpm("ready");
    let opened = || world.broker_log().matches("a channel was opened").count();
    let before = opened();
    wait::until("a channel of the agent", wait::EFFECT, || {
        agent.command("ssh-add -l").run().ok();
        (opened() > before).then_some(())
    });
}

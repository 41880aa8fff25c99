//! What ends the reuse of an approval: another rule, another polkitd, another configuration.

use sshtpm_tests::polkit::{self, Changes};
use sshtpm_tests::{Agent, broker, wait};

use crate::polkit_reuse::{LASTING, asked, key, signs, world};

#[test]
fn a_rule_that_forbids_holds_as_soon_as_polkitd_has_read_it() {
    const FORBIDDING: &str = r#"polkit.addRule(function(action, subject) {
        if (action.id == "org.sshtpm.Broker1.use-own-key") return polkit.Result.NO;
    });"#;
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    let changes = Changes::watch(world.machine());
    // Often, since each is a race between the signal and the request.
    for round in 1..=10 {
        assert!(signs(&agent, &key), "round {round}");
        let before = changes.count();
        polkit::add_rule(world.machine(), "20-forbid", FORBIDDING);
        changes.wait_for_more_than(before);
        assert!(!signs(&agent, &key), "round {round}");

        let before = changes.count();
        polkit::remove_rule(world.machine(), "20-forbid");
        changes.wait_for_more_than(before);
    }
}

#[test]
fn without_polkitd_nothing_is_allowed_that_it_had_allowed() {
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    world.stop_polkit();
    assert!(!signs(&agent, &key));
    world.start_polkit();
    assert!(signs(&agent, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
}

#[test]
fn another_polkitd_is_asked_anew() {
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    world.replace_polkit();
    assert!(signs(&agent, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
}

#[test]
fn a_configuration_that_is_read_again_holds_and_polkit_is_asked_anew() {
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    let reload = |config| {
        let read = || world.broker_log().matches("was read again").count();
        let before = read();
        broker::write_config(world.machine(), config);
        world.reload_broker();
        wait::until("the reload", wait::EFFECT, || {
            (read() > before).then_some(())
        });
    };
    assert!(signs(&agent, &key));
    reload(LASTING);
    assert!(signs(&agent, &key) && signs(&agent, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
    reload("[polkit]\nreuse-seconds = 0\n");
    assert!(signs(&agent, &key) && signs(&agent, &key));
    assert_eq!(asked(&world, "use-own-key"), 4);
}

#[test]
fn a_forged_signal_makes_the_broker_ask_polkit_and_hides_no_other() {
    let world = world();
    let alice = world.alice();
    let key = key(alice, "laptop");
    let agent = Agent::start(alice);
    let signals = [
        "/org/freedesktop/PolicyKit1/Authority org.freedesktop.PolicyKit1.Authority.Changed",
        "/org/freedesktop/DBus org.freedesktop.DBus.NameOwnerChanged \
         string:org.freedesktop.PolicyKit1 string: string::1.1",
    ];
    for signal in signals {
        let send = "dbus-send --system --type=signal --dest=org.sshtpm.Broker1";
        world.bob().run(&format!("{send} {signal}")).ok();
    }
    assert!(signs(&agent, &key));
    world.stop_polkit();
    assert!(!signs(&agent, &key));
}

//! A slow polkitd is asked before a request needs its answer.

use std::time::{Duration, Instant};

use sshtpm_tests::{Agent, World, wait};

use crate::polkit_reuse::{COUNTING, LASTING, ask_to_sign, asked, key, signs, world_with};

/// Writes down each question, so slowly that programs would notice.
const SLOW: &str = r#"polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.sshtpm.Broker1.") == 0)
        polkit.spawn(["/bin/sh", "-c", "sleep 0.2; echo " + action.id + " >>/tmp/asked"]);
});"#;

/// Waits until polkitd was asked about the use of a key `times` in all.
fn wait_for_questions(world: &World, times: usize) {
    wait::until("a question", wait::EFFECT, || {
        (asked(world, "use-own-key") >= times).then_some(())
    });
}

#[test]
fn a_slow_polkitd_is_asked_before_a_request_needs_the_answer() {
    let world = world_with("[polkit]\nreuse-seconds = 6\n", SLOW);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    // Three seconds after each other, so the first answer is no longer good.
    wait_for_questions(&world, 3);
    world.freeze_polkit();
    assert!(signs(&agent, &key));
    world.thaw_polkit();
}

#[test]
fn a_request_goes_on_with_an_earlier_yes_if_polkitd_gets_slow() {
    let world = world_with("[polkit]\nreuse-seconds = 1\n", COUNTING);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    let start = Instant::now();
    assert!(signs(&agent, &key));
    world.freeze_polkit();
    // Long enough for the yes to end, and for polkitd to be asked again.
    wait::until("the end of its time", wait::EFFECT, || {
        assert!(signs(&agent, &key), "a request waited for polkitd");
        (start.elapsed() > Duration::from_secs(3)).then_some(())
    });
    world.thaw_polkit();
    wait_for_questions(&world, 2);
}

#[test]
fn a_yes_that_nobody_renews_is_good_for_no_longer_than_configured() {
    let world = world_with("[polkit]\nreuse-seconds = 1\n", SLOW);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    world.freeze_polkit();
    // polkit is slow, so it is good for 25 seconds more.
    wait::until("a request that waits", 2 * wait::EFFECT, || {
        let mut request = agent.connect();
        request.give_up_after(Duration::from_millis(200));
        ask_to_sign("file", &mut request, &key)
            .is_err()
            .then_some(())
    });
    world.thaw_polkit();
}

#[test]
fn a_no_that_polkitd_does_not_announce_is_heard_while_it_is_slow() {
    // What the rule says changes, and polkitd announces nothing.
    let rule = SLOW.replace(
        "\n});",
        r#"
    try {
        polkit.spawn(["/usr/bin/test", "!", "-e", "/tmp/forbidden"]);
    } catch (error) {
        return polkit.Result.NO;
    }
});"#,
    );
    let world = world_with("[polkit]\nreuse-seconds = 6\n", &rule);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    world.root().write("/tmp/forbidden", "");
    wait::until("a refusal", wait::EFFECT, || {
        (!signs(&agent, &key)).then_some(())
    });
}

#[test]
fn requests_that_wait_for_the_same_answer_ask_once() {
    let world = world_with(LASTING, SLOW);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    std::thread::scope(|scope| {
        let one = || signs(&agent, &key);
        let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        for one in all {
            assert!(one.join().expect("an answer"));
        }
    });
    assert_eq!(asked(&world, "use-own-key"), 1);
}

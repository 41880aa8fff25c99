//! The broker reuses an approval of polkit for a while, and what makes it ask again.
//!
//! A rule of polkitd counts the questions.

use std::os::unix::net::UnixStream;

use serde_json::Value;
use sshtpm_tests::agent::Connection;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, text};
use sshtpm_tests::polkit::{self};
use sshtpm_tests::signed_data::{blob, sshsig_in, string};
use sshtpm_tests::{Agent, User, World, broker, wait};

/// Where the rule counts.
const ASKED: &str = "/tmp/asked";

/// Writes down each question of the broker's and leaves the answer to others.
pub(crate) const COUNTING: &str = r#"polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.sshtpm.Broker1.") == 0)
        polkit.spawn(["/bin/sh", "-c", "echo " + action.id + " >>/tmp/asked"]);
});"#;

/// Longer than any test takes.
pub(crate) const LASTING: &str = "[polkit]\nreuse-seconds = 60\n";

/// Numbers of the agent protocol (RFC 9987).
const SIGN_REQUEST: u8 = 13;

const SIGN_RESPONSE: u8 = 14;

pub(crate) fn world() -> World {
    world_with(LASTING, COUNTING)
}

pub(crate) fn world_with(config: &str, rule: &str) -> World {
    let world = World::empty();
    broker::write_config(world.machine(), config);
    polkit::write_rule(world.machine(), rule);
    world.start_all();
    world
}

/// How often polkitd was asked about `action` by now.
pub(crate) fn asked(world: &World, action: &str) -> usize {
    let asked = world.machine().enter(|| std::fs::read_to_string(ASKED));
    let action = format!("org.sshtpm.Broker1.{action}");
    let asked = asked.unwrap_or_default();
    asked.lines().filter(|line| **line == action).count()
}

pub(crate) fn key(user: User<'_>, comment: &str) -> Value {
    user.generate("", comment, none()).expect("a key")
}

/// Whether an agent signs in `namespace`, on a new connection to it.
fn signs_in(namespace: &str, connection: &mut Connection, key: &Value) -> bool {
    let answer = ask_to_sign(namespace, connection, key).expect("an answer");
    answer.first() == Some(&SIGN_RESPONSE)
}

/// What an agent answers to that; an error if there is no answer in time.
pub(crate) fn ask_to_sign(
    namespace: &str,
    connection: &mut Connection,
    key: &Value,
) -> std::io::Result<Vec<u8>> {
    let mut request = vec![SIGN_REQUEST];
    request.extend(string(blob(key)));
    request.extend(string(sshsig_in(namespace, "text")));
    request.extend([0; 4]);
    connection.ask(&request)
}

pub(crate) fn signs(agent: &Agent<'_>, key: &Value) -> bool {
    signs_in("file", &mut agent.connect(), key)
}

#[test]
fn the_broker_asks_polkit_once_for_the_same_connection_to_the_bus() {
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    for _ in 0..3 {
        assert!(signs(&agent, &key));
        agent.command("ssh-add -l").run().ok();
    }
    assert_eq!(asked(&world, "use-own-key"), 1);
    assert_eq!(asked(&world, "list-own-keys"), 1);
}

#[test]
fn a_request_with_a_known_approval_does_not_wait_for_polkitd() {
    let world = world();
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    world.freeze_polkit();
    assert!(signs(&agent, &key));
    world.thaw_polkit();
    assert_eq!(asked(&world, "use-own-key"), 1);
}

#[test]
fn another_connection_to_the_bus_is_asked_about() {
    let world = world();
    let alice = world.alice();
    let key = key(alice, "laptop");
    let agent = Agent::start(alice);
    let other = Agent::start_at(alice, "/run/user/1001/other.sock");
    assert!(signs(&agent, &key) && signs(&other, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
    assert!(signs(&agent, &key) && signs(&other, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
}

#[test]
fn another_key_or_another_use_of_it_is_asked_about() {
    let world = world();
    let alice = world.alice();
    let keys = [key(alice, "laptop"), key(alice, "desktop")];
    let agent = Agent::start(alice);
    for _ in 0..2 {
        for key in &keys {
            for namespace in ["file", "git"] {
                assert!(signs_in(namespace, &mut agent.connect(), key));
            }
        }
    }
    assert_eq!(asked(&world, "use-own-key"), 4);
}

#[test]
fn a_key_that_got_another_name_is_asked_about() {
    let world = world();
    let alice = world.alice();
    let key = key(alice, "laptop");
    let agent = Agent::start(alice);
    assert!(signs(&agent, &key));
    let fingerprint = text(&key, "Fingerprint");
    alice
        .set_comment(&fingerprint, "desktop", none())
        .expect("renamed");
    assert!(signs(&agent, &key));
    assert_eq!(asked(&world, "use-own-key"), 2);
}

#[test]
fn the_broker_asks_polkit_each_time_if_configured_to() {
    let world = world_with("[polkit]\nreuse-seconds = 0\n", COUNTING);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    for times in 1..=3 {
        assert!(signs(&agent, &key));
        assert_eq!(asked(&world, "use-own-key"), times);
    }
}

#[test]
fn a_yes_is_good_for_no_longer_than_configured() {
    let world = world_with("[polkit]\nreuse-seconds = 1\n", COUNTING);
    let key = key(world.alice(), "laptop");
    let agent = Agent::start(world.alice());
    assert!(signs(&agent, &key));
    wait::until("another question", wait::EFFECT, || {
        assert!(signs(&agent, &key));
        (asked(&world, "use-own-key") > 1).then_some(())
    });
}

#[test]
fn a_no_is_asked_about_each_time() {
    let forbidding = COUNTING.replace("});", "    return polkit.Result.NO;\n});");
    let world = world_with(LASTING, COUNTING);
    let key = key(world.alice(), "laptop");
    world.stop_polkit();
    polkit::write_rule(world.machine(), &forbidding);
    world.start_polkit();
    let agent = Agent::start(world.alice());
    for times in 1..=3 {
        assert!(!signs(&agent, &key));
        assert_eq!(asked(&world, "use-own-key"), times);
    }
}

/// alice's agent, beside a person whom polkit can ask.
struct Attended<'w> {
    _agent: sshtpm_tests::user::Running,
    world: &'w World,
}

impl<'w> Attended<'w> {
    const SOCKET: &'static str = "/run/user/1001/attended.sock";

    fn start(world: &'w World) -> Self {
        let command = format!("sshtpm-agent -D -a {}", Self::SOCKET);
        let agent = world.alice().with(Person::Accepts, &command).start();
        wait::until("the agent", wait::START, || {
            let connect = || UnixStream::connect(Self::SOCKET);
            world.machine().enter(connect).ok()
        });
        Self {
            _agent: agent,
            world,
        }
    }

    fn signs(&self, key: &Value) -> bool {
        let mut connection = Connection::to(self.world.machine(), Self::SOCKET);
        signs_in("file", &mut connection, key)
    }
}

#[test]
fn each_use_of_a_key_that_is_to_be_confirmed_is_asked_about() {
    let world = world();
    let alice = world.alice();
    let key = alice.generate("", "careful", option("confirm", true));
    let key = key.expect("a key");
    let agent = Attended::start(&world);
    for times in 1..=3 {
        assert!(agent.signs(&key));
        assert_eq!(alice.prompts().len(), times);
    }
    assert_eq!(asked(&world, "use-own-key"), 1);
}

#[test]
fn how_long_a_password_is_good_for_is_left_to_polkit() {
    let keeping = COUNTING.replace(
        "});",
        r#"    if (action.id == "org.sshtpm.Broker1.use-own-key")
            return polkit.Result.AUTH_SELF_KEEP;
        });"#,
    );
    let world = world_with(LASTING, &keeping);
    let alice = world.alice();
    let key = key(alice, "laptop");
    let agent = Attended::start(&world);
    assert!(agent.signs(&key));
    // Without a person, and with one.
    assert_eq!(asked(&world, "use-own-key"), 2);
    for times in 3..=5 {
        assert!(agent.signs(&key));
        assert_eq!(asked(&world, "use-own-key"), times);
    }
    assert_eq!(alice.prompts().len(), 1);
}

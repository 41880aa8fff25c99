//! What a list costs with three agents of OpenSSH behind the agent.

use std::time::Duration;

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::{Pair, repeat_for, time_of};
use super::stage;
use crate::agent::{Agent, Connection};
use crate::{User, other_agent};

/// Most that the list may take beyond that of an agent behind, in milliseconds.
const GOAL_MS: f64 = 2.0;

/// Where the agents behind listen.
const BEHIND: [&str; 3] = ["/run/user/1001/1", "/run/user/1001/2", "/run/user/1001/3"];

/// Message number of REQUEST_IDENTITIES (RFC 9987).
const REQUEST_IDENTITIES: [u8; 1] = [11];

/// Measures it: a list by the agent with a key of the TPM and one of each agent behind, in turns
/// with a list by one of them.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    stage::start_broker(&world);
    let alice = world.alice();
    Kind::P256.generate(alice);
    let _behind = BEHIND.map(|socket| {
        let agent = other_agent::open_ssh(alice, socket);
        add_key(alice, socket);
        agent
    });
    let socket = format!("{}/agent.sock", alice.runtime_directory());
    let agent = Agent::start_before(alice, &socket, &BEHIND, &[]);
    let mut ours = agent.connect();
    let mut floor = Connection::to(world.machine(), BEHIND[0]);
    assert_eq!(list(&mut ours), 4, "the agent listed something else");
    let times = |connection: &mut Connection| -> Vec<Duration> {
        let one = || {
            time_of(|| {
                list(connection);
            })
        };
        repeat_for(plan.turn(), one)
    };
    let pair = Pair::measure(plan.rounds(), || times(&mut floor), || times(&mut ours));
    vec![row(&pair)]
}

fn add_key(alice: User<'_>, socket: &str) {
    let file = format!("{socket}.key");
    let words = format!("ssh-keygen -q -t ed25519 -N  -f {file}");
    alice.run(&words).ok();
    let add = alice.command(&format!("ssh-add -q {file}"));
    add.env("SSH_AUTH_SOCK", socket).run().ok();
}

/// How many keys there are.
fn list(connection: &mut Connection) -> u32 {
    let answer = connection.ask(&REQUEST_IDENTITIES).expect("an answer");
    let count = answer.get(1..5).and_then(|count| count.try_into().ok());
    count.map_or(0, u32::from_be_bytes)
}

fn row(pair: &Pair) -> Row {
    let beyond = pair.ours().zip(pair.floor());
    let beyond = beyond.map(|(ours, floor)| ours.median_ms - floor.median_ms);
    Row::new("list.behind.3", "REQUEST_IDENTITIES, three agents behind")
        .against_floor(pair)
        .not_kept()
        .figure(beyond, "ms")
        .goal(Goal::AtMost(GOAL_MS))
        .note("the floor is a list by one of the agents behind; the figure is the difference")
}

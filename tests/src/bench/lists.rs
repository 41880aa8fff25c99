//! What a list of keys costs, over a channel and by the agent.

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::{Pair, time_of};
use super::{bus_times, stage};
use crate::agent::Agent;
use crate::many_keys::{self, KeyOwner};
use crate::{User, World};

/// Most that a list of so many keys may take over a channel, in milliseconds.
const GOALS_MS: [(usize, f64); 1] = [(100, 3.0)];

/// The same by the agent, which asks the broker each time.
const GOALS_OF_AGENT_MS: [(usize, f64); 2] = [(1, 0.1), (100, 0.3)];

/// Message number of REQUEST_IDENTITIES (RFC 9987).
const REQUEST_IDENTITIES: [u8; 1] = [11];

/// The owners, each with a number of keys. One key of each is from the TPM.
const OWNERS: [(&str, usize); 3] = [("alice", 1), ("bob", 100), ("carol", 1000)];

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    stage::start_broker(&world);
    let owners = OWNERS.map(|(name, keys)| (world.machine().user(name), keys));
    for (owner, _) in owners {
        Kind::P256.generate(owner);
    }
    world.stop_broker();
    for (owner, keys) in owners {
        let name = KeyOwner::new(owner.uid(), owner.name());
        many_keys::put(world.machine(), &[name], keys - 1);
    }
    adopt(&world);
    stage::start_broker(&world);
    let measure = |(owner, keys)| {
        let [lists, identities] = by_a_program(plan, owner, keys);
        [lists, identities, by_agent(plan, owner, keys)]
    };
    owners.into_iter().flat_map(measure).collect()
}

/// Has all keys name the parent of this TPM, so that they count as usable and are listed by agents,
/// too.
fn adopt(world: &World) {
    let script = "cd /var/lib/sshtpm/keys && \
        p=$(cat 1001/*.json | sed -n 's/.*\"parent\": \"\\(.*\\)\".*/\\1/p') && \
        find . -name '*.json' -print0 | \
        xargs -0 sed -i \"s/\\\"parent\\\": \\\".*\\\"/\\\"parent\\\": \\\"$p\\\"/\"";
    world.root().command("sh -c").arg(script).run().ok();
}

/// `List` and `ListIdentities` over a channel, against a call of the broker's connection to the bus
/// that does nothing. Over the bus, the bytes of answers are bounded, and these are many.
fn by_a_program(plan: Plan, owner: User<'_>, keys: usize) -> [Row; 2] {
    let calls = "ping channel-list channel-identities";
    let (mut lists, mut identities) = (Pair::default(), Pair::default());
    for _ in 0..plan.rounds().count {
        let [pings, of_lists, of_identities] = bus_times::of_calls(owner, calls);
        lists.add(of_lists, pings.clone());
        identities.add(of_identities, pings);
    }
    [
        row("channel", "List over a channel", keys, &lists, &GOALS_MS),
        row(
            "channel-identities",
            "ListIdentities over a channel",
            keys,
            &identities,
            &GOALS_MS,
        ),
    ]
}

/// REQUEST_IDENTITIES, against the same.
fn by_agent(plan: Plan, owner: User<'_>, keys: usize) -> Row {
    let agent = Agent::start(owner);
    let mut connection = agent.connect();
    let mut listed = 0;
    let mut pair = Pair::default();
    for _ in 0..plan.rounds().count {
        let [pings] = bus_times::of_calls(owner, "ping");
        let one = |_| {
            time_of(|| {
                let answer = connection.ask(&REQUEST_IDENTITIES).expect("an answer");
                listed = count(&answer);
            })
        };
        pair.add((0..bus_times::CALLS).map(one).collect(), pings);
    }
    assert_eq!(listed, keys, "the agent listed something else");
    let what = "REQUEST_IDENTITIES";
    row("agent", what, keys, &pair, &GOALS_OF_AGENT_MS)
}

const FLOOR: &str = "the floor is a Ping of the broker's connection to the bus";

/// How many keys an answer has.
fn count(answer: &[u8]) -> usize {
    let count = answer.get(1..5).and_then(|count| count.try_into().ok());
    usize::try_from(count.map_or(0, u32::from_be_bytes)).unwrap_or_default()
}

fn row(id: &str, what: &str, keys: usize, pair: &Pair, goals: &[(usize, f64)]) -> Row {
    let plural = if keys == 1 { "" } else { "s" };
    let row = Row::new(
        format!("list.{id}.{keys}"),
        format!("{what}, {keys} key{plural}"),
    );
    let row = row
        .against_floor(pair)
        .figure(pair.ours().map(|ours| ours.median_ms), "ms")
        .note(FLOOR);
    match goals.iter().find(|(of_keys, _)| *of_keys == keys) {
        Some((_, most)) => row.goal(Goal::AtMost(*most)),
        None => row,
    }
}

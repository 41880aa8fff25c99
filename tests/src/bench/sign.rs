//! One client, one key: a signature through agent, bus and broker, against TPM2_Sign alone.

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::Pair;
use super::{bus_times, stage};
use crate::World;
use crate::agent::Agent;
use crate::call::{purposes, text};
use crate::load::Signer;
use crate::swtpm::PORT;

/// Most that a P-256 signature may take, as a multiple of TPM2_Sign.
const GOAL: f64 = 2.0;

/// Most that the same may take through a channel, without an agent.
const CHANNEL_GOAL: f64 = 1.6;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let mut floors = stage::floors(&world, PORT);
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let mut rows = Vec::new();
    for floor in &mut floors {
        rows.push(hot(plan, &world, &agent, floor));
        if floor.kind() == Kind::P256 {
            rows.extend(without_agent(plan, &world, floor));
        }
    }
    rows
}

/// By a program of alice's that calls the broker itself: over a channel, and over the bus; and of a
/// digest, by a raw key.
fn without_agent(plan: Plan, world: &World, floor: &mut Floor<'_>) -> [Row; 3] {
    let alice = world.alice();
    let (fingerprint, _) = Kind::P256.generate(alice);
    let raw = alice.generate("", "raw", purposes(&["raw"]));
    let raw = text(&raw.expect("a key can be generated"), "Fingerprint");
    let calls = [
        format!("channel-sign={fingerprint}"),
        format!("sign={fingerprint}"),
        format!("channel-digest={raw}"),
    ];
    let mut pairs = <[Pair; 3]>::default();
    for _ in 0..plan.rounds().count {
        let mut floors = Vec::new();
        let mut times = <[Vec<_>; 3]>::default();
        for _ in 0..plan.rounds().turns {
            floors.extend(floor.sign_for(plan.turn()));
            // One after the other, as the floor: what is done in between is in the processor's
            // caches afterwards.
            for (times, call) in times.iter_mut().zip(&calls) {
                let [of_call] = bus_times::of_calls(alice, call);
                times.extend(of_call);
            }
        }
        for (pair, times) in pairs.iter_mut().zip(times) {
            pair.add(times, floors.clone());
        }
    }
    let [channel, bus, digest] = pairs;
    let row = |id: &str, what: &str, pair: &Pair| {
        let what = format!("sign P-256, hot key, {what}, no agent");
        Row::new(format!("sign.p256.{id}"), what).against_floor(pair)
    };
    [
        row("channel", "over a channel", &channel).goal(Goal::AtMost(CHANNEL_GOAL)),
        row("bus", "over the bus", &bus),
        row("digest", "its digest over a channel", &digest),
    ]
}

fn hot(plan: Plan, world: &World, agent: &Agent<'_>, floor: &mut Floor<'_>) -> Row {
    let kind = floor.kind();
    let (_, public_key) = kind.generate(world.alice());
    let mut signer = Signer::new(agent, &public_key);
    stage::warm_up(&mut signer);
    let pair = Pair::measure(
        plan.rounds(),
        || floor.sign_for(plan.turn()),
        || stage::sign_for(&mut signer, plan.turn()),
    );
    let what = format!("sign {}, hot key, 1 client", kind.title());
    let row = Row::new(format!("sign.{}", kind.id()), what).against_floor(&pair);
    match kind {
        Kind::P256 => row.goal(Goal::AtMost(GOAL)),
        _ => row,
    }
}

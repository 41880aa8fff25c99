//! One client, one key: a signature through agent, bus and broker, against TPM2_Sign alone.

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::Pair;
use super::stage;
use crate::World;
use crate::agent::Agent;
use crate::load::Signer;
use crate::swtpm::PORT;

/// Most that a P-256 signature may take, as a multiple of TPM2_Sign.
const GOAL: f64 = 2.0;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let mut floors = stage::floors(&world, PORT);
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let hot = |floor| hot(plan, &world, &agent, floor);
    floors.iter_mut().map(hot).collect()
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

//! Memory of agent and broker: PSS, that is what is theirs alone, and their part of what is shared.
//!
//! Specs: proc_pid_smaps(5), `smaps_rollup`.

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Better, Goal, Row};
use super::sampling::Range;
use super::stage;
use crate::World;
use crate::agent::Agent;
use crate::broker::Broker;
use crate::load::Signer;
use crate::many_keys::{self, KeyOwner};
use crate::wait;

/// Most that an idle agent may have, in megabytes.
const AGENT_GOAL_MB: f64 = 4.0;

/// Most that a broker with [`KEYS`] keys may have, in megabytes.
const BROKER_GOAL_MB: f64 = 16.0;
const KEYS: usize = 10_000;

/// The keys belong to so many users.
const OWNERS: u32 = 200;

/// Programs that sign at once.
const CLIENTS: usize = 8;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let mut rows = Vec::new();
    let public_key = {
        let mut broker = start(&world);
        let (_, public_key) = Kind::P256.generate(world.alice());
        rows.push(row("broker.idle", "broker, 1 key", broker.daemon.pid()));
        broker.stop(world.machine());
        public_key
    };
    many_keys::put(world.machine(), &KeyOwner::strangers(OWNERS), KEYS);
    let broker = start(&world);
    // And alice's.
    let read = format!("keys={}", KEYS + 1);
    assert!(
        broker.daemon.log().contains(&read),
        "not all keys are served"
    );
    let agent = Agent::start(world.alice());
    let pids = (agent.daemon.pid(), broker.daemon.pid());
    rows.push(row("agent.idle", "agent, idle", pids.0).goal(Goal::AtMost(AGENT_GOAL_MB)));
    let with_many = row("broker.10000", "broker, 10,000 keys", pids.1);
    rows.push(with_many.goal(Goal::AtMost(BROKER_GOAL_MB)));
    let signatures = plan.pick(10_000, 1_000);
    sign(&agent, &public_key, signatures);
    let after = format!("after {signatures} signatures");
    rows.push(row(
        &format!("agent.used.{signatures}"),
        &format!("agent, {after}"),
        pids.0,
    ));
    rows.push(row(
        &format!("broker.used.{signatures}"),
        &format!("broker, 10,000 keys, {after}"),
        pids.1,
    ));
    rows
}

/// A broker that has read all its keys, which it does after its first answers.
pub(super) fn start(world: &World) -> Broker {
    let broker = Broker::start(world.machine());
    world.wait_for_tpm("ready");
    wait::until("the reading of the store", wait::EFFECT, || {
        let has_read = broker.daemon.log().contains("the key store was read");
        has_read.then_some(())
    });
    broker
}

fn sign(agent: &Agent<'_>, public_key: &str, signatures: usize) {
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut signer = Signer::new(agent, public_key);
                for _ in 0..signatures / CLIENTS {
                    signer.sign().expect("the agent signs");
                }
            });
        }
    });
}

fn row(id: &str, what: &str, pid: u32) -> Row {
    of_process(&format!("memory.{id}"), &format!("memory, {what}"), pid)
}

/// What one process has now.
pub(super) fn of_process(id: &str, what: &str, pid: u32) -> Row {
    let megabytes = pss_kb(pid).map(|kb| f64::from(kb) / 1024.0);
    let kept = megabytes.map(|value| Range {
        middle: value,
        low: value / (1.0 + NOISE),
        high: value * (1.0 + NOISE),
    });
    let row = Row::new(id, what);
    match kept {
        Some(_) => row.kept_figure(kept, Better::Less, "MB"),
        None => row.note("not measured: smaps_rollup cannot be read"),
    }
}

/// How far two runs of the same programs were seen to be apart.
const NOISE: f64 = 0.05;

pub(super) fn pss_kb(pid: u32) -> Option<u32> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

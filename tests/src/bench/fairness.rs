//! How much longer a user waits for a signature while others do their worst.
//!
//! bob signs through his agent, alone and beside a load, in turns.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::Pair;
use super::stage;
use crate::call::{none, text};
use crate::load::{Busy, Signer, at_the_door, on_the_bus};
use crate::sshd::{Sshd, add_config};
use crate::user::Running;
use crate::{Agent, User, World, wait};

/// Connections of alice, as the project's goal has it.
const CONNECTIONS: usize = 64;

/// Strangers at a time: more than the ten from which on sshd begins to drop some (MaxStartups).
const STRANGERS: usize = 16;

/// sshd's default would have the processors of this machine do a post-quantum key exchange for each
/// stranger, twice, since they are here, too; what is measured is how the TPM is shared.
const CHEAP_FOR_SSHD: &str = "KexAlgorithms curve25519-sha256\n";

/// Most that a signature may take, as a multiple of what it takes alone.
const GOAL: f64 = 2.5;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = World::new();
    let _host_agent = Agent::start(world.host_user());
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    add_config(world.machine(), "40-bench", CHEAP_FOR_SSHD);
    let _sshd = Sshd::start(world.machine());
    let (alice, bob) = (world.alice(), world.bob());
    let (alices_fingerprint, alices_key) = key(alice);
    let bobs_agent = Agent::start(bob);
    let mut bench = Bench {
        plan,
        world: &world,
        bob: Signer::new(&bobs_agent, &key(bob).1),
        alices_agent: Agent::start(alice),
        alices_key,
        alices_fingerprint,
    };
    stage::warm_up(&mut bench.bob);
    vec![
        bench.compare(
            "agent",
            "another's agent, 64 connections",
            Bench::beside_agent,
        ),
        bench.compare(
            "bus",
            "another's 64 connections to the bus",
            Bench::beside_bus,
        ),
        bench.compare(
            "strangers",
            "sshd with 16 strangers",
            Bench::beside_strangers,
        ),
    ]
}

fn key(user: User<'_>) -> (String, String) {
    let key = user.generate("", "bench", none()).expect("a key");
    (text(&key, "Fingerprint"), text(&key, "PublicKey"))
}

/// Everything that is measured with.
struct Bench<'w> {
    plan: Plan,
    world: &'w World,
    bob: Signer,
    alices_agent: Agent<'w>,
    alices_key: String,
    alices_fingerprint: String,
}

/// What bob waited for beside a load, and what that got.
struct Beside {
    waited: Vec<Duration>,
    load_per_second: f64,
}

impl Bench<'_> {
    fn compare(&mut self, id: &str, load: &str, beside: fn(&mut Self) -> Beside) -> Row {
        let (mut pair, mut got) = (Pair::default(), Vec::new());
        for _ in 0..self.plan.pick(5, 1) {
            let alone = self.measure();
            let beside = beside(self);
            got.push(beside.load_per_second);
            pair.add(beside.waited, alone);
        }
        let got = got.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(got > 0.0, "there was a round without load");
        Row::new(
            format!("fairness.{id}"),
            format!("a signature beside {load}"),
        )
        .against_floor(&pair)
        .goal(Goal::AtMost(GOAL))
        .note(format!(
            "the floor is the same alone; the load had {got:.0} signatures/s or more"
        ))
    }

    /// How long each signature of bob's takes now.
    fn measure(&mut self) -> Vec<Duration> {
        let time = Duration::from_millis(self.plan.pick(2_500, 600));
        stage::sign_for(&mut self.bob, time)
    }

    /// The same, while `done` counts what the load has had done.
    fn measure_beside(&mut self, done: impl Fn() -> usize) -> Beside {
        let is_under_way = || (done() >= CONNECTIONS).then_some(());
        wait::until("the load", wait::EFFECT, is_under_way);
        let (start, before) = (Instant::now(), done());
        let waited = self.measure();
        let done = u32::try_from(done() - before).expect("a small number");
        Beside {
            waited,
            load_per_second: f64::from(done) / start.elapsed().as_secs_f64(),
        }
    }

    fn beside_agent(&mut self) -> Beside {
        let signers = (0..CONNECTIONS)
            .map(|_| Signer::new(&self.alices_agent, &self.alices_key))
            .collect();
        let (stop, signed) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let busy = Busy::start(scope, signers, &stop, &signed);
            let beside = self.measure_beside(|| signed.load(Ordering::Relaxed));
            busy.stop().expect("alice may sign");
            beside
        })
    }

    fn beside_bus(&mut self) -> Beside {
        let mut load = on_the_bus(self.world.alice(), CONNECTIONS, &self.alices_fingerprint);
        let beside = self.measure_beside(|| lines(&load));
        assert!(!load.has_ended(), "alice was refused");
        load.kill();
        beside
    }

    fn beside_strangers(&mut self) -> Beside {
        let load = at_the_door(self.world.machine().user("carol"), STRANGERS);
        let beside = self.measure_beside(|| lines(&load));
        load.kill();
        wait::until("the strangers' leaving", wait::EFFECT, || {
            let left = self.world.root().run("pgrep -x ssh-keyscan");
            (left.code() != 0).then_some(())
        });
        beside
    }
}

fn lines(load: &Running) -> usize {
    load.stdout().lines().count()
}

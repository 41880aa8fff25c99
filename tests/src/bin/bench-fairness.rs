//! How much longer a user waits for a signature while others do their worst: `make bench`.
//!
//! bob signs through his agent, alone and beside a load, in turns; what is compared was measured within
//! seconds of each other. Prints a table to standard error and the figures as JSON to standard output.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made ends here, and says why"
)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use sshtpm_tests::call::{none, text};
use sshtpm_tests::load::{Busy, Signer, at_the_door, on_the_bus};
use sshtpm_tests::sshd::{Sshd, add_config};
use sshtpm_tests::user::Running;
use sshtpm_tests::{Agent, User, World, wait};

/// How often each pair is measured.
const ROUNDS: u32 = 5;

/// How long bob signs each time.
const MEASURED: Duration = Duration::from_secs(3);

/// Connections of alice, as the project's goal has it.
const CONNECTIONS: usize = 64;

/// Strangers at a time: more than the ten from which on sshd begins to drop some (MaxStartups).
const STRANGERS: usize = 16;

/// sshd's default would have the processors of this machine do a post-quantum key exchange for each
/// stranger, twice, since they are here, too; what is measured is how the TPM is shared.
const CHEAP_FOR_SSHD: &str = "KexAlgorithms curve25519-sha256\n";

/// Most that a signature may take, as a multiple of what it takes alone.
const GOAL: f64 = 2.5;

/// What bob waited for beside one load.
#[derive(Debug, Serialize)]
struct Figures {
    load: &'static str,
    alone_ms: f64,
    beside_ms: f64,
    ratio: f64,
    /// Of nine in ten signatures.
    beside_most_ms: f64,
    /// What the load got meanwhile.
    load_per_second: f64,
}

/// Everything that is measured with.
struct Bench<'w> {
    world: &'w World,
    bob: Signer,
    alices_agent: Agent<'w>,
    alices_key: String,
    alices_fingerprint: String,
}

fn main() {
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
        world: &world,
        bob: Signer::new(&bobs_agent, &key(bob).1),
        alices_agent: Agent::start(alice),
        alices_key,
        alices_fingerprint,
    };
    let figures = [
        bench.compare("alice's agent, 64 connections", Bench::beside_agent),
        bench.compare("the bus, 64 connections of alice", Bench::beside_bus),
        bench.compare("sshd, 16 strangers", Bench::beside_strangers),
    ];
    show(&figures);
    let report = json!({
        "what": "median time of a signature of another user, beside a load and alone",
        "goal_ratio": GOAL,
        "rounds": ROUNDS,
        "seconds_each": MEASURED.as_secs_f64(),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "figures": figures,
    });
    println!("{report:#}");
}

fn key(user: User<'_>) -> (String, String) {
    let key = user.generate("", "bench", none()).expect("a key");
    (text(&key, "Fingerprint"), text(&key, "PublicKey"))
}

impl Bench<'_> {
    fn compare(&mut self, load: &'static str, beside: fn(&mut Self) -> Beside) -> Figures {
        let (mut alone, mut loaded, mut got) = (Vec::new(), Vec::new(), 0.0);
        for round in 1..=ROUNDS {
            eprintln!("{load}: round {round} of {ROUNDS}");
            alone.extend(self.measure());
            let beside = beside(self);
            loaded.extend(beside.waited);
            got += beside.load_per_second;
        }
        let (alone_ms, beside_ms) = (percentile(&mut alone, 50), percentile(&mut loaded, 50));
        Figures {
            load,
            alone_ms,
            beside_ms,
            ratio: beside_ms / alone_ms,
            beside_most_ms: percentile(&mut loaded, 90),
            load_per_second: got / f64::from(ROUNDS),
        }
    }

    /// How long each signature of bob's takes now.
    fn measure(&mut self) -> Vec<Duration> {
        let start = Instant::now();
        let sign = || {
            let goes_on = start.elapsed() < MEASURED;
            goes_on.then(|| self.bob.sign().expect("bob may sign"))
        };
        std::iter::from_fn(sign).collect()
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

/// What bob waited for beside a load, and what that got.
struct Beside {
    waited: Vec<Duration>,
    load_per_second: f64,
}

fn lines(load: &Running) -> usize {
    load.stdout().lines().count()
}

/// In milliseconds; the middle is that of 50.
fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort();
    let place = times.len() * percent / 100;
    let time = times
        .get(place)
        .unwrap_or_else(|| panic!("nothing was measured"));
    time.as_secs_f64() * 1000.0
}

fn show(figures: &[Figures]) {
    eprintln!();
    eprintln!("bob's signature, median ms   alone  beside   ratio  9 in 10  load/s");
    for one in figures {
        eprintln!(
            "{:<28}{:>6.1}{:>8.1}{:>8.2}{:>9.1}{:>8.0}",
            one.load,
            one.alone_ms,
            one.beside_ms,
            one.ratio,
            one.beside_most_ms,
            one.load_per_second
        );
    }
    let worst = figures.iter().map(|one| one.ratio).fold(0.0, f64::max);
    let verdict = if worst <= GOAL { "within" } else { "MISSED" };
    eprintln!("worst ratio {worst:.2}, goal {GOAL}: {verdict}");
}

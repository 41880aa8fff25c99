//! Many clients at once: signatures in a second, against those of the bare TPM.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::{Better, Goal, Row};
use super::sampling::{Range, Times};
use super::stage;
use crate::agent::Agent;
use crate::load::Signer;
use crate::swtpm::PORT;

/// Least part of the bare TPM's throughput that 16 clients get together.
const GOAL: f64 = 0.85;

/// The number of clients that the goal names.
const CLIENTS_OF_GOAL: usize = 16;

/// Users and clients.
const CROWDS: [(usize, usize); 7] = [(1, 1), (1, 4), (1, 16), (1, 64), (8, 8), (8, 16), (8, 64)];

/// Users of `tests/machine`.
const USERS: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let mut floor = Floor::new(world.machine(), PORT, Kind::P256);
    stage::start_broker(&world);
    let users = USERS.map(|name| world.machine().user(name));
    let agents = users.map(|user| (Agent::start(user), Kind::P256.generate(user).1));
    let compare = |(users, clients)| compare(plan, &mut floor, &agents, users, clients);
    CROWDS.into_iter().map(compare).collect()
}

fn compare(
    plan: Plan,
    floor: &mut Floor<'_>,
    agents: &[(Agent<'_>, String)],
    users: usize,
    clients: usize,
) -> Row {
    let seats = agents.iter().take(users).cycle().take(clients);
    let mut signers: Vec<_> = seats.map(|(agent, key)| Signer::new(agent, key)).collect();
    crowd(&mut signers, 2 * plan.turn());
    let (mut parts, mut waited) = (Vec::new(), Vec::new());
    let (mut rates, mut bare_rates) = (Vec::new(), Vec::new());
    for _ in 0..plan.pick(5, 2) {
        let (mut of_bare, mut of_ours) = (Rate::default(), Rate::default());
        for _ in 0..plan.pick(3, 1) {
            of_bare.add_one_after_the_other(&floor.sign_for(2 * plan.turn()));
            waited.extend(of_ours.add(|| crowd(&mut signers, 5 * plan.turn())));
        }
        parts.push(of_ours.per_second() / of_bare.per_second());
        rates.push(of_ours.per_second());
        bare_rates.push(of_bare.per_second());
    }
    let middle = |rates: &[f64]| Range::of(rates).map_or(0.0, |range| range.middle);
    let (rate, bare) = (middle(&rates), middle(&bare_rates));
    let names = if users == 1 { "1 user" } else { "8 users" };
    let what = format!("throughput, {clients} clients of {names}");
    let keys = match users {
        1 => String::new(),
        _ => ", a key each: more keys than the TPM has places, so most are loaded anew".to_owned(),
    };
    let row = Row::new(format!("throughput.{users}x{clients}"), what)
        .times(Times::of(&waited))
        .kept_figure(Range::of(&parts), Better::More, "of the bare TPM's")
        .note(format!(
            "{rate:.0} signatures/s, the bare TPM {bare:.0}{keys}"
        ));
    match clients {
        CLIENTS_OF_GOAL => row.goal(Goal::AtLeast(GOAL)),
        _ => row,
    }
}

/// Signatures, and how long they took together.
#[derive(Default)]
struct Rate {
    signatures: u32,
    time: Duration,
}

impl Rate {
    fn add(&mut self, work: impl FnOnce() -> Vec<Duration>) -> Vec<Duration> {
        let start = Instant::now();
        let times = work();
        self.time += start.elapsed();
        self.signatures += u32::try_from(times.len()).unwrap_or(u32::MAX);
        times
    }

    /// Of one client, without the time that it takes to begin and to end.
    fn add_one_after_the_other(&mut self, times: &[Duration]) {
        self.time += times.iter().sum::<Duration>();
        self.signatures += u32::try_from(times.len()).unwrap_or(u32::MAX);
    }

    fn per_second(&self) -> f64 {
        f64::from(self.signatures) / self.time.as_secs_f64()
    }
}

/// Has all of them sign without pause for as long as `time`.
fn crowd(signers: &mut [Signer], time: Duration) -> Vec<Duration> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let start = |signer| scope.spawn(|| sign_until(&stop, signer));
        let threads: Vec<_> = signers.iter_mut().map(start).collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<Duration>>| {
            thread.join().expect("a client does not panic")
        };
        threads.into_iter().flat_map(join).collect()
    })
}

fn sign_until(stop: &AtomicBool, signer: &mut Signer) -> Vec<Duration> {
    let next = || {
        let goes_on = !stop.load(Ordering::Relaxed);
        goes_on.then(|| signer.sign().expect("the agent signs"))
    };
    std::iter::from_fn(next).collect()
}

//! From the start of the broker to its first answers, with few and with many keys in the store.

use std::time::{Duration, Instant};

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Better, Goal, Row};
use super::sampling::{Range, Times, milliseconds};
use super::stage;
use crate::agent::Agent;
use crate::broker::{Broker, CONFIG, STATE_DIRECTORY};
use crate::load::Signer;
use crate::many_keys::{self, KeyOwner};
use crate::{World, swtpm, wait};

/// Most that a start with many keys may take longer than one without, in milliseconds.
const GOAL_MS: f64 = 50.0;

/// The rest of the keys belongs to so many others.
const STRANGERS: u32 = 200;

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(1);

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    stage::start_broker(&world);
    let (_, public_key) = Kind::P256.generate(world.alice());
    let agent = Agent::start(world.alice());
    world.stop_broker();
    let mut bench = Bench {
        world: &world,
        agent: &agent,
        public_key,
    };
    bench.keep_as("none");
    bench.add(10, "10");
    bench.add(9_990, "10000");
    let mut rows = bench.compare(plan, "10", "10");
    rows.extend(bench.compare(plan, "10000", "10,000"));
    rows
}

struct Bench<'w> {
    world: &'w World,
    agent: &'w Agent<'w>,
    public_key: String,
}

/// How long a start took.
struct Start {
    list: Duration,
    signature: Duration,
}

impl Bench<'_> {
    fn keep_as(&self, name: &str) {
        let copy = format!("cp -a {STATE_DIRECTORY} {STATE_DIRECTORY}-{name}");
        self.world.root().run(&copy).ok();
    }

    fn add(&self, count: usize, name: &str) {
        let owners = KeyOwner::strangers(STRANGERS);
        many_keys::put(self.world.machine(), &owners, count);
        self.keep_as(name);
    }

    fn compare(&mut self, plan: Plan, store: &str, keys: &str) -> Vec<Row> {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        for _ in 0..plan.pick(9, 2) {
            few.push(self.start("none"));
            many.push(self.start(store));
        }
        let row = |id: &str, what: &str, of: fn(&Start) -> Duration| {
            let id = format!("start.{id}.{store}");
            row(
                &id,
                &format!("start to {what}, {keys} keys"),
                &few,
                &many,
                of,
            )
        };
        vec![
            row("list", "first list", |start| start.list),
            row("signature", "first signature", |start| start.signature),
        ]
    }

    /// Starts a broker with that store, and has alice ask until she is answered.
    fn start(&mut self, store: &str) -> Start {
        let machine = self.world.machine();
        let directory = format!("{STATE_DIRECTORY}-{store}");
        let config = format!(
            "tpm = \"{}\"\nstate-directory = \"{directory}\"\n",
            swtpm::TCTI
        );
        self.world.root().write(CONFIG, config);
        let mut signer = Signer::new(self.agent, &self.public_key);
        let mut lister = self.agent.connect();
        let start = Instant::now();
        let mut broker = Broker::start_unseen(machine);
        until(|| {
            let answer = lister.ask(&[11]).expect("the agent answers");
            answer.starts_with(&[12, 0, 0, 0, 1])
        });
        let list = start.elapsed();
        until(|| signer.sign().is_ok());
        let signature = start.elapsed();
        broker.stop(machine);
        Start { list, signature }
    }
}

fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < wait::EFFECT, "the broker never answered");
        std::thread::sleep(PAUSE);
    }
}

fn row(id: &str, what: &str, few: &[Start], many: &[Start], of: fn(&Start) -> Duration) -> Row {
    let times = |starts: &[Start]| Times::of(&starts.iter().map(of).collect::<Vec<_>>());
    let pairs = few.iter().zip(many);
    let more: Vec<f64> = pairs
        .clone()
        .map(|(few, many)| milliseconds(of(many)) - milliseconds(of(few)))
        .collect();
    let ratios: Vec<f64> = pairs
        .map(|(few, many)| of(many).as_secs_f64() / of(few).as_secs_f64())
        .collect();
    let mut row = Row::new(id, what)
        .times(times(many))
        .kept(Range::of(&ratios), Better::Less)
        .figure(Range::of(&more).map(|more| more.middle), "ms more")
        .goal(Goal::AtMost(GOAL_MS))
        .note("the floor is the same start with no key but the one that is asked for");
    row.floor = times(few);
    row
}

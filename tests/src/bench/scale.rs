//! A large site: 10,000 users with three keys each, 500 of whom have an agent that is connected,
//! and 200 of whom sign at once.
//!
//! Specs: systemd.exec(5), `LimitNOFILE=`; proc_pid_fd(5).

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::{Times, milliseconds, repeat_for, time_of};
use super::{memory, stage};
use crate::agent::{Agent, Connection};
use crate::broker::Broker;
use crate::load::Signer;
use crate::many_keys::{self, KeyOwner};
use crate::{World, crowd, wait};

/// Users whose keys are in the store, and their keys.
const USERS: u32 = 10_000;
const KEYS: usize = 30_000;

/// Agents that are connected, each of another user, and those that sign.
const AGENTS: u32 = 500;
const SIGNING: usize = 200;

/// Channels that the broker has at most (`bus/channel_places.rs`), and `LimitNOFILE=` of its unit.
const MOST_CHANNELS: f64 = 1_024.0;
const MOST_DESCRIPTORS: f64 = 4_096.0;

/// Message number of REQUEST_IDENTITIES (RFC 9987).
const REQUEST_IDENTITIES: [u8; 1] = [11];

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let users = crowd::make(world.machine(), AGENTS);
    stage::start_broker(&world);
    let signing = users.iter().take(SIGNING);
    let keys: Vec<_> = signing.map(|user| Kind::P256.generate(*user).1).collect();
    world.stop_broker();
    many_keys::put(world.machine(), &KeyOwner::strangers(USERS), KEYS);
    let first = users.first().expect("there are some");
    let first = Agent::start(*first);
    let (broker, started) = start(&world, &first);
    let mut agents = vec![first];
    agents.extend(users.iter().skip(1).map(|user| Agent::start(*user)));
    let mut rows = Vec::from(started);
    let mut scale = Scale {
        broker,
        lists: agents.iter().map(Agent::connect).collect(),
    };
    rows.extend(scale.connected());
    let signers = agents.iter().zip(&keys);
    let signers: Vec<_> = signers
        .map(|(agent, key)| Signer::new(agent, key))
        .collect();
    rows.extend(scale.signing(signers, Duration::from_secs(plan.pick(20, 10))));
    rows
}

/// Starts the broker with all keys: until the first user is answered, and until all are read.
fn start(world: &World, first: &Agent<'_>) -> (Broker, [Row; 2]) {
    let mut lister = first.connect();
    let start = Instant::now();
    let broker = Broker::start_unseen(world.machine());
    wait::until("a list", wait::EFFECT, || {
        let answer = lister.ask(&REQUEST_IDENTITIES).expect("the agent answers");
        answer.starts_with(&[12, 0, 0, 0, 1]).then_some(())
    });
    let list = start.elapsed();
    wait::until("the reading of the store", wait::EFFECT, || {
        let has_read = broker.daemon.log().contains("the key store was read");
        has_read.then_some(())
    });
    let read = start.elapsed();
    let row = |id: &str, what: &str, time: Duration| {
        Row::new(format!("scale.start.{id}"), format!("30,000 keys: {what}"))
            .figure(Some(milliseconds(time)), "ms")
    };
    let rows = [
        row("list", "start to first list", list),
        row("read", "start until all are read", read),
    ];
    (broker, rows)
}

/// The broker, and a connection to each agent.
struct Scale {
    broker: Broker,
    lists: Vec<Connection>,
}

impl Scale {
    /// What 500 agents cost that do nothing once they are connected.
    fn connected(&mut self) -> Vec<Row> {
        let before = (self.descriptors(), self.megabytes());
        let list = |agent: &mut Connection| {
            time_of(|| {
                agent.ask(&REQUEST_IDENTITIES).expect("the agent answers");
            })
        };
        let first: Vec<_> = self.lists.iter_mut().map(list).collect();
        let after = (self.descriptors(), self.megabytes());
        let each = (after.0 - before.0) / f64::from(AGENTS - 1);
        let at_most = before.0 + each * MOST_CHANNELS;
        vec![
            Row::new("scale.list.first", "first list of each of 500 agents")
                .times(Times::of(&first)),
            Row::new("scale.memory.keys", "memory, broker, 30,000 keys")
                .figure(Some(before.1), "MB"),
            Row::new("scale.memory.agents", "memory, the same with 500 agents")
                .figure(Some(after.1), "MB"),
            Row::new(
                "scale.descriptors",
                "descriptors of a broker with 1,024 channels",
            )
            .figure(Some(at_most), "")
            .goal(Goal::AtMost(MOST_DESCRIPTORS))
            .note(format!(
                "reckoned: {} with one agent and {} with 500; the goal is LimitNOFILE",
                before.0, after.0
            )),
        ]
    }

    /// What they notice of each other while 200 sign without a pause.
    fn signing(&mut self, signers: Vec<Signer>, time: Duration) -> Vec<Row> {
        let logged = self.broker.daemon.log().len();
        let stop = AtomicBool::new(false);
        let (waited, lists) = std::thread::scope(|scope| {
            let start = |signer| scope.spawn(|| sign_until(&stop, signer));
            let threads: Vec<_> = signers.into_iter().map(start).collect();
            let lists = self.list_for(time);
            stop.store(true, Ordering::Relaxed);
            let threads = threads.into_iter();
            let waited = threads.map(|thread| thread.join().expect("a client does not panic"));
            (waited.collect::<Vec<_>>(), lists)
        });
        let log = self.broker.daemon.log();
        let log = log.get(logged..).unwrap_or_default();
        let counts = waited.iter().map(Vec::len);
        let (fewest, most) = (counts.clone().min(), counts.clone().max());
        let all: usize = counts.sum();
        let ratio = |part: Option<usize>, whole: Option<usize>| {
            let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            Some(number(part?) / number(whole?.max(1)))
        };
        let seconds = usize::try_from(time.as_secs()).unwrap_or(1);
        let (waited, refused): (Vec<_>, Vec<_>) =
            waited.into_iter().flatten().partition(Result::is_ok);
        let waited: Vec<_> = waited.into_iter().flatten().collect();
        vec![
            Row::new("scale.sign", "a signature, 200 users sign at once")
                .times(Times::of(&waited))
                .figure(ratio(Some(all), Some(seconds)), "/s in all")
                .note(refusals(refused.len(), log)),
            Row::new(
                "scale.fairness",
                "signatures of the last of them, of those of the first",
            )
            .figure(ratio(fewest, most), "x"),
            Row::new("scale.list", "a list of a user who does not sign").times(Times::of(&lists)),
            Row::new("scale.memory.signing", "memory, the broker after that")
                .figure(Some(self.megabytes()), "MB"),
            Row::new("scale.journal", "what the broker logs for a signature")
                .figure(ratio(Some(log.len()), Some(all)), "bytes"),
        ]
    }

    /// Lists of one who does not sign, one after the other.
    fn list_for(&mut self, time: Duration) -> Vec<Duration> {
        let last = self.lists.last_mut().expect("there are some");
        repeat_for(time, || {
            std::thread::sleep(PAUSE);
            time_of(|| {
                last.ask(&REQUEST_IDENTITIES).expect("the agent answers");
            })
        })
    }

    fn descriptors(&self) -> f64 {
        let directory = format!("/proc/{}/fd", self.broker.daemon.pid());
        let open = std::fs::read_dir(directory).expect("root may see them");
        f64::from(u32::try_from(open.count()).unwrap_or(u32::MAX))
    }

    fn megabytes(&self) -> f64 {
        let kb = memory::pss_kb(self.broker.daemon.pid());
        f64::from(kb.expect("smaps_rollup can be read")) / 1024.0
    }
}

/// Between two lists of one who watches.
const PAUSE: Duration = Duration::from_millis(20);

/// How long each signature took, or that it was refused.
fn sign_until(stop: &AtomicBool, mut signer: Signer) -> Vec<io::Result<Duration>> {
    let next = || {
        let goes_on = !stop.load(Ordering::Relaxed);
        goes_on.then(|| signer.sign())
    };
    std::iter::from_fn(next).collect()
}

/// How many signatures were refused, and why, in the words of the broker's log. What the agent
/// refuses by itself is not in that.
fn refusals(refused: usize, log: &str) -> String {
    let mut counts = BTreeMap::<_, usize>::new();
    for line in log.lines().filter(|line| line.contains("did not sign")) {
        let why = line.rsplit(": ").next().unwrap_or_default();
        *counts.entry(why).or_default() += 1;
    }
    let each = counts
        .iter()
        .map(|(why, count)| format!("; {count} x {why}"));
    format!("{refused} refused{}", each.collect::<String>())
}

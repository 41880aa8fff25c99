//! What alice notices while bob does his worst: her signatures and logins; and the broker's memory.
//!
//! Each load is measured beside the same alone, just before. Each meets a broker that was started
//! for it, so that one load does not spoil the next.

use std::time::{Duration, Instant};

use super::noticed::Noticed;
use super::plan::Plan;
use super::row::Row;
use super::{guard, login, stage};
use crate::broker::Broker;
use crate::call::{none, text};
use crate::load::Signer;
use crate::neighbours::{self, CONNECTIONS, Load, costly_lists};
use crate::sshd::{Sshd, add_config};
use crate::user::{Invocation, Running};
use crate::{Agent, User, World, wait};

/// Seconds after which a signature or a login has failed, in the whole and in the short form.
const PATIENCE: u64 = 5;
const SHORT_PATIENCE: u64 = 3;

/// What a load has to begin.
const HEAD_START: Duration = Duration::from_secs(1);

/// sshd would have this machine do a post-quantum key exchange, twice.
const CHEAP_FOR_SSHD: &str = "KexAlgorithms curve25519-sha256\n";

/// ssh as alice uses it.
const SSH: &str = "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no \
    -o LogLevel=ERROR -o UserKnownHostsFile=/dev/null -o KexAlgorithms=curve25519-sha256";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let broker = guard::start(&world);
    let _host_agent = Agent::start(world.host_user());
    let _sshd = sshd(&world);
    let (alice, bob) = (world.alice(), world.bob());
    let key = alice.generate("", "bench", none()).expect("a key");
    let key = text(&key, "PublicKey");
    login::authorize(alice, key.clone());
    let _other = login::with_files(&world);
    costly_lists::prepare(bob);
    let bobs = bob.list(none()).expect("bob's keys");
    let bobs = bobs.get(0).expect("a key");
    let mut bench = Bench {
        plan,
        world: &world,
        agent: Agent::start(alice),
        key,
        bob,
        bobs_agent: Agent::start(bob),
        bobs_fingerprint: text(bobs, "Fingerprint"),
        bobs_key: text(bobs, "PublicKey"),
        broker,
    };
    let loads = Load::ALL.into_iter();
    loads.flat_map(|load| bench.beside(load)).collect()
}

/// One with its host key in the TPM.
fn sshd(world: &World) -> Sshd {
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    add_config(world.machine(), "40-bench", CHEAP_FOR_SSHD);
    Sshd::start(world.machine())
}

/// Everything that is measured with.
struct Bench<'w> {
    plan: Plan,
    world: &'w World,
    agent: Agent<'w>,
    key: String,
    bob: User<'w>,
    bobs_agent: Agent<'w>,
    bobs_fingerprint: String,
    bobs_key: String,
    broker: Broker,
}

impl Bench<'_> {
    fn beside(&mut self, load: Load) -> Vec<Row> {
        self.start_anew();
        let alone = self.look();
        let running = self.start(load);
        let mut beside = self.look();
        beside.done = running.stdout().lines().count();
        running.kill();
        beside.recovered = self.signer().sign().is_ok();
        // What came in before the end was still being worked at.
        beside.peak_mb = guard::peak_mb(&self.broker);
        beside.rows(load, &alone)
    }

    /// Starts the load, and waits until there is one.
    fn start(&self, load: Load) -> Running {
        let rest = match load {
            Load::Comments => vec![self.bobs_fingerprint.as_str()],
            Load::AgentCrowd => vec![self.bobs_agent.socket(), self.bobs_key.as_str()],
            _ => Vec::new(),
        };
        let mut running = neighbours::start(self.bob, load, CONNECTIONS, &rest);
        let start = Instant::now();
        // A load of few and long calls has nothing done by then, and is one all the same.
        while running.stdout().is_empty() && start.elapsed() < HEAD_START {
            assert!(!running.has_ended(), "the load {} ended", load.name());
            std::thread::yield_now();
        }
        running
    }

    /// What alice notices now.
    fn look(&self) -> Noticed {
        let time = Duration::from_millis(self.plan.pick(4_000, 800));
        let mut noticed = Noticed::default();
        let mut signer = self.signer();
        let start = Instant::now();
        while start.elapsed() < time {
            // One that is refused at once is as bad as one that never comes.
            let took = signer.sign().unwrap_or_else(|_| {
                noticed.refused += 1;
                signer = self.signer();
                self.patience()
            });
            noticed.signatures.push(took);
        }
        for _ in 0..self.plan.pick(20, 1) {
            let took = self.log_in().unwrap_or_else(|| {
                noticed.logins_refused += 1;
                self.patience()
            });
            noticed.logins.push(took);
        }
        for _ in 0..self.plan.pick(20, 1) {
            let took = self.log_in_with_files();
            noticed
                .logins_with_files
                .push(took.unwrap_or_else(|| self.patience()));
        }
        noticed
    }

    fn log_in(&self) -> Option<Duration> {
        self.take_time(self.agent.command("sh -c"), "")
    }

    fn log_in_with_files(&self) -> Option<Duration> {
        self.take_time(self.world.alice().command("sh -c"), login::USING_FILES)
    }

    /// How long a login takes; `None` if it fails.
    fn take_time(&self, shell: Invocation<'_>, how: &str) -> Option<Duration> {
        let patience = self.patience().as_secs();
        let login = format!("timeout {patience} {SSH} {how} alice@localhost true");
        let start = Instant::now();
        let output = shell.arg(login).run();
        (output.code() == 0).then(|| start.elapsed())
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.plan.pick(PATIENCE, SHORT_PATIENCE))
    }

    fn signer(&self) -> Signer {
        let connection = self.agent.connect();
        connection.give_up_after(self.patience());
        Signer::on(connection, &self.key)
    }

    /// Another broker in the place of the last one, which may have ended.
    fn start_anew(&mut self) {
        self.broker.kill(self.world.machine());
        self.broker = guard::start(self.world);
        wait::until("a signature", wait::EFFECT, || self.signer().sign().ok());
    }
}

//! A busy jump host, at ten times its speed: people come in at random, sshd proves its key to each,
//! and each goes on to another host with a key of the same TPM.
//!
//! The proxy before swtpm takes a tenth of the time of a real chip, ten times as many people come,
//! and what they wait is shown times ten. So five minutes take half a minute, and what our own
//! programs need of the processors counts ten times as much as on a real host.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::chips::{Chip, OF_THE_GOAL};
use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::Times;
use super::stage;
use crate::agent::Agent;
use crate::load::Signer;
use crate::signed_data::exchange_hash;
use crate::{User, World};

/// How much faster everything is.
const FASTER: u32 = 10;

/// Users who go on with a key of the TPM.
const USERS: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// People who wait at once at most; with more, they would wait at the door of sshd.
const AT_ONCE: usize = 64;

/// The broker's bound is for the speed of real hosts.
const BOUNDS: &str = "[limits]\nhost-signatures-per-second = 1000";

const HOST_KEY: &str = "/etc/ssh/sshtpm_host_ecdsa_key.pub";

/// Where sshd's key is, and how many people come in a second.
const DAYS: [(HostKey, &[u32]); 3] = [
    (HostKey::Loaded, &[1, 3, 5, 6, 7]),
    (HostKey::Promoted, &[3, 5, 6, 7]),
    (HostKey::InAFile, &[5, 8, 10]),
];

/// Where the key is by which sshd proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostKey {
    /// In the TPM, as any key.
    Loaded,
    /// In the TPM for good (`sshtpm tpm persist`).
    Promoted,
    /// In a file: the TPM has nothing to do for it.
    InAFile,
}

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let (world, proxy) = stage::behind_proxy(BOUNDS);
    stage::start_broker(&world);
    let host_agent = Agent::start(world.host_user());
    let root = world.root();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    let host_key = root.read(HOST_KEY);
    let users = USERS.map(|name| world.machine().user(name));
    let users = users.map(|user: User<'_>| (Agent::start(user), Kind::P256.generate(user).1));
    let time = Duration::from_secs(plan.pick(30, 6));
    let mut rows = Vec::new();
    for (place, rates) in DAYS {
        if place == HostKey::Promoted {
            promote(&world, &host_key);
        }
        proxy.be(Some(tenth(OF_THE_GOAL)));
        let comers = (0..AT_ONCE).zip(users.iter().cycle());
        let mut comers: Vec<_> = comers
            .map(|(_, (agent, key))| Comer {
                host: host_signer(&host_agent, &host_key, place),
                own: Signer::new(agent, key),
            })
            .collect();
        for rate in rates {
            rows.push(day(&mut comers, place, *rate, time));
        }
        proxy.be(None);
    }
    rows
}

fn host_signer(agent: &Agent<'_>, key: &str, place: HostKey) -> Option<Signer> {
    let signer = || Signer::of(agent.connect(), key, &exchange_hash());
    (place != HostKey::InAFile).then(signer)
}

fn promote(world: &World, host_key: &str) {
    world.root().write("/tmp/host.pub", host_key);
    let promote = "sshtpm tpm persist --owner sshtpm-host /tmp/host.pub";
    world.root().run(promote).ok();
}

/// A chip that is ten times as fast.
fn tenth(chip: Chip) -> Chip {
    Chip {
        sign_p256: chip.sign_p256 / FASTER,
        sign_rsa2048: chip.sign_rsa2048 / FASTER,
        other: chip.other / FASTER,
        ..chip
    }
}

/// Somebody who comes in, and goes on.
struct Comer {
    host: Option<Signer>,
    own: Signer,
}

impl Comer {
    fn pass(&mut self) {
        if let Some(host) = &mut self.host {
            host.sign().expect("the host's agent signs");
        }
        self.own.sign().expect("the agent signs");
    }
}

/// One rate, for a while: what people wait from when they come until they are through.
fn day(comers: &mut [Comer], place: HostKey, rate: u32, time: Duration) -> Row {
    let arrivals = arrivals(rate * FASTER, time);
    let (next, waited) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let start = Instant::now();
    let come = |comer: &mut Comer| {
        while let Some(at) = arrivals.get(next.fetch_add(1, Ordering::Relaxed)) {
            std::thread::sleep(at.saturating_sub(start.elapsed()));
            comer.pass();
            let took = start.elapsed().saturating_sub(*at) * FASTER;
            waited.lock().expect("no comer panics").push(took);
        }
    };
    std::thread::scope(|scope| {
        for comer in comers {
            scope.spawn(move || come(comer));
        }
    });
    let over = start.elapsed().saturating_sub(time) * FASTER;
    let waited = waited.into_inner().expect("no comer panics");
    let (id, what) = match place {
        HostKey::Loaded => ("loaded", "host key in the TPM"),
        HostKey::Promoted => ("promoted", "host key promoted"),
        HostKey::InAFile => ("file", "host key in a file"),
    };
    Row::new(
        format!("jump-host.{id}.{rate}"),
        format!("jump host, {rate} logins/s, {what}"),
    )
    .times(Times::of(&waited))
    .note(format!(
        "{} logins in {} s; the last one was through {:.1} s after the end",
        waited.len(),
        (time * FASTER).as_secs(),
        over.as_secs_f64()
    ))
}

/// When people come, at random with this mean rate a second (a Poisson process), the same in each
/// run.
fn arrivals(rate: u32, time: Duration) -> Vec<Duration> {
    let mut chance = Chance(0x5eed_1234_5678_9abc);
    let mut at = 0.0;
    let next = || {
        at -= chance.fraction().ln() / f64::from(rate);
        (at < time.as_secs_f64()).then(|| Duration::from_secs_f64(at))
    };
    std::iter::from_fn(next).collect()
}

/// Numbers that look random: xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
struct Chance(u64);

impl Chance {
    /// Between 0 and 1, and neither.
    fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = u32::try_from(self.0 >> 32).unwrap_or_default();
        (f64::from(high) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_at_the_named_rate() {
        let all = arrivals(10, Duration::from_secs(1_000));
        assert!((9_700..10_300).contains(&all.len()), "{}", all.len());
        assert!(all.is_sorted());
    }
}

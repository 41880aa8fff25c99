//! How many commands reach the TPM for a signature, counted at the TPM.
//!
//! On a real chip these are the latency. Scenarios hold the exact numbers; here they stand beside
//! the times.

use std::fmt::Write as _;

use super::chip_proxy::{ChipProxy, Counts};
use super::kind::Kind;
use super::pin::public_key;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::{sealed, stage};
use crate::agent::Agent;
use crate::call::{none, purposes, text};
use crate::load::Signer;
use crate::{User, World};

/// So many keys take turns.
const KEYS: usize = 50;

/// Allows them.
const ENOUGH: &str = "[limits]\nkeys-per-user = 100\nkeys-generated-per-hour = 100";

/// Commands for a signature with a key that is in the TPM, and with one that is not.
const HOT: f64 = 1.0;
const COLD: f64 = 3.0;

/// The same for a key that the TPM seals. One that is ready needs no TPM.
const HOT_SEALED: f64 = 0.0;
const COLD_SEALED: f64 = 5.0;

/// Counts them.
pub fn measure(plan: Plan) -> Vec<Row> {
    let (world, proxy) = stage::behind_proxy(ENOUGH);
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let count = Count {
        agent: &agent,
        proxy: &proxy,
    };
    let (_, first) = Kind::P256.generate(world.alice());
    let sealed = sealed::ed25519(world.alice());
    world.restart_broker();
    world.wait_for_tpm("ready");
    let mut signer = Signer::new(&agent, &first);
    let mut of_sealed = Signer::new(&agent, &sealed);
    let mut rows = vec![
        count
            .one("first-use", "first use of a key", &mut signer)
            .goal(Goal::AtMost(COLD)),
        count
            .one("second-use", "second use of it", &mut signer)
            .goal(Goal::AtMost(HOT)),
        count
            .one(
                "sealed.first-use",
                "first use of a sealed key",
                &mut of_sealed,
            )
            .goal(Goal::AtMost(COLD_SEALED)),
        count
            .one("sealed.second-use", "second use of it", &mut of_sealed)
            .goal(Goal::AtMost(HOT_SEALED)),
    ];
    rows.extend(count.rotation(plan, world.alice()));
    rows.push(count.of_digest(world.alice()));
    rows.push(count.with_pin(world.alice()));
    rows.push(count.promoted(&world));
    rows
}

struct Count<'w> {
    agent: &'w Agent<'w>,
    proxy: &'w ChipProxy,
}

impl Count<'_> {
    fn one(&self, id: &str, what: &str, signer: &mut Signer) -> Row {
        self.all(id, what, 1, || {
            signer.sign().expect("the agent signs");
        })
    }

    fn all(&self, id: &str, what: &str, signatures: u32, sign: impl FnOnce()) -> Row {
        let (all, counts) = counted(self.proxy, sign);
        Row::new(format!("commands.{id}"), format!("TPM commands, {what}"))
            .exact(all / f64::from(signatures), "a signature")
            .note(counts)
    }

    /// Keys that take turns: in the second turn, and from the third one on. In the second turn the
    /// context of each is saved.
    fn rotation(&self, plan: Plan, user: User<'_>) -> [Row; 2] {
        let keys = plan.pick(KEYS, KEYS / 2);
        let mut signers: Vec<_> = (0..keys)
            .map(|_| Signer::new(self.agent, &Kind::P256.generate(user).1))
            .collect();
        let signatures = u32::try_from(keys).unwrap_or(u32::MAX);
        let mut turn = || {
            for signer in &mut signers {
                signer.sign().expect("the agent signs");
            }
        };
        turn();
        let what = format!("{keys} keys in turn, the second time");
        let second = self.all(
            &format!("rotation.{keys}.second"),
            &what,
            signatures,
            &mut turn,
        );
        let what = format!("{keys} keys in turn, later");
        let later = self.all(&format!("rotation.{keys}"), &what, signatures, &mut turn);
        [second, later.goal(Goal::AtMost(COLD))]
    }
}

impl Count<'_> {
    fn of_digest(&self, user: User<'_>) -> Row {
        let key = user.generate("", "raw", purposes(&["raw"]));
        let key = text(&key.expect("a key can be generated"), "Fingerprint");
        let sign = || {
            let signed = user.sign_digest(&key, "ecdsa", &[7; 32], none());
            signed.expect("the broker signs");
        };
        sign();
        let row = self.all("digest", "digest, second use of a raw key", 1, sign);
        row.goal(Goal::AtMost(HOT))
    }

    fn with_pin(&self, user: User<'_>) -> Row {
        let fingerprint = user.key_with_pin("pin", PIN);
        let unlocked = user.unlock(&fingerprint, PIN);
        unlocked.expect("the PIN is right");
        let mut signer = Signer::new(self.agent, &public_key(user, &fingerprint));
        signer.sign().expect("the agent signs");
        self.one("pin", "key with a PIN", &mut signer)
    }

    fn promoted(&self, world: &World) -> Row {
        let (fingerprint, public_key) = Kind::P256.generate(world.alice());
        let persist = format!("sshtpm tpm persist --owner alice {fingerprint}");
        let persisted = world.root().run(&persist);
        if persisted.code() != 0 {
            let why = persisted.stderr.lines().next().unwrap_or_default();
            return Row::new("commands.promoted", "TPM commands, promoted key")
                .note(format!("not measured: `sshtpm tpm persist` failed: {why}"));
        }
        world.restart_broker();
        world.wait_for_tpm("ready");
        let mut signer = Signer::new(self.agent, &public_key);
        signer.sign().expect("the agent signs");
        let row = self.one("promoted", "promoted key", &mut signer);
        row.goal(Goal::AtMost(HOT))
    }
}

/// What opens the key that has one.
const PIN: &str = "246810";

/// The names that people know (TPM 2.0 Part 2, "TPM_CC Constants").
const NAMES: [(u32, &str); 12] = [
    (0x11f, "PolicySecret"),
    (0x157, "Load"),
    (0x15d, "Sign"),
    (0x15e, "Unseal"),
    (0x161, "ContextLoad"),
    (0x162, "ContextSave"),
    (0x165, "FlushContext"),
    (0x173, "ReadPublic"),
    (0x176, "StartAuthSession"),
    (0x17a, "GetCapability"),
    (0x17b, "GetRandom"),
    (0x18a, "TestParms"),
];

/// How many commands `work` takes, and which.
pub(super) fn counted(proxy: &ChipProxy, work: impl FnOnce()) -> (f64, String) {
    proxy.take_counts();
    work();
    let counts = proxy.take_counts();
    let all = u32::try_from(counts.values().sum::<usize>()).unwrap_or(u32::MAX);
    (f64::from(all), named(&counts))
}

fn named(counts: &Counts) -> String {
    let mut text = String::new();
    for (code, count) in counts {
        let name = NAMES.iter().find(|(number, _)| number == code);
        let separator = if text.is_empty() { "" } else { ", " };
        let written = match name {
            Some((_, name)) => write!(text, "{separator}{count} {name}"),
            None => write!(text, "{separator}{count} of {code:#x}"),
        };
        written.expect("a string takes everything");
    }
    text
}

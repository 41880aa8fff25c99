//! Ed25519, which the TPM seals and the broker signs with, beside P-256, with which the TPM signs:
//! in turns, with the same agent, hot and cold.

use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::{Pair, Times, repeat_for};
use super::stage;
use crate::User;
use crate::agent::Agent;
use crate::call::{none, text};
use crate::load::Signer;

/// So many keys of each kind take turns, so that none is ready when it is used: more than the seeds
/// that the broker keeps, and the places of swtpm.
const KEYS: usize = 40;

/// Allows them.
const ENOUGH: &str = "[limits]\nkeys-per-user = 100\nkeys-generated-per-hour = 100";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    crate::broker::write_config(world.machine(), ENOUGH);
    stage::start_broker(&world);
    let alice = world.alice();
    let agent = Agent::start(alice);
    let signers = |generate: fn(User<'_>) -> String| -> Vec<Signer> {
        let signer = |_| Signer::new(&agent, &generate(alice));
        (0..KEYS).map(signer).collect()
    };
    let mut sealed = signers(ed25519);
    let mut in_tpm = signers(|user| Kind::P256.generate(user).1);
    let cold = row("cold", plan, &mut in_tpm, &mut sealed);
    for signers in [&mut sealed, &mut in_tpm] {
        signers.truncate(1);
        signers.iter_mut().for_each(stage::warm_up);
    }
    let hot = row("hot", plan, &mut in_tpm, &mut sealed);
    vec![hot, cold]
}

/// A new key of `user`'s, as it is in `authorized_keys`.
///
/// # Panics
///
/// The broker refuses.
pub fn ed25519(user: User<'_>) -> String {
    let key = user.generate("ssh-ed25519", "bench", none());
    text(&key.expect("a key can be generated"), "PublicKey")
}

fn row(state: &str, plan: Plan, in_tpm: &mut [Signer], sealed: &mut [Signer]) -> Row {
    let turn = |signers: &mut [Signer], next: &mut usize| {
        repeat_for(plan.turn(), || {
            let at = *next % signers.len();
            *next += 1;
            let signer = signers.get_mut(at).expect("there is one");
            signer.sign().expect("the agent signs")
        })
    };
    let (mut of_floor, mut of_ours) = (0, 0);
    let mut pair = Pair::default();
    for _ in 0..plan.rounds().count {
        let (mut floor, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds().turns {
            floor.extend(turn(in_tpm, &mut of_floor));
            ours.extend(turn(sealed, &mut of_ours));
        }
        pair.add(ours, floor);
    }
    let rate = |times: Option<Times>| times.map_or(0.0, |times| 1000.0 / times.median_ms);
    let note = format!(
        "{:.0} signatures/s; the floor is P-256 in its place, {:.0}",
        rate(pair.ours()),
        rate(pair.floor()),
    );
    Row::new(
        format!("sealed.{state}"),
        format!("sign Ed25519, {state} key, 1 client"),
    )
    .against_floor(&pair)
    .note(note)
}

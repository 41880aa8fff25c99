//! The same signature by OpenSSH's ssh-agent with tpm2-pkcs11, at a TPM of the same kind.

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::Pair;
use super::stage;
use super::tpm2_pkcs11::{Installed, NOT_THERE};
use crate::swtpm::PORT;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let Some(installed) = Installed::find(world.alice()) else {
        return Kind::ALL.map(|kind| row(kind).note(NOT_THERE)).into();
    };
    let compare = |mut floor| {
        let row = compare(plan, &installed, &mut floor);
        installed.sweep();
        row
    };
    let floors = stage::floors(&world, PORT).into_iter();
    floors.map(compare).collect()
}

fn row(kind: Kind) -> Row {
    let what = format!("sign {}, ssh-agent with tpm2-pkcs11", kind.title());
    Row::new(format!("pkcs11.{}", kind.id()), what)
}

fn compare(plan: Plan, installed: &Installed<'_>, floor: &mut Floor<'_>) -> Row {
    let agent = installed.token(floor.kind()).start_agent();
    let mut signer = agent.signer();
    stage::warm_up(&mut signer);
    let pair = Pair::measure(
        plan.rounds(),
        || floor.sign_for(plan.turn()),
        || stage::sign_for(&mut signer, plan.turn()),
    );
    row(floor.kind())
        .against_floor(&pair)
        .not_kept()
        .note("at a TPM of its own, without a broker: swtpm has no places for both")
}

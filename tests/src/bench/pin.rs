//! A key with a PIN that is remembered, against TPM2_Sign by a key without one.
//!
//! The broker passes the PIN on in a session with a salt, which libtss2 computes with OpenSSL;
//! docs/PERFORMANCE.md says where the time goes.

use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::Pair;
use super::stage;
use crate::User;
use crate::agent::Agent;
use crate::call::{none, text};
use crate::load::Signer;
use crate::swtpm::PORT;

/// What opens the key.
const PIN: &str = "246810";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    let mut floor = Floor::new(world.machine(), PORT, Kind::P256);
    stage::start_broker(&world);
    let alice = world.alice();
    let agent = Agent::start(alice);
    let fingerprint = alice.key_with_pin("bench", PIN);
    let unlocked = alice.unlock(&fingerprint, PIN);
    unlocked.expect("the PIN is right");
    let mut signer = Signer::new(&agent, &public_key(alice, &fingerprint));
    stage::warm_up(&mut signer);
    let pair = Pair::measure(
        plan.rounds(),
        || floor.sign_for(plan.turn()),
        || stage::sign_for(&mut signer, plan.turn()),
    );
    let what = "sign P-256, PIN remembered, 1 client";
    vec![Row::new("pin.p256", what).against_floor(&pair)]
}

/// The public key of one of the user's keys, in a line.
pub(super) fn public_key(user: User<'_>, fingerprint: &str) -> String {
    let keys = user.list(none()).expect("keys can be listed");
    let keys = keys.as_array().expect("a list of keys");
    let mut found = keys
        .iter()
        .filter(|key| text(key, "Fingerprint") == fingerprint);
    text(found.next().expect("the key is there"), "PublicKey")
}

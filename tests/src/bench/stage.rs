//! What most measures begin with: a world whose broker runs, and a user who signs.

use std::time::Duration;

use super::chip_proxy::{self, ChipProxy};
use super::floor::Floor;
use super::kind::Kind;
use super::sampling::repeat_for;
use crate::broker::CONFIG;
use crate::load::Signer;
use crate::world::World;

/// Signatures after which a key counts as hot: each later one does the same work.
const WARM_UP: usize = 5;

/// A bus, polkitd and a TPM, with no broker.
pub fn without_broker() -> World {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    world
}

/// The same, with the proxy before the TPM; the broker will go through it, and have these lines in
/// its configuration.
pub fn behind_proxy(lines: &str) -> (World, ChipProxy) {
    let world = without_broker();
    let config = format!("tpm = \"{}\"\n{lines}\n", chip_proxy::TCTI);
    world.root().write(CONFIG, config);
    let proxy = ChipProxy::start(world.machine());
    (world, proxy)
}

/// A floor for each kind of key, at the TPM behind `port`.
pub fn floors(world: &World, port: u16) -> Vec<Floor<'_>> {
    let floor = |kind| Floor::new(world.machine(), port, kind);
    Kind::ALL.into_iter().map(floor).collect()
}

/// Starts the broker, and waits until it has the TPM.
pub fn start_broker(world: &World) {
    world.start_broker();
    world.wait_for_tpm("ready");
}

/// Signs until each further signature does the same work.
///
/// # Panics
///
/// The agent refuses.
pub fn warm_up(signer: &mut Signer) {
    for _ in 0..WARM_UP {
        signer.sign().expect("the agent signs");
    }
}

/// How long each signature takes, for as long as `time`.
///
/// # Panics
///
/// The agent refuses.
pub fn sign_for(signer: &mut Signer, time: Duration) -> Vec<Duration> {
    repeat_for(time, || signer.sign().expect("the agent signs"))
}

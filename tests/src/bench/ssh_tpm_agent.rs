//! ssh-tpm-agent, which opens `/dev/tpmrm0` and knows no other way to a TPM.
//!
//! So the program `tpm-device` is put there, before the swtpm of a private machine: a terminal in
//! raw mode, which costs two further hand-overs for each command. There is no resource manager
//! behind it.

use std::os::unix::net::UnixStream;

use super::peer::Peer;
use crate::agent::Connection;
use crate::{World, wait};

/// Why there is no figure of it.
pub(super) const NOT_THERE: &str = "not measured: ssh-tpm-agent and ssh-tpm-keygen are not on PATH";

/// A `/dev` with the devices that programs need, and the TPM.
const DEVICES: &str = "set -e\n\
    mkdir /tmp/dev && mount -t tmpfs -o mode=755 none /tmp/dev\n\
    for name in null zero full random urandom tty; do\n\
    touch /tmp/dev/$name && mount --bind /dev/$name /tmp/dev/$name\n\
    done\n\
    mkdir /tmp/dev/pts && mount --rbind /dev/pts /tmp/dev/pts\n\
    touch /tmp/dev/tpmrm0 && mount --bind $(readlink /tmp/tpm) /tmp/dev/tpmrm0\n\
    chmod 666 /tmp/dev/tpmrm0\n\
    mount --rbind /tmp/dev /dev";

/// Its agent with one key, for alice; `None` if it is not installed. The world has no broker.
///
/// # Panics
///
/// It is there, and cannot be started.
pub(super) fn start(world: &World) -> Option<Peer<'_>> {
    let (root, alice) = (world.root(), world.alice());
    let found = root.command("sh -c");
    let found = found.arg("command -v ssh-tpm-agent && command -v ssh-tpm-keygen");
    if found.run().code() != 0 {
        return None;
    }
    let device = root.command("tpm-device /tmp/tpm").daemon();
    wait::until("the device before swtpm", wait::START, || {
        let found = world.machine().enter(|| std::fs::read_link("/tmp/tpm"));
        found.ok()
    });
    root.command("sh -c").arg(DEVICES).run().ok();
    let make = "mkdir -p -m 700 .ssh && ssh-tpm-keygen -t ecdsa -N '' -f .ssh/id_ecdsa";
    alice.command("sh -c").arg(make).run().ok();
    let socket = format!("{}/ssh-tpm-agent.sock", alice.runtime_directory());
    let agent = alice.command("ssh-tpm-agent -l").arg(&socket).daemon();
    wait::until("ssh-tpm-agent", wait::START, || {
        world.machine().enter(|| UnixStream::connect(&socket)).ok()
    });
    // It listens before it has read its keys.
    let mut lister = Connection::to(world.machine(), &socket);
    wait::until("its key", wait::START, || {
        let answer = lister.ask(&[11]).expect("it answers");
        answer.starts_with(&[12, 0, 0, 0, 1]).then_some(())
    });
    Some(Peer {
        id: "ssh-tpm-agent",
        title: "ssh-tpm-agent",
        shell: Box::new(move || alice.command("bash -c")),
        keygen: "ssh-tpm-keygen -t ecdsa -N '' -f k$RANDOM$RANDOM >/dev/null".to_owned(),
        public_key: alice.read(&format!("{}/.ssh/id_ecdsa.pub", alice.home())),
        socket,
        machine: world.machine(),
        daemons: vec![agent, device],
    })
}

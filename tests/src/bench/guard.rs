//! A broker with a bound on its memory, as its unit has one: a load must not take this machine's.
//!
//! Specs: getrlimit(2), `RLIMIT_DATA`; proc_pid_status(5), `VmHWM`.

use std::process::Command;

use crate::World;
use crate::broker::Broker;

/// Twice `MemoryMax=` of the unit. It bounds what is mapped, which is more than what is used.
const MAX_BYTES: u64 = 512 * MEGABYTE;

const MEGABYTE: u64 = 1024 * 1024;

/// The same in megabytes: what a broker that ended is taken to have used.
pub const MAX_MB: f64 = 512.0;

/// Starts a broker so bounded, and waits until it has the TPM.
///
/// # Panics
///
/// It does not come up, or `prlimit` does not bound it.
pub fn start(world: &World) -> Broker {
    let broker = Broker::start(world.machine());
    let mut bound = Command::new("prlimit");
    bound.args([
        format!("--pid={}", broker.daemon.pid()),
        format!("--data={MAX_BYTES}"),
    ]);
    let status = bound.status().expect("util-linux is there");
    assert!(status.success(), "prlimit ended with {status}");
    world.wait_for_tpm("ready");
    broker
}

/// The greatest use of memory so far, in megabytes; `None` once the process has ended.
pub fn peak_mb(broker: &Broker) -> Option<f64> {
    let path = format!("/proc/{}/status", broker.daemon.pid());
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kb: u32 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(f64::from(kb) / 1024.0)
}

//! The broker's memory has PINs in it, and is nobody else's.
//!
//! Pages with a PIN go neither to swap nor into a core dump. Memory that is freed is overwritten by
//! the C library, if the unit's environment says so (`MALLOC_PERTURB_` of mallopt(3), and no cache
//! of freed memory by `glibc.malloc.tcache_count`, which would not be overwritten): libtss2 frees
//! its sessions and messages without doing that.
//!
//! Specs: mlockall(2); PR_SET_DUMPABLE(2const).

use nix::sys::prctl;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, getrlimit};

/// Keeps the memory off the disk and from other processes. What fails is logged: the broker serves
/// all the same, as its users could not unlock a key otherwise.
pub(super) fn protect() {
    if let Err(cause) = prctl::set_dumpable(false) {
        tracing::warn!(%cause, "the broker's memory can be dumped");
    }
    // Under a limit, it would be memory that fails to be had, some time later.
    if getrlimit(Resource::Memlock).current.is_some() {
        tracing::info!("the broker's memory can be swapped out: LimitMEMLOCK= is not infinity");
        return;
    }
    // As it is needed: a stack of a thread, or what the allocator has in reserve, takes nothing.
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    if let Err(cause) = mlockall(all) {
        tracing::warn!(%cause, "the broker's memory can be swapped out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_memory_is_not_dumped() {
        assert_eq!(prctl::get_dumpable(), Ok(true), "before");
        protect();
        assert_eq!(prctl::get_dumpable(), Ok(false));
    }
}

//! Keeps the signal of a broken pipe from the program.
//!
//! A broker that ends leaves a socket on which writing raises `SIGPIPE`, which ends a program that
//! does not expect it. Programs load the module without knowing of a broker.
//!
//! May touch: the signal mask of the calling thread, until it returns.
//!
//! Specs: signal(7), signalfd(2), pthread_sigmask(3).

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Does `work` with `SIGPIPE` blocked in this thread, and takes away what `work` raised.
pub(crate) fn without_sigpipe<T>(work: impl FnOnce() -> T) -> T {
    let _blocked = Blocked::begin();
    work()
}

/// `SIGPIPE`, blocked until this is dropped. `None`: it was blocked before, and the program takes
/// care of it.
struct Blocked(Option<SigSet>);

impl Blocked {
    fn begin() -> Self {
        let mut only = SigSet::empty();
        only.add(Signal::SIGPIPE);
        let before = only.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok();
        Self(before.filter(|before| !before.contains(Signal::SIGPIPE)))
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        let Some(before) = self.0 else { return };
        let mut only = SigSet::empty();
        only.add(Signal::SIGPIPE);
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        if let Ok(raised) = SignalFd::with_flags(&only, flags) {
            let _ = raised.read_signal();
        }
        let _ = before.thread_set_mask();
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal, raise};

    use super::without_sigpipe;

    fn blocks() -> bool {
        let mask = SigSet::thread_get_mask().unwrap();
        mask.contains(Signal::SIGPIPE)
    }

    #[test]
    fn a_signal_that_the_work_raised_is_not_delivered() {
        // A handler of Rust's runtime ignores it; blocked, it would stay pending even so.
        without_sigpipe(|| {
            assert!(blocks());
            raise(Signal::SIGPIPE).unwrap();
        });
        assert!(!blocks());
    }

    #[test]
    fn a_program_that_blocks_it_finds_it_blocked_afterwards() {
        let mut only = SigSet::empty();
        only.add(Signal::SIGPIPE);
        only.thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap();
        without_sigpipe(|| ());
        assert!(blocks());
    }
}

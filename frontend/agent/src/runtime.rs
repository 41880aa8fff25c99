//! The runtime of a process: one thread serves, and few others do what would keep it busy.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// Threads for what would keep the one that serves busy: a passphrase of `ssh-add -x` or `-X`, the
/// proofs of a local and of a forwarded connection, a look-up of names of hosts, and a list of an
/// agent behind, one of each at a time; and what zbus asks the kernel while it connects.
const BLOCKING_THREADS: usize = 6;

/// A runtime of one thread: an agent mostly waits, and each user of the machine has an agent.
///
/// # Errors
///
/// The process has no file descriptor left.
pub(crate) fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
}

/// Does `work`, and leaves what other threads have not ended by then: one may wait for a home
/// directory on another machine, and ends with the process.
pub(crate) fn run<T>(runtime: Runtime, work: impl Future<Output = T>) -> T {
    let done = LocalSet::new().block_on(&runtime, work);
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::task::spawn_blocking;

    use super::{one_thread, run};

    #[test]
    fn a_thread_that_hangs_does_not_keep_the_process() {
        let (release, released) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let work = async {
                let (begin, begun) = oneshot::channel();
                spawn_blocking(move || {
                    let _ = begin.send(());
                    let _ = released.recv();
                });
                begun.await
            };
            done.send(run(one_thread().unwrap(), work))
        });
        let ended = is_done.recv_timeout(Duration::from_secs(10));
        drop(release);
        assert_eq!(ended, Ok(Ok(())));
    }
}

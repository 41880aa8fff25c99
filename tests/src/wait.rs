//! Waiting: always for something that can be seen, and never without an end.

use std::time::{Duration, Instant};

/// How long a component may take to come up. They take milliseconds; a loaded machine with two
/// cores has been seen to need some seconds.
pub const START: Duration = Duration::from_secs(20);

/// How long a command may take. RSA-3072 in the software TPM takes seconds where cores are shared.
pub const COMMAND: Duration = Duration::from_secs(90);

/// How long an effect may take that follows by itself, such as the TPM being found again.
pub const EFFECT: Duration = Duration::from_secs(30);

/// Pause between two looks.
const STEP: Duration = Duration::from_millis(2);

/// Asks `probe` until it gives something.
///
/// # Panics
///
/// It gave nothing for as long as `bound`; the message names `what` was waited for.
pub fn until<T>(what: &str, bound: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(
            start.elapsed() < bound,
            "waited {bound:?} in vain for {what}"
        );
        std::thread::sleep(STEP);
    }
}

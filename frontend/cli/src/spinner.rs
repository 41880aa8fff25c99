//! A sign of life for everything that takes longer than a second.

use std::pin::pin;
use std::time::Duration;

use indicatif::ProgressBar;
use tokio::time::sleep;

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// How long a person waits without wondering.
const PATIENCE: Duration = Duration::from_secs(1);

/// Turns on the terminal behind stderr, if there is one, until it is dropped.
#[derive(Debug)]
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts to turn beside `text`.
    pub(crate) fn start(text: &'static str) -> Self {
        // indicatif draws to stderr, and draws nothing where that is not a terminal.
        let bar = ProgressBar::new_spinner().with_message(text);
        bar.enable_steady_tick(TURN);
        Self(bar)
    }

    /// Does `work`, and turns beside `text` if it takes long. Nothing else may use the terminal
    /// until then.
    pub(crate) async fn during<T>(text: &'static str, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(PATIENCE) => {}
        }
        let _turning = Self::start(text);
        work.await
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

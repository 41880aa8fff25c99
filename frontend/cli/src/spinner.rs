//! A sign of life while the TPM generates a key.

use std::time::Duration;

use indicatif::ProgressBar;

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

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
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

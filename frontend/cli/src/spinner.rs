//! A sign of life for everything that takes longer than a second.
//!
//! Something turns only at a terminal of a person who takes colours: what turns is drawn by escape
//! codes, too, and those who refuse colours have programs or devices that show codes as they are.
//! They get one plain line. What is not a terminal gets nothing.

use std::io::{IsTerminal as _, Write as _};
use std::pin::pin;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use indicatif::ProgressBar;
use tokio::time::sleep;

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// How long a person waits without wondering.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does `work`, and shows `text` at the terminal behind stderr, if there is one, as soon as it has
/// taken long. Nothing else may use the terminal until then.
pub(crate) async fn during<T>(text: &'static str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = sleep(PATIENCE) => {}
    }
    let _shown = Sign::show(text);
    work.await
}

/// What a person sees.
enum Sign {
    Nothing,
    Line,
    /// Until it is dropped.
    Turning(ProgressBar),
}

impl Sign {
    fn show(text: &'static str) -> Self {
        let mut stderr = std::io::stderr();
        if !stderr.is_terminal() {
            return Self::Nothing;
        }
        if AutoStream::choice(&stderr) == ColorChoice::Never {
            // If stderr is closed, there is no place left to print to.
            let _ = writeln!(stderr, "{text} …");
            return Self::Line;
        }
        let bar = ProgressBar::new_spinner().with_message(text);
        bar.enable_steady_tick(TURN);
        Self::Turning(bar)
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        if let Self::Turning(bar) = self {
            bar.finish_and_clear();
        }
    }
}

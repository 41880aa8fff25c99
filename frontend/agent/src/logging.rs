//! The log, which goes to stderr.
//!
//! `SSHTPM_LOG` and `-d` set the level of sshtpm's own crates. They must not make other libraries
//! more verbose, because those may log whole messages.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::AgentError;
use crate::log_writer::LogWriter;

/// The variable that names the level: off, error, warn (the default), info, debug or trace.
pub(super) const VARIABLE: &str = "SSHTPM_LOG";

/// Starts logging. `is_debug` is the option `-d` and comes before `SSHTPM_LOG`.
///
/// # Errors
///
/// `SSHTPM_LOG` does not name a level.
pub(super) fn start(is_debug: bool) -> Result<(), AgentError> {
    let level = match std::env::var(VARIABLE) {
        _ if is_debug => LevelFilter::DEBUG,
        Ok(level) => level.parse().map_err(|_| AgentError::BadLogLevel)?,
        Err(_) => LevelFilter::WARN,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| LogWriter(io::stderr()))
        .without_time()
        .with_target(false)
        // The agent goes on if stderr is closed.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(targets(level))
        .with(lines)
        .init();
    Ok(())
}

/// `level` for the agent and what it shares with the command line, errors alone for the libraries.
fn targets(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("sshtpm_agent", level)
        .with_target("sshtpm_client", level)
}

#[cfg(test)]
mod tests {
    use super::{LevelFilter, targets};
    use tracing::Level;

    #[test]
    fn a_level_holds_for_the_programs_own_crates_and_no_others() {
        let targets = targets(LevelFilter::DEBUG);
        let client = std::any::type_name::<sshtpm_client::Broker>();
        for own in [module_path!(), client] {
            assert!(targets.would_enable(own, &Level::DEBUG), "{own}");
        }
        assert!(!targets.would_enable("zbus::connection", &Level::WARN));
        assert!(targets.would_enable("zbus::connection", &Level::ERROR));
    }
}

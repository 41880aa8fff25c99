//! What goes to stderr.
//!
//! Only lines of sshtpm itself can be made louder: libraries below may show whole messages.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::AgentError;

/// Names the level: off, error, warn (the default), info, debug or trace.
pub(super) const VARIABLE: &str = "SSHTPM_LOG";

/// Starts logging; `is_debug` is the option `-d`.
///
/// # Errors
///
/// `SSHTPM_LOG` is no level.
pub(super) fn start(is_debug: bool) -> Result<(), AgentError> {
    let level = match std::env::var(VARIABLE) {
        _ if is_debug => LevelFilter::DEBUG,
        Ok(level) => level.parse().map_err(|_| AgentError::BadLogLevel)?,
        Err(_) => LevelFilter::WARN,
    };
    let wanted = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("sshtpm_agent", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .without_time()
        .with_target(false)
        // A stderr that nobody reads any more is no reason to end.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(wanted)
        .with(lines)
        .init();
    Ok(())
}

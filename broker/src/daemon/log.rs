//! Where the log goes.
//!
//! The log goes to stderr as text; under systemd that is the journal. Only the record of use goes
//! to the journal by its native protocol, so that `journalctl SSHTPM_USER=alice` can search its
//! fields. Without a journal it is text, too.
//!
//! Specs: systemd.exec(5), `JOURNAL_STREAM`; systemd.journal-fields(7).

use std::os::linux::fs::MetadataExt as _;

use tracing::Metadata;
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::log_use::TARGET;

/// Starts logging.
pub(super) fn start() {
    let wanted = wanted();
    let journal = journal();
    let is_there = journal.is_some();
    let goes_there = move |event: &Metadata<'_>| is_there && event.target() == TARGET;
    // The journal has its own clock.
    let text = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time();
    tracing_subscriber::registry()
        .with(wanted)
        .with(text.with_filter(filter_fn(move |event| !goes_there(event))))
        .with(journal.with_filter(filter_fn(goes_there)))
        .init();
}

/// What is seen: what `SSHTPM_LOG` says, a list of `TARGET=LEVEL` and levels.
fn wanted() -> Targets {
    let named = std::env::var("SSHTPM_LOG").ok();
    named
        .and_then(|named| named.parse().ok())
        .unwrap_or_else(|| {
            Targets::new()
                .with_default(LevelFilter::INFO)
                .with_target("zbus", LevelFilter::WARN)
        })
}

/// The journal's own way, if stderr leads to the journal, too.
fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    if stream != stderr_stream()? {
        return None;
    }
    let layer = tracing_journald::layer().ok()?;
    let priorities = PriorityMappings {
        info: Priority::Informational,
        ..PriorityMappings::new()
    };
    Some(
        layer
            .with_field_prefix(Some("SSHTPM".to_owned()))
            .with_priority_mappings(priorities),
    )
}

/// What `JOURNAL_STREAM` says if it is about this stderr.
fn stderr_stream() -> Option<String> {
    let stderr = std::fs::metadata("/proc/self/fd/2").ok()?;
    Some(format!("{}:{}", stderr.st_dev(), stderr.st_ino()))
}

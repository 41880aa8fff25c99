//! How long a question waits for its answer.

use std::time::Duration;

/// How long a person may take to give a PIN. The broker gives polkit's questions the same time
/// (`authority/mod.rs` there).
pub const MAX_ANSWER: Duration = Duration::from_secs(120);

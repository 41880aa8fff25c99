//! Whether systemd runs this machine, and whether it starts a unit at the next boot.
//!
//! May touch: runs `systemctl is-enabled`. Must never enable or start a unit.
//!
//! Sources: systemctl(1), sd_booted(3).

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::program;

/// A directory that exists only if systemd is PID 1: sd_booted(3).
const BOOTED: &str = "/run/systemd/system";

/// How long systemctl may take; it asks PID 1, which answers in milliseconds.
const MAX_ASKING: Duration = Duration::from_secs(25);

/// Whether systemd starts a unit at the next boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtBoot {
    /// The unit is enabled, or another unit starts it.
    Enabled,
    /// It is not.
    NotEnabled,
    /// systemd does not say, or does not run here.
    Unsaid,
}

/// Whether systemd runs this machine.
pub(crate) fn is_booted() -> bool {
    Path::new(BOOTED).is_dir()
}

/// Asks systemd about `unit`.
pub(crate) async fn at_boot(unit: &str) -> AtBoot {
    if is_booted() {
        ask("systemctl", unit).await
    } else {
        AtBoot::Unsaid
    }
}

async fn ask(systemctl: &str, unit: &str) -> AtBoot {
    let mut command = Command::new(systemctl);
    command.args(["is-enabled", "--quiet", unit]);
    match program::run(command, MAX_ASKING).await {
        Ok(ended) if ended.status.success() => AtBoot::Enabled,
        Ok(_) => AtBoot::NotEnabled,
        Err(_) => AtBoot::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::{AtBoot, ask};

    #[tokio::test]
    async fn systemctl_says_it_by_how_it_ends() {
        assert_eq!(ask("true", "x.socket").await, AtBoot::Enabled);
        assert_eq!(ask("false", "x.socket").await, AtBoot::NotEnabled);
        assert_eq!(ask("/nonexistent/systemctl", "x").await, AtBoot::Unsaid);
    }
}

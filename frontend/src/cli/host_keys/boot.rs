//! Whether the agent of the host keys will be there after a reboot.
//!
//! Purpose: sshd does not start without host keys, so an agent that was started by hand alone would
//! lock everybody out at the next boot. May touch: runs `systemctl is-enabled`. Must never enable or
//! start anything itself.
//!
//! Sources: systemctl(1), sd_booted(3).

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::cli::args::HOST_AGENT_SOCKET;
use crate::cli::error::Failure;

/// How to have the agent's socket now and after each boot.
pub(crate) const ENABLE_COMMAND: &str = "systemctl enable --now sshtpm-host-agent.socket";

/// The unit of [`HOST_AGENT_SOCKET`].
const UNIT: &str = "sshtpm-host-agent.socket";

/// A directory where systemd is PID 1, and nowhere else: sd_booted(3).
const BOOTED: &str = "/run/systemd/system";

/// How long systemctl may take; it asks PID 1, which answers in milliseconds.
const MAX_ASKING: Duration = Duration::from_secs(25);

/// Checks that systemd will make `agent_socket` at each boot, where it is for systemd to make.
///
/// # Errors
///
/// It will not, or systemd cannot be asked.
pub(crate) async fn check(agent_socket: &Path) -> Result<(), Failure> {
    if agent_socket == Path::new(HOST_AGENT_SOCKET) && Path::new(BOOTED).is_dir() {
        is_enabled("systemctl").await
    } else {
        Ok(())
    }
}

async fn is_enabled(systemctl: &str) -> Result<(), Failure> {
    let mut command = Command::new(systemctl);
    command
        .args(["is-enabled", "--quiet", UNIT])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let status = tokio::time::timeout(MAX_ASKING, command.status())
        .await
        .map_err(|_elapsed| not_sure("systemctl does not answer"))?
        .map_err(|error| not_sure(format!("systemctl cannot be run: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(not_sure(format!("{UNIT} is not enabled")))
    }
}

fn not_sure(why: impl std::fmt::Display) -> Failure {
    Failure::new("cannot make sshd use the host keys in the TPM", why).and_next(format!(
        "sshd would not start after a reboot. Run `{ENABLE_COMMAND}` first."
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{check, is_enabled};
    use crate::cli::error::Failure;

    fn block_on(future: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_unit_that_is_enabled_is_fine() {
        assert_eq!(block_on(is_enabled("true")), Ok(()));
    }

    #[test]
    fn a_unit_that_is_not_enabled_is_refused_with_the_command_to_run() {
        for systemctl in ["false", "/nonexistent/systemctl"] {
            let text = block_on(is_enabled(systemctl)).unwrap_err().to_string();
            let command = "`systemctl enable --now sshtpm-host-agent.socket`";
            assert!(text.contains(command), "{text}");
        }
    }

    #[test]
    fn a_socket_that_systemd_does_not_make_is_not_asked_for() {
        assert_eq!(block_on(check(Path::new("/run/mine.sock"))), Ok(()));
    }
}

//! Ends the agent whose process ID is in `SSH_AGENT_PID` (`sshtpm-agent -k`).
//!
//! Must never end a process that is not an agent of this user: the kernel uses process IDs again.
//!
//! Specs: ssh-agent(1); proc_pid_status(5); pidfd_open(2).

use std::fs;
use std::io;

use nix::unistd::getuid;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::environment::{PID, Shell, print};
use super::identity;
use crate::error::AgentError;

/// Ends the agent, and prints the commands that make `shell` forget it.
///
/// # Errors
///
/// `SSH_AGENT_PID` does not name an agent of this user.
pub(crate) fn run(shell: Shell) -> Result<(), AgentError> {
    let pid = std::env::var_os(PID).ok_or(AgentError::NoAgentPid)?;
    let pid = pid.to_str().and_then(|pid| pid.parse::<i32>().ok());
    // For kill(2), 0 and negative numbers mean groups of processes.
    let pid = pid.filter(|pid| *pid > 0).ok_or(AgentError::BadAgentPid)?;
    end(pid)?;
    print(&shell.ended(pid))
}

/// Opens the process before it looks at it. If the ID then comes to mean another process, the
/// signal still goes to the first one.
fn end(pid: i32) -> Result<(), AgentError> {
    let failed = |error| match error {
        Errno::SRCH => AgentError::AgentGone(pid),
        error => AgentError::CannotEnd {
            pid,
            source: error.into(),
        },
    };
    let number = Pid::from_raw(pid).ok_or(AgentError::BadAgentPid)?;
    let process = pidfd_open(number, PidfdFlags::empty()).map_err(failed)?;
    let status = status(pid)?;
    if is_dead(&status) {
        return Err(AgentError::AgentGone(pid));
    }
    if !is_agent(&status, getuid().as_raw()) {
        return Err(AgentError::NotAnAgent(pid));
    }
    pidfd_send_signal(process, Signal::TERM).map_err(failed)
}

fn status(pid: i32) -> Result<String, AgentError> {
    fs::read_to_string(format!("/proc/{pid}/status")).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            AgentError::AgentGone(pid)
        } else {
            AgentError::CannotEnd { pid, source: error }
        }
    })
}

/// Whether the process has ended and its parent has not yet asked for its exit status.
fn is_dead(status: &str) -> bool {
    field(status, "State:") == Some("Z")
}

/// Identifies an agent by name and real user. The agent cannot be traced, so not even its user
/// can read `/proc/PID/exe`.
fn is_agent(status: &str, uid: u32) -> bool {
    field(status, "Name:").is_some_and(|name| name.as_bytes() == identity::NAME.to_bytes())
        && field(status, "Uid:").is_some_and(|real| real == uid.to_string())
}

/// The first word of a field.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::{end, is_agent, is_dead};
    use crate::error::AgentError;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    const STATUS: &str = "Name:\tsshtpm-agent\nUmask:\t0022\nUid:\t1000\t1000\t1000\t1000\n";

    /// A process that outlives any test unless the test ends it.
    fn sleeper() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn pid(child: &Child) -> i32 {
        i32::try_from(child.id()).unwrap()
    }

    fn wait_until(pid: i32, is_so: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !super::status(pid).is_ok_and(|status| is_so(&status)) {
            assert!(
                Instant::now() < deadline,
                "the process never reached the expected state"
            );
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_agent_is_ended() {
        // A process has the name of the file that it was started from.
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sshtpm-agent");
        std::os::unix::fs::symlink("/bin/sleep", &path).unwrap();
        let mut agent = Command::new(&path).arg0("sleep").arg("60").spawn().unwrap();
        wait_until(pid(&agent), |status| {
            is_agent(status, super::getuid().as_raw())
        });
        end(pid(&agent)).unwrap();
        assert_eq!(agent.wait().unwrap().signal(), Some(15));
    }

    #[test]
    fn another_program_is_not_ended() {
        let mut other = sleeper();
        let left = end(pid(&other));
        let lives = other.try_wait().unwrap().is_none();
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(matches!(left, Err(AgentError::NotAnAgent(_))));
        assert!(lives);
    }

    #[test]
    fn a_process_that_has_ended_is_reported_as_gone() {
        let mut ended = sleeper();
        let pid = pid(&ended);
        ended.kill().unwrap();
        wait_until(pid, is_dead);
        assert!(matches!(end(pid), Err(AgentError::AgentGone(_))));
        ended.wait().unwrap();
        assert!(matches!(end(pid), Err(AgentError::AgentGone(_))));
    }

    #[test]
    fn an_agent_of_this_user_is_recognised() {
        assert!(is_agent(STATUS, 1000));
    }

    #[test]
    fn an_agent_of_another_user_is_not_recognised() {
        assert!(!is_agent(STATUS, 100));
        assert!(!is_agent(STATUS, 0));
    }

    #[test]
    fn a_zombie_counts_as_dead() {
        assert!(is_dead(&format!("{STATUS}State:\tZ (zombie)\n")));
        assert!(!is_dead(&format!("{STATUS}State:\tS (sleeping)\n")));
    }

    #[test]
    fn another_program_is_not_taken_for_an_agent() {
        assert!(!is_agent(
            &STATUS.replace("sshtpm-agent", "sshtpm-agents"),
            1000
        ));
        assert!(!is_agent(&STATUS.replace("sshtpm-agent", "bash"), 1000));
        assert!(!is_agent("", 1000));
    }
}

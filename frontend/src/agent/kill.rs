//! `sshtpm-agent -k`: ends the agent whose process number is in `SSH_AGENT_PID`.
//!
//! Must never end a process that is not an agent of this user: numbers of processes come back.
//!
//! Specs: ssh-agent(1); proc_pid_status(5).

use std::fs;
use std::io;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getuid};

use super::environment::{PID, Shell, print};
use super::error::AgentError;
use super::process;

/// Ends the agent and prints the lines that make the shell forget it.
///
/// # Errors
///
/// `SSH_AGENT_PID` does not name an agent of this user.
pub(super) fn run(shell: Shell) -> Result<(), AgentError> {
    let pid = std::env::var_os(PID).ok_or(AgentError::NoAgentPid)?;
    let pid = pid.to_str().and_then(|pid| pid.parse::<i32>().ok());
    // 0, -1 and other negative numbers are groups of processes to kill(2).
    let pid = pid.filter(|pid| *pid > 0).ok_or(AgentError::BadAgentPid)?;
    let status = status(pid)?;
    if is_dead(&status) {
        return Err(AgentError::AgentGone(pid));
    }
    if !is_agent(&status, getuid().as_raw()) {
        return Err(AgentError::NotAnAgent(pid));
    }
    kill(Pid::from_raw(pid), Signal::SIGTERM).map_err(|source| AgentError::CannotEnd {
        pid,
        source: source.into(),
    })?;
    print(&shell.ended(pid))
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

/// Whether only its entry is left, because its parent did not ask for its exit status yet.
fn is_dead(status: &str) -> bool {
    field(status, "State:") == Some("Z")
}

/// Tells by name and real user. The agent cannot be traced, so not even its user can see which
/// program it is in `/proc/PID/exe`.
fn is_agent(status: &str, uid: u32) -> bool {
    field(status, "Name:").is_some_and(|name| name.as_bytes() == process::NAME.to_bytes())
        && field(status, "Uid:").is_some_and(|real| real == uid.to_string())
}

/// The first word of a field.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::{is_agent, is_dead};

    const STATUS: &str = "Name:\tsshtpm-agent\nUmask:\t0022\nUid:\t1000\t1000\t1000\t1000\n";

    #[test]
    fn an_agent_of_this_user_is_one() {
        assert!(is_agent(STATUS, 1000));
    }

    #[test]
    fn an_agent_of_another_user_is_none() {
        assert!(!is_agent(STATUS, 100));
        assert!(!is_agent(STATUS, 0));
    }

    #[test]
    fn what_is_left_of_a_dead_agent_is_dead() {
        assert!(is_dead(&format!("{STATUS}State:\tZ (zombie)\n")));
        assert!(!is_dead(&format!("{STATUS}State:\tS (sleeping)\n")));
    }

    #[test]
    fn another_program_is_none() {
        assert!(!is_agent(
            &STATUS.replace("sshtpm-agent", "sshtpm-agents"),
            1000
        ));
        assert!(!is_agent(&STATUS.replace("sshtpm-agent", "bash"), 1000));
        assert!(!is_agent("", 1000));
    }
}

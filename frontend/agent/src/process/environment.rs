//! The commands that tell a shell where the agent is.
//!
//! Specs: ssh-agent(1).

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;

use crate::error::AgentError;

/// The variable in which clients find the socket.
pub(crate) const SOCKET: &str = "SSH_AUTH_SOCK";

/// The variable in which `-k` finds the process ID.
pub(crate) const PID: &str = "SSH_AGENT_PID";

/// The shell that will run the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// sh and those like it.
    Sh,
    /// csh and tcsh.
    Csh,
}

impl Shell {
    /// The commands for an agent that runs in the background as `pid`.
    pub(crate) fn started(self, socket: &Path, pid: u32) -> Vec<u8> {
        let mut lines = self.set(SOCKET, socket.as_os_str());
        lines.extend(self.set(PID, OsStr::new(&pid.to_string())));
        lines.extend(format!("echo Agent pid {pid};\n").into_bytes());
        lines
    }

    /// The commands for an agent in the foreground. It is ended there, so `-k` does not need its
    /// `pid`.
    pub(crate) fn foreground(self, socket: &Path, pid: u32) -> Vec<u8> {
        let mut lines = self.set(SOCKET, socket.as_os_str());
        lines.extend(format!("echo Agent pid {pid};\n").into_bytes());
        lines
    }

    /// The commands after `pid` was ended.
    pub(crate) fn ended(self, pid: i32) -> Vec<u8> {
        let unset = match self {
            Self::Sh => "unset",
            Self::Csh => "unsetenv",
        };
        format!("{unset} {SOCKET};\n{unset} {PID};\necho Agent pid {pid} killed;\n").into_bytes()
    }

    fn set(self, name: &str, value: &OsStr) -> Vec<u8> {
        let value = self.quote(value.as_encoded_bytes());
        match self {
            Self::Sh => [
                name.as_bytes(),
                b"=",
                &value,
                b"; export ",
                name.as_bytes(),
                b";\n",
            ]
            .concat(),
            Self::Csh => [b"setenv ", name.as_bytes(), b" ", &value, b";\n"].concat(),
        }
    }

    /// Prints a plain path as ssh-agent does, and quotes any other value.
    fn quote(self, value: &[u8]) -> Vec<u8> {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(byte);
        if value.iter().all(is_plain) {
            return value.to_vec();
        }
        let mut quoted = vec![b'\''];
        for byte in value {
            match byte {
                b'\'' => quoted.extend_from_slice(b"'\\''"),
                // csh expands its history within quotes, and a newline ends a quoted string.
                b'!' | b'\n' if self == Self::Csh => quoted.extend_from_slice(&[b'\\', *byte]),
                _ => quoted.push(*byte),
            }
        }
        quoted.push(b'\'');
        quoted
    }
}

/// Writes `lines` to standard output.
///
/// # Errors
///
/// Standard output is closed, or the disk is full.
pub(crate) fn print(lines: &[u8]) -> Result<(), AgentError> {
    let mut out = io::stdout().lock();
    let written = out.write_all(lines).and_then(|()| out.flush());
    written.map_err(AgentError::Output)
}

#[cfg(test)]
mod tests {
    use super::Shell;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn the_commands_are_those_of_ssh_agent() {
        let socket = Path::new("/run/user/1000/sshtpm/agent.sock");
        assert_eq!(
            String::from_utf8(Shell::Sh.started(socket, 42)).unwrap(),
            "SSH_AUTH_SOCK=/run/user/1000/sshtpm/agent.sock; export SSH_AUTH_SOCK;\n\
             SSH_AGENT_PID=42; export SSH_AGENT_PID;\n\
             echo Agent pid 42;\n"
        );
        assert_eq!(
            String::from_utf8(Shell::Csh.started(socket, 42)).unwrap(),
            "setenv SSH_AUTH_SOCK /run/user/1000/sshtpm/agent.sock;\n\
             setenv SSH_AGENT_PID 42;\n\
             echo Agent pid 42;\n"
        );
        assert_eq!(
            String::from_utf8(Shell::Sh.ended(42)).unwrap(),
            "unset SSH_AUTH_SOCK;\nunset SSH_AGENT_PID;\necho Agent pid 42 killed;\n"
        );
    }

    #[test]
    fn a_shell_takes_any_path_literally() {
        let path = "/tmp/it's; $(touch /nowhere) \"!\" *\\";
        let lines = Shell::Sh.foreground(Path::new(path), 1);
        let script = String::from_utf8(lines).unwrap() + "printf %s \"$SSH_AUTH_SOCK\"";
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, format!("Agent pid 1\n{path}"));
    }
}

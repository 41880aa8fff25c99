//! The command line. Options that make sense here are those of ssh-agent(1).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use crate::asking::person::AgentPerson;
use crate::behind::settings::{AgentBehind, Otherwise, Settings, TooManyAgents};
use crate::listening::socket::SocketId;
use crate::process::environment::Shell;

/// SSH agent for keys in the machine's TPM.
///
/// Speaks the protocol of ssh-agent, so that ssh, git, ssh-add and sshd can use the keys that
/// `sshtpm keygen` makes. Without -D, -d or COMMAND, the agent goes into the background and prints
/// the shell commands that set SSH_AUTH_SOCK: eval $(sshtpm-agent -s)
#[derive(Debug, Parser)]
#[command(name = "sshtpm-agent", version)]
pub(super) struct Arguments {
    /// Listen at PATH instead of $XDG_RUNTIME_DIR/sshtpm/agent.sock
    #[arg(short = 'a', value_name = "PATH")]
    pub(super) address: Option<PathBuf>,

    /// Offer the keys of the agent at SOCKET, too. May be repeated, in the order of the keys
    ///
    /// SOCKET is an absolute path, or begins with ~/ or a variable. The agent may belong to root,
    /// or to the user who runs this one.
    #[arg(short = 'A', value_name = "SOCKET", value_parser = AgentBehind::named)]
    pub(super) behind: Vec<AgentBehind>,

    /// Stay in the foreground and log to stderr
    #[arg(short = 'D')]
    pub(super) foreground: bool,

    /// Stay in the foreground and log at level debug
    #[arg(short = 'd')]
    pub(super) debug: bool,

    /// Print shell commands for sh
    #[arg(short = 's', conflicts_with = "csh")]
    sh: bool,

    /// Print shell commands for csh
    #[arg(short = 'c')]
    csh: bool,

    /// End the agent whose process ID is in SSH_AGENT_PID
    #[arg(
        short = 'k',
        conflicts_with_all = ["address", "behind", "foreground", "debug", "command"]
    )]
    pub(super) kill: bool,

    /// Serve the socket at standard input. The agent starts itself so in the background
    #[arg(long, hide = true, value_name = "DEVICE:INODE", requires = "address")]
    pub(super) adopt: Option<SocketId>,

    /// Ask for PINs through the socket at PATH. The unit of systemd starts the agent so
    #[arg(long, hide = true, value_name = "PATH", conflicts_with_all = ["adopt", "command"])]
    askpass_socket: Option<PathBuf>,

    /// Ask for one PIN, for the agent at standard input. sshtpm-askpass@.service runs this
    #[arg(long, hide = true, exclusive = true)]
    pub(super) askpass: bool,

    /// Run COMMAND with SSH_AUTH_SOCK set, and end when it ends
    #[arg(
        trailing_var_arg = true,
        value_name = "COMMAND",
        conflicts_with_all = ["foreground", "adopt"]
    )]
    pub(super) command: Vec<OsString>,
}

impl Arguments {
    /// The person to ask for PINs.
    pub(super) fn person(&self) -> AgentPerson {
        AgentPerson::new(self.askpass_socket.as_deref())
    }

    /// The agents behind.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub(super) fn settings(&self, otherwise: Otherwise) -> Result<Settings, TooManyAgents> {
        Settings::new(self.behind.clone(), otherwise)
    }

    /// The shell to print commands for. Without `-s` or `-c`, `SHELL` decides.
    pub(super) fn shell(&self) -> Shell {
        let is_csh = || {
            let shell = std::env::var_os("SHELL");
            shell.is_some_and(|shell| shell.as_encoded_bytes().ends_with(b"csh"))
        };
        if self.csh || (!self.sh && is_csh()) {
            Shell::Csh
        } else {
            Shell::Sh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::{CommandFactory, Parser};

    fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(["sshtpm-agent"].iter().chain(arguments))
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_command_keeps_its_own_options() {
        for arguments in [
            ["sh", "-c", "ssh-add -l"].as_slice(),
            &["--", "sh", "-c", "ssh-add -l"],
        ] {
            let command = parse(arguments).unwrap().command;
            assert_eq!(command, ["sh", "-c", "ssh-add -l"]);
        }
    }

    #[test]
    fn an_option_that_only_ssh_agent_has_is_an_error() {
        assert!(parse(&["-t", "60"]).is_err());
    }

    #[test]
    fn options_that_contradict_each_other_are_an_error() {
        for arguments in [["-k", "-D"], ["-s", "-c"], ["-k", "true"], ["-D", "true"]] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }
}

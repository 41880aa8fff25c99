//! The command line. Options that make sense here are those of ssh-agent(1).

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum};

use crate::asking::person::AgentPerson;
use crate::config::{AgentName, Wanted, WrittenPath};
use crate::lifetime::Lifetime;
use crate::listening::place::Place;
use crate::listening::socket::SocketId;
use crate::notify::settings::Occasion;
use crate::only::{NotASelection, Selection, Selector};
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

    /// Listen at a private path in $TMPDIR or /tmp
    #[arg(short = 'T', conflicts_with_all = ["address", "name"])]
    pub(super) in_temporary: bool,

    /// Listen at $XDG_RUNTIME_DIR/sshtpm/NAME.sock, and serve as [agent.NAME] in agent.toml says
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<AgentName>,

    /// Offer KEY alone: a fingerprint, a comment, or purpose:NAME. May be repeated.
    ///
    /// Comes before `only` in agent.toml. Without --name, no agent of that file is behind this one.
    #[arg(long, value_name = "KEY")]
    only: Vec<Selector>,

    /// Offer the keys of the agent at SOCKET, too. May be repeated, in the order of the keys.
    ///
    /// SOCKET is an absolute path, or begins with ~/, %t or a variable, as in agent.toml, whose
    /// agents it replaces. `ordinary-keys` in that file holds if it names one of the new agents.
    /// The agent may belong to root, or to the user who runs this one.
    #[arg(short = 'A', value_name = "SOCKET")]
    behind: Vec<WrittenPath>,

    /// Leave agent.toml alone, and keep no ordinary keys
    #[arg(long)]
    no_load: bool,

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
        conflicts_with_all = ["address", "behind", "name", "only", "foreground", "debug", "command"]
    )]
    pub(super) kill: bool,

    /// Print the path where the agent would listen, and start none
    #[arg(long, conflicts_with_all = ["kill", "in_temporary", "command"])]
    pub(super) print_socket: bool,

    /// Print how agent.toml has agents serve, as TOML, and start none
    ///
    /// A mistake in the file is an error. Paths are printed as they expand now.
    #[arg(long, exclusive = true)]
    pub(super) print_config: bool,

    /// Remove the private sockets that dead agents left behind, and start none
    #[arg(short = 'u', action = ArgAction::Count, conflicts_with_all = ["kill", "command"])]
    clean_up: u8,

    /// Do not remove the sockets of dead agents at the start
    #[arg(short = 'U')]
    pub(super) no_clean_up: bool,

    /// Have ordinary keys forgotten after LIFE: seconds, or a time as in sshd_config(5)
    #[arg(short = 't', value_name = "LIFE", help_heading = ORDINARY)]
    lifetime: Option<Lifetime>,

    /// Pass OPTION to ssh-agent. May be repeated
    #[arg(short = 'O', value_name = "OPTION", help_heading = ORDINARY)]
    options: Vec<String>,

    /// Let ssh-add load libraries whose paths match PATTERNS alone
    #[arg(short = 'P', value_name = "PATTERNS", help_heading = ORDINARY)]
    providers: Option<String>,

    /// Have ssh-agent show fingerprints of ordinary keys with HASH; those of keys in the TPM are
    /// SHA256
    #[arg(short = 'E', value_name = "HASH", help_heading = ORDINARY)]
    hash: Option<FingerprintHash>,

    /// Show notifications of the desktop: when a key was used, or while a question for a PIN or a
    /// confirmation is open
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(super) notify: Vec<Occasion>,

    /// Serve the socket at standard input. The agent starts itself so in the background
    #[arg(
        long,
        hide = true,
        value_name = "DEVICE:INODE",
        requires = "adopted_path"
    )]
    pub(super) adopt: Option<SocketId>,

    /// The path of that socket
    #[arg(long, hide = true, value_name = "PATH", requires = "adopt")]
    pub(super) adopted_path: Option<PathBuf>,

    /// That socket has a directory of its own, which goes with it
    #[arg(long, hide = true, requires = "adopt")]
    pub(super) in_own_directory: bool,

    /// Ask for PINs through the socket at PATH. The unit of systemd starts the agent so
    #[arg(long, hide = true, value_name = "PATH", conflicts_with_all = ["adopt", "command"])]
    askpass_socket: Option<PathBuf>,

    /// Ask for one PIN, for the agent at standard input. sshtpm-askpass@.service runs this
    #[arg(long, hide = true, exclusive = true)]
    pub(super) askpass: bool,

    /// Reach agents behind through the socket at PATH. The unit of systemd starts the agent so
    #[arg(
        long,
        hide = true,
        value_name = "PATH",
        conflicts_with_all = [
            "adopt", "behind", "command", "lifetime", "options", "providers", "hash"
        ]
    )]
    pub(super) dialler_socket: Option<PathBuf>,

    /// Connect agents to those behind them. sshtpm-dialler.service runs this
    #[arg(long, hide = true, exclusive = true)]
    pub(super) dialler: bool,

    /// Run COMMAND with SSH_AUTH_SOCK set, and end when it ends
    #[arg(
        trailing_var_arg = true,
        value_name = "COMMAND",
        conflicts_with_all = ["foreground", "adopt"]
    )]
    pub(super) command: Vec<OsString>,
}

/// The heading of what is for the `ssh-agent` of OpenSSH that keeps ordinary keys.
const ORDINARY: &str = "Options for the ssh-agent that keeps ordinary keys";

/// A hash of a fingerprint that OpenSSH knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FingerprintHash {
    Md5,
    Sha256,
}

impl Arguments {
    /// The person to ask for PINs.
    pub(super) fn person(&self) -> AgentPerson {
        AgentPerson::new(self.askpass_socket.as_deref())
    }

    /// Where the agent listens.
    pub(super) fn place(&self) -> Place {
        match (&self.address, &self.name) {
            (Some(path), _) => Place::Named(path.clone()),
            (None, Some(name)) => Place::OfName(name.socket()),
            (None, None) if self.in_temporary => Place::Temporary,
            (None, None) => Place::Usual,
        }
    }

    /// Which agent is asked for.
    ///
    /// # Errors
    ///
    /// There are too many keys.
    pub(super) fn wanted(&self) -> Result<Wanted, NotASelection> {
        let only = (!self.only.is_empty()).then(|| Selection::try_from(self.only.clone()));
        Ok(Wanted {
            name: self.name.clone(),
            only: only.transpose()?,
            behind: self.behind.clone(),
            notifications: (!self.notify.is_empty()).then(|| self.notify.iter().collect()),
            no_load: self.no_load,
        })
    }

    /// The options of the `ssh-agent` that keeps ordinary keys.
    pub(super) fn for_ssh_agent(&self) -> Vec<String> {
        let one = |name: &str, value: &str| [name.to_owned(), value.to_owned()];
        let lifetime = self.lifetime.as_ref().map(|life| one("-t", life.as_str()));
        let providers = self.providers.as_ref().map(|patterns| one("-P", patterns));
        let hash = self.hash.map(|hash| match hash {
            FingerprintHash::Md5 => one("-E", "md5"),
            FingerprintHash::Sha256 => one("-E", "sha256"),
        });
        let options = self.options.iter().map(|option| one("-O", option));
        let all = options.chain(lifetime).chain(providers).chain(hash);
        all.flatten().collect()
    }

    /// Whether dead sockets are removed, and nothing else is done.
    pub(super) fn cleans_up(&self) -> bool {
        self.clean_up > 0
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
    fn every_option_of_ssh_agent_is_known() {
        let line = "-D -T -U -E md5 -O no-restrict-websafe -P /usr/lib/* -t 1h30m";
        let parsed = parse(&line.split(' ').collect::<Vec<_>>()).unwrap();
        let passed = "-O no-restrict-websafe -t 1h30m -P /usr/lib/* -E md5";
        assert_eq!(parsed.for_ssh_agent().join(" "), passed);
        for line in [["-u"].as_slice(), &["-uu"], &["-k"], &["-a", "/x", "-d"]] {
            assert!(parse(line).is_ok(), "{line:?}");
        }
    }

    #[test]
    fn a_value_that_ssh_agent_would_not_take_is_an_error() {
        for line in [["-t", "never"], ["-t", "0"], ["-E", "sha1"]] {
            assert!(parse(&line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn an_agent_behind_is_written_as_in_the_file() {
        assert!(parse(&["-A", "%t/keyring/ssh", "-A", "~/x"]).is_ok());
        assert!(parse(&["-A", "keyring/ssh"]).is_err());
    }

    #[test]
    fn options_that_contradict_each_other_are_an_error() {
        for arguments in [
            ["-k", "-D"],
            ["-s", "-c"],
            ["-k", "true"],
            ["-D", "true"],
            ["-k", "--name=x"],
            ["-T", "-a/x"],
            ["-u", "true"],
            ["--print-socket", "true"],
            ["--dialler-socket=/x", "-A/y"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }
}

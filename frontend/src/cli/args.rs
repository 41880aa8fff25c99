//! The arguments of `sshtpm`, and their help texts.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Where the agent of the host keys listens: `ListenStream=` of `sshtpm-host-agent.socket`.
pub(crate) const HOST_AGENT_SOCKET: &str = "/run/sshtpm-host/agent.sock";

/// Where the configuration of the host keys is unless the command line says otherwise.
const HOST_KEYS_CONFIG: &str = "/etc/sshtpm/host-keys.toml";

const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  failed; the message says why and what to do next
     `setup`: something is left to do; `doctor`: a check failed
  2  wrong usage
  3  `status`: the TPM is not ready
  4  `host-keys disable`: there are no host key files, without which sshd would not start";

/// SSH keys in the TPM of this machine
#[derive(Debug, Parser)]
#[command(name = "sshtpm", version, after_help = EXIT_STATUS, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print only errors, questions, and what was asked for
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Do not ask for a password where polkit wants one; fail instead
    #[arg(long, global = true)]
    pub(crate) no_ask_password: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Keygen(KeygenArgs),
    List(ListArgs),
    Show(ShowArgs),
    Rm(RmArgs),
    Comment(CommentArgs),
    Status(StatusArgs),
    Setup(SetupArgs),
    Doctor(DoctorArgs),
    HostKeys(HostKeysArgs),
}

/// Which key to generate.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    /// Type of key: ecdsa (the default), rsa, or a full SSH name such as ecdsa-sha2-nistp384
    #[arg(short = 't', long = "type", value_name = "ALG")]
    pub(crate) key_type: Option<String>,

    /// Length in bits: 256, 384 or 521 for ecdsa; 2048, 3072 or 4096 for rsa
    #[arg(short, long)]
    pub(crate) bits: Option<u32>,

    /// What to call the key; user@host if not given
    #[arg(short = 'C', long)]
    pub(crate) comment: Option<String>,
}

/// Generate a key in the TPM
///
/// The private key never leaves the TPM. The public key is written to a file, by which ssh finds
/// the key in the agent: `ssh -i FILE`, `IdentityFile FILE`, `ssh-copy-id -f -i FILE`.
#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    #[command(flatten)]
    pub(crate) key: NewKeyArgs,

    /// Where to write the public key; .pub is appended if missing.
    /// [default: ~/.ssh/id_sshtpm_ecdsa.pub or ~/.ssh/id_sshtpm_rsa.pub]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Replace the public key file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// List your keys
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// List the keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Print a public key, as a line for authorized_keys
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "FP|COMMENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Delete keys for good
#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    #[command(flatten)]
    pub(crate) deletion: DeletionArgs,

    /// Delete keys of this user instead; for administrators
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
}

/// Which keys to delete.
#[derive(Debug, Args)]
pub(crate) struct DeletionArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments
    #[arg(value_name = "KEY", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// Delete without asking
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// Rename a key
#[derive(Debug, Args)]
pub(crate) struct CommentArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or present comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// The new comment
    pub(crate) text: String,
}

/// Show whether the TPM and the broker can be used
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Set up everything that ssh needs: the first command of a new user
///
/// Checks the TPM, the broker and the agent, generates a key if you have none, says where its public
/// half goes, and has ssh ask the agent. What is there already stays as it is. Where nobody can be
/// asked and --yes is not given, it says what it would do, and changes nothing. The agent that ssh
/// asks is also the one that `ssh -A` forwards.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Do it without asking. An agent with other keys in it, or one that does not answer, is left in
    /// charge nevertheless; an empty one is not
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// How ssh is to find the agent
    #[arg(long, value_enum, value_name = "HOW", default_value_t = AgentBy::SshConfig)]
    pub(crate) agent_by: AgentBy,

    #[command(flatten)]
    pub(crate) key: NewKeyArgs,
}

/// How ssh is to find the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgentBy {
    /// IdentityAgent in ~/.ssh/config: for ssh, scp, sftp and git (not for its signatures), in
    /// every session
    SshConfig,
    /// SSH_AUTH_SOCK in ~/.config/environment.d: for ssh-add and ssh-keygen, too, in what systemd
    /// starts for you, such as a desktop, from the next login on
    Environment,
}

/// Check everything between ssh and the TPM, and say what to do next
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// How to print.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Keep the host keys of sshd in the TPM
#[derive(Debug, Args)]
pub(crate) struct HostKeysArgs {
    #[command(subcommand)]
    pub(crate) command: HostKeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HostKeysCommand {
    /// Generate a host key in the TPM
    Generate(NewKeyArgs),
    /// List the host keys
    List(JsonArgs),
    /// Delete host keys for good
    ///
    /// A key that sshd is told to use is deleted with --force only.
    Rm(HostKeysRmArgs),
    /// Make sure that sshd has host keys in the TPM
    ///
    /// Generates a key of each type of which no usable one is there, then does what `enable` does.
    /// Where everything is as it should be, nothing is written. A TPM that is not there yet is waited
    /// for: 15 s, or 60 s where the firmware says that there is one. Fit to run at each boot before
    /// sshd: sshtpm-host-keygen.service does.
    Ensure(EnsureArgs),
    /// Make sshd use the host keys in the TPM
    ///
    /// Has every key sign once, writes public key files and a drop-in for sshd's configuration, has
    /// sshd check them, and takes everything back if sshd does not accept them. Where systemd runs,
    /// sshtpm-host-agent.socket is enabled and started first.
    Enable(EnableArgs),
    /// Make sshd use its host key files again
    ///
    /// Public key files stay, as sshd needs them until it is reloaded; a later `enable` removes those
    /// that are not needed. Host key files that were put away come back. Without any it refuses, as
    /// sshd would not start.
    Disable(SshdArgs),
}

/// Which host keys there have to be.
#[derive(Debug, Args)]
pub(crate) struct EnsureArgs {
    /// Types of which there has to be a key, instead of those in the configuration: as in `keygen -t`,
    /// with the bits of `-b` behind a colon. Example: ecdsa,rsa:4096
    #[arg(short = 't', long = "type", value_name = "LIST", value_delimiter = ',')]
    pub(crate) types: Vec<String>,

    #[command(flatten)]
    pub(crate) enable: EnableArgs,
}

/// How sshd is made to use the host keys.
#[derive(Debug, Args)]
pub(crate) struct EnableArgs {
    /// Configuration file; one that is not there means the defaults
    #[arg(long, value_name = "FILE", default_value = HOST_KEYS_CONFIG)]
    pub(crate) config: PathBuf,

    /// Directory for the public key files, instead of the one in the configuration
    #[arg(long, value_name = "DIR")]
    pub(crate) key_dir: Option<PathBuf>,

    /// Put sshd's host key files away, to NAME.before-sshtpm, once sshd uses the keys in the TPM;
    /// `disable` brings them back
    #[arg(long)]
    pub(crate) replace_existing: bool,

    #[command(flatten)]
    pub(crate) sshd: SshdArgs,
}

/// Which host keys to delete.
#[derive(Debug, Args)]
pub(crate) struct HostKeysRmArgs {
    #[command(flatten)]
    pub(crate) deletion: DeletionArgs,

    /// sshd's configuration directory
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) sshd_config_dir: Option<PathBuf>,
}

/// Where sshd is.
#[derive(Debug, Args)]
pub(crate) struct SshdArgs {
    /// Directory with sshd_config and sshd_config.d [default: /etc/ssh]
    #[arg(long, value_name = "DIR")]
    pub(crate) sshd_config_dir: Option<PathBuf>,

    /// Socket of the agent that serves the host keys
    #[arg(long, value_name = "PATH", default_value = HOST_AGENT_SOCKET)]
    pub(crate) agent_socket: PathBuf,

    /// The program sshd [default: looked up in PATH, /usr/local/sbin, /usr/sbin and /sbin]
    #[arg(long, value_name = "PATH")]
    pub(crate) sshd: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_empty_key_name_is_wrong_usage() {
        let error = Cli::try_parse_from(["sshtpm", "rm", ""]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn rm_without_a_key_is_wrong_usage() {
        let error = Cli::try_parse_from(["sshtpm", "rm", "--force"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn quiet_is_accepted_after_the_subcommand() {
        let cli = Cli::try_parse_from(["sshtpm", "keygen", "-q", "--no-ask-password"]).unwrap();
        assert!(cli.quiet && cli.no_ask_password);
    }
}

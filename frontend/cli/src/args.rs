//! The arguments of `sshtpm`, and their help texts.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use sshtpm_ssh::purpose::Purpose;

use super::time_span::TimeSpan;

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
    Restrict(RestrictArgs),
    Passwd(PasswdArgs),
    Unlock(UnlockArgs),
    Lock(LockArgs),
    Log(LogArgs),
    Status(StatusArgs),
    Tpm(TpmArgs),
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

    #[command(flatten)]
    pub(crate) pin: NewPinArgs,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,
}

/// What a key is for, and where.
#[derive(Debug, Default, Args)]
pub(crate) struct RestrictionArgs {
    /// What the key is for; a new one is for auth and sign if this is not given
    #[arg(long = "for", value_name = "LIST", value_enum, value_delimiter = ',')]
    pub(crate) purposes: Vec<PurposeArg>,

    /// Let it sign in this namespace alone, such as git or file; give it several times for several
    #[arg(long, value_name = "NS", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) namespace: Vec<String>,

    /// Let it log in at this host alone, and as this user if one is named (* and ? stand for other
    /// characters); give it several times for several. The host is known by its keys in known_hosts.
    /// For a port: [HOST]:PORT
    #[arg(long, value_name = "[USER@]HOST", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: Vec<String>,

    /// Let it log in there from this host, to which the agent is forwarded (ssh -A), and here itself;
    /// give it several times for several in a row. A jump host (ssh -J) is none: name it with --to
    #[arg(
        long,
        value_name = "[USER@]HOST",
        requires = "to",
        conflicts_with = "no_forwarding",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) via: Vec<String>,

    /// Take the host keys of the host that --to names from this file, with a public key in each line,
    /// and not from known_hosts
    #[arg(long, value_name = "FILE", requires = "to")]
    pub(crate) host_key: Option<PathBuf>,

    /// Keep it from forwarded agent connections (ssh -A)
    #[arg(long)]
    pub(crate) no_forwarding: bool,

    /// Have a person confirm each use
    #[arg(long)]
    pub(crate) confirm: bool,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeArg {
    /// Logging in
    Auth,
    /// Signing files and commits
    Sign,
    /// Issuing SSH certificates
    Ca,
    /// Being a host key of sshd
    Host,
}

impl PurposeArg {
    /// The word on the bus.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => Purpose::Auth.name(),
            Self::Sign => Purpose::Sign.name(),
            Self::Ca => Purpose::Ca.name(),
            Self::Host => Purpose::Host.name(),
        }
    }
}

/// Whether a new key is to have a PIN.
#[derive(Debug, Args)]
pub(crate) struct NewPinArgs {
    /// Give the key a PIN, without which the TPM does not sign with it; it is asked for twice
    #[arg(long)]
    pub(crate) pin: bool,

    /// Give the key a PIN, which is the first line of standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
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

/// Change what a key may be used for
///
/// What is not named stays as it is. To allow less takes nobody's word; to allow anything that was not
/// allowed before asks for your password. The broker keeps to it whoever asks, your own programs
/// included.
#[derive(Debug, Args)]
pub(crate) struct RestrictArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,

    /// Let it sign in any namespace
    #[arg(long, conflicts_with = "namespace")]
    pub(crate) any_namespace: bool,

    /// Let it log in everywhere
    #[arg(long, conflicts_with = "to")]
    pub(crate) anywhere: bool,

    /// Let it be used over forwarded agent connections
    #[arg(long, conflicts_with = "no_forwarding")]
    pub(crate) forwarding: bool,

    /// Let it be used without a confirmation
    #[arg(long, conflicts_with = "confirm")]
    pub(crate) no_confirm: bool,
}

/// Change or remove the PIN of a key
///
/// Asks for the present PIN and twice for the new one. A PIN cannot be added to a key that was
/// generated without one. Removing it asks for your password.
#[derive(Debug, Args)]
pub(crate) struct PasswdArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// Remove the PIN
    #[arg(long)]
    pub(crate) remove: bool,

    /// Read the present PIN, then the new one, from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Give the PINs of keys, to be remembered for a while
///
/// The broker remembers them until `sshtpm lock`, the end of your last login session, or the time that
/// the administrator allows.
#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments; without any, all
    /// keys that are locked
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,

    /// For how long, if it is to be shorter: 8h, 30m, 1h30m
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) time: Option<TimeSpan>,

    /// Read the PINs from standard input, one line each
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Have PINs forgotten
#[derive(Debug, Args)]
pub(crate) struct LockArgs {
    /// Fingerprints, unique beginnings of them (at least 4 characters), or comments; without any, all
    /// your keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) keys: Vec<String>,
}

/// Look after the TPM; for administrators
#[derive(Debug, Args)]
pub(crate) struct TpmArgs {
    #[command(subcommand)]
    pub(crate) command: TpmCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TpmCommand {
    /// Show how near the TPM is to its lockout, or end it
    ///
    /// A TPM refuses everything that has a password and is protected against guessing once it has
    /// seen too many wrong ones. SSH keys with a PIN are concerned, too; those without are not.
    Lockout(LockoutArgs),
    /// Have the TPM itself keep a key, so that using it is faster
    ///
    /// A key that the TPM keeps signs with one command; others are loaded for it, which a chip may take
    /// longer for than for the signature. Meant for the few keys that have to be fast, such as sshd's. There is
    /// room for 16 at most, in many chips for fewer, and other programs need some of it. The key stays one
    /// that sshtpm alone can use. A key with a PIN is not kept.
    Persist(PersistArgs),
}

/// Which key the TPM is to keep.
#[derive(Debug, Args)]
pub(crate) struct PersistArgs {
    /// Fingerprint, unique beginning of it (at least 4 characters), or comment
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// A key of this user instead of your own; sshtpm-host for those of sshd
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,

    /// Have the TPM keep it no longer. The key goes on to be there, and to sign
    #[arg(long)]
    pub(crate) undo: bool,
}

/// Whether to end the lockout.
#[derive(Debug, Args)]
pub(crate) struct LockoutArgs {
    /// Have the TPM forget all failed tries
    #[arg(long)]
    pub(crate) reset: bool,

    /// Ask for the password of the TPM's lockout hierarchy, which has one where somebody gave it one.
    /// After a wrong one it cannot be tried again for a long time
    #[arg(long, requires = "reset")]
    pub(crate) password: bool,
}

/// Show how your keys were used
///
/// Each time that somebody asked for a signature with one of your keys, whether it was made or not,
/// the oldest first; the last 1000 at most. Of refusals for the same reason there are 20 a minute, and
/// the number of the others. What was asked for in the last few seconds before a crash may be missing.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Show this key alone: fingerprint, unique beginning of it (at least 4 characters), or comment; of
    /// a key that was deleted, the whole fingerprint
    #[arg(short, long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// Show the last N alone
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) number: Option<usize>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
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

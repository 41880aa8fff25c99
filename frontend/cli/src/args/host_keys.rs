//! Arguments of `sshtpm host-keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::json::JsonArgs;
use super::keys::DeletionArgs;
use super::new_key::NewKeyArgs;

/// Where the agent of the host keys listens: `ListenStream=` of `sshtpm-host-agent.socket`.
pub(crate) const HOST_AGENT_SOCKET: &str = "/run/sshtpm-host/agent.sock";

/// Where the configuration of the host keys is unless the command line says otherwise.
const HOST_KEYS_CONFIG: &str = "/etc/sshtpm/host-keys.toml";

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

//! Arguments of `sshtpm host-keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sshtpm_ssh::derived::Hierarchy;

use super::json::JsonArgs;
use super::keys::DeletionArgs;
use super::new_key::{NewKeyArgs, parse_hierarchy};
use super::wide::WideArgs;

/// Where the agent of the host keys listens: `ListenStream=` of `sshtpm-host-agent.socket`.
pub(crate) const HOST_AGENT_SOCKET: &str = "/run/sshtpm-host/agent.sock";

/// Where the configuration of the host keys is unless the command line says otherwise.
const HOST_KEYS_CONFIG: &str = "/etc/sshtpm/host-keys.toml";

/// Keep the host keys of sshd in the TPM
///
/// To begin: `generate` a key, `enable` it, then reload sshd. `ensure` does the first two at once,
/// and at each boot if sshtpm-host-keygen.service is enabled. All but `list`, `generate` and `rm`
/// change sshd's configuration, and need root.
#[derive(Debug, Args)]
pub(crate) struct HostKeysArgs {
    #[command(subcommand)]
    pub(crate) command: HostKeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HostKeysCommand {
    /// Generate a host key in the TPM
    Generate(NewKeyArgs),
    /// Move sshd's host keys from their files into the TPM
    ///
    /// Clients then see the keys that they know, and no known_hosts changes. Without a FILE, the
    /// command imports those that sshd has; the TPM seals an Ed25519 key. The files stay until
    /// `enable --replace-existing` puts them away; `disable` brings them back. A key that was in a
    /// file may have been copied, also into backups.
    Import(HostKeysImportArgs),
    /// Take over the host keys that ssh-tpm-agent has
    ///
    /// Clients then see the keys that they know, and no known_hosts changes. Name the FILEs that
    /// `ssh-tpm-keygen -A` wrote. Without a FILE, the TPM derives the two keys of `ssh-tpm-agent
    /// --hierarchy`, ECDSA P-256 and RSA 2048, as it does for every program with direct access to
    /// it.
    Adopt(HostKeysAdoptArgs),
    /// List the host keys
    List(HostKeysListArgs),
    /// Delete host keys for good
    ///
    /// A key that sshd is configured to use is only deleted with --force.
    Rm(HostKeysRmArgs),
    /// Make sure that sshd has host keys in the TPM
    ///
    /// Generates a key of each type that has no usable one, then does what `enable` does. Writes
    /// nothing if everything is in place already. Waits for a TPM that has not appeared yet: 15 s,
    /// or 60 s if the firmware reports one. Safe to run at each boot before sshd, as
    /// sshtpm-host-keygen.service does.
    Ensure(EnsureArgs),
    /// Make sshd use the host keys in the TPM
    ///
    /// Signs once with every key, writes public key files and a drop-in for sshd's configuration,
    /// lets sshd check them, and has ssh exchange keys with a throw-away sshd. If sshd rejects
    /// them, or if nobody could log in, every change is undone; the message names the line of
    /// sshd's configuration that is in the way. Where systemd runs, sshtpm-host-agent.socket is
    /// enabled and started first.
    Enable(EnableArgs),
    /// Have sshd show certificates of its host keys in the TPM
    ///
    /// Each has to be for hosts, valid, and of a host key that sshd uses since `enable`. Writes it
    /// beside the public key file, names it in the drop-in (HostCertificate), and has ssh exchange
    /// keys with a throw-away sshd that shows it. Otherwise as `enable`. With --remove, sshd goes
    /// on with the key alone.
    Cert(HostKeysCertArgs),
    /// Make sshd use its host key files again
    ///
    /// Public key files stay, because sshd needs them until it is reloaded; a later `enable`
    /// removes those that are no longer needed. Host key files that were put away come back. If
    /// there are no host key files, the command refuses, because sshd would not start; it also
    /// refuses if nobody could log in with them.
    Disable(SshdArgs),
}

/// Which host keys to take over.
#[derive(Debug, Args)]
pub(crate) struct HostKeysAdoptArgs {
    /// Files with host keys, such as /etc/ssh/ssh_tpm_host_ecdsa_key.tpm
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The hierarchy that ssh-tpm-agent uses: owner, endorsement or null. Where its documentation
    /// says endorsement or platform, it uses owner
    #[arg(
        long,
        value_name = "HIERARCHY",
        value_parser = parse_hierarchy,
        hide_possible_values = true,
        default_value = "owner",
        conflicts_with = "files"
    )]
    pub(crate) hierarchy: Hierarchy,

    /// Take over only the key of this type: ecdsa or rsa. Before OpenSSH 10.0, sshd shows an ECDSA
    /// key only if it has no other
    #[arg(
        short = 't',
        long = "type",
        value_name = "ALG",
        conflicts_with = "files"
    )]
    pub(crate) key_type: Option<String>,
}

/// Which host keys to import.
#[derive(Debug, Args)]
pub(crate) struct HostKeysImportArgs {
    /// Files with private keys
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) sshd: SshdArgs,
}

/// How the host keys are listed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct HostKeysListArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,

    #[command(flatten)]
    pub(crate) wide: WideArgs,
}

/// Which host keys there have to be.
#[derive(Debug, Args)]
pub(crate) struct EnsureArgs {
    /// Types of keys that sshd needs, instead of those in the configuration: as in `keygen -t`,
    /// with the bits of `-b` after a colon. Example: ecdsa,rsa:4096
    #[arg(short = 't', long = "type", value_name = "LIST", value_delimiter = ',')]
    pub(crate) types: Vec<String>,

    #[command(flatten)]
    pub(crate) enable: EnableArgs,
}

/// How sshd is made to use the host keys.
#[derive(Debug, Args)]
pub(crate) struct EnableArgs {
    /// Configuration file; if it does not exist, the defaults apply
    #[arg(long, value_name = "FILE", default_value = HOST_KEYS_CONFIG)]
    pub(crate) config: PathBuf,

    /// Directory for the public key files, instead of the one in the configuration
    #[arg(long, value_name = "DIR")]
    pub(crate) key_dir: Option<PathBuf>,

    /// Rename sshd's host key files to NAME.before-sshtpm once sshd uses the keys in the TPM;
    /// `disable` renames them back
    #[arg(long)]
    pub(crate) replace_existing: bool,

    #[command(flatten)]
    pub(crate) sshd: SshdArgs,
}

/// Which certificates sshd shows.
#[derive(Debug, Args)]
pub(crate) struct HostKeysCertArgs {
    /// Files with certificates, as `ssh-keygen -s CA -h` writes them. A later one of the same key
    /// takes the place of the earlier one
    #[arg(value_name = "FILE", required_unless_present = "remove")]
    pub(crate) files: Vec<PathBuf>,

    /// Have sshd no longer show certificates of these host keys: keys, as in `show`, or files with
    /// the certificates
    #[arg(long, value_name = "KEY|FILE", num_args = 1.., conflicts_with = "files")]
    pub(crate) remove: Vec<String>,

    #[command(flatten)]
    pub(crate) enable: EnableArgs,
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

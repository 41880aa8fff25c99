//! `sshtpm host-keys`: host keys of sshd that cannot leave the machine.
//!
//! Purpose: to the broker, host keys are the keys of the system user `sshtpm-host`. An agent of
//! that user serves them to sshd (`HostKeyAgent`). The commands here manage these keys and
//! configure sshd to use them.
//!
//! May touch: `50-sshtpm.conf` in sshd's configuration; `sshtpm_host_*_key.pub` and
//! `sshtpm_host_*_key-cert.pub` there or in the directory for them; the names of sshd's host key
//! files, if asked to; `sshtpm-host-agent.socket`; a lock file in `/run`. Only `import` reads host
//! key files, and `adopt` public ones of ssh-tpm-agent. Must never leave sshd with a configuration
//! that it rejects or with which nobody can log in, not even until it is reloaded. Must never write
//! to or remove a file that sshtpm did not make.
//!
//! Sources: sshd_config(5), sshd(8).

mod adopt;
mod apply;
pub(crate) mod boot;
mod cert;
mod cert_removal;
mod certificate_files;
mod config;
mod config_dir;
mod config_lines;
mod disable;
pub(crate) mod drop_in;
mod enable;
mod ensure;
mod file_changes;
mod file_pattern;
mod generate;
mod host_agent;
mod host_certificate;
mod host_key_set;
mod import;
mod key_files;
mod key_types;
mod list;
mod offered;
pub(crate) mod outlook;
mod preview;
mod proof;
mod refusal;
mod remarks;
mod rm;
mod ruled_out;
mod running;
mod selection;
mod software_keys;
mod sshd;
mod sshd_settings;
mod sshd_version;
mod trial;
mod words;

pub(crate) use self::drop_in::CONFIG_DIR;
pub(crate) use self::software_keys::copies;
use super::args::{HostKeysArgs, HostKeysCommand};
use super::error::Failure;
use super::output::Output;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// Those of the subcommands.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: HostKeysArgs,
) -> Result<(), Failure> {
    match args.command {
        HostKeysCommand::Generate(args) => generate::run(session, output, args).await,
        HostKeysCommand::Adopt(args) => adopt::run(session, output, &args).await,
        HostKeysCommand::Import(args) => import::run(session, output, &args).await,
        HostKeysCommand::List(format) => list::run(session, format).await,
        HostKeysCommand::Rm(args) => rm::run(session, output, &args).await,
        HostKeysCommand::Ensure(args) => ensure::run(session, output, &args).await,
        HostKeysCommand::Enable(args) => enable::run(session, output, &args).await,
        HostKeysCommand::Cert(args) => cert::run(session, output, &args).await,
        HostKeysCommand::Disable(args) => disable::run(output, &args).await,
    }
}

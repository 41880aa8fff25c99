//! Arguments of `sshtpm tpm`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::json::JsonArgs;

/// Administer the TPM
#[derive(Debug, Args)]
pub(crate) struct TpmArgs {
    #[command(subcommand)]
    pub(crate) command: TpmCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TpmCommand {
    /// Measure how fast this machine's TPM is
    ///
    /// The broker has the TPM do each command of a login five times, within seconds, and keeps no
    /// key. Requests of users take their turns in between; they wait a command longer than usual.
    /// Shows what a login takes of the TPM's time, beside published figures of other chips. Measure
    /// on an idle machine.
    Bench(BenchArgs),
    /// Show how close the TPM is to its dictionary-attack lockout, or end the lockout
    ///
    /// After too many wrong PINs or passwords, a TPM refuses every object that has one and is
    /// protected against guessing. This affects SSH keys with a PIN, and no SSH keys without one.
    Lockout(LockoutArgs),
    /// Keep a key in the TPM permanently, so that it signs faster
    ///
    /// The TPM has to load any other key before each signature, which can take longer than the
    /// signature itself. Use this for the few keys that have to be fast, such as those of sshd. A
    /// TPM holds at most 16 such keys, many chips fewer, and other programs need some of that room.
    /// Only sshtpm can use the key. A key with a PIN cannot be kept. With persistent = "auto" in
    /// /etc/sshtpm/broker.toml the broker also chooses keys itself, and leaves those alone that you
    /// chose.
    Persist(PersistArgs),
}

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Measure RSA with 2048 bits, too. The TPM makes an RSA key for that. Some chips need
    /// half a minute, and nobody else can use the TPM until then
    #[arg(long)]
    pub(crate) rsa: bool,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Which key the TPM is to keep.
#[derive(Debug, Args)]
pub(crate) struct PersistArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// Owner of the key, if not you; sshtpm-host for the host keys of sshd
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,

    /// Free the room in the TPM again. The key is not deleted, and still signs
    #[arg(long)]
    pub(crate) undo: bool,
}

/// Whether to end the lockout.
#[derive(Debug, Args)]
pub(crate) struct LockoutArgs {
    /// Make the TPM forget all failed tries
    #[arg(long)]
    pub(crate) reset: bool,

    /// Ask for the password of the TPM's lockout hierarchy, if it has one. After a wrong password,
    /// the TPM accepts no further one for a long time
    #[arg(long, requires = "reset")]
    pub(crate) password: bool,
}

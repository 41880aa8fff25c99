//! Arguments of `sshtpm tpm`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

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

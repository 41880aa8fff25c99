//! Arguments of `sshtpm import`.

use std::path::PathBuf;

use clap::Args;

use super::new_key::{AlsoForArgs, NewPinArgs, PcrArgs};
use super::restrictions::RestrictionArgs;

/// Move a private key from a file, or from paper, into the TPM
///
/// The key keeps its fingerprint, so authorized_keys stays as it is. The command reads files of
/// OpenSSH, PKCS #1, SEC 1, PKCS #8 and PuTTY (.ppk), encrypted or not. It encrypts the private key
/// for the TPM of this machine before it sends anything, and it never sends the passphrase. The TPM
/// seals an Ed25519 key, and the broker has the key in memory while it signs. Afterwards the
/// command asks whether to delete the file; without a terminal the file stays.
///
/// An imported key takes the place of the same key if that is lost, with its name, rules and
/// certificates. With --also-for, the command also encrypts the key for the TPM of another machine;
/// run `sshtpm import` there with that file, which needs no passphrase.
///
/// A key that was in a file may have been copied before. For a key that was never anywhere else,
/// use `sshtpm keygen`.
#[derive(Debug, Default, Args)]
pub(crate) struct ImportArgs {
    /// The file with the private key; - for standard input
    #[arg(value_name = "FILE", required_unless_present = "paper")]
    pub(crate) file: Option<PathBuf>,

    /// The key is on paper, from `sshtpm keygen --paper`: FILE has its lines; without FILE, you
    /// type them
    #[arg(long)]
    pub(crate) paper: bool,

    /// Decrypt FILE, a backup for recipients, by age(1) with the identities in this file
    #[arg(long, value_name = "IDENTITY", conflicts_with = "paper")]
    pub(crate) age_identity: Option<PathBuf>,

    /// Name of the key [default: the comment in the file, or your name and host]
    #[arg(short = 'C', long)]
    pub(crate) comment: Option<String>,

    /// Read the passphrase of the file from the first line of standard input
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,

    /// Keep the file as a backup, and do not ask; `list` then shows the key as backed up
    #[arg(long)]
    pub(crate) keep_file: bool,

    #[command(flatten)]
    pub(crate) pin: NewPinArgs,

    #[command(flatten)]
    pub(crate) also_for: AlsoForArgs,

    #[command(flatten)]
    pub(crate) pcrs: PcrArgs,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,
}

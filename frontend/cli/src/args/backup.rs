//! Arguments of `sshtpm keygen` that ask for a backup.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// Whether a new key is to have a backup, and where.
#[derive(Debug, Default, Args)]
pub(crate) struct BackupArgs {
    /// Write a backup of the key to FILE, a private key file of OpenSSH that is encrypted with a
    /// passphrase, for `sshtpm import`. This command then makes the key, outside of the TPM
    #[arg(long, value_name = "FILE")]
    pub(crate) backup: Option<PathBuf>,

    /// Encrypt the backup for this recipient by age(1), which has to be installed, and not with a
    /// passphrase: age1…, or a public key of OpenSSH. Can be given several times [default FILE of
    /// --backup: like the public key file, with .age instead of .pub]
    #[arg(long, value_name = "RECIPIENT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) backup_to: Vec<String>,

    /// Write a PDF page to print, with the encrypted key as a QR code and as lines to type, for
    /// `sshtpm import --paper` [default FILE: like the public key file, with .pdf instead of .pub]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub(crate) paper: Option<Option<PathBuf>>,

    /// Read the passphrase of the backup from the first line of standard input; the PIN comes after
    /// it
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
}

impl BackupArgs {
    /// Whether a backup is to be made.
    pub(crate) fn wants_one(&self) -> bool {
        self.backup.is_some() || !self.backup_to.is_empty() || self.paper.is_some()
    }
}

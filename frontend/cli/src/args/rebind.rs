//! Arguments of `sshtpm rebind`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use sshtpm_ssh::pcr::PcrSelection;

use super::import::ImportArgs;
use super::new_key::{NewPinArgs, PcrArgs};

/// Bind a key to the present values of PCRs, from its backup
///
/// Use it for a key that no longer signs because firmware, boot loader or Secure Boot settings were
/// updated. Make sure that the machine was changed on purpose, because the key will sign under what
/// runs now. polkit asks for your password (change-own-key).
///
/// The command checks that the backup has this very key. The earlier form of the key stays until
/// the TPM has the new one and, if the key has no PIN, has signed with it. Fingerprint, name, rules
/// and certificates stay. A key with a PIN needs a new PIN.
#[derive(Debug, Args)]
pub(crate) struct RebindArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// The file with the backup, as for `import`; - for standard input
    #[arg(value_name = "BACKUP", required_unless_present = "paper")]
    pub(crate) backup: Option<PathBuf>,

    /// The PCRs, as for `keygen` [default: those that the key is bound to now]
    #[arg(long = "pcr", value_name = "PCRS")]
    pub(crate) pcrs: Option<PcrSelection>,

    /// The backup is on paper, from `sshtpm keygen --paper`: BACKUP has its lines; without BACKUP,
    /// you type them
    #[arg(long)]
    pub(crate) paper: bool,

    /// Decrypt BACKUP, which is for recipients, by age(1) with the identities in this file
    #[arg(long, value_name = "IDENTITY", conflicts_with = "paper")]
    pub(crate) age_identity: Option<PathBuf>,

    /// Read the passphrase of the backup from the first line of standard input
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,

    #[command(flatten)]
    pub(crate) pin: NewPinArgs,
}

impl RebindArgs {
    /// What imports the backup, which stays, bound to `pcrs`.
    pub(crate) fn import(&self, pcrs: PcrSelection) -> ImportArgs {
        ImportArgs {
            file: self.backup.clone(),
            paper: self.paper,
            age_identity: self.age_identity.clone(),
            passphrase_stdin: self.passphrase_stdin,
            keep_file: true,
            pin: self.pin.clone(),
            pcrs: PcrArgs { pcrs: Some(pcrs) },
            ..ImportArgs::default()
        }
    }
}

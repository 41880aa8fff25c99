//! Arguments of `sshtpm recover`.

use clap::Args;

use super::json::JsonArgs;

/// Say what is lost after the TPM was cleared or replaced, and what to do about it
///
/// For each lost key: what it was for, where it was last used, whether a backup brings it back, and
/// the commands that remove it from servers. On a terminal the command then takes in backups, and
/// offers to move the records of keys that stay lost out of the way. As root, it also says which
/// host keys of sshd are lost.
#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

//! Arguments of `sshtpm recover`.

use clap::Args;
use sshtpm_ssh::derived::{Hierarchy, Label};

use super::json::JsonArgs;
use super::new_key::{DerivationArgs, NewKeyArgs, parse_hierarchy};

/// Say what is lost after the TPM was cleared or replaced, and what to do about it
///
/// For each lost key: what it was for, where it was last used, whether a backup brings it back, and
/// the commands that remove it from servers. On a terminal the command then takes in backups, and
/// offers to archive the records of keys that stay lost. As root, it also says which
/// host keys of sshd are lost. With --derived, the command only has the TPM derive a key again that
/// has no record, because the disk was wiped or the record was deleted.
#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,

    /// Have the TPM derive a key again that `keygen --derived HIERARCHY` made. Give the label, type
    /// and length that it had; its rules are gone. If the key is here already, nothing changes
    #[arg(
        long,
        value_name = "HIERARCHY",
        value_parser = parse_hierarchy,
        hide_possible_values = true,
        conflicts_with = "json"
    )]
    pub(crate) derived: Option<Hierarchy>,

    /// With --derived: the label that the key had
    #[arg(long, value_name = "NAME", requires = "derived")]
    pub(crate) label: Option<Label>,

    /// With --derived: the type that the key had, as for `keygen`
    #[arg(short = 't', long = "type", value_name = "ALG", requires = "derived")]
    pub(crate) key_type: Option<String>,

    /// With --derived: the length that the key had, as for `keygen`
    #[arg(short, long, requires = "derived")]
    pub(crate) bits: Option<u32>,

    /// With --derived: name of the key; user@host if not given
    #[arg(short = 'C', long, requires = "derived")]
    pub(crate) comment: Option<String>,
}

impl RecoverArgs {
    /// What generates the key.
    pub(crate) fn new_key(&self) -> NewKeyArgs {
        NewKeyArgs {
            key_type: self.key_type.clone(),
            bits: self.bits,
            comment: self.comment.clone(),
            derivation: DerivationArgs {
                derived: self.derived,
                label: self.label.clone(),
            },
        }
    }
}

//! Arguments that say which key to generate.

use std::path::PathBuf;

use clap::Args;
use sshtpm_ssh::derived::{Hierarchy, Label};
use sshtpm_ssh::pcr::PcrSelection;
use sshtpm_ssh::word::Word as _;

use super::backup::BackupArgs;
use super::restrictions::RestrictionArgs;
use crate::other_machine::OtherMachine;

/// Which key to generate.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    /// Type of key: ecdsa (the default), rsa, ed25519, or a full SSH name such as
    /// ecdsa-sha2-nistp384. TPMs cannot sign with ed25519: the TPM seals such a key, and the broker
    /// signs with it
    #[arg(short = 't', long = "type", value_name = "ALG")]
    pub(crate) key_type: Option<String>,

    /// Length in bits: 256, 384 or 521 for ecdsa; 2048, 3072 or 4096 for rsa
    #[arg(short, long)]
    pub(crate) bits: Option<u32>,

    /// Name of the key; user@host if not given
    #[arg(short = 'C', long)]
    pub(crate) comment: Option<String>,

    #[command(flatten)]
    pub(crate) derivation: DerivationArgs,
}

/// What the key is derived from, if it is.
#[derive(Debug, Args)]
pub(crate) struct DerivationArgs {
    /// Have the TPM derive the key from a seed of its own, the owner's user ID and name, and the
    /// label: the same options give you the same key again on the same TPM. HIERARCHY is owner (the
    /// key ends when the TPM is cleared), endorsement (with the chip) or null (when the machine is
    /// switched off). Without --derived, the key is random
    #[arg(
        long,
        value_name = "HIERARCHY",
        value_parser = parse_hierarchy,
        hide_possible_values = true
    )]
    pub(crate) derived: Option<Hierarchy>,

    /// With --derived: what tells this key apart from your other derived keys; up to 64 letters,
    /// digits and . _ @ -
    #[arg(long, value_name = "NAME", requires = "derived")]
    pub(crate) label: Option<Label>,
}

pub(super) fn parse_hierarchy(word: &str) -> Result<Hierarchy, String> {
    let unknown = || "choose owner, endorsement or null".to_owned();
    Hierarchy::of_word(word).ok_or_else(unknown)
}

/// Generate a key in the TPM
///
/// The private key never leaves the TPM, unless its type is ed25519. Nothing brings a generated key
/// back if the TPM is cleared or the board breaks; --backup, --backup-to and --paper make a key
/// that has a backup. The public key is written to a file. That file tells ssh which key of the
/// agent to use: `ssh -i FILE`, `IdentityFile FILE`, `ssh-copy-id -f -i FILE`.
#[derive(Debug, Args)]
pub(crate) struct KeygenArgs {
    #[command(flatten)]
    pub(crate) key: NewKeyArgs,

    /// Where to write the public key; .pub is appended if missing.
    /// [default: ~/.ssh/id_sshtpm_TYPE.pub, such as ~/.ssh/id_sshtpm_ecdsa.pub]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Replace the public key file if it exists
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) pin: NewPinArgs,

    #[command(flatten)]
    pub(crate) also_for: AlsoForArgs,

    #[command(flatten)]
    pub(crate) backup: BackupArgs,

    #[command(flatten)]
    pub(crate) pcrs: PcrArgs,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,
}

/// Whether a new key is to have a PIN.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NewPinArgs {
    /// Give the key a PIN, which the TPM requires for each signature; asks for it twice
    #[arg(long)]
    pub(crate) pin: bool,

    /// Give the key a PIN, read from the first line of standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

impl NewPinArgs {
    /// Whether the key is to have one.
    pub(crate) fn is_wanted(&self) -> bool {
        self.pin || self.pin_stdin
    }
}

/// Which other machines are to have a new key.
#[derive(Debug, Default, Args)]
pub(crate) struct AlsoForArgs {
    /// Also write a file with the key that only the TPM of another machine can read. PARENT is a
    /// file with what `sshtpm parent` printed there. You are asked to compare its fingerprint; in a
    /// script, name the fingerprint. For more machines, repeat the option
    #[arg(long, value_name = "PARENT[=FINGERPRINT]")]
    pub(crate) also_for: Vec<OtherMachine>,

    /// Where to write that file [default: the name of PARENT with .tpm at its end, here]
    #[arg(short, long, value_name = "FILE", requires = "also_for")]
    pub(crate) output: Vec<PathBuf>,
}

/// Which PCRs a new key is bound to.
#[derive(Debug, Default, Args)]
pub(crate) struct PcrArgs {
    /// Bind the key to the present values of these PCRs of the TPM, as systemd-cryptenroll names
    /// them: 7, 0+7, 0+7:sha384, secure-boot-policy. While one of them has another value, because
    /// the machine started with other firmware, another boot loader or other Secure Boot settings,
    /// the key does not sign. `sshtpm rebind` binds it anew from a backup
    #[arg(long = "pcr", value_name = "PCRS")]
    pub(crate) pcrs: Option<PcrSelection>,
}

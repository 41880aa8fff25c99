//! Arguments that say which key to generate.

use std::path::PathBuf;

use clap::Args;
use sshtpm_ssh::pcr::PcrSelection;

use super::restrictions::RestrictionArgs;

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
}

/// Generate a key in the TPM
///
/// The private key never leaves the TPM, unless its type is ed25519. The public key is written to a
/// file. That file tells ssh which key of the agent to use: `ssh -i FILE`, `IdentityFile FILE`,
/// `ssh-copy-id -f -i FILE`.
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
    pub(crate) pcrs: PcrArgs,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,
}

/// Whether a new key is to have a PIN.
#[derive(Debug, Args)]
pub(crate) struct NewPinArgs {
    /// Give the key a PIN, which the TPM requires for each signature; asks for it twice
    #[arg(long)]
    pub(crate) pin: bool,

    /// Give the key a PIN, read from the first line of standard input
    #[arg(long)]
    pub(crate) pin_stdin: bool,
}

/// Which PCRs a new key is bound to.
#[derive(Debug, Args)]
pub(crate) struct PcrArgs {
    /// Bind the key to the present values of these PCRs of the TPM, as systemd-cryptenroll names
    /// them: 7, 0+7, 0+7:sha384, secure-boot-policy. While one of them has another value, because
    /// the machine started with other firmware, another boot loader or other Secure Boot settings,
    /// the key does not sign. This cannot be changed later
    #[arg(long = "pcr", value_name = "PCRS")]
    pub(crate) pcrs: Option<PcrSelection>,
}

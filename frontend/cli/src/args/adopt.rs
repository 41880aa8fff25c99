//! Arguments of `sshtpm adopt`.

use std::path::PathBuf;

use clap::Args;

use super::restrictions::RestrictionArgs;

/// Take over keys that another program made in the TPM
///
/// Reads files of ssh-tpm-agent (~/.ssh/*.tpm) and tpm2-openssl (TSS2 PRIVATE KEY). A key keeps its
/// fingerprint, so authorized_keys stays as it is. An administrator has to agree, because anybody
/// who read such a file could bring it. The password of a key becomes its PIN unless an option says
/// otherwise. The file is not changed, and the other program can use it for as long as you are
/// in group tss. Keys that were made under another parent key than 0x81000001, or with a policy,
/// cannot be taken over.
#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// The files with the keys
    #[arg(value_name = "FILE", required_unless_present = "tpm2_pkcs11")]
    pub(crate) files: Vec<PathBuf>,

    /// Take over the keys in a store of tpm2-pkcs11, by default in $TPM2_PKCS11_STORE,
    /// /etc/tpm2_pkcs11 or ~/.tpm2_pkcs11; asks for the PIN of each token, and runs tpm2-tools,
    /// which need access to the TPM. The keys have no PIN afterwards, unless --pin gives them one
    #[arg(long, value_name = "STORE", num_args = 0..=1, require_equals = true)]
    pub(crate) tpm2_pkcs11: Option<Option<PathBuf>>,

    /// Name of the key, if there is only one [default: what the file says, or your name and host]
    #[arg(short = 'C', long)]
    pub(crate) comment: Option<String>,

    /// Read PINs of tokens and passwords of keys from standard input, one line for each
    #[arg(long)]
    pub(crate) password_stdin: bool,

    /// Give each key a new PIN; asks for it twice
    #[arg(long, conflicts_with_all = ["password_stdin", "no_pin"])]
    pub(crate) pin: bool,

    /// Let keys sign without a PIN from now on, also those that have a password
    #[arg(long)]
    pub(crate) no_pin: bool,

    #[command(flatten)]
    pub(crate) restrictions: RestrictionArgs,
}

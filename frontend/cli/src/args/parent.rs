//! Arguments of `sshtpm parent`.

use clap::Args;

/// Print the parent key of this TPM, for which another machine can encrypt a key
///
/// Store the output in a file, and name that file on the other machine: `sshtpm import
/// --also-for`, `sshtpm keygen --also-for`. The key is public. A file can be exchanged on its way,
/// so compare the fingerprint on both machines: it is shown beside the key, and with --fingerprint.
#[derive(Debug, Args)]
pub(crate) struct ParentArgs {
    /// Print the fingerprint alone
    #[arg(long)]
    pub(crate) fingerprint: bool,
}

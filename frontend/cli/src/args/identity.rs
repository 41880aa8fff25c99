//! Arguments of `sshtpm identity`.

use std::path::PathBuf;

use clap::Args;

use super::json::JsonArgs;

/// Show the endorsement keys of the TPM, which identify this machine
///
/// For administrators, who enrol machines at a verifier. Shows each endorsement key with its
/// certificate, if the TPM has one, and the hash by which a machine is enrolled without: the
/// SHA-256 of the key's SubjectPublicKeyInfo. Read the hash at the machine itself. The certificates
/// are shown as they are in the TPM; `sshtpm verify-attestation` verifies them.
#[derive(Debug, Args)]
pub(crate) struct IdentityArgs {
    /// Also write keys and certificates to this directory: .der and .pem files with the
    /// certificates, and .pub files with the keys as tpm2-tools take them
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

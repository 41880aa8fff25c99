//! Arguments of `sshtpm attest`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use sshtpm_ssh::claims::Nonce;

/// Show others that a key is in this TPM, and what may be done with it
///
/// The TPM states that it holds the key, and signs that together with what sshtpm-broker knows:
/// owner, origin and rules of the key. A verifier, such as a certificate authority, chooses a
/// nonce, and reads the file with `sshtpm verify-attestation`. The file has no secret; it names you
/// and links your keys with each other. To attest a key takes what a signature by it takes, such as
/// a PIN. Ed25519 keys cannot be attested, because the TPM only seals them.
#[derive(Debug, Args)]
pub(crate) struct AttestArgs {
    /// The key: its fingerprint or the beginning of it, its comment, its .pub file or its line of
    /// authorized_keys
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: String,

    /// What the verifier chose: 16 to 64 bytes, in hexadecimal or base64
    #[arg(long, value_name = "N")]
    pub(crate) nonce: Nonce,

    /// Write the attestation to this file, in the place of an earlier one; without it, to the
    /// standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

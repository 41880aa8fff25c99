//! Arguments of `sshtpm verify-attestation`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use sshtpm_ssh::claims::Nonce;
use sshtpm_ssh::endorsement::EndorsementHash;

use super::json::JsonArgs;

/// Verify that a key is in a TPM, by the file that `sshtpm attest` wrote
///
/// Runs anywhere: it needs neither a TPM nor sshtpm-broker. Exits with 0 only if everything is
/// verified: that the TPM made the statement for your nonce, that the key is bound to the TPM, that
/// the attestation key is the one that you enrolled, and that its TPM is one that you know. Says
/// what is proved, and what is only the word of root on that machine. Use each nonce once, and for
/// two minutes at most; `sshtpm` cannot tell whether you did.
#[derive(Debug, Args)]
pub(crate) struct VerifyAttestationArgs {
    /// The file that `sshtpm attest` wrote; - is the standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The nonce that you gave to `sshtpm attest`: 16 to 64 bytes, in hexadecimal or base64
    #[arg(long, value_name = "N")]
    pub(crate) nonce: Nonce,

    /// The record of the enrolment, which `sshtpm enrol accept` wrote. Keep it where nobody else
    /// can write: it is what ties the attestation key to the TPM. Without it nothing is proved, and
    /// the exit status is 1
    #[arg(long, value_name = "FILE")]
    pub(crate) enrolled: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) known: KnownTpmArgs,

    /// Refuse any key but this one: a file with one public key and nothing else, or its line
    #[arg(long, value_name = "FILE.pub", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// How a TPM is known to be one.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct KnownTpmArgs {
    /// The hash of the TPM's endorsement key, as `sshtpm identity` shows it on that machine; can be
    /// repeated. Without it or --ek-roots nothing is proved, and the exit status is 1
    #[arg(long, value_name = "HASH")]
    pub(crate) ek: Vec<EndorsementHash>,

    /// A directory with the root certificates of TPM vendors, in PEM or DER. Whether a certificate
    /// was revoked is not checked. Without it or --ek nothing is proved, and the exit status is 1
    #[arg(long, value_name = "DIR")]
    pub(crate) ek_roots: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::Cli;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn a_tpm_is_known_by_hashes_or_by_roots_and_not_by_both() {
        let hash = format!("SHA256:{}", "0".repeat(64));
        let parse = |words: &[&str]| {
            let words = words.iter().copied();
            let start = ["sshtpm", "verify-attestation", "file", "--nonce", NONCE];
            Cli::try_parse_from(start.into_iter().chain(words))
        };
        assert!(parse(&["--ek", &hash, "--ek", &hash]).is_ok());
        assert!(parse(&["--ek-roots", "roots"]).is_ok());
        let both = parse(&["--ek", &hash, "--ek-roots", "roots"]);
        assert_eq!(both.unwrap_err().exit_code(), 2);
        let fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
        let mixed_up = parse(&["--ek", fingerprint]);
        assert_eq!(mixed_up.unwrap_err().exit_code(), 2);
    }
}

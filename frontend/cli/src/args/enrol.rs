//! Arguments of `sshtpm enrol`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::verify_attestation::KnownTpmArgs;

/// Enrol the attestation key of a user on another machine
///
/// Shows once that the attestation key is in the TPM with the endorsement key that you know, so
/// that `sshtpm verify-attestation` can tell later. You make a challenge, an administrator of the
/// machine has its TPM answer it, and you accept the answer. The challenge is a credential of TPM
/// 2.0 (TPM2_MakeCredential): no TPM but the one with both keys can open it.
#[derive(Debug, Args)]
pub(crate) struct EnrolArgs {
    #[command(subcommand)]
    pub(crate) command: EnrolCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnrolCommand {
    /// Make a challenge for a machine; needs no TPM
    Challenge(ChallengeArgs),
    /// Have the TPM of this machine answer a challenge; for administrators
    Answer(AnswerArgs),
    /// Accept the answer, and write the record of the enrolment; needs no TPM
    Accept(AcceptArgs),
}

/// Whom to challenge.
#[derive(Debug, Args)]
pub(crate) struct ChallengeArgs {
    /// A file that the user's `sshtpm attest` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What `sshtpm identity --json` printed on the machine
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,

    /// The user name of the user whose attestation key it is, on that machine. A file with the
    /// claims of another user is refused, and the record is for this user alone
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: String,

    #[command(flatten)]
    pub(crate) known: KnownTpmArgs,

    /// Write the challenge to this file, for the machine
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// Keep in this file what `accept` needs. Nothing in it is secret, but let nobody else write it
    #[arg(long, value_name = "FILE")]
    pub(crate) pending: PathBuf,
}

/// What to answer.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The challenge
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write the answer to this file. It answers this challenge and nothing else
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// What to accept.
#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// The answer
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What `challenge` kept. It is removed once the answer is accepted
    #[arg(long, value_name = "FILE")]
    pub(crate) pending: PathBuf,

    /// Write the record to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

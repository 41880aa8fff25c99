//! `sshtpm enrol`: shows once that an attestation key is in the TPM with an endorsement key.
//!
//! May touch: the files that are named; `answer` the broker, too. Must never keep the secret of a
//! challenge: the verifier keeps its hash.

mod accept;
mod answer;
mod challenge;
mod identity_file;
mod written_file;

use super::args::{EnrolArgs, EnrolCommand};
use super::error::Failure;
use super::output::Output;
use super::session::Session;

/// Runs the command.
///
/// # Errors
///
/// A file cannot be read or written, or the machine is not the one that is known.
pub(crate) async fn run(session: &Session, output: Output, args: EnrolArgs) -> Result<(), Failure> {
    match args.command {
        EnrolCommand::Challenge(args) => challenge::run(output, &args),
        EnrolCommand::Answer(args) => answer::run(session, output, &args).await,
        EnrolCommand::Accept(args) => accept::run(output, &args),
    }
}

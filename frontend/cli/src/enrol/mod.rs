//! `sshtpm enrol`: shows once that an attestation key is in the TPM with an endorsement key.
//!
//! May touch: the files that are named; `answer` the broker, too. Must never keep the secret of a
//! challenge: the verifier keeps its hash.

mod accept;
mod answer;
mod challenge;
mod identity_file;

use std::path::Path;

use super::args::{EnrolArgs, EnrolCommand};
use super::atomic_file::{self, Existing};
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

/// Permission bits of what goes to others.
const FOR_OTHERS: u32 = 0o644;

/// Permission bits of what the verifier keeps: the content is no secret, and nobody else writes it.
const OWN: u32 = 0o600;

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let written = atomic_file::write(path, text.as_bytes(), mode, Existing::Replace);
    written.map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))
}

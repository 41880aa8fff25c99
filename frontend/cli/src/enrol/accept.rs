//! `sshtpm enrol accept`.

use sshtpm_attest::{Answer, MAX_FILE_BYTES, Pending};
use sshtpm_ssh::text::printable;

use super::written_file::{OWN, write};
use crate::args::AcceptArgs;
use crate::error::Failure;
use crate::given_file;
use crate::known_tpm::now;
use crate::output::{Output, warn};

pub(super) fn run(output: Output, args: &AcceptArgs) -> Result<(), Failure> {
    let what = || format!("cannot accept {}", args.file.display());
    let answer = given_file::read(&args.file, MAX_FILE_BYTES)?;
    let answer = Answer::read(&answer).map_err(|error| Failure::new(what(), error))?;
    let pending = given_file::read(&args.pending, MAX_FILE_BYTES)?;
    let pending = Pending::read(&pending).map_err(|error| {
        Failure::new(
            format!("{} is not what a challenge left", args.pending.display()),
            error,
        )
    })?;
    let enrolment = pending.accept(&answer, now());
    let enrolment = enrolment.map_err(|error| Failure::new(what(), error))?;
    let hash = enrolment.endorsement_hash();
    let hash = hash.map_err(|error| Failure::new(what(), error))?;
    write(&args.output, &enrolment.to_text(), OWN)?;
    // An answer is accepted once.
    if let Err(error) = std::fs::remove_file(&args.pending) {
        warn(&format!(
            "cannot remove {}: {error}",
            args.pending.display()
        ));
    }
    output.notice(&format!(
        "Enrolled: the attestation key of {} is in the TPM with endorsement key {hash}. The \
         record is {}.",
        printable(enrolment.owner()),
        args.output.display()
    ))
}

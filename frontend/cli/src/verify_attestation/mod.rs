//! `sshtpm verify-attestation`: whether a key is in a TPM, by the word of that TPM.
//!
//! May touch: the files that are named, reading. Must never say that something is proved which is
//! not.

mod json;
mod key;
mod words;

use std::path::Path;
use std::process::ExitCode;

use sshtpm_attest::{
    AttestationFile, Enrolment, FreshNonce, MAX_FILE_BYTES, NotBound, Proved, Statement, Verified,
};

use self::json::{RefusedJson, VerifiedJson};
use super::args::VerifyAttestationArgs;
use super::error::Failure;
use super::given_file;
use super::known_tpm::{KnownTpm, now};
use super::output::{Output, print_json};

const NOT_ENROLLED: &str = "nothing ties its attestation key to a TPM, and anybody can make such a \
                            key in software";
const ENROL: &str = "Enrol the attestation key with `sshtpm enrol`, and name the record with \
                     --enrolled.";
const NOT_KNOWN: &str = "nothing says that the TPM in which it was enrolled is one that you know";
const KNOW: &str = "Give the hash of its endorsement key with --ek, or roots with --ek-roots.";

/// Runs the command.
///
/// # Errors
///
/// A file cannot be read, or something is not proved.
pub(crate) fn run(output: Output, args: &VerifyAttestationArgs) -> Result<ExitCode, Failure> {
    match proved(args) {
        Ok(proved) if args.json.json => print_json(&VerifiedJson::new(&proved))?,
        Ok(proved) => output.notice(&words::of(&proved))?,
        Err(failure @ Failure::Failed(_)) if args.json.json => {
            print_json(&RefusedJson::new(&failure.to_string()))?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    }
    Ok(ExitCode::SUCCESS)
}

fn proved(args: &VerifyAttestationArgs) -> Result<Proved, Failure> {
    let refused = |why: &dyn std::fmt::Display| {
        Failure::new(format!("{} proves nothing", args.file.display()), why)
    };
    let file = file(&args.file)?;
    let key = args.key.as_deref().map(key::fingerprint).transpose()?;
    let nonce = FreshNonce::by_the_word_of_the_caller(args.nonce.clone());
    let known = KnownTpm::read(&args.known)?;
    let verified = Statement::read(&file).and_then(|one| one.verify(&nonce, key.as_ref()));
    let verified = verified.map_err(|error| refused(&error))?;
    let Some(enrolled) = &args.enrolled else {
        return Err(refused(&NOT_ENROLLED).and_next(ENROL));
    };
    let Some(known) = known else {
        return Err(refused(&NOT_KNOWN).and_next(KNOW));
    };
    let enrolment = enrolment(enrolled)?;
    bound(verified, &enrolment, &known).map_err(|error| refused(&error))
}

fn bound(
    verified: Verified<NotBound>,
    enrolment: &Enrolment,
    known: &KnownTpm,
) -> Result<Proved, sshtpm_attest::NotProved> {
    match known {
        KnownTpm::Hashes(hashes) => Ok(verified.bind_by_hash(enrolment, hashes)?.proved()),
        KnownTpm::Roots(roots) => Ok(verified.bind_by_chain(enrolment, roots, now())?.proved()),
    }
}

fn file(path: &Path) -> Result<AttestationFile, Failure> {
    let bytes = given_file::read(path, MAX_FILE_BYTES)?;
    let file = AttestationFile::read(&bytes);
    file.map_err(|error| {
        let failure = Failure::new(format!("{} is not an attestation", path.display()), error);
        failure.and_next("`sshtpm attest` on the machine writes one.")
    })
}

fn enrolment(path: &Path) -> Result<Enrolment, Failure> {
    let bytes = given_file::read(path, MAX_FILE_BYTES)?;
    let enrolment = Enrolment::read(&bytes);
    enrolment.map_err(|error| {
        let failure = Failure::new(
            format!("{} is not a record of an enrolment", path.display()),
            error,
        );
        failure.and_next("`sshtpm enrol accept` writes one.")
    })
}

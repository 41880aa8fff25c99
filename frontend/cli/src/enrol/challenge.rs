//! `sshtpm enrol challenge`.

use rand_core::OsRng;
use sshtpm_attest::{AttestationFile, Endorsement, MAX_FILE_BYTES, Pending};
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::text::printable;

use super::identity_file;
use super::written_file::{FOR_OTHERS, OWN, write};
use crate::args::ChallengeArgs;
use crate::error::Failure;
use crate::given_file;
use crate::known_tpm::{KnownTpm, now};
use crate::output::Output;

const NOT_KNOWN: &str = "nothing says that its TPM is one that you know";
const KNOW: &str = "Give the hash of its endorsement key with --ek, or roots with --ek-roots.";

pub(super) fn run(output: Output, args: &ChallengeArgs) -> Result<(), Failure> {
    let what = || {
        format!(
            "cannot challenge the machine of {}",
            args.identity.display()
        )
    };
    let Some(known) = KnownTpm::read(&args.known)? else {
        return Err(Failure::new(what(), NOT_KNOWN).and_next(KNOW));
    };
    let attestation_key = attestation_key(args)?;
    let owner = &args.owner;
    let endorsements = identity_file::read(&args.identity)?;
    let endorsement = known_one(&known, endorsements).map_err(|why| Failure::new(what(), why))?;
    let made = Pending::challenge((&attestation_key, owner), endorsement, now(), &mut OsRng);
    let (challenge, pending) = made.map_err(|error| Failure::new(what(), error))?;
    // Without what is kept, no answer is accepted.
    write(&args.pending, &pending.to_text(), OWN)?;
    write(&args.output, &challenge.to_text(), FOR_OTHERS)?;
    output.notice(&format!(
        "Wrote a challenge for {1} to {0}. On the machine: `sudo sshtpm enrol answer {0} -o \
         FILE`",
        args.output.display(),
        printable(owner)
    ))
}

/// The attestation key, if it is the owner's by the word of the file.
fn attestation_key(args: &ChallengeArgs) -> Result<Vec<u8>, Failure> {
    let no_attestation = |why: String| {
        Failure::new(
            format!("{} is not an attestation", args.file.display()),
            why,
        )
    };
    let file = given_file::read(&args.file, MAX_FILE_BYTES)?;
    let file = AttestationFile::read(&file).map_err(|error| no_attestation(error.to_string()))?;
    let claims = Claims::parse(&file.claims.0);
    let claims = claims.map_err(|error| no_attestation(error.to_string()))?;
    match claims.owner.name == args.owner {
        true => Ok(file.attestation_key.0),
        false => Err(other_owner(args, &claims.owner.name)),
    }
}

fn other_owner(args: &ChallengeArgs, claimed: &str) -> Failure {
    let what = format!(
        "{} is not of {}",
        args.file.display(),
        printable(&args.owner)
    );
    let why = format!("it claims to be of the user {}", printable(claimed));
    Failure::new(what, why).and_next("Have that user attest a key, or name another with --owner.")
}

/// The first endorsement key that is known, or why the last one is not.
fn known_one(known: &KnownTpm, endorsements: Vec<Endorsement>) -> Result<Endorsement, String> {
    let mut why = "it shows no endorsement key".to_owned();
    for endorsement in endorsements {
        match known.knows(&endorsement) {
            Ok(_) => return Ok(endorsement),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

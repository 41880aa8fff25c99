//! `sshtpm enrol answer`.

use sshtpm_attest::{Answer, ChallengeFile, MAX_FILE_BYTES};
use sshtpm_dbus::Error;
use sshtpm_ssh::endorsement::{EndorsementHash, EndorsementPublic};
use zbus::Variant;

use super::written_file::{FOR_OTHERS, write};
use crate::args::AnswerArgs;
use crate::error::Failure;
use crate::given_file;
use crate::output::Output;
use crate::session::{Session, owner_option};

pub(super) async fn run(
    session: &Session,
    output: Output,
    args: &AnswerArgs,
) -> Result<(), Failure> {
    let what = || format!("cannot answer {}", args.file.display());
    let file = given_file::read(&args.file, MAX_FILE_BYTES)?;
    let challenge = ChallengeFile::read(&file);
    let challenge = challenge.map_err(|error| Failure::new(what(), error))?;
    let key = EndorsementPublic::read(&challenge.endorsement_key.0);
    let key = key.ok_or_else(|| Failure::new(what(), "it names no endorsement key"))?;
    let hash = EndorsementHash::of(&key).to_string();
    let call = async |broker: &sshtpm_client::Broker| -> Result<Vec<u8>, Error> {
        let mut options = owner_option(Some(&challenge.owner));
        options.insert("endorsement-key", Variant::from(hash.as_str()));
        let (credential, secret) = (&challenge.credential.0, &challenge.encrypted_secret.0);
        let attestation = broker.attestation();
        Ok(attestation
            .activate_credential(credential, secret, &options)
            .await?)
    };
    let secret = session.attempt_at_tpm(&what(), call).await?;
    let secret = secret.map_err(|error| Failure::from_broker(what(), &error))?;
    write(&args.output, &Answer::new(secret).to_text(), FOR_OTHERS)?;
    output.notice(&format!("Wrote the answer to {}.", args.output.display()))
}

//! `sshtpm attest`: a file that shows others that a key is in this machine's TPM.
//!
//! May touch: the broker, and the file that is named.

use std::path::Path;

use sshtpm_attest::AttestationFile;
use sshtpm_dbus::{Attestation, Error, KeyInfo};
use sshtpm_ssh::error_kind::ErrorKind;

use super::args::AttestArgs;
use super::atomic_file::{self, Existing};
use super::error::Failure;
use super::key_selector::{KeySelector, describe};
use super::output::{Output, print};
use super::session::{Options, Session};

/// Permission bits of the file: nothing of it is secret.
const MODE: u32 = 0o644;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the file cannot be written.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &AttestArgs,
) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    let Attestation {
        claims,
        statement,
        signature,
        key_public,
        attestation_key,
    } = attest(session, key, args).await?;
    let file = AttestationFile::new(claims, statement, signature, key_public, attestation_key);
    let text = file.to_text();
    match args.output.as_deref() {
        None => print(text.trim_end()),
        Some(path) => {
            write(path, &text)?;
            let path = path.display();
            output.notice(&format!(
                "Wrote the attestation of key {} to {path}",
                describe(key)
            ))
        }
    }
}

async fn attest(
    session: &Session,
    key: &KeyInfo,
    args: &AttestArgs,
) -> Result<Attestation, Failure> {
    let what = format!("cannot attest key {}", describe(key));
    let call = async |broker: &sshtpm_client::Broker| -> Result<Attestation, Error> {
        let nonce = args.nonce.as_bytes();
        let attestation = broker.attestation();
        Ok(attestation
            .attest(&key.fingerprint, nonce, &Options::new())
            .await?)
    };
    let answer = session.attempt_at_tpm(&what, call).await?;
    answer.map_err(|error| {
        let failure = Failure::from_broker(what, &error);
        match error.kind() {
            ErrorKind::PinRequired => failure.and_next(format!(
                "Unlock the key first: `sshtpm unlock {}`.",
                key.fingerprint
            )),
            _ => failure,
        }
    })
}

/// An attestation is of one moment, so a later one takes the place of an earlier one.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = atomic_file::write(path, text.as_bytes(), MODE, Existing::Replace);
    written.map_err(|error| Failure::new(format!("cannot write {}", path.display()), error))
}

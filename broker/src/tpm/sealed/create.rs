//! TPM2_Create of a sealed object (TPM 2.0 Part 3, §12.1): three commands for a new key, and five
//! that read the seed back before anybody learns of the key.

use tss_esapi::structures::{Auth, CreateKeyResult, SensitiveData};
use zeroize::Zeroizing;

use super::seed::{SEED_BYTES, Seed};
use super::unseal::load_and_unseal;
use crate::tpm::authorization::Authorization;
use crate::tpm::connection::Connection;
use crate::tpm::failure::{Cause, Failure, sort, sort_with_parent};
use crate::tpm::random::random;
use crate::tpm::salted::{self, Encrypted};
use crate::tpm::{load, template};
use ssh_key::public::KeyData;
use sshtpm_core::key::Protection;

/// Makes a seed, has the TPM seal it, and reads it back: servers should learn of no key that the
/// TPM cannot unseal. Nothing stays in the TPM. Of the seed nothing stays in libtss2 either: it
/// keeps what was given to TPM2_Create until a command such as TPM2_Load takes the place.
///
/// # Errors
///
/// The TPM fails, or unseals another seed.
pub(in crate::tpm) fn create(
    connection: &mut Connection,
    authorization: Authorization<'_>,
) -> Result<(KeyData, CreateKeyResult), Failure> {
    let seed = draw(connection)?;
    let public = seed.public()?;
    let (protection, auth) = match authorization.pin {
        Some(pin) => (Protection::Pin, salted::to_auth(pin)?),
        None => (Protection::Nothing, Auth::default()),
    };
    let template =
        template::sealed_key(protection, authorization.pcrs).map_err(sort("template"))?;
    let sensitive = SensitiveData::try_from(&seed.as_bytes()[..]);
    let sensitive = sensitive.map_err(sort("TPM2B_SENSITIVE_DATA"))?;
    let parent = connection.parent();
    let created = salted::in_session(
        connection,
        Encrypted::Command,
        |context| context.create(parent, template, Some(auth), Some(sensitive), None, None),
        sort_with_parent("TPM2_Create"),
    )?;
    let blob = load::to_blob(&created.out_public, &created.out_private)?;
    let parent = connection.parent_name().clone();
    let unsealed = load_and_unseal(connection, &blob, &parent, authorization)?;
    match unsealed.public()? == public {
        true => Ok((public, created)),
        false => Err(other(
            "TPM2_Unseal",
            "another seed than was sealed".to_owned(),
        )),
    }
}

fn other(command: &'static str, answer: String) -> Failure {
    Failure::Other(Cause { command, answer })
}

/// The seed has two sources. A weak generator in the chip, an eavesdropper on its bus, or a kernel
/// that has just started does not suffice to find it.
fn draw(connection: &mut Connection) -> Result<Seed, Failure> {
    let mut seed: Zeroizing<[u8; SEED_BYTES]> = random()?;
    let drawn = connection.context().get_random(SEED_BYTES);
    let drawn = drawn.map_err(sort("TPM2_GetRandom"))?;
    if drawn.value().len() != SEED_BYTES {
        let answer = format!("{} bytes instead of {SEED_BYTES}", drawn.value().len());
        return Err(other("TPM2_GetRandom", answer));
    }
    for (byte, other) in seed.iter_mut().zip(drawn.value()) {
        *byte ^= other;
    }
    Ok(Seed::new(seed))
}

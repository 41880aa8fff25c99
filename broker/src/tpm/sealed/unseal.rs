//! TPM2_Unseal (TPM 2.0 Part 3, §12.7): the seed leaves the TPM, encrypted on its way to the
//! broker.

use tss_esapi::Context;
use tss_esapi::handles::KeyHandle;
use tss_esapi::structures::SensitiveData;

use super::seed::Seed;
use crate::tpm::authorization::Authorization;
use crate::tpm::connection::{Connection, Loaded};
use crate::tpm::failure::{Failure, is_bad_auth, sort, sort_with_pin};
use crate::tpm::load;
use sshtpm_core::key::{KeyBlob, ParentName};

/// Loads a sealed key and unseals its seed. Nothing stays in the TPM.
///
/// # Errors
///
/// The key cannot be loaded, the PIN is wrong, PCRs have other values, or the key does not hold a
/// seed.
pub(in crate::tpm) fn load_and_unseal(
    connection: &mut Connection,
    blob: &KeyBlob,
    parent: &ParentName,
    authorization: Authorization<'_>,
) -> Result<Seed, Failure> {
    let key = load::load(connection, blob, parent)?;
    let unsealed = unseal(Loaded { connection, key }, authorization);
    let flushed = connection.context().flush_context(key.into());
    let seed = unsealed?;
    flushed.map_err(sort("TPM2_FlushContext"))?;
    Ok(seed)
}

/// Unseals the seed of a loaded key.
///
/// # Errors
///
/// The PIN is wrong, PCRs have other values, or the key does not hold a seed.
pub(in crate::tpm) fn unseal(
    loaded: Loaded<'_>,
    authorization: Authorization<'_>,
) -> Result<Seed, Failure> {
    match authorization.pin {
        Some(_) => unsealed(loaded, authorization, sort_with_pin("TPM2_Unseal")),
        None => unsealed(loaded, authorization, sort("TPM2_Unseal")),
    }
}

/// Unseals the seed of a loaded key of which somebody said that it has no PIN.
///
/// # Errors
///
/// It has one, or does not hold a seed.
pub(in crate::tpm) fn unseal_untried(
    loaded: Loaded<'_>,
    authorization: Authorization<'_>,
) -> Result<Seed, Failure> {
    unsealed(loaded, authorization, |error| {
        match sort("TPM2_Unseal")(error) {
            Failure::Other(cause) if is_bad_auth(error) => Failure::UnsaidPin(cause),
            failure => failure,
        }
    })
}

fn unsealed(
    loaded: Loaded<'_>,
    authorization: Authorization<'_>,
    sort: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<Seed, Failure> {
    let Loaded { connection, key } = loaded;
    let unseal = |context: &mut Context| context.unseal(key.into());
    let loaded = Loaded { connection, key };
    let unsealed = authorization.run_for_a_secret(loaded, unseal, sort)?;
    taken(connection, key, &unsealed)
}

/// The seed, which is nowhere else afterwards.
fn taken(
    connection: &mut Connection,
    key: KeyHandle,
    unsealed: &SensitiveData,
) -> Result<Seed, Failure> {
    let seed = Seed::of_unsealed(unsealed.value());
    overwrite_answer(connection, key)?;
    seed
}

/// libtss2 decrypts an answer where it received it, and leaves it there until the next one. This is
/// a longer one.
fn overwrite_answer(connection: &mut Connection, key: KeyHandle) -> Result<(), Failure> {
    let read = connection.context().read_public(key);
    read.map(drop).map_err(sort("TPM2_ReadPublic(sealed)"))
}

//! Wraps a private key for the TPM of this machine.
//!
//! May touch: the broker's properties, and the kernel's random numbers.

use std::collections::HashMap;

use rand_core::OsRng;
use sshtpm_client::pin::Pin;
use sshtpm_duplicate::{Duplicate, wrap_bound};
use sshtpm_key_file::PrivateKey;
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};

use super::source::Source;
use crate::error::Failure;
use crate::own_parent;
use crate::session::Session;

/// `key` for the parent key that the broker shows.
///
/// # Errors
///
/// There is no TPM in use, or what the broker shows is not a storage key of one.
pub(super) async fn of(
    session: &Session,
    source: &Source,
    key: &PrivateKey,
    pin: Option<&Pin>,
    pcrs: Option<PcrSelection>,
) -> Result<Duplicate, Failure> {
    let parent = own_parent::read(session, &source.cannot()).await?;
    let policy = match pcrs {
        Some(pcrs) => Some(policy(session, source, pcrs, pin.is_some()).await?),
        None => None,
    };
    let pin = pin.map(Pin::bytes);
    wrap_bound(&key.private, pin, policy.as_ref(), &parent, &mut OsRng)
        .map_err(|error| Failure::new(source.cannot(), error))
}

/// The `authPolicy` of a key that is bound to what PCRs have in them now.
async fn policy(
    session: &Session,
    source: &Source,
    pcrs: PcrSelection,
    has_pin: bool,
) -> Result<[u8; 32], Failure> {
    let tpm = session.tpm().await?;
    let values = tpm.get_pcrs(&pcrs.to_string(), &HashMap::new()).await;
    let values = values.map_err(|error| Failure::from_broker(source.cannot(), &error.into()))?;
    let values = PcrValues::new(pcrs, &values).ok_or_else(|| {
        Failure::new(
            source.cannot(),
            "the broker answers with other PCRs than were asked for",
        )
    })?;
    let auth_value = match has_pin {
        true => AuthValue::Needed,
        false => AuthValue::NotNeeded,
    };
    Ok(PcrPolicy::new(values, auth_value).digest())
}

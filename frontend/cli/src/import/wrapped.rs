//! Wraps a private key for the TPM of this machine.
//!
//! May touch: the broker's property `ParentPublic`, and the kernel's random numbers.

use std::collections::HashMap;

use rand_core::OsRng;
use sshtpm_client::parent_public;
use sshtpm_client::pin::Pin;
use sshtpm_dbus::TpmProxy;
use sshtpm_duplicate::{Duplicate, Parent, wrap_bound};
use sshtpm_key_file::PrivateKey;
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrSelection, PcrValues};

use super::source::Source;
use crate::error::Failure;
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
    let cannot = |why: &dyn std::fmt::Display| Failure::new(source.cannot(), why);
    let tpm = session.tpm().await?;
    let area = parent_public(tpm).await;
    let area = area.map_err(|error| Failure::from_broker(source.cannot(), &error))?;
    if area.is_empty() {
        return Err(cannot(&"the broker has no TPM in use")
            .and_next("See `sshtpm status` for what stands in the way."));
    }
    let parent = Parent::read(&area).map_err(|error| {
        cannot(&format!(
            "keys cannot be encrypted for the TPM's parent key: {error}"
        ))
        .and_next("Have an administrator look at `journalctl -u sshtpm-broker`.")
    })?;
    let name = tpm.parent_name().await;
    let name = name.map_err(|error| Failure::from_broker(source.cannot(), &error.into()))?;
    if name != hex(parent.name()) {
        return Err(
            cannot(&"the TPM's parent key has changed while this command ran")
                .and_next("Try again."),
        );
    }
    let policy = match pcrs {
        Some(pcrs) => Some(policy(tpm, source, pcrs, pin.is_some()).await?),
        None => None,
    };
    let pin = pin.map(Pin::bytes);
    let wrapped = wrap_bound(&key.private, pin, policy.as_ref(), &parent, &mut OsRng);
    wrapped.map_err(|error| cannot(&error))
}

/// The `authPolicy` of a key that is bound to what PCRs have in them now.
async fn policy(
    tpm: &TpmProxy<'static>,
    source: &Source,
    pcrs: PcrSelection,
    has_pin: bool,
) -> Result<[u8; 32], Failure> {
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

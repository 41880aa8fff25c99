//! The parent key in the TPM of this machine, as the broker shows it.
//!
//! May touch: the broker's properties `ParentPublic` and `ParentName`.

use sshtpm_client::parent_public;
use sshtpm_duplicate::Parent;

use super::error::Failure;
use super::parent_name::ParentName;
use super::session::Session;

/// Reads it.
///
/// # Errors
///
/// `what` failed, because there is no TPM in use, or what the broker shows is not a storage key of
/// one.
pub(crate) async fn read(session: &Session, what: &str) -> Result<Parent, Failure> {
    let cannot = |why: &dyn std::fmt::Display| Failure::new(what, why);
    let tpm = session.tpm().await?;
    let area = parent_public(tpm).await;
    let area = area.map_err(|error| Failure::from_broker(what, &error))?;
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
    let name = name.map_err(|error| Failure::from_broker(what, &error.into()))?;
    if name != ParentName::of(&parent).digits() {
        return Err(
            cannot(&"the TPM's parent key has changed while this command ran")
                .and_next("Try again."),
        );
    }
    Ok(parent)
}

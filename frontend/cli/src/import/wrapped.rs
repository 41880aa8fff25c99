//! Wraps a private key for the TPM of this machine.
//!
//! May touch: the broker's properties, and the kernel's random numbers.

use rand_core::OsRng;
use sshtpm_client::pin::Pin;
use sshtpm_duplicate::{Duplicate, wrap};
use sshtpm_key_file::PrivateKey;

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
) -> Result<Duplicate, Failure> {
    let parent = own_parent::read(session, &source.cannot()).await?;
    wrap(&key.private, pin.map(Pin::bytes), &parent, &mut OsRng)
        .map_err(|error| Failure::new(source.cannot(), error))
}

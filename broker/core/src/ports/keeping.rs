//! Changes of what the TPM keeps that no request asked for.

use std::future::Future;
use std::sync::Arc;

use super::tpm::TpmError;
use crate::by_use::{Chosen, KeptByUse, Room, Why};
use crate::key::KeyRecord;
use crate::persistent::Persistent;

/// What the broker has the TPM keep by itself. Each call is one job at the TPM, in a line of its
/// own among those of users.
pub trait Keeping: Send + Sync + 'static {
    /// Whether nothing waits for the TPM.
    fn is_idle(&self) -> bool;

    /// What the TPM has of persistent objects, and room for. `promoted` are all keys that it keeps
    /// by their records; if there is little room, other objects at our handles are removed. It does
    /// not open a TPM that is not open.
    ///
    /// # Errors
    ///
    /// The TPM fails, or is not open.
    fn room(
        &self,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> impl Future<Output = Result<Room, TpmError>> + Send;

    /// Has the TPM keep a key, as [`persist`](super::Tpm::persist) does.
    ///
    /// # Errors
    ///
    /// Those of [`persist`](super::Tpm::persist). Nothing is left behind.
    fn keep(
        &self,
        chosen: &Chosen,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> impl Future<Output = Result<Persistent, TpmError>> + Send;

    /// Takes a key out of the TPM, and logs why. If another object is at its handle, that stays.
    ///
    /// # Errors
    ///
    /// The owner hierarchy has a password, or the TPM fails.
    fn give_back(
        &self,
        kept: &KeptByUse,
        why: Why,
    ) -> impl Future<Output = Result<(), TpmError>> + Send;
}

//! The record of use.

use std::future::Future;

use super::StoreError;
use crate::identity::Owner;
use crate::policy::Permit;
use crate::requests::GetUses;
use crate::uses::{Noted, Tally, Use};
use sshtpm_ssh::fingerprint::Fingerprint;

/// The record of use.
pub trait UseRecord: Send + Sync + 'static {
    /// Records a decision. It neither waits nor fails: no signature depends on it.
    fn note(&self, used: Use);

    /// How often a key signed, from memory.
    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally;

    /// Forgets the tally of a deleted key. Its recorded uses stay until they are too old.
    fn forget(&self, owner: &Owner, key: Fingerprint);

    /// Forgets the uses of a user who is gone, and how often that user's keys signed. It does not
    /// wait.
    fn forget_owner(&self, owner: &Owner);

    /// The last recorded uses, the oldest first.
    ///
    /// # Errors
    ///
    /// The record cannot be read.
    fn last(
        &self,
        permit: Permit<GetUses>,
    ) -> impl Future<Output = Result<Vec<Noted>, StoreError>> + Send;
}

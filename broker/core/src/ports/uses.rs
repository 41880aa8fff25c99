//! Where the use of keys is written down.

use std::future::Future;

use super::StoreError;
use crate::fingerprint::Fingerprint;
use crate::identity::Owner;
use crate::policy::Permit;
use crate::requests::GetUses;
use crate::uses::{Noted, Tally, Use};

/// What is known of the use of keys.
pub trait UseRecord: Send + Sync + 'static {
    /// Takes note of a decision. It neither waits nor fails: nobody's signature depends on it.
    fn note(&self, used: Use);

    /// How often a key signed, from memory.
    fn tally(&self, owner: &Owner, key: Fingerprint) -> Tally;

    /// A key is gone, and its tally with it. What was noted of it stays until it is too old.
    fn forget(&self, owner: &Owner, key: Fingerprint);

    /// What was noted last, the oldest first.
    fn last(
        &self,
        permit: Permit<GetUses>,
    ) -> impl Future<Output = Result<Vec<Noted>, StoreError>> + Send;
}

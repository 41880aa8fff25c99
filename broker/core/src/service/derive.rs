//! Signing with keys that the TPM may have to derive first.

use futures_util::lock::OwnedMutexGuard;

use super::Service;
use crate::key::KeyRecord;
use crate::ports::Ports;
use crate::queue::Work;

impl<P: Ports> Service<P> {
    /// The turn of a user to sign with an RSA key that the TPM derives. One generation of a user
    /// waits at the TPM, and a second signature would be refused for that; here it waits, too. No
    /// other signature needs it, and others of the user go on.
    pub(super) async fn turn_to_derive(&self, record: &KeyRecord) -> Option<OwnedMutexGuard<()>> {
        let is_long = Work::to_make(record.algorithm) == Work::Generation;
        match record.key.derivation() {
            Some(_) if is_long => Some(self.derivations.take(record.owner.uid()).await),
            _ => None,
        }
    }
}

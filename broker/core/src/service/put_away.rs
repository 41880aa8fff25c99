//! What the broker has of a key besides its record, and no longer needs.

use std::sync::Arc;

use super::Service;
use crate::key::KeyRecord;
use crate::policy::Permit;
use crate::ports::{Ports, Tpm as _, UseRecord as _};
use crate::requests::Evicts;

impl<P: Ports> Service<P> {
    /// Forgets how often a key signed and its PIN, wipes its seed, and takes it out of the TPM. Its
    /// record is gone by now.
    pub(super) async fn put_away<R: Evicts>(&self, permit: &Permit<R>, gone: &Arc<KeyRecord>) {
        let fingerprint = gone.fingerprint();
        self.ports.uses().forget(&gone.owner, fingerprint);
        self.pins.forget(&gone.owner, fingerprint);
        if gone.key.is_sealed() {
            self.ports.tpm().wipe(gone);
        }
        self.evict_gone(permit, gone).await;
    }
}

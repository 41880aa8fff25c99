//! Deleting a key.

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::policy::{Permit, Target};
use crate::ports::{KeyStore as _, Ports};
use crate::quota::Claim;
use crate::requests::Delete;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A deletion that is allowed, and the caller's place that it takes.
#[derive(Debug)]
#[must_use = "what was authorized has to be carried out"]
pub struct Deletion {
    permit: Permit<Delete>,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether a key of the caller, or of the user `named`, may be deleted for good.
    ///
    /// # Errors
    ///
    /// There is no such key, or the caller may not delete it.
    pub async fn begin_delete(
        &self,
        caller: Caller,
        named: Option<Owner>,
        fingerprint: Fingerprint,
    ) -> Result<Deletion, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        self.own_key_exists(&target, fingerprint).await?;
        let request = Delete {
            target,
            fingerprint,
        };
        Ok(Deletion {
            permit: self.authorize(request).await?,
            _request_place: request_place,
        })
    }

    /// Deletes the key. This has to be awaited to its end.
    ///
    /// # Errors
    ///
    /// The key is gone by now, or the disk fails.
    pub async fn finish_delete(&self, deletion: Deletion) -> Result<(), Error> {
        let Deletion {
            permit,
            _request_place,
        } = deletion;
        let deleted = self.ports.store().delete(&permit).await?;
        self.put_away(&permit, &deleted).await;
        Ok(())
    }
}

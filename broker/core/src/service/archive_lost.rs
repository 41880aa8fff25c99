//! Moving the records of lost keys out of the way.

use std::sync::Arc;

use super::Service;
use crate::error::Error;
use crate::identity::{Caller, Owner};
use crate::key::KeyRecord;
use crate::policy::{Permit, Relation, Target};
use crate::ports::{KeyStore as _, Ports};
use crate::quota::Claim;
use crate::requests::{ArchiveLost, RequestError};
use sshtpm_ssh::fingerprint::Fingerprint;

/// An archiving that is allowed, and the caller's place that it takes.
#[derive(Debug)]
#[must_use = "what was authorized has to be carried out"]
pub struct Archival {
    permit: Permit<ArchiveLost>,
    _request_place: Claim,
}

impl<P: Ports> Service<P> {
    /// Asks whether the lost keys of the caller, or of the user `named`, may be archived; or `key`
    /// alone.
    ///
    /// # Errors
    ///
    /// No key that is meant is lost, or the caller may not archive them.
    pub async fn begin_archive_lost(
        &self,
        caller: Caller,
        named: Option<Owner>,
        key: Option<Fingerprint>,
    ) -> Result<Archival, Error> {
        let request_place = self.admit(&caller)?;
        let target = Target::new(caller, named, self.host.as_str());
        let request = ArchiveLost { target, key };
        // Spares the caller a prompt. Of another user's keys nothing is said before it is answered.
        if request.target.relation() == Relation::Own {
            self.lost_keys(&request).await?;
        }
        Ok(Archival {
            permit: self.authorize(request).await?,
            _request_place: request_place,
        })
    }

    /// Archives the keys, and returns which. This has to be awaited to its end.
    ///
    /// # Errors
    ///
    /// No key that is meant is lost, or the disk fails; then those before it are archived.
    pub async fn finish_archive_lost(&self, archival: Archival) -> Result<Vec<Fingerprint>, Error> {
        let Archival {
            permit,
            _request_place,
        } = archival;
        let mut archived = Vec::new();
        for lost in self.lost_keys(permit.request()).await? {
            self.ports.store().archive(&permit, &lost).await?;
            self.put_away(&permit, &lost).await;
            archived.push(lost.fingerprint());
        }
        Ok(archived)
    }

    /// # Errors
    ///
    /// There is no such key, or none of those that are meant is lost.
    async fn lost_keys(&self, request: &ArchiveLost) -> Result<Vec<Arc<KeyRecord>>, RequestError> {
        let mut keys = self.ports.store().list(&request.target.owner).await;
        if let Some(key) = request.key {
            keys.retain(|record| record.fingerprint() == key);
            if keys.is_empty() {
                return Err(RequestError::NoSuchKey);
            }
        }
        keys.retain(|record| self.is_lost(record));
        match keys.is_empty() {
            true => Err(RequestError::NothingLost),
            false => Ok(keys),
        }
    }
}

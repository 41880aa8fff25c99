//! What the core asks of the store.

use std::sync::{Arc, RwLock};

use super::FileStore;
use super::archive::Archive;
use super::attestation_keys::AttestationKeys;
use super::index::{Index, read_index, write_index};
use super::read::NotRead;
use super::write::Writer;
use sshtpm_core::attestation::AttestationKey;
use sshtpm_core::by_use::{Chosen, KeptByUse};
use sshtpm_core::certificates::{Certificates, Extent};
use sshtpm_core::error::StoreError;
use sshtpm_core::identity::{Owner, Uid};
use sshtpm_core::key::{KeyBlob, KeyRecord, TpmKey};
use sshtpm_core::persistent::Persistent;
use sshtpm_core::policy::Permit;
use sshtpm_core::ports::KeyStore;
use sshtpm_core::quota::Claim;
use sshtpm_core::requests::{
    AddCertificate, ArchiveLost, Attest, Delete, DeleteOrphans, RemoveCertificate, Restrict,
    SetComment, SetPersistent, SetPin,
};
use sshtpm_ssh::fingerprint::Fingerprint;

impl KeyStore for FileStore {
    async fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        match self.reader.read(owner.uid()).await {
            Ok(()) => read_index(self.reader.index()).list(owner),
            Err(NotRead) => Vec::new(),
        }
    }

    async fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        self.reader.read(owner.uid()).await.ok()?;
        read_index(self.reader.index()).find(owner, fingerprint)
    }

    fn count(&self, owner: &Owner) -> usize {
        let count = read_index(self.reader.index()).count(owner);
        count.unwrap_or(usize::MAX)
    }

    async fn another_has(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> Result<bool, StoreError> {
        self.read_all().await?;
        Ok(read_index(self.reader.index()).another_has(owner, fingerprint))
    }

    async fn add(&self, record: KeyRecord, place: Claim) -> Result<(), StoreError> {
        self.change(record.owner.uid(), move |writer, index| {
            let fingerprint = record.fingerprint();
            // Two imports of one key can be under way.
            if existing(index, &record.owner, fingerprint).is_ok() {
                return Err(StoreError::ChangedByAnother);
            }
            writer.add(&record)?;
            write_index(index).insert(record);
            drop(place);
            Ok(())
        })
        .await
    }

    async fn take_place(
        &self,
        record: KeyRecord,
        former: Arc<KeyRecord>,
    ) -> Result<(), StoreError> {
        self.change(record.owner.uid(), move |writer, index| {
            match existing(index, &record.owner, record.fingerprint()) {
                Ok(old) if old == former => {}
                _ => return Err(StoreError::ChangedByAnother),
            }
            writer.replace(&former, &record)?;
            write_index(index).insert(record);
            Ok(())
        })
        .await
    }

    async fn set_comment(&self, permit: Permit<SetComment>) -> Result<(), StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
            let SetComment {
                target,
                fingerprint,
                comment,
                may_ask_a_person,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            if old.asks_a_person() && !may_ask_a_person {
                return Err(StoreError::ChangedByAnother);
            }
            if old.comment == comment {
                return Ok(());
            }
            let new = KeyRecord {
                comment,
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn restrict(&self, permit: Permit<Restrict>) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
            let Restrict {
                target,
                fingerprint,
                before,
                after,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            if *old.restrictions == after {
                return Ok(old);
            }
            if *old.restrictions != before {
                return Err(StoreError::ChangedByAnother);
            }
            let new = KeyRecord {
                restrictions: Arc::new(after),
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            existing(index, &target.owner, fingerprint)
        })
        .await
    }

    async fn add_certificate(
        &self,
        permit: Permit<AddCertificate>,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
            let AddCertificate {
                target,
                fingerprint,
                certificate,
                now,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            let others = of_other_keys(index, &old);
            let after = old.certificates.with(certificate, now, others)?;
            certify(writer, index, &old, after)
        })
        .await
    }

    async fn remove_certificate(
        &self,
        permit: Permit<RemoveCertificate>,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(permit.request().target.owner.uid(), move |writer, index| {
            let RemoveCertificate {
                target,
                fingerprint,
                blob,
            } = permit.into_request();
            let old = existing(index, &target.owner, fingerprint)?;
            let after = old.certificates.without(&blob);
            certify(
                writer,
                index,
                &old,
                after.ok_or(StoreError::NoSuchCertificate)?,
            )
        })
        .await
    }

    async fn set_pin(&self, permit: Permit<SetPin>, blob: KeyBlob) -> Result<(), StoreError> {
        self.change(permit.request().record.owner.uid(), move |writer, index| {
            let SetPin { record, after, .. } = permit.into_request();
            let old = existing(index, &record.owner, record.fingerprint())?;
            if old.key.blob != record.key.blob {
                return Err(StoreError::ChangedByAnother);
            }
            let new = KeyRecord {
                key: TpmKey {
                    blob,
                    protection: after,
                    ..old.key.clone()
                },
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn promoted(&self) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        // The TPM's copies of unknown keys would be taken for left over.
        self.read_all().await?;
        Ok(read_index(self.reader.index()).promoted())
    }

    async fn set_persistent(
        &self,
        _permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> Result<(), StoreError> {
        let there = before.key.persistent.clone();
        self.set_place(before, there, after).await
    }

    async fn set_kept(&self, chosen: &Chosen, after: Arc<Persistent>) -> Result<(), StoreError> {
        self.set_place(chosen.record(), None, Some(after)).await
    }

    async fn set_given_back(&self, kept: &KeptByUse) -> Result<(), StoreError> {
        let there = Some(Arc::clone(kept.persistent()));
        self.set_place(kept.record(), there, None).await
    }

    async fn delete(&self, permit: &Permit<Delete>) -> Result<Arc<KeyRecord>, StoreError> {
        let Delete {
            target,
            fingerprint,
        } = permit.request().clone();
        self.delete_of(target.owner, fingerprint).await
    }

    async fn archive(
        &self,
        permit: &Permit<ArchiveLost>,
        lost: &Arc<KeyRecord>,
    ) -> Result<(), StoreError> {
        let owner = permit.request().target.owner.clone();
        let (lost, archive) = (Arc::clone(lost), Arc::clone(&self.archive));
        self.change(owner.uid(), move |_, index| {
            let fingerprint = lost.fingerprint();
            if existing(index, &owner, fingerprint)? != lost {
                return Err(StoreError::ChangedByAnother);
            }
            archive.take(&lost)?;
            write_index(index).remove(&owner, fingerprint);
            Ok(())
        })
        .await
    }

    async fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        let read = self.reader.read_each().await;
        // A list without their keys would say that there are none.
        read.map_err(|NotRead| StoreError::KeysUnreadable)?;
        let owners = read_index(self.reader.index()).owners().into_iter();
        Ok(owners.map(|(owner, _)| owner).collect())
    }

    async fn delete_orphan(
        &self,
        permit: &Permit<DeleteOrphans>,
        key: Fingerprint,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        self.delete_of(permit.request().former.clone(), key).await
    }

    async fn archived_uids(&self) -> Result<Vec<Uid>, StoreError> {
        self.look(Archive::uids).await
    }

    async fn archived(&self, uid: Uid) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        self.look(move |archive| archive.of(uid)).await
    }

    async fn attestation_key(
        &self,
        owner: &Owner,
    ) -> Result<Option<Arc<AttestationKey>>, StoreError> {
        let (owner, uid) = (owner.clone(), owner.uid());
        let read = move |keys: &AttestationKeys| keys.read(&owner);
        Ok(self.change_attester(uid, read).await?.map(Arc::new))
    }

    async fn keep_attestation_key(
        &self,
        permit: &Permit<Attest>,
        lost: Option<Arc<AttestationKey>>,
        new: AttestationKey,
    ) -> Result<Arc<AttestationKey>, StoreError> {
        let owner = permit.request().record.owner.clone();
        let keep = move |keys: &AttestationKeys| match keys.read(&owner)? {
            // Another request was quicker.
            Some(other) if Some(&other) != lost.as_deref() => Ok(other),
            Some(_) => keys.replace_lost(&owner, &new).map(|()| new),
            None => keys.write(&owner, &new).map(|()| new),
        };
        let uid = permit.request().record.owner.uid();
        self.change_attester(uid, keep).await.map(Arc::new)
    }

    async fn forget_attestation_key(
        &self,
        permit: &Permit<DeleteOrphans>,
    ) -> Result<(), StoreError> {
        let former = permit.request().former.clone();
        let uid = former.uid();
        let delete = move |keys: &AttestationKeys| keys.delete(&former);
        self.change_attester(uid, delete).await
    }

    async fn delete_archived(&self, permit: &Permit<DeleteOrphans>) -> Result<(), StoreError> {
        let DeleteOrphans { former, key, .. } = permit.request().clone();
        let archive = Arc::clone(&self.archive);
        self.change(former.uid(), move |_, _| archive.delete(&former, key))
            .await
    }
}

impl FileStore {
    /// Reads or changes the attestation key of `uid` where blocking is allowed, when it is the turn
    /// of `uid`.
    async fn change_attester<T: Send + 'static>(
        &self,
        uid: Uid,
        change: impl FnOnce(&AttestationKeys) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let keys = Arc::clone(&self.attestation_keys);
        self.change(uid, move |_, _| change(&keys)).await
    }

    /// Looks at the archive where blocking is allowed.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Archive) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let archive = Arc::clone(&self.archive);
        let done = tokio::task::spawn_blocking(move || look(&archive)).await;
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "looking at archived records was aborted");
            Err(StoreError::KeysUnreadable)
        })
    }

    /// Stores where the TPM keeps the key of `record`, if that has its blob, and is `there`, as
    /// before.
    async fn set_place(
        &self,
        record: &Arc<KeyRecord>,
        there: Option<Arc<Persistent>>,
        after: Option<Arc<Persistent>>,
    ) -> Result<(), StoreError> {
        let record = Arc::clone(record);
        self.change(record.owner.uid(), move |writer, index| {
            let old = existing(index, &record.owner, record.fingerprint())?;
            if (&old.key.blob, &old.key.persistent) != (&record.key.blob, &there) {
                return Err(StoreError::ChangedByAnother);
            }
            let new = KeyRecord {
                key: TpmKey {
                    persistent: after,
                    ..old.key.clone()
                },
                ..KeyRecord::clone(&old)
            };
            writer.replace(&old, &new)?;
            write_index(index).insert(new);
            Ok(())
        })
        .await
    }

    async fn delete_of(
        &self,
        owner: Owner,
        fingerprint: Fingerprint,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        self.change(owner.uid(), move |writer, index| {
            let record = existing(index, &owner, fingerprint)?;
            writer.delete(&record)?;
            write_index(index).remove(&owner, fingerprint);
            Ok(record)
        })
        .await
    }
}

impl FileStore {
    /// Reads the keys of all users that are not read yet.
    async fn read_all(&self) -> Result<(), StoreError> {
        let reader = self.reader.clone();
        let read = tokio::task::spawn_blocking(move || reader.read_rest()).await;
        let read = read.unwrap_or_else(|error| {
            tracing::error!(%error, "reading the key store was aborted");
            Err(NotRead)
        });
        read.map_err(|NotRead| StoreError::KeysUnreadable)
    }
}

/// What the other keys of the owner of `record` have of certificates.
fn of_other_keys(index: &RwLock<Index>, record: &Arc<KeyRecord>) -> Extent {
    let keys = read_index(index).list(&record.owner);
    let others = keys.iter().filter(|key| !Arc::ptr_eq(key, record));
    others.fold(Extent::default(), |extent, key| {
        extent.plus(key.certificates.extent())
    })
}

/// Gives the key of `old` these certificates.
fn certify(
    writer: &Writer,
    index: &RwLock<Index>,
    old: &Arc<KeyRecord>,
    certificates: Certificates,
) -> Result<Arc<KeyRecord>, StoreError> {
    if old.certificates == certificates {
        return Ok(Arc::clone(old));
    }
    let new = KeyRecord {
        certificates,
        ..KeyRecord::clone(old)
    };
    writer.replace(old, &new)?;
    write_index(index).insert(new);
    existing(index, &old.owner, old.fingerprint())
}

fn existing(
    index: &RwLock<Index>,
    owner: &Owner,
    fingerprint: Fingerprint,
) -> Result<Arc<KeyRecord>, StoreError> {
    let found = read_index(index).find(owner, fingerprint);
    found.ok_or(StoreError::NoSuchKey)
}

//! A store that is read truthfully, and changed as a test wrote down.

use std::sync::Arc;

use super::{Call, Fakes, locked};
use crate::attestation::AttestationKey;
use crate::by_use::{Chosen, KeptByUse};
use crate::identity::{Owner, Uid};
use crate::key::{KeyBlob, KeyRecord, TpmKey};
use crate::persistent::Persistent;
use crate::policy::Permit;
use crate::ports::{KeyStore, StoreError};
use crate::quota::Claim;
use crate::requests::{
    AddCertificate, ArchiveLost, Attest, Delete, DeleteOrphans, RemoveCertificate, Restrict,
    SetComment, SetPersistent, SetPin,
};
use sshtpm_ssh::fingerprint::Fingerprint;

impl KeyStore for Fakes {
    async fn list(&self, owner: &Owner) -> Vec<Arc<KeyRecord>> {
        let records = self.read(&Call::List(owner.clone()));
        records
            .iter()
            .filter(|record| record.owner == *owner)
            .cloned()
            .collect()
    }

    async fn find(&self, owner: &Owner, fingerprint: Fingerprint) -> Option<Arc<KeyRecord>> {
        let records = self.read(&Call::Find(owner.clone(), fingerprint));
        let is_it = |record: &&Arc<KeyRecord>| is_key(record, owner, fingerprint);
        records.iter().find(is_it).cloned()
    }

    fn count(&self, owner: &Owner) -> usize {
        let records = locked(&self.records);
        let own = records.iter().filter(|record| record.owner == *owner);
        own.count()
    }

    async fn another_has(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> Result<bool, StoreError> {
        let records = self.read(&Call::AnotherHas(owner.clone(), fingerprint));
        let is_anothers =
            |record: &Arc<KeyRecord>| record.owner != *owner && record.fingerprint() == fingerprint;
        Ok(records.iter().any(is_anothers))
    }

    async fn add(&self, record: KeyRecord, _place: Claim) -> Result<(), StoreError> {
        self.change(&Call::Add(record.clone())).await?;
        locked(&self.records).push(Arc::new(record));
        Ok(())
    }

    async fn take_place(
        &self,
        record: KeyRecord,
        former: Arc<KeyRecord>,
    ) -> Result<(), StoreError> {
        self.change(&Call::TakePlace(record.clone())).await?;
        let mut records = locked(&self.records);
        records.retain(|one| *one != former);
        records.push(Arc::new(record));
        Ok(())
    }

    async fn set_comment(&self, permit: Permit<SetComment>) -> Result<(), StoreError> {
        let SetComment {
            target,
            fingerprint,
            comment,
            may_ask_a_person: _,
        } = permit.into_request();
        self.change(&Call::SetComment(target.owner, fingerprint, comment))
            .await
    }

    async fn restrict(&self, permit: Permit<Restrict>) -> Result<Arc<KeyRecord>, StoreError> {
        let request = permit.into_request();
        let call = Call::Restrict(request.target.owner, request.fingerprint, request.after);
        self.replace(&call).await
    }

    async fn add_certificate(
        &self,
        permit: Permit<AddCertificate>,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        let AddCertificate {
            target,
            fingerprint,
            certificate,
            now,
        } = permit.into_request();
        let call = Call::AddCertificate(target.owner, fingerprint, certificate, now);
        self.replace(&call).await
    }

    async fn remove_certificate(
        &self,
        permit: Permit<RemoveCertificate>,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        let RemoveCertificate {
            target,
            fingerprint,
            blob,
        } = permit.into_request();
        let call = Call::RemoveCertificate(target.owner, fingerprint, blob);
        self.replace(&call).await
    }

    async fn set_pin(&self, permit: Permit<SetPin>, blob: KeyBlob) -> Result<(), StoreError> {
        let SetPin { record, after, .. } = permit.into_request();
        let call = Call::SetPin(record.owner.clone(), record.fingerprint(), after, blob);
        self.change(&call).await
    }

    async fn promoted(&self) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        let records = locked(&self.records);
        let promoted = records.iter().filter(|key| key.key.persistent.is_some());
        Ok(promoted.cloned().collect())
    }

    async fn set_persistent(
        &self,
        permit: &Permit<SetPersistent>,
        before: &Arc<KeyRecord>,
        after: Option<Arc<Persistent>>,
    ) -> Result<(), StoreError> {
        let owner = permit.request().target.owner.clone();
        let call = Call::SetPersistent(owner, before.fingerprint(), after);
        self.change(&call).await
    }

    async fn set_kept(&self, chosen: &Chosen, after: Arc<Persistent>) -> Result<(), StoreError> {
        let record = chosen.record();
        let (owner, key) = (record.owner.clone(), record.fingerprint());
        self.change(&Call::SetKept(owner, key, Arc::clone(&after)))
            .await?;
        self.place(record, Some(after));
        Ok(())
    }

    async fn set_given_back(&self, kept: &KeptByUse) -> Result<(), StoreError> {
        let record = kept.record();
        let call = Call::SetGivenBack(record.owner.clone(), record.fingerprint());
        self.change(&call).await?;
        self.place(record, None);
        Ok(())
    }

    async fn delete(&self, permit: &Permit<Delete>) -> Result<Arc<KeyRecord>, StoreError> {
        let Delete {
            target,
            fingerprint,
        } = permit.request().clone();
        let call = Call::Delete(target.owner.clone(), fingerprint);
        self.change(&call).await?;
        self.taken(&target.owner, fingerprint)
    }

    async fn archive(
        &self,
        permit: &Permit<ArchiveLost>,
        lost: &Arc<KeyRecord>,
    ) -> Result<(), StoreError> {
        let owner = permit.request().target.owner.clone();
        let call = Call::Archive(owner.clone(), lost.fingerprint());
        self.change(&call).await?;
        self.taken(&owner, lost.fingerprint()).map(drop)
    }

    async fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        let records = locked(&self.records);
        let mut owners: Vec<_> = records.iter().map(|record| record.owner.clone()).collect();
        owners.sort();
        owners.dedup();
        Ok(owners)
    }

    async fn delete_orphan(
        &self,
        permit: &Permit<DeleteOrphans>,
        key: Fingerprint,
    ) -> Result<Arc<KeyRecord>, StoreError> {
        let former = permit.request().former.clone();
        self.change(&Call::Delete(former.clone(), key)).await?;
        self.taken(&former, key)
    }

    async fn archived_uids(&self) -> Result<Vec<Uid>, StoreError> {
        let archived = locked(&self.archived);
        Ok(archived.iter().map(|record| record.owner.uid()).collect())
    }

    async fn archived(&self, uid: Uid) -> Result<Vec<Arc<KeyRecord>>, StoreError> {
        let archived = locked(&self.archived);
        let of_uid = archived.iter().filter(|record| record.owner.uid() == uid);
        Ok(of_uid.cloned().collect())
    }

    async fn attestation_key(
        &self,
        owner: &Owner,
    ) -> Result<Option<Arc<AttestationKey>>, StoreError> {
        Ok(locked(&self.attestation_keys).get(owner).cloned())
    }

    async fn keep_attestation_key(
        &self,
        permit: &Permit<Attest>,
        _lost: Option<Arc<AttestationKey>>,
        new: AttestationKey,
    ) -> Result<Arc<AttestationKey>, StoreError> {
        let owner = permit.request().record.owner.clone();
        self.change(&Call::KeepAttestationKey(owner.clone()))
            .await?;
        let new = Arc::new(new);
        locked(&self.attestation_keys).insert(owner, Arc::clone(&new));
        Ok(new)
    }

    async fn forget_attestation_key(
        &self,
        permit: &Permit<DeleteOrphans>,
    ) -> Result<(), StoreError> {
        locked(&self.attestation_keys).remove(&permit.request().former);
        Ok(())
    }

    async fn delete_archived(&self, permit: &Permit<DeleteOrphans>) -> Result<(), StoreError> {
        let former = permit.request().former.clone();
        self.change(&Call::DeleteArchived(former)).await
    }
}

impl Fakes {
    fn place(&self, before: &KeyRecord, persistent: Option<Arc<Persistent>>) {
        let mut records = locked(&self.records);
        records.retain(|one| !is_key(one, &before.owner, before.fingerprint()));
        let key = TpmKey {
            persistent,
            ..before.key.clone()
        };
        records.push(Arc::new(KeyRecord {
            key,
            ..before.clone()
        }));
    }

    fn taken(&self, owner: &Owner, key: Fingerprint) -> Result<Arc<KeyRecord>, StoreError> {
        let mut records = locked(&self.records);
        let number = records.iter().position(|record| is_key(record, owner, key));
        number
            .map(|number| records.remove(number))
            .ok_or(StoreError::NoSuchKey)
    }
}

fn is_key(record: &KeyRecord, owner: &Owner, fingerprint: Fingerprint) -> bool {
    record.owner == *owner && record.fingerprint() == fingerprint
}

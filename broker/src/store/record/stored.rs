//! A record as it is in its file.

use serde::{Deserialize, Serialize};

use super::public_key::public_key_text;
use super::version::VERSION;
use crate::store::certificates::StoredCertificates;
use crate::store::damage::Damage;
use crate::store::derived::StoredDerived;
use crate::store::pcrs::StoredPcrs;
use crate::store::persistent::StoredPersistent;
use crate::store::restrictions::StoredRestrictions;
use crate::store::tss2_key;
use sshtpm_core::key::{KeyRecord, PrivatePart};
use sshtpm_ssh::word::Word as _;

/// What every version has.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) version: u64,
}

// Without Debug: `key` and `persistent` belong into no log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    pub(super) version: u64,
    pub(super) owner: StoredOwner,
    /// SSH name of the key type.
    pub(super) algorithm: String,
    pub(super) bits: u32,
    pub(super) comment: String,
    /// Seconds since 1970-01-01 UTC.
    pub(super) created: u64,
    /// Where the key comes from; like the next two from version 6 on, where they have to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<String>,
    /// What holds the private part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holding: Option<String>,
    /// Whether the owner keeps a copy of the key elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backed_up: Option<bool>,
    /// From version 2 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restrictions: Option<StoredRestrictions>,
    /// Key type and base64 blob, without a comment.
    pub(super) public_key: String,
    /// Name of the parent key, in hexadecimal.
    pub(super) parent: String,
    /// A TSS2 PRIVATE KEY, unless the key is derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// What the key is derived from, if it is; from version 7 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) derived: Option<StoredDerived>,
    /// Where the TPM keeps the key, too, if it does; from version 3 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) persistent: Option<StoredPersistent>,
    /// From version 4 on.
    #[serde(default, skip_serializing_if = "StoredCertificates::are_none")]
    pub(super) certificates: StoredCertificates,
    /// What PCRs have to have in them, if the key is bound to any; from version 7 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pcrs: Option<StoredPcrs>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredOwner {
    pub(super) uid: u32,
    pub(super) name: String,
}

impl Stored {
    /// # Errors
    ///
    /// A part has no stored form.
    pub(super) fn of(record: &KeyRecord) -> Result<Self, Damage> {
        let blob = &record.key.blob;
        let (key, derived) = match &blob.private {
            PrivatePart::Wrapped(_) => (Some(tss2_key::encode(blob, record.key.protection)?), None),
            PrivatePart::Derived(from) => (None, Some(StoredDerived::of(from, &blob.public))),
        };
        Ok(Self {
            version: VERSION,
            owner: StoredOwner {
                uid: record.owner.uid().0,
                name: record.owner.name().as_str().to_owned(),
            },
            algorithm: record.algorithm.ssh_name().to_owned(),
            bits: record.algorithm.bits(),
            comment: record.comment.as_str().to_owned(),
            created: record.created,
            origin: Some(record.origin.word().to_owned()),
            holding: Some(record.key.holding.word().to_owned()),
            backed_up: Some(record.backed_up),
            restrictions: Some(StoredRestrictions::of(&record.restrictions)?),
            public_key: public_key_text(&record.key.public)?,
            parent: record.key.parent.to_string(),
            key,
            derived,
            persistent: record.key.persistent.as_deref().map(StoredPersistent::of),
            certificates: StoredCertificates::of(&record.certificates)?,
            pcrs: record.key.pcrs.as_deref().map(StoredPcrs::of),
        })
    }
}

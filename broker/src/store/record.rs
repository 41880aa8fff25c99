//! The stored form of a record, and its conversion from and to [`KeyRecord`].
//!
//! The form is JSON, so that an administrator can read it. The version comes first, and its
//! meaning never changes. Reading and writing check all parts against each other: a record that
//! could not be read back is not written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::certificates::StoredCertificates;
use super::damage::{Damage, MAX_RECORD_BYTES, Unreadable};
use super::derived::StoredDerived;
use super::pcrs::StoredPcrs;
use super::persistent::{SaysBy, StoredPersistent};
use super::restrictions::{ScreenRule, StoredRestrictions};
use super::{tpm2b, tss2_key};
use sshtpm_core::certificates::Certificates;
use sshtpm_core::comment::Comment;
use sshtpm_core::derivation::POLICY_B;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::key::{
    Holding, KeyBlob, KeyRecord, Origin, ParentName, PrivatePart, Protection, TpmKey,
};
use sshtpm_core::restrictions::Restrictions;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::derived::{Hierarchy, Template};
use sshtpm_ssh::word::Word as _;

/// Writes `record` as text.
///
/// # Errors
///
/// The parts do not belong together, or the record is too long, so that it could not be read back.
pub(super) fn encode(record: &KeyRecord) -> Result<String, Damage> {
    let blob = &record.key.blob;
    let (key, derived) = match &blob.private {
        PrivatePart::Wrapped(_) => (Some(tss2_key::encode(blob, record.key.protection)?), None),
        PrivatePart::Derived(from) => (None, Some(StoredDerived::of(from, &blob.public))),
    };
    let stored = Stored {
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
    };
    let mut text = serde_json::to_string_pretty(&stored).map_err(not_a_record)?;
    text.push('\n');
    if stored.parse()?.left_out > 0 {
        return Err(Damage::Certificates);
    }
    match text.len() {
        0..=MAX_RECORD_BYTES => Ok(text),
        _ => Err(Damage::TooLong),
    }
}

/// A record that was read.
pub(super) struct Decoded {
    pub(super) record: KeyRecord,
    /// How many certificates are not in it, because they are damaged. The key can be used without.
    pub(super) left_out: usize,
}

/// Reads a record.
///
/// # Errors
///
/// The record has a newer version, or is damaged beyond its certificates.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Unreadable> {
    if bytes.len() > MAX_RECORD_BYTES {
        return Err(Damage::TooLong.into());
    }
    let Versioned { version } = serde_json::from_slice(bytes).map_err(not_a_record)?;
    match version {
        WITHOUT_RESTRICTIONS..=VERSION => {
            let stored: Stored = serde_json::from_slice(bytes).map_err(not_a_record)?;
            Ok(stored.parse()?)
        }
        newer if newer > VERSION => Err(Unreadable::Newer(newer)),
        never => Err(Damage::NoSuchVersion(never).into()),
    }
}

const VERSION: u64 = 8;

/// Records of before the broker chose keys that the TPM keeps.
const WITHOUT_CHOICE: u64 = 7;

/// Records of before keys were derived, and before one could be bound to PCRs.
const WITHOUT_DERIVED_AND_PCRS: u64 = 6;

/// Records of before keys came from elsewhere.
const WITHOUT_ORIGIN: u64 = 5;

/// Records of before a key could depend on the screen of its owner.
const WITHOUT_SCREEN: u64 = 4;

/// Records of before certificates were kept.
const WITHOUT_CERTIFICATES: u64 = 3;

/// Records of before the TPM could keep keys.
const WITHOUT_PERSISTENT: u64 = 2;

/// Records of before there were restrictions.
const WITHOUT_RESTRICTIONS: u64 = 1;

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

// Without Debug: `key` and `persistent` belong into no log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u64,
    owner: StoredOwner,
    /// SSH name of the key type.
    algorithm: String,
    bits: u32,
    comment: String,
    /// Seconds since 1970-01-01 UTC.
    created: u64,
    /// Where the key comes from; like the next two from version 6 on, where they have to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// What holds the private part.
    #[serde(skip_serializing_if = "Option::is_none")]
    holding: Option<String>,
    /// Whether the owner keeps a copy of the key elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    backed_up: Option<bool>,
    /// From version 2 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    restrictions: Option<StoredRestrictions>,
    /// Key type and base64 blob, without a comment.
    public_key: String,
    /// Name of the parent key, in hexadecimal.
    parent: String,
    /// A TSS2 PRIVATE KEY, unless the key is derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// What the key is derived from, if it is; from version 7 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    derived: Option<StoredDerived>,
    /// Where the TPM keeps the key, too, if it does; from version 3 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    persistent: Option<StoredPersistent>,
    /// From version 4 on.
    #[serde(default, skip_serializing_if = "StoredCertificates::are_none")]
    certificates: StoredCertificates,
    /// What PCRs have to have in them, if the key is bound to any; from version 7 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pcrs: Option<StoredPcrs>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOwner {
    uid: u32,
    name: String,
}

impl Stored {
    fn parse(self) -> Result<Decoded, Damage> {
        let came = self.came()?;
        let name = UserName::new(self.owner.name).ok_or(Damage::Owner)?;
        let public = parse_public_key(&self.public_key)?;
        let algorithm = Algorithm::from_name_and_bits(&self.algorithm, self.bits)
            .filter(|&algorithm| algorithm_of(&public) == Some(algorithm))
            .ok_or(Damage::Algorithm)?;
        if came.holding != algorithm.holding() {
            return Err(Damage::Origin);
        }
        let owner = Owner::new(Uid(self.owner.uid), name);
        let (blob, protection) = match (self.version, &self.key, &self.derived) {
            (_, Some(key), None) if came.origin != Origin::Derived => tss2_key::decode(key)?,
            (WITHOUT_CHOICE..=VERSION, None, Some(derived)) if came.origin == Origin::Derived => {
                (derived.parse(&owner)?, Protection::Nothing)
            }
            _ => return Err(Damage::Derived),
        };
        if !tpm2b::is_public_of(&blob.public, &public) {
            return Err(Damage::OtherKey);
        }
        let pcrs = match (self.version, self.pcrs) {
            (_, None) if tpm2b::policy(&blob.public) == Some(policy_without_pcrs(&blob)) => None,
            (WITHOUT_CHOICE..=VERSION, Some(stored)) if may_be_bound(came.origin) => {
                Some(Arc::new(stored.parse(&blob.public)?))
            }
            _ => return Err(Damage::Pcrs),
        };
        let made_as = match is_of_ssh_tpm_agent(&blob) {
            true => Origin::Adopted,
            false => came.origin,
        };
        if !tpm2b::is_from(&blob.public, made_as, came.holding, pcrs.is_some()) {
            return Err(Damage::Attributes);
        }
        let parent = ParentName::from_hex(&self.parent).ok_or(Damage::Parent)?;
        let restrictions = match (self.version, self.restrictions) {
            (WITHOUT_RESTRICTIONS, None) => Restrictions::before_they_were_named(&owner),
            (WITHOUT_PERSISTENT..=WITHOUT_SCREEN, Some(stored)) => {
                stored.parse(ScreenRule::Missing)?
            }
            (WITHOUT_ORIGIN..=VERSION, Some(stored)) => stored.parse(ScreenRule::Said)?,
            _ => return Err(Damage::Restrictions),
        };
        let persistent = match (self.version, protection, self.persistent) {
            (_, _, None) => None,
            (WITHOUT_CERTIFICATES..=VERSION, Protection::Nothing, Some(stored))
                if came.holding == Holding::Tpm && may_be_kept(&blob.private) && pcrs.is_none() =>
            {
                Some(Arc::new(stored.parse(says_by(self.version))?))
            }
            _ => return Err(Damage::Persistent),
        };
        let (certificates, left_out) = match (self.version, self.certificates) {
            (WITHOUT_SCREEN..=VERSION, stored) => stored.parse(&public),
            (_, stored) if stored.are_none() => (Certificates::default(), 0),
            _ => return Err(Damage::Certificates),
        };
        let record = KeyRecord {
            owner,
            restrictions: Arc::new(restrictions),
            algorithm,
            comment: Comment::of_record(self.comment)?,
            created: self.created,
            origin: came.origin,
            backed_up: came.backed_up,
            key: TpmKey {
                public,
                parent,
                blob,
                holding: came.holding,
                protection,
                persistent,
                pcrs,
            },
            certificates,
        };
        Ok(Decoded { record, left_out })
    }

    /// # Errors
    ///
    /// It is not said in a version that says it, or said in one that does not; or it cannot be:
    /// only what was imported had a private part that could be copied.
    fn came(&self) -> Result<Came, Damage> {
        let said = (self.origin.as_deref(), self.holding.as_deref());
        match (self.version, said, self.backed_up) {
            (WITHOUT_RESTRICTIONS..=WITHOUT_ORIGIN, (None, None), None) => Ok(Came {
                origin: Origin::Generated,
                holding: Holding::Tpm,
                backed_up: false,
            }),
            (
                WITHOUT_DERIVED_AND_PCRS..=VERSION,
                (Some(origin), Some(holding)),
                Some(backed_up),
            ) => {
                let came = Came {
                    origin: Origin::of_word(origin).ok_or(Damage::Origin)?,
                    holding: Holding::of_word(holding).ok_or(Damage::Origin)?,
                    backed_up,
                };
                match came.backed_up && came.origin != Origin::Imported {
                    true => Err(Damage::Origin),
                    false => Ok(came),
                }
            }
            _ => Err(Damage::Origin),
        }
    }
}

/// Whether the TPM derives it as it does for ssh-tpm-agent.
fn is_of_ssh_tpm_agent(blob: &KeyBlob) -> bool {
    match &blob.private {
        PrivatePart::Derived(derivation) => derivation.template() == Template::SshTpmAgent,
        PrivatePart::Wrapped(_) => false,
    }
}

/// The policy of a key that is not bound to PCRs: that of ssh-tpm-agent's template is beside the
/// empty password, and nobody needs it.
fn policy_without_pcrs(blob: &KeyBlob) -> &'static [u8] {
    match is_of_ssh_tpm_agent(blob) {
        true => &POLICY_B,
        false => &[],
    }
}

/// A TPM keeps no object of its null hierarchy.
fn may_be_kept(private: &PrivatePart) -> bool {
    match private {
        PrivatePart::Wrapped(_) => true,
        PrivatePart::Derived(derivation) => derivation.hierarchy() != Hierarchy::Null,
    }
}

fn says_by(version: u64) -> SaysBy {
    match version {
        ..=WITHOUT_CHOICE => SaysBy::Not,
        _ => SaysBy::Always,
    }
}

/// Those of other programs are adopted without a policy, and a policy would not hold a key that can
/// be derived again.
fn may_be_bound(origin: Origin) -> bool {
    matches!(origin, Origin::Generated | Origin::Imported)
}

/// Where a key comes from, and what holds it.
struct Came {
    origin: Origin,
    holding: Holding,
    backed_up: bool,
}

fn public_key_text(key: &KeyData) -> Result<String, Damage> {
    PublicKey::from(key.clone())
        .to_openssh()
        .map_err(|_| Damage::PublicKey)
}

/// Reads the one text that [`public_key_text`] writes for a key.
fn parse_public_key(text: &str) -> Result<KeyData, Damage> {
    let key = PublicKey::from_openssh(text).map_err(|_| Damage::PublicKey)?;
    let key = key.key_data().clone();
    if public_key_text(&key)? != text {
        return Err(Damage::PublicKey);
    }
    Ok(key)
}

fn algorithm_of(key: &KeyData) -> Option<Algorithm> {
    match key {
        KeyData::Ecdsa(point) => Some(Algorithm::Ecdsa(point.curve())),
        KeyData::Rsa(key) => {
            let modulus = key.n.as_positive_bytes()?;
            let unused = modulus.first()?.leading_zeros();
            let bits = u32::try_from(modulus.len()).ok()?.checked_mul(8)? - unused;
            Algorithm::from_name_and_bits("ssh-rsa", bits)
        }
        KeyData::Ed25519(_) => Some(Algorithm::Ed25519),
        _ => None,
    }
}

/// Only the position: the message of serde_json may quote what it read.
fn not_a_record(error: serde_json::Error) -> Damage {
    Damage::NotARecord {
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod pcr_tests;
#[cfg(test)]
mod tests;

//! A key as the broker keeps it.

use std::fmt;
use std::sync::Arc;

use ssh_key::public::KeyData;

use super::certificates::Certificates;
use super::comment::Comment;
use super::derivation::Derivation;
use super::identity::Owner;
use super::persistent::Persistent;
use super::restrictions::{Confirmation, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::fingerprint::Fingerprint;
pub use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::pcr::{PcrPolicy, PcrSelection};

/// Everything that is stored about a key. The broker holds all keys in memory, so it is small.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// The owner of the key.
    pub owner: Owner,
    /// Kind and length of the key.
    pub algorithm: Algorithm,
    /// What the owner calls it.
    pub comment: Comment,
    /// Seconds since 1970-01-01 UTC.
    pub created: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether its owner said that a copy of an imported key is kept elsewhere.
    pub backed_up: bool,
    /// Keys with equal restrictions share them when they are read together.
    pub restrictions: Arc<Restrictions>,
    /// The key itself.
    pub key: TpmKey,
    /// What authorities state of the key.
    pub certificates: Certificates,
}

// With it, and with what it points to, 10,000 keys fit where docs/PERFORMANCE.md says.
const _: () = assert!(size_of::<KeyRecord>() <= 256);

impl KeyRecord {
    /// The name by which callers refer to the key.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.key.public)
    }

    /// Whether a person is asked before the key is used: to confirm it, or for a PIN. The question
    /// names the key by its comment.
    pub fn asks_a_person(&self) -> bool {
        self.key.protection == Protection::Pin
            || self.restrictions.confirmation == Confirmation::EachUse
    }
}

/// A key of a TPM. It can be used in that TPM only; one that is not derived, only with the parent
/// that it names.
#[derive(Clone, Debug, PartialEq)]
pub struct TpmKey {
    /// The public key.
    pub public: KeyData,
    /// The Name of the parent under which it is. A derived key is under none: then that of the
    /// parent that the TPM had when the key was derived.
    pub parent: ParentName,
    /// What the TPM needs to load it.
    pub blob: KeyBlob,
    /// What holds the private part.
    pub holding: Holding,
    /// Whether it has a PIN.
    pub protection: Protection,
    /// Where the TPM keeps the key, if it does. The blob stays valid.
    pub persistent: Option<Arc<Persistent>>,
    /// What PCRs have to have in them for the key to be used, if it is bound to any: the policy in
    /// the public area of the blob.
    pub pcrs: Option<Arc<PcrPolicy>>,
}

impl TpmKey {
    /// Whether the TPM refuses it while it is in lockout: its attribute noDA is clear, because it
    /// has or had a PIN, or because another program made it.
    pub fn stops_in_lockout(&self) -> bool {
        let attributes = self.blob.public.get(ATTRIBUTES_AT..);
        let attributes = attributes.and_then(|rest| rest.first_chunk());
        attributes.is_none_or(|bytes| u32::from_be_bytes(*bytes) & NO_DA == 0)
    }

    /// Whether `other` is this key as it is: the TPM may keep it in another place, or no longer.
    /// That changes nothing but how long a signature takes.
    pub fn is_as(&self, other: &Self) -> bool {
        let Self {
            public,
            parent,
            blob,
            holding,
            protection,
            persistent: _,
            pcrs,
        } = self;
        (public, parent, blob) == (&other.public, &other.parent, &other.blob)
            && (holding, protection, pcrs) == (&other.holding, &other.protection, &other.pcrs)
    }

    /// Whether the TPM seals it, and the broker signs with it.
    pub fn is_sealed(&self) -> bool {
        self.holding == Holding::Sealed
    }

    /// What the TPM derives it from, if it does.
    pub fn derivation(&self) -> Option<&Arc<Derivation>> {
        match &self.blob.private {
            PrivatePart::Wrapped(_) => None,
            PrivatePart::Derived(derivation) => Some(derivation),
        }
    }

    /// The PCRs that it is bound to.
    pub fn pcr_selection(&self) -> Option<PcrSelection> {
        let pcrs = self.pcrs.as_ref();
        pcrs.map(|policy| policy.values().selection())
    }
}

/// Where TPMA_OBJECT is in a TPM2B_PUBLIC: behind the length, the type and the Name algorithm.
const ATTRIBUTES_AT: usize = 6;

/// TPMA_OBJECT, noDA (TPM 2.0 Part 2, §8.3).
const NO_DA: u32 = 1 << 10;

/// What it takes to use a key at the TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: an empty authorization value. Lockout does not affect the key, if it is noDA
    /// ([`TpmKey::stops_in_lockout`]).
    Nothing,
    /// A PIN, which the TPM protects against guessing.
    Pin,
}

/// What it takes to have a key in the TPM.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyBlob {
    /// TPM2B_PUBLIC, with its two bytes of length.
    pub public: Box<[u8]>,
    /// The other half.
    pub private: PrivatePart,
}

/// How the private part of a key gets into the TPM.
#[derive(Clone, PartialEq, Eq)]
pub enum PrivatePart {
    /// By TPM2_Load, from what TPM2_Create or TPM2_Import made (TPM 2.0 Part 3, §12.1 to §13.3): a
    /// TPM2B_PRIVATE, with its two bytes of length; encrypted by the parent.
    Wrapped(Box<[u8]>),
    /// By TPM2_CreatePrimary (§24.1): the TPM derives it again, and nothing of it is kept.
    Derived(Arc<Derivation>),
}

impl From<Box<[u8]>> for PrivatePart {
    fn from(wrapped: Box<[u8]>) -> Self {
        Self::Wrapped(wrapped)
    }
}

impl From<Vec<u8>> for PrivatePart {
    fn from(wrapped: Vec<u8>) -> Self {
        Self::Wrapped(wrapped.into())
    }
}

impl<const BYTES: usize> From<[u8; BYTES]> for PrivatePart {
    fn from(wrapped: [u8; BYTES]) -> Self {
        Self::Wrapped(wrapped.into())
    }
}

impl KeyBlob {
    /// The TPMT_PUBLIC, without the length before it.
    pub fn public_area(&self) -> &[u8] {
        self.public.get(2..).unwrap_or_default()
    }
}

impl fmt::Debug for KeyBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBlob { .. }")
    }
}

/// The Name of a parent key: algorithm ID and digest of its public area (TPM 2.0 Part 1, "Names"),
/// 34 bytes for SHA-256, at most 66. Its copies share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentName(Arc<Vec<u8>>);

impl ParentName {
    /// `None` if it is empty or too long.
    pub fn new(name: Vec<u8>) -> Option<Self> {
        (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then(|| Self(Arc::new(name)))
    }

    /// Reads the Name from hexadecimal, two digits a byte. `None` if that is not what it is, or too
    /// long.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) || digits.len() > 2 * MAX_NAME_BYTES {
            return None;
        }
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            pair.bytes().all(|c| c.is_ascii_hexdigit()).then_some(())?;
            u8::from_str_radix(pair, 16).ok()
        };
        Self::new(digits.chunks(2).map(byte).collect::<Option<_>>()?)
    }
}

impl fmt::Display for ParentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Two bytes of algorithm ID and the longest digest (TPM 2.0 Part 2, TPM2B_NAME, TPMU_HA).
const MAX_NAME_BYTES: usize = 2 + 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written() {
        let name = ParentName::from_hex("000b00ff").expect("a name");
        assert_eq!(name.to_string(), "000b00ff");
    }

    #[test]
    fn what_is_not_hexadecimal_is_no_name() {
        for text in ["", "0", "0x", "+1", "zz", "ää", &"00".repeat(67)] {
            assert_eq!(ParentName::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn a_blob_is_not_printed() {
        let blob = KeyBlob {
            public: [1].into(),
            private: (*b"secret").into(),
        };
        assert_eq!(format!("{blob:?}"), "KeyBlob { .. }");
    }
}

//! Keys from secrets.
//!
//! Specs: TPM 2.0 Part 1, "Key Derivation Functions": KDFa is SP 800-108 in counter mode, KDFe is
//! SP 800-56A. Both give here at most as many bytes as the hash has, so the counter stays 1.

use hmac::{Hmac, Mac as _};
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use crate::ids;

/// A hash with which a storage key's Name is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// The one round that is needed.
const COUNTER: [u8; 4] = 1_u32.to_be_bytes();

impl Hash {
    /// The one with that `TPM_ALG_ID`.
    pub fn of_id(algorithm: u16) -> Option<Self> {
        match algorithm {
            ids::SHA256 => Some(Self::Sha256),
            ids::SHA384 => Some(Self::Sha384),
            _ => None,
        }
    }

    /// Bytes of a digest.
    pub fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    /// The digest of `parts`, one after the other.
    pub fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
        }
    }

    /// The HMAC of `parts` with `key`.
    pub fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        // HMAC takes a key of any length.
        match self {
            Self::Sha256 => Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
                parts.iter().for_each(|part| mac.update(part));
                Zeroizing::new(mac.finalize().into_bytes().to_vec())
            }),
            Self::Sha384 => Hmac::<Sha384>::new_from_slice(key).map(|mut mac| {
                parts.iter().for_each(|part| mac.update(part));
                Zeroizing::new(mac.finalize().into_bytes().to_vec())
            }),
        }
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"))
    }

    /// KDFa: `bytes` bytes, at most those of a digest.
    pub fn kdf_a(
        self,
        key: &[u8],
        label: &str,
        context: &[u8],
        bytes: usize,
    ) -> Zeroizing<Vec<u8>> {
        let bits = u32::try_from(bytes * 8).unwrap_or(u32::MAX).to_be_bytes();
        let parts = [&COUNTER, label.as_bytes(), &[0], context, &bits];
        let mut output = self.hmac(key, &parts);
        output.truncate(bytes);
        output
    }

    /// KDFe: as many bytes as a digest has.
    pub fn kdf_e(
        self,
        shared: &[u8],
        label: &str,
        party_u: &[u8],
        party_v: &[u8],
    ) -> Zeroizing<Vec<u8>> {
        self.digest(&[&COUNTER, shared, label.as_bytes(), &[0], party_u, party_v])
    }
}

fn digest<D: sha2::Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut digest = D::new();
    parts.iter().for_each(|part| digest.update(part));
    Zeroizing::new(digest.finalize().to_vec())
}

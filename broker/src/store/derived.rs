//! The stored form of a derived key: the words from which the TPM derives it again, and its public
//! area, by which the broker knows it again. There is no private part.

use serde::{Deserialize, Serialize};

use super::damage::{Damage, KeyDamage};
use super::tpm2b;
use sshtpm_core::derivation::Derivation;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::{KeyBlob, PrivatePart};
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::word::Word as _;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDerived {
    /// `owner`, `endorsement` or `null`.
    hierarchy: String,
    /// May be empty.
    label: String,
    /// TPM2B_PUBLIC, in hexadecimal.
    public: String,
}

impl StoredDerived {
    /// `public` is a TPM2B_PUBLIC.
    pub(super) fn of(derivation: &Derivation, public: &[u8]) -> Self {
        Self {
            hierarchy: derivation.hierarchy().word().to_owned(),
            label: derivation.label().to_string(),
            public: public.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The key of `owner`.
    ///
    /// # Errors
    ///
    /// There is no such hierarchy, the label is none, or the public area is cut off.
    pub(super) fn parse(&self, owner: &Owner) -> Result<KeyBlob, Damage> {
        let hierarchy = Hierarchy::of_word(&self.hierarchy).ok_or(Damage::Derived)?;
        let label = self.label.parse().map_err(|_| Damage::Derived)?;
        let public = parse_hex(&self.public).ok_or(Damage::Derived)?;
        if !tpm2b::is_whole(&public, tpm2b::MAX_PUBLIC_BYTES) {
            return Err(KeyDamage::Length.into());
        }
        let derivation = Derivation::new(owner, hierarchy, label);
        Ok(KeyBlob {
            public: public.into(),
            private: PrivatePart::Derived(derivation.into()),
        })
    }
}

/// Lower-case digits alone, so that a record is written as it was read.
fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests;

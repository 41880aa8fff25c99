//! The stored form of a derived key: the words from which the TPM derives it again, and its public
//! area, by which the broker knows it again. There is no private part.

use serde::{Deserialize, Serialize};

use super::damage::{Damage, KeyDamage};
use super::tpm2b;
use sshtpm_core::derivation::Derivation;
use sshtpm_core::identity::{HOST_USER, Owner};
use sshtpm_core::key::{KeyBlob, PrivatePart};
use sshtpm_ssh::derived::{Hierarchy, Label, Template};
use sshtpm_ssh::word::Word as _;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDerived {
    /// `owner`, `endorsement` or `null`.
    hierarchy: String,
    /// May be empty.
    label: String,
    /// `ssh-tpm-agent`, if it is not our own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    /// TPM2B_PUBLIC, in hexadecimal.
    public: String,
}

impl StoredDerived {
    /// `public` is a TPM2B_PUBLIC.
    pub(super) fn of(derivation: &Derivation, public: &[u8]) -> Self {
        Self {
            hierarchy: derivation.hierarchy().word().to_owned(),
            label: derivation.label().to_string(),
            template: match derivation.template() {
                Template::Sshtpm => None,
                template => Some(template.word().to_owned()),
            },
            public: public.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The key of `owner`.
    ///
    /// # Errors
    ///
    /// There is no such hierarchy or template, the label is none, or the public area is cut off.
    pub(super) fn parse(&self, owner: &Owner) -> Result<KeyBlob, Damage> {
        let hierarchy = Hierarchy::of_word(&self.hierarchy).ok_or(Damage::Derived)?;
        let label: Label = self.label.parse().map_err(|_| Damage::Derived)?;
        let public = parse_hex(&self.public).ok_or(Damage::Derived)?;
        if !tpm2b::is_whole(&public, tpm2b::MAX_PUBLIC_BYTES) {
            return Err(KeyDamage::Length.into());
        }
        let derivation = match self.template.as_deref() {
            None => Derivation::new(owner, hierarchy, label),
            Some(word) if is_of_host(word, owner, &label) => {
                Derivation::of_ssh_tpm_agent(hierarchy)
            }
            Some(_) => return Err(Damage::Derived),
        };
        Ok(KeyBlob {
            public: public.into(),
            private: PrivatePart::Derived(derivation.into()),
        })
    }
}

/// Only host keys have another template, and that has no label.
fn is_of_host(word: &str, owner: &Owner, label: &Label) -> bool {
    let is_there = Template::of_word(word) == Some(Template::SshTpmAgent);
    is_there && owner.name().as_str() == HOST_USER && label.as_str().is_empty()
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

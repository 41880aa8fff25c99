//! A raw key, as the module shows it.

use ssh_key::public::{EcdsaPublicKey, KeyData, PublicKey};
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::purpose::Purpose;
use sshtpm_ssh::tpm::KeyState;

/// A raw key of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name at the broker.
    pub fingerprint: Fingerprint,
    /// Its type and length.
    pub algorithm: Algorithm,
    /// Its public half.
    pub public: PublicHalf,
    /// What the user calls it.
    pub comment: String,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether the broker remembers that PIN now.
    pub unlocked: bool,
    /// Whether its private half was never outside of the TPM.
    pub generated: bool,
}

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicHalf {
    /// A point, uncompressed as in SEC 1.
    Point(Vec<u8>),
    /// Modulus and exponent of RSA, without leading zeros.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
}

impl Key {
    /// The key that the broker lists so. `None`: it is not raw, is lost, or is of a type that no
    /// mechanism here is for.
    pub fn of(info: &KeyInfo) -> Option<Self> {
        let is_raw = info.purposes.iter().any(|one| one == Purpose::Raw.name());
        if !is_raw || info.state == KeyState::Lost {
            return None;
        }
        let public = PublicKey::from_openssh(&info.public_key).ok()?;
        Some(Self {
            fingerprint: Fingerprint::of(public.key_data()),
            algorithm: Algorithm::from_name_and_bits(&info.algorithm, info.bits)?,
            public: PublicHalf::of(public.key_data())?,
            comment: info.comment.clone(),
            pin: info.pin,
            unlocked: info.unlocked,
            generated: matches!(info.origin.0, Origin::Generated | Origin::Derived),
        })
    }

    /// What the attribute `CKA_ID` is computed from: the point, or the modulus.
    pub(crate) fn number(&self) -> &[u8] {
        match &self.public {
            PublicHalf::Point(point) => point,
            PublicHalf::Rsa { modulus, .. } => modulus,
        }
    }

    /// Length of its signatures in bytes.
    pub(crate) fn signature_bytes(&self) -> usize {
        match &self.public {
            PublicHalf::Point(point) => point.len().saturating_sub(1),
            PublicHalf::Rsa { modulus, .. } => modulus.len(),
        }
    }
}

impl PublicHalf {
    fn of(key: &KeyData) -> Option<Self> {
        match key {
            KeyData::Ecdsa(
                key @ (EcdsaPublicKey::NistP256(_)
                | EcdsaPublicKey::NistP384(_)
                | EcdsaPublicKey::NistP521(_)),
            ) => Some(Self::Point(key.as_sec1_bytes().to_vec())),
            KeyData::Rsa(key) => Some(Self::Rsa {
                modulus: key.n.as_positive_bytes()?.to_vec(),
                exponent: key.e.as_positive_bytes()?.to_vec(),
            }),
            _ => None,
        }
    }
}

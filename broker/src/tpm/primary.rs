//! TPM2_CreatePrimary (TPM 2.0 Part 3, §24.1): the TPM derives a key from the seed of a hierarchy
//! and from a template. The same template gives the same key for as long as the seed is the same,
//! whatever authorization value the key is given.
//!
//! In the field `unique`, a digest of owner and label is at the beginning, and the rest is zeros up
//! to the length of a coordinate or of the modulus: as a nonce is in the TCG EK Credential Profile
//! (§B.3, "Default EK Template"), so that chips know the form.

use tss_esapi::handles::KeyHandle;
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::key_bits::RsaKeyBits;
use tss_esapi::interface_types::resource_handles;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    Auth, CreatePrimaryKeyResult, EccParameter, EccPoint, Public, PublicKeyRsa,
};

use super::connection::Connection;
use super::failure::{Cause, Failure, sort_with_hierarchy};
use super::salted::{self, Encrypted};
use sshtpm_core::derivation::{Derivation, UNIQUE_BYTES};
use sshtpm_ssh::derived::Hierarchy;

/// A key that was derived, and is in the TPM. The caller flushes it or keeps it.
pub(super) struct Primary {
    pub(super) key: KeyHandle,
    pub(super) public: Public,
}

/// Derives a key: that of `like`, which is a template or a public area of a derived key.
///
/// # Errors
///
/// The hierarchy has a password or is disabled, or the TPM fails.
pub(super) fn derive(
    connection: &mut Connection,
    like: Public,
    derivation: &Derivation,
) -> Result<Primary, Failure> {
    let template = template(like, derivation)?;
    let hierarchy = derivation.hierarchy();
    let context = connection.context();
    let created = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(place(hierarchy), template, None, None, None, None)
    });
    Ok(created
        .map_err(sort_with_hierarchy("TPM2_CreatePrimary", hierarchy))?
        .into())
}

/// The same, with an authorization value, which is encrypted on the way.
///
/// # Errors
///
/// As [`derive()`].
pub(super) fn derive_with(
    connection: &mut Connection,
    like: Public,
    derivation: &Derivation,
    auth: Auth,
) -> Result<Primary, Failure> {
    let template = template(like, derivation)?;
    let hierarchy = derivation.hierarchy();
    let created = salted::in_session(
        connection,
        Encrypted::Command,
        |context| context.create_primary(place(hierarchy), template, Some(auth), None, None, None),
        sort_with_hierarchy("TPM2_CreatePrimary", hierarchy),
    );
    Ok(created?.into())
}

impl From<CreatePrimaryKeyResult> for Primary {
    fn from(created: CreatePrimaryKeyResult) -> Self {
        Self {
            key: created.key_handle,
            public: created.out_public,
        }
    }
}

fn place(hierarchy: Hierarchy) -> resource_handles::Hierarchy {
    match hierarchy {
        Hierarchy::Owner => resource_handles::Hierarchy::Owner,
        Hierarchy::Endorsement => resource_handles::Hierarchy::Endorsement,
        Hierarchy::Null => resource_handles::Hierarchy::Null,
    }
}

/// `like`, with the `unique` of a template in place of the public key.
fn template(mut like: Public, derivation: &Derivation) -> Result<Public, Failure> {
    let filled = match &mut like {
        Public::Ecc {
            parameters, unique, ..
        } => point(parameters.ecc_curve(), derivation).map(|point| *unique = point),
        Public::Rsa {
            parameters, unique, ..
        } => modulus(parameters.key_bits(), derivation).map(|modulus| *unique = modulus),
        _ => None,
    };
    filled.map(|()| like).ok_or_else(|| {
        let answer = "no template of a key that signs".to_owned();
        Failure::Other(Cause {
            command: "template",
            answer,
        })
    })
}

fn point(curve: EccCurve, derivation: &Derivation) -> Option<EccPoint> {
    let length = coordinate_bytes(curve)?;
    let Some(unique) = derivation.unique() else {
        return Some(EccPoint::default());
    };
    let coordinate = |bytes| EccParameter::try_from(bytes).ok();
    let x = coordinate(padded(unique, length))?;
    Some(EccPoint::new(x, coordinate(vec![0; length])?))
}

fn modulus(bits: RsaKeyBits, derivation: &Derivation) -> Option<PublicKeyRsa> {
    let length = modulus_bytes(bits)?;
    let Some(unique) = derivation.unique() else {
        return Some(PublicKeyRsa::default());
    };
    PublicKeyRsa::try_from(padded(unique, length)).ok()
}

fn coordinate_bytes(curve: EccCurve) -> Option<usize> {
    match curve {
        EccCurve::NistP256 => Some(32),
        EccCurve::NistP384 => Some(48),
        EccCurve::NistP521 => Some(66),
        _ => None,
    }
}

fn modulus_bytes(bits: RsaKeyBits) -> Option<usize> {
    match bits {
        RsaKeyBits::Rsa2048 => Some(256),
        RsaKeyBits::Rsa3072 => Some(384),
        RsaKeyBits::Rsa4096 => Some(512),
        RsaKeyBits::Rsa1024 => None,
    }
}

fn padded(unique: &[u8; UNIQUE_BYTES], length: usize) -> Vec<u8> {
    let mut bytes = unique.to_vec();
    bytes.resize(length, 0);
    bytes
}

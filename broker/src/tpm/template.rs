//! What keys look like (TPM 2.0 Part 1, "Object Creation"; Part 2, TPMT_PUBLIC and TPMA_OBJECT).

use ssh_key::EcdsaCurve;
use tss_esapi::Result;
use tss_esapi::attributes::{ObjectAttributes, ObjectAttributesBuilder};
use tss_esapi::interface_types::algorithm::{
    EccSchemeAlgorithm, HashingAlgorithm, PublicAlgorithm, RsaSchemeAlgorithm,
};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::key_bits::RsaKeyBits;
use tss_esapi::structures::{
    Digest, EccPoint, EccScheme, KeyDerivationFunctionScheme, KeyedHashScheme, Public,
    PublicBuilder, PublicEccParameters, PublicKeyRsa, PublicKeyedHashParameters, PublicParameters,
    PublicRsaParameters, RsaExponent, RsaScheme, SymmetricDefinitionObject,
};

use sshtpm_core::derivation::POLICY_B;
use sshtpm_core::key::Protection;
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::pcr::PcrPolicy;

/// A key that signs, cannot leave this TPM or its parent, and was made inside. If it has no PIN,
/// the lockout of the TPM does not concern it (noDA); a PIN is protected against guessing.
pub(super) fn signing_key(
    algorithm: Algorithm,
    protection: Protection,
    policy: Option<&PcrPolicy>,
) -> Result<Public> {
    let attributes = for_signing(protection)
        .with_user_with_auth(policy.is_none())
        .build()?;
    build(signing_parameters(algorithm)?, attributes, policy)
}

/// The attributes of such a key that no policy binds.
pub(super) fn attributes(protection: Protection) -> Result<ObjectAttributes> {
    for_signing(protection).build()
}

fn for_signing(protection: Protection) -> ObjectAttributesBuilder {
    held_fast()
        .with_no_da(protection == Protection::Nothing)
        .with_sign_encrypt(true)
}

/// An ECDSA key is bound to the hash of its curve. An RSA key is bound to none, as SSH wants both
/// SHA-256 and SHA-512 of it; so the scheme is named at each signature.
pub(super) fn signing_parameters(algorithm: Algorithm) -> Result<PublicParameters> {
    Ok(match algorithm {
        Algorithm::Ecdsa(curve) => {
            let (curve, hash) = curve_and_hash(curve);
            let scheme = EccScheme::create(EccSchemeAlgorithm::EcDsa, Some(hash), None)?;
            PublicParameters::Ecc(PublicEccParameters::new(
                SymmetricDefinitionObject::Null,
                scheme,
                curve,
                KeyDerivationFunctionScheme::Null,
            ))
        }
        Algorithm::Rsa(bits) => PublicParameters::Rsa(PublicRsaParameters::new(
            SymmetricDefinitionObject::Null,
            RsaScheme::create(RsaSchemeAlgorithm::Null, None)?,
            key_bits(bits),
            RsaExponent::default(),
        )),
        Algorithm::Ed25519 => sealed(),
    })
}

/// A sealed data object (TPM 2.0 Part 1, "Sealed Data"): neither signs nor decrypts, and its data
/// comes from outside, so sensitiveDataOrigin is clear.
pub(super) fn sealed_key(protection: Protection, policy: Option<&PcrPolicy>) -> Result<Public> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_user_with_auth(policy.is_none())
        .with_no_da(protection == Protection::Nothing)
        .build()?;
    build(sealed(), attributes, policy)
}

fn sealed() -> PublicParameters {
    PublicParameters::KeyedHash(PublicKeyedHashParameters::new(KeyedHashScheme::Null))
}

/// A key with which the TPM signs what it states: it is restricted, so it signs no digest that
/// somebody gives. No lockout concerns it.
pub(super) fn attestation_key() -> Result<Public> {
    let parameters = signing_parameters(Algorithm::Ecdsa(EcdsaCurve::NistP256))?;
    let attributes = held_fast()
        .with_restricted(true)
        .with_sign_encrypt(true)
        .build()?;
    build(parameters, attributes, None)
}

/// What `ssh-tpm-agent --hierarchy` derives its host keys from: keys that also decrypt, which the
/// lockout of the TPM concerns, with a policy beside the empty password. Each of it is part of what
/// the key is derived from.
pub(super) fn key_of_ssh_tpm_agent(algorithm: Algorithm) -> Result<Public> {
    let parameters = match signing_parameters(algorithm)? {
        PublicParameters::Ecc(ours) => PublicParameters::Ecc(PublicEccParameters::new(
            SymmetricDefinitionObject::Null,
            EccScheme::Null,
            ours.ecc_curve(),
            KeyDerivationFunctionScheme::Null,
        )),
        parameters => parameters,
    };
    let attributes = held_fast()
        .with_no_da(false)
        .with_sign_encrypt(true)
        .with_decrypt(true)
        .build()?;
    build_with(parameters, attributes, Digest::try_from(&POLICY_B[..])?)
}

/// The storage root key with an elliptic curve: TCG TPM v2.0 Provisioning Guidance, §7.5.1, with an
/// empty unique field as systemd makes it, so that both make the same key.
pub(super) fn ecc_storage_root_key() -> Result<Public> {
    let parameters = PublicParameters::Ecc(PublicEccParameters::new(
        SymmetricDefinitionObject::AES_128_CFB,
        EccScheme::Null,
        EccCurve::NistP256,
        KeyDerivationFunctionScheme::Null,
    ));
    build(parameters, storage()?, None)
}

/// The same with RSA, for a TPM without elliptic curves.
pub(super) fn rsa_storage_root_key() -> Result<Public> {
    let parameters = PublicParameters::Rsa(PublicRsaParameters::new(
        SymmetricDefinitionObject::AES_128_CFB,
        RsaScheme::Null,
        RsaKeyBits::Rsa2048,
        RsaExponent::default(),
    ));
    build(parameters, storage()?, None)
}

fn storage() -> Result<ObjectAttributes> {
    held_fast().with_restricted(true).with_decrypt(true).build()
}

fn held_fast() -> ObjectAttributesBuilder {
    ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
}

/// With a policy, nothing else authorizes a use of the key: then userWithAuth has to be clear.
fn build(
    parameters: PublicParameters,
    attributes: ObjectAttributes,
    policy: Option<&PcrPolicy>,
) -> Result<Public> {
    let auth_policy = match policy {
        Some(policy) => Digest::try_from(&policy.digest()[..])?,
        None => Digest::default(),
    };
    build_with(parameters, attributes, auth_policy)
}

fn build_with(
    parameters: PublicParameters,
    attributes: ObjectAttributes,
    auth_policy: Digest,
) -> Result<Public> {
    let builder = PublicBuilder::new()
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_auth_policy(auth_policy);
    match parameters {
        PublicParameters::Ecc(parameters) => builder
            .with_public_algorithm(PublicAlgorithm::Ecc)
            .with_ecc_parameters(parameters)
            .with_ecc_unique_identifier(EccPoint::default())
            .build(),
        PublicParameters::Rsa(parameters) => builder
            .with_public_algorithm(PublicAlgorithm::Rsa)
            .with_rsa_parameters(parameters)
            .with_rsa_unique_identifier(PublicKeyRsa::default())
            .build(),
        PublicParameters::KeyedHash(parameters) => builder
            .with_public_algorithm(PublicAlgorithm::KeyedHash)
            .with_keyed_hash_parameters(parameters)
            .with_keyed_hash_unique_identifier(Digest::default())
            .build(),
        _ => builder.build(),
    }
}

fn curve_and_hash(curve: EcdsaCurve) -> (EccCurve, HashingAlgorithm) {
    match curve {
        EcdsaCurve::NistP256 => (EccCurve::NistP256, HashingAlgorithm::Sha256),
        EcdsaCurve::NistP384 => (EccCurve::NistP384, HashingAlgorithm::Sha384),
        EcdsaCurve::NistP521 => (EccCurve::NistP521, HashingAlgorithm::Sha512),
    }
}

fn key_bits(bits: RsaBits) -> RsaKeyBits {
    match bits {
        RsaBits::B2048 => RsaKeyBits::Rsa2048,
        RsaBits::B3072 => RsaKeyBits::Rsa3072,
        RsaBits::B4096 => RsaKeyBits::Rsa4096,
    }
}

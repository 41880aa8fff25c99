//! A seed that only the TPM with a storage key learns.
//!
//! Specs: TPM 2.0 Part 1, Annex B.10 (RSA: OAEP) and C.6 (ECDH, one pass).

use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::{EncodedPoint, FromEncodedPoint, ModulusSize, ToEncodedPoint};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey, SecretKey};
use rand_core::CryptoRngCore;
use rsa::{BigUint, Oaep, RsaPublicKey};
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use crate::kdf::Hash;
use crate::marshal::Writer;
use crate::storage_key::{PublicKey as Key, StorageKey};

/// What a seed is for, so that one made for something else is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A key that `TPM2_Import` takes.
    Duplicate,
    /// A credential that `TPM2_ActivateCredential` opens.
    Identity,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Duplicate => "DUPLICATE",
            Self::Identity => "IDENTITY",
        }
    }

    /// The same with its zero byte.
    fn oaep_label(self) -> &'static str {
        match self {
            Self::Duplicate => "DUPLICATE\0",
            Self::Identity => "IDENTITY\0",
        }
    }
}

/// Why no seed can be shared with a storage key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShared {
    /// Its public key is no point of its curve.
    #[error("the public key of the TPM's storage key is not on its curve")]
    Point,
    /// Its public key is not an RSA key.
    #[error("the public key of the TPM's storage key is not an RSA key")]
    Modulus,
}

/// A seed, and what tells it to the TPM.
pub(crate) struct Shared {
    /// As many bytes as the storage key's hash has.
    pub(crate) seed: Zeroizing<Vec<u8>>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`.
    pub(crate) secret: Vec<u8>,
}

/// Shares a new seed with `key`.
pub(crate) fn share(
    key: &StorageKey,
    purpose: Purpose,
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotShared> {
    match &key.public {
        Key::P256 { x, y } => agree::<p256::NistP256>(key.hash, purpose, (x, y), random),
        Key::P384 { x, y } => agree::<p384::NistP384>(key.hash, purpose, (x, y), random),
        Key::Rsa { modulus, exponent } => encrypt(key.hash, purpose, (modulus, *exponent), random),
    }
}

fn agree<C>(
    hash: Hash,
    purpose: Purpose,
    (x, y): (&[u8], &[u8]),
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotShared>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
{
    // `StorageKey` filled each coordinate up to the length of the field.
    let sec1 = [&[4], x, y].concat();
    let key = PublicKey::<C>::from_sec1_bytes(&sec1).map_err(|_| NotShared::Point)?;
    let own = SecretKey::<C>::random(random);
    let point: EncodedPoint<C> = own.public_key().to_encoded_point(false);
    let (Some(own_x), Some(own_y)) = (point.x(), point.y()) else {
        return Err(NotShared::Point);
    };
    let shared = diffie_hellman(own.to_nonzero_scalar(), key.as_affine());
    let seed = hash.kdf_e(shared.raw_secret_bytes(), purpose.label(), own_x, x);
    let secret = Writer::new().sized(own_x).sized(own_y).finish();
    Ok(Shared {
        seed,
        secret: secret.to_vec(),
    })
}

fn encrypt(
    hash: Hash,
    purpose: Purpose,
    (modulus, exponent): (&[u8], u32),
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotShared> {
    let modulus = BigUint::from_bytes_be(modulus);
    let key = RsaPublicKey::new(modulus, BigUint::from(exponent));
    let key = key.map_err(|_| NotShared::Modulus)?;
    let mut seed = Zeroizing::new(vec![0; hash.bytes()]);
    random.fill_bytes(&mut seed);
    let padding = match hash {
        Hash::Sha256 => Oaep::new_with_label::<Sha256, _>(purpose.oaep_label()),
        Hash::Sha384 => Oaep::new_with_label::<Sha384, _>(purpose.oaep_label()),
    };
    let secret = key.encrypt(random, padding, &seed);
    let secret = secret.map_err(|_| NotShared::Modulus)?;
    Ok(Shared { seed, secret })
}

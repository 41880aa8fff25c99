//! A secret that only the TPM with the parent learns.
//!
//! Specs: TPM 2.0 Part 1, Annex B.10 (RSA: OAEP) and C.6 (ECDH, one pass).

use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::{EncodedPoint, FromEncodedPoint, ModulusSize, ToEncodedPoint};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey, SecretKey};
use rand_core::CryptoRngCore;
use rsa::{BigUint, Oaep, RsaPublicKey};
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use crate::error::NotWrapped;
use crate::kdf::Hash;
use crate::marshal::Writer;
use crate::parent::{Parent, ParentKey};

/// What the secret is for; with its zero byte it is also the label of OAEP.
const LABEL: &str = "DUPLICATE";
const OAEP_LABEL: &str = "DUPLICATE\0";

/// A seed, and what tells it to the TPM.
pub(crate) struct Shared {
    /// As many bytes as the parent's hash has.
    pub(crate) seed: Zeroizing<Vec<u8>>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`.
    pub(crate) secret: Vec<u8>,
}

/// Shares a new seed with `parent`.
pub(crate) fn share(
    parent: &Parent,
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotWrapped> {
    match &parent.public {
        ParentKey::P256 { x, y } => agree::<p256::NistP256>(parent.hash, x, y, random),
        ParentKey::P384 { x, y } => agree::<p384::NistP384>(parent.hash, x, y, random),
        ParentKey::Rsa { modulus, exponent } => encrypt(parent.hash, modulus, *exponent, random),
    }
}

fn agree<C>(
    hash: Hash,
    x: &[u8],
    y: &[u8],
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotWrapped>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
{
    // Each coordinate has the length of the field; a TPM writes no shorter ones.
    let sec1 = [&[4], x, y].concat();
    let parent = PublicKey::<C>::from_sec1_bytes(&sec1).map_err(|_| NotWrapped::Point)?;
    let own = SecretKey::<C>::random(random);
    let point: EncodedPoint<C> = own.public_key().to_encoded_point(false);
    let (Some(own_x), Some(own_y)) = (point.x(), point.y()) else {
        return Err(NotWrapped::Point);
    };
    let shared = diffie_hellman(own.to_nonzero_scalar(), parent.as_affine());
    let seed = hash.kdf_e(shared.raw_secret_bytes(), LABEL, own_x, x);
    let secret = Writer::new().sized(own_x).sized(own_y).finish();
    Ok(Shared {
        seed,
        secret: secret.to_vec(),
    })
}

fn encrypt(
    hash: Hash,
    modulus: &[u8],
    exponent: u32,
    random: &mut impl CryptoRngCore,
) -> Result<Shared, NotWrapped> {
    let modulus = BigUint::from_bytes_be(modulus);
    let parent = RsaPublicKey::new(modulus, BigUint::from(exponent));
    let parent = parent.map_err(|_| NotWrapped::Modulus)?;
    let mut seed = Zeroizing::new(vec![0; hash.bytes()]);
    random.fill_bytes(&mut seed);
    let padding = match hash {
        Hash::Sha256 => Oaep::new_with_label::<Sha256, _>(OAEP_LABEL),
        Hash::Sha384 => Oaep::new_with_label::<Sha384, _>(OAEP_LABEL),
    };
    let secret = parent.encrypt(random, padding, &seed);
    let secret = secret.map_err(|_| NotWrapped::Modulus)?;
    Ok(Shared { seed, secret })
}

//! The sensitive area of a key that is imported.
//!
//! Specs: TPM 2.0 Part 2, `TPMT_SENSITIVE`; Part 1, "Public Area": `unique` of a `KEYEDHASH`.

use rand_core::CryptoRngCore;
use sshtpm_key_file::PrivatePart;
use zeroize::Zeroizing;

use sshtpm_tpm2::ids;
use sshtpm_tpm2::kdf::Hash;
use sshtpm_tpm2::marshal::Writer;

/// What hides the seed of a sealed key in the `unique` field, which everybody may see: 32 random
/// bytes.
pub(crate) struct SealedSeed(Zeroizing<[u8; 32]>);

impl SealedSeed {
    pub(crate) fn random(random: &mut impl CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// The `unique` field for these data: 32 bytes.
    pub(crate) fn unique(&self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Hash::Sha256.digest(&[self.0.as_slice(), data])
    }
}

/// The marshalled `TPM2B_SENSITIVE`.
pub(crate) fn of(key: &PrivatePart, pin: &[u8], sealed: &SealedSeed) -> Zeroizing<Vec<u8>> {
    let (key_type, seed, private): (u16, &[u8], &[u8]) = match key {
        PrivatePart::Ecdsa(key) => (ids::ECC, &[], key.scalar()),
        PrivatePart::Rsa(key) => (ids::RSA, &[], key.prime()),
        PrivatePart::Ed25519(key) => (ids::KEYEDHASH, sealed.0.as_slice(), key.seed()),
    };
    let area = Writer::new().uint16(key_type);
    let area = area.sized(pin).sized(seed).sized(private).finish();
    Writer::new().sized(&area).finish()
}

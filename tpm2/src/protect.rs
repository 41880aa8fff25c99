//! What only the TPM with a storage key can read: encrypted and authenticated by a seed that it
//! alone learns.
//!
//! Specs: TPM 2.0 Part 1, "Outer Duplication Wrapper" and "Credential Protection": both are the
//! same, over the Name of the key that it is about.

use aes::cipher::{AsyncStreamCipher as _, KeyIvInit as _};
use aes::{Aes128, Aes256};
use cfb_mode::Encryptor;
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::marshal::Writer;
use crate::secret::{self, NotShared, Purpose};
use crate::storage_key::StorageKey;

/// What is protected, and what tells the TPM the seed. Neither is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// The integrity value with its size, and what is encrypted: the contents of a `TPM2B_PRIVATE`
    /// or of a `TPM2B_ID_OBJECT`.
    pub blob: Vec<u8>,
    /// The contents of a `TPM2B_ENCRYPTED_SECRET`.
    pub secret: Vec<u8>,
}

impl StorageKey {
    /// Protects `content`, which is about the key with that `name`.
    ///
    /// # Errors
    ///
    /// The public key of this storage key is not valid.
    pub fn protect(
        &self,
        purpose: Purpose,
        name: &[u8],
        mut content: Zeroizing<Vec<u8>>,
        random: &mut impl CryptoRngCore,
    ) -> Result<Protected, NotShared> {
        let shared = secret::share(self, purpose, random)?;
        let hash = self.hash;
        let aes = hash.kdf_a(&shared.seed, "STORAGE", name, self.aes_bytes);
        encrypt(&aes, &mut content);
        let mac_key = hash.kdf_a(&shared.seed, "INTEGRITY", &[], hash.bytes());
        let mac = hash.hmac(&mac_key, &[&content, name]);
        let blob = Writer::new().sized(&mac).bytes(&content).finish();
        Ok(Protected {
            blob: blob.to_vec(),
            secret: shared.secret,
        })
    }
}

/// Encrypts in place by AES in CFB mode. The vector may be zero, because each seed is used once.
fn encrypt(key: &[u8], bytes: &mut [u8]) {
    let iv = [0; 16];
    let too_long = || unreachable!("a storage key has an AES key of 16 or 32 bytes");
    match key.len() {
        16 => Encryptor::<Aes128>::new_from_slices(key, &iv)
            .map_or_else(|_| too_long(), |cipher| cipher.encrypt(bytes)),
        _ => Encryptor::<Aes256>::new_from_slices(key, &iv)
            .map_or_else(|_| too_long(), |cipher| cipher.encrypt(bytes)),
    }
}

//! The keys that a passphrase gives: one for the cipher, one for the code that proves integrity.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut as _, KeyIvInit as _};
use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::fields::{Fields, damaged};
use crate::bounds::MAX_ARGON2_LANES;
use crate::effort::{Bounds, hold};
use crate::error::KeyFileError;

/// What the key of the code is made from in version 2.
const MAC_KEY_2: &[u8] = b"putty-private-key-file-mac-key";

/// How a file is protected.
pub(super) enum Protection {
    /// Version 2: SHA-1 of the passphrase, if it is encrypted.
    Two,
    /// Version 3, not encrypted.
    Three,
    /// Version 3, encrypted.
    Argon2 {
        algorithm: Algorithm,
        kib: u32,
        passes: u32,
        lanes: u32,
        salt: Vec<u8>,
    },
}

/// Keys made from a passphrase.
pub(super) struct Keys {
    cipher: Zeroizing<[u8; 32]>,
    iv: Zeroizing<[u8; 16]>,
    mac: Zeroizing<Vec<u8>>,
}

impl Protection {
    /// Reads the lines with the parameters of Argon2.
    pub(super) fn read_argon2(fields: &mut Fields<'_>) -> Result<Self, KeyFileError> {
        Ok(Self::Argon2 {
            algorithm: match fields.text("Key-Derivation")? {
                "Argon2i" => Algorithm::Argon2i,
                "Argon2d" => Algorithm::Argon2d,
                "Argon2id" => Algorithm::Argon2id,
                _ => return Err(KeyFileError::UnknownEncryption("its key derivation".into())),
            },
            kib: fields.number("Argon2-Memory")?,
            passes: fields.number("Argon2-Passes")?,
            lanes: fields.number("Argon2-Parallelism")?,
            salt: fields.hex("Argon2-Salt")?,
        })
    }

    /// The keys; `passphrase` is empty if the file is not encrypted.
    pub(super) fn keys(&self, passphrase: &[u8], bounds: Bounds) -> Result<Keys, KeyFileError> {
        match self {
            Self::Two => Ok(Keys::of_sha1(passphrase)),
            Self::Three => Ok(Keys::none()),
            Self::Argon2 {
                algorithm,
                kib,
                passes,
                lanes,
                salt,
            } => {
                let bytes = u64::from(*kib) * 1024;
                hold("memory (bytes for Argon2)", bytes, bounds.memory_bytes)?;
                let all = u64::from(*kib) * u64::from(*passes);
                hold("time (KiB of Argon2 in all passes)", all, bounds.argon2_kib)?;
                hold("memory (lanes of Argon2)", *lanes, MAX_ARGON2_LANES)?;
                let parameters = Params::new(*kib, *passes, *lanes, Some(80));
                let parameters = parameters.map_err(|_| damaged())?;
                let argon2 = Argon2::new(*algorithm, Version::V0x13, parameters);
                Keys::of_argon2(&argon2, passphrase, salt)
            }
        }
    }
}

impl Keys {
    fn none() -> Self {
        Self {
            cipher: Zeroizing::default(),
            iv: Zeroizing::default(),
            mac: Zeroizing::default(),
        }
    }

    fn of_sha1(passphrase: &[u8]) -> Self {
        let mut keys = Self::none();
        let hash = |parts: [&[u8]; 2]| -> Zeroizing<[u8; 20]> {
            let hash = parts.iter().fold(Sha1::new(), Sha1::chain_update);
            Zeroizing::new(hash.finalize().into())
        };
        let (first, second) = (
            hash([&[0, 0, 0, 0], passphrase]),
            hash([&[0, 0, 0, 1], passphrase]),
        );
        let bytes = first.iter().chain(second.iter());
        keys.cipher
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        keys.mac
            .extend_from_slice(hash([MAC_KEY_2, passphrase]).as_slice());
        keys
    }

    fn of_argon2(
        argon2: &Argon2<'_>,
        passphrase: &[u8],
        salt: &[u8],
    ) -> Result<Self, KeyFileError> {
        let mut output = Zeroizing::new([0; 80]);
        let hashed = argon2.hash_password_into(passphrase, salt, output.as_mut_slice());
        hashed.map_err(|_| damaged())?;
        let mut keys = Self::none();
        let (cipher, rest) = output.split_at(32);
        let (iv, mac) = rest.split_at(16);
        keys.cipher.copy_from_slice(cipher);
        keys.iv.copy_from_slice(iv);
        keys.mac.extend_from_slice(mac);
        Ok(keys)
    }

    /// Decrypts whole blocks in place.
    pub(super) fn decrypt(&self, blocks: &mut [u8]) -> Result<(), KeyFileError> {
        let (key, iv) = (self.cipher.as_slice(), self.iv.as_slice());
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).map_err(|_| damaged())?;
        let decrypted = cipher.decrypt_padded_mut::<NoPadding>(blocks);
        decrypted.map(drop).map_err(|_| damaged())
    }

    /// Whether `code` is the HMAC-SHA-1 of `parts`, each with its length in front.
    pub(super) fn fit_sha1(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        Hmac::<Sha1>::new_from_slice(&self.mac).is_ok_and(|mut mac| {
            each(parts, |bytes| mac.update(bytes));
            mac.verify_slice(code).is_ok()
        })
    }

    /// The same with HMAC-SHA-256.
    pub(super) fn fit_sha256(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        Hmac::<Sha256>::new_from_slice(&self.mac).is_ok_and(|mut mac| {
            each(parts, |bytes| mac.update(bytes));
            mac.verify_slice(code).is_ok()
        })
    }
}

fn each(parts: &[&[u8]], mut update: impl FnMut(&[u8])) {
    for part in parts {
        update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        update(part);
    }
}

//! Private keys that are made here, so that there is a backup before a TPM has them.
//!
//! Specs: FIPS 186-5 §6.2 and A.2 (ECDSA), RFC 8032 §5.1.5 (Ed25519).

use p256::elliptic_curve::{CurveArithmetic, SecretKey};
use rand_core::CryptoRngCore;
use ssh_key::EcdsaCurve;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::KeyFileError;
use crate::file::KeyFile;
use crate::key::{Ecdsa, Ed25519, PrivateKey, PrivatePart};
use crate::openssh::writer::{self, Written};

/// What kind of key to make. RSA is not among them: the primes would be searched in a time that
/// depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeKind {
    /// ECDSA over this curve.
    Ecdsa(EcdsaCurve),
    /// Ed25519.
    Ed25519,
}

/// A private key that was made here. Its memory is wiped.
#[derive(Clone, Debug)]
pub struct MadeKey {
    pub(crate) part: Written,
    pub(crate) comment: String,
}

/// A key in OpenSSH's format, `openssh-key-v1`.
pub struct OpenSshKey(Zeroizing<Vec<u8>>);

impl MadeKey {
    /// Makes one, with a comment of at most 1024 bytes.
    pub fn new(kind: MadeKind, comment: String, random: &mut impl CryptoRngCore) -> Self {
        let part = match kind {
            MadeKind::Ecdsa(curve) => Written::Ecdsa(ecdsa(curve, random)),
            MadeKind::Ed25519 => {
                let mut seed = Zeroizing::new([0; 32]);
                random.fill_bytes(seed.as_mut_slice());
                Written::Ed25519(Ed25519::new(seed))
            }
        };
        Self { part, comment }
    }

    /// The key as if a file had been read.
    pub fn key(&self) -> PrivateKey {
        let private = match &self.part {
            Written::Ecdsa(key) => PrivatePart::Ecdsa(key.clone()),
            Written::Ed25519(key) => PrivatePart::Ed25519(key.clone()),
        };
        PrivateKey {
            private,
            comment: self.comment.clone(),
        }
    }

    /// The key as ssh-keygen would write it with `passphrase`: encrypted by AES-256 in CTR mode,
    /// with a key of 24 rounds of `bcrypt_pbkdf`. This computes for half a second.
    ///
    /// # Errors
    ///
    /// The passphrase is empty.
    pub fn encrypted(
        &self,
        passphrase: &[u8],
        random: &mut impl CryptoRngCore,
    ) -> Result<OpenSshKey, KeyFileError> {
        if passphrase.is_empty() {
            return Err(KeyFileError::PassphraseNeeded);
        }
        let container = writer::container(
            &self.part,
            &self.comment,
            Some(passphrase),
            writer::ROUNDS,
            random,
        );
        Ok(OpenSshKey(container))
    }

    /// The key without any encryption, for what encrypts all of it.
    pub fn plain(&self, random: &mut impl CryptoRngCore) -> OpenSshKey {
        OpenSshKey(writer::container(
            &self.part,
            &self.comment,
            None,
            writer::ROUNDS,
            random,
        ))
    }

    /// Reads `file` as if nothing else were left, and tries the key in it: a signature has to
    /// verify by the public key of this one.
    ///
    /// # Errors
    ///
    /// The file does not have this key, or not under this passphrase.
    pub fn try_backup(&self, file: &[u8], passphrase: &[u8]) -> Result<(), KeyFileError> {
        let read = KeyFile::read(file)?.open(passphrase)?;
        let is_it =
            read.comment == self.comment && read.private.signs_for(&self.key().private.public());
        is_it.then_some(()).ok_or(KeyFileError::Mismatch)
    }
}

fn ecdsa(curve: EcdsaCurve, random: &mut impl CryptoRngCore) -> Ecdsa {
    let scalar = match curve {
        EcdsaCurve::NistP256 => scalar::<p256::NistP256>(random),
        EcdsaCurve::NistP384 => scalar::<p384::NistP384>(random),
        EcdsaCurve::NistP521 => scalar::<p521::NistP521>(random),
    };
    let key = Ecdsa::new(curve, &scalar);
    key.unwrap_or_else(|_| unreachable!("the scalar is less than the order of the curve"))
}

fn scalar<C: CurveArithmetic>(random: &mut impl CryptoRngCore) -> Zeroizing<Vec<u8>> {
    let secret = SecretKey::<C>::random(random);
    let mut bytes = secret.to_bytes();
    let scalar = Zeroizing::new(bytes.to_vec());
    bytes.zeroize();
    scalar
}

impl OpenSshKey {
    /// The contents, without base64.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A file, as ssh-keygen writes it.
    pub fn file(&self) -> Zeroizing<String> {
        writer::pem(&self.0)
    }

    /// The key that consists of these contents.
    pub fn of_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

//! Keys in memory, for the tests of the boundary. Scenarios have the real ones.

use std::sync::Mutex;

use ssh_key::EcdsaCurve;
use sshtpm_client::pin::Pin;
use sshtpm_dbus::Error;
use sshtpm_pkcs11_core::{Key, Keys, PublicHalf};
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A key on P-256, one of RSA-2048, and one on P-384 with a PIN.
pub(crate) struct TestKeys(Mutex<Vec<Key>>);

/// The PIN of the key that has one.
pub(crate) const PIN: &[u8] = b"1234";

/// Most keys, so that generating ends.
const MOST: usize = 8;

impl Default for TestKeys {
    fn default() -> Self {
        let p256 = Algorithm::Ecdsa(EcdsaCurve::NistP256);
        let p384 = Algorithm::Ecdsa(EcdsaCurve::NistP384);
        let rsa = Algorithm::Rsa(RsaBits::B2048);
        let mut locked = key(2, p384);
        locked.pin = true;
        Self(Mutex::new(vec![key(0, p256), key(1, rsa), locked]))
    }
}

fn key(number: u8, algorithm: Algorithm) -> Key {
    let fingerprint = ssh_key::Fingerprint::Sha256([number; 32]).to_string();
    let public = match algorithm {
        Algorithm::Rsa(_) => PublicHalf::Rsa {
            modulus: vec![0xc5; 256],
            exponent: vec![1, 0, 1],
        },
        _ => PublicHalf::Point(vec![4; 65]),
    };
    Key {
        fingerprint: fingerprint.parse().unwrap(),
        algorithm,
        public,
        comment: format!("key {number}"),
        pin: false,
        unlocked: false,
        generated: true,
    }
}

impl TestKeys {
    fn with<T>(
        &self,
        key: &Fingerprint,
        work: impl FnOnce(&mut Key) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        let mut keys = self.0.lock().unwrap();
        let found = keys.iter_mut().find(|one| one.fingerprint == *key);
        let done = found.ok_or(ErrorKind::NoSuchKey).and_then(work);
        done.map_err(|kind| Error::new(kind, "refused"))
    }
}

impl Keys for TestKeys {
    fn list(&self) -> Result<Vec<Key>, Error> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn sign(&self, key: &Fingerprint, _: DigestScheme, _: &[u8]) -> Result<Vec<u8>, Error> {
        self.with(key, |key| match (&key.public, key.pin && !key.unlocked) {
            (_, true) => Err(ErrorKind::PinRequired),
            (PublicHalf::Point(point), _) => Ok(vec![7; point.len() - 1]),
            (PublicHalf::Rsa { modulus, .. }, _) => Ok(vec![7; modulus.len()]),
        })
    }

    fn generate(&self, algorithm: Algorithm, comment: &str) -> Result<Option<Key>, Error> {
        let mut keys = self.0.lock().unwrap();
        if keys.len() >= MOST {
            return Err(Error::new(ErrorKind::LimitsExceeded, "refused"));
        }
        let number = u8::try_from(keys.len()).unwrap();
        let mut key = key(number, algorithm);
        comment.clone_into(&mut key.comment);
        keys.push(key.clone());
        Ok(Some(key))
    }

    fn delete(&self, _: &Fingerprint) -> Result<(), Error> {
        Err(Error::new(ErrorKind::NotAuthorized, "refused"))
    }

    fn unlock(&self, key: &Fingerprint, pin: &Pin) -> Result<(), Error> {
        self.with(key, |key| {
            let is_right = pin.bytes() == PIN;
            key.unlocked |= is_right;
            is_right.then_some(()).ok_or(ErrorKind::WrongPin)
        })
    }

    fn lock(&self, key: &Fingerprint) -> Result<(), Error> {
        self.with(key, |key| {
            key.unlocked = false;
            Ok(())
        })
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn ask_for_pin(&self, _: &Key) -> Option<Pin> {
        None
    }
}

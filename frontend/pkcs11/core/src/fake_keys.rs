//! Keys in memory, for the tests of this crate. Scenarios have the real ones.

use std::sync::{Arc, Mutex, MutexGuard};

use sha2::{Digest as _, Sha256};
use ssh_key::EcdsaCurve;
use sshtpm_client::pin::Pin;
use sshtpm_dbus::Error;
use sshtpm_ssh::algorithm::{Algorithm, RsaBits};
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::key::{Key, PublicHalf};
use crate::keys::Keys;

/// The PIN of each key that has one.
pub(crate) const PIN: &[u8] = b"1234";

/// Keys in memory. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeKeys(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    keys: Vec<Key>,
    /// What each call is refused with.
    refusal: Option<ErrorKind>,
    can_ask: bool,
    signed: Vec<(DigestScheme, Vec<u8>)>,
    lists: usize,
    unlocks: usize,
    /// What each PIN is refused with.
    pin_refusal: Option<ErrorKind>,
}

impl FakeKeys {
    pub(crate) fn with(keys: impl IntoIterator<Item = Key>) -> Self {
        let fake = Self::default();
        fake.inner().keys.extend(keys);
        fake
    }

    pub(crate) fn refuse(&self, kind: Option<ErrorKind>) {
        self.inner().refusal = kind;
    }

    pub(crate) fn let_ask(&self) {
        self.inner().can_ask = true;
    }

    pub(crate) fn signed(&self) -> Vec<(DigestScheme, Vec<u8>)> {
        self.inner().signed.clone()
    }

    pub(crate) fn lists(&self) -> usize {
        self.inner().lists
    }

    pub(crate) fn unlocks(&self) -> usize {
        self.inner().unlocks
    }

    pub(crate) fn refuse_pins(&self, kind: ErrorKind) {
        self.inner().pin_refusal = Some(kind);
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.inner().keys.clone()
    }

    /// As `sshtpm unlock` and the broker's clock do.
    pub(crate) fn set_unlocked(&self, unlocked: bool) {
        for key in &mut self.inner().keys {
            key.unlocked = key.pin && unlocked;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn answer(&self) -> Result<MutexGuard<'_, Inner>, Error> {
        let inner = self.inner();
        match inner.refusal {
            Some(kind) => Err(Error::new(kind, "refused")),
            None => Ok(inner),
        }
    }
}

impl Keys for FakeKeys {
    fn list(&self) -> Result<Vec<Key>, Error> {
        let mut inner = self.answer()?;
        inner.lists += 1;
        Ok(inner.keys.clone())
    }

    fn sign(
        &self,
        key: &Fingerprint,
        scheme: DigestScheme,
        digest: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut inner = self.answer()?;
        let mut keys = inner.keys.iter();
        let found = keys.find(|one| one.fingerprint == *key);
        let found = found.ok_or_else(|| Error::new(ErrorKind::NoSuchKey, "gone"))?;
        if found.pin && !found.unlocked {
            return Err(Error::new(ErrorKind::PinRequired, "locked"));
        }
        let signature = vec![7; found.signature_bytes()];
        inner.signed.push((scheme, digest.to_vec()));
        Ok(signature)
    }

    fn generate(&self, algorithm: Algorithm, comment: &str) -> Result<Option<Key>, Error> {
        let mut inner = self.answer()?;
        let name = format!("{comment}{}", inner.keys.len());
        let mut key = a_key(&name, false);
        comment.clone_into(&mut key.comment);
        key.algorithm = algorithm;
        if let Algorithm::Rsa(_) = algorithm {
            key.public = an_rsa_key().public;
        }
        inner.keys.push(key.clone());
        Ok(Some(key))
    }

    fn delete(&self, key: &Fingerprint) -> Result<(), Error> {
        let mut inner = self.answer()?;
        inner.keys.retain(|one| one.fingerprint != *key);
        Ok(())
    }

    fn unlock(&self, key: &Fingerprint, pin: &Pin) -> Result<(), Error> {
        let mut inner = self.answer()?;
        inner.unlocks += 1;
        if let Some(kind) = inner.pin_refusal {
            return Err(Error::new(kind, "refused"));
        }
        if pin.bytes() != PIN {
            return Err(Error::new(ErrorKind::WrongPin, "wrong"));
        }
        let mut keys = inner.keys.iter_mut();
        if let Some(found) = keys.find(|one| one.fingerprint == *key) {
            found.unlocked = true;
        }
        Ok(())
    }

    fn lock(&self, _: &Fingerprint) -> Result<(), Error> {
        drop(self.answer()?);
        self.set_unlocked(false);
        Ok(())
    }

    fn can_ask(&self) -> bool {
        self.inner().can_ask
    }

    fn ask_for_pin(&self, _: &Key) -> Option<Pin> {
        Pin::new(PIN).ok()
    }
}

/// A key on P-256 that is called `name`.
pub(crate) fn a_key(name: &str, pin: bool) -> Key {
    let hash = Sha256::digest(name);
    let fingerprint = ssh_key::Fingerprint::Sha256(hash.into()).to_string();
    Key {
        fingerprint: fingerprint.parse().unwrap(),
        algorithm: Algorithm::Ecdsa(EcdsaCurve::NistP256),
        public: PublicHalf::Point([[4].as_slice(), &hash, &hash].concat()),
        comment: name.to_owned(),
        pin,
        unlocked: false,
        generated: true,
    }
}

/// A key of RSA-2048.
pub(crate) fn an_rsa_key() -> Key {
    Key {
        algorithm: Algorithm::Rsa(RsaBits::B2048),
        public: PublicHalf::Rsa {
            modulus: vec![0xc5; 256],
            exponent: vec![1, 0, 1],
        },
        ..a_key("rsa", false)
    }
}

/// A key on P-521.
pub(crate) fn on_p521() -> Key {
    Key {
        algorithm: Algorithm::Ecdsa(EcdsaCurve::NistP521),
        public: PublicHalf::Point(vec![4; 133]),
        ..a_key("p521", false)
    }
}

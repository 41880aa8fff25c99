//! Keys for tests: a broker that answers as it was told and fails the test when it is asked
//! anything else.

use std::cell::RefCell;

use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, PrivateKey, Signature, SigningKey};
use sshtpm_dbus::{Error, KeyInfo, KeyState};

use crate::agent::keys::Keys;
use crate::agent::origin::Origin;

#[derive(Default)]
pub(crate) struct FakeKeys {
    list: Option<Result<Vec<KeyInfo>, Error>>,
    sign: Option<Result<Vec<u8>, Error>>,
    asked: RefCell<Vec<Asked>>,
}

/// Fingerprint, data and flags.
pub(crate) type Asked = (String, Vec<u8>, u32);

impl FakeKeys {
    pub(crate) fn untouchable() -> Self {
        Self::default()
    }

    pub(crate) fn listing(answer: Result<Vec<KeyInfo>, Error>) -> Self {
        Self {
            list: Some(answer),
            ..Self::default()
        }
    }

    pub(crate) fn signing(answer: Result<Vec<u8>, Error>) -> Self {
        Self {
            sign: Some(answer),
            ..Self::default()
        }
    }

    pub(crate) fn asked_to_sign(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }
}

impl Keys for FakeKeys {
    async fn list(&self, _: Origin) -> Result<Vec<KeyInfo>, Error> {
        self.list.clone().expect("nobody may list keys here")
    }

    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        _: Origin,
    ) -> Result<Vec<u8>, Error> {
        let answer = self.sign.clone().expect("nobody may sign here");
        let asked = (fingerprint.to_owned(), data.to_vec(), flags);
        self.asked.borrow_mut().push(asked);
        answer
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// An Ed25519 key, always the same for the same `seed`.
pub(crate) fn private_key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

pub(crate) fn key_info() -> KeyInfo {
    KeyInfo {
        fingerprint: fingerprint(),
        algorithm: "ssh-ed25519".to_owned(),
        bits: 256,
        comment: "a key".to_owned(),
        public_key: private_key(1).public_key().to_openssh().unwrap(),
        owner: "somebody".to_owned(),
        created: 0,
        state: KeyState::Usable,
    }
}

pub(crate) fn blob() -> Vec<u8> {
    private_key(1).public_key().to_bytes().unwrap()
}

pub(crate) fn fingerprint() -> String {
    private_key(1).fingerprint(HashAlg::Sha256).to_string()
}

/// A certificate for that key, from `ssh-keygen -s`, valid for ever.
pub(crate) fn certificate_blob() -> Vec<u8> {
    include_bytes!("testdata/certificate.bin").to_vec()
}

pub(crate) fn sign<K: SigningKey>(key: &K, data: &[u8]) -> Signature {
    key.try_sign(data).unwrap()
}

/// `bytes` with their length in front.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

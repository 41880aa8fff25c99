//! Keys for tests: a broker that gives one answer, and fails the test if it is asked for another.

use std::cell::{Cell, RefCell};

use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, PrivateKey, PublicKey, Signature, SigningKey};
use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::agent_report::Asks;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::purpose::{AnyPurpose, Purpose};
use tokio::task::LocalSet;

use crate::asker::Asker;
use crate::keys::{Keys, KeysByPurpose};
use crate::lock::AgentLock;

#[derive(Default)]
pub(crate) struct FakeKeys {
    list: Option<Result<Vec<Identity>, Error>>,
    /// The keys that may sign files alone. The others may log in alone.
    for_files: Vec<Identity>,
    /// Those that sign anything, and are not listed for all purposes.
    raw: Vec<Identity>,
    sign: Option<Result<Vec<u8>, Error>>,
    asked: RefCell<Vec<Asked>>,
    forget: Option<Result<(), Error>>,
    forgotten: Cell<usize>,
    lock: AgentLock,
}

/// Fingerprint, data and flags.
pub(crate) type Asked = (String, Vec<u8>, u32);

impl FakeKeys {
    pub(crate) fn untouchable() -> Self {
        Self::default()
    }

    pub(crate) fn listing(answer: Result<Vec<Identity>, Error>) -> Self {
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

    /// A broker that gives the same answers each time.
    pub(crate) fn answering(list: Vec<Identity>, signature: Vec<u8>) -> Self {
        Self {
            list: Some(Ok(list)),
            sign: Some(Ok(signature)),
            ..Self::default()
        }
    }

    /// The same broker, whose `key` signs files and nothing else.
    pub(crate) fn with_files_alone(mut self, key: Identity) -> Self {
        self.for_files.push(key);
        self
    }

    /// The same broker, with the raw key `key`, too.
    pub(crate) fn with_raw(mut self, key: Identity) -> Self {
        self.raw.push(key);
        self
    }

    /// Forgets what it was asked.
    pub(crate) fn forget_asked(&self) {
        self.asked.borrow_mut().clear();
    }

    /// A broker that remembers PINs, and gives `answer` when it has to forget them.
    pub(crate) fn with_pins(answer: Result<(), Error>) -> Self {
        Self {
            forget: Some(answer),
            ..Self::default()
        }
    }

    /// The same, with PINs that it forgets.
    pub(crate) fn and_pins(self) -> Self {
        Self {
            forget: Some(Ok(())),
            ..self
        }
    }

    /// How often the agent asked it to forget PINs.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten.get()
    }

    pub(crate) fn asked_to_sign(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }
}

impl Keys for FakeKeys {
    async fn identities(&self, _: &Asker) -> Result<Vec<Identity>, Error> {
        self.list.clone().expect("this test must not list keys")
    }

    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let is_it = |key: &Identity| {
            let key = PublicKey::from_bytes(&key.blob).unwrap();
            key.fingerprint(HashAlg::Sha256).to_string() == fingerprint
        };
        match self.raw.iter().any(is_it) {
            true => Err(Error::new(ErrorKind::PurposeNotPermitted, "raw")),
            false => self.sign_even_raw(fingerprint, data, flags, asker).await,
        }
    }

    async fn forget_pins(&self) -> Result<(), Error> {
        self.forgotten.set(self.forgotten.get() + 1);
        self.forget.clone().expect("this test must not forget PINs")
    }

    fn asks(&self) -> Asks {
        Asks::Itself
    }

    fn lock(&self) -> &AgentLock {
        &self.lock
    }
}

impl KeysByPurpose for FakeKeys {
    async fn identities_for(
        &self,
        purposes: AnyPurpose,
        asker: &Asker,
    ) -> Result<Vec<Identity>, Error> {
        let mut keys = self.identities(asker).await?;
        keys.retain(|key| match self.for_files.contains(key) {
            true => purposes.contains(Purpose::Sign),
            false => purposes.contains(Purpose::Auth),
        });
        if purposes.contains(Purpose::Raw) {
            keys.extend_from_slice(&self.raw);
        }
        Ok(keys)
    }

    async fn sign_even_raw(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        _: &Asker,
    ) -> Result<Vec<u8>, Error> {
        let answer = self.sign.clone().expect("this test must not sign");
        let asked = (fingerprint.to_owned(), data.to_vec(), flags);
        self.asked.borrow_mut().push(asked);
        answer
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    LocalSet::new().block_on(&built.unwrap(), future)
}

/// An Ed25519 key, always the same for the same `seed`.
pub(crate) fn private_key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
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

/// The same as a certificate for hosts, without a valid signature.
pub(crate) fn host_certificate_blob() -> Vec<u8> {
    let mut blob = certificate_blob();
    let key_type = string(b"ssh-ed25519-cert-v01@openssh.com").len();
    let (nonce, key, serial) = (4 + 32, 4 + 32, 8);
    let kind = key_type + nonce + key + serial;
    blob[kind..kind + 4].copy_from_slice(&2_u32.to_be_bytes());
    blob
}

/// A host certificate for that key of more than `length` bytes, without a signature.
pub(crate) fn long_certificate_blob(length: usize) -> Vec<u8> {
    let key = blob();
    let fields = [
        string(b"ssh-ed25519-cert-v01@openssh.com"),
        string(b"nonce"),
        key[key.len() - 36..].to_vec(),
        vec![0; 8],
        vec![0, 0, 0, 2],
        string(&vec![b'x'; length]),
        string(b""),
        vec![0; 8 + 8],
        string(b""),
        string(b""),
        string(b""),
        string(b""),
        string(b""),
    ];
    fields.concat()
}

pub(crate) fn sign<K: SigningKey>(key: &K, data: &[u8]) -> Signature {
    key.try_sign(data).unwrap()
}

/// `bytes` with their length in front.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

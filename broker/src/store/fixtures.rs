//! Keys and stores for the tests of this room.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use ssh_key::certificate::Builder;
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Mpint, PrivateKey};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{FileStore, directory};
use sshtpm_core::certificates::{Certificates, UserCertificate};
use sshtpm_core::comment::Comment;
use sshtpm_core::derivation::Derivation;
use sshtpm_core::identity::{Caller, Owner, Uid, UserName};
use sshtpm_core::key::{
    Holding, KeyBlob, KeyRecord, Origin, ParentName, PrivatePart, Protection, TpmKey,
};
use sshtpm_core::persistent::{AUTH_BYTES, HandleAuth, OwnHandle, Persistent};
use sshtpm_core::pins::Reserve;
use sshtpm_core::policy::{Permit, Request, Target};
use sshtpm_core::quota::{Claim, Claims};
use sshtpm_core::requests::{
    AddCertificate, Delete, RemoveCertificate, SetComment, SetPersistent, SetPin,
};
use sshtpm_core::restrictions::{Destination, Destinations, Hop, HostKey, Restrictions};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::kept_by::KeptBy;
use sshtpm_ssh::limits::MAX_KEYS_OF_HOST;
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy, PcrValues};

pub(super) fn owner(uid: u32, name: &str) -> Owner {
    Owner::new(Uid(uid), UserName::new(name).expect("a user name"))
}

/// A place for a new key.
pub(super) fn place() -> Claim {
    let claim = Claims::default().claim(Uid(4242), || 0, 1);
    claim.expect("no other test claims one")
}

pub(super) fn alice() -> Owner {
    owner(4242, "alice")
}

/// A P-256 key like those that a TPM makes; another one for each seed.
pub(super) fn key(seed: u64) -> TpmKey {
    let (x, y) = (numbers(seed, 'x', 32), numbers(seed, 'y', 32));
    let point = [&[4][..], &x, &y].concat();
    let point = EcdsaPublicKey::from_sec1_bytes(&point).expect("a point");
    let area = [P256_AREA, &sized(&x), &sized(&y)].concat();
    tpm_key(KeyData::Ecdsa(point), &area)
}

pub(super) fn rsa_key() -> TpmKey {
    let mut n = numbers(0, 'n', 256);
    n[0] |= 0x80;
    let public = RsaPublicKey {
        e: Mpint::from_positive_bytes(&[1, 0, 1]).expect("a number"),
        n: Mpint::from_positive_bytes(&n).expect("a number"),
    };
    tpm_key(KeyData::Rsa(public), &[RSA_AREA, &sized(&n)].concat())
}

/// An Ed25519 key like those that a TPM seals; another one for each seed.
pub(super) fn sealed_key(seed: u8) -> TpmKey {
    let public = Ed25519Keypair::from_seed(&[seed; 32]).public;
    let unique = numbers(seed.into(), 'u', 32);
    TpmKey {
        holding: Holding::Sealed,
        ..tpm_key(
            KeyData::Ed25519(public),
            &[SEALED_AREA, &sized(&unique)].concat(),
        )
    }
}

pub(super) fn record(owner: &Owner, seed: u64) -> KeyRecord {
    KeyRecord {
        owner: owner.clone(),
        algorithm: Algorithm::from_name_and_bits("ecdsa-sha2-nistp256", 256).expect("known"),
        comment: Comment::new(format!("key {seed}")).expect("a comment"),
        created: 1_700_000_000 + seed,
        origin: Origin::Generated,
        backed_up: false,
        restrictions: Restrictions::before_they_were_named(owner).into(),
        key: key(seed),
        certificates: Certificates::default(),
    }
}

/// `record`, of a key that is bound to PCRs.
pub(super) fn bound(record: KeyRecord, auth_value: AuthValue) -> KeyRecord {
    let selection = "0+7:sha384".parse().expect("a selection");
    let values = PcrValues::new(selection, &[[1; 48], [2; 48]]).expect("values");
    let policy = PcrPolicy::new(values, auth_value);
    let mut public = record.key.blob.public.to_vec();
    // userWithAuth, and the policy behind the attributes.
    public[9] &= !0x40;
    drop(public.splice(10..12, sized(&policy.digest())));
    let area = public.split_off(2);
    let blob = KeyBlob {
        public: sized(&area).into(),
        private: record.key.blob.private.clone(),
    };
    KeyRecord {
        key: TpmKey {
            blob,
            pcrs: Some(Arc::new(policy)),
            ..record.key
        },
        ..record
    }
}

/// `record`, of a key that came from there.
pub(super) fn from(record: KeyRecord, origin: Origin, backed_up: bool) -> KeyRecord {
    let attributes: u32 = match origin {
        Origin::Generated | Origin::Derived => 0x0004_0472,
        Origin::Imported => 0x0004_0440,
        Origin::Adopted => 0x0006_0072,
    };
    let mut public = record.key.blob.public.to_vec();
    public[6..10].copy_from_slice(&attributes.to_be_bytes());
    let private = match origin {
        Origin::Derived => derived(&record.owner, Hierarchy::Owner, "work"),
        _ => record.key.blob.private.clone(),
    };
    let blob = KeyBlob {
        public: public.into(),
        private,
    };
    KeyRecord {
        origin,
        backed_up,
        key: TpmKey { blob, ..record.key },
        ..record
    }
}

/// The private part of a key that the parent wraps.
pub(super) fn wrapped(blob: &KeyBlob) -> &[u8] {
    match &blob.private {
        PrivatePart::Wrapped(private) => private,
        PrivatePart::Derived(_) => panic!("it has none"),
    }
}

/// What a TPM derives a key of `owner` from.
pub(super) fn derived(owner: &Owner, hierarchy: Hierarchy, label: &str) -> PrivatePart {
    let label = label.parse().expect("a label");
    PrivatePart::Derived(Derivation::new(owner, hierarchy, label).into())
}

/// `record`, of a key that the TPM keeps there because it is used much.
pub(super) fn kept_by_use(record: KeyRecord, handle: u32) -> KeyRecord {
    let mut record = promoted(record, handle);
    let by_use = |there: Arc<Persistent>| Arc::new(there.kept_by(KeptBy::Use));
    record.key.persistent = record.key.persistent.map(by_use);
    record
}

/// `record`, of a key that the TPM keeps there because an administrator named it.
pub(super) fn promoted(record: KeyRecord, handle: u32) -> KeyRecord {
    let auth = HandleAuth::new(Zeroizing::new([0xa5; AUTH_BYTES]));
    let persistent = Persistent {
        handle: OwnHandle::new(handle).expect("one of ours"),
        auth: auth.expect("a value"),
        by: KeptBy::Administrator,
    };
    KeyRecord {
        key: TpmKey {
            persistent: Some(Arc::new(persistent)),
            ..record.key
        },
        ..record
    }
}

/// `record`, with as many destinations as there can be with as many keys as a host can have.
pub(super) fn with_long_restrictions(record: KeyRecord) -> KeyRecord {
    let host_key = |number: usize| HostKey {
        key: key(number as u64).public,
        is_authority: false,
    };
    let hop = |name: String| {
        let keys = (0..MAX_KEYS_OF_HOST).map(host_key).collect();
        Hop::new(name, keys).expect("a hop")
    };
    let to = |number: usize| Destination {
        from: Some(hop("from".to_owned())),
        user: None,
        to: hop(number.to_string()),
    };
    // With one more their keys would be too long; as text they have more than 64 KiB already.
    let destinations = Destinations::new((0..14).map(to)).expect("not too many");
    assert!(Destinations::new((0..15).map(to)).is_err());
    KeyRecord {
        restrictions: Arc::new(Restrictions {
            destinations,
            ..Restrictions::clone(&record.restrictions)
        }),
        ..record
    }
}

fn tpm_key(public: KeyData, area: &[u8]) -> TpmKey {
    TpmKey {
        public,
        parent: ParentName::new([&[0, 0x0b][..], &[7; 32]].concat()).expect("a name"),
        blob: KeyBlob {
            public: sized(area).into(),
            private: sized(&[9; 126]).into(),
        },
        holding: Holding::Tpm,
        protection: Protection::Nothing,
        persistent: None,
        pcrs: None,
    }
}

/// TPMT_PUBLIC of a sealed data object, up to `unique`.
const SEALED_AREA: &[u8] = &[0, 0x08, 0, 0x0b, 0, 0, 0x04, 0x52, 0, 0, 0, 0x10];

/// TPMT_PUBLIC of a P-256 signing key (TPM 2.0 Part 2 §12.2.4) up to `unique`.
const P256_AREA: &[u8] = &[
    0, 0x23, 0, 0x0b, 0, 4, 4, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10,
];

/// The same of an RSA-2048 one.
const RSA_AREA: &[u8] = &[
    0, 1, 0, 0x0b, 0, 4, 4, 0x72, 0, 0, 0, 0x10, 0, 0x10, 8, 0, 0, 0, 0, 0,
];

fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes()[..], bytes].concat()
}

fn numbers(seed: u64, kind: char, length: usize) -> Vec<u8> {
    let block = |at: usize| Sha256::digest(format!("{seed} {kind} {at}"));
    (0..length.div_ceil(32))
        .flat_map(block)
        .take(length)
        .collect()
}

/// A state directory that goes when it is dropped.
pub(super) struct State(TempDir);

impl State {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn keys(&self) -> PathBuf {
        self.path().join("keys")
    }

    pub(super) fn open(&self) -> FileStore {
        FileStore::open(self.path()).expect("a store")
    }

    /// A store of which all keys are read. It cannot be called where futures are run.
    pub(super) fn open_and_read(&self) -> FileStore {
        let store = self.open();
        store.read_rest()();
        store
    }

    /// A store on a disk that cannot bring directories' names to the disk.
    pub(super) fn open_failing(&self, sync: fn(&Path) -> io::Result<()>) -> FileStore {
        FileStore::open_with(self.path(), sync).expect("a store")
    }

    /// Where the file of `record` is or would be.
    pub(super) fn file(&self, record: &KeyRecord) -> PathBuf {
        directory::user_directory(&self.keys(), record.owner.uid())
            .join(directory::file_name(record.fingerprint()))
    }

    /// Names of all files of `owner`, in order.
    pub(super) fn files(&self, owner: &Owner) -> Vec<String> {
        let directory = directory::user_directory(&self.keys(), owner.uid());
        let entries = directory.read_dir().expect("a directory");
        let name = |entry: io::Result<std::fs::DirEntry>| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("UTF-8")
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }
}

/// A certificate of the key of `record`, with this key ID, as `ssh-keygen -s` makes them.
pub(super) fn certificate(record: &KeyRecord, key_id: &str) -> Vec<u8> {
    let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[1; 32]));
    let key = record.key.public.clone();
    let mut builder = Builder::new([3; 16], key, 0, u64::from(u32::MAX)).expect("a certificate");
    builder.key_id(key_id).expect("a key ID");
    builder.valid_principal("alice").expect("a name");
    let certificate = builder.sign(&authority).expect("it is signed");
    certificate.to_bytes().expect("a blob")
}

pub(super) fn add_certificate(record: &KeyRecord, blob: &[u8]) -> Permit<AddCertificate> {
    let (certificate, _) = UserCertificate::of_caller(blob, 1).expect("a certificate");
    permit(AddCertificate {
        target: target(&record.owner),
        fingerprint: record.fingerprint(),
        certificate,
        now: 1,
    })
}

pub(super) fn remove_certificate(record: &KeyRecord, blob: &[u8]) -> Permit<RemoveCertificate> {
    permit(RemoveCertificate {
        target: target(&record.owner),
        fingerprint: record.fingerprint(),
        blob: blob.into(),
    })
}

pub(super) fn set_comment(record: &KeyRecord, comment: &str) -> Permit<SetComment> {
    permit(SetComment {
        target: target(&record.owner),
        fingerprint: record.fingerprint(),
        comment: Comment::new(comment).expect("a comment"),
        may_ask_a_person: record.asks_a_person(),
    })
}

/// For a key that was as in `record`, and has a PIN afterwards.
pub(super) fn set_pin(record: &KeyRecord) -> Permit<SetPin> {
    permit(SetPin {
        caller: target(&record.owner).caller,
        record: Arc::new(record.clone()),
        after: Protection::Pin,
        reserve: Reserve(0),
    })
}

pub(super) fn set_persistent(record: &KeyRecord) -> Permit<SetPersistent> {
    permit(SetPersistent {
        target: target(&record.owner),
        fingerprint: record.fingerprint(),
        wanted: record.key.persistent.is_none(),
    })
}

pub(super) fn delete(owner: &Owner, fingerprint: Fingerprint) -> Permit<Delete> {
    permit(Delete {
        target: target(owner),
        fingerprint,
    })
}

pub(super) fn target(owner: &Owner) -> Target {
    let caller = Caller {
        bus_name: ":1.1".to_owned(),
        owner: owner.clone(),
        interactive: false,
    };
    Target::new(caller, None, "sshtpm-host")
}

pub(super) fn permit<R: Request>(request: R) -> Permit<R> {
    Permit::unasked(request)
}

/// What `act` returns, and what this thread logs during that.
pub(super) fn logged<T>(act: impl FnOnce() -> T) -> (T, String) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let result = tracing::subscriber::with_default(subscriber, act);
    let bytes = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    (result, String::from_utf8_lossy(&bytes).into_owned())
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

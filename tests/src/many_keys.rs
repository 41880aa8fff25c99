//! Many keys: records that the broker reads, lists and cannot use, because no TPM made them.
//!
//! Their public parts are real: each has a P-256 key of its own. Random bytes stand for the part
//! that a TPM would have encrypted. The form is that of `broker/src/store/record.rs`. If that form
//! changes, the broker sets the records aside, and a scenario fails.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use der::asn1::{ObjectIdentifier, OctetString};
use der::pem::{LineEnding, PemLabel};
use der::{EncodePem as _, Sequence};
use serde_json::json;
use ssh_key::private::EcdsaKeypair;
use ssh_key::public::KeyData;
use ssh_key::rand_core::{CryptoRng, Error, RngCore};
use ssh_key::{EcdsaCurve, HashAlg, PublicKey};

use crate::broker::STATE_DIRECTORY;
use crate::machine::Machine;

/// Whose keys they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The user ID.
    pub uid: u32,
    /// The name of that user, now or before.
    pub name: String,
}

impl KeyOwner {
    /// An owner, whether the user database knows one or not.
    pub fn new(uid: u32, name: &str) -> Self {
        let name = name.to_owned();
        Self { uid, name }
    }

    /// So many owners of whom the user database knows nothing.
    pub fn strangers(count: u32) -> Vec<Self> {
        let stranger = |number| Self::new(FIRST_STRANGER + number, &format!("stranger{number}"));
        (0..count).map(stranger).collect()
    }
}

/// Higher than every user ID that `tests/machine` gives to a person.
const FIRST_STRANGER: u32 = 100_000;

/// Puts `count` keys into the store of `machine`, spread evenly over `owners`, and returns where
/// their records are. The broker must not be running: it reads its store once.
///
/// # Panics
///
/// There is no owner, or the store cannot be written.
pub fn put(machine: &Machine, owners: &[KeyOwner], count: usize) -> Vec<PathBuf> {
    machine.enter(|| {
        let mut chance = Chance::open();
        let keys = Path::new(STATE_DIRECTORY).join("keys");
        let owners = owners.iter().cycle().take(count).enumerate();
        let put = owners.map(|(number, owner)| put_one(&keys, owner, number, &mut chance));
        let put: Vec<_> = put.collect::<io::Result<_>>().expect("root can write it");
        assert_eq!(put.len(), count, "keys need an owner");
        put
    })
}

fn put_one(
    keys: &Path,
    owner: &KeyOwner,
    number: usize,
    chance: &mut Chance,
) -> io::Result<PathBuf> {
    let pair = EcdsaKeypair::random(chance, EcdsaCurve::NistP256).expect("a key pair");
    let public = PublicKey::from(KeyData::Ecdsa((&pair).into()));
    let directory = keys.join(owner.uid.to_string());
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700).create(&directory)?;
    let path = directory.join(file_name(&public));
    let mut new = OpenOptions::new();
    let mut file = new.write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(record(owner, number, &public, chance).as_bytes())?;
    Ok(path)
}

fn file_name(public: &PublicKey) -> String {
    let fingerprint = public.fingerprint(HashAlg::Sha256);
    let hexadecimal = fingerprint.as_bytes().iter();
    let hexadecimal: String = hexadecimal.map(|byte| format!("{byte:02x}")).collect();
    hexadecimal + ".json"
}

fn record(owner: &KeyOwner, number: usize, public: &PublicKey, chance: &mut Chance) -> String {
    let purposes = match owner.name.as_str() {
        "sshtpm-host" => vec!["host"],
        _ => vec!["auth", "sign"],
    };
    let record = json!({
        "version": 2,
        "owner": { "uid": owner.uid, "name": owner.name },
        "algorithm": "ecdsa-sha2-nistp256",
        "bits": 256,
        "comment": format!("key {number}"),
        "created": FIRST_CREATED + number,
        "restrictions": {
            "purposes": purposes,
            "namespaces": [],
            "destinations": [],
            "forwarding": true,
            "confirm": false,
        },
        "public_key": public.to_openssh().expect("a public key has a text"),
        "parent": PARENT,
        "key": key_file(public, chance),
    });
    format!("{record:#}\n")
}

/// When the first key was made, in seconds since 1970 UTC: some day in 2023.
const FIRST_CREATED: usize = 1_700_000_000;

/// The Name of a parent that no TPM has: the ID of SHA-256, and bytes that are not a digest.
const PARENT: &str = "000b0707070707070707070707070707070707070707070707070707070707070707";

fn key_file(public: &PublicKey, chance: &mut Chance) -> String {
    let mut private = [0; PRIVATE_BYTES];
    chance.fill_bytes(&mut private);
    let octets = |bytes: &[u8]| OctetString::new(sized(bytes)).expect("short");
    let file = KeyFile {
        kind: ObjectIdentifier::new_unwrap("2.23.133.10.1.3"),
        empty_auth: Some(true),
        parent: 0x8100_0001,
        public: octets(&public_area(public)),
        private: octets(&private),
    };
    file.to_pem(LineEnding::LF).expect("a key file has a text")
}

/// As long as what a TPM with SHA-256 makes of a P-256 key: integrity, initialization vector, and
/// a sensitive area with an empty authorization value and a seed.
const PRIVATE_BYTES: usize = 126;

/// A TSS2 PRIVATE KEY.
#[derive(Sequence)]
struct KeyFile {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    empty_auth: Option<bool>,
    parent: u32,
    public: OctetString,
    private: OctetString,
}

impl PemLabel for KeyFile {
    const PEM_LABEL: &'static str = "TSS2 PRIVATE KEY";
}

/// A TPMT_PUBLIC (TPM 2.0 Part 2 §12.2.4).
fn public_area(public: &PublicKey) -> Vec<u8> {
    let KeyData::Ecdsa(point) = public.key_data() else {
        panic!("only ECDSA keys are made here");
    };
    let xy = point.as_sec1_bytes().get(1..).unwrap_or_default();
    let (x, y) = xy.split_at(xy.len() / 2);
    [UP_TO_UNIQUE, &sized(x), &sized(y)].concat()
}

/// TPMT_PUBLIC of a P-256 signing key, up to `unique`.
const UP_TO_UNIQUE: &[u8] = &[
    0, 0x23, 0, 0x0b, 0, 4, 4, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10,
];

/// With two bytes of length before it.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// The kernel's random numbers.
struct Chance(File);

impl Chance {
    fn open() -> Self {
        Self(File::open("/dev/urandom").expect("every machine has it"))
    }
}

impl CryptoRng for Chance {}

impl RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_ne_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.try_fill_bytes(bytes).expect("it never ends");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.read_exact(bytes).map_err(Error::new)
    }
}

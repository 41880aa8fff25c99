//! Writes a key in OpenSSH's format.
//!
//! Own writer, because `ssh-key` 0.6 writes ECDSA scalars with the zeros that they begin with, and
//! RFC 4251 §5 forbids that.

use base64ct::{Base64, Encoding};
use rand_core::CryptoRngCore;
use ssh_cipher::Cipher;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;
use zeroize::Zeroizing;

use super::container::MAGIC;
use crate::key::{Ecdsa, Ed25519};

/// Rounds of `bcrypt_pbkdf`: the default of `ssh-keygen -a` since OpenSSH 9.4.
pub(crate) const ROUNDS: u32 = 24;

/// Bytes of the salt, as ssh-keygen has them.
const SALT_BYTES: usize = 16;

/// The cipher, as ssh-keygen chooses it: key, initialization vector and block have these bytes.
const CIPHER: Cipher = Cipher::Aes256Ctr;
const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 16;

/// The block of a section that is not encrypted: OpenSSH `PROTOCOL.key`.
const PLAIN_BLOCK_BYTES: usize = 8;

/// Characters of a line of base64, as ssh-keygen has them.
const LINE: usize = 70;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
const END: &str = "-----END OPENSSH PRIVATE KEY-----\n";

/// Room for all but the comment: a P-521 key takes some 500 bytes.
const ROOM_BYTES: usize = 1024;

/// Room for a comment, in bytes; a longer one is cut. Those of sshtpm have 256 at most.
const MAX_COMMENT_BYTES: usize = 1024;

/// What can be written. An RSA key cannot: its file has numbers that are not kept here.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    Ecdsa(Ecdsa),
    Ed25519(Ed25519),
}

impl Written {
    fn public(&self) -> KeyData {
        match self {
            Self::Ecdsa(key) => key.public(),
            Self::Ed25519(key) => key.public(),
        }
    }
}

/// The container with `key`, encrypted if there is a passphrase.
pub(crate) fn container(
    key: &Written,
    comment: &str,
    passphrase: Option<&[u8]>,
    rounds: u32,
    random: &mut impl CryptoRngCore,
) -> Zeroizing<Vec<u8>> {
    let block = match passphrase {
        Some(_) => BLOCK_BYTES,
        None => PLAIN_BLOCK_BYTES,
    };
    let mut section = section(key, comment, block, random);
    let public = PublicKey::from(key.public()).to_bytes();
    let public = public.unwrap_or_else(|_| unreachable!("a public key can be encoded"));
    let fields = Fields::new().bytes(MAGIC);
    let fields = match passphrase {
        None => fields.string(b"none").string(b"none").string(b""),
        Some(passphrase) => {
            let mut salt = [0; SALT_BYTES];
            random.fill_bytes(&mut salt);
            encrypt(&mut section, passphrase, &salt, rounds);
            let options = Fields::new().string(&salt).uint32(rounds);
            let fields = fields.string(CIPHER.as_str().as_bytes()).string(b"bcrypt");
            fields.string(&options.0)
        }
    };
    fields.uint32(1).string(&public).string(&section).0
}

fn section(
    key: &Written,
    comment: &str,
    block: usize,
    random: &mut impl CryptoRngCore,
) -> Zeroizing<Vec<u8>> {
    let check = random.next_u32();
    let fields = Fields::new().uint32(check).uint32(check);
    let fields = match key {
        Written::Ecdsa(key) => ecdsa(fields, key),
        Written::Ed25519(key) => ed25519(fields, key),
    };
    let comment = comment.as_bytes();
    let comment = comment.get(..MAX_COMMENT_BYTES).unwrap_or(comment);
    let mut section = fields.string(comment).0;
    let padding = section.len().next_multiple_of(block) - section.len();
    section.extend((1..=u8::MAX).take(padding));
    section
}

fn ecdsa(fields: Fields, key: &Ecdsa) -> Fields {
    let curve = key.curve().as_str();
    let fields = fields.string(format!("ecdsa-sha2-{curve}").as_bytes());
    let fields = fields.string(curve.as_bytes()).string(key.point());
    fields.mpint(key.scalar())
}

fn ed25519(fields: Fields, key: &Ed25519) -> Fields {
    let public = key.public_bytes();
    let fields = fields.string(b"ssh-ed25519").string(public);
    let mut private = Zeroizing::new([0; 64]);
    let (seed, copy) = private.split_at_mut(32);
    seed.copy_from_slice(key.seed());
    copy.copy_from_slice(public);
    fields.string(private.as_slice())
}

/// Encrypts in place.
fn encrypt(section: &mut [u8], passphrase: &[u8], salt: &[u8], rounds: u32) {
    let mut secret = Zeroizing::new([0; KEY_BYTES + BLOCK_BYTES]);
    let derived = bcrypt_pbkdf::bcrypt_pbkdf(passphrase, salt, rounds, secret.as_mut_slice());
    derived.unwrap_or_else(|_| unreachable!("passphrase, salt and rounds are not empty"));
    let (key, iv) = secret.split_at(KEY_BYTES);
    let encrypted = CIPHER.encrypt(key, iv, section);
    encrypted.unwrap_or_else(|_| unreachable!("the section is padded to whole blocks"));
}

/// `container` as a file: base64 between two lines.
pub(crate) fn pem(container: &[u8]) -> Zeroizing<String> {
    let mut base64 = Zeroizing::new(vec![0; Base64::encoded_len(container)]);
    let base64 = Base64::encode(container, &mut base64);
    let base64 = base64.unwrap_or_else(|_| unreachable!("the room was computed"));
    let room = base64.len() + base64.len().div_ceil(LINE) + BEGIN.len() + END.len();
    let mut file = Zeroizing::new(String::with_capacity(room));
    file.push_str(BEGIN);
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        file.push_str(line);
        file.push('\n');
        rest = after;
    }
    file.push_str(END);
    file
}

/// Fields one after the other (RFC 4251 §5), in memory that does not grow, so that no copy is left
/// behind.
struct Fields(Zeroizing<Vec<u8>>);

impl Fields {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(
            2 * ROOM_BYTES + MAX_COMMENT_BYTES,
        )))
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn uint32(self, number: u32) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    fn string(self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len());
        let length = length.unwrap_or_else(|_| unreachable!("all fields are short"));
        self.uint32(length).bytes(bytes)
    }

    fn mpint(self, number: &[u8]) -> Self {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = number.get(zeros..).unwrap_or_default();
        let is_negative = digits.first().is_some_and(|byte| *byte >= 0x80);
        let mut positive = Zeroizing::new(Vec::with_capacity(digits.len() + 1));
        if is_negative {
            positive.push(0);
        }
        positive.extend_from_slice(digits);
        self.string(&positive)
    }
}

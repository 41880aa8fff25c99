//! What is wrong with a request, where the caller can correct it.

use thiserror::Error;

use crate::adopt::NotAdoptable;
use crate::certificates::NotKept;
use crate::comment::CommentError;
use crate::endorsement::NotACredential;
use crate::identity::UserName;
use crate::import::NotImportable;
use crate::restrictions::NotForRaw;
use crate::signature::NotADigest;
use crate::signed_data::UnknownData;
use sshtpm_ssh::claims::{NotANonce, NotClaims};
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::endorsement::NotAnEndorsementHash;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::pcr::NotASelection;
use sshtpm_ssh::word::Word as _;

/// The caller can correct the request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// There is no such key. A key of another user gets the same text, to the letter.
    #[error("no such key; `sshtpm list` shows your keys")]
    NoSuchKey,
    /// The comment is not valid.
    #[error("{0}")]
    Comment(#[from] CommentError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] NotKept),
    /// The name of a host, a user or a namespace has a character that misleads people.
    #[error(
        "the name of a host, user or namespace has the character U+{:04X}; bidirectional and \
         invisible characters are not allowed; leave it out", u32::from(*.0)
    )]
    Name(char),
    /// The nonce of an attestation is none.
    #[error(transparent)]
    Nonce(#[from] NotANonce),
    /// A sealed key was to be attested.
    #[error(
        "this key cannot be attested: the TPM only seals it, as it does Ed25519 keys, and cannot \
         state which key that is; use an ECDSA or RSA key"
    )]
    SealedNotAttested,
    /// What is claimed of a key is too long.
    #[error("this key cannot be attested: {0}; name fewer destinations or fewer host keys")]
    Claims(NotClaims),
    /// The text is not a fingerprint.
    #[error(
        "not a fingerprint: expected SHA256: and 43 characters, as `sshtpm list --wide` shows them"
    )]
    Fingerprint,
    /// There is no algorithm of this name and length.
    #[error(
        "unknown algorithm; the property Algorithms of org.sshtpm.Broker1.Tpm lists those that \
         the TPM offers"
    )]
    UnknownAlgorithm,
    /// The TPM does not offer the algorithm.
    #[error("this TPM cannot make {name} keys{}; it offers {offered}", of_length(.bits))]
    NotOffered {
        /// The SSH name of the algorithm.
        name: String,
        /// The length that was asked for, in bits.
        bits: Option<u32>,
        /// The algorithms that the TPM offers, with commas.
        offered: String,
    },
    /// The data is empty.
    #[error("there is nothing to sign: the data has 0 bytes")]
    NothingToSign,
    /// The data is too long.
    #[error("the data to sign has {got} bytes; at most {at_most} are allowed")]
    TooMuchToSign {
        /// Its length in bytes.
        got: usize,
        /// The longest that is allowed, in bytes.
        at_most: usize,
    },
    /// The flags do not exist, or are for keys of another algorithm.
    #[error(
        "flags {0:#x} do not fit this key: RSA keys take 2 (SHA-256) or 4 (SHA-512), other keys \
         take 0"
    )]
    Flags(u32),
    /// The flags contradict the data.
    #[error("flags {0:#x} ask for another signature algorithm than the data names")]
    FlagsOfOtherData(u32),
    /// It is a login that names RSA with SHA-1.
    #[error(
        "this login is by `ssh-rsa`, which is RSA with SHA-1, and no key signs with SHA-1; the \
         server has to accept rsa-sha2-256 or rsa-sha2-512 (OpenSSH 7.2 or newer), or use an \
         ECDSA key there"
    )]
    Sha1Login,
    /// The data is not signed by any key.
    #[error(transparent)]
    Data(#[from] UnknownData),
    /// There is no scheme of this name.
    #[error("there is no such scheme; name one of {}", schemes())]
    UnknownScheme,
    /// The digest is not signed so.
    #[error(transparent)]
    Digest(#[from] NotADigest),
    /// A raw key is not limited or changed so.
    #[error(transparent)]
    Raw(#[from] NotForRaw),
    /// A sealed key was to be raw.
    #[error(
        "an Ed25519 key cannot be for raw: it signs messages and no digests, and the programs that \
         raw keys are for have digests signed; use an ECDSA or RSA key"
    )]
    RawSealed,
    /// The key needs confirmation, and a person cannot be shown what is signed.
    #[error(
        "a person has to confirm each use of this key, and this request says more than a question \
         can show; issue it for fewer users or hosts and with shorter names and options, \
         or use a key without confirmation"
    )]
    TooMuchToConfirm,
    /// The key has no PIN.
    #[error("this key has no PIN")]
    HasNoPin,
    /// The key has no PIN, and cannot be given one.
    #[error(
        "this key has no PIN, and none can be added to it; generate a new key with `sshtpm keygen \
         --pin`"
    )]
    PinNotAddable,
    /// The key has a PIN, and cannot be kept by the TPM.
    #[error(
        "this key has a PIN, and keeping it in the TPM would not make it faster: each use takes a \
         session of its own for the PIN"
    )]
    PinNotPersistent,
    /// The key is sealed, and cannot be kept by the TPM.
    #[error(
        "the TPM seals this key and the broker signs with it, so the TPM has nothing to keep that \
         would make it faster; a key that is ready signs without the TPM"
    )]
    SealedNotPersistent,
    /// The key is bound to PCRs, and cannot be kept by the TPM.
    #[error(
        "this key is bound to PCRs, and keeping it in the TPM would not make it faster: each use \
         takes a session of its own for the PCRs"
    )]
    BoundNotPersistent,
    /// The text names no PCRs.
    #[error("the option pcrs is wrong: {0}")]
    Pcrs(#[from] NotASelection),
    /// The administrator forbids sealed keys.
    #[error(
        "the administrator of this machine forbids keys that the TPM only seals (sealed-keys in \
         /etc/sshtpm/broker.toml), as it does Ed25519 keys; use or generate an ECDSA or RSA key"
    )]
    SealedKeysForbidden,
    /// A host key serves while nobody is there.
    #[error(
        "a host key signs while nobody is logged in, so it cannot be limited to an unlocked \
         session; leave out --while-unlocked"
    )]
    HostKeyWhileUnlocked,
    /// A key was wanted for another user; this one is the host user.
    #[error("you can generate keys for yourself and for {0}, not for other users")]
    GenerateForOther(String),
    /// The key is not one that may be imported.
    #[error(
        "this key cannot be imported: {0}; wrap it with `sshtpm import`, which makes what the \
         broker takes"
    )]
    Import(#[from] NotImportable),
    /// A derived key was to get a PIN.
    #[error(
        "a derived key cannot have a PIN: the TPM would derive the same key with any PIN, so it \
         would check none; leave out --derived, or use --confirm"
    )]
    DerivedWithPin,
    /// A derived key was to be bound to PCRs.
    #[error(
        "a derived key cannot be bound to PCRs: the same words give the same key as long as its \
         seed is there, whatever the PCRs have in them; leave out derived or pcrs"
    )]
    DerivedBound,
    /// A sealed key was to be derived.
    #[error(
        "the TPM does not derive Ed25519 keys: it cannot sign with them, and seals what others \
         made; derive an ECDSA or RSA key"
    )]
    DerivedSealed,
    /// A template of ssh-tpm-agent was named for a user.
    #[error(
        "the keys that ssh-tpm-agent derives are the same for everybody, so they can be host keys \
         alone; take them over with `sshtpm host-keys adopt`"
    )]
    TemplateForUser,
    /// A template of ssh-tpm-agent was named for a key that it does not derive.
    #[error(
        "ssh-tpm-agent derives no such keys: choose ecdsa-sha2-nistp256, or ssh-rsa with 2048 bits"
    )]
    NotInTemplate,
    /// The owner has the key that the words derive.
    #[error(
        "this key is here already: {0}; the same words always derive the same key, so choose \
         another label for another key"
    )]
    DerivedAlready(Fingerprint),
    /// A key of the null hierarchy cannot be kept by the TPM.
    #[error(
        "this key ends when the machine is switched off, and the TPM keeps nothing of its null \
         hierarchy; derive a key of the owner hierarchy instead"
    )]
    NullNotPersistent,
    /// The owner has the key.
    #[error("the key {0} is here already; to import it anew, delete it first with `sshtpm rm`")]
    AlreadyThere(Fingerprint),
    /// No bound key is there whose place the imported one could take.
    #[error(
        "no key {0} is here that is bound to PCRs; without the option rebind, the key is imported \
         beside the others; `sshtpm list` shows your keys"
    )]
    NothingToRebind(Fingerprint),
    /// A key was to be bound anew, and to no PCRs.
    #[error("a key that is bound anew needs the option pcrs; name the PCRs, such as 7")]
    RebindWithoutPcrs,
    /// The keys that are meant are not lost, or the TPM cannot say.
    #[error(
        "none of these keys is lost, as far as the TPM can tell now; `sshtpm list` shows the state \
         of each; delete a key that is not lost with `sshtpm rm KEY`"
    )]
    NothingLost,
    /// A user who is gone had no such key.
    #[error("no such key; `sshtpm list --orphans` shows the keys of users who are gone")]
    NoSuchOrphan,
    /// The user is not gone.
    #[error(
        "{0} is a user of this machine; delete a key of that user with `sshtpm rm --owner USER KEY`"
    )]
    OwnerIsThere(String),
    /// The text is not where a list ended.
    #[error("the option after is not what ListOrphans returned as next; leave it out")]
    NotAPlace,
    /// A key was wanted for another user; this one is the host user.
    #[error("you can import keys for yourself and for {0}, not for other users")]
    ImportForOther(String),
    /// The key is not one that may be adopted.
    #[error("this key cannot be adopted: {0}")]
    Adopt(#[from] NotAdoptable),
    /// What is to be decrypted is no credential.
    #[error(transparent)]
    Credential(#[from] NotACredential),
    /// The text is not the hash of an endorsement key.
    #[error("the option endorsement-key is wrong: {0}")]
    EndorsementKey(#[from] NotAnEndorsementHash),
    /// The user has no attestation key, or has lost it; this is the user.
    #[error(
        "the user {0} has no attestation key in this TPM; it is made when that user attests a key: \
         `sshtpm attest KEY`"
    )]
    NoAttestationKey(String),
    /// A key was wanted for another user; this one is the host user.
    #[error("you can adopt keys for yourself and for {0}, not for other users")]
    AdoptForOther(String),
}

fn of_length(bits: &Option<u32>) -> String {
    let of_length = bits.map(|bits| format!(" of {bits} bits"));
    of_length.unwrap_or_default()
}

/// The words of all schemes.
fn schemes() -> String {
    let words: Vec<_> = DigestScheme::ALL
        .iter()
        .map(|scheme| scheme.word())
        .collect();
    words.join(", ")
}

impl RequestError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchKey | Self::NoSuchOrphan | Self::NoAttestationKey(_) => {
                ErrorKind::NoSuchKey
            }
            Self::UnknownAlgorithm
            | Self::NotOffered { .. }
            | Self::Sha1Login
            | Self::DerivedSealed
            | Self::RawSealed
            | Self::SealedNotAttested
            | Self::SealedKeysForbidden => ErrorKind::UnsupportedAlgorithm,
            Self::Data(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Adopt(error) => error.kind(),
            Self::Digest(error) => error.kind(),
            Self::Comment(_)
            | Self::Certificate(_)
            | Self::Credential(_)
            | Self::EndorsementKey(_)
            | Self::Name(_)
            | Self::Nonce(_)
            | Self::Claims(_)
            | Self::Fingerprint
            | Self::NothingToSign
            | Self::TooMuchToSign { .. }
            | Self::Flags(_)
            | Self::FlagsOfOtherData(_)
            | Self::UnknownScheme
            | Self::Raw(_)
            | Self::TooMuchToConfirm
            | Self::HasNoPin
            | Self::PinNotAddable
            | Self::PinNotPersistent
            | Self::SealedNotPersistent
            | Self::BoundNotPersistent
            | Self::Pcrs(_)
            | Self::HostKeyWhileUnlocked
            | Self::GenerateForOther(_)
            | Self::DerivedWithPin
            | Self::DerivedBound
            | Self::TemplateForUser
            | Self::NotInTemplate
            | Self::DerivedAlready(_)
            | Self::NullNotPersistent
            | Self::AlreadyThere(_)
            | Self::NothingToRebind(_)
            | Self::RebindWithoutPcrs
            | Self::NothingLost
            | Self::OwnerIsThere(_)
            | Self::NotAPlace
            | Self::ImportForOther(_)
            | Self::AdoptForOther(_) => ErrorKind::InvalidArgs,
        }
    }

    pub(crate) fn generate_for_other(host: &UserName) -> Self {
        Self::GenerateForOther(host.as_str().to_owned())
    }

    pub(crate) fn import_for_other(host: &UserName) -> Self {
        Self::ImportForOther(host.as_str().to_owned())
    }

    pub(crate) fn adopt_for_other(host: &UserName) -> Self {
        Self::AdoptForOther(host.as_str().to_owned())
    }
}

//! What can go wrong, nested by who can act on it.
//!
//! The texts are for the caller. They never carry a cause from inside (a path, a response code):
//! those are logged where they are known, and a `String` here is one that the caller gave or may
//! know.

use std::time::Duration;

use thiserror::Error;

use super::comment::CommentError;
use super::identity::UserName;
use super::pins::PinError;
use super::restrictions::{NotThere, Purpose, Purposes};

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Limit(#[from] LimitError),
    #[error(transparent)]
    Tpm(#[from] TpmError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The caller can correct the request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Also for a key of somebody else, to the letter.
    #[error("no such key; `sshtpm list` shows your keys")]
    NoSuchKey,
    #[error("{0}")]
    Comment(#[from] CommentError),
    #[error("not a fingerprint; it reads SHA256: and 43 characters, as `sshtpm list` shows it")]
    Fingerprint,
    #[error(
        "unknown algorithm; the property Algorithms of org.sshtpm.Broker1.Tpm lists what there is"
    )]
    UnknownAlgorithm,
    #[error("this TPM cannot make {name} keys{}; it offers {offered}", .bits.map(|b| format!(" of {b} bits")).unwrap_or_default())]
    NotOffered {
        name: String,
        bits: Option<u32>,
        offered: String,
    },
    #[error("there is nothing to sign: the data has 0 bytes")]
    NothingToSign,
    #[error("{got} bytes to sign; at most {at_most} are allowed")]
    TooMuchToSign { got: usize, at_most: usize },
    #[error("flags {0:#x} do not fit this key; RSA keys take 2 (SHA-256) or 4 (SHA-512), others 0")]
    Flags(u32),
    #[error("flags {0:#x} are for another signature than the one that the data names")]
    FlagsOfOtherData(u32),
    #[error(
        "this is nothing that SSH has signed by this key: no login with it, no SSHSIG, no certificate \
         issued by it, no proof of a host; nothing else is signed, nor are the random bytes of \
         `ssh-add -T`"
    )]
    UnknownData,
    #[error(
        "this can be read as {one} and as {other}, so it is not signed; an SSHSIG that is made with \
         `-O hashalg=sha512` cannot be taken for anything else"
    )]
    AmbiguousData {
        one: &'static str,
        other: &'static str,
    },
    #[error("this key has no PIN")]
    HasNoPin,
    #[error(
        "this key was generated without a PIN, or its PIN was removed, and gets none; generate one with \
         `sshtpm keygen --pin`"
    )]
    PinNotAddable,
    #[error(
        "this key has a PIN, so the TPM does not keep it: using it would not become faster, as each use \
         takes a session of its own for the PIN"
    )]
    PinNotPersistent,
    #[error("keys can be generated for oneself or for {0}, not for other users")]
    GenerateForOther(String),
}

/// The owner of the key did not mean it for this: another key can help, or changing this one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotPermitted {
    #[error(
        "this key is for {}, not for {}; use another one, or change what it is for with `sshtpm \
         restrict --for`", names(*.key), .asked.name()
    )]
    Purpose { key: Purposes, asked: Purpose },
    #[error(
        "this key signs in {} alone, not in namespace {asked}; use another one, or change where it \
         signs with `sshtpm restrict --namespace`", .key.join(", ")
    )]
    Namespace { key: Vec<String>, asked: String },
    #[error(transparent)]
    Destination(#[from] NotThere),
    #[error(
        "this key may not be used over a forwarded agent connection, nor where that cannot be told; use \
         it on the machine that it belongs to, or allow it with `sshtpm restrict --forwarding`"
    )]
    Forwarding,
}

fn names(purposes: Purposes) -> String {
    let names: Vec<_> = purposes.iter().map(Purpose::name).collect();
    names.join(", ")
}

/// Somebody with authority can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("not authorized; polkit's rules or the person asked said no")]
    NotAuthorized,
    #[error("nobody answered the question for a password in time; try again, and answer it")]
    NobodyAnswered,
    #[error("this needs a password; call again with interactive authorization allowed")]
    InteractionRequired,
    #[error("too many questions for a password are open; answer those first")]
    TooManyPrompts,
    #[error("polkit did not answer, so nothing is allowed; see `systemctl status polkit`")]
    AuthorityUnavailable,
}

/// Waiting or deleting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitError {
    #[error("{0} keys are the most that one user can have; delete one with `sshtpm rm`")]
    Keys(usize),
    #[error("{0} requests of one user are the most that can wait; try again")]
    Requests(usize),
    #[error("the TPM has {0} requests waiting, the most there can be; try again")]
    Queue(usize),
    #[error("{0} RSA key of one user is the most that can wait to be made; try again later")]
    Generations(usize),
    #[error(
        "{at_most} keys an hour are the most that can be made for one user; try again in {}",
        minutes(*.room_in)
    )]
    GeneratedPerHour { at_most: usize, room_in: Duration },
}

/// The administrator, or time, can help the TPM.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TpmError {
    /// It is absent, or does not answer; the text says which.
    #[error("{0}")]
    Unavailable(String),
    /// There is no parent key, and the broker may not make one; the text says what to do.
    #[error("{0}")]
    ParentUnavailable(String),
    #[error(
        "the TPM has no use for this key any more: it was cleared or replaced; generate a new key"
    )]
    KeyLost,
    /// The core knows better what to say, as it knows whose PIN it was.
    #[error("the PIN is wrong")]
    WrongPin,
    #[error(
        "the TPM is in lockout: nothing works that is protected against guessing; have an \
         administrator look at `sshtpm tpm lockout`"
    )]
    InLockout,
    /// Not for one more key that it keeps itself; the text says what to do.
    #[error("{0}")]
    NoRoom(&'static str),
    #[error(
        "the TPM's owner hierarchy has a password, so sshtpm-broker can neither put a key into the TPM nor \
         take one out; as the TPM's owner, remove it with `tpm2_changeauth -c owner -p PASSWORD`, try \
         again, and set it anew with `tpm2_changeauth -c owner`"
    )]
    OwnerHasPassword,
    #[error("the TPM answered with an error; see the broker's journal")]
    Failed,
    #[error("the TPM returned a signature that does not verify; it was not released")]
    BadSignature,
    /// Nobody is left to read this.
    #[error("the caller is gone")]
    CallerGone,
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// The administrator can help the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    #[error("the key store is full; nothing was changed")]
    Full,
    #[error("the key store cannot be written; nothing was changed; see the broker's journal")]
    NotWritable,
    #[error("keys of a user cannot be read now; nothing was changed; see the broker's journal")]
    KeysUnreadable,
    #[error(
        "this is more than can be kept of one key; name fewer destinations, or fewer keys of their \
         hosts; nothing was changed"
    )]
    TooLong,
    #[error("the record of use cannot be read; see the broker's journal")]
    RecordUnreadable,
    /// Somebody else changed it between the question and the answer.
    #[error("the key was changed by another request meanwhile; look at it and try again")]
    ChangedMeanwhile,
    /// It went away between the question and the answer.
    #[error("no such key; `sshtpm list` shows your keys")]
    NoSuchKey,
}

impl TpmError {
    /// Whether the TPM was not even asked.
    pub(crate) fn is_before_any_work(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::ParentUnavailable(_) | Self::Limit(_) | Self::CallerGone
        )
    }
}

/// Rounded up, so that who waits as long has waited long enough.
fn minutes(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

impl RequestError {
    pub(crate) fn generate_for_other(host: &UserName) -> Self {
        Self::GenerateForOther(host.as_str().to_owned())
    }
}

//! What can go wrong, nested by who can act on it.
//!
//! The texts are for the caller. They never carry a cause from inside (a path, a response code):
//! those are logged where they are known, and a `String` here is one that the caller gave or may
//! know.

use thiserror::Error;

use super::comment::CommentError;
use super::identity::UserName;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Request(#[from] RequestError),
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
pub(crate) enum RequestError {
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
    #[error("keys can be generated for oneself or for {0}, not for other users")]
    GenerateForOther(String),
}

/// Somebody with authority can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refused {
    #[error("not authorized; polkit's rules or the person asked said no")]
    NotAuthorized,
    #[error("this needs a password; call again with interactive authorization allowed")]
    InteractionRequired,
    #[error("too many questions for a password are open; answer those first")]
    TooManyPrompts,
    #[error("polkit did not answer, so nothing is allowed; see `systemctl status polkit`")]
    AuthorityUnavailable,
}

/// Waiting or deleting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum LimitError {
    #[error("{0} keys are the most that one user can have; delete one with `sshtpm rm`")]
    Keys(usize),
    #[error("{0} requests of one user are the most that can wait; try again")]
    Requests(usize),
    #[error("the TPM has {0} requests waiting, the most there can be; try again")]
    Queue(usize),
}

/// The administrator, or time, can help the TPM.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TpmError {
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
    #[error("the TPM answered with an error; see the broker's journal")]
    Failed,
    #[error("the TPM returned a signature that does not verify; it was not released")]
    BadSignature,
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// The administrator can help the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum StoreError {
    #[error("the key store is full; nothing was changed")]
    Full,
    #[error("the key store cannot be written; nothing was changed; see the broker's journal")]
    NotWritable,
    /// It went away between the question and the answer.
    #[error("no such key; `sshtpm list` shows your keys")]
    NoSuchKey,
}

impl RequestError {
    pub(crate) fn generate_for_other(host: &UserName) -> Self {
        Self::GenerateForOther(host.as_str().to_owned())
    }
}

//! What can be wrong with a stored record.
//!
//! The texts go to the journal; they say where it is wrong and never what was read there.

use thiserror::Error;

use sshtpm_core::comment::CommentError;

/// Longest record, in bytes. An RSA-4096 key's has about 4,500, and the rest is room for destinations:
/// some 300 host keys. What is longer is neither read nor written. As all records of a user are in one
/// answer, they have to stay far below the longest message of the bus, too.
pub(super) const MAX_RECORD_BYTES: usize = 64 * 1024;

/// Why a file is not served.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum Unreadable {
    #[error("its version {0} is newer than this broker")]
    Newer(u64),
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// Why a file is no record, and will not become one by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Damage {
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it belongs to uid {0}")]
    ForeignFile(u32),
    #[error("group or others may touch it (mode {0:04o})")]
    OpenToOthers(u32),
    #[error("it has more than {MAX_RECORD_BYTES} bytes")]
    TooLong,
    #[error("it is not a record (line {line}, column {column})")]
    NotARecord { line: usize, column: usize },
    #[error("there is no version {0}")]
    NoSuchVersion(u64),
    #[error("its directory is that of another uid")]
    OtherDirectory,
    #[error("its name is not the fingerprint of its public key")]
    OtherName,
    #[error("the owner's name is not a user name")]
    Owner,
    #[error("{0}")]
    Comment(#[from] CommentError),
    #[error("the public key is not one, or not in its usual form")]
    PublicKey,
    #[error("algorithm and length are not those of the public key")]
    Algorithm,
    #[error("the restrictions are none that this version has")]
    Restrictions,
    #[error("where the TPM keeps the key is no place that this version has, or the key has a PIN")]
    Persistent,
    #[error("the parent is not a name in hexadecimal")]
    Parent,
    #[error(transparent)]
    Key(#[from] KeyDamage),
    #[error("the key is not the one of the public key")]
    OtherKey,
}

/// Why a text is no TPM key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum KeyDamage {
    #[error("the key is not a TSS2 PRIVATE KEY")]
    NotAKeyFile,
    #[error("the key is not a loadable key")]
    NotLoadable,
    #[error("the key has another parent handle")]
    OtherParent,
    #[error("the key's parts have wrong lengths")]
    Length,
}

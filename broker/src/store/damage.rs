//! Errors of stored records.
//!
//! The texts go to the journal. They say where a record is wrong, and never quote it.

use thiserror::Error;

use sshtpm_core::comment::CommentError;

/// Longest record, in bytes. The record of an RSA-4096 key has about 4,500; the rest is room for
/// destinations, some 300 host keys. A longer record is neither read nor written. All records of a
/// user fit in one answer, so each must also stay far below the longest message of the bus.
pub(super) const MAX_RECORD_BYTES: usize = 64 * 1024;

/// Why a file is not served.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum Unreadable {
    #[error("its version {0} is newer than this broker supports")]
    Newer(u64),
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// Why a file is not a record, and will not become one by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Damage {
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it belongs to uid {0}")]
    ForeignFile(u32),
    #[error("its group or others may access it (mode {0:04o})")]
    OpenToOthers(u32),
    #[error("it has more than {MAX_RECORD_BYTES} bytes")]
    TooLong,
    #[error("it is not a record (line {line}, column {column})")]
    NotARecord { line: usize, column: usize },
    #[error("version {0} does not exist")]
    NoSuchVersion(u64),
    #[error("it is in the directory of another uid")]
    OtherDirectory,
    #[error("its file name is not the fingerprint of its public key")]
    OtherName,
    #[error("the owner's name is not a user name")]
    Owner,
    #[error("{0}")]
    Comment(#[from] CommentError),
    #[error("the public key is malformed, or not in its canonical form")]
    PublicKey,
    #[error("the algorithm or the key size is not that of the public key")]
    Algorithm,
    #[error("where the key comes from is not valid in this version, or not of such a key")]
    Origin,
    #[error("the restrictions are not valid in this version")]
    Restrictions,
    #[error(
        "the persistent handle is not valid in this version, or the key has a PIN, is sealed, of \
         the null hierarchy or bound to PCRs"
    )]
    Persistent,
    #[error("what the key is derived from is not valid in this version, or not of such a key")]
    Derived,
    #[error(
        "the key's policy is not that of the PCRs and values that the record names, or they are \
         not valid in this version"
    )]
    Pcrs,
    #[error("a certificate is not one of the key, or there are too many")]
    Certificates,
    #[error("the parent is not a TPM Name in hexadecimal")]
    Parent,
    #[error(transparent)]
    Key(#[from] KeyDamage),
    #[error("the key does not belong to the public key")]
    OtherKey,
    #[error("the key's attributes are not those of a key that comes from where the record says")]
    Attributes,
}

/// Why a text is not a usable TPM key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum KeyDamage {
    #[error("the key is not a TSS2 PRIVATE KEY")]
    NotAKeyFile,
    #[error("the key is not a loadable key, and not a sealed one either")]
    NotLoadable,
    #[error("the key names another parent handle")]
    OtherParent,
    #[error("the key's parts have wrong lengths")]
    Length,
}

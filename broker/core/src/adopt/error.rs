//! Why a key is not adopted.

use thiserror::Error;

use crate::import::NotImportable;
use sshtpm_ssh::error_kind::ErrorKind;

/// Why a key is not adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotAdoptable {
    /// Its public area is not that of a key for SSH.
    #[error("{0}; generate a new key with `sshtpm keygen`")]
    Area(NotImportable),
    /// It has a scheme, which a key that signs and decrypts cannot have.
    #[error(
        "its scheme has to be Null, as in keys that sign and decrypt; generate a new key with \
         `sshtpm keygen`"
    )]
    Scheme,
    /// It could be one of ours, out of a record or a backup of one.
    #[error(
        "its attribute decrypt is clear, as in the keys that sshtpm makes, and blobs of those are \
         never taken in; an administrator restores a record as a file. For a key that another \
         program made: if you have the file that it came from, use `sshtpm import`, otherwise \
         generate a new key with `sshtpm keygen`"
    )]
    OurShape,
    /// It is fixed to its parent, but not to the TPM, or the other way round.
    #[error(
        "its attributes fixedTPM and fixedParent differ, so another parent could take the key \
         along; generate a new key with `sshtpm keygen`"
    )]
    HalfFixed,
    /// It was to get a PIN, and the TPM would not protect one.
    #[error(
        "its attribute noDA is set, so the TPM would not protect a PIN against guessing; adopt it \
         without a PIN, or generate a new key with `sshtpm keygen --pin`"
    )]
    PinUnprotected,
    /// It has a password, and none was given.
    #[error("it has a password, and none was given; give that as the option pin")]
    HasPassword,
    /// The parent in the TPM did not make it, or it was changed.
    #[error(
        "it was made under another parent key or by another TPM, or has been changed; generate a \
         new key with `sshtpm keygen`, or use `sshtpm import` if you have the file that it came \
         from"
    )]
    OtherParent,
}

impl From<NotImportable> for NotAdoptable {
    fn from(why: NotImportable) -> Self {
        match why {
            NotImportable::Scheme => Self::Scheme,
            why => Self::Area(why),
        }
    }
}

impl NotAdoptable {
    /// What the caller can do about it.
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Area(why) => why.kind(),
            Self::HasPassword => ErrorKind::PinRequired,
            Self::Scheme
            | Self::OurShape
            | Self::HalfFixed
            | Self::PinUnprotected
            | Self::OtherParent => ErrorKind::InvalidArgs,
        }
    }
}

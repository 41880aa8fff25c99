//! All errors of the crate, each defined beside its subject.
//!
//! The texts are for the caller: what failed, why, and what to do next. They carry no cause from
//! inside, such as a path or a response code; the adapter that knows the cause logs it. A `String`
//! in an error is one that the caller gave, or may know.

use thiserror::Error;

pub use super::pins::PinError;
pub use super::policy::Refused;
pub use super::ports::{NoAnswer, StoreError, TpmError};
pub use super::quota::LimitError;
pub use super::requests::RequestError;
pub use super::restrictions::NotPermitted;
pub use super::signed_data::UnknownData;
use sshtpm_ssh::error_kind::ErrorKind;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The request is wrong.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The restrictions of the key forbid it.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The PIN of the key is missing or wrong, or cannot be tried now.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The authority refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A limit is reached.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The TPM failed, or cannot be used.
    #[error(transparent)]
    Tpm(#[from] TpmError),
    /// The key store or the record of use failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user database does not say who has a uid.
    #[error(transparent)]
    Users(#[from] NoAnswer),
}

impl Error {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::NotPermitted(error) => error.kind(),
            Self::Pin(error) => error.kind(),
            Self::Refused(error) => error.kind(),
            Self::Limit(error) => error.kind(),
            Self::Tpm(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Users(error) => error.kind(),
        }
    }

    /// Whether the TPM was not even asked, or only how near it is to lockout.
    pub(crate) fn is_before_any_work(&self) -> bool {
        match self {
            Self::Tpm(error) => error.is_before_any_work(),
            Self::Pin(error) => !matches!(error, PinError::Wrong(_)),
            _ => false,
        }
    }
}

//! What a caller can do about an error.
//!
//! Each kind is one error on the bus and one word in the record of use, so that a user finds in the
//! record what the program was told.

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Name one of your own keys: this one does not exist, or is not yours.
    NoSuchKey,
    /// Ask the administrator: polkit, or the person asked, refused.
    NotAuthorized,
    /// Look at polkit: it did not answer, which counts as a refusal.
    AuthorizationUnavailable,
    /// Call again with interactive authorization allowed.
    InteractiveAuthorizationRequired,
    /// Correct the arguments.
    InvalidArgs,
    /// Choose an algorithm that the TPM offers.
    UnsupportedAlgorithm,
    /// Delete something, or wait until earlier requests are served.
    LimitsExceeded,
    /// Wait for the TPM, or find out why it does not answer.
    TpmUnavailable,
    /// Have the administrator provide a parent key: the text says how.
    ParentKeyUnavailable,
    /// Have the TPM's owner do what the text says: the owner hierarchy has a password.
    TpmOwnerPassword,
    /// Look at the hardware: the TPM answered with an error or a wrong signature.
    TpmFailed,
    /// Generate a new key: the parent of this one is gone from the TPM.
    KeyLost,
    /// Sign something else: SSH does not sign this data, or it can be read in two ways.
    UnknownData,
    /// Use another key, or relax the purposes of this one.
    PurposeNotPermitted,
    /// Use another key, or relax the namespaces of this one.
    NamespaceNotPermitted,
    /// Use another key, or relax the destinations of this one.
    DestinationNotPermitted,
    /// Use the key on this machine, or allow forwarding.
    ForwardingNotPermitted,
    /// Unlock the key, or give its PIN.
    PinRequired,
    /// Give the right PIN.
    WrongPin,
    /// Wait: too many PINs were wrong. The text says how long, and what helps.
    PinTriesExceeded,
    /// Make room on the disk, or make it writable.
    StorageUnavailable,
    /// Nothing: the caller left before there was an answer.
    CallerGone,
}

impl ErrorKind {
    /// All, in the order of their definition.
    pub const ALL: [Self; 22] = [
        Self::NoSuchKey,
        Self::NotAuthorized,
        Self::AuthorizationUnavailable,
        Self::InteractiveAuthorizationRequired,
        Self::InvalidArgs,
        Self::UnsupportedAlgorithm,
        Self::LimitsExceeded,
        Self::TpmUnavailable,
        Self::ParentKeyUnavailable,
        Self::TpmOwnerPassword,
        Self::TpmFailed,
        Self::KeyLost,
        Self::UnknownData,
        Self::PurposeNotPermitted,
        Self::NamespaceNotPermitted,
        Self::DestinationNotPermitted,
        Self::ForwardingNotPermitted,
        Self::PinRequired,
        Self::WrongPin,
        Self::PinTriesExceeded,
        Self::StorageUnavailable,
        Self::CallerGone,
    ];

    /// The word in the record of use; on the bus, the last part of the error's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSuchKey => "NoSuchKey",
            Self::NotAuthorized => "NotAuthorized",
            Self::AuthorizationUnavailable => "AuthorizationUnavailable",
            Self::InteractiveAuthorizationRequired => "InteractiveAuthorizationRequired",
            Self::InvalidArgs => "InvalidArgs",
            Self::UnsupportedAlgorithm => "UnsupportedAlgorithm",
            Self::LimitsExceeded => "LimitsExceeded",
            Self::TpmUnavailable => "TpmUnavailable",
            Self::ParentKeyUnavailable => "ParentKeyUnavailable",
            Self::TpmOwnerPassword => "TpmOwnerPassword",
            Self::TpmFailed => "TpmFailed",
            Self::KeyLost => "KeyLost",
            Self::UnknownData => "UnknownData",
            Self::PurposeNotPermitted => "PurposeNotPermitted",
            Self::NamespaceNotPermitted => "NamespaceNotPermitted",
            Self::DestinationNotPermitted => "DestinationNotPermitted",
            Self::ForwardingNotPermitted => "ForwardingNotPermitted",
            Self::PinRequired => "PinRequired",
            Self::WrongPin => "WrongPin",
            Self::PinTriesExceeded => "PinTriesExceeded",
            Self::StorageUnavailable => "StorageUnavailable",
            Self::CallerGone => "CallerGone",
        }
    }
}

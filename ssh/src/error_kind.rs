//! What a caller can do about an error.
//!
//! Each kind is one error on the bus and one word in the record of use, so a user finds in the
//! record what the program was told.

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Name one of your own keys: this one does not exist, or is not yours.
    NoSuchKey,
    /// Ask the administrator: polkit, or the person asked, refused.
    NotAuthorized,
    /// Look at polkit: it did not answer, which counts as no.
    AuthorizationUnavailable,
    /// Call again with the flag `ALLOW_INTERACTIVE_AUTHORIZATION` and an authentication agent.
    InteractiveAuthorizationRequired,
    /// Correct the arguments.
    InvalidArgs,
    /// Name a user whom this machine knows.
    NoSuchUser,
    /// Choose an algorithm from the property `Algorithms`.
    UnsupportedAlgorithm,
    /// Delete something, wait until earlier requests are served, or name fewer destinations.
    LimitsExceeded,
    /// Wait for the TPM, or look why it is away: property `State`.
    TpmUnavailable,
    /// Have the administrator provide a parent key: the text says how.
    ParentKeyUnavailable,
    /// Have the TPM's owner do what the text says: the owner hierarchy, or that of a derived key,
    /// has a password.
    TpmOwnerPassword,
    /// Look at the hardware: the TPM answered with an error or a wrong signature.
    TpmFailed,
    /// Generate a new key: this one's parent is gone from the TPM, or the seed of a derived one.
    KeyLost,
    /// Start the machine as it was when the key was bound, or rebind the key from its backup: PCRs
    /// have other values now.
    KeyBoundToOtherPcrs,
    /// Use another program: SSH does not sign such data, or it can be read in two ways.
    UnknownData,
    /// Use another key, or relax this one's purposes: it may not sign data of this kind.
    PurposeNotPermitted,
    /// Use another key, or relax this one's namespaces: it may not sign in this one.
    NamespaceNotPermitted,
    /// Use another key, or relax this one's destinations: it may not log in there.
    DestinationNotPermitted,
    /// Use the key with OpenSSH on this machine, or allow forwarding: it may not be used from
    /// another one.
    ForwardingNotPermitted,
    /// Unlock your screen, or log in at one of this machine: the key signs there alone, or PINs are
    /// forgotten otherwise.
    NoUnlockedSession,
    /// Unlock the key, or give its PIN.
    PinRequired,
    /// Give the right PIN.
    WrongPin,
    /// Wait: too many PINs were wrong. The text says how long, and what helps.
    PinTriesExceeded,
    /// Make room on the disk, or make it writable.
    StorageUnavailable,
    /// Start the broker: its bus name has no owner.
    BrokerUnavailable,
    /// Report it: the broker's journal has the cause.
    Internal,
    /// Nothing: the caller left before there was an answer.
    CallerGone,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 27] = [
        Self::NoSuchKey,
        Self::NotAuthorized,
        Self::AuthorizationUnavailable,
        Self::InteractiveAuthorizationRequired,
        Self::InvalidArgs,
        Self::NoSuchUser,
        Self::UnsupportedAlgorithm,
        Self::LimitsExceeded,
        Self::TpmUnavailable,
        Self::ParentKeyUnavailable,
        Self::TpmOwnerPassword,
        Self::TpmFailed,
        Self::KeyLost,
        Self::KeyBoundToOtherPcrs,
        Self::UnknownData,
        Self::PurposeNotPermitted,
        Self::NamespaceNotPermitted,
        Self::DestinationNotPermitted,
        Self::ForwardingNotPermitted,
        Self::NoUnlockedSession,
        Self::PinRequired,
        Self::WrongPin,
        Self::PinTriesExceeded,
        Self::StorageUnavailable,
        Self::BrokerUnavailable,
        Self::Internal,
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
            Self::NoSuchUser => "NoSuchUser",
            Self::UnsupportedAlgorithm => "UnsupportedAlgorithm",
            Self::LimitsExceeded => "LimitsExceeded",
            Self::TpmUnavailable => "TpmUnavailable",
            Self::ParentKeyUnavailable => "ParentKeyUnavailable",
            Self::TpmOwnerPassword => "TpmOwnerPassword",
            Self::TpmFailed => "TpmFailed",
            Self::KeyLost => "KeyLost",
            Self::KeyBoundToOtherPcrs => "KeyBoundToOtherPcrs",
            Self::UnknownData => "UnknownData",
            Self::PurposeNotPermitted => "PurposeNotPermitted",
            Self::NamespaceNotPermitted => "NamespaceNotPermitted",
            Self::DestinationNotPermitted => "DestinationNotPermitted",
            Self::ForwardingNotPermitted => "ForwardingNotPermitted",
            Self::NoUnlockedSession => "NoUnlockedSession",
            Self::PinRequired => "PinRequired",
            Self::WrongPin => "WrongPin",
            Self::PinTriesExceeded => "PinTriesExceeded",
            Self::StorageUnavailable => "StorageUnavailable",
            Self::BrokerUnavailable => "BrokerUnavailable",
            Self::Internal => "Internal",
            Self::CallerGone => "CallerGone",
        }
    }
}

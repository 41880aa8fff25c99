//! Why the TPM did not do something, and what may be done about it.
//!
//! [`sort`] makes one of an answer of the TPM's; [`told`] says what callers are told of it.

mod code;
mod sort;
mod told;

pub(super) use code::{is_bad_auth, is_foreign_blob, is_no_object, is_not_offered, means_bad_auth};
pub(super) use sort::{sort, sort_with_owner, sort_with_parent, sort_with_pin};

/// Why the TPM did not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nobody answers: no device, connection lost, or a TPM that lost its state. A new connection
    /// may help.
    Gone(Cause),
    /// The same while a PIN was tried. A new connection may help, but that PIN is not tried again.
    GoneInTry(Cause),
    /// The slots for objects or sessions are taken. A new connection may help.
    Exhausted(Cause),
    /// There is no usable parent; the text says what to do.
    NoParent(String),
    /// The parent wants a password, which we do not have. Asking again could lock the TPM.
    ParentAuth,
    /// The parent is not the one that was found when the connection was made: somebody cleared the
    /// TPM or replaced its parent. A new connection finds the one there is now.
    ParentChanged(Cause),
    /// The TPM does not take the key as a child of the parent. It may be the parent that changed, so
    /// a new connection has to tell.
    KeyRefused(Cause),
    /// The key's parent is not the parent in the TPM.
    KeyLost(Cause),
    /// The PIN is wrong, or the password of the lockout hierarchy.
    WrongPin(Cause),
    /// It is in lockout, and what was asked for is protected against guessing.
    InLockout(Cause),
    /// There is no room for one more key that stays; the text says what to do.
    NoRoom(&'static str),
    /// The owner hierarchy has a password, which we do not have.
    OwnerAuth,
    /// It said no, for a reason that we did not expect.
    Other(Cause),
}

/// What was tried and what the answer was, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) command: &'static str,
    pub(super) answer: String,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.command, self.answer)
    }
}

impl Failure {
    /// Whether a new connection may help.
    pub(super) fn wants_new_connection(&self) -> bool {
        matches!(
            self,
            Self::Gone(_)
                | Self::GoneInTry(_)
                | Self::Exhausted(_)
                | Self::ParentChanged(_)
                | Self::KeyRefused(_)
        )
    }

    /// Whether what failed may be done again, on a new connection.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.wants_new_connection() && !matches!(self, Self::GoneInTry(_))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(cause)
            | Self::GoneInTry(cause)
            | Self::Exhausted(cause)
            | Self::ParentChanged(cause)
            | Self::KeyRefused(cause)
            | Self::KeyLost(cause)
            | Self::WrongPin(cause)
            | Self::InLockout(cause)
            | Self::Other(cause) => cause.fmt(f),
            Self::NoParent(advice) => f.write_str(advice),
            Self::ParentAuth => f.write_str(PARENT_AUTH),
            Self::NoRoom(advice) => f.write_str(advice),
            Self::OwnerAuth => f.write_str("the owner hierarchy has a password"),
        }
    }
}

const PARENT_AUTH: &str = "the parent key at 0x81000001 has a password; sshtpm needs a parent \
    without one: as the TPM's owner, remove it with `tpm2_evictcontrol -C o -c 0x81000001` if \
    nothing else uses it, and restart sshtpm-broker";

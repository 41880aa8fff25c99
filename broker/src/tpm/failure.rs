//! Why the TPM did not do something, and what may be done about it.
//!
//! [`mod@sort`] turns an answer of the TPM into a failure; [`mod@told`] turns a failure into what
//! callers see.

mod code;
mod sort;
mod told;

use sshtpm_ssh::pcr::PcrSelection;

pub(super) use code::{
    is_bad_auth, is_bad_credential, is_bad_duplicate, is_foreign_blob, is_no_object,
    is_not_offered, is_wrong_value, means_bad_auth,
};
pub(super) use sort::{
    sort, sort_with_endorsement, sort_with_hierarchy, sort_with_owner, sort_with_parent,
    sort_with_pin,
};
use sshtpm_ssh::derived::Hierarchy;

/// Why the TPM did not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No answer: there is no device, the connection is lost, or the TPM lost its state. A new
    /// connection may help.
    Gone(Cause),
    /// The same while a PIN was tried. A new connection may help, but that PIN is not tried again.
    GoneInTry(Cause),
    /// The slots for objects or sessions are taken. A new connection may help.
    Exhausted(Cause),
    /// There is no usable parent; the text says what to do.
    NoParent(String),
    /// The parent has a password, which we do not know. Trying again could lock the TPM.
    ParentAuth,
    /// The parent is not the one that was found when the connection was made: the TPM was cleared,
    /// or its parent was replaced. A new connection finds the one there is now.
    ParentChanged(Cause),
    /// The TPM does not take the key as a child of the parent. It may be the parent that changed,
    /// so a new connection has to tell.
    KeyRefused(Cause),
    /// The key's parent is not the parent in the TPM.
    KeyLost(Cause),
    /// A key to be imported was not wrapped for the parent, one to be adopted was not made under
    /// it, or its parts do not belong together.
    NotOfThisTpm(Cause),
    /// A key to be imported has an authorization value, although it says that it has none.
    UnsaidPin(Cause),
    /// What is sealed is not the seed of the key.
    NotItsSeed(Cause),
    /// PCRs have other values than those that the key is bound to; their numbers, as far as they
    /// are known.
    OtherPcrs(Cause, Vec<u8>),
    /// A PCR changed after the TPM had compared them.
    PcrsMoved(Cause),
    /// The TPM does not have a PCR, or not in this bank.
    NoSuchPcrs(PcrSelection),
    /// The policy of a key to be imported is not that of the present values of these PCRs.
    NotThesePcrs(PcrSelection),
    /// The PIN is wrong, or the password of the lockout hierarchy.
    WrongPin(Cause),
    /// The TPM is in lockout, and the object is protected against guessing.
    InLockout(Cause),
    /// The TPM has no room for another persistent key; the text says what to do.
    NoRoom(&'static str),
    /// The owner hierarchy has a password, which we do not know.
    OwnerAuth,
    /// The hierarchy in which a key is to be derived has a password, which we do not know.
    HierarchyAuth(Hierarchy),
    /// The hierarchy in which a key is to be derived is disabled.
    HierarchyDisabled(Hierarchy),
    /// The endorsement hierarchy has a password, which we do not know.
    EndorsementAuth,
    /// The TPM has no endorsement key of the hash that was named.
    NoSuchEndorsementKey,
    /// A credential was made for another endorsement key, or for the Name of another key.
    BadCredential,
    /// The TPM refused for a reason that we did not expect.
    Other(Cause),
}

/// The command and its answer, for the journal.
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

    /// Whether what failed may be done again, perhaps on a new connection.
    pub(super) fn may_be_repeated(&self) -> bool {
        (self.wants_new_connection() && !matches!(self, Self::GoneInTry(_)))
            || matches!(self, Self::PcrsMoved(_))
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
            | Self::NotOfThisTpm(cause)
            | Self::UnsaidPin(cause)
            | Self::NotItsSeed(cause)
            | Self::OtherPcrs(cause, _)
            | Self::PcrsMoved(cause)
            | Self::WrongPin(cause)
            | Self::InLockout(cause)
            | Self::Other(cause) => cause.fmt(f),
            Self::NoSuchPcrs(pcrs) => write!(f, "the TPM does not keep the PCRs {pcrs}"),
            Self::NotThesePcrs(pcrs) => write!(f, "a policy that is not about the PCRs {pcrs}"),
            Self::NoParent(advice) => f.write_str(advice),
            Self::ParentAuth => f.write_str(PARENT_AUTH),
            Self::NoRoom(advice) => f.write_str(advice),
            Self::OwnerAuth => f.write_str("the owner hierarchy has a password"),
            Self::HierarchyAuth(hierarchy) => write!(f, "the {hierarchy} hierarchy has a password"),
            Self::EndorsementAuth => f.write_str("the endorsement hierarchy has a password"),
            Self::NoSuchEndorsementKey => f.write_str("no endorsement key has this hash"),
            Self::BadCredential => f.write_str("a credential for other keys"),
            Self::HierarchyDisabled(hierarchy) => {
                write!(f, "the {hierarchy} hierarchy is disabled")
            }
        }
    }
}

const PARENT_AUTH: &str = "the parent key at 0x81000001 has a password; sshtpm needs a parent \
    without one: if no other program uses the key, remove it as the TPM's owner with \
    `tpm2_evictcontrol -C o -c 0x81000001`, then restart sshtpm-broker";

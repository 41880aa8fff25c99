//! Why a key is not used for what it was asked.

use thiserror::Error;

use super::{Purpose, Purposes};
use crate::error_kind::ErrorKind;
use crate::fingerprint::Fingerprint;
use crate::session::Forged;

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

impl NotPermitted {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Purpose { .. } => ErrorKind::PurposeNotPermitted,
            Self::Namespace { .. } => ErrorKind::NamespaceNotPermitted,
            Self::Destination(_) => ErrorKind::DestinationNotPermitted,
            Self::Forwarding => ErrorKind::ForwardingNotPermitted,
        }
    }
}

fn names(purposes: Purposes) -> String {
    let names: Vec<_> = purposes.iter().map(Purpose::name).collect();
    names.join(", ")
}

/// Why a key that is for certain destinations is not used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotThere {
    #[error(
        "this key is for logging in to the destinations that it was given, and signs nothing else; \
         use another one, or change it with `sshtpm restrict --anywhere`"
    )]
    NoLogin,
    #[error(
        "this key is for certain destinations, and nobody said what this login is to; ssh does since \
         OpenSSH 8.9, by way of sshtpm-agent"
    )]
    NoSession,
    #[error(
        "this key is for certain destinations, and one of the SSH sessions on the way there cannot be \
         verified; it may be that of a host key of a kind that is not supported (DSA, SHA-1)"
    )]
    Unverified,
    #[error("the SSH session is one that forwards the agent, and not one to log in")]
    Forwarding,
    #[error("the login is to another SSH session than the one to which the agent is bound")]
    OtherSession,
    #[error("the login is to another host than the one to which the agent is bound")]
    OtherHost,
    #[error(
        "beyond the first host this key needs logins that name the host; that takes OpenSSH 8.9 or \
         newer as client and server there ({HOSTBOUND})"
    )]
    NotHostbound,
    #[error(
        "this key may not log in{} at the host with the key {host}{}; `sshtpm show --json` has where it \
         may, and `sshtpm restrict` changes it",
        .user.as_ref().map(|user| format!(" as {user:?}")).unwrap_or_default(),
        .from.as_ref().map(|from| format!(" from the one with the key {from}")).unwrap_or_default()
    )]
    Elsewhere {
        from: Option<Fingerprint>,
        host: Fingerprint,
        /// As whom, where that matters.
        user: Option<String>,
    },
}

const HOSTBOUND: &str = "publickey-hostbound-v00@openssh.com";

impl From<Forged> for NotThere {
    fn from(_: Forged) -> Self {
        Self::Unverified
    }
}

//! Why a key is not used for what it was asked.

use thiserror::Error;

use super::{Purpose, Purposes};
use crate::seat::NotUnlocked;
use crate::session::{Forged, OutOfSteps};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;

/// The owner of the key did not mean it for this: another key can help, or changing this one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotPermitted {
    /// The data is for another purpose than the key.
    #[error(
        "this key may be used for {}, not for {}; use another key, or change this one with \
         `sshtpm restrict --for`{}",
        names(*.key), .asked.name(), remark(*.asked)
    )]
    Purpose {
        /// The purposes of the key.
        key: Purposes,
        /// The purpose of the data.
        asked: Purpose,
    },
    /// A digest, for a key that signs what the broker can read alone.
    #[error(
        "this key may be used for {}, not for digests, which the broker cannot read; generate a \
         key for them with `sshtpm keygen --for raw`",
        names(*.0)
    )]
    NotRaw(Purposes),
    /// Data of SSH, for a raw key, from what was not made for raw keys.
    #[error(
        "this key signs digests of anything, and an agent uses it only at a socket that was made \
         for it; name its fingerprint or purpose:raw with `--only` or in agent.toml, or use \
         another key"
    )]
    Raw,
    /// The SSHSIG is in a namespace that the key may not sign in.
    #[error(
        "this key may sign in namespace {}, not in {asked}; use another key, or change this one \
         with `sshtpm restrict --namespace`",
        .key.join(", ")
    )]
    Namespace {
        /// The namespaces of the key.
        key: Vec<String>,
        /// The namespace of the SSHSIG.
        asked: Quoted,
    },
    /// The destinations of the key forbid it.
    #[error(transparent)]
    Destination(#[from] NotThere),
    /// The request came, or may have come, over a forwarded agent connection.
    #[error(transparent)]
    Forwarding(#[from] MaybeForwarded),
    /// The owner of the key has no unlocked session.
    #[error(transparent)]
    Screen(#[from] NotUnlocked),
    /// No user has the name of the login.
    #[error(
        "the user name of this login contains control characters, which no user \
         has in a name; look at the program that asks"
    )]
    UserName,
    /// It takes too much to find out whether the destinations of the key allow it.
    #[error(transparent)]
    OutOfSteps(#[from] OutOfSteps),
}

impl NotPermitted {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Purpose { .. } | Self::NotRaw(_) | Self::Raw => ErrorKind::PurposeNotPermitted,
            Self::Namespace { .. } => ErrorKind::NamespaceNotPermitted,
            Self::Destination(_) => ErrorKind::DestinationNotPermitted,
            Self::Forwarding(_) => ErrorKind::ForwardingNotPermitted,
            Self::Screen(error) => error.kind(),
            Self::UserName => ErrorKind::UnknownData,
            Self::OutOfSteps(error) => error.kind(),
        }
    }
}

fn names(purposes: Purposes) -> String {
    let names: Vec<_> = purposes.iter().map(Purpose::name).collect();
    names.join(", ")
}

/// What else the data may be. Data for the purpose `host` may be a hash, which has no form.
fn remark(asked: Purpose) -> &'static str {
    match asked {
        Purpose::Host => {
            "; 32, 48 or 64 bytes without a form count as the proof of a host, and so do the \
             random bytes of pam_rssh and pam-ssh-agent: for sudo, use pam_ssh_agent_auth and a \
             key made with `--for sudo`"
        }
        _ => "",
    }
}

/// Why a key that is kept from forwarded connections is not used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MaybeForwarded {
    /// The connection is forwarded, or could not be bound to its session.
    #[error(
        "this key may not be used over a forwarded agent connection, or where sshtpm cannot rule \
         one out; use it on its own machine, or allow forwarding with `sshtpm restrict \
         --forwarding`"
    )]
    Forwarded,
    /// The program may forward the agent without binding the connection.
    #[error(
        "this key may not be used over a forwarded agent connection, and {0} may forward one \
         without saying so; use ssh or ssh-keygen of OpenSSH 8.9 or newer, or allow forwarding \
         with `sshtpm restrict --forwarding`"
    )]
    Client(String),
    /// The login is not bound to a session that its host signed.
    #[error(
        "this key may not be used over a forwarded agent connection, and this login does not show \
         that it is not: its SSH session is not bound to the agent, or cannot be verified; use ssh \
         of OpenSSH 8.9 or newer through sshtpm-agent, or allow forwarding with `sshtpm restrict \
         --forwarding`"
    )]
    Unbound,
    /// A raw key, which is never used for another machine.
    #[error(
        "this key signs digests of anything, so it is not used for another machine, nor by a \
         program that may act for one without saying so; use it on its own machine, with ssh of \
         OpenSSH 8.9 or newer"
    )]
    Raw,
    /// A raw key, for a program of which no name is known.
    #[error(
        "this key signs anything, and no agent says which program asks, so that program may act \
         for another machine; run it on this machine outside of containers, under a name without \
         blanks, or have it use the key through PKCS #11"
    )]
    Unseen,
}

/// Why a key that is for certain destinations is not used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotThere {
    /// The data is not a login.
    #[error(
        "this key may log in to its destinations, and signs nothing else; use another key, or \
         lift the limit with `sshtpm restrict --anywhere`"
    )]
    NoLogin,
    /// The agent did not bind the request to a session.
    #[error(
        "this key is limited to destinations, and the destination of this login is not known; ssh \
         names it since OpenSSH 8.9, through sshtpm-agent"
    )]
    NoSession,
    /// A session is not signed by its host, or does not follow the one before it.
    #[error(
        "this key is limited to destinations, and an SSH session on the way there cannot be \
         verified; the type of its host key may not be supported (DSA, SHA-1)"
    )]
    Unverified,
    /// The last session forwards the agent.
    #[error("this SSH session forwards the agent; a login needs a session of its own")]
    Forwarding,
    /// The login names another session than the last one.
    #[error("the login is for another SSH session than the one that the agent is bound to")]
    OtherSession,
    /// The login names another host than the last one.
    #[error("the login is to another host than the one that the agent is bound to")]
    OtherHost,
    /// The login does not name its host, which it has to beyond the first host.
    #[error(
        "beyond the first host, this key needs logins that name the host ({HOSTBOUND}); client \
         and server there need OpenSSH 8.9 or newer"
    )]
    NotHostbound,
    /// A server may take another user for the one that is named.
    #[error(
        "this key is limited to certain users, and sshd may log in as another one than {0:?}: it \
         takes what is before `:` or `/` for the user; name the user alone"
    )]
    UserName(String),
    /// A hop is to a host that no destination names.
    #[error(
        "this key may not log in{} at the host with the key {host}{}; `sshtpm show --json` \
         lists where it may, and `sshtpm restrict` changes that",
        .user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default(),
        .from.as_ref().map(|from| format!(" from the one with the key {from}")).unwrap_or_default()
    )]
    Elsewhere {
        /// The key of the host where the hop begins; `None` is this machine.
        from: Option<Fingerprint>,
        /// The key of the host where it ends.
        host: Fingerprint,
        /// As whom, where that matters.
        user: Option<Quoted>,
    },
}

const HOSTBOUND: &str = "publickey-hostbound-v00@openssh.com";

impl From<Forged> for NotThere {
    fn from(_: Forged) -> Self {
        Self::Unverified
    }
}

//! The line in which a request waits, and the kind of its work.

use crate::identity::{HOST_USER, Owner, Uid};
use sshtpm_ssh::algorithm::Algorithm;

/// Where a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Among the users, which take turns.
    User(Uid),
    /// Apart, because strangers make sshd sign without authenticating.
    Host,
}

/// What the TPM has to do for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Milliseconds, or some hundred of them.
    Quick,
    /// The search for the primes of an RSA key, which keeps slow chips for half a minute.
    Generation,
}

impl Line {
    /// The line in which requests about the keys of `owner` wait.
    pub fn of(owner: &Owner) -> Self {
        if owner.name().as_str() == HOST_USER {
            Self::Host
        } else {
            Self::User(owner.uid())
        }
    }
}

impl Work {
    /// What it is to make a key.
    pub fn to_make(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Ecdsa(_) | Algorithm::Ed25519 => Self::Quick,
            Algorithm::Rsa(_) => Self::Generation,
        }
    }
}

//! The record of use: what was decided about each request for a signature, and how often a key
//! signed.
//!
//! A use names the user, the key, what was asked for, and the outcome. It holds neither the data to
//! be signed nor a PIN. Text that a client chose is in it as [`Plain`] text only.

mod outcome;
mod suppression;

pub use crate::plain::Plain;
pub use outcome::Outcome;
pub use suppression::Suppression;

use std::time::Duration;

use super::client::ClientName;
use super::identity::Owner;
use super::session::Sessions;
use super::signed_data::SignedData;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::purpose::Purpose;

/// One decision about a key of a user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// When it was decided, in seconds since 1970-01-01 UTC.
    pub time: u64,
    /// The owner of the key.
    pub owner: Owner,
    /// The key.
    pub key: Fingerprint,
    /// What was asked for.
    pub asked: AskedFor,
    /// What was decided.
    pub outcome: Outcome,
    /// How long it took, people included.
    pub took: Duration,
}

/// What a signature was asked for, as far as it was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedFor {
    /// What was to be signed.
    pub subject: Subject,
    /// The host key to which the last session was bound, if any was.
    pub destination: Option<Fingerprint>,
    /// Whether it came over a forwarded connection.
    pub forwarded: bool,
    /// The program, by the name that it gives.
    pub client: Option<ClientName>,
}

impl AskedFor {
    /// What is known before the data is parsed. The sessions are as the client gave them: they are
    /// verified only where a decision depends on them.
    pub(crate) fn by(client: Option<ClientName>, sessions: &Sessions) -> Self {
        let path = sessions.path().ok().flatten();
        Self {
            subject: Subject::Unknown,
            destination: path.map(|path| Fingerprint::of(path.last().1.host.key())),
            forwarded: sessions.are_forwarded(),
            client,
        }
    }
}

/// What was to be signed, by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// The data is not of a kind that SSH signs, or was not parsed.
    #[default]
    Unknown,
    /// Logging in as this user.
    Login(Plain),
    /// An SSHSIG in this namespace.
    Sshsig(Plain),
    /// A certificate to be issued.
    Certificate,
    /// Being a host.
    Host,
    /// Vouching for a user to a PAM service.
    Sudo {
        /// For whom.
        user: Plain,
        /// To which service.
        service: Plain,
    },
    /// A digest, or data that a raw key signs unread.
    Raw,
    /// Nothing: the TPM states that it holds the key, and signs that with another key.
    Attestation,
}

/// The word of an attestation where others have that of a purpose.
const ATTEST: &str = "attest";

impl Subject {
    pub(crate) fn of(data: &SignedData) -> Self {
        match data {
            SignedData::UserAuth(request) => Self::Login(Plain::new(request.user())),
            SignedData::SshSig(message) => Self::Sshsig(Plain::new(message.namespace())),
            SignedData::Certificate(_) => Self::Certificate,
            SignedData::Host(_) => Self::Host,
            SignedData::Sudo(request) => Self::Sudo {
                user: Plain::new(request.user()),
                service: Plain::new(request.service()),
            },
            SignedData::Raw => Self::Raw,
        }
    }

    /// The purpose that a key needs for it; `None` if that is unknown.
    pub fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::Unknown | Self::Attestation => None,
            Self::Login(_) => Some(Purpose::Auth),
            Self::Sshsig(_) => Some(Purpose::Sign),
            Self::Certificate => Some(Purpose::Ca),
            Self::Host => Some(Purpose::Host),
            Self::Sudo { .. } => Some(Purpose::Sudo),
            Self::Raw => Some(Purpose::Raw),
        }
    }

    /// The word that says what it was, in the record of use and on the bus; `None` if that is
    /// unknown.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::Attestation => Some(ATTEST),
            other => other.purpose().map(Purpose::name),
        }
    }

    /// Whether `word` is that of an attestation.
    pub fn is_attestation(word: &str) -> bool {
        word == ATTEST
    }

    /// Whether the key itself signs it.
    pub fn is_signed_by_the_key(&self) -> bool {
        *self != Self::Attestation
    }

    /// The user name of a login, or for whom the key vouches.
    pub fn user(&self) -> Option<&Plain> {
        match self {
            Self::Login(user) | Self::Sudo { user, .. } => Some(user),
            _ => None,
        }
    }

    /// The PAM service to which it vouches.
    pub fn service(&self) -> Option<&Plain> {
        match self {
            Self::Sudo { service, .. } => Some(service),
            _ => None,
        }
    }

    /// The namespace of an SSHSIG.
    pub fn namespace(&self) -> Option<&Plain> {
        match self {
            Self::Sshsig(namespace) => Some(namespace),
            _ => None,
        }
    }
}

/// A use that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The use.
    pub used: Use,
    /// How many earlier uses with the same user and outcome it stands for, which are not recorded.
    pub more: u64,
}

/// How often a key signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many signatures.
    pub signatures: u64,
    /// When it last did, in seconds since 1970-01-01 UTC.
    pub last: Option<u64>,
}

impl Tally {
    /// The tally after one more signature at `time`. A clock that was set back does not make it
    /// older.
    pub fn after(self, time: u64) -> Self {
        Self {
            signatures: self.signatures.saturating_add(1),
            last: self.last.max(Some(time)),
        }
    }
}

#[cfg(any(test, feature = "examples"))]
#[expect(clippy::expect_used, reason = "for tests, here and in other crates")]
pub mod examples;

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_tally_counts_and_keeps_the_latest_time() {
        let tally = Tally::default().after(20).after(10);
        assert_eq!(tally.signatures, 2);
        assert_eq!(tally.last, Some(20));
    }
}

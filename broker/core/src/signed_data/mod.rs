//! What a key is asked to sign.
//!
//! A signature vouches for the signed bytes, so only data that the broker understands is signed. A
//! program that could have a host key sign bytes of its choice could pass for the host; with a
//! user's key it could log in. The parser tries each kind of data; exactly one has to match.
//!
//! A raw key is the exception: its owner made it to sign what the broker cannot read.
//!
//! The data itself is not kept. The request keeps what was read of it.

mod certificate;
mod host;
mod key;
mod permission;
mod sshsig;
mod sudo;
mod user_auth;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub(crate) use certificate::Certificate;
pub(crate) use host::HostProof;
pub(crate) use sshsig::SshSig;
pub(crate) use sudo::Sudo;
pub(crate) use user_auth::{Named, UserAuth};

use ssh_key::public::KeyData;
use thiserror::Error;

use self::key::Signer;
use super::plain::Plain;
use super::session::ProvedHost;
use super::signature::Scheme;
use sshtpm_ssh::purpose::Purpose;

use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// Data of one of the kinds that keys sign. Only the parser makes those of SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignedData {
    UserAuth(UserAuth),
    SshSig(SshSig),
    Certificate(Certificate),
    Host(HostProof),
    Sudo(Sudo),
    /// What a raw key signs. It is not read.
    Raw,
}

impl SignedData {
    /// Parses `data`, which `key` is asked to sign.
    ///
    /// # Errors
    ///
    /// It is not of a kind that keys sign, was made for another key, or can be read as two kinds.
    pub(crate) fn parse(data: &[u8], key: &KeyData) -> Result<Self, UnknownData> {
        let signer = Signer::new(key);
        let kinds = [
            UserAuth::parse(data, signer).map(Self::UserAuth),
            SshSig::parse(data).map(Self::SshSig),
            Certificate::parse(data, signer).map(Self::Certificate),
            HostProof::parse_exchange_hash(data).map(Self::Host),
            HostProof::parse_hostkeys_prove(data, signer).map(Self::Host),
            Sudo::parse(data, signer).map(Self::Sudo),
        ];
        let mut found = kinds.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(data), None) => Ok(data),
            (Some(one), Some(other)) => Err(UnknownData::Ambiguous {
                one: one.kind(),
                other: other.kind(),
            }),
            (None, _) => Err(UnknownData::NotOfSsh),
        }
    }

    /// The purpose that a key needs to sign it.
    pub(crate) fn purpose(&self) -> Purpose {
        match self {
            Self::UserAuth(_) => Purpose::Auth,
            Self::SshSig(_) => Purpose::Sign,
            Self::Certificate(_) => Purpose::Ca,
            Self::Host(_) => Purpose::Host,
            Self::Sudo(_) => Purpose::Sudo,
            Self::Raw => Purpose::Raw,
        }
    }

    /// Whether `scheme` is the one that the data names, if it names one.
    pub(crate) fn agrees_with(&self, scheme: Scheme) -> bool {
        let said = self.user_auth().map(UserAuth::scheme);
        said.is_none_or(|said| said == Named::Scheme(scheme))
    }

    /// Whether it is a login that names SHA-1.
    pub(crate) fn names_sha1(&self) -> bool {
        let said = self.user_auth().map(UserAuth::scheme);
        said == Some(Named::Sha1)
    }

    /// The request to log in, if it is one.
    pub(crate) fn user_auth(&self) -> Option<&UserAuth> {
        match self {
            Self::UserAuth(request) => Some(request),
            _ => None,
        }
    }

    /// The user of a login, or for whom it vouches.
    fn user(&self) -> Option<&str> {
        let login = self.user_auth().map(UserAuth::user);
        login.or_else(|| self.sudo().map(Sudo::user))
    }

    /// The namespace of an SSHSIG.
    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Self::SshSig(message) => Some(message.namespace()),
            _ => None,
        }
    }

    /// The request to vouch for a user, if it is one.
    pub(crate) fn sudo(&self) -> Option<&Sudo> {
        match self {
            Self::Sudo(request) => Some(request),
            _ => None,
        }
    }

    /// Names and values by which rules and records tell uses apart.
    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        let purpose = ("purpose", self.purpose().name().to_owned());
        let names = [
            ("user", self.user()),
            ("namespace", self.namespace()),
            ("service", self.sudo().map(Sudo::service)),
        ];
        let names = names
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let names = names.map(|(name, value)| (name, Plain::new(value).to_string()));
        std::iter::once(purpose).chain(names).collect()
    }

    /// What is done by signing it, in words that go on a sentence. `host` is that of a login, if it
    /// is known.
    pub(crate) fn in_words(&self, host: Option<&ProvedHost>) -> Words {
        match self {
            Self::UserAuth(request) => request.in_words(host),
            Self::SshSig(message) => {
                Words::from("sign in the namespace ").and(Quoted::new(message.namespace()))
            }
            Self::Certificate(certificate) => certificate.in_words(),
            Self::Host(HostProof::KeyExchange) => "prove to a client to be this host".into(),
            Self::Host(HostProof::FurtherKey) => {
                "prove to a client that it is a key of this host".into()
            }
            Self::Sudo(request) => request.in_words(),
            Self::Raw => "sign something that cannot be shown".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::UserAuth(_) => "a request to log in",
            Self::SshSig(_) => "an SSHSIG",
            Self::Certificate(_) => "a certificate",
            Self::Host(HostProof::KeyExchange) => "the hash of a key exchange",
            Self::Host(HostProof::FurtherKey) => "a proof of a host key",
            Self::Sudo(_) => "a request of pam_ssh_agent_auth",
            Self::Raw => "something that cannot be read",
        }
    }
}

/// Why data is not signed by any key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnknownData {
    /// It is not of a kind that keys sign, or was made for another key.
    #[error(
        "this is not a login, an SSHSIG, a certificate, a host-key proof or a \
         request of pam_ssh_agent_auth made for this key; the random bytes of `ssh-add -T` are \
         refused, too"
    )]
    NotOfSsh,
    /// It is of two kinds.
    #[error(
        "this can be read as {one} and as {other}; an SSHSIG made with `-O \
         hashalg=sha512` can be read in one way only"
    )]
    Ambiguous {
        /// The first kind.
        one: &'static str,
        /// The second kind.
        other: &'static str,
    },
}

impl UnknownData {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotOfSsh | Self::Ambiguous { .. } => ErrorKind::UnknownData,
        }
    }
}

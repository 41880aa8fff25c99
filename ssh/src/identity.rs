//! What a party shows of itself: a plain key, or a certificate of one.

use ssh_key::public::KeyData;

use crate::certificate::{Certificate, Kind};
use crate::key;
use crate::wire::Malformed;

/// A plain key, or a certificate of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// The key itself.
    Key(KeyData),
    /// What an authority states of a key.
    Certificate(Certificate<'a>),
}

impl<'a> Identity<'a> {
    /// Takes the key or certificate apart of which `blob` consists.
    ///
    /// # Errors
    ///
    /// The blob is neither, or has bytes left over.
    pub fn parse(blob: &'a [u8]) -> Result<Self, Malformed> {
        match key::parse(blob) {
            Ok(key) => Ok(Self::Key(key)),
            Err(Malformed) => Certificate::parse(blob).map(Self::Certificate),
        }
    }

    /// The same for what a host shows of itself.
    ///
    /// # Errors
    ///
    /// As for [`Identity::parse`]; or it is a certificate for users.
    pub fn of_host(blob: &'a [u8]) -> Result<Self, Malformed> {
        match Self::parse(blob)? {
            Self::Certificate(certificate) if certificate.fields.kind != Kind::Host => {
                Err(Malformed)
            }
            identity => Ok(identity),
        }
    }

    /// The key that signs: the plain key, or the one that is certified.
    pub fn key(&self) -> &KeyData {
        match self {
            Self::Key(key) => key,
            Self::Certificate(certificate) => &certificate.fields.key,
        }
    }

    /// The same, without the certificate.
    pub fn into_key(self) -> KeyData {
        match self {
            Self::Key(key) => key,
            Self::Certificate(certificate) => certificate.fields.key,
        }
    }
}

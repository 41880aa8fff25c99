//! Certificates: those that a key is asked to issue, and those that stand for a key.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

use sshtpm_ssh::certificate::{self, Fields, Kind};
use sshtpm_ssh::wire::Malformed;

use super::key::Signer;
use super::words::quoted;

/// A certificate that is to be issued by the key that is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    kind: Kind,
    /// What the issuer calls it, for people.
    key_id: String,
    /// The users or hosts for whom it is. None means all.
    principals: Vec<String>,
}

/// How many users or hosts are named to a person.
const MOST_NAMED: usize = 4;

impl Certificate {
    /// What is done by issuing it, in words that go on a sentence.
    pub(super) fn in_words(&self) -> String {
        let (one, every) = match self.kind {
            Kind::User => ("user", "every user"),
            Kind::Host => ("host", "every host"),
        };
        let names = self.principals.iter().take(MOST_NAMED);
        let names: Vec<_> = names.map(|name| quoted(name)).collect();
        let whom = match self.principals.len().saturating_sub(MOST_NAMED) {
            _ if names.is_empty() => every.to_owned(),
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        };
        let key_id = quoted(&self.key_id);
        format!("issue a {one} certificate for {whom}, key ID {key_id}")
    }

    pub(super) fn parse(data: &[u8], issuer: Signer<'_>) -> Result<Self, Malformed> {
        let fields = Fields::parse(data)?;
        if !issuer.is(fields.issuer) {
            return Err(Malformed);
        }
        Ok(Self {
            kind: fields.kind,
            key_id: fields.key_id.to_owned(),
            principals: fields.principals,
        })
    }
}

/// Checks that `blob` is a certificate of `kind` that certifies the key of `signer`. Whether it
/// holds is for those to decide who accept it.
pub(super) fn is_of(blob: &[u8], kind: Kind, signer: Signer<'_>) -> Result<(), Malformed> {
    let fields = certificate::Certificate::parse(blob)?.fields;
    let fits = fields.kind == kind && fields.key == *signer.key();
    fits.then_some(()).ok_or(Malformed)
}

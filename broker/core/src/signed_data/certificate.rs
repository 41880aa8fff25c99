//! Certificates: those that a key is asked to issue, and those that stand for a key.
//!
//! They are taken apart here: ssh-key 0.6 does not decode one that is valid for ever, which is what
//! `ssh-keygen -s` makes unless it is told otherwise.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

use std::ops::Range;

use ssh_encoding::Encode as _;
use ssh_key::Algorithm;
use ssh_key::public::KeyData;

use super::key::{Signer, decode};
use super::wire::{Malformed, Wire};
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

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Host,
}

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
        let (fields, rest) = Fields::read(data)?;
        rest.end()?;
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

/// Checks that `blob` is a certificate of `kind` that certifies the key of `signer`. Whether it holds
/// is for those to decide who accept it.
pub(super) fn is_of(blob: &[u8], kind: Kind, signer: Signer<'_>) -> Result<(), Malformed> {
    let (fields, mut rest) = Fields::read(blob)?;
    let _signature = rest.string()?;
    rest.end()?;
    let fits = fields.kind == kind && fields.key == *signer.key();
    fits.then_some(()).ok_or(Malformed)
}

/// What is signed of a certificate.
pub(crate) struct Fields<'a> {
    pub(crate) key: KeyData,
    pub(crate) kind: Kind,
    key_id: &'a str,
    pub(crate) principals: Vec<String>,
    /// When it holds, in seconds since 1970-01-01 UTC; without the end.
    pub(crate) valid: Range<u64>,
    pub(crate) has_critical_options: bool,
    pub(crate) issuer: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads them from the start of `data`, and says what is behind them.
    pub(crate) fn read(data: &'a [u8]) -> Result<(Self, Wire<'a>), Malformed> {
        let mut wire = Wire::new(data);
        let name = wire.text()?;
        let _nonce = wire.string()?;
        let (key, mut wire) = certified(name, wire)?;
        let _serial = wire.uint64()?;
        let kind = match wire.uint32()? {
            SSH_CERT_TYPE_USER => Kind::User,
            SSH_CERT_TYPE_HOST => Kind::Host,
            _ => return Err(Malformed),
        };
        let key_id = wire.text()?;
        let principals = principals(wire.string()?)?;
        let valid = wire.uint64()?..wire.uint64()?;
        let critical_options = wire.string()?;
        check_options(critical_options)?;
        check_options(wire.string()?)?;
        wire.exactly(RESERVED)?;
        let issuer = wire.string()?;
        let fields = Self {
            key,
            kind,
            key_id,
            principals,
            valid,
            has_critical_options: !critical_options.is_empty(),
            issuer,
        };
        Ok((fields, wire))
    }
}

const SSH_CERT_TYPE_USER: u32 = 1;
const SSH_CERT_TYPE_HOST: u32 = 2;

/// Nobody knows yet what a certificate says that has something there.
const RESERVED: &[u8] = b"";

/// The key in a certificate of type `name`, of which `wire` has what is behind the nonce: the fields of
/// the plain key, then those of the certificate.
fn certified<'a>(name: &str, wire: Wire<'a>) -> Result<(KeyData, Wire<'a>), Malformed> {
    let algorithm = match Algorithm::new_certificate(name) {
        Ok(Algorithm::Other(_)) | Err(_) => return Err(Malformed),
        Ok(algorithm) => algorithm,
    };
    let mut plain = Vec::new();
    let prefix = algorithm.as_str();
    prefix.encode(&mut plain).map_err(|_| Malformed)?;
    let fields = wire.rest();
    plain.extend_from_slice(fields);
    let (key, behind) = decode(&plain)?;
    let used = fields.len().checked_sub(behind.rest().len());
    let (_, behind) = fields
        .split_at_checked(used.ok_or(Malformed)?)
        .ok_or(Malformed)?;
    Ok((key, Wire::new(behind)))
}

fn principals(list: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut wire = Wire::new(list);
    let mut names = Vec::new();
    while !wire.is_at_end() {
        if names.len() == MAX_PRINCIPALS {
            return Err(Malformed);
        }
        names.push(wire.text()?.to_owned());
    }
    Ok(names)
}

/// Most principals of a certificate: `SSHKEY_CERT_MAX_PRINCIPALS` of OpenSSH's `sshkey.h`.
const MAX_PRINCIPALS: usize = 256;

/// Critical options and extensions: names and what they say.
fn check_options(list: &[u8]) -> Result<(), Malformed> {
    let mut wire = Wire::new(list);
    while !wire.is_at_end() {
        let _name = wire.text()?;
        let _content = wire.string()?;
    }
    Ok(())
}

//! OpenSSH certificates, taken apart field by field.
//!
//! ssh-key 0.6 does not decode a certificate that is valid for ever, which is what `ssh-keygen -s`
//! makes by default, so this parser does. It is the only one: what a certificate must not have (an
//! unknown kind, too many principals, something in the reserved field) it must have nowhere.
//! Whether a certificate is in force is for those to decide who accept it.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

mod line;

pub use line::{from_line, to_line};

use std::ops::Range;

use ssh_encoding::Encode as _;
use ssh_key::Algorithm;
use ssh_key::public::KeyData;

use crate::key;
use crate::wire::{Malformed, Reader};

/// Most principals of a certificate: `SSHKEY_CERT_MAX_PRINCIPALS` of OpenSSH's `sshkey.h`.
const MAX_PRINCIPALS: usize = 256;

const SSH_CERT_TYPE_USER: u32 = 1;
const SSH_CERT_TYPE_HOST: u32 = 2;

/// The field is there for later versions; a certificate that uses it says something unknown.
const RESERVED: &[u8] = b"";

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It lets users log in.
    User,
    /// It proves a host to clients.
    Host,
}

/// What an authority states in a certificate: everything that it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    /// The key that is certified.
    pub key: KeyData,
    /// The authority's own number of the certificate, which may be 0 in all of them.
    pub serial: u64,
    /// What the certificate is for.
    pub kind: Kind,
    /// The authority's own name for the certificate; it has no zero byte.
    pub key_id: &'a str,
    /// The users or hosts it is for, at most 256, without a zero byte; none means all.
    pub principals: Vec<String>,
    /// When it is valid, in seconds since 1970-01-01 UTC; the end is not part of it.
    pub valid: Range<u64>,
    /// What every reader must understand or refuse.
    pub critical_options: Vec<CertificateOption<'a>>,
    /// What a reader may ignore.
    pub extensions: Vec<CertificateOption<'a>>,
    /// Public key blob of the authority.
    pub issuer: &'a [u8],
}

/// A critical option or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateOption<'a> {
    /// What it is.
    pub name: &'a str,
    /// Its content, as the name says: nothing, or a further `string`.
    pub content: &'a [u8],
}

/// A whole certificate: what is stated, and the authority's signature of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// What is stated.
    pub fields: Fields<'a>,
    /// The bytes that the authority signed.
    pub signed: &'a [u8],
    /// The signature blob (RFC 4253 §6.6). It is not verified here.
    pub signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Takes the certificate apart of which `blob` consists.
    ///
    /// # Errors
    ///
    /// The blob is malformed, has bytes left over, or is not a certificate.
    pub fn parse(blob: &'a [u8]) -> Result<Self, Malformed> {
        let (fields, mut rest) = Fields::read(blob)?;
        let length = blob.len().checked_sub(rest.rest().len());
        let signed = length.and_then(|length| blob.get(..length));
        let signature = rest.string()?;
        rest.end()?;
        Ok(Self {
            fields,
            signed: signed.ok_or(Malformed)?,
            signature,
        })
    }
}

impl<'a> Fields<'a> {
    /// Takes apart what an authority is to sign, of which `data` consists.
    ///
    /// # Errors
    ///
    /// The data is malformed, has bytes left over, or is not of a certificate.
    pub fn parse(data: &'a [u8]) -> Result<Self, Malformed> {
        let (fields, rest) = Self::read(data)?;
        rest.end()?;
        Ok(fields)
    }

    fn read(data: &'a [u8]) -> Result<(Self, Reader<'a>), Malformed> {
        let mut reader = Reader::new(data);
        let name = reader.text()?;
        let _nonce = reader.string()?;
        let (key, mut reader) = certified(name, reader)?;
        let serial = reader.uint64()?;
        let kind = match reader.uint32()? {
            SSH_CERT_TYPE_USER => Kind::User,
            SSH_CERT_TYPE_HOST => Kind::Host,
            _ => return Err(Malformed),
        };
        let key_id = name_in(&mut reader)?;
        let principals = principals(reader.string()?)?;
        let valid = reader.uint64()?..reader.uint64()?;
        let critical_options = options(reader.string()?)?;
        let extensions = options(reader.string()?)?;
        reader.exactly(RESERVED)?;
        let issuer = reader.string()?;
        let fields = Self {
            key,
            serial,
            kind,
            key_id,
            principals,
            valid,
            critical_options,
            extensions,
            issuer,
        };
        Ok((fields, reader))
    }
}

/// The key in a certificate of type `name`. `reader` is behind the nonce, where the fields of the
/// plain key come first, without their type.
fn certified<'a>(name: &str, reader: Reader<'a>) -> Result<(KeyData, Reader<'a>), Malformed> {
    let algorithm = match Algorithm::new_certificate(name) {
        Ok(Algorithm::Other(_)) | Err(_) => return Err(Malformed),
        Ok(algorithm) => algorithm,
    };
    let mut plain = Vec::new();
    let prefix = algorithm.as_str();
    prefix.encode(&mut plain).map_err(|_| Malformed)?;
    let fields = reader.rest();
    plain.extend_from_slice(fields);
    let (key, behind) = key::decode(&plain)?;
    let used = fields.len().checked_sub(behind.rest().len());
    let (_, behind) = fields
        .split_at_checked(used.ok_or(Malformed)?)
        .ok_or(Malformed)?;
    Ok((key, Reader::new(behind)))
}

fn principals(list: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut reader = Reader::new(list);
    let mut names = Vec::new();
    while !reader.is_at_end() {
        if names.len() == MAX_PRINCIPALS {
            return Err(Malformed);
        }
        names.push(name_in(&mut reader)?.to_owned());
    }
    Ok(names)
}

/// A name without a zero byte: OpenSSH does not read a certificate with one (`sshkey.c`,
/// `cert_parse`), and its client then takes the whole list of an agent for malformed.
fn name_in<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Malformed> {
    let name = reader.text()?;
    (!name.contains('\0')).then_some(name).ok_or(Malformed)
}

/// Critical options or extensions: each a name and its content.
fn options(list: &[u8]) -> Result<Vec<CertificateOption<'_>>, Malformed> {
    let mut reader = Reader::new(list);
    let mut options = Vec::new();
    while !reader.is_at_end() {
        options.push(CertificateOption {
            name: reader.text()?,
            content: reader.string()?,
        });
    }
    Ok(options)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

//! One certificate, which was found fit to be kept.

use std::ops::Range;

use ssh_key::public::KeyData;
use sshtpm_ssh::certificate::{Certificate, Fields, Kind};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::key;
use sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES;
use sshtpm_ssh::utc::Utc;

use super::error::NotKept;
use super::extent::Extent;
use crate::signature::foreign;

/// A certificate with which users log in: one that OpenSSH reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCertificate {
    blob: Box<[u8]>,
    valid: Range<u64>,
}

impl UserCertificate {
    /// Takes the certificate of which `blob` consists, and names the key that it certifies. One
    /// that is not valid yet is taken.
    ///
    /// OpenSSH's client refuses the whole list of an agent that has a certificate with a false
    /// signature in it (`sshkey.c`, `cert_parse`). So the signature of the authority is verified.
    ///
    /// # Errors
    ///
    /// It is not a certificate, is too long, is for hosts, has expired by `now`, or was not signed
    /// by its authority.
    pub fn of_caller(blob: &[u8], now: u64) -> Result<(Self, Fingerprint), NotKept> {
        if blob.len() > MAX_CERTIFICATE_BYTES {
            return Err(NotKept::TooLong(blob.len()));
        }
        let certificate = Certificate::parse(blob).map_err(|_| NotKept::Malformed)?;
        let fields = &certificate.fields;
        if fields.kind != Kind::User {
            return Err(NotKept::ForHosts);
        }
        if fields.valid.is_empty() {
            return Err(NotKept::NeverValid);
        }
        if now >= fields.valid.end {
            return Err(NotKept::Expired(Utc(fields.valid.end)));
        }
        verify(&certificate).ok_or(NotKept::NotSigned)?;
        let key = Fingerprint::of(&fields.key);
        let blob = blob.into();
        let valid = fields.valid.clone();
        Ok((Self { blob, valid }, key))
    }

    /// The certificate of which `blob` consists, if it is one of `key`. Its signature was verified
    /// before it was stored.
    pub(super) fn of_record(blob: Vec<u8>, key: &KeyData) -> Option<Self> {
        let certificate = Certificate::parse(&blob).ok()?;
        let Fields {
            kind,
            valid,
            key: certified,
            ..
        } = certificate.fields;
        let fits = blob.len() <= MAX_CERTIFICATE_BYTES && kind == Kind::User && certified == *key;
        fits.then(|| Self {
            blob: blob.into(),
            valid,
        })
    }

    /// The certificate itself (`PROTOCOL.certkeys`), of up to [`MAX_CERTIFICATE_BYTES`].
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// How much of the room it takes.
    pub(super) fn extent(&self) -> Extent {
        Extent::of_one(self.blob.len())
    }

    /// Whether servers may take it at `now`.
    pub(super) fn is_in_force(&self, now: u64) -> bool {
        self.valid.contains(&now)
    }

    /// Whether no server will take it from `now` on.
    pub(super) fn has_expired(&self, now: u64) -> bool {
        now >= self.valid.end
    }

    /// Whether `earlier` is no longer needed beside it: the same authority certifies the same users
    /// under the same key ID, with the same critical options.
    pub(super) fn renews(&self, earlier: &Self) -> bool {
        let (Ok(new), Ok(old)) = (
            Certificate::parse(&self.blob),
            Certificate::parse(&earlier.blob),
        ) else {
            return false;
        };
        let (new, old) = (new.fields, old.fields);
        new.issuer == old.issuer
            && new.key_id == old.key_id
            && new.critical_options == old.critical_options
            && sorted(new.principals) == sorted(old.principals)
    }
}

/// Whether the authority that the certificate names signed it. An authority is a plain key.
fn verify(certificate: &Certificate<'_>) -> Option<()> {
    let authority = key::parse(certificate.fields.issuer).ok()?;
    foreign::verify(&authority, certificate.signed, certificate.signature).ok()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

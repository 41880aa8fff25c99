//! A host, as it shows itself: by its key, or by a certificate that an authority issued for it.
//!
//! Specs: RFC 4253 §6.6; OpenSSH `PROTOCOL.certkeys`.

use std::ops::Range;

use ssh_key::public::KeyData;
use sshtpm_ssh::identity::Identity;
use sshtpm_ssh::key;
use sshtpm_ssh::wire::Malformed;

use super::{Forged, OutOfSteps, Steps};
use crate::signature::{BadSignature, foreign};

/// A host behind a session.
#[derive(Clone, Debug)]
pub(crate) struct Host<'a> {
    key: KeyData,
    certificate: Option<Certificate<'a>>,
}

/// What an authority says of a host.
#[derive(Clone, Debug)]
pub(super) struct Certificate<'a> {
    authority: KeyData,
    /// Names for which it holds, which may be patterns; none if there are too many to look through.
    principals: Vec<String>,
    valid: Range<u64>,
    has_critical_options: bool,
    signed: &'a [u8],
    signature: &'a [u8],
}

/// Most bytes of names in a certificate that is looked through for one.
const MAX_PRINCIPALS_BYTES: usize = 2048;

impl<'a> Host<'a> {
    pub(super) fn parse(blob: &'a [u8]) -> Result<Self, Malformed> {
        match Identity::of_host(blob)? {
            Identity::Key(key) => Ok(Self {
                key,
                certificate: None,
            }),
            Identity::Certificate(certificate) => Ok(Self {
                key: certificate.fields.key,
                certificate: Some(Certificate {
                    authority: key::parse(certificate.fields.issuer)?,
                    principals: searched(certificate.fields.principals),
                    valid: certificate.fields.valid,
                    has_critical_options: !certificate.fields.critical_options.is_empty(),
                    signed: certificate.signed,
                    signature: certificate.signature,
                }),
            }),
        }
    }

    /// Its own key, which an authority may have certified.
    pub(crate) fn key(&self) -> &KeyData {
        &self.key
    }

    /// What it shows beside its key.
    pub(super) fn certificate(&self) -> Option<&Certificate<'a>> {
        self.certificate.as_ref()
    }

    /// How many signatures it takes to believe that it took part in a session.
    pub(super) fn signatures(&self) -> usize {
        match self.certificate {
            None => 1,
            Some(_) => 2,
        }
    }

    /// Verifies that it signed `session_id`.
    pub(super) fn verify(&self, session_id: &[u8], signature: &[u8]) -> Result<(), Forged> {
        verify(&self.key, session_id, signature)
    }

    /// Verifies that the authority issued the certificate, if there is one.
    pub(super) fn verify_certificate(&self) -> Result<(), Forged> {
        match &self.certificate {
            None => Ok(()),
            Some(certificate) => verify(
                &certificate.authority,
                certificate.signed,
                certificate.signature,
            ),
        }
    }
}

impl Certificate<'_> {
    /// The key that is said to have signed it.
    pub(super) fn authority(&self) -> &KeyData {
        &self.authority
    }

    /// Whether it holds at `now` for a reader that understands no critical options.
    pub(super) fn is_valid(&self, now: u64) -> bool {
        !self.has_critical_options && self.valid.contains(&now)
    }

    /// Whether it is for the host `name`.
    pub(super) fn is_for(&self, name: &str, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        let name = without_port(name).to_ascii_lowercase();
        for principal in &self.principals {
            if steps.matches(principal, &name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `principals`, if they are not too many.
fn searched(principals: Vec<String>) -> Vec<String> {
    let bytes: usize = principals.iter().map(String::len).sum();
    match bytes <= MAX_PRINCIPALS_BYTES {
        true => principals,
        false => Vec::new(),
    }
}

/// Certificates are for hosts at whatever port: `[host]:2222` is `host`.
fn without_port(name: &str) -> &str {
    let inside = name
        .strip_prefix('[')
        .and_then(|rest| rest.rsplit_once("]:"));
    inside.map_or(name, |(host, _port)| host)
}

fn verify(key: &KeyData, message: &[u8], blob: &[u8]) -> Result<(), Forged> {
    foreign::verify(key, message, blob).map_err(|BadSignature| Forged)
}

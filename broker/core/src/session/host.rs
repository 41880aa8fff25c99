//! A host, as it shows itself: by its key, or by a certificate that an authority issued for it.
//!
//! Specs: RFC 4253 §6.6; OpenSSH `PROTOCOL.certkeys`.

use std::ops::Range;

use signature::Verifier as _;
use ssh_encoding::Decode as _;
use ssh_key::Signature;
use ssh_key::public::KeyData;
use sshtpm_ssh::identity::Identity;
use sshtpm_ssh::key;
use sshtpm_ssh::pattern::Pattern;
use sshtpm_ssh::wire::Malformed;

use super::Forged;

/// A host behind a session.
#[derive(Clone, Debug)]
pub(crate) struct Host<'a> {
    key: KeyData,
    certificate: Option<Certificate<'a>>,
}

/// What an authority says of a host.
#[derive(Clone, Debug)]
struct Certificate<'a> {
    authority: KeyData,
    /// Names for which it holds, which may be patterns.
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
                    principals: certificate.fields.principals,
                    valid: certificate.fields.valid,
                    has_critical_options: certificate.fields.has_critical_options,
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

    /// Whether it has this key, and shows no certificate.
    pub(crate) fn has_key(&self, key: &KeyData) -> bool {
        self.certificate.is_none() && self.key == *key
    }

    /// Whether `authority` certified it as `name`, for what the time is `now`. The authority's
    /// signature is verified with all others.
    pub(crate) fn is_certified(
        &self,
        authority: &KeyData,
        name: &str,
        now: impl Fn() -> u64,
    ) -> bool {
        let Some(certificate) = &self.certificate else {
            return false;
        };
        certificate.authority == *authority
            && !certificate.has_critical_options
            && certificate.is_for(name)
            && certificate.valid.contains(&now())
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
    fn is_for(&self, name: &str) -> bool {
        let name = without_port(name).to_ascii_lowercase();
        let bytes: usize = self.principals.iter().map(String::len).sum();
        let is_it = |principal: &String| Pattern::of(principal).matches(&name);
        bytes <= MAX_PRINCIPALS_BYTES && self.principals.iter().any(is_it)
    }
}

/// Certificates are for hosts at whatever port: `[host]:2222` is `host`.
fn without_port(name: &str) -> &str {
    let inside = name
        .strip_prefix('[')
        .and_then(|rest| rest.rsplit_once("]:"));
    inside.map_or(name, |(host, _port)| host)
}

fn verify(key: &KeyData, message: &[u8], mut blob: &[u8]) -> Result<(), Forged> {
    let signature = Signature::decode(&mut blob).map_err(|_| Forged)?;
    if !blob.is_empty() {
        return Err(Forged);
    }
    key.verify(message, &signature).map_err(|_| Forged)
}

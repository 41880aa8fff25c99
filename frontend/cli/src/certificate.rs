//! A certificate of a key, for people and programs.
//!
//! Must show what an authority wrote as foreign text: quoted for people, escaped in JSON.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

use std::time::SystemTime;

use jiff::tz::TimeZone;
use serde::Serialize;
use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::certificate::{self, Certificate};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::key;
use sshtpm_ssh::quoted::Quoted;

use super::local_time::local_time;

/// A certificate that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown<'a> {
    /// The certificate itself.
    pub(crate) blob: &'a [u8],
    parsed: Certificate<'a>,
}

/// Whether servers take a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Validity {
    /// Now.
    Valid,
    /// Later.
    NotYetValid,
    /// No longer.
    Expired,
}

/// What stands for no limit. Source: `PROTOCOL.certkeys`, "valid after" and "valid before".
const ALWAYS: u64 = 0;
const FOR_EVER: u64 = u64::MAX;

/// How many users or hosts are named to a person.
const MOST_NAMED: usize = 8;

impl<'a> Shown<'a> {
    /// `None` if `blob` is not a certificate.
    pub(crate) fn new(blob: &'a [u8]) -> Option<Self> {
        let parsed = Certificate::parse(blob).ok()?;
        Some(Self { blob, parsed })
    }

    /// Those of `key`.
    pub(crate) fn all_of(key: &'a KeyInfo) -> Vec<Self> {
        let blobs = key.certificates.iter();
        blobs.filter_map(|blob| Self::new(blob)).collect()
    }

    /// What the authority states.
    pub(crate) fn fields(&self) -> &certificate::Fields<'a> {
        &self.parsed.fields
    }

    /// Whether servers take it at `now`, in seconds since 1970-01-01 UTC.
    pub(crate) fn validity(&self, now: u64) -> Validity {
        let valid = &self.fields().valid;
        if now >= valid.end {
            Validity::Expired
        } else if now < valid.start {
            Validity::NotYetValid
        } else {
            Validity::Valid
        }
    }

    /// In a sentence: what the authority calls it.
    pub(crate) fn name(&self) -> String {
        let fields = self.fields();
        format!(
            "certificate {} with serial {}",
            Quoted::new(fields.key_id),
            fields.serial
        )
    }

    /// When it is valid, in the time of `zone`.
    pub(crate) fn when(&self, now: u64, zone: &TimeZone) -> String {
        let valid = &self.fields().valid;
        let (from, until) = (local_time(valid.start, zone), local_time(valid.end, zone));
        match (self.validity(now), valid.end) {
            (Validity::Expired, _) => format!("expired {until}"),
            (Validity::NotYetValid, FOR_EVER) => format!("not valid until {from}, then for ever"),
            (Validity::NotYetValid, _) => format!("not valid until {from}, then until {until}"),
            (Validity::Valid, FOR_EVER) => "valid for ever".to_owned(),
            (Validity::Valid, _) => format!("valid until {until}"),
        }
    }

    /// The users or hosts it is for, each in quotation marks.
    pub(crate) fn whom(&self) -> String {
        let principals = &self.fields().principals;
        let named = principals.iter().take(MOST_NAMED);
        let named: Vec<String> = named.map(|name| Quoted::new(name).to_string()).collect();
        match principals.len().checked_sub(MOST_NAMED) {
            _ if named.is_empty() => "everybody".to_owned(),
            None | Some(0) => named.join(", "),
            Some(more) => format!("{} and {more} more", named.join(", ")),
        }
    }

    /// Fingerprint of the authority's key.
    pub(crate) fn authority(&self) -> String {
        match key::parse(self.fields().issuer) {
            Ok(key) => Fingerprint::of(&key).to_string(),
            Err(_) => "unknown".to_owned(),
        }
    }
}

/// A certificate as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateJson {
    /// Fingerprint of the key that it certifies.
    key: String,
    /// Its number, as text: programs round longer numbers.
    serial: String,
    /// What the authority calls it.
    key_id: String,
    /// The users it is for; none means all.
    principals: Vec<String>,
    /// From when on it is valid, in seconds since 1970-01-01 UTC; `null` is always.
    valid_after: Option<u64>,
    /// Until when; `null` is for ever.
    valid_before: Option<u64>,
    /// `valid`, `not-yet-valid` or `expired`.
    validity: Validity,
    /// Fingerprint of the authority.
    authority: String,
    /// Type and base64, as in `NAME-cert.pub`.
    certificate: String,
}

impl CertificateJson {
    /// What `shown` is at `now`.
    pub(crate) fn of(shown: &Shown<'_>, now: u64) -> Self {
        let fields = shown.fields();
        let valid = &fields.valid;
        Self {
            key: Fingerprint::of(&fields.key).to_string(),
            serial: fields.serial.to_string(),
            key_id: fields.key_id.to_owned(),
            principals: fields.principals.clone(),
            valid_after: (valid.start != ALWAYS).then_some(valid.start),
            valid_before: (valid.end != FOR_EVER).then_some(valid.end),
            validity: shown.validity(now),
            authority: shown.authority(),
            certificate: certificate::to_line(shown.blob).unwrap_or_default(),
        }
    }
}

/// The time, in seconds since 1970-01-01 UTC.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
pub(crate) mod tests;

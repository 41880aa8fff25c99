//! What is in a certificate of an endorsement key, for people.
//!
//! Specs: RFC 5280; TCG EK Credential Profile, §3.2.9 (the subject alternative name has the TPM's
//! manufacturer, model and version).

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use sshtpm_ssh::utc::Utc;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

/// A certificate, and what of it can be read.
pub(super) struct Shown {
    pub(super) der: Vec<u8>,
    /// `None`: it cannot be read.
    pub(super) facts: Option<Facts>,
}

/// What a certificate says.
pub(super) struct Facts {
    /// Empty in most certificates of endorsement keys.
    pub(super) subject: String,
    /// The TPM, by its manufacturer's words; empty if the certificate does not say.
    pub(super) tpm: String,
    pub(super) issuer: String,
    /// In hexadecimal.
    pub(super) serial: String,
    pub(super) not_before: Utc,
    pub(super) not_after: Utc,
}

/// tcg-at-tpmManufacturer, tcg-at-tpmModel, tcg-at-tpmVersion (TCG EK Credential Profile, annex A).
const ATTRIBUTES: [(ObjectIdentifier, &str); 3] = [
    (ObjectIdentifier::new_unwrap("2.23.133.2.1"), "manufacturer"),
    (ObjectIdentifier::new_unwrap("2.23.133.2.2"), "model"),
    (ObjectIdentifier::new_unwrap("2.23.133.2.3"), "version"),
];

impl Shown {
    pub(super) fn new(der: &[u8]) -> Self {
        Self {
            der: der.to_vec(),
            facts: Certificate::from_der(der).ok().map(|one| facts(&one)),
        }
    }
}

fn facts(certificate: &Certificate) -> Facts {
    let tbs = &certificate.tbs_certificate;
    let bytes = tbs.serial_number.as_bytes().iter();
    let moment = |time: x509_cert::time::Time| Utc(time.to_unix_duration().as_secs());
    let alternative = tbs.get::<SubjectAltName>().ok().flatten();
    Facts {
        subject: tbs.subject.to_string(),
        tpm: alternative.map_or_else(String::new, |(_, names)| tpm(&names)),
        issuer: tbs.issuer.to_string(),
        serial: bytes.map(|byte| format!("{byte:02x}")).collect(),
        not_before: moment(tbs.validity.not_before),
        not_after: moment(tbs.validity.not_after),
    }
}

/// Manufacturer, model and version, as far as they are named.
fn tpm(names: &SubjectAltName) -> String {
    let directory = names.0.iter().filter_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(name),
        _ => None,
    });
    let directory: Vec<&Name> = directory.collect();
    let words = ATTRIBUTES.iter().filter_map(|(oid, word)| {
        let value = directory.iter().find_map(|name| value_of(name, oid))?;
        Some(format!("{word} {value}"))
    });
    words.collect::<Vec<_>>().join(", ")
}

fn value_of(name: &Name, oid: &ObjectIdentifier) -> Option<String> {
    let mut attributes = name.0.iter().flat_map(|part| part.0.iter());
    let found = attributes.find(|attribute| attribute.oid == *oid)?;
    Some(String::from_utf8_lossy(found.value.value()).into_owned())
}

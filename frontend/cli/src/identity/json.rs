//! The identity of a TPM, for programs.

use base64ct::{Base64, Encoding as _};
use serde::Serialize;

use super::certificate::Shown;
use super::key::{Identity, Key};

/// What `--json` prints. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(super) struct IdentityJson {
    endorsement_keys: Vec<KeyJson>,
    /// Certificates of issuers that the TPM has.
    chain: Vec<CertificateJson>,
}

#[derive(Debug, Serialize)]
struct KeyJson {
    /// `RSA 2048`, `P-256`.
    kind: String,
    /// `SHA256:` and the hexadecimal digits of the hash of the SubjectPublicKeyInfo.
    hash: String,
    /// TPMT_PUBLIC, in base64.
    public: String,
    /// `null` if the TPM has none.
    certificate: Option<CertificateJson>,
}

/// All but `der` is `null` if the certificate cannot be read.
#[derive(Debug, Serialize)]
struct CertificateJson {
    subject: Option<String>,
    /// Manufacturer, model and version of the TPM, as the certificate names them.
    tpm: Option<String>,
    issuer: Option<String>,
    /// In hexadecimal.
    serial: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    not_before: Option<u64>,
    /// The same.
    not_after: Option<u64>,
    /// In base64.
    der: String,
}

impl IdentityJson {
    pub(super) fn new(identity: &Identity) -> Self {
        Self {
            endorsement_keys: identity.keys.iter().map(KeyJson::new).collect(),
            chain: identity.chain.iter().map(CertificateJson::new).collect(),
        }
    }
}

impl KeyJson {
    fn new(key: &Key) -> Self {
        Self {
            kind: key.kind.clone(),
            hash: key.hash.to_string(),
            public: Base64::encode_string(&key.area),
            certificate: key.certificate.as_ref().map(CertificateJson::new),
        }
    }
}

impl CertificateJson {
    fn new(shown: &Shown) -> Self {
        let facts = shown.facts.as_ref();
        Self {
            subject: facts.map(|facts| facts.subject.clone()),
            tpm: facts.map(|facts| facts.tpm.clone()),
            issuer: facts.map(|facts| facts.issuer.clone()),
            serial: facts.map(|facts| facts.serial.clone()),
            not_before: facts.map(|facts| facts.not_before.0),
            not_after: facts.map(|facts| facts.not_after.0),
            der: Base64::encode_string(&shown.der),
        }
    }
}

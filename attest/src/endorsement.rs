//! The endorsement key of a TPM, and how it is known to be one.
//!
//! Specs: TCG EK Credential Profile for TPM Family 2.0; RFC 5280. Whether a certificate was revoked
//! is not checked: few vendors say so anywhere.

use core::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use serde::{Deserialize, Serialize};
use sshtpm_ssh::endorsement::{EndorsementHash, EndorsementPublic};
use sshtpm_tpm2::StorageKey;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::ExtendedKeyUsage;

use crate::base64::Base64Bytes;
use crate::error::NotProved;

/// Longest certificate, in bytes: those of vendors have some 1,500.
const MAX_CERTIFICATE_BYTES: usize = 8 * 1024;

/// Most certificates between that of the key and a root: Intel's have three.
const MAX_CHAIN: usize = 8;

/// Most roots: all vendors together have some hundred.
const MAX_ROOTS: usize = 1024;

/// tcg-kp-EKCertificate, as an object identifier and as the bytes of one.
const EK_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.1");
const EK_CERTIFICATE_BYTES: &[u8] = &[0x67, 0x81, 0x05, 0x08, 0x01];

/// An endorsement key, with what vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Endorsement {
    /// Its `TPMT_PUBLIC`.
    pub public: Base64Bytes,
    /// Its certificate, in DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Base64Bytes>,
    /// Certificates between that one and a root, in DER.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Base64Bytes>,
}

impl Endorsement {
    /// The hash by which it is enrolled.
    ///
    /// # Errors
    ///
    /// It is not an endorsement key.
    pub fn hash(&self) -> Result<EndorsementHash, NotProved> {
        Ok(EndorsementHash::of(&self.key()?))
    }

    /// Its hash, if it is one of `hashes`.
    ///
    /// # Errors
    ///
    /// It is not, or this is not an endorsement key.
    pub fn known_by_hash(&self, hashes: &[EndorsementHash]) -> Result<EndorsementHash, NotProved> {
        let hash = self.hash()?;
        match hashes.contains(&hash) {
            true => Ok(hash),
            false => Err(NotProved::UnknownEndorsementKey(hash)),
        }
    }

    /// Its hash, if one of `roots`, certificates in DER, vouches for it at `now`, in seconds since
    /// 1970.
    ///
    /// # Errors
    ///
    /// None does; or there is no certificate, or one of another key or for something else.
    pub fn known_by_chain(
        &self,
        roots: &[Vec<u8>],
        now: u64,
    ) -> Result<EndorsementHash, NotProved> {
        let certificate = self.certificate.as_ref().ok_or(NotProved::NoCertificate)?;
        let certificate = &certificate.0;
        is_of(certificate, &self.key()?)?;
        if self.chain.len() > MAX_CHAIN || roots.len() > MAX_ROOTS {
            return Err(NotProved::LongChain);
        }
        let roots = roots.iter().map(|root| CertificateDer::from(&root[..]));
        let roots: Vec<_> = roots.collect();
        let anchors = roots.iter().map(anchor_from_trusted_cert);
        let anchors: Result<Vec<_>, _> = anchors.collect();
        self.verify_path(
            certificate,
            &anchors.map_err(|_| NotProved::MalformedRoot)?,
            now,
        )?;
        self.hash()
    }

    fn verify_path(
        &self,
        certificate: &[u8],
        anchors: &[TrustAnchor<'_>],
        now: u64,
    ) -> Result<(), NotProved> {
        let chain = self.chain.iter().map(|one| match one.0.len() {
            0..=MAX_CERTIFICATE_BYTES => Ok(CertificateDer::from(&one.0[..])),
            _ => Err(NotProved::MalformedCertificate),
        });
        let chain: Vec<_> = chain.collect::<Result<_, _>>()?;
        let certificate = CertificateDer::from(certificate);
        let leaf = EndEntityCert::try_from(&certificate);
        let leaf = leaf.map_err(|_| NotProved::MalformedCertificate)?;
        // An intermediate without extended key usages may stand above a certificate with this one.
        let usage = KeyUsage::required_if_present(EK_CERTIFICATE_BYTES);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let path = leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            anchors,
            &chain,
            time,
            usage,
            None,
            None,
        );
        path.map(drop)
            .map_err(|error| NotProved::Chain(words(&error)))
    }

    fn key(&self) -> Result<EndorsementPublic, NotProved> {
        let malformed = NotProved::Malformed("public area of the endorsement key");
        // A key that could leave its TPM proves nothing of it.
        StorageKey::read(&self.public.0)?;
        EndorsementPublic::read(&self.public.0).ok_or(malformed)
    }
}

/// Whether the certificate is of `key`, and for an endorsement key.
fn is_of(certificate: &[u8], key: &EndorsementPublic) -> Result<(), NotProved> {
    if certificate.len() > MAX_CERTIFICATE_BYTES {
        return Err(NotProved::MalformedCertificate);
    }
    let parsed = Certificate::from_der(certificate);
    let parsed = parsed.map_err(|_| NotProved::MalformedCertificate)?;
    let certified = &parsed.tbs_certificate;
    let bits = &certified.subject_public_key_info.subject_public_key;
    if bits.as_bytes() != Some(&key.key_bits()) {
        return Err(NotProved::OtherCertificate);
    }
    match certified.get::<ExtendedKeyUsage>() {
        Ok(Some((_, usages))) if usages.0.contains(&EK_CERTIFICATE) => Ok(()),
        Ok(_) => Err(NotProved::NotForEndorsement),
        Err(_) => Err(NotProved::MalformedCertificate),
    }
}

fn words(error: &webpki::Error) -> String {
    match error {
        webpki::Error::CertExpired { .. } => "a certificate has expired".to_owned(),
        webpki::Error::CertNotValidYet { .. } => {
            "a certificate is not valid yet, by this machine's clock".to_owned()
        }
        webpki::Error::UnknownIssuer => {
            "no certificate among the chain and the roots issued one of them".to_owned()
        }
        other => other.to_string(),
    }
}

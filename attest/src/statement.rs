//! A statement, and all that it has to fulfil by itself.

use sshtpm_ssh::claims::{Claims, qualifying_data};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_tpm2::Public;

use crate::certified::Certified;
use crate::error::NotProved;
use crate::file::AttestationFile;
use crate::nonce::FreshNonce;
use crate::signature::Signature;
use crate::verified::{NotBound, Verified};
use crate::{attestation_key, certified_key};

/// A statement that was read. Nothing of it is verified yet.
#[derive(Debug)]
pub struct Statement {
    claims: Vec<u8>,
    /// The bytes as they came: those are what is signed.
    statement: Vec<u8>,
    certified: Certified,
    signature: Signature,
    key: Public,
    attestation_key: Public,
}

impl Statement {
    /// Reads the parts in `file`.
    ///
    /// # Errors
    ///
    /// A part is damaged, or is not what it should be.
    pub fn read(file: &AttestationFile) -> Result<Self, NotProved> {
        let area = |area: &[u8], what| Public::read(area).map_err(|_| NotProved::Malformed(what));
        Ok(Self {
            claims: file.claims.0.clone(),
            statement: file.statement.0.clone(),
            certified: Certified::read(&file.statement.0)?,
            signature: Signature::read(&file.signature.0)?,
            key: area(&file.key_public.0, "public area of the key")?,
            attestation_key: area(
                &file.attestation_key.0,
                "public area of the attestation key",
            )?,
        })
    }

    /// Verifies it for `nonce`, and for the key of that fingerprint if one is given. What is then
    /// still open is in which TPM the attestation key is, or whether it is in one at all.
    ///
    /// # Errors
    ///
    /// The check that failed.
    pub fn verify(
        self,
        nonce: &FreshNonce,
        key: Option<&Fingerprint>,
    ) -> Result<Verified<NotBound>, NotProved> {
        attestation_key::check(&self.attestation_key)?;
        self.signature
            .verify(&self.attestation_key, &self.statement)?;
        let claims = self.claims(nonce)?;
        let name = self.key.name();
        if name.as_deref() != Some(&self.certified.name) {
            return Err(NotProved::OtherKeyCertified);
        }
        let key = certified_key::ssh_key(&self.key, &claims, key)?;
        certified_key::check(&self.key, &claims)?;
        let name = self.attestation_key.name();
        let name = name.ok_or(NotProved::AttestationKeyAlgorithm)?;
        Ok(Verified::not_bound(key, claims, name))
    }

    /// The claims that the TPM signed, for `nonce`.
    fn claims(&self, nonce: &FreshNonce) -> Result<Claims, NotProved> {
        if self.certified.qualifying_data != qualifying_data(&self.claims) {
            return Err(NotProved::OtherClaims);
        }
        let claims = Claims::parse(&self.claims)?;
        match claims.nonce == *nonce.nonce() {
            true => Ok(claims),
            false => Err(NotProved::OtherNonce),
        }
    }
}

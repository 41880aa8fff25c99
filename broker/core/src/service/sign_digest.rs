//! Signing a digest, whose meaning the broker cannot see, with a raw key.

use super::Service;
use crate::client::ClientName;
use crate::error::Error;
use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::ports::Ports;
use crate::requests::{Asked, RequestError, What};
use crate::session::Sessions;
use crate::signature::{Digested, Form, NotADigest};
use crate::signed_data::SignedData;
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::fingerprint::Fingerprint;

impl<P: Ports> Service<P> {
    /// Signs `digest` with a raw key of the caller, for the program `client`. Returns the
    /// signature, which was verified: r and s of ECDSA, or the one number of RSA, each in full
    /// length.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign`].
    pub async fn sign_digest(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        (scheme, digest): (DigestScheme, &[u8]),
        client: Option<ClientName>,
    ) -> Result<Vec<u8>, Error> {
        let asked = Asked {
            what: What::Digest(scheme, digest),
            // The caller is no agent, and SSH has no part in this.
            sessions: Sessions::default(),
            client,
        };
        self.sign(caller, fingerprint, asked).await
    }

    /// How the key of `record` signs `digest`.
    ///
    /// # Errors
    ///
    /// It is not raw, or does not sign so.
    pub(super) fn digest_form<'a>(
        &self,
        record: &KeyRecord,
        scheme: DigestScheme,
        digest: &[u8],
    ) -> Result<Form<'a>, Error> {
        SignedData::Raw.is_what_a_key_is_for(&record.restrictions)?;
        let digested = Digested::new(scheme, digest, record.algorithm);
        let digested = digested.map_err(RequestError::from)?;
        if digested.has_salt() && self.salts.are_longest(&record.key.parent) {
            return Err(RequestError::from(NotADigest::LongestSalt).into());
        }
        Ok(Form::Digest(digested))
    }
}

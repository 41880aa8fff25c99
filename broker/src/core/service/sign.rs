//! Signing.

use std::sync::Arc;

use super::{Ports, Service};
use crate::core::error::{Error, RequestError, TpmError};
use crate::core::fingerprint::Fingerprint;
use crate::core::identity::{Caller, Owner};
use crate::core::key::KeyRecord;
use crate::core::policy::{Action, Details, Request, authorize};
use crate::core::ports::{KeyStore as _, Tpm as _};
use crate::core::signature::{self, Digest, Scheme};

/// Largest data to be signed, in bytes: one message of OpenSSH's agent protocol.
pub(crate) const MAX_DATA_BYTES: usize = 256 * 1024;

/// A signature that is wanted, of data that is known by its digest from here on.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    pub(crate) caller: Caller,
    pub(crate) record: Arc<KeyRecord>,
    pub(crate) scheme: Scheme,
    pub(crate) digest: Digest,
}

impl Request for Sign {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::UseOwnKey
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.record.owner.name().as_str().to_owned()),
                ("key", self.record.fingerprint().to_string()),
                ("comment", self.record.comment.as_str().to_owned()),
            ],
            message: "Authentication is required to use the SSH key $(comment) ($(key))",
        }
    }
}

impl<P: Ports> Service<P> {
    /// Signs `data` with a key of the caller's own; nobody signs with the key of another, root not
    /// excepted. Returns the SSH signature blob, which was verified.
    ///
    /// # Errors
    ///
    /// The caller has no such key or may not use it, the flags do not fit it, there is nothing or
    /// too much to sign, or the TPM fails.
    pub(crate) async fn sign(
        &self,
        caller: Caller,
        fingerprint: Fingerprint,
        data: &[u8],
        flags: u32,
    ) -> Result<Vec<u8>, Error> {
        let _request = self.admit(&caller)?;
        check_length(data)?;
        let owner = caller.owner.clone();
        let record = self.own_key(&owner, fingerprint)?;
        let scheme = Scheme::choose(record.algorithm, flags).ok_or(RequestError::Flags(flags))?;
        let digest = scheme.digest(data);
        let request = Sign {
            caller,
            record: Arc::clone(&record),
            scheme,
            digest,
        };
        let permit = authorize(self.ports.authority(), request).await?;
        // A person may have taken long to answer, and the key may be gone.
        self.own_key(&owner, fingerprint)?;
        let raw = self.ports.tpm().sign(permit).await?;
        signature::release(&raw, scheme, &record.key.public, data)
            .map_err(|_| TpmError::BadSignature.into())
    }
}

impl<P: Ports> Service<P> {
    fn own_key(
        &self,
        owner: &Owner,
        fingerprint: Fingerprint,
    ) -> Result<Arc<KeyRecord>, RequestError> {
        let found = self.ports.store().find(owner, fingerprint);
        found.ok_or(RequestError::NoSuchKey)
    }
}

fn check_length(data: &[u8]) -> Result<(), RequestError> {
    match data.len() {
        0 => Err(RequestError::NothingToSign),
        got if got > MAX_DATA_BYTES => Err(RequestError::TooMuchToSign {
            got,
            at_most: MAX_DATA_BYTES,
        }),
        _ => Ok(()),
    }
}

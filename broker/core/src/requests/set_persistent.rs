//! A request that the TPM itself keep a key, or no longer keep it.

use super::error::RequestError;
use super::key_details::key_details;
use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::fingerprint::Fingerprint;

/// A request that the TPM keep a key, or no longer keep it.
#[derive(Clone, Debug)]
pub struct SetPersistent {
    /// Whose key.
    pub target: Target,
    /// The key.
    pub fingerprint: Fingerprint,
    /// Whether the TPM is to keep it.
    pub wanted: bool,
}

impl Request for SetPersistent {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        Action::ManageTpm
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.fingerprint)
    }

    fn details(&self) -> Details {
        let begin = match self.wanted {
            true => "Authentication is required to have the TPM itself keep the SSH key ",
            false => "Authentication is required to have the TPM no longer keep the SSH key ",
        };
        key_details(&self.target, self.fingerprint, begin)
    }
}

/// Whether the TPM can keep a key.
///
/// # Errors
///
/// It has a PIN, is sealed, of the null hierarchy or bound to PCRs.
pub fn can_be_kept(record: &KeyRecord) -> Result<(), RequestError> {
    let key = &record.key;
    let derivation = key.derivation();
    let is_of_null = derivation.is_some_and(|from| from.hierarchy() == Hierarchy::Null);
    match key.protection {
        _ if key.is_sealed() => Err(RequestError::SealedNotPersistent),
        _ if is_of_null => Err(RequestError::NullNotPersistent),
        _ if key.pcrs.is_some() => Err(RequestError::BoundNotPersistent),
        Protection::Pin => Err(RequestError::PinNotPersistent),
        Protection::Nothing => Ok(()),
    }
}

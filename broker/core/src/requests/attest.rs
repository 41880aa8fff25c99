//! A request to attest a key.

use std::sync::Arc;

use super::RequestError;
use super::key_details::{bound_to, origin_and_holding, while_unlocked};
use crate::attestation::claims;
use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::policy::{Action, Details, Request};
use crate::restrictions::Confirmation;
use sshtpm_ssh::claims::{Nonce, qualifying_data};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to have the TPM state that it holds a key. What is stated beside that is what the
/// record of the key says; the caller gives the nonce alone.
#[derive(Clone, Debug)]
pub struct Attest {
    /// The caller.
    pub caller: Caller,
    /// The key.
    pub record: Arc<KeyRecord>,
    claims: Vec<u8>,
}

impl Attest {
    /// A request to attest the key of `record` to the verifier that chose `nonce`.
    ///
    /// # Errors
    ///
    /// The TPM seals the key, or the claims would be too long.
    pub(crate) fn new(
        caller: Caller,
        record: Arc<KeyRecord>,
        nonce: Nonce,
    ) -> Result<Self, RequestError> {
        if record.key.is_sealed() {
            return Err(RequestError::SealedNotAttested);
        }
        Ok(Self {
            caller,
            claims: claims(&record, nonce)?,
            record,
        })
    }

    /// The claims, as they are hashed and sent.
    pub(crate) fn claims(&self) -> &[u8] {
        &self.claims
    }

    /// What the TPM has to sign with its statement.
    pub fn qualifying_data(&self) -> [u8; 32] {
        qualifying_data(&self.claims)
    }

    fn message(&self, begin: &'static str) -> Words {
        let comment = match self.record.comment.as_str() {
            "" => Words::default(),
            comment => Words::from(". The comment of the key is ").and(Quoted::new(comment)),
        };
        Words::from(begin)
            .and(self.record.fingerprint())
            .and(" is in the TPM of this machine")
            .and(comment)
    }
}

impl Request for Attest {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::AttestOwnKey
    }

    fn details(&self) -> Details {
        let record = &self.record;
        let mut entries = vec![
            ("owner", record.owner.name().as_str().to_owned()),
            ("key", record.fingerprint().to_string()),
            ("comment", record.comment.as_str().to_owned()),
            while_unlocked(&record.restrictions),
        ];
        entries.extend(origin_and_holding(record.origin, record.key.holding));
        entries.push(bound_to(record.key.pcr_selection()));
        Details {
            entries,
            message: self.message("Authentication is required to attest that the SSH key "),
        }
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.record.fingerprint())
    }

    fn further(&self) -> Option<(Action, Details)> {
        match self.record.restrictions.confirmation {
            Confirmation::NotNeeded => None,
            Confirmation::EachUse => Some((Action::ConfirmUse, self.to_confirm())),
        }
    }
}

impl Attest {
    /// The program is not told: it says no name of its own here.
    fn to_confirm(&self) -> Details {
        let mut details = self.details();
        details.entries.extend([
            ("use", USE.to_owned()),
            ("client", String::new()),
            ("forwarded", false.to_string()),
        ]);
        let begin = "Authentication is required to let a program show others that the SSH key ";
        details.message = self.message(begin);
        details
    }
}

/// What polkit's rules are told of the use.
const USE: &str = "attest the key";

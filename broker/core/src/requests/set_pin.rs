//! A request to change or remove a PIN.

use std::sync::Arc;

use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::pins::{Pin, Reserve};
use crate::policy::{Action, Details, Request};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// The present PIN, and the new one if there is to be one.
#[derive(Debug)]
pub struct PinChange {
    /// The present PIN.
    pub present: Arc<Pin>,
    /// The new PIN; `None` removes it.
    pub new: Option<Arc<Pin>>,
}

/// A request to change or remove the PIN of a key.
#[derive(Clone, Debug)]
pub struct SetPin {
    /// The caller.
    pub caller: Caller,
    /// The key as it is. A key with another blob is not changed.
    pub record: Arc<KeyRecord>,
    /// What it takes to use the key afterwards.
    pub after: Protection,
    /// The tries that have to be left at the TPM.
    pub reserve: Reserve,
}

impl Request for SetPin {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        match self.after {
            Protection::Pin => Action::RestrictOwnKey,
            Protection::Nothing => Action::ChangeOwnKey,
        }
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.record.fingerprint())
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.record.owner.name().as_str().to_owned()),
                ("key", self.record.fingerprint().to_string()),
                ("comment", self.record.comment.as_str().to_owned()),
            ],
            message: Words::from(match self.after {
                Protection::Pin => "Authentication is required to change the PIN of the SSH key ",
                Protection::Nothing => {
                    "Authentication is required to remove the PIN of the SSH key "
                }
            })
            .and(self.record.fingerprint())
            .and(", whose comment is ")
            .and(Quoted::new(self.record.comment.as_str())),
        }
    }
}

//! A request to change or remove a PIN.

use std::sync::Arc;

use crate::identity::Caller;
use crate::key::{KeyRecord, Protection};
use crate::pins::{Pin, Reserve};
use crate::policy::{Action, Details, Request};

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

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.record.owner.name().as_str().to_owned()),
                ("key", self.record.fingerprint().to_string()),
                ("comment", self.record.comment.as_str().to_owned()),
            ],
            message: match self.after {
                Protection::Pin => {
                    "Authentication is required to change the PIN of the SSH key $(comment) \
                     ($(key))"
                }
                Protection::Nothing => {
                    "Authentication is required to remove the PIN of the SSH key $(comment) \
                     ($(key))"
                }
            },
        }
    }
}

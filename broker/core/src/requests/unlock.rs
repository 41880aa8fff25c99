//! A request to check a PIN and to remember it.

use std::sync::Arc;

use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::pins::Reserve;
use crate::policy::{Action, Details, Request};
use crate::signature::ToSign;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to check the PIN of a key.
#[derive(Clone, Debug)]
pub struct Unlock {
    /// The caller.
    pub caller: Caller,
    /// The key.
    pub record: Arc<KeyRecord>,
    /// What is signed, since the TPM checks a PIN when it uses the key. The signature is thrown
    /// away.
    pub to_sign: ToSign,
    /// The tries that have to be left at the TPM.
    pub reserve: Reserve,
}

impl Request for Unlock {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::UseOwnKey
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
            message: Words::from("Authentication is required to unlock the SSH key ")
                .and(self.record.fingerprint())
                .and(", whose comment is ")
                .and(Quoted::new(self.record.comment.as_str())),
        }
    }
}

//! A request to forget a certificate.

use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A request to forget a certificate of a key.
#[derive(Clone, Debug)]
pub struct RemoveCertificate {
    /// Whose key.
    pub target: Target,
    /// The key, which the certificate names.
    pub fingerprint: Fingerprint,
    /// The certificate itself.
    pub blob: Box<[u8]>,
}

impl Request for RemoveCertificate {
    fn caller(&self) -> &Caller {
        &self.target.caller
    }

    fn action(&self) -> Action {
        self.target.action(Action::CertifyOwnKey)
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.fingerprint)
    }

    fn details(&self) -> Details {
        Details {
            entries: vec![
                ("owner", self.target.owner.name().as_str().to_owned()),
                ("key", self.fingerprint.to_string()),
            ],
            message: Words::from(
                "Authentication is required to remove a certificate of the SSH key ",
            )
            .and(self.fingerprint)
            .and(" of the user ")
            .and(Quoted::new(self.target.owner.name().as_str())),
        }
    }
}

//! A request to forget a certificate.

use super::key_details::key_details;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;

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
        let begin = "Authentication is required to remove a certificate of the SSH key ";
        key_details(&self.target, self.fingerprint, begin)
    }
}

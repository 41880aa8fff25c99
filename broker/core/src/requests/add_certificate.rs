//! A request to keep a certificate with its key.

use super::key_details::key_details;
use crate::certificates::UserCertificate;
use crate::identity::Caller;
use crate::policy::{Action, Details, Request, Target};
use sshtpm_ssh::fingerprint::Fingerprint;

/// A request to keep a certificate with its key.
#[derive(Clone, Debug)]
pub struct AddCertificate {
    /// Whose key.
    pub target: Target,
    /// The key, which the certificate names.
    pub fingerprint: Fingerprint,
    /// The certificate.
    pub certificate: UserCertificate,
    /// What the time is, in seconds since 1970-01-01 UTC: what has expired by then makes room.
    pub now: u64,
}

impl Request for AddCertificate {
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
        let begin = "Authentication is required to add a certificate to the SSH key ";
        key_details(&self.target, self.fingerprint, begin)
    }
}

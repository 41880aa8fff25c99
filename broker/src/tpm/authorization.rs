//! What authorizes a use of a loaded key: nothing, a PIN, PCRs, or both.
//!
//! Specs: TPM 2.0 Part 1, "Authorizations and Acknowledgments".

use tss_esapi::Context;
use tss_esapi::interface_types::session_handles::AuthSession;

use super::connection::Loaded;
use super::failure::Failure;
use super::policy_session;
use super::salted::{self, Encrypted};
use sshtpm_core::key::TpmKey;
use sshtpm_core::pins::Pin;
use sshtpm_ssh::pcr::PcrPolicy;

/// What authorizes a use of a key.
#[derive(Clone, Copy)]
pub(super) struct Authorization<'a> {
    pub(super) pin: Option<&'a Pin>,
    /// What its PCRs have to have in them.
    pub(super) pcrs: Option<&'a PcrPolicy>,
}

impl<'a> Authorization<'a> {
    /// Of a use of `key`, with its PIN if it has one.
    pub(super) fn of(key: &'a TpmKey, pin: Option<&'a Pin>) -> Self {
        let pcrs = key.pcrs.as_deref();
        Self { pin, pcrs }
    }

    /// Runs `command`, which uses the key. What it sends is encrypted if a PIN authorizes it.
    pub(super) fn run<T>(
        self,
        loaded: Loaded<'_>,
        command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
        sort: impl FnOnce(tss_esapi::Error) -> Failure,
    ) -> Result<T, Failure> {
        let encrypted = self.pin.map(|_| Encrypted::Command);
        self.run_encrypted(loaded, encrypted, command, sort)
    }

    /// Runs `command`, which uses the key and has an answer that is to be encrypted.
    pub(super) fn run_for_a_secret<T>(
        self,
        loaded: Loaded<'_>,
        command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
        sort: impl FnOnce(tss_esapi::Error) -> Failure,
    ) -> Result<T, Failure> {
        self.run_encrypted(loaded, Some(Encrypted::Answer), command, sort)
    }

    fn run_encrypted<T>(
        self,
        loaded: Loaded<'_>,
        encrypted: Option<Encrypted>,
        command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
        sort: impl FnOnce(tss_esapi::Error) -> Failure,
    ) -> Result<T, Failure> {
        let Loaded { connection, key } = loaded;
        match (self.pcrs, self.pin, encrypted) {
            (Some(pcrs), None, encrypted) => {
                policy_session::run(connection, pcrs, encrypted, command, sort)
            }
            (Some(pcrs), Some(pin), encrypted) => {
                salted::with_pin(connection, key, pin, |connection| {
                    policy_session::run(connection, pcrs, encrypted, command, sort)
                })
            }
            (None, Some(pin), Some(encrypted)) => {
                salted::in_session_with_pin(connection, key, pin, encrypted, command, sort)
            }
            (None, None, Some(encrypted)) => {
                salted::in_session(connection, encrypted, command, sort)
            }
            // An empty password: it costs no command.
            (None, _, None) => {
                let context = connection.context();
                let done = context.execute_with_session(Some(AuthSession::Password), command);
                done.map_err(sort)
            }
        }
    }
}

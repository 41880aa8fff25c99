//! A session in which the TPM finds that PCRs have the values that a key is bound to.
//!
//! TPM2_PolicyPCR gets the digest of those values, so the TPM refuses there and not at the command
//! itself: a PIN is not even tried while the PCRs do not fit.
//!
//! Specs: TPM 2.0 Part 3, §11.1 (TPM2_StartAuthSession), §23.7 (TPM2_PolicyPCR), §23.17
//! (TPM2_PolicyAuthValue).

use tss_esapi::Context;
use tss_esapi::constants::SessionType;
use tss_esapi::interface_types::algorithm::HashingAlgorithm;
use tss_esapi::interface_types::session_handles::{AuthSession, PolicySession};
use tss_esapi::structures::{Digest, SymmetricDefinition};

use super::connection::Connection;
use super::failure::{Cause, Failure, is_wrong_value, sort};
use super::pcrs;
use super::salted::{self, Encrypted};
use sshtpm_ssh::pcr::{AuthValue, PcrPolicy};

/// Runs `command` in a session of its own, which always ends. It has a salt if something is to be
/// encrypted, or a PIN authorizes.
pub(super) fn run<T>(
    connection: &mut Connection,
    policy: &PcrPolicy,
    encrypted: Option<Encrypted>,
    command: impl FnOnce(&mut Context) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    let session = match encrypted {
        Some(_) => salted::start(connection, SessionType::Policy)?,
        None => start_without_salt(connection)?,
    };
    if let Err(failure) = satisfy(connection, session, policy) {
        salted::flush(connection, session);
        return Err(match failure {
            Failure::OtherPcrs(cause, _) => Failure::OtherPcrs(cause, changed(connection, policy)),
            failure => failure,
        });
    }
    salted::in_this_session(connection, session, encrypted, command, sort_command)
}

/// A session by which nothing secret goes, so that it needs no salt.
fn start_without_salt(connection: &mut Connection) -> Result<AuthSession, Failure> {
    let started = connection.context().start_auth_session(
        None,
        None,
        None,
        SessionType::Policy,
        SymmetricDefinition::AES_128_CFB,
        HashingAlgorithm::Sha256,
    );
    let session = started.map_err(sort("TPM2_StartAuthSession"))?;
    session.ok_or_else(|| {
        let answer = "no session".to_owned();
        Failure::Other(Cause {
            command: "TPM2_StartAuthSession",
            answer,
        })
    })
}

fn satisfy(
    connection: &mut Connection,
    session: AuthSession,
    policy: &PcrPolicy,
) -> Result<(), Failure> {
    let session = PolicySession::try_from(session).map_err(sort("session"))?;
    let digest = policy.values().digest();
    let digest = Digest::try_from(&digest[..]).map_err(sort("TPM2B_DIGEST"))?;
    let list = pcrs::list(policy.values().selection())?;
    let context = connection.context();
    let satisfied = context.policy_pcr(session, digest, list);
    satisfied.map_err(|error| match sort("TPM2_PolicyPCR")(error) {
        Failure::Other(cause) if is_wrong_value(error) => Failure::OtherPcrs(cause, Vec::new()),
        failure => failure,
    })?;
    match policy.auth_value() {
        AuthValue::NotNeeded => Ok(()),
        AuthValue::Needed => {
            let satisfied = context.policy_auth_value(session);
            satisfied.map_err(sort("TPM2_PolicyAuthValue"))
        }
    }
}

/// Which PCRs have other values now, for the words to a person; none if they cannot be read.
fn changed(connection: &mut Connection, policy: &PcrPolicy) -> Vec<u8> {
    let now = pcrs::read(connection.context(), policy.values().selection());
    now.map_or_else(|_| Vec::new(), |now| policy.values().changed(&now))
}

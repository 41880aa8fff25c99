//! What authorizes a use of an endorsement key: for one of the low range a session in which the
//! endorsement hierarchy authorizes with its empty password (PolicyA), for others the key's own
//! empty password.
//!
//! Specs: TCG EK Credential Profile, annex B.6 (policies); TPM 2.0 Part 3, §23.4
//! (TPM2_PolicySecret).

use tss_esapi::Context;
use tss_esapi::attributes::SessionAttributesBuilder;
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{AuthHandle, SessionHandle};
use tss_esapi::interface_types::session_handles::{AuthSession, PolicySession};
use tss_esapi::structures::{Digest, Nonce, Public, SymmetricDefinition};

use crate::tpm::connection::Connection;
use crate::tpm::failure::{Cause, Failure, sort, sort_with_endorsement};
use crate::tpm::salted;

/// Runs `command`, which uses the endorsement key `public` and gets what authorizes that. A session
/// that was made for it always ends.
pub(super) fn run<T>(
    connection: &mut Connection,
    public: &Public,
    command: impl FnOnce(&mut Context, AuthSession) -> tss_esapi::Result<T>,
    sort_command: impl FnOnce(tss_esapi::Error) -> Failure,
) -> Result<T, Failure> {
    if public.object_attributes().user_with_auth() {
        let done = command(connection.context(), AuthSession::Password);
        return done.map_err(sort_command);
    }
    let session = start(connection, public)?;
    if let Err(failure) = satisfy(connection, session) {
        salted::flush(connection, session);
        return Err(failure);
    }
    let result = command(connection.context(), session);
    match &result {
        Ok(_) => connection.forget(SessionHandle::from(session)),
        Err(_) => salted::flush(connection, session),
    }
    result.map_err(sort_command)
}

/// Nothing secret goes by it, so that it needs no salt. When the command has succeeded, it is over.
fn start(connection: &mut Connection, public: &Public) -> Result<AuthSession, Failure> {
    let context = connection.context();
    let started = context.start_auth_session(
        None,
        None,
        None,
        SessionType::Policy,
        SymmetricDefinition::AES_128_CFB,
        public.name_hashing_algorithm(),
    );
    let session = started
        .map_err(sort("TPM2_StartAuthSession"))?
        .ok_or_else(|| {
            let answer = "no session".to_owned();
            Failure::Other(Cause {
                command: "TPM2_StartAuthSession",
                answer,
            })
        })?;
    let attributes = SessionAttributesBuilder::new().with_continue_session(false);
    let (attributes, mask) = attributes.build();
    match context.tr_sess_set_attributes(session, attributes, mask) {
        Ok(()) => Ok(session),
        Err(error) => {
            salted::flush(connection, session);
            Err(sort("session")(error))
        }
    }
}

fn satisfy(connection: &mut Connection, session: AuthSession) -> Result<(), Failure> {
    let session = PolicySession::try_from(session).map_err(sort("session"))?;
    let context = connection.context();
    let satisfied = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.policy_secret(
            session,
            AuthHandle::Endorsement,
            Nonce::default(),
            Digest::default(),
            Nonce::default(),
            None,
        )
    });
    satisfied
        .map(drop)
        .map_err(sort_with_endorsement("TPM2_PolicySecret(endorsement)"))
}

//! Selects the answer by the number of the message.
//!
//! Specs: RFC 9987, "Message Numbers".

use tracing::debug;

use super::client::Client;
use super::refusal::{LOCKED, refuse};
use super::reply::Reply;
use super::{
    extension, lock, passed, remove_all, remove_identity, request_identities, sign_request, unlock,
};
use crate::keys::Keys;

/// Message number of `SSH_AGENTC_REQUEST_IDENTITIES`.
const REQUEST_IDENTITIES: u8 = 11;

/// Message number of `SSH_AGENTC_SIGN_REQUEST`.
const SIGN_REQUEST: u8 = 13;

/// Message number of `SSH_AGENTC_ADD_IDENTITY`.
const ADD_IDENTITY: u8 = 17;

/// Message number of `SSH_AGENTC_REMOVE_IDENTITY`.
const REMOVE_IDENTITY: u8 = 18;

/// Message number of `SSH_AGENTC_ADD_SMARTCARD_KEY`.
const ADD_SMARTCARD_KEY: u8 = 20;

/// Message number of `SSH_AGENTC_REMOVE_SMARTCARD_KEY`.
const REMOVE_SMARTCARD_KEY: u8 = 21;

/// Message number of `SSH_AGENTC_LOCK`.
const LOCK: u8 = 22;

/// Message number of `SSH_AGENTC_UNLOCK`.
const UNLOCK: u8 = 23;

/// Message number of `SSH_AGENTC_ADD_ID_CONSTRAINED`.
const ADD_ID_CONSTRAINED: u8 = 25;

/// Message number of `SSH_AGENTC_ADD_SMARTCARD_KEY_CONSTRAINED`.
const ADD_SMARTCARD_KEY_CONSTRAINED: u8 = 26;

/// Message number of `SSH_AGENTC_EXTENSION`.
const EXTENSION: u8 = 27;

/// Messages that add or remove keys.
const CHANGES: [u8; 7] = [
    ADD_IDENTITY,
    REMOVE_IDENTITY,
    remove_all::REMOVE_ALL_IDENTITIES,
    ADD_SMARTCARD_KEY,
    REMOVE_SMARTCARD_KEY,
    ADD_ID_CONSTRAINED,
    ADD_SMARTCARD_KEY_CONSTRAINED,
];

/// Answers one message of `client`. The message and the answer are without their lengths.
///
/// This agent makes, imports and deletes no key of the TPM; people do that with `sshtpm`. What
/// concerns ordinary keys, and what it does not know, goes to agents behind and is not decoded. A
/// locked agent still binds connections to their sessions. Otherwise forwarded connections would
/// pass for local ones once it is unlocked.
pub(crate) async fn answer<K: Keys>(message: &[u8], client: &mut Client, keys: &K) -> Vec<u8> {
    let number = message.first().copied();
    let reply = match number {
        Some(LOCK) => lock::answer(message, keys, client).await,
        Some(UNLOCK) => unlock::answer(message, keys, client).await,
        Some(EXTENSION) => extension::answer(message, keys, client).await,
        Some(number) if keys.lock().is_locked() => while_locked(number, client),
        Some(number) => while_open(number, message, client, keys).await,
        None => Reply::Failure,
    };
    reply.into_message()
}

fn while_locked(number: u8, client: &Client) -> Reply {
    if number == REQUEST_IDENTITIES {
        return Reply::Identities(Vec::new());
    }
    if CHANGES.contains(&number) {
        return refuse(client, LOCKED);
    }
    debug!("refused a message of type {number}: the agent is locked");
    Reply::Failure
}

async fn while_open<K: Keys>(number: u8, message: &[u8], client: &mut Client, keys: &K) -> Reply {
    match number {
        REQUEST_IDENTITIES => request_identities::answer(message, keys, client).await,
        SIGN_REQUEST => sign_request::answer(message, keys, client).await,
        ADD_IDENTITY
        | ADD_ID_CONSTRAINED
        | ADD_SMARTCARD_KEY
        | ADD_SMARTCARD_KEY_CONSTRAINED
        | REMOVE_SMARTCARD_KEY => passed::to_ordinary(message, keys, client).await,
        REMOVE_IDENTITY => remove_identity::answer(message, keys, client).await,
        remove_all::REMOVE_ALL_IDENTITIES => remove_all::answer(message, keys, client).await,
        _ => passed::to_first(message, keys, client).await,
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::protocol::client::Client;
    use crate::protocol::fake_keys::{FakeKeys, block_on};

    fn answer_without_keys(message: &[u8]) -> Vec<u8> {
        let keys = FakeKeys::untouchable();
        block_on(answer(message, &mut Client::default(), &keys))
    }

    #[test]
    fn any_other_message_gets_failure_and_is_not_decoded() {
        for number in (0..=u8::MAX).filter(|number| ![11, 13, 19, 27].contains(number)) {
            assert_eq!(answer_without_keys(&[number]), [5], "{number}");
            assert_eq!(answer_without_keys(&[number, 1, 2, 3]), [5], "{number}");
        }
    }

    #[test]
    fn an_empty_message_gets_failure() {
        assert_eq!(answer_without_keys(&[]), [5]);
    }

    #[test]
    fn an_unknown_extension_gets_failure() {
        assert_eq!(answer_without_keys(b"\x1b\0\0\0\x03a@b"), [5]);
    }

    #[test]
    fn an_extension_without_a_name_gets_failure() {
        assert_eq!(answer_without_keys(b"\x1b\0\0\0\x09query"), [5]);
        assert_eq!(answer_without_keys(b"\x1b"), [5]);
    }

    #[test]
    fn query_names_the_extensions() {
        let names = b"\0\0\0\x05query\0\0\0\x18session-bind@openssh.com\0\0\0\x0floop@sshtpm.org\
            \0\0\0\x11report@sshtpm.org";
        let expected = [b"\x1d\0\0\0\x05query".as_slice(), names].concat();
        assert_eq!(answer_without_keys(b"\x1b\0\0\0\x05query"), expected);
    }

    #[test]
    fn a_report_tells_why_a_key_was_refused_and_only_while_open() {
        let ask = b"\x1b\0\0\0\x11report@sshtpm.org";
        let (keys, mut client) = (FakeKeys::with_pins(Ok(())), Client::default());
        assert_eq!(block_on(answer(&[17], &mut client, &keys)), [5]);
        let told = block_on(answer(ask, &mut client, &keys));
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.contains("keys of the TPM alone"), "{told}");
        let more = [&ask[..], b"\0"].concat();
        assert_eq!(block_on(answer(&more, &mut client, &keys)), [28]);
        let lock = b"\x16\0\0\0\x04word";
        assert_eq!(block_on(answer(lock, &mut client, &keys)), [6]);
        assert_eq!(block_on(answer(ask, &mut client, &keys)), [28]);
        assert_eq!(block_on(answer(&[17], &mut client, &keys)), [5]);
        let refusals = client.links.agents().refusals();
        assert!(refusals[0].why.contains("is locked"), "{refusals:?}");
    }

    #[test]
    fn query_with_bytes_left_over_gets_extension_failure() {
        assert_eq!(answer_without_keys(b"\x1b\0\0\0\x05query\0"), [28]);
    }

    #[test]
    fn a_malformed_session_bind_gets_extension_failure() {
        let message = b"\x1b\0\0\0\x18session-bind@openssh.com\0\0\0\0";
        assert_eq!(answer_without_keys(message), [28]);
    }
}

#[cfg(test)]
#[path = "behind_tests.rs"]
mod behind_tests;

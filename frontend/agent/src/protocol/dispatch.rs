//! Selects the answer by the number of the message.
//!
//! Specs: RFC 9987, "Message Numbers".

use tracing::debug;

use super::reply::Reply;
use super::session_bind::Bindings;
use super::{extension, lock, request_identities, sign_request, unlock};
use crate::asker::{Asker, ClientName};
use crate::keys::Keys;

/// Message number of `SSH_AGENTC_REQUEST_IDENTITIES`.
const REQUEST_IDENTITIES: u8 = 11;

/// Message number of `SSH_AGENTC_SIGN_REQUEST`.
const SIGN_REQUEST: u8 = 13;

/// Message number of `SSH_AGENTC_LOCK`.
const LOCK: u8 = 22;

/// Message number of `SSH_AGENTC_UNLOCK`.
const UNLOCK: u8 = 23;

/// Message number of `SSH_AGENTC_EXTENSION`.
const EXTENSION: u8 = 27;

/// Answers one message of a connection. The message and the answer are without their lengths.
/// `bindings` belong to the connection, and `client` is at its other end.
///
/// Any other message gets a failure and is not decoded: people make, import and delete keys with
/// `sshtpm`. A locked agent still binds connections to their sessions. Otherwise forwarded
/// connections would pass for local ones once it is unlocked.
pub(crate) async fn answer<K: Keys>(
    message: &[u8],
    bindings: &mut Bindings,
    client: Option<&ClientName>,
    keys: &K,
) -> Vec<u8> {
    let asker = || Asker {
        origin: bindings.origin(),
        sessions: bindings.sessions(),
        client: client.cloned(),
    };
    let reply = match message.split_first() {
        Some((&LOCK, content)) => lock::answer(content, keys, bindings.origin()).await,
        Some((&UNLOCK, content)) => unlock::answer(content, keys, bindings.origin()).await,
        Some((&REQUEST_IDENTITIES, _)) if keys.lock().is_locked() => Reply::Identities(Vec::new()),
        Some((&SIGN_REQUEST, _)) if keys.lock().is_locked() => {
            debug!("refused a request to sign: the agent is locked");
            Reply::Failure
        }
        Some((&REQUEST_IDENTITIES, content)) => {
            request_identities::answer(content, keys, &asker()).await
        }
        Some((&SIGN_REQUEST, content)) => sign_request::answer(content, keys, &asker()).await,
        Some((&EXTENSION, content)) => extension::answer(content, bindings).await,
        Some((number, _)) => {
            debug!("refused a message of type {number}, which this agent does not support");
            Reply::Failure
        }
        None => Reply::Failure,
    };
    reply.into_message()
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::protocol::fake_keys::{FakeKeys, block_on};
    use crate::protocol::session_bind::Bindings;

    fn answer_without_keys(message: &[u8]) -> Vec<u8> {
        let keys = FakeKeys::untouchable();
        block_on(answer(message, &mut Bindings::default(), None, &keys))
    }

    #[test]
    fn any_other_message_gets_failure_and_is_not_decoded() {
        for number in (0..=u8::MAX).filter(|number| ![11, 13, 27].contains(number)) {
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
        let names = b"\0\0\0\x05query\0\0\0\x18session-bind@openssh.com";
        let expected = [b"\x1d\0\0\0\x05query".as_slice(), names].concat();
        assert_eq!(answer_without_keys(b"\x1b\0\0\0\x05query"), expected);
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

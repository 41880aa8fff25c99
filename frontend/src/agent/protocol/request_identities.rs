//! `SSH_AGENTC_REQUEST_IDENTITIES`: the keys on offer.
//!
//! Specs: RFC 9987, "Requesting a List of Keys".

use ssh_agent_lib::proto::{Identity, PublicCredential};
use ssh_agent_lib::ssh_encoding::Encode;
use ssh_key::PublicKey;
use sshtpm_dbus::{KeyInfo, KeyState};
use tracing::debug;

use super::fields::Fields;
use super::frame::MAX_MESSAGE_BYTES;
use super::reply::Reply;
use crate::agent::asker::Asker;
use crate::agent::keys::Keys;

/// Most keys in an answer: `MAX_AGENT_IDENTITIES` of OpenSSH's `authfd.c`, which gives up on more.
const MAX_IDENTITIES: usize = 2048;

/// Bytes of an answer without any key: its number and the count.
const EMPTY_ANSWER_BYTES: usize = 5;

/// Answers `content`, which is empty.
pub(super) async fn answer<K: Keys>(content: &[u8], keys: &K, asker: &Asker) -> Reply {
    if Fields::new(content).end().is_err() {
        debug!("refused a request for the list of keys: the message is malformed");
        return Reply::Failure;
    }
    let listed = keys.list(asker).await;
    // Why it failed was said where the keys are.
    listed.map_or(Reply::Failure, |keys| Reply::Identities(offer(keys)))
}

/// A lost key is not offered: each one offered costs a try at the server, and it cannot sign.
fn offer(keys: Vec<KeyInfo>) -> Vec<Identity> {
    let usable = keys.into_iter().filter(|key| key.state != KeyState::Lost);
    let mut bytes = EMPTY_ANSWER_BYTES;
    let mut offered = Vec::new();
    for identity in usable.filter_map(identity) {
        bytes = bytes.saturating_add(identity.encoded_len().unwrap_or(MAX_MESSAGE_BYTES));
        if bytes > MAX_MESSAGE_BYTES || offered.len() == MAX_IDENTITIES {
            debug!(
                "offering the first {} keys only: there are too many",
                offered.len()
            );
            break;
        }
        offered.push(identity);
    }
    offered
}

fn identity(key: KeyInfo) -> Option<Identity> {
    match PublicKey::from_openssh(&key.public_key) {
        Ok(public) => Some(Identity {
            credential: PublicCredential::from(public.key_data().clone()),
            comment: key.comment,
        }),
        Err(error) => {
            debug!(
                "not offering {}: its public key cannot be read: {error}",
                key.fingerprint
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::agent::asker::Asker;
    use crate::agent::protocol::fake_keys::{self, FakeKeys, block_on};
    use crate::agent::protocol::reply::Reply;
    use sshtpm_dbus::{Error, ErrorKind, KeyInfo, KeyState};

    fn offered(keys: Vec<KeyInfo>) -> Vec<String> {
        let keys = FakeKeys::listing(Ok(keys));
        match block_on(answer(&[], &keys, &Asker::default())) {
            Reply::Identities(keys) => keys.into_iter().map(|key| key.comment).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn key(comment: &str, state: KeyState) -> KeyInfo {
        KeyInfo {
            comment: comment.to_owned(),
            state,
            ..fake_keys::key_info()
        }
    }

    #[test]
    fn lost_keys_are_not_offered_and_unknown_ones_are() {
        let keys = vec![
            key("usable", KeyState::Usable),
            key("lost", KeyState::Lost),
            key("unknown", KeyState::Unknown),
        ];
        assert_eq!(offered(keys), ["usable", "unknown"]);
    }

    #[test]
    fn a_key_that_cannot_be_read_does_not_hide_the_others() {
        let damaged = KeyInfo {
            public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
            ..key("damaged", KeyState::Usable)
        };
        assert_eq!(
            offered(vec![damaged, key("good", KeyState::Usable)]),
            ["good"]
        );
    }

    #[test]
    fn the_answer_carries_blob_and_comment() {
        let keys = FakeKeys::listing(Ok(vec![key("laptop", KeyState::Usable)]));
        let message = block_on(answer(&[], &keys, &Asker::default())).into_message();
        let blob = fake_keys::blob();
        let expected = [
            b"\x0c\0\0\0\x01\0\0\0".as_slice(),
            &[u8::try_from(blob.len()).unwrap()],
            &blob,
            b"\0\0\0\x06laptop",
        ];
        assert_eq!(message, expected.concat());
    }

    #[test]
    fn more_keys_than_a_client_takes_are_cut_off() {
        let keys = vec![key("k", KeyState::Usable); 3000];
        let keys = FakeKeys::listing(Ok(keys));
        let message = block_on(answer(&[], &keys, &Asker::default())).into_message();
        assert_eq!(message.first(), Some(&12));
        assert!(message.len() <= 256 * 1024);
    }

    #[test]
    fn bytes_left_over_get_failure_and_nothing_is_asked() {
        let keys = FakeKeys::untouchable();
        assert_eq!(
            block_on(answer(&[0], &keys, &Asker::default())),
            Reply::Failure
        );
    }

    #[test]
    fn a_broker_that_is_away_gets_failure() {
        let away = Error::new(ErrorKind::BrokerUnavailable, "away");
        let keys = FakeKeys::listing(Err(away));
        assert_eq!(
            block_on(answer(&[], &keys, &Asker::default())),
            Reply::Failure
        );
    }
}

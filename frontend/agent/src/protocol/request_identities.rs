//! `SSH_AGENTC_REQUEST_IDENTITIES`: lists the keys on offer.
//!
//! Specs: RFC 9987, "Requesting a List of Keys".

use ssh_agent_lib::proto::{Identity, PublicCredential};
use ssh_agent_lib::ssh_encoding::Encode;
use ssh_key::PublicKey;
use sshtpm_ssh::limits::MAX_MESSAGE_BYTES;
use tracing::debug;

use super::reply::Reply;
use crate::asker::Asker;
use crate::keys::Keys;
use sshtpm_ssh::wire::Reader;

/// Most keys in an answer: `MAX_AGENT_IDENTITIES` of OpenSSH's `authfd.c`, which refuses a longer
/// list.
const MAX_IDENTITIES: usize = 2048;

/// Bytes of an answer without any key: the message number and the count.
const EMPTY_ANSWER_BYTES: usize = 5;

/// Answers `content`, which must be empty.
pub(super) async fn answer<K: Keys>(content: &[u8], keys: &K, asker: &Asker) -> Reply {
    if Reader::new(content).end().is_err() {
        debug!("refused a request for the list of keys: the message is malformed");
        return Reply::Failure;
    }
    let listed = keys.identities(asker).await;
    // `Keys` has logged an error.
    listed.map_or(Reply::Failure, |keys| Reply::Identities(offer(keys)))
}

fn offer(keys: Vec<sshtpm_dbus::Identity>) -> Vec<Identity> {
    let mut bytes = EMPTY_ANSWER_BYTES;
    let mut offered = Vec::new();
    for identity in keys.into_iter().filter_map(identity) {
        bytes = bytes.saturating_add(identity.encoded_len().unwrap_or(MAX_MESSAGE_BYTES));
        if bytes > MAX_MESSAGE_BYTES || offered.len() == MAX_IDENTITIES {
            debug!(
                "offering only the first {} keys: there are too many",
                offered.len()
            );
            break;
        }
        offered.push(identity);
    }
    offered
}

fn identity(listed: sshtpm_dbus::Identity) -> Option<Identity> {
    match PublicKey::from_bytes(&listed.blob) {
        Ok(public) => Some(Identity {
            credential: PublicCredential::from(public.key_data().clone()),
            comment: listed.comment,
        }),
        Err(error) => {
            debug!(
                "not offering {:?}: cannot read its blob: {error}",
                listed.comment
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::asker::Asker;
    use crate::protocol::fake_keys::{self, FakeKeys, block_on};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::{Error, Identity};
    use sshtpm_ssh::error_kind::ErrorKind;

    fn offered(keys: Vec<Identity>) -> Vec<String> {
        let keys = FakeKeys::listing(Ok(keys));
        match block_on(answer(&[], &keys, &Asker::default())) {
            Reply::Identities(keys) => keys.into_iter().map(|key| key.comment).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn key(comment: &str) -> Identity {
        Identity {
            blob: fake_keys::blob(),
            comment: comment.to_owned(),
        }
    }

    #[test]
    fn a_key_that_cannot_be_read_does_not_hide_the_others() {
        let damaged = Identity {
            blob: b"\0\0\0\x13ecdsa-sha2-nistp256".to_vec(),
            ..key("damaged")
        };
        assert_eq!(offered(vec![damaged, key("good")]), ["good"]);
    }

    #[test]
    fn a_blob_with_bytes_after_the_key_is_not_offered() {
        let mut longer = key("longer");
        longer.blob.push(0);
        assert_eq!(offered(vec![longer]), Vec::<String>::new());
    }

    #[test]
    fn the_answer_carries_blob_and_comment() {
        let keys = FakeKeys::listing(Ok(vec![key("laptop")]));
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
        let keys = vec![key("k"); 3000];
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

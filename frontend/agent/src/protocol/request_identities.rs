//! `SSH_AGENTC_REQUEST_IDENTITIES`: lists the keys on offer.
//!
//! Specs: RFC 9987, "Requesting a List of Keys".

use sshtpm_ssh::identity;
use tokio::task::yield_now;
use tracing::debug;

use super::client::Client;
use super::offer::{Listed, offer};
use super::reply::Reply;
use crate::behind::agents::{Agents, Turn};
use crate::behind::listed::Offered;
use crate::keys::Keys;

/// Answers `message`, which must have no content: the keys of the TPM, then those of each agent
/// behind in turn, each once.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    if message.len() != 1 {
        debug!("refused a request for the list of keys: the message is malformed");
        return Reply::Failure;
    }
    let agents = client.links.agents();
    let turn = turn(&agents, client).await;
    let listed = list_in_turn(keys, client, turn.is_some()).await;
    let offered = listed.map(|listed| offer(listed, &client.hidden));
    // What failed is logged.
    offered.map_or(Reply::Failure, Reply::Identities)
}

/// Notes who has which key, as [`answer`] does.
pub(super) async fn refresh<K: Keys>(keys: &K, client: &mut Client) {
    let agents = client.links.agents();
    let turn = turn(&agents, client).await;
    // What failed is logged.
    let _ = list_in_turn(keys, client, turn.is_some()).await;
}

/// A turn to ask the agents behind. Without any, a list waits for its turn at the broker alone.
async fn turn<'a>(agents: &'a Agents, client: &Client) -> Option<Turn<'a>> {
    let passage = client.passage().filter(|_| !client.links.is_empty())?;
    // A signal that came before the request may still wait for the runtime to look at it. What it
    // asks for is done first (`process/user_signals.rs`).
    yield_now().await;
    agents.turn_to_list(&passage).await
}

/// Asks the broker, and the agents behind if it has a turn for them, for their keys, at the same
/// time, and notes who has which. `None` if the broker fails and no agent behind has a key.
async fn list_in_turn<K: Keys>(keys: &K, client: &mut Client, has_turn: bool) -> Option<Listed> {
    let (asker, passage) = (client.asker(), client.passage());
    let links = &mut client.links;
    let behind = async {
        match &passage {
            Some(passage) if has_turn => links.identities(passage).await,
            _ => Vec::new(),
        }
    };
    let (own, behind) = tokio::join!(keys.identities(&asker), behind);
    let Ok(own) = own else {
        let is_empty = behind.iter().all(Vec::is_empty);
        let own = Vec::new();
        return (!is_empty).then_some(Listed { own, behind });
    };
    let own: Vec<_> = own.into_iter().filter_map(readable).collect();
    client.links.note_own(&own);
    Some(Listed { own, behind })
}

/// A key of the TPM or its certificate, if its blob can be read. A damaged one must not hide the
/// others.
fn readable(listed: sshtpm_dbus::Identity) -> Option<Offered> {
    match identity::Identity::parse(&listed.blob) {
        Ok(_) => Some(Offered {
            blob: listed.blob,
            comment: listed.comment.into_bytes(),
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
    use super::{Offered, answer};
    use crate::keys::Keys;
    use crate::protocol::client::Client;
    use crate::protocol::fake_keys::{self, FakeKeys, block_on};
    use crate::protocol::reply::Reply;
    use sshtpm_dbus::{Error, Identity};
    use sshtpm_ssh::error_kind::ErrorKind;

    fn offered(keys: Vec<Identity>) -> Vec<String> {
        let keys = FakeKeys::listing(Ok(keys));
        let Reply::Identities(keys) = ask(&[11], &keys) else {
            panic!("no list");
        };
        let comments = keys.into_iter().map(|key| String::from_utf8(key.comment));
        comments.map(Result::unwrap).collect()
    }

    fn ask(message: &[u8], keys: &impl Keys) -> Reply {
        block_on(answer(message, keys, &mut Client::default()))
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
        let message = ask(&[11], &keys).into_message();
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
    fn a_certificate_that_is_valid_for_ever_is_offered_as_it_is() {
        let certificate = Identity {
            blob: fake_keys::certificate_blob(),
            ..key("laptop")
        };
        let keys = FakeKeys::listing(Ok(vec![certificate.clone(), key("laptop")]));
        let offered = [certificate, key("laptop")].map(|listed| Offered {
            blob: listed.blob,
            comment: listed.comment.into_bytes(),
        });
        assert_eq!(ask(&[11], &keys), Reply::Identities(offered.to_vec()));
    }

    #[test]
    fn more_keys_than_a_client_takes_are_cut_off() {
        let keys = vec![key("k"); 3000];
        let keys = FakeKeys::listing(Ok(keys));
        let message = ask(&[11], &keys).into_message();
        assert_eq!(message.first(), Some(&12));
        assert!(message.len() <= 256 * 1024);
    }

    #[test]
    fn bytes_left_over_get_failure_and_nothing_is_asked() {
        let keys = FakeKeys::untouchable();
        assert_eq!(ask(&[11, 0], &keys), Reply::Failure);
    }

    #[test]
    fn a_broker_that_is_away_gets_failure() {
        let away = Error::new(ErrorKind::BrokerUnavailable, "away");
        let keys = FakeKeys::listing(Err(away));
        assert_eq!(ask(&[11], &keys), Reply::Failure);
    }
}

//! Messages that are passed on to agents behind as they are.
//!
//! Must never decode one, because it may carry a private key.

use super::client::Client;
use super::refusal::{KEEPS_NO_ORDINARY_KEYS, NOT_TAKEN, refuse};
use super::reply::{FAILURE, Reply};
use crate::keys::Keys;

/// Waits for the answer of an agent behind, at most until this agent is locked.
pub(super) async fn unless_locked<K: Keys>(
    keys: &K,
    asked: impl Future<Output = Option<Vec<u8>>>,
) -> Reply {
    let answer = tokio::select! {
        biased;
        () = keys.lock().locked() => None,
        answer = asked => answer,
    };
    answer.map_or(Reply::Failure, Reply::Passed)
}

/// Answers a message about ordinary keys or cards: passes it to the agent that keeps them.
pub(super) async fn to_ordinary<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passage) = client.passage() else {
        return Reply::Failure;
    };
    if !client.links.keep_ordinary() {
        return refuse(client, KEEPS_NO_ORDINARY_KEYS);
    }
    match unless_locked(keys, client.links.ask_ordinary(message, &passage)).await {
        Reply::Failure => refuse(client, NOT_TAKEN),
        Reply::Passed(answer) if answer == [FAILURE] => refuse(client, NOT_TAKEN),
        reply => reply,
    }
}

/// Answers a message or an extension that this agent does not know: passes it to the first agent
/// behind that takes it.
pub(super) async fn to_first<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passage) = client.passage() else {
        return Reply::Failure;
    };
    unless_locked(keys, client.links.ask_in_turn(message, &passage)).await
}

/// Tells all agents behind to lock or to unlock, as this agent did.
pub(super) async fn to_all(message: &[u8], client: &mut Client) {
    if let Some(passage) = client.passage() {
        // What failed is logged. This agent passes nothing on while it is locked.
        client.links.tell_all(message, &passage).await;
    }
}

//! `SSH_AGENTC_REMOVE_ALL_IDENTITIES` (`ssh-add -D`): takes all ordinary keys out of the agents
//! behind, and makes the broker forget PINs.
//!
//! Specs: RFC 9987, "Removing Keys from an Agent".

use tracing::debug;

use super::client::Client;
use super::reply::Reply;
use crate::keys::Keys;
use crate::origin::Origin;

/// Answers `message`, which must have no content. The keys of the TPM stay, and are shown.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let is_forwarded = client.origin() == Origin::Forwarded;
    let passage = client.passage().filter(|_| message.len() == 1);
    let Some(passage) = passage.filter(|_| !(is_forwarded && client.links.is_empty())) else {
        debug!("refused to remove all keys");
        return Reply::Failure;
    };
    let all_did = client.links.tell_all(message, &passage).await;
    // Another host must not make the user type PINs again. `Keys` has logged an error.
    let forgotten = is_forwarded || keys.forget_pins().await.is_ok();
    match all_did && forgotten {
        true => Reply::Success,
        false => Reply::Failure,
    }
}

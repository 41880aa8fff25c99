//! `SSH_AGENTC_REMOVE_ALL_IDENTITIES` (`ssh-add -D`): takes all ordinary keys out of the agents
//! behind, and makes the broker forget PINs.
//!
//! Specs: RFC 9987, "Removing Keys from an Agent".

use std::rc::Rc;

use tracing::{debug, info};

use super::client::Client;
use super::reply::Reply;
use crate::behind::agents::Agents;
use crate::behind::exchange::Told;
use crate::behind::links::Links;
use crate::behind::passage::Passage;
use crate::keys::Keys;
use crate::origin::Origin;

/// Message number of `SSH_AGENTC_REMOVE_ALL_IDENTITIES`.
pub(super) const REMOVE_ALL_IDENTITIES: u8 = 19;

/// Answers `message`, which must have no content. The keys of the TPM stay, and are shown.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Some(passage) = client.passage().filter(|_| message.len() == 1) else {
        debug!("refused to remove all keys: malformed, or of a connection that is not bound");
        return Reply::Failure;
    };
    let told = client.links.tell_all(message, &passage).await;
    let is_done = match client.origin() {
        // `Keys` has logged an error.
        Origin::Local => keys.forget_pins().await.is_ok() && told != Told::Refused,
        // Another host must not make the user type PINs again.
        Origin::Forwarded => told == Told::Agreed,
    };
    match is_done {
        true => Reply::Success,
        false => Reply::Failure,
    }
}

/// Does the same for no client, but for the user who sends the agent a signal. A list of a local
/// program waits until it is done, so that the list shows no key that is about to go.
///
/// Agents behind that are locked with this one refuse: they are told again when they are unlocked.
pub(crate) async fn remove_all_without_a_client<K: Keys>(keys: &K, agents: Rc<Agents>) {
    let _turns = agents.all_turns_to_list().await;
    // What failed is logged.
    let (_, told) = tokio::join!(keys.forget_pins(), tell(&agents));
    if keys.lock().is_locked() && told == Told::Refused {
        info!("agents behind are locked: they remove their keys as soon as they are unlocked");
        agents.owe_removal();
    }
}

/// Has agents behind, which were just unlocked, remove their keys if they were to while they were
/// locked. The caller has all turns to list.
pub(super) async fn remove_owed(agents: &Rc<Agents>) {
    if agents.take_owed_removal() {
        // What failed is logged.
        tell(agents).await;
    }
}

async fn tell(agents: &Rc<Agents>) -> Told {
    let mut links = Links::new(Rc::clone(agents));
    let passage = Passage::default();
    links.tell_all(&[REMOVE_ALL_IDENTITIES], &passage).await
}

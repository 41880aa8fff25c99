//! `SSH_AGENTC_REMOVE_IDENTITY` (`ssh-add -d`): takes one key out of the agent.
//!
//! Specs: RFC 9987, "Removing Keys from an Agent".

use sshtpm_ssh::wire::{Malformed, Reader};
use tracing::{debug, warn};

use super::client::Client;
use super::holder::{Holder, find};
use super::refusal::{HAS_NO_SUCH_KEY, NOT_HIDDEN, NOT_TAKEN, refuse};
use super::reply::{FAILURE, Reply};
use super::{passed, request_identities};
use crate::keys::Keys;
use crate::origin::Origin;

/// Answers `message`, whose content is `string` key blob. The agent that has the key removes it. A
/// key of the TPM is hidden: a program that can use this socket must not be able to destroy it.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let Ok(blob) = parse(message) else {
        debug!("refused to remove a key: the message is malformed");
        return Reply::Failure;
    };
    if client.links.is_empty() {
        request_identities::refresh(keys, client).await;
    }
    match find(blob, keys, client).await {
        Holder::Tpm(name) => hide(blob, &name, client),
        Holder::Behind(index) => match client.passage() {
            Some(passage) => {
                let asked = client.links.ask(index, message, &passage);
                match passed::unless_locked(keys, asked).await {
                    Reply::Failure => refuse(client, NOT_TAKEN),
                    Reply::Passed(answer) if answer == [FAILURE] => refuse(client, NOT_TAKEN),
                    reply => reply,
                }
            }
            None => Reply::Failure,
        },
        Holder::Unknown(_) => refuse(client, HAS_NO_SUCH_KEY),
    }
}

fn parse(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut fields = Reader::new(message);
    fields.byte()?;
    let blob = fields.string()?;
    fields.end()?;
    Ok(blob)
}

fn hide(blob: &[u8], name: &str, client: &Client) -> Reply {
    if client.origin() == Origin::Forwarded {
        debug!("refused to hide a key of the TPM over a forwarded connection");
        return Reply::Failure;
    }
    // Of what the broker does not list, such as a certificate that the client wrote, there is no
    // end.
    if !client.links.is_own(blob) || !client.hidden.add(blob) {
        return refuse(client, NOT_HIDDEN);
    }
    warn!(
        "the key {name} stays in the TPM, and is hidden by this agent until the agent restarts; \
         to delete the key, run `sshtpm rm {name}`"
    );
    Reply::Success
}

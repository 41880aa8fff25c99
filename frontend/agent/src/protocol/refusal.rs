//! Why a request to add or to remove a key was refused. The protocol has one word for all reasons,
//! and `ssh-add` prints "agent refused operation"; the log and `sshtpm status` have the rest.

use tracing::debug;

use super::client::Client;
use super::reply::Reply;
use crate::origin::Origin;

/// A key or a card is to be added or removed, and no agent is there for it.
pub(super) const KEEPS_NO_ORDINARY_KEYS: &str = "refused to add or remove an ordinary key or a \
    card: this agent has keys of the TPM alone; use another agent, or name one with \
    `ordinary-keys` in agent.toml";

/// The agent for ordinary keys failed, or said no.
pub(super) const NOT_TAKEN: &str = "refused to add or remove an ordinary key or a card: the agent \
    behind that keeps them did not take it, or could not be reached; `sshtpm doctor` says whether \
    it is reached";

/// A key is to be removed that is not there.
pub(super) const HAS_NO_SUCH_KEY: &str = "refused to remove a key: neither the TPM nor an agent \
    behind has it; `ssh-add -l` lists the keys that are there";

/// A key of the TPM is to be hidden, and is hidden already.
pub(super) const NOT_HIDDEN: &str = "refused to remove a key of the TPM: this agent does not show \
    it, or hides too many keys; to delete it, run `sshtpm rm`";

/// The agent is locked.
pub(super) const LOCKED: &str = "refused to add or remove a key or a card: the agent is locked; \
    `ssh-add -X` unlocks it";

/// Refuses `client` for this reason. What another host asks for is not worth a line: it could fill
/// the log.
pub(super) fn refuse(client: &Client, why: &'static str) -> Reply {
    match client.origin() {
        Origin::Local => client.links.agents().note_refusal(why),
        Origin::Forwarded => debug!("{why}"),
    }
    Reply::Failure
}

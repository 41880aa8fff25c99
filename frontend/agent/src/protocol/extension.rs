//! `SSH_AGENTC_EXTENSION`: selects the extension by its name.
//!
//! Specs: RFC 9987, "Extension Mechanism". An unknown extension is passed on to agents behind, and
//! gets `SSH_AGENT_FAILURE` if no agent takes it. A known extension that fails gets
//! `SSH_AGENT_EXTENSION_FAILURE`.

use super::client::Client;
use super::reply::Reply;
use super::{passed, query, report, session_bind};
use crate::behind::loop_check;
use crate::keys::Keys;
use sshtpm_ssh::wire::Reader;

/// The extensions that the agent knows.
const NAMES: &[&str] = &[
    query::NAME,
    session_bind::NAME,
    loop_check::NAME,
    report::NAME,
];

/// Answers `message`, whose content is `string` name, then the content of the extension.
pub(super) async fn answer<K: Keys>(message: &[u8], keys: &K, client: &mut Client) -> Reply {
    let mut fields = Reader::new(message.get(1..).unwrap_or_default());
    let Ok(name) = fields.string() else {
        return Reply::Failure;
    };
    if name == query::NAME.as_bytes() {
        query::answer(fields.rest(), NAMES)
    } else if name == session_bind::NAME.as_bytes() {
        session_bind::answer(fields.rest(), &mut client.bindings).await
    } else if name == loop_check::NAME.as_bytes() {
        follow(fields.rest(), client)
    } else if name == report::NAME.as_bytes() {
        report::answer(fields.rest(), keys, client)
    } else {
        passed::to_first(message, keys, client).await
    }
}

/// Answers `content`: `string[]`, the numbers of the agents through which the requests come.
fn follow(content: &[u8], client: &mut Client) -> Reply {
    match client.links.follow(content) {
        Ok(None) => Reply::Success,
        Ok(Some(number)) => Reply::Extension {
            name: loop_check::NAME,
            details: number.content(),
        },
        Err(_) => Reply::ExtensionFailure,
    }
}

//! `SSH_AGENTC_EXTENSION`: selects the extension by its name.
//!
//! Specs: RFC 9987, "Extension Mechanism". An unknown extension gets `SSH_AGENT_FAILURE`. A known
//! extension that fails gets `SSH_AGENT_EXTENSION_FAILURE`.

use super::query;
use super::reply::Reply;
use super::session_bind::{self, Bindings};
use sshtpm_ssh::wire::Reader;

/// The extensions that the agent knows.
const NAMES: &[&str] = &[query::NAME, session_bind::NAME];

/// Answers `content`: `string` name, then the content of the extension.
pub(super) async fn answer(content: &[u8], bindings: &mut Bindings) -> Reply {
    let mut fields = Reader::new(content);
    let Ok(name) = fields.string() else {
        return Reply::Failure;
    };
    if name == query::NAME.as_bytes() {
        query::answer(fields.rest(), NAMES)
    } else if name == session_bind::NAME.as_bytes() {
        session_bind::answer(fields.rest(), bindings).await
    } else {
        Reply::Failure
    }
}

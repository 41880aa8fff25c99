//! `SSH_AGENTC_EXTENSION`: by name to the extension.
//!
//! Specs: RFC 9987, "Extension Mechanism": an extension that is not known gets
//! `SSH_AGENT_FAILURE`, one that is known and fails `SSH_AGENT_EXTENSION_FAILURE`.

use super::fields::Fields;
use super::query;
use super::reply::Reply;
use super::session_bind::{self, Bindings};

/// The extensions that the agent knows.
const NAMES: &[&str] = &[query::NAME, session_bind::NAME];

/// Answers `content`: `string` name, then what belongs to the extension.
pub(super) fn answer(content: &[u8], bindings: &mut Bindings) -> Reply {
    let mut fields = Fields::new(content);
    let Ok(name) = fields.string() else {
        return Reply::Failure;
    };
    if name == query::NAME.as_bytes() {
        query::answer(fields.rest(), NAMES)
    } else if name == session_bind::NAME.as_bytes() {
        session_bind::answer(fields.rest(), bindings)
    } else {
        Reply::Failure
    }
}

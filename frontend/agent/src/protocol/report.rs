//! The extension `report@sshtpm.org`: what the agent tells programs of its user about itself.
//!
//! Must never tell another host anything, or anybody while the agent is locked.
//!
//! Specs: [`sshtpm_ssh::agent_report`].

use sshtpm_ssh::agent_report::AgentReport;

use super::client::Client;
use super::reply::Reply;
use crate::keys::Keys;
use crate::origin::Origin;

/// Name of the extension.
pub(super) const NAME: &str = sshtpm_ssh::agent_report::NAME;

/// Answers `content`, which must be empty.
pub(super) fn answer<K: Keys>(content: &[u8], keys: &K, client: &Client) -> Reply {
    let is_allowed = client.origin() == Origin::Local && !keys.lock().is_locked();
    if !is_allowed || !content.is_empty() {
        return Reply::ExtensionFailure;
    }
    let report = AgentReport {
        asks: keys.asks(),
        refusals: client.links.agents().refusals(),
    };
    Reply::Extension {
        name: NAME,
        details: report.encode(),
    }
}

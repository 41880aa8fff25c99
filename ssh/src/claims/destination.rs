//! Where a key may log in, as it is claimed.

use serde::{Deserialize, Serialize};

/// One hop that a key may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimedDestination {
    /// From where; missing for this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ClaimedHost>,
    /// The user name to log in with, a pattern; missing for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// To where.
    pub to: ClaimedHost,
}

/// A host, which is known by its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimedHost {
    /// The name, for people.
    pub host: String,
    /// Its keys.
    pub keys: Vec<ClaimedHostKey>,
}

/// A key by which a host is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClaimedHostKey {
    /// Key type and base64 blob, as in `known_hosts`.
    pub public_key: String,
    /// Whether it is that of an authority which signs the host's certificates.
    pub authority: bool,
}

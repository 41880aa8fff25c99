//! How uses of keys are shown to programs.

use serde::Serialize;
use sshtpm_dbus::KeyUse;

use super::host_names::HostNames;

/// A use as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct UseJson<'a> {
    /// When it was decided, in seconds since 1970-01-01 UTC.
    time: u64,
    /// Fingerprint of the key.
    key: &'a str,
    /// `auth`, `sign`, `ca`, `host`, `sudo`, `raw` or `attest`; empty if the data is not of a kind
    /// that keys sign.
    purpose: &'a str,
    /// The user that a login or `sudo` was asked for; empty otherwise.
    user: &'a str,
    /// Fingerprint of the host key to which the session was bound; empty if there was none.
    destination: &'a str,
    /// What the caller's ssh calls the host with this key; `null` if it does not know the name.
    host: Option<&'a str>,
    /// SSHSIG namespace; empty otherwise.
    namespace: &'a str,
    /// PAM service that asked; empty otherwise.
    service: &'a str,
    /// Whether it was asked for over a forwarded connection.
    forwarded: bool,
    /// The program that asked, unverified; empty if it was not said.
    client: &'a str,
    /// `signed`, `left`, or the last part of the error's name.
    outcome: &'a str,
    /// How long it took, people included.
    milliseconds: u64,
    /// How many more refusals like it came before it and are not listed.
    more: u64,
}

impl<'a> UseJson<'a> {
    /// `used`, with the name of the host from `names`.
    pub(crate) fn new(used: &'a KeyUse, names: &'a HostNames) -> Self {
        Self {
            time: used.time,
            key: &used.key,
            purpose: &used.purpose,
            user: &used.user,
            destination: &used.destination,
            host: names.name_of(&used.destination),
            namespace: &used.namespace,
            service: &used.service,
            forwarded: used.forwarded,
            client: &used.client,
            outcome: &used.outcome,
            milliseconds: used.milliseconds,
            more: used.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HostNames, UseJson};
    use crate::manual::undocumented;
    use crate::use_listing::example_use;

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let json =
            serde_json::to_value(UseJson::new(&example_use(), &HostNames::default())).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "client",
                "destination",
                "forwarded",
                "host",
                "key",
                "milliseconds",
                "more",
                "namespace",
                "outcome",
                "purpose",
                "service",
                "time",
                "user"
            ]
        );
        let missing = undocumented(names.into_iter().map(String::as_str));
        assert!(missing.is_empty(), "{missing:?} are not in sshtpm(1)");
    }
}

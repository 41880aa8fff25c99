//! For what and where each key signed last, from the record of use.

use std::collections::HashMap;

use serde::Serialize;
use sshtpm_dbus::{KeyInfo, KeyUse};

use super::host_names::HostNames;
use super::session::Session;
use super::use_listing::{place, was_signed};

/// The last signature of each key that has one in the record.
#[derive(Debug, Default)]
pub(crate) struct LastUses {
    by_key: HashMap<String, KeyUse>,
    names: HostNames,
}

/// A last use as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct LastUseJson<'a> {
    /// When, in seconds since 1970-01-01 UTC.
    time: u64,
    /// `auth`, `sign`, `ca`, `host` or `sudo`.
    purpose: &'a str,
    /// The user of a login or of `sudo`; empty otherwise.
    user: &'a str,
    /// Fingerprint of the host key to which the session was bound; empty if there was none.
    destination: &'a str,
    /// What the caller's ssh calls that host; `null` if it does not know the name.
    host: Option<&'a str>,
    /// SSHSIG namespace; empty otherwise.
    namespace: &'a str,
}

impl LastUses {
    /// Those of the caller's own `keys`. Without the record there are none: a list of keys is of
    /// use without it.
    pub(crate) async fn of(session: &Session, keys: &[KeyInfo]) -> Self {
        if keys.iter().all(|key| key.last_used == 0) {
            return Self::default();
        }
        let uses = session.uses(None).await.unwrap_or_default();
        Self::among(uses, HostNames::of_user(keys).await)
    }

    fn among(uses: Vec<KeyUse>, names: HostNames) -> Self {
        let signed = uses.into_iter().filter(was_signed);
        let by_key = signed.map(|used| (used.key.clone(), used)).collect();
        Self { by_key, names }
    }

    /// Where `key` was used last, in a word or two; nothing if that is not known.
    pub(crate) fn place(&self, key: &KeyInfo) -> String {
        let used = self.by_key.get(&key.fingerprint);
        used.map(|used| place(used, &self.names))
            .unwrap_or_default()
    }

    /// The same for programs.
    pub(crate) fn json(&self, key: &KeyInfo) -> Option<LastUseJson<'_>> {
        let used = self.by_key.get(&key.fingerprint)?;
        Some(LastUseJson {
            time: used.time,
            purpose: &used.purpose,
            user: &used.user,
            destination: &used.destination,
            host: self.names.name_of(&used.destination),
            namespace: &used.namespace,
        })
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyUse;

    use super::{HostNames, LastUses};
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    #[test]
    fn a_refusal_is_no_use() {
        let refused = KeyUse {
            outcome: "NotAuthorized".to_owned(),
            user: "root".to_owned(),
            ..example_use()
        };
        let names = HostNames::of_one(&example_use().destination, "alpha");
        let uses = LastUses::among(vec![example_use(), refused], names);
        assert_eq!(uses.place(&example_key()), "alpha");
        let json = serde_json::to_value(uses.json(&example_key())).unwrap();
        assert_eq!(
            (&json["host"], &json["user"]),
            (&"alpha".into(), &"git".into())
        );
    }

    #[test]
    fn a_key_without_a_use_in_the_record_has_no_place() {
        let uses = LastUses::default();
        assert_eq!(uses.place(&example_key()), "");
        assert!(uses.json(&example_key()).is_none());
    }
}

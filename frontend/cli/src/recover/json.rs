//! The plan for programs. The names are stable; new ones may be added.

use serde::Serialize;
use sshtpm_dbus::{KeyInfo, WireWord};
use sshtpm_ssh::origin::Origin;

use super::host_keys::LostHostKeys;
use super::lost_key::LostKey;
use super::place::Place;
use super::plan::Plan;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct PlanJson<'a> {
    /// Keys that are lost.
    lost: Vec<LostJson<'a>>,
    /// How many keys can be used.
    usable: usize,
    /// Of how many keys the TPM cannot be asked now.
    unknown: usize,
    /// Host keys of sshd that are lost; `null` unless root asks.
    host_keys: Option<Vec<KeyJson<'a>>>,
}

#[derive(Debug, Serialize)]
struct LostJson<'a> {
    #[serde(flatten)]
    key: KeyJson<'a>,
    /// What it was for.
    purposes: &'a [String],
    /// When it made its last signature, in seconds since 1970-01-01 UTC; `null` is never.
    last_used: Option<u64>,
    /// Where it was let in, the latest first.
    places: Vec<PlaceJson<'a>>,
    /// What to run on a server to remove it there.
    remove: String,
}

#[derive(Debug, Serialize)]
struct KeyJson<'a> {
    /// `SHA256:` and 43 characters.
    fingerprint: &'a str,
    /// What the owner calls it.
    comment: &'a str,
    /// Key type and base64 blob, without the comment.
    public_key: &'a str,
    /// `generated`, `imported` or `adopted`.
    origin: WireWord<Origin>,
    /// Whether its owner said that a copy is kept elsewhere.
    backed_up: bool,
}

#[derive(Debug, Serialize)]
struct PlaceJson<'a> {
    /// What the caller's ssh calls the host; `null` if it does not know the name.
    host: Option<&'a str>,
    /// Fingerprint of the host's key; `null` if only the name is known.
    host_key: Option<&'a str>,
    /// The user there; `null` if any may be meant.
    user: Option<&'a str>,
    /// When the key logged in there last, in seconds since 1970-01-01 UTC; `null` if that is not
    /// recorded.
    last: Option<u64>,
    /// What to run here to remove the key there; `null` if the host has no name.
    command: Option<String>,
}

impl<'a> From<&'a Plan> for PlanJson<'a> {
    fn from(plan: &'a Plan) -> Self {
        let host_keys = |lost: &'a LostHostKeys| lost.keys.iter().map(KeyJson::from).collect();
        Self {
            lost: plan.lost.iter().map(LostJson::from).collect(),
            usable: plan.usable,
            unknown: plan.unknown,
            host_keys: plan.host_keys.as_ref().map(host_keys),
        }
    }
}

impl<'a> From<&'a LostKey> for LostJson<'a> {
    fn from(lost: &'a LostKey) -> Self {
        let (key, remove) = (&lost.key, lost.removal());
        let place = |place: &'a Place| PlaceJson {
            host: place.host.as_deref(),
            host_key: place.host_key.as_deref(),
            user: place.user.as_deref(),
            last: place.last,
            command: place.ssh(&remove),
        };
        Self {
            places: lost.places.iter().map(place).collect(),
            key: key.into(),
            purposes: &key.purposes,
            last_used: (key.last_used != 0).then_some(key.last_used),
            remove,
        }
    }
}

impl<'a> From<&'a KeyInfo> for KeyJson<'a> {
    fn from(key: &'a KeyInfo) -> Self {
        Self {
            fingerprint: &key.fingerprint,
            comment: &key.comment,
            public_key: &key.public_key,
            origin: key.origin,
            backed_up: key.backed_up,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_names::HostNames;
    use crate::key_listing::example_key;
    use crate::use_listing::example_use;

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let lost = LostKey::new(example_key(), &[example_use()], &HostNames::default());
        let plan = Plan {
            lost: vec![lost],
            usable: 1,
            unknown: 0,
            host_keys: None,
        };
        let json = serde_json::to_value(PlanJson::from(&plan)).unwrap();
        let names = |value: &serde_json::Value| {
            let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            names.sort_unstable();
            names.join(" ")
        };
        assert_eq!(names(&json), "host_keys lost unknown usable");
        let key =
            "backed_up comment fingerprint last_used origin places public_key purposes remove";
        assert_eq!(names(&json["lost"][0]), key);
        let place = &json["lost"][0]["places"][0];
        assert_eq!(names(place), "command host host_key last user");
        assert!(place["command"].is_null(), "the host has no name");
    }
}

//! How keys are shown to programs: as JSON.

use serde::Serialize;
use sshtpm_dbus::{KeyInfo, WireWord};
use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::tpm::KeyState;

use super::certificate::{self, CertificateJson, Shown};
use super::derived;
use super::last_use::{LastUseJson, LastUses};
use super::restrictions::DestinationJson;

/// A key as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(crate) struct KeyJson<'a> {
    /// `SHA256:` and 43 characters.
    fingerprint: &'a str,
    /// SSH name of the key type.
    algorithm: &'a str,
    /// Length in bits.
    bits: u32,
    /// What the owner calls it.
    comment: &'a str,
    /// Key type and base64 blob, without the comment.
    public_key: &'a str,
    /// Name of the user to whom it belongs.
    owner: &'a str,
    /// When it was generated or imported, in seconds since 1970-01-01 UTC.
    created: u64,
    /// `generated`, `imported`, `adopted` or `derived`.
    origin: WireWord<Origin>,
    /// `tpm`, or `sealed` if the broker signs with it.
    holding: WireWord<Holding>,
    /// Whether its owner said that a copy is kept elsewhere.
    backed_up: bool,
    /// In which hierarchy the TPM derives it: `"owner"`, `"endorsement"` or `"null"`; JSON's `null`
    /// if it does not.
    hierarchy: Option<&'a str>,
    /// What tells it apart from other derived keys; `null` of a key that is not derived.
    label: Option<&'a str>,
    /// Whose template the TPM derives it from: `"sshtpm"` or `"ssh-tpm-agent"`; `null` of a key
    /// that is not derived.
    template: Option<&'a str>,
    /// `usable`, `lost`, `pcr-mismatch` or `unknown`.
    state: WireWord<KeyState>,
    /// What it is for: `auth`, `sign`, `ca`, `host`, `sudo`.
    purposes: &'a [String],
    /// SSHSIG namespaces in which it signs; none means all.
    namespaces: &'a [String],
    /// Where it logs in, hop by hop; none means everywhere.
    destinations: Vec<DestinationJson<'a>>,
    /// Whether it may be used over forwarded agent connections.
    forwarding: bool,
    /// Whether a person has to confirm each use.
    confirm: bool,
    /// Whether it signs only while its owner has an unlocked session at this machine.
    while_unlocked: bool,
    /// Whether it has a PIN.
    pin: bool,
    /// Whether the broker remembers its PIN now.
    unlocked: bool,
    /// Whether it stops signing while the TPM is in lockout.
    stops_in_lockout: bool,
    /// How many signatures it has made.
    uses: u64,
    /// When it made the last one, in seconds since 1970-01-01 UTC; `null` is never.
    last_used: Option<u64>,
    /// For what and where it made the last one; `null` if the record of use does not have it, and
    /// for keys of another user.
    last_use: Option<LastUseJson<'a>>,
    /// Whether the TPM itself keeps it.
    persistent: bool,
    /// Who decided that: `"administrator"`, or `"use"` for the broker, because the key is used
    /// much; `null` if the TPM does not keep it.
    persistent_by: Option<&'a str>,
    /// Certificates that are kept with it.
    certificates: Vec<CertificateJson>,
    /// The PCRs that it is bound to, such as `7:sha256`; `null` if it is bound to none.
    pcrs: Option<&'a str>,
    /// The numbers of those of them that have other values now.
    changed_pcrs: &'a [u32],
}

impl<'a> KeyJson<'a> {
    /// `key`, with its last use from `uses`.
    pub(crate) fn new(key: &'a KeyInfo, uses: &'a LastUses) -> Self {
        let is_derived = derived::is_derived(key);
        let now = certificate::now();
        let certificates = Shown::all_of(key).into_iter();
        Self {
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            bits: key.bits,
            comment: &key.comment,
            public_key: &key.public_key,
            owner: &key.owner,
            created: key.created,
            origin: key.origin,
            holding: key.holding,
            backed_up: key.backed_up,
            hierarchy: is_derived.then_some(&key.hierarchy),
            label: is_derived.then_some(&key.label),
            template: is_derived.then_some(&key.template),
            state: key.state,
            purposes: &key.purposes,
            namespaces: &key.namespaces,
            destinations: key.destinations.iter().map(Into::into).collect(),
            forwarding: key.forwarding,
            confirm: key.confirm,
            while_unlocked: key.while_unlocked,
            pin: key.pin,
            unlocked: key.unlocked,
            stops_in_lockout: key.stops_in_lockout,
            uses: key.uses,
            last_used: (key.last_used != 0).then_some(key.last_used),
            last_use: uses.json(key),
            persistent: key.persistent,
            persistent_by: key.persistent.then_some(&key.persistent_by),
            certificates: certificates
                .map(|one| CertificateJson::of(&one, now))
                .collect(),
            pcrs: (!key.pcrs.is_empty()).then_some(key.pcrs.as_str()),
            changed_pcrs: &key.changed_pcrs,
        }
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::KeyInfo;

    use super::{KeyJson, LastUses};
    use crate::key_listing::example_key;
    use crate::manual::undocumented;

    #[test]
    fn a_key_that_was_never_used_has_no_last_use() {
        let key = KeyInfo {
            uses: 3,
            last_used: 1_700_000_060,
            ..example_key()
        };
        let json = serde_json::to_value(KeyJson::new(&key, &LastUses::default())).unwrap();
        assert_eq!(
            (&json["uses"], &json["last_used"]),
            (&3.into(), &key.last_used.into())
        );
        let never =
            serde_json::to_value(KeyJson::new(&example_key(), &LastUses::default())).unwrap();
        assert!(never["last_used"].is_null());
    }

    #[test]
    fn the_names_in_json_are_the_documented_ones() {
        let json =
            serde_json::to_value(KeyJson::new(&example_key(), &LastUses::default())).unwrap();
        let mut names: Vec<&str> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "algorithm",
                "backed_up",
                "bits",
                "certificates",
                "changed_pcrs",
                "comment",
                "confirm",
                "created",
                "destinations",
                "fingerprint",
                "forwarding",
                "hierarchy",
                "holding",
                "label",
                "last_use",
                "last_used",
                "namespaces",
                "origin",
                "owner",
                "pcrs",
                "persistent",
                "persistent_by",
                "pin",
                "public_key",
                "purposes",
                "state",
                "stops_in_lockout",
                "template",
                "unlocked",
                "uses",
                "while_unlocked"
            ]
        );
        assert_eq!(json["state"], "usable");
        let missing = undocumented(names);
        assert!(missing.is_empty(), "{missing:?} are not in sshtpm(1)");
    }
}

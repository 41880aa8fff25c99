//! Keys of users who are gone as `--json` prints them.

use serde::Serialize;
use sshtpm_dbus::{OrphanInfo, WireWord};
use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::tpm::KeyState;

/// A key of a user who is gone as `--json` prints it. The names are stable; new ones may be added.
#[derive(Debug, Serialize)]
pub(super) struct OrphanJson<'a> {
    /// The uid that the user had.
    uid: u32,
    /// The name that the user had.
    owner: &'a str,
    /// The user who has that uid now; `null` if no user has it.
    present_owner: Option<&'a str>,
    /// `SHA256:` and 43 characters.
    fingerprint: &'a str,
    /// SSH name of the key type.
    algorithm: &'a str,
    /// Length in bits.
    bits: u32,
    /// What the user called it.
    comment: &'a str,
    /// Key type and base64 blob, without the comment.
    public_key: &'a str,
    /// When it was generated or imported, in seconds since 1970-01-01 UTC.
    created: u64,
    /// When it made its last signature, in seconds since 1970-01-01 UTC; `null` is never.
    last_used: Option<u64>,
    /// `usable`, `lost` or `unknown`.
    state: WireWord<KeyState>,
    /// Whether the TPM itself keeps it.
    persistent: bool,
    /// `generated`, `imported`, `adopted` or `derived`.
    origin: WireWord<Origin>,
    /// Whether it is lost and its record archived.
    archived: bool,
}

impl<'a> From<&'a OrphanInfo> for OrphanJson<'a> {
    fn from(key: &'a OrphanInfo) -> Self {
        let present = key.present_owner.as_str();
        Self {
            uid: key.uid,
            owner: &key.owner,
            present_owner: (!present.is_empty()).then_some(present),
            fingerprint: &key.fingerprint,
            algorithm: &key.algorithm,
            bits: key.bits,
            comment: &key.comment,
            public_key: &key.public_key,
            created: key.created,
            last_used: (key.last_used != 0).then_some(key.last_used),
            state: key.state,
            persistent: key.persistent,
            origin: key.origin,
            archived: key.archived,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::example_orphan;
    use super::OrphanJson;

    #[test]
    fn in_json_a_uid_without_a_user_is_null() {
        let json = serde_json::to_value(OrphanJson::from(&example_orphan("alice", "SHA256:a")));
        let json = json.unwrap();
        assert!(json["present_owner"].is_null() && json["last_used"].is_null());
        assert_eq!(
            (&json["owner"], &json["uid"]),
            (&"alice".into(), &1000.into())
        );
    }
}

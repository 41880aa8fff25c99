//! A key whose user is gone, as `ListOrphans` returns it.

use sshtpm_ssh::origin::Origin;
use sshtpm_ssh::tpm::KeyState;
use zbus::{DeserializeDict, SerializeDict, Type};

use crate::WireWord;

/// A key whose user was deleted, or whose user's uid has another name now (`a{sv}` on the wire).
#[derive(Clone, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct OrphanInfo {
    /// The uid that the user had.
    pub uid: u32,
    /// The name that the user had.
    pub owner: String,
    /// The name of the user who has that uid now; empty if no user has it.
    pub present_owner: String,
    /// `SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// SSH name of the key type.
    pub algorithm: String,
    /// Length of the key in bits.
    pub bits: u32,
    /// What the user called it; up to
    /// [`MAX_COMMENT_BYTES`](sshtpm_ssh::limits::MAX_COMMENT_BYTES), no control characters.
    pub comment: String,
    /// Key type and base64 blob, as in `authorized_keys`, without the comment.
    pub public_key: String,
    /// When it came into the broker's keeping, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// When it made its last signature, in seconds since 1970-01-01 UTC; 0 is never.
    pub last_used: u64,
    /// Whether the TPM still has it: see [`KeyState`].
    pub state: WireWord<KeyState>,
    /// Whether the TPM itself keeps it.
    pub persistent: bool,
    /// Where it came from: see [`Origin`].
    pub origin: WireWord<Origin>,
    /// Whether it is lost and its record archived.
    pub archived: bool,
}

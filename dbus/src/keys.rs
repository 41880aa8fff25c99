//! Interface `org.sshtpm.Broker1.Keys`: wire types and client proxy.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use zbus::{DeserializeDict, SerializeDict, Type, Variant};

/// Names of the entries of the trailing `a{sv}`; an unknown one is an error.
pub mod option {
    /// `u`, in `Generate`: length of an RSA key in bits.
    pub const BITS: &str = "bits";
    /// `s`, in `Generate`, `List`, `SetComment` and `Delete`: name of the user whose keys are
    /// meant, instead of the caller. Needs `manage-host-keys` or `manage-others`.
    pub const OWNER: &str = "owner";
}

/// A key as clients see it (`a{sv}` on the wire).
#[derive(Clone, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct KeyInfo {
    /// `SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// SSH name of the key type, such as `ecdsa-sha2-nistp256` or `ssh-rsa`.
    pub algorithm: String,
    /// Length of the key in bits.
    pub bits: u32,
    /// What the owner calls it; up to [`crate::MAX_COMMENT_BYTES`], no control characters.
    pub comment: String,
    /// Key type and base64 blob, as in `authorized_keys`, without the comment.
    pub public_key: String,
    /// Name of the user to whom it belongs.
    pub owner: String,
    /// When it was generated, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// Whether it can be used: see [`KeyState`].
    pub state: KeyState,
}

/// Whether a key can be used, as a word on the wire (`s`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type, Variant, zbus::OwnedVariant,
)]
#[zbus(signature = "s", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Its parent is in the TPM.
    Usable,
    /// Its parent is not in the TPM any more: the TPM was cleared or replaced.
    Lost,
    /// The TPM cannot be asked now.
    Unknown,
}

impl std::fmt::Display for KeyState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Usable => "usable",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        })
    }
}

/// Generating, listing, using and deleting keys.
///
/// `generate`, `set_comment` and `delete` may lead to a person being asked for a password;
/// `list` and `sign` do so only where the administrator tightened their polkit actions.
#[zbus::proxy(
    interface = "org.sshtpm.Broker1.Keys",
    default_service = "org.sshtpm.Broker1",
    default_path = "/org/sshtpm/Broker1"
)]
pub trait Keys {
    /// Generates a key in the TPM; an empty `algorithm` means `ecdsa-sha2-nistp256`.
    #[zbus(allow_interactive_auth)]
    fn generate(
        &self,
        algorithm: &str,
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Lists the caller's keys, or those of the option `owner`.
    #[zbus(allow_interactive_auth)]
    fn list(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<KeyInfo>>;

    /// Signs `data` (not a digest) and returns the SSH signature blob (RFC 4253 §6.6). `flags`
    /// are those of `SSH_AGENTC_SIGN_REQUEST` (RFC 9987).
    #[zbus(allow_interactive_auth)]
    fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<u8>>;

    /// Renames a key.
    #[zbus(allow_interactive_auth)]
    fn set_comment(
        &self,
        fingerprint: &str,
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// Deletes a key for good.
    #[zbus(allow_interactive_auth)]
    fn delete(&self, fingerprint: &str, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;
}

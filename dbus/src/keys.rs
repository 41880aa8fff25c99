//! Interface `org.sshtpm.Broker1.Keys`: wire types and client proxy.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use zbus::{DeserializeDict, OwnedFd, SerializeDict, Type, Variant};

use crate::{Destination, Identity, KeyUse};

/// Names of the entries of the trailing `a{sv}`; an unknown one is an error.
pub mod option {
    /// `u`, in `Generate`: length of an RSA key in bits.
    pub const BITS: &str = "bits";
    /// `s`, in `Generate`, `List`, `SetComment`, `Restrict`, `SetPersistent` and `Delete`: name of the
    /// user whose keys are meant, instead of the caller. Needs `manage-host-keys` or `manage-others`,
    /// and in `SetPersistent` no more than that needs anyway.
    pub const OWNER: &str = "owner";
    /// `as`, in `Generate` and `Restrict`: what the key may sign; see [`crate::purpose`].
    pub const PURPOSES: &str = "purposes";
    /// `as`, in `Generate` and `Restrict`: SSHSIG namespaces in which the key may sign; none means
    /// all.
    pub const NAMESPACES: &str = "namespaces";
    /// `a(sa(ayb)ssa(ayb))`, in `Generate` and `Restrict`: where the key may log in, as
    /// [`crate::Destination`]; none means everywhere.
    pub const DESTINATIONS: &str = "destinations";
    /// `b`, in `Generate` and `Restrict`: whether the key may be used over forwarded connections.
    pub const FORWARDING: &str = "forwarding";
    /// `b`, in `Generate` and `Restrict`: whether a person has to confirm each use.
    pub const CONFIRM: &str = "confirm";
    /// `a(ayayayb)`, in `Sign`, `List` and `ListIdentities`: the SSH sessions for which it is asked,
    /// from this machine outwards, as [`crate::Binding`].
    pub const SESSIONS: &str = "sessions";
    /// `s`, in `Sign`: name of the program that asks, for people; nobody verifies it.
    pub const CLIENT: &str = "client";
    /// `u`, in `Generate` and `SetPin`: the PIN, as `OpenSecret` numbered it.
    pub const PIN: &str = "pin";
    /// `u`, in `SetPin`: the new PIN, as `OpenSecret` numbered it; without it the PIN is removed.
    pub const NEW_PIN: &str = "new-pin";
    /// `u`, in `Unlock`: for how many seconds the PIN is remembered at most.
    pub const SECONDS: &str = "seconds";
    /// `s`, in `Lock` and `GetUses`: fingerprint of the one key that is meant.
    pub const KEY: &str = "key";
}

/// What a key may be for, as words on the wire.
pub mod purpose {
    /// Logging in: user authentication (RFC 4252 §7).
    pub const AUTH: &str = "auth";
    /// Signing files and commits: SSHSIG (OpenSSH `PROTOCOL.sshsig`).
    pub const SIGN: &str = "sign";
    /// Issuing SSH certificates (OpenSSH `PROTOCOL.certkeys`).
    pub const CA: &str = "ca";
    /// Being a host: key exchange (RFC 4253 §8) and `hostkeys-prove-00@openssh.com`.
    pub const HOST: &str = "host";
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
    /// What it may sign: see [`purpose`].
    pub purposes: Vec<String>,
    /// SSHSIG namespaces in which it may sign; none means all.
    pub namespaces: Vec<String>,
    /// Where it may log in; none means everywhere.
    pub destinations: Vec<Destination>,
    /// Whether it may be used over forwarded connections.
    pub forwarding: bool,
    /// Whether a person has to confirm each use.
    pub confirm: bool,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether the broker remembers that PIN now.
    pub unlocked: bool,
    /// How many signatures it has made.
    pub uses: u64,
    /// When it made the last one, in seconds since 1970-01-01 UTC; 0 is never.
    pub last_used: u64,
    /// Whether the TPM itself keeps it, so that using it takes one command.
    pub persistent: bool,
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

    /// Lists what an agent offers of the caller's keys.
    #[zbus(allow_interactive_auth)]
    fn list_identities(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<Identity>>;

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

    /// Changes what a key may be used for, and returns it as [`Self::list`] does. What is not among
    /// `options` stays.
    #[zbus(allow_interactive_auth)]
    fn restrict(
        &self,
        fingerprint: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Opens a way for a PIN: a number by which further calls of the same connection name it once,
    /// and the writing end of a pipe for the PIN itself, of 1 to [`crate::MAX_PIN_BYTES`] bytes.
    fn open_secret(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<(u32, OwnedFd)>;

    /// Has the broker check the PIN of a key and remember it.
    #[zbus(allow_interactive_auth)]
    fn unlock(
        &self,
        fingerprint: &str,
        pin: u32,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// Has the broker forget the caller's PINs, or that of one key.
    #[zbus(allow_interactive_auth)]
    fn lock(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Changes or removes the PIN of a key.
    #[zbus(allow_interactive_auth)]
    fn set_pin(&self, fingerprint: &str, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Has the TPM itself keep a key, which makes using it faster, or no longer.
    #[zbus(allow_interactive_auth)]
    fn set_persistent(
        &self,
        fingerprint: &str,
        persistent: bool,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// The last uses of the caller's keys, or of one of them; the oldest first.
    #[zbus(allow_interactive_auth)]
    fn get_uses(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<KeyUse>>;

    /// Deletes a key for good.
    #[zbus(allow_interactive_auth)]
    fn delete(&self, fingerprint: &str, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;
}

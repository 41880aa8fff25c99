//! The record of use, as `GetUses` returns it.

use zbus::{DeserializeDict, SerializeDict, Type};

/// One use of a key, granted or refused (`a{sv}` on the wire).
#[derive(Clone, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct KeyUse {
    /// When it was decided, in seconds since 1970-01-01 UTC.
    pub time: u64,
    /// Fingerprint of the key.
    pub key: String,
    /// The word of a [`Purpose`](sshtpm_ssh::purpose::Purpose); empty if keys do not sign such
    /// data.
    pub purpose: String,
    /// The user that a login or `sudo` was asked for; empty otherwise.
    pub user: String,
    /// Fingerprint of the host key to which the session was bound; empty if there was none.
    pub destination: String,
    /// SSHSIG namespace; empty otherwise.
    pub namespace: String,
    /// The PAM service that asked; empty otherwise.
    pub service: String,
    /// Whether it was asked for over a forwarded connection.
    pub forwarded: bool,
    /// The program that asked, by its own word; empty if it did not say.
    pub client: String,
    /// `signed`, `left` if the caller left before, or the last part of the error's name.
    pub outcome: String,
    /// How long it took, people included.
    pub milliseconds: u64,
    /// How many more refusals with this outcome came before it and are not listed.
    pub more: u64,
}

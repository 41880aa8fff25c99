//! What waits for the TPM, as `GetQueue` returns it.

use zbus::{DeserializeDict, SerializeDict, Type};

/// What waits for the TPM (`a{sv}` on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Queue {
    /// Requests that wait: the caller's, or everybody's for a caller who may manage the TPM.
    pub waiting: u32,
    /// Those of the caller.
    pub own: u32,
    /// Those that are to make an RSA key, which takes long and lets others go first.
    pub generations: u32,
    /// Whether an RSA key is being made now.
    pub generating: bool,
}

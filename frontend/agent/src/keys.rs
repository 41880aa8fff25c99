//! The port through which the agent uses the keys of its user; the broker stands behind it
//! (`broker/keys.rs`), and in tests a fake.

use sshtpm_dbus::{Error, Identity};

use crate::asker::Asker;
use crate::lock::AgentLock;

/// What an agent needs of whoever holds the keys of its user.
pub(crate) trait Keys {
    /// All keys that may be used for `asker` and are not lost.
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error>;

    /// Signs `data`, of 0 to [`sshtpm_dbus::MAX_SIGN_DATA_BYTES`] bytes, with the key of that
    /// fingerprint, and returns the signature blob (RFC 4253 §6.6). `flags` are those of RFC 9987,
    /// "Signature Flags".
    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error>;

    /// Has all PINs of the user forgotten.
    async fn forget_pins(&self) -> Result<(), Error>;

    /// The lock of the agent. Whoever asks for keys looks at it before.
    fn lock(&self) -> &AgentLock;
}

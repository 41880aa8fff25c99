//! The port through which the agent uses the keys of its user; the broker stands behind it
//! (`broker/keys.rs`), and in tests a fake.

use sshtpm_dbus::{Error, Identity};
use sshtpm_ssh::agent_report::Asks;
use sshtpm_ssh::purpose::AnyPurpose;

use crate::asker::Asker;
use crate::lock::AgentLock;

/// What the agent needs to do with the keys of its user.
pub(crate) trait Keys {
    /// All keys that `asker` may use and that are not lost, except raw ones.
    ///
    /// # Errors
    ///
    /// The broker is not available, refuses, or has too many requests.
    async fn identities(&self, asker: &Asker) -> Result<Vec<Identity>, Error>;

    /// Signs `data`, of 0 to [`sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES`] bytes, with the key that
    /// has `fingerprint`, and returns the signature blob (RFC 4253 §6.6). `flags` are those of RFC
    /// 9987, "Signature Flags".
    ///
    /// # Errors
    ///
    /// There is no such key, its restrictions or polkit forbid the use, its PIN is not given, the
    /// agent is locked, or the broker is not available.
    async fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error>;

    /// Makes the broker forget all PINs of the user.
    ///
    /// # Errors
    ///
    /// The broker is not available.
    async fn forget_pins(&self) -> Result<(), Error>;

    /// How a person is asked for PINs.
    fn asks(&self) -> Asks;

    /// The lock of the agent. Callers check it before they use a key.
    fn lock(&self) -> &AgentLock;
}

/// [`Keys`] that can also be told apart by what they may sign.
pub(crate) trait KeysByPurpose: Keys {
    /// Those of [`Keys::identities`] that may sign for one of `purposes`, and raw ones if raw is
    /// among these.
    ///
    /// # Errors
    ///
    /// The broker is not available, refuses, or has too many requests.
    async fn identities_for(
        &self,
        purposes: AnyPurpose,
        asker: &Asker,
    ) -> Result<Vec<Identity>, Error>;

    /// Signs as [`Keys::sign`] does, and if the key is raw, too.
    ///
    /// # Errors
    ///
    /// As for [`Keys::sign`].
    async fn sign_even_raw(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        asker: &Asker,
    ) -> Result<Vec<u8>, Error>;
}
